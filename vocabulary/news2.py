"""One vital sign alone says little; NEWS2 adds up how far all of them are from ordinary.

RCP chart 1 [V31][V33]. A cross-check, never a risk of its own (RISKS §4): 5 points, or 3 from one
sign alone, are urgent for a doctor; 7 are an emergency. What was not measured is missing, never 0,
so a total is always "at least"; whether somebody is clear in their mind is asked by a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from vocabulary.observation import Kind
from vocabulary.vitals import Scale

FRESH = timedelta(hours=1)
"""At 5 points a ward measures again at least hourly (RCP chart 4 [K]): what is older would have to
be measured anew before it counts."""

FEWEST = 4
"""Of the five measured signs: with fewer no total is told (RISKS §4)."""

URGENT, EMERGENCY, ALONE = 5, 7, 3
"""RISKS §4 [V33]."""

OXYGEN_POINTS = 2

Bands = tuple[tuple[float, int], ...]
"""Highest value of a band, its points; the last band is open."""

_OPEN = float("inf")

MEASURED: Mapping[Kind, Bands] = {
    Kind.RESPIRATION_RATE: ((8, 3), (11, 1), (20, 0), (24, 2), (_OPEN, 3)),
    Kind.SPO2: ((91, 3), (93, 2), (95, 1), (_OPEN, 0)),
    Kind.BP_SYSTOLIC: ((90, 3), (100, 2), (110, 1), (219, 0), (_OPEN, 3)),
    Kind.HEART_RATE: ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (_OPEN, 3)),
    Kind.BODY_TEMPERATURE: ((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (_OPEN, 2)),
}
"""The signs that devices measure, in the chart's order, on air and on oxygen scale 1."""

_SCALE_2_AIR: Bands = ((83, 3), (85, 2), (87, 1), (_OPEN, 0))
_SCALE_2_OXYGEN: Bands = ((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (_OPEN, 3))


@dataclass(frozen=True, slots=True)
class Part:
    """One sign: what was last measured, when, and its points."""

    kind: Kind
    at: datetime
    value: float
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """What is fresh of the five signs, and what is missing."""

    parts: tuple[Part, ...]
    missing: tuple[Kind, ...]
    oxygen: int
    """Points for oxygen being given."""

    @property
    def total(self) -> int | None:
        """At least so many points; None: too few signs are fresh to tell one."""
        if len(self.parts) < FEWEST:
            return None
        return sum(part.points for part in self.parts) + self.oxygen

    @property
    def is_alone(self) -> bool:
        """Whether one sign alone scores 3."""
        return any(part.points >= ALONE for part in self.parts)


def score(
    latest: Mapping[Kind, tuple[datetime, float]],
    now: datetime,
    scale: Scale = 1,
    *,
    on_oxygen: bool = False,
) -> Score:
    """The score at `now` of the newest reading of each sign."""
    fresh = {
        kind: seen
        for kind in MEASURED
        if (seen := latest.get(kind)) is not None and timedelta(0) <= now - seen[0] <= FRESH
    }
    parts = tuple(
        Part(kind, at, value, points(kind, value, scale, on_oxygen=on_oxygen))
        for kind, (at, value) in fresh.items()
    )
    missing = tuple(kind for kind in MEASURED if kind not in fresh)
    return Score(parts, missing, OXYGEN_POINTS if on_oxygen else 0)


def points(kind: Kind, value: float, scale: Scale = 1, *, on_oxygen: bool = False) -> int:
    """The points of one sign."""
    bands = MEASURED[kind]
    if kind is Kind.SPO2 and scale == 2:  # noqa: PLR2004 - the scale's name
        bands = _SCALE_2_OXYGEN if on_oxygen else _SCALE_2_AIR
    shown = as_charted(kind, value)
    return next(given for highest, given in bands if shown <= highest)


def as_charted(kind: Kind, value: float) -> float:
    """As the chart writes it: degrees to a tenth, all else as whole numbers."""
    if kind is Kind.BODY_TEMPERATURE:
        return floor(value * 10 + 0.5) / 10
    return floor(value + 0.5)
