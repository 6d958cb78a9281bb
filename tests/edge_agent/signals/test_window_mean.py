"""The mean over time: a gap is no data, a reading does not hold for ever, a restart sums alike."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.signals.window_mean import CELL, WindowMean
from tests.stories import at

MINUTE = 60.0


def hour(readings: Iterable[tuple[float, float | None]], holds_minutes: float = 30) -> WindowMean:
    """The mean of an hour, told these readings by minute."""
    mean = WindowMean(timedelta(hours=1), timedelta(minutes=holds_minutes))
    for minute, value in readings:
        mean.add(at(minute * MINUTE), value)
    return mean


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param([(0, 75.0), (20, 75.0), (40, 75.0)], 75.0, id="equal readings: exactly that"),
        pytest.param([(0, 40.0), (30, 80.0)], 60.0, id="half and half"),
        pytest.param([(0, 10.0), (5, 10.0), (10, 10.0), (15, 90.0), (45, 90.0)], 70.0,
                     id="by time, not by count of readings"),
        pytest.param([(0, 100.0), (1, 0.0), (30, 0.0)], 100 / 60, id="a peak of one minute"),
        pytest.param([], None, id="never heard"),
        pytest.param([(59, 500.0)], None, id="known for a minute only"),
        pytest.param([(15, 50.0), (40, 50.0)], 50.0, id="known for 45 of 60 minutes"),
        pytest.param([(16, 50.0), (40, 50.0)], None, id="known for 44 of 60 minutes"),
        pytest.param([(0, 50.0), (40, 80.0)], 62.0, id="silent for ten minutes: they do not count"),
        pytest.param([(0, 50.0), (20, None), (40, 50.0)], None, id="no longer known from 20 to 40"),
    ],
)  # fmt: skip
def test_an_hour(readings: list[tuple[float, float | None]], expected: float | None) -> None:
    assert hour(readings).mean(at(60 * MINUTE)) == expected


def test_a_reading_holds_no_longer_than_stated() -> None:
    mean = hour([(0, 50.0), (30, 50.0)])
    assert mean.mean(at(60 * MINUTE)) == 50.0
    assert mean.mean(at(75 * MINUTE)) == 50.0
    assert mean.mean(at(76 * MINUTE)) is None


def test_the_window_moves_on() -> None:
    mean = hour([(0, 100.0), (30, 100.0), (60, 0.0)])
    assert mean.mean(at(60 * MINUTE)) == 100.0
    assert mean.mean(at(90 * MINUTE)) == 50.0
    mean.add(at(90 * MINUTE), 0.0)
    assert mean.mean(at(120 * MINUTE)) == 0.0


def test_a_sensor_that_speaks_each_second_fills_no_memory() -> None:
    mean = hour((second / 60, float(second % 7)) for second in range(3 * 3600))
    assert len(mean.cells) <= 61
    assert mean.mean(at(3 * 3600)) == pytest.approx(3.0, abs=0.01)


def test_a_sensor_that_speaks_each_hour_takes_a_few_cells_and_no_more() -> None:
    day = WindowMean(timedelta(hours=24), timedelta(hours=1))
    for number in range(30):
        day.add(at(number * 3600 + number), float(number % 2))
    assert len(day.cells) <= 3 * 25
    assert day.mean(at(29 * 3600 + 30)) == pytest.approx(0.5, abs=0.01)


READINGS = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([None, 0.0, 14.9, 15.1, 75.0])),
    max_size=40,
    unique_by=lambda each: each[0],
).map(lambda listed: sorted(listed, key=lambda each: each[0]))


@given(readings=READINGS, asked=st.integers(0, 100), late=st.integers(0, 400))
def test_a_hub_that_began_later_sums_alike(
    readings: list[tuple[int, float | None]], asked: int, late: int
) -> None:
    """What lies before the window, and how often it was asked, changes nothing."""
    now = 400 + asked
    needed = [each for each in readings if each[0] >= min(late, now - 60 - 30)]
    assert hour(needed).mean(at(now * MINUTE)) == hour(readings).mean(at(now * MINUTE))


@given(readings=READINGS)
def test_what_the_journal_thins_out_changes_nothing(
    readings: list[tuple[int, float | None]],
) -> None:
    twice = [(m + s / 60, value) for m, value in readings for s in (0, 20, 40)]
    thinned = [each for n, each in enumerate(twice) if n % 3 == 0]
    assert hour(twice).mean(at(430 * MINUTE)) == hour(thinned).mean(at(430 * MINUTE))


@given(readings=READINGS, asked=st.integers(0, 100))
def test_asking_changes_nothing(readings: list[tuple[int, float | None]], asked: int) -> None:
    mean, other = hour(readings), hour(readings)
    assert mean.mean(at((400 + asked) * MINUTE)) == other.mean(at((400 + asked) * MINUTE))
    assert mean == other
    assert len(mean.cells) <= 61 + 30 / (CELL / timedelta(minutes=1))
