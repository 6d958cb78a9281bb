"""What the home's own programs may know: a display on the wall shows it to whoever stands there.

By default no room, no value and no name: facts are published as keys alone, so that no reading
leaves with a fact whatever a detector writes into it. `has_details` adds them.

Whoever threatens the resident may be watching this broker. A silent call is shown nowhere; a check
that was answered with the secret word is shown as the ordinary "fine" would be, and what helpers
do about it not before the instant at which an ordinary one would have been paged.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.response import HubIncident
from vocabulary.finding import Fact, Finding
from vocabulary.incident import IncidentStatus
from vocabulary.risks import BY_SLUG
from vocabulary.wire import FactPart, FindingPart

KEPT = timedelta(minutes=10)
"""Ours: a closed incident can be read this long. Not longer than the journal hands back what was
closed just before a hub died (`Recollection.just_closed`), so that a restart changes nothing."""

NO_SEVERITY = "none"


def finding_json(finding: Finding) -> dict[str, object]:
    """A finding as `replay` prints it (DESIGN §7 Trace)."""
    part = FindingPart.of(finding)
    return {
        "at": finding.at.isoformat(),
        "slug": finding.slug,
        "variant": finding.variant,
        "severity": finding.severity.word,
        "state": finding.state.value,
        "room": finding.room,
        "facts": _facts(part.facts),
        "missing": _facts(part.missing),
        "counter": _facts(part.counter),
    }


def shown_finding(finding: Finding, *, has_details: bool) -> dict[str, object] | None:
    """What is published of a finding; None: nothing."""
    if is_silent(finding):
        return None
    if has_details:
        return {**finding_json(finding), "device": finding.device}
    bare = {**finding_json(finding), "device": finding.device}
    del bare["room"]
    for reasons in ("facts", "missing", "counter"):
        facts: tuple[Fact, ...] = getattr(finding, reasons)
        bare[reasons] = [{"key": fact.key, "values": {}} for fact in facts]
    return bare


def shown_incident(
    incident: HubIncident, now: datetime, *, has_details: bool
) -> dict[str, object] | None:
    """What is published of an incident; None: nothing, or nothing any more."""
    closed_at = seems_closed_at(incident, now)
    if is_silent_call(incident) or (closed_at is not None and now - closed_at >= KEPT):
        return None
    is_taken = _shows_helpers(incident, now) and incident.is_acknowledged and closed_at is None
    status = IncidentStatus.ACKNOWLEDGED if is_taken else IncidentStatus.OPEN
    role = incident.cloud.acknowledged_role if is_taken else None
    told: dict[str, object] = {
        "status": (IncidentStatus.CLOSED if closed_at is not None else status).value,
        "severity": incident.severity.word,
        "slug": incident.slug,
        "variant": incident.variant,
        "opened_at": incident.opened_at.isoformat(),
        "number": incident.cloud.number,
        "acknowledged": is_taken,
        "acknowledged_by": None if role is None else role.value,
        "closed": closed_at is not None,
    }
    if has_details:
        told["room"] = incident.room
        told["acknowledged_name"] = incident.cloud.acknowledged_name if is_taken else ""
    return told


def seems_closed_at(incident: HubIncident, now: datetime) -> datetime | None:
    """Since when the home believes that it is over: told so, withdrawn, or closed by a person."""
    if incident.settled_at is not None:
        return incident.settled_at
    if incident.withdrawn_at is not None:
        return incident.withdrawn_at
    if not incident.is_ended or not _shows_helpers(incident, now):
        return None
    ended_at = incident.cloud.closed_at or incident.opened_at
    paged_at = incident.shown_page_at if incident.is_duress else None
    return ended_at if paged_at is None else max(ended_at, paged_at)


def raised_slugs(
    incidents: Iterable[HubIncident], open_ids: Collection[UUID], now: datetime
) -> set[str]:
    """The risks that are on: of presses and falls what seems open, of all else what stands.

    `open_ids`: what the response still holds; there a level stands until its sensor clears it.
    """
    return {
        finding.slug
        for incident in incidents
        if not is_silent_call(incident)
        for finding in incident.standing()
        if _is_on(incident, finding, open_ids, now)
    }


def summary(incidents: Iterable[HubIncident], now: datetime) -> dict[str, object]:
    """How many incidents seem open, and the worst of them."""
    seem_open = [
        each
        for each in incidents
        if not is_silent_call(each) and seems_closed_at(each, now) is None
    ]
    worst = max((each.severity for each in seem_open), default=None)
    return {
        "open": len(seem_open),
        "highest_severity": NO_SEVERITY if worst is None else worst.word,
    }


def is_silent_call(incident: HubIncident) -> bool:
    """Opened by a sign of being threatened: it stands apart from every ordinary press."""
    return incident.slug == "sos_call" and incident.variant == "duress"


def is_silent(finding: Finding) -> bool:
    """A sign of being threatened."""
    return finding.slug == "sos_call" and finding.variant == "duress"


def _is_on(
    incident: HubIncident, finding: Finding, open_ids: Collection[UUID], now: datetime
) -> bool:
    if BY_SLUG[finding.slug].latches:
        return seems_closed_at(incident, now) is None
    return incident.incident_id in open_ids


def _shows_helpers(incident: HubIncident, now: datetime) -> bool:
    """Under duress people are called at once; the home must not see them come early."""
    if not incident.is_duress:
        return True
    return incident.shown_page_at is not None and now >= incident.shown_page_at


def _facts(parts: Iterable[FactPart]) -> list[dict[str, object]]:
    return [{"key": part.key, "values": dict(part.values)} for part in parts]
