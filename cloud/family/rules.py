"""A worried daughter may be told only what is known: fresh evidence, or since when there is none.

What relatives see is decided by the resident: incidents only (`alerts`), also signs of activity
(`summary`), also rooms and reasons (`details`). A silent call under threat looks to them exactly
like a check that was answered "I am fine", because a relative may be the one who threatens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final
from uuid import UUID

from cloud.households.lights import HEARD_WITHIN, Light
from cloud.incidents.seeming import seeming
from vocabulary.finding import FindingState
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.risk import Severity
from vocabulary.wire import FactPart, IncidentUp

ACTIVE_WITHIN: Final = timedelta(minutes=60)
"""[D] Movement younger than this is told as "active"; older is told as a time, never as well."""


@unique
class State(StrEnum):
    """What can honestly be said of a home now."""

    INCIDENT = "incident"
    ACTIVE = "active"
    QUIET = "quiet"
    CONNECTED = "connected"
    """The viewer sees incidents only: there is none, and the home is heard."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Story:
    """One incident as the family reads it."""

    id: UUID
    number: str
    slug: str
    variant: str
    severity: Severity
    status: IncidentStatus
    opened_at: datetime
    first_page_at: datetime | None
    holder: str
    holder_role: str
    held_since: datetime | None
    family_name: str
    going_name: str
    closed_at: datetime | None
    disposition: Disposition | None
    room: str
    facts: tuple[FactPart, ...]
    is_digest: bool = False
    """Nobody is called for it: something to know, worth a look at the next visit."""

    @property
    def is_open(self) -> bool:
        return self.status is not IncidentStatus.CLOSED

    @property
    def family_decides(self) -> bool:
        """Not critical: the first who answers, family included, takes it for all (DESIGN §6)."""
        return self.severity is not Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Home:
    """One household as a relative sees it."""

    id: UUID
    resident: str
    zone: str
    level: str
    state: State
    at: datetime | None
    """Of the last movement (active, quiet), or since when nothing is known."""
    open: tuple[Story, ...]
    noticed: tuple[Story, ...]
    """Open, too, but nobody is called for them."""
    past: tuple[Story, ...]
    lights: tuple[Light, ...]
    lost: tuple[Light, ...] = ()
    """Of these the critical ones that were watched and are not any more."""

    @property
    def watches_stillness(self) -> bool:
        """Whether long stillness would be noticed."""
        return any(
            light.risk.slug == "unusual_inactivity" and light.state == "covered"
            for light in self.lights
        )


def story(
    row: Any, told: IncidentUp | None, names: Mapping[UUID, str], level: str, now: datetime
) -> Story | None:
    """An incident for a relative of that level; None where they are to see nothing at all."""
    if row.technical is not None or _is_followed_reminder(row):
        return None
    if row.is_duress:
        return _silent_call(row, told, names, level, now)
    is_open = row.status != IncidentStatus.CLOSED
    return Story(
        id=row.id,
        number=row.number,
        slug=row.slug,
        variant=row.variant or "",
        severity=Severity(row.severity),
        status=IncidentStatus(row.status),
        opened_at=row.opened_at,
        first_page_at=row.first_page_at,
        holder=names.get(row.acknowledged_by, ""),
        holder_role=row.acknowledged_role or "",
        held_since=row.acknowledged_at,
        family_name=names.get(row.family_acknowledged_by, "") if is_open else "",
        going_name=names.get(row.going_by, "") if is_open else "",
        closed_at=row.closed_at,
        disposition=Disposition(row.disposition) if row.disposition else None,
        room=row.room if level == "details" else "",
        facts=_facts(told) if level == "details" else (),
        is_digest=row.page_at is None and row.first_page_at is None,
    )


def _is_followed_reminder(row: Any) -> bool:
    """A dose that was taken once the home had reminded of it: every day has some, and no news."""
    is_reminder = (row.slug, row.variant) == ("missed_medication", "late")
    return is_reminder and row.status == IncidentStatus.CLOSED and row.first_page_at is None


def _silent_call(
    row: Any, told: IncidentUp | None, names: Mapping[UUID, str], level: str, now: datetime
) -> Story | None:
    """As if the resident had answered "I am fine"; where no check was held, nothing."""
    if told is None or told.check is None:
        return None
    course = seeming(row, told, now)
    is_open = course.status is not IncidentStatus.CLOSED
    shown = [part for part in told.findings if part.variant != "duress"] or told.findings
    return Story(
        id=row.id,
        number=row.number,
        slug=shown[0].slug,
        variant=shown[0].variant,
        severity=max(Severity[part.severity.upper()] for part in shown),
        status=course.status,
        opened_at=row.opened_at,
        first_page_at=course.first_page_at,
        holder=names.get(course.held_by, "") if course.held_by else "",
        holder_role=course.held_as,
        held_since=course.held_since,
        family_name=names.get(row.family_acknowledged_by, "") if is_open else "",
        going_name=names.get(course.going_by, "") if course.going_by and is_open else "",
        closed_at=course.closed_at,
        disposition=course.disposition,
        room=row.room if level == "details" else "",
        facts=_facts(told) if level == "details" else (),
    )


def _facts(told: IncidentUp | None) -> tuple[FactPart, ...]:
    """The reasons of what was raised, without any word of a threat."""
    if told is None:
        return ()
    return tuple(
        fact
        for part in told.findings
        if part.state is FindingState.RAISED and part.variant != "duress"
        for fact in part.facts
        if "duress" not in fact.key
    )


def state_of(
    level: str,
    has_open: bool,  # noqa: FBT001 - read with its neighbours
    last_heard_at: datetime | None,
    proof_of_life_at: datetime | None,
    now: datetime,
) -> tuple[State, datetime | None]:
    """What can be said, and of when. Evidence from the future is no fresher than now."""
    if has_open:
        return State.INCIDENT, None
    if last_heard_at is None or now - last_heard_at > HEARD_WITHIN:
        return State.UNKNOWN, last_heard_at
    if level == "alerts":
        return State.CONNECTED, None
    if proof_of_life_at is None:
        return State.UNKNOWN, None
    seen = min(proof_of_life_at, now)
    return (State.ACTIVE if now - seen <= ACTIVE_WITHIN else State.QUIET), seen
