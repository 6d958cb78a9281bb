"""A rota is only worth what it says at three in the morning: who is on call, and can be called.

What cannot be read or reaches nobody yields nobody; it never raises, because behind it stands the
next step of somebody's escalation (RELIABILITY F44). It is found days ahead by `gaps_ahead`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, false, not_, or_, select, true

from cloud.households.tables import contact_method, person
from cloud.oncall.rules import (
    Override,
    OverrideKind,
    Schedule,
    gaps,
    handoff,
    week_at,
    who_is_on_call,
)
from cloud.oncall.tables import override, schedule
from vocabulary.incident import Role

LOOK_AHEAD = timedelta(hours=72)
"""How long before it comes a gap must be known (RELIABILITY F44)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One schedule's place: first line is position 0, the backup 1, and so on."""

    role: Role
    position: int
    schedule: Schedule
    overrides: tuple[Override, ...]

    def on_call(self, at: datetime) -> tuple[UUID, ...]:
        return who_is_on_call(self.schedule, self.overrides, at)


@dataclass(frozen=True, slots=True)
class Rota:
    """All schedules of an organisation, with the people who can really be called."""

    places: tuple[Place, ...]
    reachable: frozenset[UUID]
    """Active, with at least one number that may be called and has not said STOP."""
    unreadable: frozenset[tuple[Role, int]] = frozenset()
    """Roles and positions with a schedule that makes no sense: it has nobody on duty."""

    def keeps(self, role: Role, position: int) -> bool:
        """Whether anybody plans who is on duty there."""
        is_planned = any(p.role is role and p.position == position for p in self.places)
        return is_planned or (role, position) in self.unreadable

    def on_call(self, role: Role, position: int, at: datetime) -> tuple[UUID, ...]:
        """Who is on duty there; of several schedules in one place all."""
        here = [p for p in self.places if p.role is role and p.position == position]
        return self._reachable(who for place in here for who in place.on_call(at))

    def pool(self, role: Role, at: datetime) -> tuple[UUID, ...]:
        """Everybody on any of the role's schedules, those on duty first."""
        here = sorted((p for p in self.places if p.role is role), key=lambda p: p.position)
        on_duty = [who for place in here for who in place.on_call(at)]
        members = [who for place in here for who in place.schedule.members]
        return self._reachable([*on_duty, *members])

    def duties(self, who: UUID, at: datetime) -> frozenset[Role]:
        """As what a person is on duty now, in any position."""
        return frozenset(place.role for place in self.places if who in place.on_call(at))

    def _reachable(self, people: Iterable[UUID]) -> tuple[UUID, ...]:
        return tuple(who for who in dict.fromkeys(people) if who in self.reachable)


@dataclass(frozen=True, slots=True)
class RotaGap:
    """From `since` to `until` nobody is on duty in a first line, or nobody who can be called.

    Also where the schedule of any line cannot be read.
    """

    role: Role
    since: datetime
    until: datetime
    has_nobody: bool
    """False: somebody is on duty, but has no telephone number."""


def load_rota(
    connection: Connection,
    organisation_id: str,
    since: datetime,
    until: datetime,
    allowed: Sequence[str] | None = None,
) -> Rota:
    """The organisation's schedules with the overrides that touch the time from since to until.

    `allowed`: prefixes of numbers that may be called; None allows all.
    """
    touching = (
        (override.c.organisation_id == organisation_id)
        & (override.c.until > since)
        & (override.c.since <= until)
    )
    by_schedule: dict[UUID, list[Override]] = {}
    for row in connection.execute(select(override).where(touching).order_by(override.c.since)):
        by_schedule.setdefault(row.schedule_id, []).append(
            Override(OverrideKind(row.kind), row.person_id, row.replaces_id, row.since, row.until)
        )
    query = (
        select(schedule)
        .where(schedule.c.organisation_id == organisation_id)
        .order_by(schedule.c.role, schedule.c.position, schedule.c.id)
    )
    places: list[Place] = []
    unreadable: set[tuple[Role, int]] = set()
    for row in connection.execute(query):
        role, read = Role(row.role), _read(row)
        if read is None:
            unreadable.add((role, row.position))
        else:
            places.append(Place(role, row.position, read, tuple(by_schedule.get(row.id, ()))))
    reachable = _reachable(connection, organisation_id, allowed)
    return Rota(tuple(places), reachable, frozenset(unreadable))


def on_call_now(
    connection: Connection, organisation_id: str, role: Role, position: int, now: datetime
) -> tuple[UUID, ...]:
    """Who is on duty in that place now and can be called; () is a gap."""
    return load_rota(connection, organisation_id, now, now).on_call(role, position, now)


def duties(
    connection: Connection, organisation_id: str, person_id: UUID, now: datetime
) -> frozenset[Role]:
    """As what a person is on duty now."""
    return load_rota(connection, organisation_id, now, now).duties(person_id, now)


def gaps_ahead(
    connection: Connection,
    organisation_id: str,
    now: datetime,
    ahead: timedelta = LOOK_AHEAD,
    allowed: Sequence[str] | None = None,
) -> tuple[RotaGap, ...]:
    """Where within `ahead` a first line is empty, or its doctor has no number to be called at.

    A schedule that cannot be read, of a backup too, is empty all the time.
    """
    until = now + ahead
    rota = load_rota(connection, organisation_id, now, until, allowed)
    found: list[RotaGap] = []
    for role in Role:
        if any(unreadable is role for unreadable, _ in rota.unreadable):
            found.append(RotaGap(role, now, until, has_nobody=True))
        first_line = [p for p in rota.places if p.role is role and p.position == 0]
        for place in first_line:
            if len(first_line) == 1:
                empty = gaps(place.schedule, place.overrides, now, until)
                found += [RotaGap(role, gap.since, gap.until, has_nobody=True) for gap in empty]
            found += _mute(rota, place, now, until)
    return tuple(found)


def _mute(rota: Rota, place: Place, now: datetime, until: datetime) -> list[RotaGap]:
    """The shifts of a place whose people cannot be called."""
    found: list[RotaGap] = []
    week = week_at(place.schedule, now)
    since = now
    while since < until:
        ends = min(handoff(place.schedule, week + 1), until)
        on_duty = place.on_call(since)
        if on_duty and not rota.reachable.intersection(on_duty):
            found.append(RotaGap(place.role, since, ends, has_nobody=False))
        since, week = ends, week + 1
    return found


def not_callable(connection: Connection, allowed: Sequence[str]) -> list[UUID]:
    """Active people some of whose numbers may not be called: to be told before a night needs them.

    `allowed`: the prefixes of numbers that may be.
    """
    query = (
        select(person.c.id)
        .join(contact_method, contact_method.c.person_id == person.c.id)
        .where(person.c.is_active, not_(_is_allowed(allowed)))
        .distinct()
        .order_by(person.c.id)
    )
    return list(connection.execute(query).scalars())


def _is_allowed(allowed: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(contact_method.c.address.startswith(prefix) for prefix in allowed), false())


def _reachable(
    connection: Connection, organisation_id: str, allowed: Sequence[str] | None
) -> frozenset[UUID]:
    query = (
        select(person.c.id)
        .join(contact_method, contact_method.c.person_id == person.c.id)
        .where(
            person.c.organisation_id == organisation_id,
            person.c.is_active,
            contact_method.c.stopped_at.is_(None),
            true() if allowed is None else _is_allowed(allowed),
        )
        .distinct()
    )
    return frozenset(connection.execute(query).scalars())


def _read(row: Row[Any]) -> Schedule | None:
    """A schedule that makes no sense has nobody on duty: a gap is seen, an exception is not."""
    try:
        return Schedule(
            id=row.id,
            zone=ZoneInfo(row.zone),
            handoff_weekday=row.handoff_weekday,
            handoff_time=time.fromisoformat(row.handoff_time),
            starts_on=date.fromisoformat(row.starts_on),
            members=tuple(UUID(member) for member in row.members),
        )
    except (ValueError, KeyError, TypeError):
        return None
