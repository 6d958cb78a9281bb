"""Gas closes its valve and lights nothing; water waits for an answer; little poison, by day."""

from datetime import timedelta

import pytest

from edge_agent.response import Response
from tests.stories import HOME_TOML, at, cleared, cloud_says, finding, ids, local, only, response
from vocabulary.finding import Finding
from vocabulary.home import read_home
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.risks import BY_SLUG

ACKNOWLEDGED, CLOSED = IncidentStatus.ACKNOWLEDGED, IncidentStatus.CLOSED
WET = finding("water_leak", "wet_floor", room="Bathroom")
ASKED = "say.water_check_in Bathroom"
SHUT = ["say.water_shut", "water_valve off", "say.family_told"]


def without_valves() -> Response:
    return Response(read_home(HOME_TOML), BY_SLUG, ids())


def test_a_warning_of_gas_lights_nothing_and_leaves_the_valve() -> None:
    effects = response().on_finding(finding("gas_leak", "warning"), at(0))
    assert local(effects) == ["say.gas_evacuate", "siren on evacuate"]


def test_an_alarm_after_the_warning_closes_the_valve() -> None:
    hub = response()
    hub.on_finding(finding("gas_leak", "warning"), at(0))
    effects = hub.on_finding(finding("gas_leak", "alarm", 20), at(20))
    assert local(effects) == ["say.gas_evacuate", "siren on evacuate", "gas_valve off"]
    assert [each.action for each in only(hub).actions if each.target == "off"] == ["gas_valve"]


def test_no_help_that_is_late_makes_a_spark() -> None:
    """Plan B sounds and speaks; it would light the way in any other danger."""
    hub = response()
    hub.on_finding(finding("gas_leak", "alarm"), at(0))
    assert local(hub.tick(at(180))) == ["say.plan_b 112"]
    hub.on_finding(cleared(finding("gas_leak", "alarm"), 190), at(190))
    assert only(hub).running("path_light") is None


def test_whatever_else_happens_in_gas_is_helped_in_the_dark() -> None:
    hub = response()
    gas = finding("gas_leak", "alarm")
    hub.on_finding(gas, at(0))
    assert local(hub.on_finding(finding("sos_call", "pressed", 5), at(5))) == [
        "say.sos_help_called"
    ]
    hub.on_finding(cleared(gas, 20), at(20))
    assert "path_light on" in local(hub.on_finding(finding("long_lie", "after_fall", 30), at(30)))


def test_a_hub_that_starts_anew_in_gas_switches_no_light() -> None:
    """The light was wanted before the gas came, and was to go off as the hub died."""
    hub, gas = response(), finding("gas_leak", "alarm", 20)
    hub.on_finding(finding("long_lie", "after_fall"), at(0))
    hub.on_finding(finding("power_failure", "mains_lost"), at(1))
    hub.on_finding(gas, at(20))
    _, outage, _ = hub.open_incidents.values()
    hub.on_incident_state(cloud_says(outage, CLOSED), at(30))
    in_gas = local(response().restore(hub.open_incidents.values(), at(40), died_at=at(35)))
    assert in_gas[:2] == ["siren on evacuate", "gas_valve off"]
    assert not any("path_light" in done for done in in_gas)
    hub.on_finding(cleared(gas, 50), at(50))
    after = local(response().restore(hub.open_incidents.values(), at(60), died_at=at(55)))
    assert "path_light on" in after


def test_a_light_that_was_to_go_off_in_gas_is_left_alone_too() -> None:
    hub = response()
    hub.on_finding(finding("power_failure", "mains_lost"), at(0))
    hub.on_finding(finding("gas_leak", "alarm", 20), at(20))
    outage, _ = hub.open_incidents.values()
    hub.on_incident_state(cloud_says(outage, CLOSED), at(30))
    known = list(hub.open_incidents.values())
    done = local(response().restore(known, at(40), just_closed=[], died_at=at(35)))
    assert not any("path_light" in each for each in done)


def test_a_valve_that_is_not_there_is_not_said_to_be_closed() -> None:
    hub = without_valves()
    effects = hub.on_finding(finding("gas_leak", "alarm"), at(0))
    assert local(effects) == ["say.gas_evacuate", "siren on evacuate"]
    hub = without_valves()
    hub.on_finding(WET, at(0))
    assert local(hub.tick(at(30))) == ["say.family_told"]


def test_a_stove_that_cannot_be_cut_off_is_not_said_to_be() -> None:
    hub = without_valves()
    hub.on_finding(finding("stove_unattended", "left_on"), at(0))
    assert local(hub.tick(at(300))) == ["say.family_told"]


def test_carbon_monoxide_calls_everybody_out() -> None:
    hub = response()
    effects = hub.on_finding(finding("co_exposure", "acute"), at(0))
    assert local(effects) == ["say.co_evacuate", "siren on evacuate", "path_light on"]
    assert only(hub).page_at == at(0)


def test_a_little_of_it_for_a_day_is_said_and_told_without_a_siren() -> None:
    hub = response()
    effects = hub.on_finding(finding("co_exposure", "chronic_low"), at(0))
    assert local(effects) == ["say.co_low"]
    assert only(hub).page_at == at(0)


def test_by_night_it_is_told_to_the_family_only() -> None:
    hub, midnight = response(), 15 * 3600  # 09:00 UTC is 10:00 in Paris
    assert (
        local(hub.on_finding(finding("co_exposure", "chronic_low", midnight), at(midnight))) == []
    )
    assert only(hub).page_at == at(midnight)


def test_after_closing_a_day_may_clean_the_air_before_it_is_told_again() -> None:
    hub = response()
    hub.on_finding(finding("co_exposure", "chronic_low"), at(0))
    hub.on_incident_state(cloud_says(only(hub), CLOSED), at(60))
    assert hub.due(at(61)) == at(60) + timedelta(hours=24)


def test_a_wet_floor_is_asked_about_where_it_is() -> None:
    hub = response()
    assert local(hub.on_finding(WET, at(0))) == [ASKED]
    assert local(hub.on_finding(finding("water_leak", "wet_floor", device="b"), at(1))) == []
    nameless = response().on_finding(finding("water_leak", "wet_floor", room=""), at(0))
    assert local(nameless) == ["say.water_check"]


def test_without_an_answer_the_water_is_shut_and_the_family_told() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    assert local(hub.tick(at(20))) == [ASKED]
    assert local(hub.tick(at(29))) == []
    assert local(hub.tick(at(30))) == SHUT
    assert only(hub).page_at == at(30)


def test_no_shuts_it_at_once() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    assert local(hub.on_reply("hall", "no", 1.0, at(10))) == SHUT
    assert only(hub).page_at == at(10)


@pytest.mark.parametrize("word", ["yes", "I am running a bath", "fine, my blue umbrella"])
def test_yes_leaves_the_water_on_for_twenty_minutes(word: str) -> None:
    """And so does the secret word, though it is paged at once."""
    hub = response()
    hub.on_finding(WET, at(0))
    assert local(hub.on_reply("hall", word, 1.0, at(10))) == ["say.put_off_minutes 20"]
    until = 10 + 1200
    assert [done for second in range(11, until) for done in local(hub.tick(at(second)))] == []
    assert local(hub.tick(at(until))) == SHUT
    assert only(hub).page_at == at(10 if only(hub).is_duress else until)


def test_dry_within_the_twenty_minutes_is_the_end_of_it() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    hub.on_reply("hall", "yes", 1.0, at(10))
    hub.on_finding(cleared(WET, 600), at(600))
    assert only(hub).withdrawn is Disposition.RESOLVED_BEFORE_PAGE
    assert local(hub.tick(at(1300))) == []


def test_dry_before_the_page_is_the_end_of_it() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    assert local(hub.on_finding(cleared(WET, 12), at(12))) == ["say.check_cancelled"]
    assert only(hub).withdrawn is Disposition.RESOLVED_BEFORE_PAGE
    assert local(hub.tick(at(60))) == []


CUT_OFF = [
    pytest.param(WET, 30, ["say.water_shut", "water_valve off"], id="water"),
    pytest.param(
        finding("stove_unattended", "left_on"), 300, ["say.stove_cut_off", "stove off"], id="stove"
    ),
]


@pytest.mark.parametrize(("raised", "page_at", "shut"), CUT_OFF)
def test_who_takes_it_from_afar_has_shut_nothing(
    raised: Finding, page_at: float, shut: list[str]
) -> None:
    """It is shut when nobody has said that they look after it, without a word more of help."""
    hub = response()
    hub.on_finding(raised, at(0))
    taken = hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(10))
    assert local(taken) == ["say.helper_acknowledged Doctor Lind"]
    asked = [said for second in range(11, int(page_at)) for said in local(hub.tick(at(second)))]
    assert not set(asked) & {*shut, "say.family_told"}
    assert local(hub.tick(at(page_at))) == shut
    assert local(hub.tick(at(page_at + 600))) == []


@pytest.mark.parametrize(("raised", "page_at", "shut"), CUT_OFF)
def test_taken_in_the_instant_of_the_page_it_is_shut_too(
    raised: Finding, page_at: float, shut: list[str]
) -> None:
    hub = response()
    hub.on_finding(raised, at(0))
    for second in range(int(page_at)):
        hub.tick(at(second))
    taken = hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(page_at))
    assert local(taken) == ["say.helper_acknowledged Doctor Lind", *shut]


def test_no_shuts_it_at_once_though_somebody_has_taken_it() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(5))
    assert local(hub.on_reply("hall", "no", 1.0, at(10))) == SHUT


def test_taken_and_then_dry_leaves_the_water_on() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(10))
    hub.on_finding(cleared(WET, 12), at(12))
    assert local(hub.tick(at(60))) == []


def test_taken_and_handed_back_before_the_page_the_home_says_who_is_called() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(5))
    hub.on_incident_state(cloud_says(only(hub), IncidentStatus.OPEN, 2), at(10))
    hub.tick(at(20))
    assert local(hub.tick(at(30))) == SHUT


def test_under_duress_the_home_does_not_know_who_has_taken_it() -> None:
    hub = response()
    hub.on_finding(WET, at(0))
    hub.on_reply("hall", "fine, my blue umbrella", 1.0, at(10))
    assert local(hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(15))) == []
    assert local(hub.tick(at(10 + 1200))) == SHUT
