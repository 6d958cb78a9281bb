"""An open incident never rests: it knows at each instant what comes next, with or without a cloud.

The spoken check goes on, the home is told that help is called, "cooking" is marked once the smoke
is gone, and 180 s after `page_at` without an acknowledgement the home helps itself (plan B).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from edge_agent.response.at_home import (
    CALL_SIREN,
    cut_off,
    help_called,
    light,
    prompt,
    tells_help,
)
from edge_agent.response.effects import EVACUATE, Local, Speak
from edge_agent.response.incident import Action, HubIncident
from vocabulary.home import HomeFile, RoomType
from vocabulary.risk import Severity

PATIENCE = timedelta(seconds=180)
"""T = `page_at` + this without an acknowledgement: plan B (DESIGN §5)."""

SAY_AGAIN_AFTER = timedelta(seconds=60)
"""Longest gap between two actions of an open critical incident (RELIABILITY §1.5)."""

CLEAR_FOR = timedelta(seconds=60)
"""Smoke must be gone this long before "cooking" is marked (RISKS §5)."""

Step = tuple[HubIncident, list[Local]]


def advance(incident: HubIncident, home: HomeFile, now: datetime) -> Step:
    """The incident at `now`, with whatever has fallen due."""
    if incident.is_ended:
        return incident, []
    incident, effects = _ask(incident, now)
    for step in (_tell, _plan_b):
        incident, more = step(incident, home, now)
        effects += more
    return _mark_cooking(incident, home, now), effects


def due(incident: HubIncident, home: HomeFile) -> datetime | None:
    """When `advance` has something to do next; None while only people can move it."""
    if incident.is_ended:
        return incident.reopens_at
    instants = [
        incident.check.due() if incident.check else None,
        incident.shown_page_at if _will_tell(incident) else None,
        _plan_b_due(incident),
        incident.reopens_at,
        _cooking_due(incident, home),
    ]
    return min((at for at in instants if at is not None), default=None)


def _ask(incident: HubIncident, now: datetime) -> Step:
    if incident.check is None:
        return incident, []
    check, speaks = incident.check.tick(now)
    asked: list[Local] = [prompt(check.slug, check.variant, incident.room)] if speaks else []
    return replace(incident, check=check), asked


def _will_tell(incident: HubIncident) -> bool:
    has_page = incident.shown_page_at is not None and incident.is_live
    return has_page and not incident.is_help_told and tells_help(incident.course)


def _tell(incident: HubIncident, _home: HomeFile, now: datetime) -> Step:
    shown = incident.shown_page_at
    if not _will_tell(incident) or shown is None or now < shown:
        return incident, []
    # whoever has taken it has been named already; under duress the home knows of nobody
    is_known = incident.is_acknowledged and not incident.is_duress
    done = cut_off(incident) if is_known else help_called(incident)
    return replace(incident, is_help_told=True), done


def _plan_b_due(incident: HubIncident) -> datetime | None:
    """Never for duress; only where minutes count: others may wait for office hours (RISKS §2)."""
    is_silent = incident.is_duress or incident.is_acknowledged or not incident.is_live
    if is_silent or incident.page_at is None or incident.severity < Severity.HIGH:
        return None
    if incident.plan_b_said_at is not None:
        return incident.plan_b_said_at + SAY_AGAIN_AFTER
    return max(incident.page_at, incident.handed_back_at or incident.page_at) + PATIENCE


def _plan_b(incident: HubIncident, home: HomeFile, now: datetime) -> Step:
    at = _plan_b_due(incident)
    if at is None or now < at:
        return incident, []
    call = Speak((), "say.plan_b", (("number", home.home.emergency_number),))
    said = replace(incident, plan_b_said_at=now)
    if incident.plan_b_at is not None:
        return said, [call]
    actions = (*incident.actions, Action(now, "plan_b"))
    # whoever must leave the house is not called back into it by another pattern
    sirens = [] if incident.running("siren") == EVACUATE else [CALL_SIREN]
    return replace(said, plan_b_at=now, actions=actions), [call, *sirens, *light(incident)]


def _cooking_due(incident: HubIncident, home: HomeFile) -> datetime | None:
    if incident.cooking_at is None or incident.cleared_at is None or incident.resident_cleared_at:
        return None
    sources = {(finding.device, finding.room) for finding in incident.findings}
    if len(sources) > 1 or any(not _is_kitchen(home, room) for _, room in sources):
        return None
    return max(incident.cooking_at, incident.cleared_at + CLEAR_FOR)


def _is_kitchen(home: HomeFile, room: str) -> bool:
    return home.room_type(room) == RoomType.KITCHEN


def _mark_cooking(incident: HubIncident, home: HomeFile, now: datetime) -> HubIncident:
    at = _cooking_due(incident, home)
    return incident if at is None or now < at else replace(incident, resident_cleared_at=now)
