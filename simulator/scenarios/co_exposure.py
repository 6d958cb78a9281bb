"""A flue is blocked: much carbon monoxide at once, or a little for a night; and what mimics it."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "co_exposure"
_SENSOR = "bedroom/co"
_BEGIN = seconds(1)
_HOLD = seconds(2)
"""A contact counts once it has held for 2 s (RISKS §4, 1)."""
_AIRED = seconds(60)

_LITTLE_PPM, _LITTLE_MINUTES = 28, 162
_PUFF_PPM, _PUFF_MINUTES = 168, 3
"""28 · 162 + 168 · 3 ppm · min are a day's mean of 3.5 ppm (RISKS §4, 2) where the rest of it was
clean, and less than ten minutes at 100 ppm."""


def acute(house: House) -> Scenario:
    """The alarm in the bedroom sounds for a minute, until the window is open."""
    sounds = {"carbon_monoxide": True, "co": 180, "alarm_state": "critical_alarm"}
    steps = (
        *being_in(house, "Living room"),
        Step(_BEGIN, _SENSOR, sounds),
        Step(_BEGIN + seconds(20), _SENSOR, {"co": 240}),
        Step(_BEGIN + _AIRED, _SENSOR, _clean()),
    )
    about = "The carbon monoxide alarm in the bedroom sounds."
    settling = (Step(seconds(0), _SENSOR, _clean()),)
    return Scenario(SLUG, "acute", about, steps, _BEGIN + _HOLD, settling)


def chronic_low(house: House) -> Scenario:
    """All evening a little leaks into the bedroom, then the boiler starts and puffs."""
    begins = seconds(60 * _LITTLE_MINUTES)
    is_over = begins + seconds(60 * _PUFF_MINUTES)
    little = tuple(
        Step(seconds(1800 * n), _SENSOR, {"co": _LITTLE_PPM})
        for n in range(1 + _LITTLE_MINUTES // 30)
    )
    puff = tuple(
        Step(begins + seconds(10 * n), _SENSOR, {"co": _PUFF_PPM})
        for n in range(1 + 6 * _PUFF_MINUTES)
    )
    calm = Step(is_over + seconds(10), _SENSOR, {"co": _LITTLE_PPM})
    steps = (*being_in(house, "Bedroom"), *little, *puff, calm)
    return Scenario(
        SLUG,
        "chronic_low",
        "A little carbon monoxide leaks into the bedroom all evening.",
        steps,
        is_over,
        (Step(seconds(0), _SENSOR, _clean()),),
        live_from=begins,
        hours=(21, 23),
    )


def charger(house: House) -> Scenario:
    """A battery is charged, and its hydrogen reads as 45 ppm for twenty minutes."""
    steps = (
        *being_in(house, "Kitchen"),
        Step(_BEGIN, _SENSOR, {"co": 45}),
        Step(_BEGIN + seconds(1200), _SENSOR, {"co": 4}),
    )
    return Scenario(SLUG, "charger", "Hydrogen reads as a little carbon monoxide.", steps)


def spray(house: House) -> Scenario:
    """Hair spray at the sensor: far too much, for half a minute."""
    steps = (
        *being_in(house, "Bedroom"),
        Step(_BEGIN, _SENSOR, {"co": 400}),
        Step(_BEGIN + seconds(30), _SENSOR, {"co": 0}),
    )
    return Scenario(SLUG, "spray", "Hair spray reads as much for half a minute.", steps)


def self_test(house: House) -> Scenario:
    """Somebody presses the test button."""
    steps = (
        *being_in(house, "Bedroom"),
        Step(_BEGIN, _SENSOR, {"test": True, "carbon_monoxide": True}),
        Step(_BEGIN + seconds(6), _SENSOR, {"test": False, "carbon_monoxide": False}),
    )
    return Scenario(SLUG, "self_test", "The alarm is tested.", steps)


def end_of_life(house: House) -> Scenario:
    """The sensor has had its years, and says so."""
    steps = (
        *being_in(house, "Kitchen"),
        Step(_BEGIN, _SENSOR, {"endoflife": "expired", "battery_low": True, "co": 6}),
    )
    return Scenario(SLUG, "end_of_life", "The sensor is at the end of its life.", steps)


def _clean() -> Mapping[str, bool | int | str]:
    return {"carbon_monoxide": False, "co": 0, "alarm_state": "normal"}


STORIES: Mapping[str, Callable[[House], Scenario]] = {"acute": acute, "chronic_low": chronic_low}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "charger": charger,
    "spray": spray,
    "self_test": self_test,
    "end_of_life": end_of_life,
}
