"""A drop of blood shows too little sugar, or far too much; and the sticky finger, the cake."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "glucose_abnormal"
ROOM = "Kitchen"
_METER = "Glucose meter"
_BEGIN = seconds(1)


def hypo(house: House) -> Scenario:
    """2.7 mmol/L: ADA level 2 (RISKS §4, 26: below 3.0 critical)."""
    return _story(house, "hypo", 2.7, "The meter shows 2.7 mmol/L.")


def hyper(house: House) -> Scenario:
    """18.4 mmol/L (RISKS §4, 26: above 16.7)."""
    return _story(house, "hyper", 18.4, "The meter shows 18.4 mmol/L.")


def _story(house: House, name: str, mmol: float, about: str) -> Scenario:
    settling = tuple(_shown(60 * n, 6.4) for n in range(7))
    return Scenario(SLUG, name, about, _measured(house, (1, mmol)), _BEGIN, settling)


def sticky_finger(house: House) -> Scenario:
    """Fruit on the finger, and again with washed hands."""
    steps = _measured(house, (1, 15.9), (120, 7.8))
    return Scenario(SLUG, "sticky_finger", "Sugar on the finger, then washed hands.", steps)


def birthday_cake(house: House) -> Scenario:
    """Above 13.9 for less than an hour."""
    steps = _measured(house, (1, 14.6), (1800, 14.1), (3300, 11.2))
    return Scenario(SLUG, "birthday_cake", "Two pieces of cake, and a walk.", steps)


def before_supper(house: House) -> Scenario:
    """4.0 on an empty stomach is low enough to eat, and no more than that."""
    steps = _measured(house, (1, 4.0))
    return Scenario(SLUG, "before_supper", "Hungry before supper: 4.0 mmol/L.", steps)


def _measured(house: House, *readings: tuple[float, float]) -> tuple[Step, ...]:
    return (*being_in(house, ROOM), *(_shown(*reading) for reading in readings))


def _shown(at_s: float, mmol: float) -> Step:
    return Step(seconds(at_s), _METER, {"glucose": mmol})


STORIES: Mapping[str, Callable[[House], Scenario]] = {"hypo": hypo, "hyper": hyper}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "sticky_finger": sticky_finger,
    "birthday_cake": birthday_cake,
    "before_supper": before_supper,
}
