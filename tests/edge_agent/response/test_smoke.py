"""Everybody out: siren, voice and light at once, and no word of the resident stops it."""

from typing import Any

import pytest

from edge_agent.response import Response
from tests.stories import at, cleared, cloud_says, finding, local, only, response, revisions
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity

SMOKE = finding("smoke_fire", "smoke", room="Kitchen")
OUT = ["say.smoke_evacuate", "siren on evacuate", "path_light on"]


def burning(**also: Any) -> Response:
    home = response()
    home.on_finding(finding("smoke_fire", "smoke", room="Kitchen", **also), at(0))
    return home


def test_siren_voice_and_light_at_once() -> None:
    home = response()
    assert local(home.on_finding(SMOKE, at(0))) == OUT
    assert (only(home).page_at, only(home).check) == (at(0), None)


@pytest.mark.parametrize("text", ["I'm fine", "4711", "no", "help"])
def test_nothing_said_cancels(text: str) -> None:
    home = burning()
    assert home.on_reply("hall", text, 1.0, at(5)) == []
    assert only(home).withdrawn is None


def test_the_siren_ends_with_the_smoke_and_the_light_stays() -> None:
    home = burning()
    effects = home.on_finding(cleared(SMOKE, 40), at(40))
    assert local(effects) == ["siren off"]
    assert (only(home).cleared_at, only(home).withdrawn) == (at(40), None)
    assert only(home).running("path_light") is not None


def test_two_sources_must_both_clear() -> None:
    home = burning()
    other = finding("smoke_fire", "smoke", 9, device="hall", room="Hall")
    assert local(home.on_finding(other, at(9))) == OUT
    assert local(home.on_finding(cleared(SMOKE, 40), at(40))) == []
    assert only(home).cleared_at is None
    assert local(home.on_finding(cleared(other, 50), at(50))) == ["siren off"]


def test_a_clear_of_something_never_raised_changes_nothing() -> None:
    assert burning().on_finding(cleared(finding("smoke_fire", "heat_rise"), 5), at(5)) == []


def test_smoke_that_comes_back_sounds_again() -> None:
    home = burning()
    home.on_finding(cleared(SMOKE, 40), at(40))
    assert local(home.on_finding(finding("smoke_fire", "smoke", 60), at(60))) == OUT
    assert only(home).cleared_at is None


COOKING = [
    pytest.param("Kitchen", ["kitchen"], True, id="one detector, in the kitchen"),
    pytest.param("Bedroom", ["bedroom"], False, id="one detector, in the bedroom"),
    pytest.param("Kitchen", ["kitchen", "second"], False, id="two detectors in the kitchen"),
]


@pytest.mark.parametrize(("room", "devices", "is_marked"), COOKING)
def test_cooking_is_marked_only_after_a_minute_clear(
    room: str, devices: list[str], is_marked: bool
) -> None:
    home = response()
    raised = [finding("smoke_fire", "smoke", room=room, device=name) for name in devices]
    for each in raised:
        home.on_finding(each, at(0))
    assert local(home.on_reply("hall", "I am only cooking", 1.0, at(10))) == [
        "say.smoke_cooking_noted"
    ]
    for each in raised:
        home.on_finding(cleared(each, 20), at(20))
    assert home.tick(at(79)) == []
    assert home.due(at(79)) == (at(80) if is_marked else at(180))
    marked = revisions(home.tick(at(80)))
    assert [each.resident_cleared_at for each in marked] == ([at(80)] if is_marked else [])
    assert only(home).withdrawn is None, "a mark, no end"


def test_cooking_said_after_the_smoke_went() -> None:
    home = burning()
    home.on_finding(cleared(SMOKE, 20), at(20))
    home.on_reply("hall", "toast", 1.0, at(100))
    assert only(home).resident_cleared_at == at(100)


def test_plan_b_does_not_drown_the_call_to_leave() -> None:
    home = burning()
    assert local(home.tick(at(180))) == ["say.plan_b 112", "path_light on"]
    assert only(home).running("siren") == "evacuate"
    state = cloud_says(only(home), IncidentStatus.ACKNOWLEDGED)
    assert local(home.on_incident_state(state, at(190))) == ["say.helper_acknowledged Doctor Lind"]


def test_the_siren_of_the_fire_outlasts_another_incident() -> None:
    home = burning()
    home.on_finding(finding("sos_call", "pressed", 5), at(5))
    sos = list(home.open_incidents.values())[1]
    assert "siren on call" not in local(home.tick(at(200)))
    closed = home.on_incident_state(cloud_says(sos, IncidentStatus.CLOSED), at(210))
    assert local(closed) == ["siren on evacuate"]


def test_after_the_fire_the_call_for_people_goes_on() -> None:
    home = burning()
    home.on_finding(finding("sos_call", "pressed", 5), at(5))
    home.tick(at(200))
    assert local(home.on_finding(cleared(SMOKE, 210), at(210))) == ["siren on call"]


def test_closing_while_it_still_smokes_opens_the_next_at_once() -> None:
    home = burning()
    first = only(home)
    effects = home.on_incident_state(cloud_says(first, IncidentStatus.CLOSED), at(60))
    assert local(effects)[-3:] == OUT
    assert only(home).incident_id != first.incident_id
    assert (only(home).page_at, only(home).severity) == (at(60), Severity.CRITICAL)
    home.on_finding(cleared(SMOKE, 90), at(90))
    assert only(home).cleared_at == at(90)


def test_carbon_monoxide_in_the_fire_is_the_same_incident() -> None:
    home = burning()
    effects = home.on_finding(finding("co_exposure", "acute", 300), at(300))
    assert "say.co_evacuate" not in local(effects)
    assert len(only(home).findings) == 2


def test_gas_closes_the_valve_and_lights_nothing() -> None:
    effects = response().on_finding(finding("gas_leak", "alarm"), at(0))
    assert local(effects) == ["say.gas_evacuate", "siren on evacuate", "gas_valve off"]
