"""The chart of the Royal College of Physicians, band by band, and what is missing stays missing."""

from datetime import timedelta

import pytest

from tests.stories import at
from vocabulary.news2 import FRESH, points, score
from vocabulary.observation import Kind

PULSE, BREATH, OXYGEN = Kind.HEART_RATE, Kind.RESPIRATION_RATE, Kind.SPO2
PRESSURE, WARMTH = Kind.BP_SYSTOLIC, Kind.BODY_TEMPERATURE


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (PULSE, {40: 3, 41: 1, 50: 1, 51: 0, 90: 0, 91: 1, 110: 1, 111: 2, 130: 2, 131: 3}),
        (BREATH, {8: 3, 9: 1, 11: 1, 12: 0, 20: 0, 21: 2, 24: 2, 25: 3}),
        (OXYGEN, {91: 3, 92: 2, 93: 2, 94: 1, 95: 1, 96: 0, 100: 0}),
        (PRESSURE, {90: 3, 91: 2, 100: 2, 101: 1, 110: 1, 111: 0, 219: 0, 220: 3}),
        (WARMTH, {35.0: 3, 35.1: 1, 36.0: 1, 36.1: 0, 38.0: 0, 38.1: 1, 39.0: 1, 39.1: 2}),
    ],
)
def test_each_band(kind: Kind, values: dict[float, int]) -> None:
    assert {value: points(kind, value) for value in values} == values


@pytest.mark.parametrize(
    ("on_oxygen", "values"),
    [
        pytest.param(False, {83: 3, 84: 2, 86: 1, 88: 0, 92: 0, 93: 0, 99: 0}, id="on air"),
        pytest.param(
            True,
            {83: 3, 85: 2, 87: 1, 88: 0, 92: 0, 93: 1, 94: 1, 95: 2, 96: 2, 97: 3},
            id="on oxygen",
        ),
    ],
)
def test_scale_2(on_oxygen: bool, values: dict[float, int]) -> None:
    assert {v: points(OXYGEN, v, 2, on_oxygen=on_oxygen) for v in values} == values


def test_degrees_are_charted_to_a_tenth_and_all_else_whole() -> None:
    assert points(WARMTH, 38.04) == 0
    assert points(WARMTH, 38.05) == 1
    assert points(OXYGEN, 91.4) == 3
    assert points(OXYGEN, 91.5) == 2


def test_a_total_needs_four_fresh_signs() -> None:
    latest = {PULSE: (at(0), 120.0), BREATH: (at(0), 22.0), OXYGEN: (at(0), 94.0)}
    assert score(latest, at(60)).total is None
    latest[WARMTH] = (at(0), 38.5)
    together = score(latest, at(60))
    assert (together.total, together.missing) == (2 + 2 + 1 + 1, (PRESSURE,))
    assert not together.is_alone


def test_a_sign_of_an_hour_ago_is_fresh_and_an_older_one_is_missing() -> None:
    latest = {kind: (at(0), 100.0) for kind in (PULSE, PRESSURE, OXYGEN)}
    latest |= {BREATH: (at(0), 30.0)}
    assert score(latest, at(0) + FRESH).total is not None
    late = score(latest, at(0) + FRESH + timedelta(seconds=1))
    assert (late.total, late.parts, len(late.missing)) == (None, (), 5)


def test_oxygen_given_counts_two_points() -> None:
    latest = {PULSE: (at(0), 80.0), PRESSURE: (at(0), 130.0)}
    latest |= {BREATH: (at(0), 30.0), WARMTH: (at(0), 37.0)}
    assert score(latest, at(0)).total == 3
    assert score(latest, at(0)).is_alone
    assert score(latest, at(0), on_oxygen=True).total == 5
