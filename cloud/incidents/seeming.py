"""Whoever threatens may be a relative, so a silent call looks to the family like any "I am fine".

A fall answered "fine" stays open until upright motion is seen, and after three minutes without it
people are called. Under duress people are called at once; the family's page keeps to what the home
itself believes, which the hub tells beside the truth (docs/decisions/duress-at-three-minutes.md).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cloud.incidents.rules import LONGEST_WAIT, Standing, acknowledges, standing_of
from cloud.incidents.told import told_of
from vocabulary.incident import Disposition, IncidentStatus, Role
from vocabulary.risk import Cancel, Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import IncidentUp


@dataclass(frozen=True, slots=True)
class Seeming:
    """How far an incident has come, as the family sees it."""

    status: IncidentStatus
    first_page_at: datetime | None = None
    held_by: UUID | None = None
    held_as: str = ""
    held_since: datetime | None = None
    going_by: UUID | None = None
    closed_at: datetime | None = None
    disposition: Disposition | None = None


def seeming(row: Any, told: IncidentUp, now: datetime) -> Seeming:
    """The course of a silent call as that of the ordinary "fine" that it must look like.

    Settled where the home was told so; else open, with nobody called before the instant at which
    an ordinary one is paged; from then on what helpers really do, as if it had begun then.
    """
    if told.has_settled:
        return _settled(row, told)
    page_at = _page_at(row, told)
    if now < page_at:
        return _with_family(row, Seeming(IncidentStatus.OPEN, going_by=row.family_going_by))
    course = Seeming(
        IncidentStatus(row.status),
        first_page_at=page_at,
        held_by=row.acknowledged_by,
        held_as=row.acknowledged_role or "",
        held_since=_not_before(row.acknowledged_at, page_at),
        going_by=_going(row, page_at),
        closed_at=_not_before(row.closed_at, page_at),
        disposition=Disposition(row.disposition) if row.disposition else None,
    )
    return _with_family(row, course)


def is_still_hidden(row: Any, now: datetime) -> bool:
    """Whether the family sees nothing yet of what helpers really do about this silent call."""
    told = told_of(row.hub_part)
    if not row.is_duress or told is None:
        return False
    return told.has_settled or now < _page_at(row, told)


def standing_for(row: Any, role: Role, now: datetime) -> Standing:
    """What decides over a wish of that role: for the family, of a silent call what it seems."""
    standing = standing_of(row)
    told = told_of(row.hub_part)
    if role is not Role.FAMILY or not row.is_duress or told is None:
        return standing
    course = seeming(row, told, now)
    return replace(standing, status=course.status, acknowledged_by=course.held_by)


def _settled(row: Any, told: IncidentUp) -> Seeming:
    """Ended by the resident's word; where that only puts off, by the danger's own end."""
    if _cancel(told) is Cancel.PUTS_OFF:
        return Seeming(
            IncidentStatus.CLOSED,
            closed_at=row.cleared_at or row.opened_at,
            disposition=Disposition.RESOLVED_BEFORE_PAGE,
        )
    ended_at = told.check.ended_at if told.check else None
    return Seeming(
        IncidentStatus.CLOSED,
        closed_at=ended_at or row.opened_at,
        disposition=Disposition.RESIDENT_CANCELLED,
    )


def _cancel(told: IncidentUp) -> Cancel:
    severity = Severity[told.severity.upper()]
    return BY_SLUG[told.slug].course(told.variant, severity).cancel


def _page_at(row: Any, told: IncidentUp) -> datetime:
    """On the cloud's timeline; the hub's own instants count only by their distance."""
    wait = LONGEST_WAIT if told.shown_page_at is None else told.shown_page_at - told.opened_at
    return row.opened_at + max(wait, timedelta())  # type: ignore[no-any-return]  # an Instant column


def _going(row: Any, page_at: datetime) -> UUID | None:
    """Who was first to go, had no helper gone before the instant of the page."""
    helper_at = _not_before(row.going_at, page_at)
    is_relative = row.family_going_at is not None and (
        helper_at is None or row.family_going_at < helper_at
    )
    return row.family_going_by if is_relative else row.going_by  # type: ignore[no-any-return]  # a Uuid column


def _not_before(at: datetime | None, page_at: datetime) -> datetime | None:
    return None if at is None else max(at, page_at)


def _with_family(row: Any, course: Seeming) -> Seeming:
    """Where an ordinary one would be the family's, they seem to hold it; in truth it goes on."""
    is_taken = row.family_acknowledged_by is not None and course.status is IncidentStatus.OPEN
    if not is_taken or not acknowledges(standing_of(row, is_seeming=True), Role.FAMILY):
        return course
    return Seeming(
        IncidentStatus.ACKNOWLEDGED,
        first_page_at=course.first_page_at,
        held_by=row.family_acknowledged_by,
        held_as=Role.FAMILY,
        held_since=row.family_acknowledged_at,
        going_by=course.going_by,
    )
