"""The cuff shows far too much, far too little, or less after standing up; and it only seems so."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "blood_pressure_abnormal"
ROOM = "Dining room"
_CUFF = "Blood pressure monitor"
_BEGIN = 1.0
_STOOD_UP = 120.0
"""Measured again two minutes later, on standing."""


def crisis(house: House) -> Scenario:
    """224 over 126: no second reading is waited for (RISKS §4, 23: from 220)."""
    steps = _at_the_table(house, (_BEGIN, 224, 126))
    about = "The cuff shows 224 over 126."
    return Scenario(SLUG, "crisis", about, steps, seconds(_BEGIN), settling=_well())


def low(house: House) -> Scenario:
    """86 over 54: three points in NEWS2 (RISKS §4, 23: up to 90)."""
    steps = _at_the_table(house, (_BEGIN, 86, 54))
    about = "The cuff shows 86 over 54."
    return Scenario(SLUG, "low", about, steps, seconds(_BEGIN), settling=_well())


def postural_drop(house: House) -> Scenario:
    """From 132 over 82 to 106 over 68 on standing up; no device knows the posture."""
    steps = _at_the_table(house, (_BEGIN, 132, 82), (_STOOD_UP, 106, 68))
    about = "The blood pressure falls by 26 over 14 from one reading to the next."
    return Scenario(SLUG, "postural_drop", about, steps, seconds(_STOOD_UP), settling=_well())


def had_just_walked(house: House) -> Scenario:
    """High after the stairs, and lower with each minute of rest."""
    steps = _at_the_table(house, (_BEGIN, 178, 104), (150, 161, 96), (330, 149, 90))
    return Scenario(SLUG, "had_just_walked", "The pressure falls while they rest.", steps)


def talking(house: House) -> Scenario:
    """Whoever talks while the cuff inflates measures some ten too much."""
    steps = _at_the_table(house, (_BEGIN, 168, 101), (330, 156, 94))
    return Scenario(SLUG, "talking", "They talk while the cuff inflates.", steps)


def another_arm(house: House) -> Scenario:
    """A guest tries the cuff: lower, as two people differ, and within the limits."""
    steps = _at_the_table(house, (_BEGIN, 131, 78), (100, 112, 70))
    return Scenario(SLUG, "another_arm", "A guest tries the cuff.", steps)


def _at_the_table(house: House, *readings: tuple[float, int, int]) -> tuple[Step, ...]:
    return (*being_in(house, ROOM), *(_shown(*reading) for reading in readings))


def _well() -> tuple[Step, ...]:
    """Lying down, and measured again each minute."""
    return tuple(_shown(60.0 * n, 130, 80) for n in range(7))


def _shown(at_s: float, upper: int, lower: int) -> Step:
    return Step(seconds(at_s), _CUFF, {"bp_systolic": upper, "bp_diastolic": lower, "bpm": 74})


STORIES: Mapping[str, Callable[[House], Scenario]] = {
    "crisis": crisis,
    "low": low,
    "postural_drop": postural_drop,
}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "had_just_walked": had_just_walked,
    "talking": talking,
    "another_arm": another_arm,
}
