"""A week before a battery is empty somebody is told, and nobody is told of a cold night."""

from collections.abc import Sequence

import pytest

from edge_agent.signals.battery import Batteries

DAY = 86_400.0


def dying(percents: Sequence[float], each: float = DAY) -> int | None:
    batteries = Batteries()
    for index, percent in enumerate(percents):
        batteries.read("0x01", index * each, percent)
    return batteries.dying().get("0x01")


@pytest.mark.parametrize(
    ("percents", "expected"),
    [
        pytest.param([100.0] * 10, None, id="full"),
        pytest.param([35, 30, 25, 20], 4, id="five a day: four days left"),
        pytest.param([50, 45, 40, 35], 7, id="a week ahead"),
        pytest.param([55, 50, 45, 40], None, id="eight days ahead"),
        pytest.param([20, 15, 10], None, id="three days are too few to tell"),
        pytest.param([40, 40, 12, 40, 40, 40, 40], None, id="one cold night"),
        pytest.param([60, 60, 60, 60, 48, 36, 24, 12], 1, id="the cliff of a lithium cell"),
        pytest.param([3.0] * 9, None, id="low, but it stays so"),
        pytest.param([30, 20, 10, 100, 100, 100, 100, 100, 100], None, id="replaced"),
        pytest.param([0.0], 0, id="empty"),
    ],
)
def test_what_a_week_of_percentages_says(percents: list[float], expected: int | None) -> None:
    assert dying(percents) == expected


def test_the_last_word_of_a_day_counts() -> None:
    assert dying([100, 35, 100, 30, 100, 25, 100, 20], DAY / 2) == 4
