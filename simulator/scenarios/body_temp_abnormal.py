"""A thermometer shows a fever, or a body too cold; and the hot drink, the visitor's forehead."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "body_temp_abnormal"
ROOM = "Dining room"
_THERMOMETER = "Body thermometer"
_BEGIN = seconds(1)
_SETTLES = seconds(5)
"""A single reading counts once nothing more has come for so long."""


def fever(house: House) -> Scenario:
    """39.4 °C (RISKS §4, 25: high from 39.1)."""
    return _story(house, "fever", 39.4, "The thermometer shows 39.4 °C.")


def low(house: House) -> Scenario:
    """34.6 °C (RISKS §4, 25: up to 35.0)."""
    return _story(house, "low", 34.6, "The thermometer shows 34.6 °C.")


def _story(house: House, name: str, celsius: float, about: str) -> Scenario:
    steps = _measured(house, (1, celsius))
    settling = tuple(_shown(60 * n, 36.7) for n in range(7))
    return Scenario(SLUG, name, about, steps, _BEGIN + _SETTLES, settling)


def hot_drink(house: House) -> Scenario:
    """Tea in the mouth makes half a degree; a quarter of an hour later it is gone."""
    steps = _measured(house, (1, 37.6), (900, 36.8))
    return Scenario(SLUG, "hot_drink", "Measured just after a cup of tea.", steps)


def blanket(house: House) -> Scenario:
    """Out of a warm bed: just below a fever, twice within minutes."""
    steps = _measured(house, (1, 37.7), (240, 37.5))
    return Scenario(SLUG, "blanket", "Measured under a warm blanket.", steps)


def visitor(house: House) -> Scenario:
    """A grandchild's forehead, a little warm; the resident's own is not."""
    steps = _measured(house, (1, 37.7), (60, 36.6))
    return Scenario(SLUG, "visitor", "A visitor's forehead is a little warm.", steps)


def _measured(house: House, *readings: tuple[float, float]) -> tuple[Step, ...]:
    return (*being_in(house, ROOM), *(_shown(*reading) for reading in readings))


def _shown(at_s: float, celsius: float) -> Step:
    return Step(seconds(at_s), _THERMOMETER, {"body_temperature": celsius})


STORIES: Mapping[str, Callable[[House], Scenario]] = {"fever": fever, "low": low}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "hot_drink": hot_drink,
    "blanket": blanket,
    "visitor": visitor,
}
