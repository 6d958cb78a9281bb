"""The cloud owns who answers and when it is over; the hub hears it and behaves accordingly."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from edge_agent.response.answer import Step
from edge_agent.response.at_home import helper, switch_off
from edge_agent.response.effects import EVACUATE, Local
from edge_agent.response.incident import CloudPart, HubIncident
from vocabulary.finding import Finding
from vocabulary.incident import ON_SITE, IncidentStatus
from vocabulary.risk import Risk
from vocabulary.wire import IncidentState


def cloud_part(state: IncidentState) -> CloudPart:
    """What the hub keeps of the cloud's part."""
    return CloudPart(
        revision=state.revision,
        number=state.number,
        status=state.status,
        first_page_at=state.first_page_at,
        acknowledged_at=state.acknowledged_at,
        acknowledged_role=state.acknowledged_role,
        acknowledged_name=state.acknowledged_name,
        closed_at=state.closed_at,
        disposition=state.disposition,
    )


def answered_for(incident: HubIncident, now: datetime) -> Step:
    """A named person has taken it: plan B ends, and the home says who is helping.

    Who answers from afar has shut nothing: what is cut off with the page is cut off all the same.
    """
    if incident.is_duress or not incident.is_live:
        return incident, []
    effects: list[Local] = []
    if incident.plan_b_at is not None and incident.running("siren") != EVACUATE:
        effects += switch_off(incident, "siren")
    ended = tuple(
        replace(done, ended_at=now) if done.action == "plan_b" and not done.ended_at else done
        for done in incident.actions
    )
    effects.append(helper(incident.cloud.acknowledged_name))
    return replace(incident, actions=ended), effects


def still_called(incident: HubIncident, state: IncidentState) -> bool:
    """Whether a further call for help is as yet unanswered, seen from what the cloud now says.

    It is answered by a newer acknowledgement, or by the same one confirmed after the call; what
    was on its way before the call is no answer to it.
    """
    if not incident.is_called_again or state.status is not IncidentStatus.ACKNOWLEDGED:
        return False
    before, after = incident.cloud.acknowledged_at, state.acknowledged_at
    is_newer = before is not None and after is not None and after > before
    called_at = incident.handed_back_at
    return not is_newer and (called_at is None or state.sent_at <= called_at)


def still_standing(incident: HubIncident, risks: Mapping[str, Risk]) -> tuple[Finding, ...]:
    """What goes on after a closing: levels that have not cleared, and what was raised since.

    A press or a fall ends with its closing, and a long lie when somebody was there, unless it came
    later: nobody has heard of that one. A hub whose clock is ahead takes an earlier one for later,
    and calls once too often.
    """
    newer = raised_since(incident, risks)
    ends = {f.slug for f in incident.standing() if _ends_by(incident, risks[f.slug])}
    return tuple(f for f in incident.standing() if f.slug not in ends or f in newer)


def raised_since(incident: HubIncident, risks: Mapping[str, Risk]) -> tuple[Finding, ...]:
    """What its closing would have ended, had it not been raised after it."""
    closed_at = incident.cloud.closed_at
    if closed_at is None:
        return ()
    later = [f for f in incident.standing() if f.at > closed_at]
    return tuple(f for f in later if _ends_by(incident, risks[f.slug]))


def _ends_by(incident: HubIncident, risk: Risk) -> bool:
    """Whether the incident's closing ends such a risk, whatever the sensors say."""
    return risk.latches or (risk.ends_on_site and incident.cloud.disposition in ON_SITE)
