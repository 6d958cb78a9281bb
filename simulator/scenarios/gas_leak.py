"""A burner is open without a flame, or a pipe leaks; and the sprays that only smell like it."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "gas_leak"
_KITCHEN, _BOILER = "Kitchen gas", "Boiler gas"
_BEGIN = seconds(1)
_CONTACT_HOLDS = seconds(2)
_WARNING_HOLDS = seconds(60)
"""A contact counts after 2 s, 5 % of the explosive limit after 60 s (RISKS §4, 3)."""


def alarm(house: House) -> Scenario:
    """The alarm beside the boiler sounds for a minute."""
    steps = (
        *being_in(house, "Living room"),
        Step(_BEGIN, _BOILER, {"gas": True}),
        Step(_BEGIN + seconds(60), _BOILER, {"gas": False}),
    )
    about = "The gas alarm beside the boiler sounds."
    settling = (Step(seconds(0), _BOILER, {"gas": False}),)
    return Scenario(SLUG, "alarm", about, steps, _BEGIN + _CONTACT_HOLDS, settling)


def warning(house: House) -> Scenario:
    """Gas rises to 6 % of what could explode and stays there, before any alarm."""
    steps = (
        *being_in(house, "Living room"),
        Step(seconds(0), _KITCHEN, {"gas_value": 3}),
        Step(_BEGIN, _KITCHEN, {"gas_value": 5.2}),
        Step(_BEGIN + seconds(30), _KITCHEN, {"gas_value": 6}),
        Step(_BEGIN + seconds(90), _KITCHEN, {"gas_value": 6.4}),
    )
    about = "A little gas stays in the air of the kitchen."
    settling = (Step(seconds(0), _KITCHEN, {"gas_value": 0}),)
    return Scenario(SLUG, "warning", about, steps, _BEGIN + _WARNING_HOLDS, settling)


def cleaner(house: House) -> Scenario:
    """The hob is wiped with alcohol: 9 % for half a minute."""
    steps = (
        *being_in(house, "Kitchen"),
        Step(_BEGIN, _KITCHEN, {"gas_value": 9}),
        Step(_BEGIN + seconds(30), _KITCHEN, {"gas_value": 3}),
        Step(_BEGIN + seconds(90), _KITCHEN, {"gas_value": 0}),
    )
    return Scenario(SLUG, "cleaner", "A cleaner with alcohol smells like gas.", steps)


def aerosol(house: House) -> Scenario:
    """A spray can empties itself beside the sensor: 30 % for eight seconds."""
    steps = (
        *being_in(house, "Kitchen"),
        Step(_BEGIN, _KITCHEN, {"gas_value": 30}),
        Step(_BEGIN + seconds(8), _KITCHEN, {"gas_value": 4}),
        Step(_BEGIN + seconds(40), _KITCHEN, {"gas_value": 0}),
    )
    return Scenario(SLUG, "aerosol", "A spray beside the sensor is gone at once.", steps)


def drift(house: House) -> Scenario:
    """An old sensor has crept up to 4.8 %, and says that its years are over."""
    creeping = tuple(
        Step(seconds(60 * n), _KITCHEN, {"gas_value": round(3 + 0.2 * n, 1)}) for n in range(10)
    )
    steps = (
        *being_in(house, "Bedroom"),
        *creeping,
        Step(seconds(5), _BOILER, {"end_of_life": True, "fault": True}),
    )
    return Scenario(SLUG, "drift", "An old sensor reads a little gas, and one is worn out.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {"alarm": alarm, "warning": warning}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "cleaner": cleaner,
    "aerosol": aerosol,
    "drift": drift,
}
