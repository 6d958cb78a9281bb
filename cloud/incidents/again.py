"""Who holds an incident has heard of one press; a second press is something they do not know yet.

It joins the incident that is in hand already, so no new call would come of it by itself. The same
holds when it has grown more severe than what they took.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, update

from cloud.db import touch
from cloud.incidents.rules import acknowledges, newly_raised, standing_of
from cloud.incidents.store import lock_incident, queue_state, write_audit
from cloud.incidents.tables import incident
from cloud.incidents.taking import reopen_by_timer
from vocabulary.finding import FindingState
from vocabulary.incident import IncidentStatus, Role
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import FindingPart, IncidentUp

CALLS: Final = frozenset({"sos_call", "voice_distress"})
"""Risks that are a person's own call for help."""


@unique
class Anew(StrEnum):
    """What a holder is called about."""

    CALL = "call"
    """Help was called for once more."""
    WORSE = "worse"
    """What they took has become more severe."""
    MORE = "more"
    """Something else that is critical was noticed, or the same once more."""
    SPREAD = "spread"
    """More has failed of what they mend."""


@dataclass(frozen=True, slots=True)
class News:
    """What came last into an incident, and of which risk."""

    anew: Anew
    slug: str


def news(message: IncidentUp | None) -> News:
    """What the hub's last message told anew, read from the newest of its findings."""
    findings = message.findings if message else []
    raised = [one for one in findings if one.state is FindingState.RAISED]
    if message is None or not raised:
        return News(Anew.MORE, message.slug if message else "")
    newest = max(reversed(raised), key=lambda one: one.at)
    if newest.slug in CALLS or message.is_duress:
        return News(Anew.CALL, newest.slug)
    others = [Severity[one.severity.upper()] for one in raised if one is not newest]
    is_worse = bool(others) and Severity[newest.severity.upper()] > max(others)
    is_same = any(one.slug == newest.slug for one in raised if one is not newest)
    return News(Anew.WORSE if is_worse and is_same else Anew.MORE, newest.slug)


def raised_again(
    connection: Connection,
    before: Row[Any],
    known: IncidentUp | None,
    message: IncidentUp,
    now: datetime,
) -> datetime | None:
    """When the holder is to be called about what this message tells anew; None: nothing for them.

    `before`: the row as it was. Who may not hold what it has become (family: a critical one, or one
    that asks other people than the one they took) holds it no more: it is open again, and everybody
    is asked.
    """
    if before.status != IncidentStatus.ACKNOWLEDGED:
        return None
    fresh = newly_raised(known.findings if known else (), message.findings)
    waits = [_wait(message, one) for one in fresh if one.severity == "critical"]
    waits += [_wait(message, one) for one in message.findings if _has_risen(one, before)]
    if message.is_duress and not before.is_duress:
        waits.append(timedelta())
    if not waits:
        return None
    row = lock_incident(connection, before.id)
    due_at = now + min(waits)
    write_audit(
        connection,
        row,
        now,
        actor=f"hub:{row.hub_id}",
        action="raised_again",
        body={"revision": message.revision, "due_at": due_at.isoformat()},
    )
    role = Role(row.acknowledged_role)
    is_another_matter = role is Role.FAMILY and row.chain != before.chain
    if is_another_matter or not acknowledges(standing_of(row), role):
        reopen_by_timer(connection, row.id, now)
        return None
    return due_at


def begins_anew(before: Row[Any], known: IncidentUp | None, message: IncidentUp) -> bool:
    """Whether another critical risk has joined what people are being called for already.

    A fall becomes a long lie: the chain restarts at its first step (RISKS §7).
    """
    if before.status != IncidentStatus.OPEN or before.page_begun_at is None:
        return False
    findings = known.findings if known else ()
    slugs = {one.slug for one in findings}
    fresh = newly_raised(findings, message.findings)
    return any(one.severity == "critical" and one.slug not in slugs for one in fresh)


def tell_it_is_in_hand(connection: Connection, incident_id: UUID, now: datetime) -> None:
    """The holder looks after what came again: the hub, which would call neighbours, must hear it.

    Nothing else of the incident changes, so that it takes a revision of its own to be heard.
    """
    row = lock_incident(connection, incident_id)
    revision = {"cloud_revision": row.cloud_revision + 1}
    connection.execute(update(incident).where(incident.c.id == row.id).values(**revision))
    queue_state(connection, row.id, now)
    touch(connection)


def _has_risen(finding: FindingPart, before: Row[Any]) -> bool:
    severity = Severity[finding.severity.upper()]
    is_worse = severity >= Severity.HIGH and severity > before.severity
    return is_worse and finding.state is FindingState.RAISED


def _wait(message: IncidentUp, finding: FindingPart) -> timedelta:
    """How much longer the home asks by itself; `page_at` counts where it is this finding's own."""
    severity = Severity[finding.severity.upper()]
    wait = BY_SLUG[finding.slug].course(finding.variant, severity).page_after
    if message.page_at is not None and message.page_at >= finding.at:
        wait = min(wait, message.page_at - finding.at)
    return max(wait - max(message.sent_at - finding.at, timedelta()), timedelta())
