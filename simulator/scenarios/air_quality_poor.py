"""A pan that smoked for an hour, a bedroom nobody airs, a wet bathroom; and the peaks of a day."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from simulator.change import Value
from simulator.house import House
from simulator.scenario import Scenario, Step

SLUG = "air_quality_poor"
_AIR, _CO2, _BATH = "Living room air", "bedroom/co2", "Bathroom climate"
_WATCHED = timedelta(minutes=4)
"""Of a long hold only so much is waited for."""


def _m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def _levels(device: str, key: str, every: float, *stretches: tuple[float, float]) -> list[Step]:
    """`(level, minutes)` one after the other, told every so many minutes."""
    steps, minute = list[Step](), 0.0
    for level, minutes in stretches:
        values: Mapping[str, Value] = {key: level}
        count = int(minutes / every)
        steps += [Step(_m(minute + every * n), device, values) for n in range(count)]
        minute += minutes
    return steps


def pm25(_house: House) -> Scenario:
    """Just below the limit for an hour, then far above: three minutes lift the mean over it."""
    steps = _levels(_AIR, "pm25", 1, (70, 60), (175, 8))
    about = "Fine dust gathers in the living room."
    return _told("pm25", about, steps, _m(63), Step(_m(0), _AIR, {"pm25": 6}))


def co2_stale(_house: House) -> Scenario:
    """Two sleep in the bedroom with the window shut."""
    steps = _levels(_CO2, "co2", 5, (1720, 65))
    about = "The bedroom has not been aired."
    return _told("co2_stale", about, steps, _m(60), Step(_m(0), _CO2, {"co2": 640}))


def damp(_house: House) -> Scenario:
    """The bathroom stays wet for a day and a night."""
    steps = _levels(_BATH, "humidity", 30, (78, 24 * 60 + 30))
    about = "The bathroom does not dry."
    return _told("damp", about, steps, _m(24 * 60), Step(_m(0), _BATH, {"humidity": 48}))


def _told(name: str, about: str, steps: list[Step], met: timedelta, settled: Step) -> Scenario:
    return Scenario(
        SLUG,
        name,
        about,
        tuple(steps),
        criterion_after=met,
        settling=(settled,),
        live_from=met - _WATCHED,
        is_lived=True,
    )


def cooking(_house: House) -> Scenario:
    """Ten minutes of frying, seen from the living room: a peak, no mean."""
    steps = _levels(_AIR, "pm25", 1, (8, 10), (280, 10), (90, 5), (30, 30))
    return _quiet("cooking", "A steak is fried.", steps)


def smoking(_house: House) -> Scenario:
    """A cigarette after coffee, and one later."""
    steps = _levels(_AIR, "pm25", 1, (8, 10), (160, 8), (40, 40), (160, 8), (40, 30))
    return _quiet("smoking", "A guest smokes two cigarettes.", steps)


def cleaning(_house: House) -> Scenario:
    """The vacuum cleaner stirs up dust."""
    steps = _levels(_AIR, "pm25", 1, (8, 5), (65, 25), (20, 40))
    return _quiet("cleaning", "The carpet is vacuumed.", steps)


def outdoor_smoke(_house: House) -> Scenario:
    """A neighbour burns leaves; some of it comes in by the window."""
    steps = _levels(_AIR, "pm25", 1, (8, 5), (72, 90), (12, 30))
    return _quiet("outdoor_smoke", "Leaves are burnt next door.", steps)


def shower(_house: House) -> Scenario:
    """Steam for half an hour, and a bedroom that was aired in time."""
    steps = _levels(_BATH, "humidity", 5, (50, 10), (93, 30), (60, 60))
    steps += _levels(_CO2, "co2", 5, (1650, 55), (700, 30))
    return _quiet("shower", "Somebody showers; somebody airs the bedroom.", steps)


def _quiet(name: str, about: str, steps: list[Step]) -> Scenario:
    live_from = max(step.after for step in steps) - _WATCHED
    return Scenario(SLUG, name, about, tuple(steps), live_from=live_from, is_lived=True)


STORIES: Mapping[str, Callable[[House], Scenario]] = {
    "pm25": pm25,
    "co2_stale": co2_stale,
    "damp": damp,
}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "cooking": cooking,
    "smoking": smoking,
    "cleaning": cleaning,
    "outdoor_smoke": outdoor_smoke,
    "shower": shower,
}
