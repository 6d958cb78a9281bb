"""What comes first when many need help: the gravest, then whoever has waited longest for it.

A promise (RISKS §2) says within which time a named human accepts; the queue shows waiting time
against it. Nothing here reads a clock or a database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final
from uuid import UUID

from cloud.incidents.rules import called_as
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity

PROMISES: Final[dict[Severity, timedelta]] = {
    Severity.CRITICAL: timedelta(seconds=60),
    Severity.HIGH: timedelta(minutes=5),
    Severity.MEDIUM: timedelta(minutes=60),
}
"""Severity → a named human accepts within (RISKS §2); low has no promise, it is for the digest."""


@unique
class Section(StrEnum):
    """Where in the queue an incident stands."""

    WAITING = "waiting"
    """Nobody has accepted it."""
    ASKING = "asking"
    """The resident is still being asked; nobody has been paged yet."""
    HELD = "held"
    """Somebody has accepted it and has not closed it."""
    LATER = "later"
    """Low: for the day, no promise."""


@dataclass(frozen=True, slots=True)
class Call:
    """A page that is on its way now."""

    name: str
    role: str
    status: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One incident as the queue shows it: plain facts, words are the template's business."""

    id: UUID
    number: str
    slug: str | None
    variant: str | None
    technical: str | None
    severity: Severity
    status: IncidentStatus
    opened_at: datetime
    page_at: datetime | None
    first_page_at: datetime | None
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    is_duress: bool
    room: str
    area: str
    resident: str
    age: int | None
    holder: str
    holder_role: str
    is_mine: bool
    calls: tuple[Call, ...]

    def section(self, now: datetime) -> Section:
        """Which part of the queue it belongs to at `now`."""
        if self.status is IncidentStatus.ACKNOWLEDGED:
            return Section.HELD
        if called_as(self) is Severity.LOW:
            return Section.LATER
        is_asking = self.page_at is not None and self.page_at > now
        return Section.ASKING if is_asking and self.first_page_at is None else Section.WAITING

    @property
    def promise(self) -> timedelta | None:
        return PROMISES.get(called_as(self))

    @property
    def clock_start(self) -> datetime:
        """Critical: when the criterion was met; others: when people are asked, if that is later."""
        if self.severity is Severity.CRITICAL or self.page_at is None:
            return self.opened_at
        return max(self.opened_at, self.page_at)

    def waited(self, now: datetime) -> timedelta:
        """How long until a human accepted, or until `now` when none has; never negative."""
        end = self.acknowledged_at if self.status is IncidentStatus.ACKNOWLEDGED else now
        return max(timedelta(0), (end or now) - self.clock_start)

    def is_late(self, now: datetime) -> bool:
        """The promise has been missed."""
        return self.promise is not None and self.waited(now) > self.promise


@dataclass(frozen=True, slots=True)
class Queue:
    """All that one viewer may see, in order."""

    waiting: tuple[QueueRow, ...]
    asking: tuple[QueueRow, ...]
    held: tuple[QueueRow, ...]
    later: tuple[QueueRow, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.asking or self.held or self.later)


def arrange(rows: list[QueueRow], now: datetime) -> Queue:
    """Each section in order: silent calls, severity, people before machines, then the longest past.

    Whoever waits longest against the promise comes first; of equals the older one.
    """

    def order(row: QueueRow) -> tuple[bool, int, bool, float, datetime, str]:
        promise = row.promise
        share = row.waited(now) / promise if promise else 0.0
        is_machine = row.technical is not None
        return not row.is_duress, -row.severity, is_machine, -share, row.opened_at, row.number

    ordered = sorted(rows, key=order)

    def part(section: Section) -> tuple[QueueRow, ...]:
        return tuple(row for row in ordered if row.section(now) is section)

    return Queue(
        waiting=part(Section.WAITING),
        asking=part(Section.ASKING),
        held=part(Section.HELD),
        later=part(Section.LATER),
    )


def age_in_years(born: str | None, now: datetime) -> int | None:
    """Whole years since an ISO date; None when it is not known or is no date."""
    if not born:
        return None
    try:
        birth = datetime.fromisoformat(born).date()
    except ValueError:
        return None
    today = now.date()
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
