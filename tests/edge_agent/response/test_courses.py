"""Not every finding is a doctor's: how a home answers goes by the variant and how bad it is."""

from dataclasses import replace

from edge_agent.response import Changed
from tests.stories import at, cleared, cloud_says, finding, local, only, response, revisions
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.risk import Severity


def test_a_cold_room_that_grows_colder_is_asked_about_and_then_a_doctor_is_called() -> None:
    hub = response()
    cold = finding("indoor_temp_extreme", "cold", severity=Severity.MEDIUM)
    hub.on_finding(cold, at(0))
    assert only(hub).page_at == at(45)
    assert only(hub).check is not None

    colder = replace(cold, at=at(3600), since=at(3600), severity=Severity.CRITICAL)
    hub.on_finding(colder, at(3600))
    assert only(hub).severity is Severity.CRITICAL
    assert only(hub).course.chain == "person"
    assert only(hub).page_at == at(45)


def test_whose_family_is_told_hears_so_and_no_light_goes_on() -> None:
    hub = response()
    hub.on_finding(finding("entry_security", "left_open"), at(0))
    assert local(hub.tick(at(0))) == []
    said = [local(hub.tick(at(second))) for second in range(1, 62)]
    assert ["say.family_told"] in said
    assert not any("path_light on" in each for each in said)


def test_whoever_airs_the_room_says_so_and_nobody_is_told() -> None:
    hub = response()
    said = local(hub.on_finding(finding("entry_security", "left_open"), at(0)))
    assert said + local(hub.tick(at(0))) == ["say.left_open_check"]
    hub.on_reply("kitchen", "I'm fine", 1.0, at(30))
    assert only(hub).withdrawn is Disposition.RESIDENT_CANCELLED


def test_the_mains_come_back_before_anyone_is_told() -> None:
    hub = response()
    dark = finding("power_failure", "mains_lost", 120)
    effects = hub.on_finding(dark, at(120))
    assert only(hub).page_at == at(120 + 780)
    assert only(hub).check is None, "a statement, no question"
    effects = hub.on_finding(cleared(dark, 400), at(400))
    assert [each.incident.withdrawn for each in effects if isinstance(each, Changed)] == [
        Disposition.RESOLVED_BEFORE_PAGE
    ]


def test_after_an_hour_in_the_dark_somebody_is_asked_to_go_there() -> None:
    hub = response()
    dark = finding("power_failure", "mains_lost", 120)
    assert local(hub.on_finding(dark, at(120))) == ["say.power_is_out", "path_light on"]
    assert local(hub.tick(at(900))) == []
    still = replace(dark, at=at(3600), severity=Severity.HIGH)
    assert local(hub.on_finding(still, at(3600))) == ["say.power_is_still_out", "path_light on"]
    assert (only(hub).severity, only(hub).course.chain) == (Severity.HIGH, "visit")
    assert only(hub).page_at == at(900), "never later than it was"
    assert local(hub.tick(at(3779))) == [], "whoever is asked now has his three minutes"
    assert local(hub.tick(at(3780)))[0] == "say.plan_b 112"


def test_a_hub_that_will_soon_be_dark_waits_for_no_quarter_of_an_hour() -> None:
    hub = response()
    dark = finding("power_failure", "mains_lost", 120)
    hub.on_finding(dark, at(120))
    hub.on_finding(replace(dark, at=at(400), severity=Severity.HIGH), at(400))
    assert only(hub).page_at == at(400)


def test_whoever_took_a_power_cut_has_not_taken_its_hour() -> None:
    hub = response()
    dark = finding("power_failure", "mains_lost", 120)
    hub.on_finding(dark, at(120))
    hub.on_incident_state(cloud_says(only(hub), IncidentStatus.ACKNOWLEDGED), at(950))
    assert only(hub).is_acknowledged
    hub.on_finding(replace(dark, at=at(3600), severity=Severity.HIGH), at(3600))
    assert not only(hub).is_acknowledged
    assert only(hub).page_at == at(3600)


def test_a_device_that_somebody_breathes_by_is_said_to_have_stopped() -> None:
    hub = response()
    said = local(hub.on_finding(finding("power_failure", "medical_device"), at(0)))
    assert said == ["say.medical_power_is_out", "path_light on"]
    assert (only(hub).course.chain, only(hub).page_at) == ("person", at(0))


def test_a_good_repeat_reading_ends_even_a_critical_one_before_its_page() -> None:
    hub = response()
    low = finding("respiratory_abnormal", "spo2_low", severity=Severity.CRITICAL)
    hub.on_finding(low, at(0))
    assert only(hub).page_at == at(45)
    (ended,) = revisions(hub.on_finding(cleared(low, 40), at(40)))
    assert ended.withdrawn is Disposition.RESOLVED_BEFORE_PAGE


def test_a_dose_is_reminded_of_three_times_and_taken_words_end_it() -> None:
    hub = response()
    first = local(hub.on_finding(finding("missed_medication", "late"), at(0)))
    later = [second for second in range(3600) if "say.dose_due" in local(hub.tick(at(second)))]
    assert (first, later) == (["say.dose_due"], [900, 1800])
    assert only(hub).page_at == at(3600)
    assert local(hub.on_reply("kitchen", "I have taken them", 1.0, at(1900))) == ["say.dose_noted"]
    assert only(hub).withdrawn is Disposition.RESIDENT_CANCELLED


def test_no_i_have_not_taken_it_calls_no_doctor() -> None:
    hub = response()
    hub.on_finding(finding("missed_medication", "late"), at(0))
    hub.on_reply("kitchen", "no", 1.0, at(5))
    assert only(hub).page_at == at(3600)
    hub.on_reply("kitchen", "no, I have not taken it", 1.0, at(9))
    assert only(hub).withdrawn is None
    hub.on_reply("kitchen", "help me", 1.0, at(12))
    assert only(hub).page_at == at(12)


def test_taken_answers_no_other_question() -> None:
    hub = response()
    hub.on_finding(finding("water_leak", "wet_floor"), at(0))
    hub.on_reply("kitchen", "I have taken them", 1.0, at(5))
    assert only(hub).withdrawn is None


def test_a_missed_dose_that_must_be_on_time_goes_to_a_doctor() -> None:
    hub = response()
    hub.on_finding(finding("missed_medication", "late"), at(0))
    missed = finding("missed_medication", "missed", 1800, severity=Severity.HIGH)
    hub.on_finding(missed, at(1800))
    assert (only(hub).course.chain, only(hub).page_at) == ("vital", at(1800))
