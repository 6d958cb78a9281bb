"""A light is green only on fresh evidence; everything else says why it is not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from edge_agent.coverage import Coverage, RiskCoverage, State
from edge_agent.detectors import DETECTORS
from tests.stories import at, home, seen
from vocabulary.observation import Kind
from vocabulary.risks import RISKS
from vocabulary.sentences import COVERAGE


@dataclass(frozen=True)
class Told:
    """A device as a bridge tells of it."""

    address: str = "0x01"
    kinds: frozenset[Kind] = frozenset({Kind.SMOKE})
    room_type: str = "kitchen"
    guards: str = ""
    bridge: str = "zigbee2mqtt"
    expect_every: timedelta | None = timedelta(hours=1)


def light(coverage: Coverage, slug: str, now: datetime, **also: object) -> RiskCoverage:
    return next(each for each in coverage.assess(now, **also) if each.slug == slug)  # type: ignore[arg-type]  # only `failing`


def heard(*devices: Told, second: float = 0) -> Coverage:
    coverage = Coverage(home())
    coverage.known(devices)
    for device in devices:
        coverage.observe(device.address, at(second))
    return coverage


def state(coverage: Coverage, hours: float) -> tuple[State, str]:
    found = light(coverage, "smoke_fire", at(hours * 3600))
    return found.state, found.reason


def test_all_29_are_told_in_the_catalogue_s_order() -> None:
    assert [each.slug for each in Coverage(home()).assess(at(0))] == [card.slug for card in RISKS]


def test_a_card_without_a_detector_is_blind_whatever_devices_there_are() -> None:
    coverage = heard(Told(kinds=frozenset(Kind)))
    blind = {each.slug for each in coverage.assess(at(1)) if each.reason == "no_detector_yet"}
    assert blind == {card.slug for card in RISKS} - set(DETECTORS)


def test_what_cannot_be_told_in_every_form_is_never_fully_watched() -> None:
    contact = Told("0x01", frozenset({Kind.OPEN}), guards="window")
    found = light(heard(contact), "entry_security", at(1))
    assert (found.state, found.reason) == (State.DEGRADED, "not_every_form")
    whole = replace(heard(contact), not_yet={})
    whole.known([contact])
    whole.observe("0x01", at(0))
    assert light(whole, "entry_security", at(1)).state is State.COVERED


def test_a_device_that_sees_only_a_form_not_told_yet_is_none() -> None:
    lock = Told("0x01", frozenset({Kind.LOCK}), guards="front_door")
    found = light(heard(lock), "entry_security", at(1))
    assert (found.state, found.reason) == (State.BLIND, "no_device")


def test_no_device_is_blind() -> None:
    assert state(Coverage(home()), 0) == (State.BLIND, "no_device")


def test_a_device_for_something_else_is_no_device() -> None:
    assert state(heard(Told(kinds=frozenset({Kind.HUMIDITY}))), 0) == (State.BLIND, "no_device")


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param(0.5, (State.COVERED, "alive"), id="heard half an hour ago"),
        pytest.param(1.5, (State.COVERED, "alive"), id="one and a half normal silences"),
        pytest.param(1.51, (State.BLIND, "silent"), id="longer"),
    ],
)
def test_a_device_is_overdue_after_one_and_a_half_of_its_silences(
    hours: float, expected: tuple[State, str]
) -> None:
    assert state(heard(Told()), hours) == expected


def test_silence_counts_from_when_it_became_too_long() -> None:
    assert light(heard(Told()), "smoke_fire", at(9000)).since == at(5400)


def test_a_device_whose_own_silences_are_longer_gets_its_own_time() -> None:
    coverage = Coverage(home(), rhythm=lambda _address, _now: timedelta(hours=4))
    coverage.known([Told()])
    coverage.observe("0x01", at(0))
    assert state(coverage, 3.9) == (State.COVERED, "alive")
    assert state(coverage, 4.1) == (State.BLIND, "silent")


def test_a_device_not_heard_since_the_start_is_no_proof() -> None:
    coverage = Coverage(home())
    coverage.known([Told()])
    assert state(coverage, 0) == (State.DEGRADED, "not_heard_yet")


def test_a_button_that_never_checks_in_is_unproven_not_blind() -> None:
    button = Told(kinds=frozenset({Kind.SOS}), expect_every=None)
    found = light(heard(button), "sos_call", at(10**6))
    assert (found.state, found.reason) == (State.DEGRADED, "unproven")


def test_a_critical_risk_checked_every_seven_hours_is_degraded() -> None:
    coverage = heard(Told(expect_every=timedelta(hours=7)))
    found = light(coverage, "smoke_fire", at(60))
    assert (found.state, found.reason) == (State.DEGRADED, "checked_daily")
    assert dict(found.values)["hours"] == 7.0


def test_every_six_hours_is_often_enough() -> None:
    assert state(heard(Told(expect_every=timedelta(hours=6))), 1) == (State.COVERED, "alive")


def test_one_good_sensor_is_enough() -> None:
    silent = Told("0x02", expect_every=timedelta(minutes=1))
    assert state(heard(silent, Told()), 1) == (State.COVERED, "alive")


def test_a_gateway_that_is_gone_is_one_state_for_all_behind_it() -> None:
    coverage = heard(Told())
    coverage.read(seen(60, Kind.ONLINE, False, device="zigbee2mqtt"))
    coverage.read(seen(90, Kind.ONLINE, False, device="zigbee2mqtt"))
    found = light(coverage, "smoke_fire", at(120))
    assert (found.state, found.reason, found.since) == (State.BLIND, "gateway_gone", at(60))
    coverage.read(seen(130, Kind.ONLINE, True, device="zigbee2mqtt"))
    assert state(coverage, 0.1) == (State.COVERED, "alive")


def test_a_device_reported_offline_is_blind_though_it_spoke_a_moment_ago() -> None:
    coverage = heard(Told())
    coverage.read(seen(60, Kind.ONLINE, False, device="0x01"))
    assert state(coverage, 0.1) == (State.BLIND, "offline")


def test_a_retained_reading_proves_no_life_and_a_fresh_one_does() -> None:
    coverage = Coverage(home())
    coverage.known([Told()])
    coverage.read(seen(1, Kind.SMOKE, False, device="0x01", is_found=True))
    assert state(coverage, 0) == (State.DEGRADED, "not_heard_yet")
    coverage.read(seen(2, Kind.SMOKE, False, device="0x01"))
    assert state(coverage, 0.1) == (State.COVERED, "alive")


def test_an_older_message_does_not_make_a_device_older() -> None:
    coverage = heard(Told(), second=3600)
    coverage.observe("0x01", at(0))
    assert state(coverage, 2) == (State.COVERED, "alive")


def test_a_detector_that_throws_does_not_watch() -> None:
    found = light(heard(Told()), "smoke_fire", at(1), failing={"smoke_fire"})
    assert (found.state, found.reason) == (State.BLIND, "detector_failed")


def test_a_need_may_name_the_room_and_what_is_guarded() -> None:
    detectors = frozenset(card.slug for card in RISKS)
    coverage = Coverage(home(), detectors=detectors)
    coverage.known([Told(kinds=frozenset({Kind.OPEN}), guards="front_door")])
    assert light(coverage, "night_exit", at(0)).reason == "not_heard_yet"
    coverage.known([Told(kinds=frozenset({Kind.OPEN}), guards="fridge")])
    assert light(coverage, "night_exit", at(0)).reason == "no_device"


def test_a_light_that_has_not_changed_keeps_its_since() -> None:
    coverage = heard(Told())
    first = light(coverage, "smoke_fire", at(1))
    assert light(coverage, "smoke_fire", at(100)).since == first.since
    assert light(coverage, "smoke_fire", at(9000)).since == at(5400)


def test_every_reason_has_a_sentence() -> None:
    lights = [*heard(Told()).assess(at(1)), *Coverage(home()).assess(at(0))]
    assert {each.reason for each in lights} <= set(COVERAGE)
