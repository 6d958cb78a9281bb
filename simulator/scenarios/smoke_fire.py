"""A pan smokes, or the kitchen grows hot; and the steam, dust and chirps that only look like it."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "smoke_fire"
_ALARM = "kitchen/smoke alarm"
_CLIMATE = "Kitchen climate"
_BEGIN = seconds(1)
_HOLD = seconds(2)
"""A contact counts once it has held for 2 s (RISKS §4, 1)."""
_BLOWN_AWAY = seconds(30)
_STEEPEST, _EVERY_S = 2.0, 10
"""Kelvins per reading, seconds between readings: 12 K/min, above the limit of 8 (RISKS §4, 1)."""


def smoke(house: House) -> Scenario:
    """The alarm in the kitchen sounds for half a minute, until the window is open."""
    steps = (
        *being_in(house, "Living room"),
        Step(_BEGIN, _ALARM, {"smoke": True}),
        Step(_BEGIN + seconds(10), _ALARM, {"smoke": True}),
        Step(_BEGIN + _BLOWN_AWAY, _ALARM, {"smoke": False}),
    )
    about = "The smoke alarm in the kitchen sounds."
    settling = (Step(seconds(0), _ALARM, {"smoke": False}),)
    return Scenario(SLUG, "smoke", about, steps, _BEGIN + _HOLD, settling)


def heat_rise(house: House) -> Scenario:
    """No smoke reaches an alarm, but the thermometer climbs for 150 s, then falls again."""
    up = [22.0 + _STEEPEST * n for n in range(16)]
    degrees = [*up, *up[::-1]]
    climb = tuple(
        Step(_BEGIN + seconds(_EVERY_S * n), _CLIMATE, {"temperature": celsius})
        for n, celsius in enumerate(degrees)
    )
    steps = (*being_in(house, "Living room"), *climb)
    about = "The kitchen grows hotter by 12 degrees a minute."
    settling = (Step(seconds(0), _CLIMATE, {"temperature": 24.0}),)
    return Scenario(SLUG, "heat_rise", about, steps, _BEGIN + seconds(120), settling)


def steam(house: House) -> Scenario:
    """Potatoes boil: damp, a little warmer, dustier air; no contact closes."""
    steps = list(being_in(house, "Kitchen"))
    for n in range(6):
        steps.append(
            Step(
                seconds(1 + 30 * n),
                _CLIMATE,
                {"temperature": 21.5 + 0.6 * n, "humidity": min(50 + 7 * n, 82)},
            )
        )
        steps.append(Step(seconds(3 + 30 * n), "Living room air", {"pm25": 9 + 6 * n}))
    return Scenario(SLUG, "steam", "Cooking makes steam below every limit.", tuple(steps))


def blip(house: House) -> Scenario:
    """A crumb of dust: the contact closes for one second, half of what counts."""
    steps = (
        *being_in(house, "Kitchen"),
        Step(_BEGIN, _ALARM, {"smoke": True}),
        Step(_BEGIN + seconds(1), _ALARM, {"smoke": False}),
    )
    return Scenario(SLUG, "blip", "The smoke contact closes for one second.", steps)


def chirp(house: House) -> Scenario:
    """The battery of the alarm is nearly empty, and it chirps; then somebody tests it."""
    steps = (
        *being_in(house, "Hall"),
        Step(seconds(1), _ALARM, {"battery_low": True, "battery": 6}),
        Step(seconds(5), "Hall smoke alarm", {"battery_state": "low", "battery": 9}),
        Step(seconds(20), "Hall smoke alarm", {"self_test": "checking"}),
        Step(seconds(30), "Hall smoke alarm", {"self_test": "check_success"}),
    )
    return Scenario(SLUG, "chirp", "Low batteries chirp and one alarm tests itself.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {"smoke": smoke, "heat_rise": heat_rise}
TWINS: Mapping[str, Callable[[House], Scenario]] = {"steam": steam, "blip": blip, "chirp": chirp}
