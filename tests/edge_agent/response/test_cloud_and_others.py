"""The cloud's word, the hub's own deadline, and the risks whose detectors are still to come."""

from dataclasses import replace

import pytest

from edge_agent.response import Changed, Closed, HubIncident, Response
from edge_agent.response.incident import MOST_ACTIONS, MOST_FINDINGS
from tests.stories import (
    CRITICAL,
    at,
    cleared,
    cloud_says,
    finding,
    home,
    ids,
    local,
    only,
    response,
    revisions,
)
from vocabulary.finding import Finding
from vocabulary.incident import CheckOutcome, Disposition, IncidentStatus
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import Say

OPEN, ACKNOWLEDGED = IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED
CLOSED = IncidentStatus.CLOSED
PLAN_B = ["say.plan_b 112", "siren on call", "path_light on"]


def pressed() -> Response:
    made = response()
    made.on_finding(finding("sos_call", "pressed"), at(0))
    return made


def test_an_acknowledgement_says_who_helps() -> None:
    hub = pressed()
    effects = hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(9))
    assert local(effects) == ["say.helper_acknowledged Doctor Lind"]
    assert only(hub).cloud.number == "2026-0001"


def test_a_helper_without_a_name_is_somebody() -> None:
    hub = pressed()
    state = cloud_says(only(hub), ACKNOWLEDGED, acknowledged_name="")
    assert local(hub.on_incident_state(state, at(9))) == ["say.helper_acknowledged_unnamed"]


def test_the_same_or_an_older_state_changes_nothing() -> None:
    hub = pressed()
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED, 5), at(9))
    assert hub.on_incident_state(cloud_says(only(hub), OPEN, 5), at(10)) == []
    assert hub.on_incident_state(cloud_says(only(hub), OPEN, 4), at(10)) == []


def test_a_state_of_an_unknown_incident_changes_nothing() -> None:
    other = only(pressed())
    assert response().on_incident_state(cloud_says(other, CLOSED), at(9)) == []


def test_told_twice_who_helps_it_is_said_once() -> None:
    hub = pressed()
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(9))
    assert local(hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED, 2), at(10))) == []


def test_nobody_by_180_seconds_is_plan_b_and_it_repeats() -> None:
    hub = pressed()
    assert hub.due(at(1)) == at(180)
    assert local(hub.tick(at(179))) == []
    assert local(hub.tick(at(180))) == PLAN_B
    assert hub.due(at(180)) == at(240)
    assert local(hub.tick(at(239))) == []
    assert local(hub.tick(at(240))) == ["say.plan_b 112"]


def test_an_acknowledgement_ends_plan_b() -> None:
    hub = pressed()
    hub.tick(at(180))
    effects = hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(200))
    assert local(effects) == ["siren off", "say.helper_acknowledged Doctor Lind"]
    assert local(hub.tick(at(900))) == []
    assert all(a.ended_at for a in only(hub).actions if a.action == "plan_b")


def test_a_hand_back_gives_the_cloud_another_180_seconds() -> None:
    hub = pressed()
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED, 1), at(60))
    hub.on_incident_state(cloud_says(only(hub), OPEN, 2), at(300))
    assert hub.due(at(300)) == at(480)
    assert local(hub.tick(at(479))) == []
    assert local(hub.tick(at(480))) == PLAN_B


def test_closed_by_a_person_everything_goes_off_and_it_is_gone() -> None:
    hub = pressed()
    hub.tick(at(180))
    incident = only(hub)
    effects = hub.on_incident_state(cloud_says(incident, CLOSED, closed_at=at(200)), at(200))
    assert local(effects) == ["siren off", "path_light off"]
    assert isinstance(effects[0], Changed)
    closed = effects[-1]
    assert isinstance(closed, Closed)
    assert closed.incident_id == incident.incident_id
    assert [f.slug for f in closed.findings] == ["sos_call"]
    assert hub.open_incidents == {}
    assert hub.due(at(201)) is None


def test_the_light_another_incident_needs_stays_on() -> None:
    hub = pressed()
    first = only(hub)
    hub.on_finding(finding("smoke_fire", "smoke", 5), at(5))
    effects = hub.on_incident_state(cloud_says(first, CLOSED), at(9))
    assert local(effects) == []


def test_a_withdrawn_fall_is_gone_when_the_cloud_has_closed_it() -> None:
    hub = response()
    hub.on_finding(finding("fall", "hard_fall"), at(0))
    hub.open_incidents = {
        key: HubIncident.from_json(each.to_json()) for key, each in hub.open_incidents.items()
    }
    effects = hub.on_incident_state(cloud_says(only(hub), CLOSED), at(60))
    assert [type(each) for each in effects] == [Changed, Closed]


SAYING = [
    pytest.param("say.help_called", 60, ["say.help_called"], id="in time"),
    pytest.param("say.help_called", -1, [], id="no longer worth saying"),
    pytest.param("say.unheard_of", 60, [], id="a sentence this hub does not know"),
]


@pytest.mark.parametrize(("key", "until", "expected"), SAYING)
def test_the_cloud_may_have_a_sentence_said(key: str, until: float, expected: list[str]) -> None:
    incident = only(pressed())
    say = Say(
        event_id=incident.incident_id, hub_id="hub-1", sent_at=at(0), key=key, until=at(until)
    )
    assert local(response().on_say(say, at(0))) == expected


def test_a_stay_in_the_bathroom_is_asked_about_for_five_minutes() -> None:
    hub = response()
    stay = finding("bathroom_overstay", "toilet", room="Bathroom")
    assert local(hub.on_finding(stay, at(0))) == ["say.check"]
    assert only(hub).page_at == at(300)
    assert local(hub.on_reply("hall", "I'm fine", 1.0, at(70))) == ["say.check_cancelled"]
    assert only(hub).withdrawn is Disposition.RESIDENT_CANCELLED


def test_out_of_the_bathroom_before_the_page_resolves_it() -> None:
    hub = response()
    stay = finding("bathroom_overstay", "toilet", room="Bathroom")
    hub.on_finding(stay, at(0))
    assert local(hub.on_finding(cleared(stay, 100), at(100))) == ["say.check_cancelled"]
    assert only(hub).withdrawn is Disposition.RESOLVED_BEFORE_PAGE
    assert only(hub).check.ended_at == at(100)  # type: ignore[union-attr]  # it has one


def test_after_the_page_it_only_marks_that_the_danger_is_gone() -> None:
    hub = response()
    stay = finding("bathroom_overstay", "toilet", room="Bathroom")
    hub.on_finding(stay, at(0))
    hub.tick(at(300))
    assert local(hub.on_finding(cleared(stay, 310), at(310))) == []
    assert (only(hub).withdrawn, only(hub).cleared_at) == (None, at(310))


def test_under_duress_a_stay_is_settled_in_show_only() -> None:
    hub = response()
    stay = finding("bathroom_overstay", "toilet", room="Bathroom")
    hub.on_finding(stay, at(0))
    assert local(hub.on_reply("hall", "blue umbrella", 1.0, at(70))) == ["say.check_cancelled"]
    assert (only(hub).page_at, only(hub).withdrawn) == (at(70), None)
    hub.on_finding(cleared(stay, 100), at(100))
    assert only(hub).withdrawn is None


def test_a_slow_change_is_a_card_and_no_page() -> None:
    hub = response()
    assert local(hub.on_finding(finding("mobility_decline", "gait_speed"), at(0))) == []
    assert (only(hub).page_at, only(hub).severity) == (None, Severity.LOW)
    assert hub.due(at(0)) is None


def test_an_infection_pattern_is_more_than_its_parts() -> None:
    hub = response()
    hub.on_finding(finding("frequent_toileting", "day_night"), at(0))
    hub.on_finding(finding("sleep_disruption", "fragmented", 3600), at(3600))
    assert only(hub).severity is Severity.HIGH
    assert only(hub).page_at is None


def test_fluid_overload_needs_the_gain() -> None:
    hub = response()
    hub.on_finding(finding("weight_change", "loss"), at(0))
    hub.on_finding(finding("sleep_disruption", "fragmented", 60), at(60))
    assert len(hub.open_incidents) == 2


def test_the_table_s_window_ends() -> None:
    hub = response()
    hub.on_finding(finding("fall", "hard_fall"), at(0))
    hub.on_finding(finding("long_lie", "after_fall", 901), at(901))
    assert len(hub.open_incidents) == 2


def test_a_critical_finding_never_disappears_in_a_lesser_incident() -> None:
    hub = response()
    hub.on_finding(finding("weight_change", "rapid_gain"), at(0))
    hub.on_finding(finding("respiratory_abnormal", "spo2_low", 60), at(60))
    assert len(hub.open_incidents) == 2


def test_severity_rises_and_never_falls() -> None:
    hub = response()
    leak = finding("water_leak", "wet_floor")
    hub.on_finding(leak, at(0))
    hub.on_finding(finding("water_leak", "wet_floor", 5, severity=Severity.HIGH), at(5))
    hub.on_finding(finding("water_leak", "running_water", 9, severity=Severity.LOW), at(9))
    assert only(hub).severity is Severity.HIGH


def test_a_medium_risk_never_reaches_plan_b() -> None:
    hub = response()
    hub.on_finding(finding("water_leak", "wet_floor"), at(0))
    hub.tick(at(30))
    assert hub.due(at(31)) is None


def test_closed_while_a_lesser_danger_stands_it_is_asked_about_again_after_the_cool_down() -> None:
    hub = response()
    hub.on_finding(finding("water_leak", "wet_floor"), at(0))
    first = only(hub)
    assert local(hub.on_incident_state(cloud_says(first, CLOSED), at(60))) == []
    reopens_at = at(60) + BY_SLUG["water_leak"].cool_down
    assert hub.due(at(61)) == reopens_at
    assert hub.tick(at(62)) == []
    effects = hub.tick(reopens_at)
    assert [type(each) for each in effects[:2]] == [Closed, Changed]
    assert only(hub).incident_id != first.incident_id


def test_gone_during_the_cool_down_it_is_over() -> None:
    hub = response()
    leak = finding("water_leak", "wet_floor")
    hub.on_finding(leak, at(0))
    hub.on_incident_state(cloud_says(only(hub), CLOSED), at(60))
    assert [type(e) for e in hub.on_finding(cleared(leak, 90), at(90))] == [Closed]
    assert hub.open_incidents == {}


def test_one_of_two_gone_during_the_cool_down_is_not_over() -> None:
    hub = response()
    leak = finding("water_leak", "wet_floor")
    hub.on_finding(leak, at(0))
    hub.on_finding(finding("water_leak", "wet_floor", device="other"), at(0))
    hub.on_incident_state(cloud_says(only(hub), CLOSED), at(60))
    assert local(hub.on_finding(cleared(leak, 90), at(90))) == []
    assert [each.device for each in only(hub).standing()] == ["other"]


HIGH, MEDIUM, HOUR = Severity.HIGH, Severity.MEDIUM, 3600


def taken_and_over(first: Finding) -> Response:
    """Raised, paged, taken by Doctor Lind at second 330, and gone at second 400; not yet closed."""
    hub = response()
    hub.on_finding(first, at(0))
    for second in range(330):
        hub.tick(at(second))
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(330))
    hub.on_finding(cleared(first, 400), at(400))
    return hub


def again(hub: Response, first: Finding, second: int) -> list[str]:
    """What the home does within a quarter of an hour when it is raised once more."""
    return lives(hub, replace(first, at=at(second), since=at(second)), second)


def lives(hub: Response, raised: Finding, second: int) -> list[str]:
    done = local(hub.on_finding(raised, at(second)))
    for later in range(second, second + 900):
        done += local(hub.tick(at(later)))
    return done


@pytest.mark.parametrize(
    ("slug", "variant", "severity", "expected"),
    [
        pytest.param(
            "stove_unattended",
            "left_on",
            HIGH,
            ["say.stove_check", "say.stove_cut_off", "stove off"],
            id="the stove left on at supper as at lunch",
        ),
        pytest.param(
            "glucose_abnormal",
            "hypo",
            HIGH,
            ["say.sugar_low_check", "say.help_called"],
            id="low sugar",
        ),
        pytest.param("missed_medication", "late", MEDIUM, ["say.dose_due"], id="another dose"),
        pytest.param(
            "glucose_abnormal",
            "hypo",
            CRITICAL,
            ["say.sugar_low_check", "say.help_called"],
            id="critical",
        ),
    ],
)
def test_hours_after_one_that_was_taken_and_is_over_another_is_one_of_its_own(
    slug: str, variant: str, severity: Severity, expected: list[str]
) -> None:
    first = finding(slug, variant, severity=severity)
    hub = taken_and_over(first)
    before = only(hub)
    done = again(hub, first, 8 * HOUR)
    assert set(expected) <= set(done)
    _, other = hub.open_incidents.values()
    assert hub.open_incidents[before.incident_id] == before
    assert (other.opened_at, other.page_at is not None) == (at(8 * HOUR), True)


@pytest.mark.parametrize(
    ("second", "incidents"),
    [
        pytest.param(400 + 20 * 60 - 1, 1, id="in the cool-down whoever took it has it still"),
        pytest.param(400 + 20 * 60, 2, id="after it another"),
    ],
)
def test_an_episode_ends_with_its_cool_down(second: int, incidents: int) -> None:
    first = finding("stove_unattended", "left_on", severity=HIGH)
    hub = taken_and_over(first)
    again(hub, first, second)
    assert len(hub.open_incidents) == incidents


@pytest.mark.parametrize("severity", [MEDIUM, HIGH])
@pytest.mark.parametrize("is_taken", [True, False])
def test_the_dose_of_the_evening_is_not_lost_in_that_of_the_morning(
    severity: Severity, *, is_taken: bool
) -> None:
    hub = response()
    missed = finding("missed_medication", "missed", severity=severity, device="dose 1")
    hub.on_finding(missed, at(0))
    if is_taken:
        hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(330))
    evening = 12 * HOUR
    late = finding("missed_medication", "late", evening, device="dose 2")
    assert lives(hub, late, evening).count("say.dose_due") == 1
    again_missed = replace(missed, device="dose 2", at=at(evening + HOUR), since=at(evening + HOUR))
    hub.on_finding(again_missed, at(evening + HOUR))
    _, other = hub.open_incidents.values()
    assert (other.severity, other.page_at) == (severity, at(evening + HOUR))
    assert {each.device for each in other.findings} == {"dose 2"}


def test_two_doses_of_one_hour_are_asked_about_once() -> None:
    hub = response()
    hub.on_finding(finding("missed_medication", "late", device="dose 1"), at(0))
    second = finding("missed_medication", "late", 60, device="dose 2")
    assert lives(hub, second, 60).count("say.dose_due") == 1, "the reminder after a quarter"
    assert len(only(hub).findings) == 2


def test_what_still_stands_takes_what_comes_hours_later() -> None:
    hub = response()
    first = finding("stove_unattended", "left_on", device="hob")
    hub.on_finding(first, at(0))
    hub.on_incident_state(cloud_says(only(hub), ACKNOWLEDGED), at(330))
    again(hub, replace(first, device="oven"), 8 * HOUR)
    assert len(only(hub).standing()) == 2


def test_what_nobody_has_taken_yet_takes_it_too() -> None:
    hub = response()
    first = finding("stove_unattended", "left_on", severity=HIGH)
    hub.on_finding(first, at(0))
    hub.tick(at(400))
    hub.on_finding(cleared(first, 410), at(410))
    again(hub, first, 8 * HOUR)
    assert only(hub).cleared_at is None


@pytest.mark.parametrize(
    ("slug", "variant"),
    [
        pytest.param("fall", "hard_fall", id="a fall latches"),
        pytest.param("sos_call", "pressed", id="so does a press"),
        pytest.param("smoke_fire", "smoke", id="smoke comes and goes"),
    ],
)
def test_what_has_no_cool_down_calls_again_under_the_known_number(slug: str, variant: str) -> None:
    first = finding(slug, variant)
    hub = taken_and_over(first)
    assert again(hub, first, 8 * HOUR)
    assert not only(hub).is_acknowledged


def test_a_siren_that_still_sounds_is_never_forgotten_by_a_full_list() -> None:
    hub = response()
    hub.on_finding(finding("smoke_fire", "smoke", room="Kitchen"), at(0))
    for second in range(10, 700, 10):
        hub.on_reply("hall", "cooking", 1.0, at(second))
    assert len(only(hub).actions) <= MOST_ACTIONS
    assert only(hub).running("siren") == "evacuate"


def test_smoke_that_still_stands_is_never_forgotten_by_a_full_list() -> None:
    hub = response()
    hub.on_finding(finding("smoke_fire", "smoke", device="first"), at(0))
    hub.on_finding(finding("smoke_fire", "smoke", device="second"), at(1))
    third = finding("smoke_fire", "smoke", device="third")
    for second in range(10, 700, 10):
        hub.on_finding(third, at(second))
        hub.on_finding(cleared(third, second + 5), at(second + 5))
    assert {each.device for each in only(hub).standing()} == {"first", "second"}


def test_more_sources_than_the_list_holds_keep_the_first_and_the_newest() -> None:
    hub = response()
    for number in range(40):
        hub.on_finding(finding("smoke_fire", "smoke", device=f"d{number}"), at(number))
    devices = [each.device for each in only(hub).findings]
    assert (len(devices), devices[0], devices[-1]) == (MOST_FINDINGS, "d0", "d39")


def test_the_first_and_the_newest_stay_when_the_list_is_full() -> None:
    hub = pressed()
    for second in range(10, 1000, 10):
        hub.on_finding(finding("sos_call", "pressed", second), at(second))
    incident = only(hub)
    assert (len(incident.findings), incident.findings[0].at) == (MOST_FINDINGS, at(0))
    assert incident.findings[-1].at == at(990)
    assert (len(incident.actions), incident.actions[0].at) == (MOST_ACTIONS, at(0))


def test_restore_switches_on_again_what_should_be_on() -> None:
    hub = pressed()
    hub.on_finding(finding("smoke_fire", "smoke", 5), at(5))
    restarted = Response(home(), BY_SLUG, ids())
    effects = restarted.restore(list(hub.open_incidents.values()), at(9))
    assert local(effects) == ["siren on evacuate", "path_light on", "say.sos_help_called"]
    assert restarted.open_incidents == hub.open_incidents


def test_restore_of_plan_b_calls_on() -> None:
    hub = pressed()
    hub.tick(at(180))
    restarted = response()
    assert local(restarted.restore([only(hub)], at(190))) == ["siren on call", "path_light on"]


def test_a_deadline_that_passed_while_the_hub_was_dead_is_met_at_the_start() -> None:
    restarted = response()
    assert local(restarted.restore([only(pressed())], at(500)))[1:] == PLAN_B


def test_a_press_of_a_moment_ago_is_answered_after_a_restart() -> None:
    incident = only(pressed())
    assert local(response().restore([incident], at(60))) == ["path_light on", "say.sos_help_called"]
    assert local(response().restore([incident], at(61))) == ["path_light on"]


def test_a_threatened_press_stays_silent_after_a_restart() -> None:
    hub = response()
    hub.on_finding(finding("sos_call", "duress"), at(0))
    assert local(response().restore([only(hub)], at(9))) == []


def test_what_went_off_just_before_the_hub_died_is_switched_off_again() -> None:
    hub = pressed()
    hub.tick(at(180))
    (changed, *_) = hub.on_incident_state(cloud_says(only(hub), CLOSED, closed_at=at(200)), at(200))
    assert isinstance(changed, Changed)
    gone = [changed.incident]
    off = ["siren off", "path_light off"]
    assert local(response().restore([], at(205), gone)) == off
    assert local(response().restore([], at(9000), gone, died_at=at(700))) == off
    assert local(response().restore([], at(9000), gone)) == [], "long since carried out"


def test_what_another_incident_needs_is_not_switched_off_by_a_restart() -> None:
    hub = pressed()
    first = only(hub)
    hub.on_finding(finding("smoke_fire", "smoke", 5), at(5))
    (changed, *_) = hub.on_incident_state(cloud_says(first, CLOSED), at(9))
    assert isinstance(changed, Changed)
    again = response().restore([only(hub)], at(10), [changed.incident])
    assert local(again) == ["siren on evacuate", "path_light on"]


def test_nothing_restored_does_nothing() -> None:
    assert response().restore([], at(0)) == []


def test_an_incident_travels_whole() -> None:
    hub = response()
    hub.on_finding(finding("fall", "hard_fall", room="Hall"), at(0))
    hub.on_reply("hall", "mumble", 0.7, at(5))
    incident = only(hub)
    assert HubIncident.from_json(incident.to_json()) == incident
    wire = incident.to_wire(incident.incident_id, "hub-1", at(6))
    assert (wire.slug, wire.page_at, wire.revision, wire.severity) == (
        "fall",
        at(45),
        2,
        "critical",
    )
    assert wire.check is not None
    assert [each.outcome for each in wire.check.replies] == [CheckOutcome.UNCLEAR]
    assert [(each.action, each.target) for each in wire.actions] == [("say", "say.fall_check")]


def test_a_damaged_journal_row_is_refused() -> None:
    with pytest.raises(ValueError, match="incident_id"):
        HubIncident.from_json("{}")


def test_each_revision_is_one_higher() -> None:
    hub = pressed()
    numbers = [only(hub).revision]
    for effects in (hub.on_reply("hall", "4711", 1.0, at(5)), hub.tick(at(180))):
        numbers += [each.revision for each in revisions(effects)]
    assert numbers == [1, 2, 3]
