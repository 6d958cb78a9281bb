"""A hose bursts behind the washing machine; a mop, the laundry and a cat spill less."""

from collections.abc import Callable, Mapping

from simulator.gestures import draws
from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "water_leak"
_BURST, _SINK = "Washing machine leak", "Kitchen sink leak"
_BEGIN = seconds(1)
_HOLD = seconds(30)
"""A floor counts as wet after 30 s (RISKS §4, 4)."""


def wet_floor(house: House) -> Scenario:
    """Water runs out of the washing machine while the resident watches television."""
    steps = (*being_in(house, "Living room"), Step(_BEGIN, _BURST, {"water_leak": True}))
    about = "The floor behind the washing machine is wet."
    settling = (Step(seconds(0), _BURST, {"water_leak": False}),)
    return Scenario(SLUG, "wet_floor", about, steps, _BEGIN + _HOLD, settling)


def mopping(house: House) -> Scenario:
    """The kitchen is mopped: the sensor is wet twice, for less than half a minute."""
    return Scenario(SLUG, "mopping", "The kitchen is mopped.", _splashed(house, (1, 20), (60, 85)))


def washing_machine(house: House) -> Scenario:
    """The laundry heats, turns and shakes, and the floor stays dry."""
    machine = next(house.find("plug", guards="washing_machine"))
    steps = [*being_in(house, "Utility room"), Step(_BEGIN, _BURST, {"water_leak": False})]
    for n in range(6):
        after = seconds(5 + 30 * n)
        steps.append(Step(after, machine.name, draws(machine, 1900.0)))
        steps.append(Step(after, "Washing machine shake", {"vibration": n % 2 == 0}))
    return Scenario(SLUG, "washing_machine", "The laundry is done.", tuple(steps))


def pet_bowl(house: House) -> Scenario:
    """The cat splashes its water over the sensor, and that has run off after ten seconds."""
    return Scenario(SLUG, "pet_bowl", "A pet splashes its water.", _splashed(house, (1, 11)))


def _splashed(house: House, *times: tuple[float, float]) -> tuple[Step, ...]:
    wet = [
        Step(seconds(after), _SINK, {"water_leak": n == 0})
        for both in times
        for n, after in enumerate(both)
    ]
    return (*being_in(house, "Kitchen"), *wet)


STORIES: Mapping[str, Callable[[House], Scenario]] = {"wet_floor": wet_floor}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "mopping": mopping,
    "washing_machine": washing_machine,
    "pet_bowl": pet_bowl,
}
