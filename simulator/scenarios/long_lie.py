"""Somebody has fallen and does not get up; and whoever gets up in time, or sits up on a chair."""

from collections.abc import Callable, Mapping

from simulator.gestures import seats, sees_nobody, sees_person
from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "long_lie"
ROOM = "Living room"
_RADAR = "Living room radar"
_DOWN = seconds(1)
_LONG = seconds(600)
"""10 min (RISKS §4, 10)."""
_FALL = frozenset({"fall"})


def after_fall(house: House) -> Scenario:
    """The radar sees the fall, and for ten minutes a person who lies there."""
    lying = tuple(_lying(house, at) for at in range(1, 900, 20))
    steps = (*being_in(house, ROOM), *lying)
    return Scenario(
        SLUG,
        "after_fall",
        "Nobody gets up in the ten minutes after a fall.",
        steps,
        _DOWN + _LONG,
        settling=_up(house, 0),
        # the hub is up again before ten minutes are over, and nobody has yet come to the fall
        live_from=_LONG - seconds(45),
        through=_FALL,
    )


def got_up(house: House) -> Scenario:
    """A fall, and after nine minutes the resident is on their feet and in the hall."""
    lying = tuple(_lying(house, at) for at in range(1, 540, 20))
    steps = (*being_in(house, ROOM), *lying, *_up(house, 540))
    return Scenario(SLUG, "got_up", "Up again nine minutes after a fall.", steps, through=_FALL)


def sat_down(house: House) -> Scenario:
    """Up again within five minutes, to sit in the armchair, still, for as long as they like."""
    radar = house.device(_RADAR)
    still = {**sees_person(radar, is_moving=False), "fall_down_status": "none"}
    steps = (
        *being_in(house, ROOM),
        *(_lying(house, at) for at in range(1, 300, 20)),
        Step(seconds(300), "Armchair", seats(is_taken=True)),
        *(Step(seconds(at), _RADAR, still) for at in range(302, 900, 40)),
    )
    return Scenario(
        SLUG, "sat_down", "Helped into the armchair after a fall.", steps, through=_FALL
    )


def _lying(house: House, at: float) -> Step:
    seen = sees_person(house.device(_RADAR), is_moving=False, distance=2.4)
    return Step(seconds(at), _RADAR, {**seen, "fall_down_status": "fall"})


def _up(house: House, at: float) -> tuple[Step, ...]:
    radar, hall = house.device(_RADAR), house.device("Hall motion")
    upright = {**sees_person(radar, is_moving=True), "fall_down_status": "none"}
    return (
        Step(seconds(at), _RADAR, upright),
        Step(seconds(at + 4), hall.name, sees_person(hall, is_moving=True)),
        Step(seconds(at + 5), _RADAR, sees_nobody(radar)),
        Step(seconds(at + 66), hall.name, sees_nobody(hall)),
    )


STORIES: Mapping[str, Callable[[House], Scenario]] = {"after_fall": after_fall}
TWINS: Mapping[str, Callable[[House], Scenario]] = {"got_up": got_up, "sat_down": sat_down}
