"""Somebody presses the button round the neck, or pulls the cord in the bathroom."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "sos_call"
_PRESS = seconds(1)


def _call(house: House, name: str, press: Step, room: str, about: str) -> Scenario:
    return Scenario(SLUG, name, about, (*being_in(house, room), press), criterion_after=_PRESS)


def pressed(house: House) -> Scenario:
    """The pendant round the neck."""
    press = Step(_PRESS, "SOS pendant", action="single")
    return _call(house, "pressed", press, "Living room", "The pendant is pressed once.")


def pull_cord(house: House) -> Scenario:
    """The cord beside the bath."""
    press = Step(_PRESS, "Bathroom pull cord", action="emergency")
    return _call(house, "pull_cord", press, "Bathroom", "The cord in the bathroom is pulled.")


def duress(house: House) -> Scenario:
    """Held down: nobody beside the resident must notice."""
    press = Step(_PRESS, "SOS pendant", action="hold")
    return _call(house, "duress", press, "Hall", "The pendant is held: a threat in the hall.")


def light_button(house: House) -> Scenario:
    """The button beside the bed is a button, too, and switches the lamp."""
    steps = (
        *being_in(house, "Bedroom"),
        Step(seconds(1), "Bedside light button", action="on"),
        Step(seconds(2), "Bedroom path light", {"state": "ON"}),
        Step(seconds(30), "Bedside light button", action="off"),
    )
    return Scenario(SLUG, "light_button", "The bedside light button is pressed.", steps)


def check_in(house: House) -> Scenario:
    """The pendant says that it is still there, and how full its battery is."""
    steps = (
        *being_in(house, "Living room"),
        Step(seconds(1), "SOS pendant", {"battery": 61}),
        Step(seconds(3), "Bathroom pull cord", {}),
        Step(seconds(5), "SOS pendant", {"battery": 60}),
    )
    return Scenario(SLUG, "check_in", "Pendant and pull cord report without a press.", steps)


def doorbell(house: House) -> Scenario:
    """Somebody rings, and goes away."""
    steps = (
        *being_in(house, "Living room"),
        Step(seconds(1), "Doorbell button", action="single"),
        Step(seconds(9), "Doorbell button", action="double"),
    )
    return Scenario(SLUG, "doorbell", "The doorbell is rung.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {
    "pressed": pressed,
    "pull_cord": pull_cord,
    "duress": duress,
}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "light_button": light_button,
    "check_in": check_in,
    "doorbell": doorbell,
}
