"""The front door stands open in the cold; and the aired kitchen, the parcel, the loose contact."""

from collections.abc import Callable, Mapping

from simulator.gestures import opens
from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "entry_security"
_DOOR, _WINDOW, _OUTSIDE = "Front door", "Kitchen window", "Terrace motion"
_BEGIN = seconds(1)
_IN_THE_COLD = seconds(180)
"""3 min below 5 °C (RISKS §4, 15): the one limit that is the same by day and by night."""


def left_open(house: House) -> Scenario:
    """It is 2 °C outside, and somebody has left without shutting the door."""
    door = house.device(_DOOR)
    steps = (
        *being_in(house, "Living room"),
        Step(seconds(0), _OUTSIDE, {"temperature": 2.0}),
        Step(_BEGIN, _DOOR, opens(door, is_open=True)),
    )
    return Scenario(
        SLUG,
        "left_open",
        "The front door is left open, and it is cold.",
        steps,
        _BEGIN + _IN_THE_COLD,
        settling=(Step(seconds(0), _DOOR, opens(door, is_open=False)),),
    )


def airing(house: House) -> Scenario:
    """The kitchen is aired for nearly five minutes: too short even at night."""
    window = house.device(_WINDOW)
    steps = (
        *being_in(house, "Kitchen"),
        Step(_BEGIN, _WINDOW, opens(window, is_open=True)),
        Step(_BEGIN + seconds(295), _WINDOW, opens(window, is_open=False)),
    )
    return Scenario(SLUG, "airing", "The kitchen window is open for nearly five minutes.", steps)


def delivery(house: House) -> Scenario:
    """Somebody with a key carries things in: twice open, shut in between."""
    door = house.device(_DOOR)
    steps = (
        *being_in(house, "Hall"),
        Step(_BEGIN, _DOOR, opens(door, is_open=True)),
        Step(seconds(170), _DOOR, opens(door, is_open=False)),
        Step(seconds(185), _DOOR, opens(door, is_open=True)),
        Step(seconds(360), _DOOR, opens(door, is_open=False)),
    )
    return Scenario(SLUG, "delivery", "Shopping is carried in, twice three minutes.", steps)


def loose_contact(house: House) -> Scenario:
    """The shut terrace door rattles in the wind, its magnet a little out of line."""
    door = house.device("Terrace door")
    flaps = tuple(
        Step(seconds(1 + 20 * n), door.name, opens(door, is_open=n % 2 == 0)) for n in range(40)
    )
    steps = (*being_in(house, "Living room"), *flaps)
    return Scenario(SLUG, "loose_contact", "A contact out of line flaps in the wind.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {"left_open": left_open}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "airing": airing,
    "delivery": delivery,
    "loose_contact": loose_contact,
}
