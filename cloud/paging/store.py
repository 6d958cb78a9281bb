"""A page's row: found by id or token, changed together with its audit row, told to watchers.

The incident's row is always locked before the page's: whoever takes an incident and whoever dials
for it wait for one another, and never both for ever.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from cloud import audit
from cloud.db import insert_once, touch
from cloud.households.service import get_person
from cloud.incidents.again import Anew, news
from cloud.incidents.rules import called_as
from cloud.incidents.service import lock_incident
from cloud.incidents.store import write_audit
from cloud.incidents.tables import incident
from cloud.incidents.told import told_of
from cloud.messages import Tongue, negotiate, tongue
from cloud.paging.rules import FRUITLESS, RAISED_AGAIN, Channel, PageStatus, Purpose
from cloud.paging.speech import Briefing
from cloud.paging.tables import callback, page
from cloud.words import risk_name
from vocabulary.incident import IncidentStatus, Role
from vocabulary.risk import Severity

NewId = Callable[[datetime], UUID]


class Secrets(Protocol):
    """What nobody may guess of an attempt; a parameter, so that a night can be replayed."""

    def token(self) -> str:
        """At least 128 bits in letters of an address."""
        ...

    def digit(self) -> str:
        """One digit."""
        ...

    def code(self) -> str:
        """Six digits."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """An incident and one of its pages, both locked until the transaction ends."""

    incident: Row[Any]
    page: Row[Any]

    @property
    def role(self) -> Role:
        return Role(self.page.role)

    @property
    def is_mine(self) -> bool:
        """Whether the paged person has the incident in hand."""
        is_taken = self.incident.status == IncidentStatus.ACKNOWLEDGED
        return is_taken and bool(self.incident.acknowledged_by == self.page.person_id)

    @property
    def is_wanted(self) -> bool:
        """Whether this page should still go out: nobody is called for what somebody has in hand."""
        if self.page.purpose == Purpose.FOLLOW_UP:
            return self.is_mine
        if self.page.purpose == Purpose.NOTICE:
            return self.incident.cleared_at is None
        if self.incident.status != IncidentStatus.OPEN:
            return False
        is_critical = self.incident.severity == Severity.CRITICAL
        is_settled = is_critical and self.incident.family_acknowledged_at is not None
        return self.role is not Role.FAMILY or not (self.incident.is_duress or is_settled)


def token_hash(token: str) -> str:
    """What is kept of a token once the provider has it."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_by_token(connection: Connection, token: str) -> Row[Any] | None:
    """The page that this callback path belongs to; its age is for the caller to judge."""
    query = select(page).where(page.c.token_hash == token_hash(token))
    return connection.execute(query).one_or_none()


def hold(connection: Connection, page_id: UUID) -> Held:
    """Both rows, the incident's locked first. The page must exist."""
    incident_id = connection.execute(
        select(page.c.incident_id).where(page.c.id == page_id)
    ).scalar_one()
    row = lock_incident(connection, incident_id)
    query = select(page).where(page.c.id == page_id).with_for_update()
    return Held(row, connection.execute(query).one())


def change_page(
    connection: Connection,
    held: Held,
    now: datetime,
    *,
    action: str,
    values: Mapping[str, Any],
    body: Mapping[str, audit.Value] | None = None,
) -> Held:
    """Write columns of a page and its audit row; returns both rows as they are now."""
    if values:
        connection.execute(update(page).where(page.c.id == held.page.id).values(**values))
    record(connection, held, now, action=action, body=body)
    touch(connection)
    return hold(connection, held.page.id)


def record(
    connection: Connection,
    held: Held,
    now: datetime,
    *,
    action: str,
    body: Mapping[str, audit.Value] | None = None,
    actor: str = "system:paging",
) -> None:
    """The audit row of something that happened to a page."""
    told: dict[str, audit.Value] = {
        "page": str(held.page.id),
        "person": str(held.page.person_id),
        "role": held.page.role,
        "channel": held.page.channel,
        **(body or {}),
    }
    write_audit(connection, held.incident, now, actor=actor, action=action, body=told)


def wake(connection: Connection, held: Held, now: datetime) -> None:
    """Let the escalation look at this incident at once."""
    connection.execute(
        update(incident)
        .where(
            incident.c.id == held.incident.id,
            incident.c.status != IncidentStatus.CLOSED,
            incident.c.next_action_at > now,
        )
        .values(next_action_at=now)
    )
    touch(connection)


def is_first_time(
    connection: Connection,
    held: Held,
    provider_id: str,
    said: str,
    now: datetime,
    body: Mapping[str, str] | None = None,
) -> bool:
    """Keep one callback of a page by (call id, what it said); False for a replay."""
    return insert_once(
        connection,
        callback,
        {
            "organisation_id": held.page.organisation_id,
            "page_id": held.page.id,
            "provider_id": provider_id,
            "status": said[:40],
            "at": now,
            "body": dict(body) if body else None,
        },
    )


def language_of(connection: Connection, held: Held) -> Tongue:
    """In which language the paged person is spoken to."""
    return tongue(negotiate(get_person(connection, held.page.person_id).language.replace("_", "-")))


def brief(held: Held) -> Briefing:
    """What the page says."""
    row, part = held.incident, held.incident.hub_part
    came = _came(held) if held.page.track == RAISED_AGAIN else None
    return Briefing(
        number=row.number,
        severity=Severity(row.severity) if held.role is Role.FAMILY else called_as(row),
        what=risk_name(row.slug, row.technical),
        digit=held.page.digit,
        purpose=Purpose(held.page.purpose),
        question=held.page.step,
        is_repeat=held.page.is_repeat,
        has_pin=bool(part and part.get("pin_at")),
        anew=came[0] if came else None,
        what_came=came[1] if came else "",
    )


def _came(held: Held) -> tuple[Anew, str]:
    """What the holder is called about, and its name."""
    if held.incident.technical is not None:
        return Anew.SPREAD, risk_name(None, held.incident.technical)
    came = news(told_of(held.incident.hub_part))
    return came.anew, risk_name(came.slug)


def ends_in_vain(held: Held) -> bool:
    """Whether the escalation need not wait for this page any longer.

    A call that has ended without a key; an SMS only when it could not be delivered.
    """
    status = PageStatus(held.page.status)
    return (
        status in FRUITLESS if held.page.channel == Channel.VOICE else status is PageStatus.FAILED
    )
