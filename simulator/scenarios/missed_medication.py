"""The dose of the hour stays in its box, or is taken twice; and who is early, or drops the lid."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from simulator.gestures import opens
from simulator.house import House
from simulator.scenario import Dose, Scenario, Step, being_in, seconds

SLUG = "missed_medication"
_BOX = "Pill dispenser"
_DUE = timedelta(minutes=5)
"""After the story began."""
_TABLET = Dose(_DUE, "tablet of the hour")
_AT_ONCE = seconds(0)


def missed(house: House) -> Scenario:
    """Reminded three times; an hour later the box has not been opened."""
    steps = being_in(house, "Living room")
    return Scenario(
        SLUG,
        "missed",
        "An hour after its time a dose has not been taken.",
        (*steps, Step(_DUE + timedelta(minutes=59), "Living room climate", {})),
        criterion_after=_DUE + timedelta(minutes=60),
        settling=(_taken(_AT_ONCE),),
        live_from=_DUE + timedelta(minutes=57),
        doses=(_TABLET,),
        stages=("late",),
    )


def late(house: House) -> Scenario:
    """The clock strikes, and the box stays shut."""
    return Scenario(
        SLUG,
        "late",
        "A dose is due and the box stays shut.",
        being_in(house, "Living room"),
        criterion_after=_DUE,
        settling=(_taken(_AT_ONCE),),
        live_from=_DUE - timedelta(minutes=1),
        doses=(_TABLET,),
    )


def early(house: House) -> Scenario:
    """Taken with the coffee, forty minutes before its time."""
    steps = (*being_in(house, "Kitchen"), _taken(seconds(20)))
    dose = Dose(timedelta(minutes=40), "tablet of the hour")
    about = "The dose is taken forty minutes early."
    return Scenario(SLUG, "early", about, steps, doses=(dose,))


def on_time(house: House) -> Scenario:
    """Taken at the very minute: no reminder is spoken."""
    steps = (*being_in(house, "Kitchen"), _taken(_DUE - seconds(30)))
    return Scenario(SLUG, "on_time", "The dose is taken on time.", steps, doses=(_TABLET,))


def double_attempt(house: House) -> Scenario:
    """Taken on time, and again half an hour later, because it was forgotten."""
    again = _DUE + timedelta(minutes=30)
    steps = (*being_in(house, "Dining room"), _taken(_DUE - seconds(30)), _taken(again))
    return Scenario(
        SLUG,
        "double_attempt",
        "A dose is taken out of the box twice.",
        steps,
        criterion_after=again,
        live_from=again - timedelta(minutes=1),
        doses=(_TABLET,),
    )


def dropped_lid(house: House) -> Scenario:
    """The box is opened twice within a minute: a tablet rolled under the table."""
    first = _DUE - seconds(90)
    steps = (*being_in(house, "Dining room"), _taken(first), _taken(first + seconds(50)))
    about = "The box is opened twice for one dose."
    return Scenario(SLUG, "dropped_lid", about, steps, doses=(_TABLET,))


def dusting(house: House) -> Scenario:
    """Taken from the box; later the drawer beside it is tidied."""
    drawer = house.device("Medicine drawer")
    steps = (
        *being_in(house, "Kitchen"),
        _taken(_DUE - seconds(30)),
        Step(_DUE + seconds(300), drawer.name, opens(drawer, is_open=True)),
        Step(_DUE + seconds(420), drawer.name, opens(drawer, is_open=False)),
    )
    about = "The drawer is tidied after the dose was taken."
    return Scenario(SLUG, "dusting", about, steps, doses=(_TABLET,))


def _taken(after: timedelta) -> Step:
    return Step(after, _BOX, {"slot": "noon"}, action="taken")


STORIES: Mapping[str, Callable[[House], Scenario]] = {
    "missed": missed,
    "late": late,
    "double_attempt": double_attempt,
}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "early": early,
    "on_time": on_time,
    "dropped_lid": dropped_lid,
    "dusting": dusting,
}
