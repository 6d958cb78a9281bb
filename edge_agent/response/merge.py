"""Several findings can be one situation: one incident, one number, one person who comes.

The table is RISKS §7. A finding of the same risk joins, until somebody has taken what is over and
its cool-down has passed: then it is another episode. A critical one never disappears inside a
lesser situation; and nothing joins what was cancelled, for it would be cancelled too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from edge_agent.response.incident import MOST_FINDINGS, HubIncident
from vocabulary.finding import Finding
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG


@dataclass(frozen=True, slots=True)
class Row:
    """While `slug` is open, a finding of `joins` no later than `within` belongs to it."""

    slug: str
    joins: frozenset[str]
    within: timedelta
    becomes: Severity = Severity.LOW
    """The pattern of both is at least this severe."""
    variant: str = ""
    """Only for this variant of the open one; empty: any."""


TABLE = (
    Row(
        "fall",
        frozenset({"long_lie", "bathroom_overstay", "unusual_inactivity", "heart_rate_abnormal"}),
        timedelta(minutes=15),
    ),
    Row(
        "smoke_fire",
        frozenset({"co_exposure", "stove_unattended", "air_quality_poor", "power_failure"}),
        timedelta(minutes=10),
    ),
    Row(
        "frequent_toileting",
        frozenset({"body_temp_abnormal", "sleep_disruption", "low_oral_intake"}),
        timedelta(hours=72),
        Severity.HIGH,
    ),
    Row(
        "weight_change",
        frozenset({"respiratory_abnormal", "sleep_disruption"}),
        timedelta(hours=72),
        Severity.HIGH,
        "rapid_gain",
    ),
)


def incident_for(open_incidents: Iterable[HubIncident], finding: Finding) -> HubIncident | None:
    """The open incident a raised finding belongs to, or None: it opens its own.

    A sign of being threatened stands apart from every ordinary press, so that the home goes on
    exactly as if nobody had given it.
    """
    if finding.slug == "sos_call" and finding.variant == "duress":
        return next((i for i in open_incidents if i.is_live and _is_silent_sos(i)), None)
    live = [i for i in open_incidents if i.is_live and not _is_silent_sos(i)]
    same = next((i for i in live if i.slug == finding.slug and _takes(i, finding)), None)
    return same or next((i for i in live if row_for(i, finding) is not None), None)


def row_for(incident: HubIncident, finding: Finding) -> Row | None:
    """The row of the table by which the finding joins this incident of another risk."""
    if finding.severity is Severity.CRITICAL and incident.severity is not Severity.CRITICAL:
        return None
    newest = max(each.at for each in incident.findings)
    for row in TABLE:
        is_pair = row.slug == incident.slug and finding.slug in row.joins
        if is_pair and row.variant in {"", incident.variant} and finding.at - newest <= row.within:
            return row
    return None


def severity_of_both(incident: HubIncident, finding: Finding) -> Severity:
    """The higher of the two, or what the table makes of the pair; it only ever rises."""
    row = None if incident.slug == finding.slug else row_for(incident, finding)
    pattern = row.becomes if row else Severity.LOW
    return max(incident.severity, finding.severity, pattern)


def with_finding(findings: tuple[Finding, ...], finding: Finding) -> tuple[Finding, ...]:
    """The findings with one more. When full, how it began stays, and whatever still stands."""
    kept = [*findings, finding]
    while len(kept) > MOST_FINDINGS:
        newest = {(f.slug, f.variant, f.device): n for n, f in enumerate(kept)}
        outdated = (n for n in range(1, len(kept)) if n not in newest.values())
        del kept[next(outdated, 1)]
    return tuple(kept)


def _takes(incident: HubIncident, finding: Finding) -> bool:
    """Whether a finding of the incident's own risk belongs to it."""
    return not _is_past(incident, finding) and not _is_another_dose(incident, finding)


def _is_another_dose(incident: HubIncident, finding: Finding) -> bool:
    """Of medicines each dose counts by itself (RISKS §5: "per dose"), though not of one hour.

    While the home still asks about the first, one "yes" answers for both.
    """
    if finding.slug != "missed_medication" or finding.device in {
        f.device for f in incident.findings
    }:
        return False
    return incident.check is None or not incident.check.is_running


def _is_past(incident: HubIncident, finding: Finding) -> bool:
    """Whether it is over, and taken by somebody whom another episode of it would never reach.

    What latches is never over by itself (RISKS §7). A critical danger without a cool-down may come
    back at any second: it calls everybody again, under the number that they know.
    """
    risk = BY_SLUG[finding.slug]
    if not incident.is_acknowledged or incident.cleared_at is None or risk.latches:
        return False
    rest = risk.rests_for(finding.variant, finding.severity)
    calls_again = finding.severity is Severity.CRITICAL and not rest
    return finding.at - incident.cleared_at >= rest and not calls_again


def _is_silent_sos(incident: HubIncident) -> bool:
    return incident.slug == "sos_call" and incident.is_duress
