"""A dose: twice as much above what is harmless takes half the time, and clean air takes it back."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.signals.dose import Dose
from tests.stories import at

MINUTE = 60.0


def dose(readings: Sequence[tuple[float, float | None]], holds_minutes: float = 60) -> Dose:
    """Full after ten minutes at 100, where 30 is harmless; told these readings by minute."""
    made = Dose(100.0, timedelta(minutes=10), 30.0, timedelta(minutes=holds_minutes))
    for minute, value in readings:
        made.add(at(minute * MINUTE), value)
    return made


@pytest.mark.parametrize(
    ("readings", "minute"),
    [
        pytest.param([(0, 100.0)], 10, id="at its level"),
        pytest.param([(0, 170.0)], 5, id="twice as much above harmless"),
        pytest.param([(0, 65.0)], 20, id="half as much"),
        pytest.param([(0, 30.0)], None, id="harmless"),
        pytest.param([(0, 0.0)], None, id="clean"),
        pytest.param([], None, id="never heard"),
        pytest.param([(0, 100.0), (8, 0.0)], None, id="it stops in time"),
        pytest.param([(0, 100.0), (8, 0.0), (12, 100.0)], 12 + 10 - 8 + 120 / 70,
                     id="clean air takes back"),
        pytest.param([(0, 100.0), (8, 0.0), (60, 100.0)], 70, id="until nothing is left"),
        pytest.param([(0, 100.0), (5, None), (50, 100.0)], 55, id="the unknown adds nothing"),
    ],
)  # fmt: skip
def test_when_it_is_full(readings: list[tuple[float, float | None]], minute: float | None) -> None:
    made = dose(readings)
    if minute is None:
        assert made.due() is None
        assert made.full_at(at(500 * MINUTE)) is None
        return
    full_at = made.due()
    assert full_at is not None
    assert abs(full_at - at(minute * MINUTE)) <= timedelta(microseconds=1)
    assert made.full_at(full_at) == full_at
    assert made.full_at(full_at - timedelta(microseconds=1)) is None


def test_a_reading_stands_no_longer_than_stated() -> None:
    assert dose([(0, 100.0)], holds_minutes=10).due() == at(10 * MINUTE)
    assert dose([(0, 100.0)], holds_minutes=9).due() is None
    assert dose([(0, 100.0), (60, 100.0)], holds_minutes=9).due() == at(61 * MINUTE)


def test_full_stays_full_until_it_is_emptied() -> None:
    made = dose([(0, 100.0), (11, 0.0)])
    assert made.due() is None
    assert made.full_at(at(300 * MINUTE)) == at(10 * MINUTE)
    made.empty()
    assert made.full_at(at(300 * MINUTE)) is None


@given(
    values=st.lists(st.sampled_from([0.0, 29.9, 31.0, 65.3, 100.0, 900.0]), max_size=8),
    every=st.sampled_from([7, 20, 45]),
)
def test_how_often_a_reading_is_repeated_changes_nothing(values: list[float], every: int) -> None:
    plain, repeated = dose([]), dose([])
    for n, value in enumerate(values):
        plain.add(at(n * 150), value)
        for second in range(0, 150, every):
            repeated.add(at(n * 150 + second), value)
    end = at(len(values) * 150 + 2400)  # a reading stands for an hour
    assert plain.full_at(end) == repeated.full_at(end)
