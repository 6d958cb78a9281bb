"""A stream is unbroken for an hour before it is believed, and a line leads where it leads."""

from datetime import timedelta

import pytest

from edge_agent.signals.stream import MOST, Stream
from tests.stories import at

AHEAD = timedelta(minutes=20)


def stream(*values: float, every: float = 5, since: float = 0) -> Stream:
    """One reading each so many minutes."""
    made = Stream()
    for n, value in enumerate(values):
        made.add(at((since + n * every) * 60), value)
    return made


def test_a_straight_fall_goes_on() -> None:
    falling = stream(*[10 - 0.1 * n for n in range(13)])
    assert falling.forecast(AHEAD) == pytest.approx(10 - 0.1 * 12 - 0.4)


def test_least_squares_of_the_last_quarter_of_an_hour_only() -> None:
    made = stream(*[9.0] * 12, 6.0, 6.6, 6.0, 5.4)
    # x = -15, -10, -5, 0: the mean is 6.0, the slope -(7.5 * 0.6 + 2.5 * 0.6) / 125
    assert made.forecast(AHEAD) == pytest.approx(6.0 - 0.048 * 27.5)


def test_a_seldom_sensor_has_its_last_three_readings() -> None:
    made = stream(9.0, 9.0, 6.0, 5.5, 5.0, every=15)
    assert made.forecast(AHEAD) == pytest.approx(5.0 - 20 / 30)


@pytest.mark.parametrize(
    ("every", "count", "is_proven"),
    [
        pytest.param(5, 13, True, id="each five minutes for an hour"),
        pytest.param(5, 12, False, id="not quite an hour"),
        pytest.param(15, 5, True, id="each quarter of an hour"),
        pytest.param(16, 20, False, id="too seldom"),
    ],
)
def test_what_is_a_stream(every: float, count: int, is_proven: bool) -> None:
    made = stream(*[6.0] * count, every=every)
    assert made.is_proven is is_proven
    assert (made.forecast(AHEAD) is not None) is is_proven


def test_after_a_gap_it_has_to_prove_itself_again() -> None:
    made = stream(*[6.0] * 13)
    made.add(at(76 * 60), 6.0)
    assert not made.is_proven


def test_nothing_yet_leads_nowhere() -> None:
    assert Stream().forecast(AHEAD) is None
    assert Stream().fell_by() == (0.0, 0.0)
    assert not Stream().is_proven


def test_readings_of_one_instant_are_no_line() -> None:
    made = stream(*[6.0] * 13)
    made.begin_anew()
    for _ in range(3):
        made.add(at(60 * 60), 5.0)
    assert made.forecast(AHEAD) is None


def test_a_line_begins_anew_after_what_lies_on_no_line() -> None:
    made = stream(*[6.0] * 13)
    made.begin_anew()
    assert made.is_proven
    assert made.forecast(AHEAD) is None


def test_it_tells_how_far_and_how_fast_it_fell() -> None:
    drop, minutes = stream(6.0, 5.5).fell_by()
    assert (drop, minutes) == (0.5, 5.0)


def test_memory_is_bounded() -> None:
    made = stream(*[6.0] * 500, every=0.05)
    assert len(made.readings) == MOST
