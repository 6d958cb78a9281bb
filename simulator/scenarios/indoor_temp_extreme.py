"""The heating has failed, or the heat has come in; and all that only looks so to a thermometer."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from simulator.gestures import arrival, opens, sees_nobody, sees_person
from simulator.house import House
from simulator.scenario import Scenario, Step, being_in

SLUG = "indoor_temp_extreme"
ROOM = "Living room"
_ROOM_S = ("Living room climate", "Living room air")
_RADAR, _TRV = "Living room radar", "Living room radiator"
_BEFORE, _MEAN, _HOUR = 20, 15, 60
"""Minutes: as warm as ever; until the mean is as cold as the room; an hour."""
_WATCHED = timedelta(minutes=5)


def _m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def cold(house: House) -> Scenario:
    """Just below 16 °C for an hour: high."""
    return _told(house, "cold", "The heating has failed.", (20.0, 15.9), _HOUR)


def heat(house: House) -> Scenario:
    """26 °C for two hours: medium."""
    return _told(house, "heat", "The heat of the day has come in.", (24.0, 26.0), 2 * _HOUR)


def _told(
    house: House, name: str, about: str, degrees: tuple[float, float], needs: int
) -> Scenario:
    """From so warm to so warm, and the minutes that RISKS §4, 6 allows."""
    before, celsius = degrees
    met = _BEFORE + _MEAN + needs
    steps = [
        *_stays(house, met + 10),
        *_degrees(_ROOM_S, before, 0, _BEFORE),
        *_degrees(_ROOM_S, celsius, _BEFORE, met + 10),
    ]
    settling = tuple(Step(_m(0), device, {"temperature": before}) for device in _ROOM_S)
    return Scenario(SLUG, name, about, tuple(steps), _m(met), settling, _m(met) - _WATCHED)


def _stays(house: House, minutes: int) -> list[Step]:
    """The resident sits in the living room; the radar says so every four minutes."""
    radar = house.device(_RADAR)
    still = [
        Step(_m(n), _RADAR, sees_person(radar, is_moving=n % 8 == 0)) for n in range(4, minutes, 4)
    ]
    return [*being_in(house, ROOM), *still]


def _degrees(
    devices: Iterable[str], celsius: float, since: float, until: float, key: str = "temperature"
) -> list[Step]:
    """Told every five minutes."""
    count = int((until - since) / 5)
    return [
        Step(_m(since + 5 * n), device, {key: celsius}) for device in devices for n in range(count)
    ]


def sun_on_sensor(house: House) -> Scenario:
    """The afternoon sun falls on one of the two thermometers of the living room."""
    climate, air = _ROOM_S
    steps = [
        *_stays(house, 100),
        *_degrees([climate], 38.5, 1, 96),
        *_degrees([air], 22.5, 1, 96),
    ]
    return _quiet("sun_on_sensor", "The sun shines on a thermometer.", steps)


def over_radiator(house: House) -> Scenario:
    """The radiator's own thermometer reads what radiators are like."""
    steps = [*_stays(house, 100), *_degrees([_TRV], 34.0, 1, 96, "local_temperature")]
    return _quiet("over_radiator", "The radiator is warm.", steps)


def airing(house: House) -> Scenario:
    """Ten minutes of winter air."""
    steps = [
        *_stays(house, 60),
        *_degrees(_ROOM_S, 21.0, 0, 10),
        *_degrees(_ROOM_S, 11.0, 10, 20),
        *_degrees(_ROOM_S, 19.5, 20, 60),
    ]
    return _quiet("airing", "The living room is aired for ten minutes.", steps)


def absent_resident(house: House) -> Scenario:
    """Out for an hour and a half; the heating is down."""
    hall, door = house.device("Hall motion"), house.device("Front door")
    indoors = [each.name for each in house.find("climate")]
    steps = [
        *being_in(house, "Hall"),
        Step(_m(1), door.name, opens(door, is_open=True)),
        Step(_m(1.2), door.name, opens(door, is_open=False)),
        Step(_m(2), hall.name, sees_nobody(hall)),
        *_degrees(indoors, 13.5, 5, 85),
        *_degrees(indoors, 20.5, 85, 95),
        Step(_m(91), door.name, opens(door, is_open=True)),
        *(Step(_m(91.2), device, values) for device, values in arrival(house, "Hall")),
        Step(_m(91.3), door.name, opens(door, is_open=False)),
    ]
    return _quiet("absent_resident", "Nobody is at home, and it is cold.", steps)


def cold_guest_room(house: House) -> Scenario:
    """A room that nobody lives in is not heated."""
    steps = [*_stays(house, 100), *_degrees(["Guest room climate"], 9.0, 1, 96)]
    return _quiet("cold_guest_room", "The guest room is not heated.", steps)


def _quiet(name: str, about: str, steps: list[Step]) -> Scenario:
    live_from = max(step.after for step in steps) - _WATCHED
    return Scenario(SLUG, name, about, tuple(steps), live_from=live_from)


STORIES: Mapping[str, Callable[[House], Scenario]] = {"cold": cold, "heat": heat}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "sun_on_sensor": sun_on_sensor,
    "over_radiator": over_radiator,
    "airing": airing,
    "absent_resident": absent_resident,
    "cold_guest_room": cold_guest_room,
}
