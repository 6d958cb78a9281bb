"""Somebody lies on the living-room floor; and the armchair, the knees and the dropped tray."""

from collections.abc import Callable, Mapping

from simulator.gestures import seats, sees_nobody, sees_person
from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "fall"
ROOM = "Living room"
_RADAR = "Living room radar"
_DOWN = seconds(1)


def hard_fall(house: House) -> Scenario:
    """The radar sees a descent and a person on the floor; it goes on seeing it."""
    return _fall(house, "hard_fall", "fall", "The radar in the living room sees a fall.")


def soft_fall(house: House) -> Scenario:
    """The radar's warning stage: somebody slid down, perhaps."""
    return _fall(house, "soft_fall", "maybe_fall", "The radar thinks that somebody slid down.")


def _fall(house: House, name: str, status: str, about: str) -> Scenario:
    lying = {
        **sees_person(house.device(_RADAR), is_moving=False, distance=2.4),
        "fall_down_status": status,
    }
    again = tuple(Step(_DOWN + seconds(20 * n), _RADAR, lying) for n in range(10))
    steps = (*being_in(house, ROOM), *again)
    return Scenario(SLUG, name, about, steps, _DOWN, settling=stand_up(house))


def stand_up(house: House) -> tuple[Step, ...]:
    """The resident gets up, walks through the hall and puts the kettle on: upright beyond doubt."""
    radar, hall = house.device(_RADAR), house.device("Hall motion")
    kitchen = house.device("Kitchen radar")
    upright = {**sees_person(radar, is_moving=True), "fall_down_status": "none"}
    return (
        Step(seconds(0), _RADAR, upright),
        Step(seconds(4), hall.name, sees_person(hall, is_moving=True)),
        Step(seconds(5), _RADAR, sees_nobody(radar)),
        Step(seconds(8), kitchen.name, sees_person(kitchen, is_moving=True)),
        Step(seconds(20), "Kettle", {"power": 2040.0, "current": 8.87}),
        Step(seconds(66), hall.name, sees_nobody(hall)),
    )


def into_chair(house: House) -> Scenario:
    """Dropping into the armchair is fast and ends low, but the radar does not call it a fall."""
    radar = house.device(_RADAR)
    steps = (
        *being_in(house, ROOM),
        Step(seconds(1), _RADAR, {**sees_person(radar, is_moving=True), "motion_speed": 48}),
        Step(seconds(2), "Armchair", seats(is_taken=True)),
        Step(seconds(3), _RADAR, sees_person(radar, is_moving=False)),
        Step(seconds(60), _RADAR, sees_person(radar, is_moving=False, distance=1.9)),
    )
    return Scenario(SLUG, "into_chair", "The resident drops into the armchair.", steps)


def kneeling(house: House) -> Scenario:
    """Cleaning the floor on one's knees: in and out of sight, low, always moving."""
    radar = house.device(_RADAR)
    steps = [*being_in(house, ROOM)]
    for n in range(12):
        said = sees_person(radar, is_moving=n % 2 == 0, distance=0.8 + 0.2 * n)
        steps.append(Step(seconds(1 + 10 * n), _RADAR, said))
    return Scenario(SLUG, "kneeling", "The resident cleans the floor, kneeling.", tuple(steps))


def dropped_tray(house: House) -> Scenario:
    """Something falls and the house shakes; the person stands beside it."""
    radar = house.device(_RADAR)
    steps = (
        *being_in(house, ROOM),
        Step(seconds(1), "Washing machine shake", {"vibration": True}),
        Step(seconds(2), _RADAR, sees_person(radar, is_moving=True)),
        Step(seconds(4), "Washing machine shake", {"vibration": False}),
        Step(seconds(20), _RADAR, sees_person(radar, is_moving=True, distance=1.1)),
    )
    return Scenario(SLUG, "dropped_tray", "A tray is dropped.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {
    "hard_fall": hard_fall,
    "soft_fall": soft_fall,
}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "into_chair": into_chair,
    "kneeling": kneeling,
    "dropped_tray": dropped_tray,
}
