"""A care profile changes by a new version, which its hub is told in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from cloud import audit
from cloud.care.rules import loosens, may_restore, refusal
from cloud.care.tables import care_profile
from cloud.db import touch
from cloud.errors import Conflict, Forbidden, NotFound, Refused
from cloud.households.service import Person, get_person
from cloud.households.tables import household, hub, person
from cloud.incidents.following import queue_config
from vocabulary.home import HomeFile, HomeFileError, read_home

LONGEST_REASON = 500
LONGEST_TEXT = 65_536
"""The wire's limit (`vocabulary.wire.Config`)."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: what holds from `at` until the next one."""

    version: int
    at: datetime
    person_id: UUID | None
    name: str
    """Of who made it; "" for what stood before versions were kept."""
    reason: str
    restores: int | None
    home_toml: str

    @property
    def home(self) -> HomeFile | None:
        """None where it was written for another release of this program."""
        try:
            return read_home(self.home_toml, "care profile")
        except HomeFileError:
            return None


def versions(connection: Connection, household_id: UUID) -> list[Version]:
    """The whole history, newest first."""
    query = (
        select(care_profile, person.c.name)
        .join_from(care_profile, person, care_profile.c.person_id == person.c.id, isouter=True)
        .where(care_profile.c.household_id == household_id)
        .order_by(care_profile.c.version.desc())
    )
    return [_version(row) for row in connection.execute(query)]


def current(connection: Connection, household_id: UUID) -> Version | None:
    """What holds now; None where no care profile has been kept."""
    return next(iter(versions(connection, household_id)), None)


def change(
    connection: Connection,
    household_id: UUID,
    person_id: UUID,
    home_toml: str,
    reason: str,
    now: datetime,
) -> int:
    """A new version by this person; its number.

    Raises `Refused` where the text is no home file or no reason is given, `Forbidden` where the
    person may not loosen what it loosens, `Conflict` where nothing would change.
    """

    def allowed(before: HomeFile | None, after: HomeFile, who: Person, home: Row[Any]) -> str:
        today = now.astimezone(ZoneInfo(home.zone)).date()
        return refusal(before, after, who.name, who.roles, today)

    return _add(connection, household_id, person_id, home_toml, reason, now, allowed)


def restore(
    connection: Connection,
    household_id: UUID,
    person_id: UUID,
    version: int,
    reason: str,
    now: datetime,
) -> int:
    """An earlier version's text again, as a new version; its number. Raises as `change`."""
    query = select(care_profile.c.home_toml).where(
        care_profile.c.household_id == household_id, care_profile.c.version == version
    )
    text = connection.execute(query).scalar()
    if text is None:
        raise NotFound(f"household {household_id} has no care profile version {version}")

    def allowed(before: HomeFile | None, after: HomeFile, who: Person, _home: Row[Any]) -> str:
        return may_restore(before, after, who.roles)

    return _add(connection, household_id, person_id, text, reason, now, allowed, version)


_Allowed = Callable[[HomeFile | None, HomeFile, Person, Row[Any]], str]


def _add(
    connection: Connection,
    household_id: UUID,
    person_id: UUID,
    home_toml: str,
    reason: str,
    now: datetime,
    allowed: _Allowed,
    restores: int | None = None,
) -> int:
    after, why = _checked(home_toml, reason)
    home = _lock(connection, household_id)
    who = get_person(connection, person_id)
    if who.organisation_id != home.organisation_id or not who.is_active:
        raise Forbidden(f"person {person_id} is none of household {household_id}'s organisation")
    last = _last(connection, home, now)
    if last is not None and last.home_toml == home_toml:
        raise Conflict(f"version {last.version} of household {household_id} says this already")
    before = last.home if last else None
    if refused := allowed(before, after, who, home):
        raise Forbidden(f"household {household_id}: {refused}")
    number = home.config_revision + 1 if last is None else last.version + 1
    _insert(connection, home, number, person_id, why, restores, home_toml, now)
    _tell_hubs(connection, home, number, home_toml, now)
    audit.record(
        connection,
        organisation_id=home.organisation_id,
        household_id=household_id,
        at=now,
        actor=f"person:{person_id}",
        action="care_profile_changed",
        body={
            "version": number,
            "restores": restores,
            "loosens": ",".join(loosens(before, after)),
        },
        personal={"home_toml": home_toml, "reason": why},
    )
    touch(connection)
    return number


def _checked(home_toml: str, reason: str) -> tuple[HomeFile, str]:
    why = reason.strip()
    if not why or len(why) > LONGEST_REASON or "\x00" in why:
        raise Refused(
            f"a change of a care profile has a reason of 1 to {LONGEST_REASON} characters"
        )
    if len(home_toml) > LONGEST_TEXT or "\x00" in home_toml:
        raise Refused(f"a care profile has at most {LONGEST_TEXT} characters")
    try:
        return read_home(home_toml, "care profile"), why
    except HomeFileError as wrong:
        raise Refused(str(wrong)) from wrong


def _lock(connection: Connection, household_id: UUID) -> Row[Any]:
    query = select(household).where(household.c.id == household_id).with_for_update()
    found = connection.execute(query).first()
    if found is None:
        raise NotFound(f"no household {household_id}")
    return found


def _last(connection: Connection, home: Row[Any], now: datetime) -> Version | None:
    """The newest version. What stood before versions were kept becomes the first of them."""
    found = current(connection, home.id)
    if found is not None or not home.home_toml:
        return found
    number = max(home.config_revision, 1)
    _insert(connection, home, number, None, "before versions were kept", None, home.home_toml, now)
    return current(connection, home.id)


def _insert(
    connection: Connection,
    home: Row[Any],
    version: int,
    person_id: UUID | None,
    reason: str,
    restores: int | None,
    home_toml: str,
    now: datetime,
) -> None:
    connection.execute(
        insert(care_profile).values(
            household_id=home.id,
            version=version,
            organisation_id=home.organisation_id,
            at=now,
            person_id=person_id,
            reason=reason,
            restores=restores,
            home_toml=home_toml,
        )
    )
    connection.execute(
        update(household)
        .where(household.c.id == home.id)
        .values(home_toml=home_toml, config_revision=version)
    )


def _tell_hubs(
    connection: Connection, home: Row[Any], version: int, home_toml: str, now: datetime
) -> None:
    query = select(hub.c.id).where(hub.c.household_id == home.id, hub.c.is_revoked.is_(False))
    for hub_id in connection.execute(query.order_by(hub.c.id)).scalars().all():
        queue_config(connection, home, hub_id, version, home_toml, now)


def _version(row: Row[Any]) -> Version:
    return Version(
        row.version,
        row.at,
        row.person_id,
        row.name or "",
        row.reason,
        row.restores,
        row.home_toml,
    )
