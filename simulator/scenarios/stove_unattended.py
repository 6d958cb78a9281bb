"""A pot is left on the stove, or the stove guard feels too much heat; and the many ways to cook."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from simulator.gestures import arrival, draws, sees_nobody, sees_person
from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "stove_unattended"
_STOVE, _RADAR, _PIR = "Stove guard", "Kitchen radar", "Kitchen motion"
_GOES, _ALONE = seconds(60), timedelta(minutes=10)
_WATCHED = timedelta(minutes=5)


def left_on(house: House) -> Scenario:
    """Soup is put on, the telephone rings in the living room, and it takes a while."""
    steps = [
        *being_in(house, "Kitchen"),
        *_heats(house, 1, 30 * 60, 1180),
        *(Step(_GOES, device, values) for device, values in arrival(house, "Living room")),
    ]
    about = "The stove is on and the cook sits in the living room."
    return Scenario(
        SLUG,
        "left_on",
        about,
        tuple(steps),
        criterion_after=_GOES + _ALONE,
        settling=_is_back(house),
        live_from=_GOES + _ALONE - _WATCHED,
    )


def overheat(house: House) -> Scenario:
    """Oil on full heat, under the guard's eyes; its cook is there and does not see it."""
    steps = (
        *being_in(house, "Kitchen"),
        *_heats(house, 1, 240, 1750),
        Step(seconds(20), _STOVE, {"high_temperature": True}),
    )
    settled = (Step(seconds(0), _STOVE, {"high_temperature": False}), *_is_back(house))
    about = "The stove guard reports that the stove is too hot."
    return Scenario(SLUG, "overheat", about, steps, seconds(20), settled)


def _is_back(house: House) -> tuple[Step, ...]:
    """Somebody goes to the kitchen and turns the stove off."""
    stove = house.device(_STOVE)
    there = [Step(seconds(0), device, values) for device, values in arrival(house, "Kitchen")]
    return (*there, Step(seconds(5), _STOVE, draws(stove, 0)))


def _heats(house: House, since: float, until: float, watts: float) -> list[Step]:
    """The plate draws, and says so every two minutes."""
    stove, count = house.device(_STOVE), int((until - since) / 120) + 1
    return [Step(seconds(since + 120 * n), _STOVE, draws(stove, watts + n)) for n in range(count)]


def _off(house: House, at: float) -> Step:
    return Step(seconds(at), _STOVE, draws(house.device(_STOVE), 0))


def slow_cooking(house: House) -> Scenario:
    """A stew for half an hour, and somebody who hardly moves beside it: the radar sees her."""
    radar, pir = house.device(_RADAR), house.device(_PIR)
    steps = [*being_in(house, "Kitchen"), *_heats(house, 5, 1800, 420), _off(house, 1805)]
    steps.append(Step(seconds(70), _PIR, sees_nobody(pir)))
    for n in range(15):
        still = sees_person(radar, is_moving=False, distance=1.2)
        steps.append(Step(seconds(60 + 120 * n), _RADAR, still))
    return _quiet("slow_cooking", "A stew is cooked slowly, and watched.", steps)


def visitor_cooking(house: House) -> Scenario:
    """The daughter cooks while her mother rests in the living room."""
    radar, pir = house.device(_RADAR), house.device(_PIR)
    steps = [*being_in(house, "Living room")]
    for n in range(10):
        steps.append(Step(seconds(1 + 120 * n), _RADAR, sees_person(radar, is_moving=n % 2 == 0)))
        steps.append(Step(seconds(5 + 120 * n), _PIR, sees_person(pir, is_moving=True)))
        steps.append(Step(seconds(70 + 120 * n), _PIR, sees_nobody(pir)))
    steps += [*_heats(house, 10, 1100, 1400), _off(house, 1150)]
    return _quiet("visitor_cooking", "Somebody else cooks.", steps)


def standby(house: House) -> Scenario:
    """The clock and the lamp of the stove: 40 watts all evening, and nobody there."""
    steps = [*being_in(house, "Living room"), *_heats(house, 1, 1800, 34)]
    return _quiet("standby", "The stove draws its standby.", steps)


def fetching_something(house: House) -> Scenario:
    """Down to the pantry and back, nine minutes."""
    steps = [*being_in(house, "Kitchen"), *_heats(house, 1, 900, 1200), _off(house, 905)]
    steps += [Step(seconds(60), device, values) for device, values in arrival(house, "Pantry")]
    steps += [Step(seconds(600), device, values) for device, values in arrival(house, "Kitchen")]
    return _quiet("fetching_something", "The cook is away for nine minutes.", steps)


def paw_on_keys(house: House) -> Scenario:
    """A cat switches a plate on; it has no pan, and switches itself off after a minute."""
    steps = [*being_in(house, "Bedroom"), *_heats(house, 1, 30, 900), _off(house, 60)]
    return _quiet("paw_on_keys", "A plate without a pan goes on and off.", steps)


def _quiet(name: str, about: str, steps: list[Step]) -> Scenario:
    live_from = max(max(step.after for step in steps) - _WATCHED, timedelta(0))
    return Scenario(SLUG, name, about, tuple(steps), live_from=live_from)


STORIES: Mapping[str, Callable[[House], Scenario]] = {"left_on": left_on, "overheat": overheat}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "slow_cooking": slow_cooking,
    "visitor_cooking": visitor_cooking,
    "standby": standby,
    "fetching_something": fetching_something,
    "paw_on_keys": paw_on_keys,
}
