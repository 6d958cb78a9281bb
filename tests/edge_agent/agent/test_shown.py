"""What a display on the wall may know of an incident, and what it must never show."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from edge_agent.agent.shown import (
    KEPT,
    finding_json,
    is_silent_call,
    raised_slugs,
    seems_closed_at,
    shown_finding,
    shown_incident,
    summary,
)
from edge_agent.response import HubIncident, Response
from tests.stories import at, cleared, cloud_says, finding, only, response, revisions, seen
from vocabulary.finding import Fact, Finding
from vocabulary.incident import IncidentStatus
from vocabulary.observation import Kind

ACKNOWLEDGED, CLOSED = IncidentStatus.ACKNOWLEDGED, IncidentStatus.CLOSED
FINE, SECRET = "I'm fine", "fine, my blue umbrella"

HIGH_PULSE = finding(
    "heart_rate_abnormal",
    "high",
    facts=(Fact.of("fact.heart_rate", bpm=135),),
    missing=(Fact.of("fact.no_movement_data"),),
    counter=(Fact.of("fact.seen_in", room="Bedroom", percent=80.5),),
)


def _shown(incident: HubIncident, second: float, *, has_details: bool = False) -> dict[str, object]:
    told = shown_incident(incident, at(second), has_details=has_details)
    assert told is not None
    return told


def _fallen() -> tuple[Response, HubIncident]:
    home = response()
    home.on_finding(finding("fall", "hard_fall", 0, room="Hall"), at(0))
    return home, only(home)


def _answered(words: str, *, is_up: bool) -> tuple[Response, HubIncident]:
    """Fallen, answered after ten seconds, and seen upright after a minute or not."""
    home, _ = _fallen()
    home.on_reply("hall", words, 1.0, at(10))
    if is_up:
        home.on_observation(seen(59, Kind.MOTION, False, "Kitchen"), at(59))
        home.on_observation(seen(60, Kind.MOTION, True, "Kitchen"), at(60))
    return home, only(home)


def test_a_finding_shows_its_reasons_without_their_values_and_no_room() -> None:
    assert shown_finding(HIGH_PULSE, has_details=False) == {
        "at": at(0).isoformat(),
        "slug": "heart_rate_abnormal",
        "variant": "high",
        "severity": HIGH_PULSE.severity.word,
        "state": "raised",
        "device": "heart_rate_abnormal",
        "facts": [{"key": "fact.heart_rate", "values": {}}],
        "missing": [{"key": "fact.no_movement_data", "values": {}}],
        "counter": [{"key": "fact.seen_in", "values": {}}],
    }


def test_with_details_a_finding_is_what_replay_prints_and_its_device() -> None:
    shown = shown_finding(HIGH_PULSE, has_details=True)
    assert shown == {**finding_json(HIGH_PULSE), "device": "heart_rate_abnormal"}
    assert shown["room"] == "Living room"
    assert shown["facts"] == [{"key": "fact.heart_rate", "values": {"bpm": 135}}]


@pytest.mark.parametrize("has_details", [False, True])
def test_a_sign_of_being_threatened_is_shown_nowhere(has_details: bool) -> None:
    home = response()
    threat = finding("sos_call", "duress", 0)
    home.on_finding(threat, at(0))
    incident = only(home)
    assert is_silent_call(incident)
    assert shown_finding(threat, has_details=has_details) is None
    assert shown_incident(incident, at(600), has_details=has_details) is None
    assert raised_slugs([incident], home.open_incidents, at(600)) == set()
    assert summary([incident], at(600)) == {"open": 0, "highest_severity": "none"}


def test_beside_a_press_a_sign_of_being_threatened_changes_nothing() -> None:
    home = response()
    home.on_finding(finding("sos_call", "pressed", 0), at(0))
    before = only(home)
    home.on_finding(finding("sos_call", "duress", 5, device="other"), at(5))
    assert len(home.open_incidents) == 2
    assert raised_slugs(home.open_incidents.values(), home.open_incidents, at(6)) == {"sos_call"}
    assert summary(home.open_incidents.values(), at(6)) == summary([before], at(4))


def test_an_incident_says_what_it_is_and_who_has_taken_it_by_role() -> None:
    home, incident = _fallen()
    assert _shown(incident, 1) == {
        "status": "open",
        "severity": "critical",
        "slug": "fall",
        "variant": "hard_fall",
        "opened_at": at(0).isoformat(),
        "number": "",
        "acknowledged": False,
        "acknowledged_by": None,
        "closed": False,
    }
    home.on_incident_state(cloud_says(incident, ACKNOWLEDGED), at(60))
    taken = _shown(only(home), 61)
    assert (taken["status"], taken["acknowledged"]) == ("acknowledged", True)
    assert (taken["acknowledged_by"], taken["number"]) == ("gp", "2026-0001")
    assert "Lind" not in str(taken)
    assert "Hall" not in str(taken)


def test_with_details_an_incident_has_a_room_and_a_helper_has_a_name() -> None:
    home, incident = _fallen()
    assert _shown(incident, 1, has_details=True)["acknowledged_name"] == ""
    home.on_incident_state(cloud_says(incident, ACKNOWLEDGED), at(60))
    taken = _shown(only(home), 61, has_details=True)
    assert (taken["room"], taken["acknowledged_name"]) == ("Hall", "Doctor Lind")


def test_an_acknowledgement_before_a_further_press_is_shown_no_more() -> None:
    home = response()
    home.on_finding(finding("sos_call", "pressed", 0), at(0))
    home.on_incident_state(cloud_says(only(home), ACKNOWLEDGED), at(30))
    home.on_finding(finding("sos_call", "pressed", 60, since=at(60)), at(60))
    assert _shown(only(home), 61)["status"] == "open"


def _closed_by_a_person(closed_at: datetime) -> HubIncident:
    home, incident = _fallen()
    state = cloud_says(incident, CLOSED, closed_at=closed_at)
    return revisions(home.on_incident_state(state, at(600)))[-1]


def test_a_closed_incident_can_be_read_for_ten_minutes() -> None:
    incident = _closed_by_a_person(at(600))
    assert (_shown(incident, 600)["status"], _shown(incident, 600)["closed"]) == ("closed", True)
    last = 600 + KEPT.total_seconds()
    assert _shown(incident, last - 1)["closed"]
    assert shown_incident(incident, at(last), has_details=False) is None


def test_a_fall_is_on_until_it_is_closed_and_smoke_until_it_is_gone() -> None:
    home, fallen = _fallen()
    smoke = finding("smoke_fire", "smoke", 5, device="alarm")
    home.on_finding(smoke, at(5))
    known = list(home.open_incidents.values())
    assert raised_slugs(known, home.open_incidents, at(6)) == {"fall", "smoke_fire"}
    assert summary(known, at(6)) == {"open": 2, "highest_severity": "critical"}

    home.on_finding(cleared(smoke, 20), at(20))
    known = list(home.open_incidents.values())
    assert raised_slugs(known, home.open_incidents, at(21)) == {"fall"}
    assert summary(known, at(21))["open"] == 2, "smoke that is gone ends no incident"

    state = cloud_says(fallen, CLOSED, closed_at=at(600))
    told = {each.incident_id: each for each in known}
    told |= {each.incident_id: each for each in revisions(home.on_incident_state(state, at(600)))}
    assert raised_slugs(told.values(), home.open_incidents, at(601)) == set()


def test_a_level_that_stands_is_on_although_its_incident_was_closed() -> None:
    home = response()
    home.on_finding(finding("indoor_temp_extreme", "cold", 0), at(0))
    state = cloud_says(only(home), CLOSED, closed_at=at(60))
    home.on_incident_state(state, at(60))
    waiting = only(home)
    assert waiting.reopens_at is not None
    assert _shown(waiting, 61)["closed"]
    assert raised_slugs([waiting], home.open_incidents, at(61)) == {"indoor_temp_extreme"}
    assert raised_slugs([waiting], set[UUID](), at(61)) == set(), "cleared since"


@pytest.mark.parametrize("words", [FINE, SECRET])
def test_a_fall_answered_fine_seems_closed_from_the_moment_the_home_was_told(words: str) -> None:
    _, incident = _answered(words, is_up=True)
    assert incident.is_duress is (words == SECRET)
    assert seems_closed_at(incident, at(61)) == at(60)
    assert _shown(incident, 61)["status"] == "closed"
    assert summary([incident], at(61))["open"] == 0
    assert raised_slugs([incident], {incident.incident_id}, at(61)) == set()


def test_under_threat_helpers_are_shown_only_from_the_third_minute_on() -> None:
    home, incident = _answered(SECRET, is_up=False)
    home.on_incident_state(cloud_says(incident, ACKNOWLEDGED), at(30))
    taken = only(home)
    assert taken.is_duress
    assert _shown(taken, 179)["status"] == "open"
    assert _shown(taken, 180)["status"] == "acknowledged"


def test_under_threat_an_early_closing_is_shown_at_the_third_minute() -> None:
    home, incident = _answered(SECRET, is_up=False)
    state = cloud_says(incident, CLOSED, closed_at=at(100))
    ended = revisions(home.on_incident_state(state, at(100)))[-1]
    assert not home.open_incidents
    assert _shown(ended, 179)["status"] == "open"
    assert raised_slugs([ended], home.open_incidents, at(179)) == {"fall"}
    assert seems_closed_at(ended, at(180)) == at(180)
    assert _shown(ended, 180)["status"] == "closed"


def test_a_danger_gone_before_the_first_page_is_shown_as_over() -> None:
    home = response()
    leak = finding("water_leak", "wet_floor", 0)
    home.on_finding(leak, at(0))
    gone = revisions(home.on_finding(cleared(leak, 10), at(10)))[-1]
    assert seems_closed_at(gone, at(11)) == at(10)


def test_a_person_who_closed_without_an_instant_closed_it_all_the_same() -> None:
    _, incident = _fallen()
    cloud = replace(incident.cloud, status=CLOSED, closed_at=None)
    assert seems_closed_at(replace(incident, cloud=cloud), at(5)) == at(0)


def test_nothing_is_published_of_a_finding_but_these_keys() -> None:
    plain: Finding = finding("smoke_fire", "smoke", 0)
    shown = shown_finding(plain, has_details=False)
    assert shown is not None
    expected = {"at", "slug", "variant", "severity", "state", "device"}
    assert set(shown) == expected | {"facts", "missing", "counter"}
