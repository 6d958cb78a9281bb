"""A sensor that says it is broken watches nothing; one that is failing watches in part."""

from datetime import timedelta

import pytest

from edge_agent.coverage import Coverage, RiskCoverage, State
from tests.edge_agent.coverage.test_gateways import Told, light, shown, watching
from tests.stories import at, home, seen
from vocabulary.observation import Kind
from vocabulary.sentences import COVERAGE

WARM = Told(kinds=frozenset({Kind.TEMPERATURE}))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(Kind.FAULT, (State.BLIND, "faulty"), id="faulty"),
        pytest.param(Kind.TAMPER, (State.DEGRADED, "tampered"), id="taken off the ceiling"),
        pytest.param(Kind.END_OF_LIFE, (State.DEGRADED, "end_of_life"), id="ten years old"),
        pytest.param(Kind.BATTERY_LOW, (State.DEGRADED, "battery_low"), id="battery low"),
    ],
)
@pytest.mark.parametrize("is_found", [False, True])
def test_what_a_device_says_is_wrong_with_it(
    kind: Kind, expected: tuple[State, str], *, is_found: bool
) -> None:
    coverage = watching()
    coverage.read(seen(60, kind, True, device="0x01", is_found=is_found))
    coverage.read(seen(90, kind, True, device="0x01"))
    found = light(coverage, 120)
    assert (found.state, found.reason, found.since) == (*expected, at(60))
    coverage.read(seen(150, kind, None, device="0x01"))
    assert light(coverage, 160).reason == expected[1]
    coverage.read(seen(180, kind, False, device="0x01"))
    assert shown(coverage, 190) == (State.COVERED, "alive")


def test_the_gravest_is_told() -> None:
    coverage = watching()
    for kind in (Kind.BATTERY_LOW, Kind.TAMPER, Kind.FAULT):
        coverage.read(seen(60, kind, True, device="0x01"))
    assert shown(coverage, 61) == (State.BLIND, "faulty")


def test_two_parts_of_a_device_ail_each_for_itself() -> None:
    coverage = watching()
    for instance in ("left", "right"):
        coverage.read(seen(60, Kind.TAMPER, True, device="0x01", instance=instance))
    coverage.read(seen(70, Kind.TAMPER, False, device="0x01", instance="left"))
    assert shown(coverage, 80) == (State.DEGRADED, "tampered")


def test_what_was_found_proves_no_life() -> None:
    coverage = Coverage(home())
    coverage.known([Told()])
    coverage.read(seen(60, Kind.BATTERY_LOW, False, device="0x01", is_found=True))
    assert shown(coverage, 61) == (State.DEGRADED, "not_heard_yet")


def test_a_battery_that_will_be_empty_within_the_week() -> None:
    coverage = watching()
    coverage.dying = {"0x01": 5}
    found = light(coverage, 60)
    assert (found.state, found.reason) == (State.DEGRADED, "battery_dying")
    assert dict(found.values) == {"device": "0x01", "days": 5}


def test_another_sensor_in_good_order_is_enough() -> None:
    coverage = watching(Told(), Told("0x02"))
    coverage.read(seen(60, Kind.FAULT, True, device="0x01"))
    assert shown(coverage, 61) == (State.COVERED, "alive")


def _temperature(coverage: Coverage, second: float) -> RiskCoverage:
    return light(coverage, second, "indoor_temp_extreme")


def test_a_number_that_is_stuck_blinds_what_needs_it() -> None:
    coverage = watching(WARM)
    coverage.detectors = {"indoor_temp_extreme"}
    assert _temperature(coverage, 1).state is State.COVERED
    coverage.stuck = {("0x01", Kind.HUMIDITY): at(0), ("0x02", Kind.TEMPERATURE): at(0)}
    assert _temperature(coverage, 2).state is State.COVERED
    coverage.stuck = {("0x01", Kind.TEMPERATURE): at(0)}
    found = _temperature(coverage, 3)
    assert (found.state, found.reason, found.since) == (State.BLIND, "stuck", at(0))


@pytest.mark.parametrize(
    ("learned", "overdue_after"),
    [
        pytest.param(None, 1.5, id="the profile alone"),
        pytest.param(timedelta(hours=1), 1.5, id="it is brisker than its profile"),
        pytest.param(timedelta(hours=3), 3, id="its own silences are longer"),
        pytest.param(timedelta(days=3), 4, id="bounded: three days without a battery once"),
    ],
)
def test_a_sleepy_device_that_reports_hourly_stops(
    learned: timedelta | None, overdue_after: float
) -> None:
    coverage = watching()
    coverage.rhythm = lambda _device, _since: learned
    assert shown(coverage, overdue_after * 3600) == (State.COVERED, "alive")
    found = light(coverage, overdue_after * 3600 + 1)
    assert (found.state, found.reason) == (State.BLIND, "silent")
    assert found.since == at(overdue_after * 3600)


def test_each_reason_of_a_device_names_it() -> None:
    about_no_device = {"no_detector_yet", "no_device", "gateway_gone", "detector_failed"}
    for reason in set(COVERAGE) - about_no_device - {"not_every_form"}:
        assert "{device}" in COVERAGE[reason]
