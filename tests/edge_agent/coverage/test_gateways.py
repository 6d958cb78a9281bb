"""A gateway that is gone is one state; what could not be heard is not held against a device."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from edge_agent.coverage import Coverage, RiskCoverage, State
from tests.stories import at, home, seen
from vocabulary.observation import Kind

GATEWAY = "zigbee2mqtt"
HOUR = 3600.0


@dataclass(frozen=True)
class Told:
    """A device as a bridge tells of it."""

    address: str = "0x01"
    kinds: frozenset[Kind] = frozenset({Kind.SMOKE})
    room_type: str = "kitchen"
    guards: str = ""
    bridge: str = GATEWAY
    expect_every: timedelta | None = timedelta(hours=1)


def watching(*devices: Told) -> Coverage:
    coverage = Coverage(home())
    coverage.known(devices or [Told()])
    for device in devices or [Told()]:
        coverage.observe(device.address, at(0))
    coverage.assess(at(0))
    return coverage


def light(coverage: Coverage, second: float, slug: str = "smoke_fire") -> RiskCoverage:
    return next(each for each in coverage.assess(at(second)) if each.slug == slug)


def shown(coverage: Coverage, second: float) -> tuple[State, str]:
    found = light(coverage, second)
    return found.state, found.reason


def gateway(coverage: Coverage, second: float, *, is_online: bool, found: bool = False) -> None:
    coverage.read(seen(second, Kind.ONLINE, is_online, device=GATEWAY, is_found=found))


def test_flapping_for_an_hour_is_one_state() -> None:
    coverage = watching()
    since = set[datetime]()
    for second in range(60, 3660, 20):
        gateway(coverage, second, is_online=False)
        gateway(coverage, second + 10, is_online=True)
        coverage.observe("0x01", at(second + 12))
        found = light(coverage, second + 15)
        assert (found.state, found.reason) == (State.BLIND, "gateway_gone")
        since.add(found.since)
    assert since == {at(60)}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(159, (State.BLIND, "gateway_gone"), id="not yet believed"),
        pytest.param(160, (State.COVERED, "alive"), id="a minute online"),
    ],
)
def test_a_gateway_is_back_after_a_minute_without_a_break(
    second: float, expected: tuple[State, str]
) -> None:
    coverage = watching()
    gateway(coverage, 60, is_online=False)
    gateway(coverage, 100, is_online=True)
    gateway(coverage, 130, is_online=True, found=True)
    assert shown(coverage, second) == expected


def test_its_next_absence_is_another_one() -> None:
    coverage = watching()
    gateway(coverage, 60, is_online=False)
    gateway(coverage, 100, is_online=True)
    assert light(coverage, 200).reason == "alive"
    gateway(coverage, 300, is_online=False)
    assert light(coverage, 301).since == at(300)


def test_a_hundred_devices_behind_it_are_not_counted_as_silent() -> None:
    coverage = watching(*(Told(f"0x{n:02}") for n in range(100)))
    assert coverage.silent(at(2 * HOUR)) == 100
    gateway(coverage, HOUR, is_online=False)
    assert coverage.silent(at(2 * HOUR)) == 0


def test_a_device_reported_as_offline_is_counted() -> None:
    coverage = watching(Told(), Told("0x02"))
    coverage.read(seen(60, Kind.ONLINE, False, device="0x02"))
    assert coverage.silent(at(61)) == 1


def test_the_time_without_a_gateway_is_not_the_device_s_silence() -> None:
    """Heard at 0; the gateway was away from 1 h to 4 h; one and a half hours are normal."""
    coverage = watching()
    gateway(coverage, HOUR, is_online=False)
    gateway(coverage, 4 * HOUR, is_online=True)
    assert shown(coverage, 4.1 * HOUR) == (State.DEGRADED, "not_heard_since")
    assert shown(coverage, 4.4 * HOUR) == (State.DEGRADED, "not_heard_since")
    assert shown(coverage, 4.6 * HOUR) == (State.BLIND, "silent")


def test_a_gateway_that_flaps_does_not_put_off_the_day_for_ever() -> None:
    coverage = watching()
    for second in range(60, 3660, 20):
        gateway(coverage, second, is_online=False)
        gateway(coverage, second + 10, is_online=True)
    assert shown(coverage, 1.5 * HOUR + 3600) == (State.BLIND, "silent")


def test_the_hub_s_own_sleep_is_not_the_device_s_silence() -> None:
    coverage = watching()
    coverage.restore([], {}, [(at(HOUR), at(4 * HOUR))])
    assert shown(coverage, 4.4 * HOUR) == (State.DEGRADED, "not_heard_since")
    assert shown(coverage, 4.6 * HOUR) == (State.BLIND, "silent")


def test_a_device_that_was_never_heard_is_not_hoped_for_for_ever() -> None:
    coverage = Coverage(home())
    coverage.known([Told()])
    assert shown(coverage, 0) == (State.DEGRADED, "not_heard_yet")
    assert shown(coverage, 1.5 * HOUR) == (State.DEGRADED, "not_heard_yet")
    found = light(coverage, 1.6 * HOUR)
    assert (found.state, found.reason) == (State.BLIND, "never_heard")
    assert found.since == at(1.5 * HOUR)


def test_since_when_it_is_known_outlives_a_restart() -> None:
    coverage = Coverage(home())
    coverage.known([Told()])
    coverage.restore([], {"0x01": at(-HOUR)}, [])
    assert shown(coverage, 0.6 * HOUR) == (State.BLIND, "never_heard")


def test_a_light_s_since_outlives_a_restart() -> None:
    before = watching()
    assert light(before, 60).since == at(0)
    after = Coverage(home())
    after.known([Told()])
    after.restore(before.told.values(), before.known_since, [(at(60), at(90))])
    after.observe("0x01", at(0))
    assert light(after, 100) == light(before, 100)
