"""What may happen to an incident, by whom, and in which state: one table, and no way around it.

The hub owns what it saw, the cloud owns who came; neither writes the other's fields. By itself an
incident only grows more severe. Only before the first page may it end without a person, and only
where the risk's card lets the resident, or a better reading, end it (RISKS §5, DESIGN §6).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from cloud.incidents.clocks import past, sent
from vocabulary.finding import FindingState
from vocabulary.identity import uuid7
from vocabulary.incident import (
    AUTOMATIC_DISPOSITIONS,
    ON_SITE,
    RESPONDERS,
    Disposition,
    IncidentStatus,
    Role,
)
from vocabulary.risk import Cancel, Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import FindingPart, IncidentUp

REVIEW_AFTER = timedelta(hours=24)
"""A digest pages nobody, yet its timer is armed: somebody looks at it after a day."""
LONGEST_WAIT = timedelta(minutes=3)
"""A fall answered "fine" is paged 3 min after it at the latest (DESIGN §5 Response); where the
card says longer, that holds."""
LATE_AFTER = timedelta(seconds=60)
"""An incident that took longer to reach the cloud says how old it is (F4)."""


@unique
class Action(StrEnum):
    """What a person, or a timer, may want of an incident."""

    ACKNOWLEDGE = "acknowledge"
    GOING = "going"
    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"
    ESCALATE = "escalate"
    NOTE = "note"
    LABEL = "label"
    REQUEST_HISTORY = "request_history"
    CLOSE = "close"


@unique
class Verdict(StrEnum):
    """What becomes of a wish."""

    DONE = "done"
    FAMILY_ONLY = "family_only"
    """Recorded for the family's own track; the incident stays open (DESIGN §6)."""
    ALREADY = "already"
    """The same person has done it before: nothing changes, nobody is told off."""
    TAKEN = "taken"
    """Somebody else has acknowledged it."""
    NOT_YET = "not_yet"
    """It must be acknowledged first."""
    NOT_YOURS = "not_yours"
    """That role, or that person, does not decide this."""
    CLOSED = "closed"
    """It is over; only notes are still taken."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an incident decides who may do what."""

    status: IncidentStatus
    severity: Severity
    is_technical: bool = False
    acknowledged_by: UUID | None = None
    is_duress: bool = False


def judge(  # noqa: PLR0911 - a table: one line, one answer
    standing: Standing, action: Action, role: Role, person: UUID
) -> Verdict:
    """The state table of DESIGN §6: every state, action and role has one answer."""
    if not _has_a_part(standing, action, role):
        return Verdict.NOT_YOURS
    if standing.status is IncidentStatus.CLOSED:
        return Verdict.DONE if action is Action.NOTE else Verdict.CLOSED
    is_mine = standing.acknowledged_by == person
    is_open = standing.status is IncidentStatus.OPEN
    match action:
        case Action.ACKNOWLEDGE | Action.GOING | Action.TAKE_OVER if is_open:
            decides = acknowledges(standing, role)
            return Verdict.DONE if decides else Verdict.FAMILY_ONLY
        case Action.ACKNOWLEDGE | Action.ESCALATE if not (is_open or is_mine):
            return Verdict.TAKEN  # asking for others would call nobody
        case Action.TAKE_OVER if not acknowledges(standing, role):
            return Verdict.NOT_YOURS
        case Action.ACKNOWLEDGE | Action.TAKE_OVER if is_mine:
            return Verdict.ALREADY
        case Action.HAND_BACK | Action.CLOSE if is_open:
            return Verdict.NOT_YET
        case Action.HAND_BACK:
            return Verdict.DONE if is_mine or role is Role.DESK else Verdict.NOT_YOURS
        case Action.CLOSE if role is Role.FAMILY and not is_mine:
            return Verdict.NOT_YOURS
        case _:
            return Verdict.DONE


def acknowledges(standing: Standing, role: Role) -> bool:
    """Whether that role's word ends the paging of everybody, not only of its own track."""
    if standing.is_technical:
        return role is not Role.FAMILY
    if standing.severity is Severity.CRITICAL or standing.is_duress:
        return role in RESPONDERS
    return role is not Role.OPERATIONS


def _has_a_part(standing: Standing, action: Action, role: Role) -> bool:
    """Operations mend what is broken, family does not; family writes no notes and asks no past."""
    if role is Role.OPERATIONS:
        return standing.is_technical
    if role is not Role.FAMILY:
        return True
    if standing.is_technical or action in {Action.NOTE, Action.REQUEST_HISTORY, Action.TAKE_OVER}:
        return False
    return action is not Action.CLOSE or standing.severity < Severity.HIGH


TECHNICAL_DISPOSITIONS = frozenset(
    {Disposition.TECHNICAL_FIXED, Disposition.FALSE_ALARM, Disposition.TEST}
)


def dispositions(*, is_technical: bool) -> tuple[Disposition, ...]:
    """The outcomes that a person may choose from."""
    if is_technical:
        return tuple(one for one in Disposition if one in TECHNICAL_DISPOSITIONS)
    never = AUTOMATIC_DISPOSITIONS | {Disposition.TECHNICAL_FIXED}
    return tuple(one for one in Disposition if one not in never)


def first_follow_up(severity: Severity) -> timedelta:
    """When whoever acknowledged is first asked again: 3 min if critical, else 15 (DESIGN §6)."""
    return timedelta(minutes=3 if severity is Severity.CRITICAL else 15)


def called_as(row: Any) -> Severity:
    """How grave it is for those who are called: a silent call is critical, whatever was asked.

    The row's own severity stays what the home shows, on the family's page and on its own board.
    """
    return Severity.CRITICAL if row.is_duress else Severity(row.severity)


def standing_of(row: Any, *, is_seeming: bool = False) -> Standing:
    """What of a row decides who may do what; `is_seeming`: as if it were no silent call."""
    return Standing(
        status=IncidentStatus(row.status),
        severity=Severity(row.severity),
        is_technical=row.technical is not None,
        acknowledged_by=row.acknowledged_by,
        is_duress=row.is_duress and not is_seeming,
    )


@dataclass(frozen=True, slots=True)
class HubPart:
    """The hub's columns of an incident as a message leaves them."""

    revision: int
    slug: str
    variant: str
    severity: Severity
    room: str
    is_duress: bool
    opened_at: datetime
    page_at: datetime | None
    cleared_at: datetime | None
    withdrawn_at: datetime | None


def hub_part(
    message: IncidentUp, before: HubPart | None, now: datetime, skew: timedelta = timedelta()
) -> HubPart | None:
    """What the hub's columns become; None: an old or repeated revision, nothing changes.

    Severity only rises and duress never ends, even by a revision that was overtaken. A hub whose
    clock is wrong, by `skew`, neither puts a page off nor hastens it: its instants count by their
    age when they were sent, and the wait for `page_at` from `opened_at`, no longer than the risk's
    card allows.
    """
    severity = Severity[message.severity.upper()]
    if before is not None and message.revision <= before.revision:
        worst = max(severity, before.severity)
        is_duress = message.is_duress or before.is_duress
        overtaken = replace(before, severity=worst, is_duress=is_duress)
        return overtaken if overtaken != before else None

    really_sent_at = sent(message.sent_at, skew, now)

    def when(at: datetime) -> datetime:
        return past(at, message.sent_at, really_sent_at)

    opened_at = when(message.opened_at)
    wait = _wait(message)
    return HubPart(
        revision=message.revision,
        slug=message.slug,
        variant=message.variant,
        severity=max(severity, before.severity) if before else severity,
        room=message.room,
        is_duress=message.is_duress or (before is not None and before.is_duress),
        opened_at=before.opened_at if before else opened_at,
        page_at=None if wait is None else opened_at + wait,
        cleared_at=when(message.cleared_at) if message.cleared_at else None,
        withdrawn_at=when(message.withdrawn_at) if message.withdrawn_at else None,
    )


def _wait(message: IncidentUp) -> timedelta | None:
    """From the criterion to the page; None: a digest. What is critical is never only a digest."""
    if message.page_at is None:
        return timedelta() if message.severity == "critical" else None
    waits = [BY_SLUG[slug].longest_wait for slug in _slugs(message)]
    return min(max(message.page_at - message.opened_at, timedelta()), max(LONGEST_WAIT, *waits))


def _slugs(message: IncidentUp) -> set[str]:
    """The risks of all that was raised in it."""
    return {message.slug, *(one.slug for one in message.findings)}


def may_end_unpaged(message: IncidentUp, severity: Severity) -> bool:
    """Whether RISKS §5 lets this withdrawal end the incident while nobody has been paged.

    Every risk that was raised in it must agree: a fall that became a long lie is no fall any more.
    """
    if message.is_duress or message.withdrawn is None:
        return False
    rights = _rights(message, severity)
    if message.withdrawn is Disposition.RESIDENT_CANCELLED:
        return rights <= {Cancel.BY_ANSWER, Cancel.BY_ANSWER_AND_UPRIGHT}
    latches = any(BY_SLUG[slug].latches for slug in _slugs(message))
    by_itself = severity < Severity.CRITICAL or rights <= {Cancel.BY_REPEAT_READING}
    return by_itself and not latches


def _rights(message: IncidentUp, severity: Severity) -> set[Cancel]:
    """What the resident's word may do about each part of it."""
    parts = {(one.slug, one.variant, Severity[one.severity.upper()]) for one in message.findings}
    parts.add((message.slug, message.variant, severity))
    return {BY_SLUG[slug].course(variant, how).cancel for slug, variant, how in parts}


def still_raised(
    findings: Iterable[FindingPart], disposition: Disposition | None = None
) -> tuple[FindingPart, ...]:
    """What the home still shows; a risk that latches is ended by the person who closes it.

    One that takes somebody on site is ended by a `disposition` that says so.
    """
    latest: dict[tuple[str, str, str, datetime], FindingPart] = {}
    for finding in sorted(findings, key=lambda one: one.at):
        latest[finding.slug, finding.variant, finding.device, finding.since] = finding
    return tuple(
        one
        for one in latest.values()
        if one.state is FindingState.RAISED and not _ends_by_closing(one, disposition)
    )


def _ends_by_closing(finding: FindingPart, disposition: Disposition | None) -> bool:
    card = BY_SLUG[finding.slug]
    return card.latches or (card.ends_on_site and disposition in ON_SITE)


def newly_raised(
    before: Iterable[FindingPart], after: Iterable[FindingPart]
) -> tuple[FindingPart, ...]:
    """Findings raised in `after` that `before` did not know."""
    known = {(one.slug, one.variant, one.device, one.since) for one in before}
    return tuple(
        one
        for one in after
        if one.state is FindingState.RAISED
        and (one.slug, one.variant, one.device, one.since) not in known
    )


def derived_id(now: datetime, *cause: object) -> UUID:
    """A UUIDv7 made from what caused it: doing the same thing twice gives the same id."""
    told = "|".join(str(part) for part in cause)
    return uuid7(now, hashlib.sha256(told.encode()).digest())
