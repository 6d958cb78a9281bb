"""A press is always a call, whoever leans on the button; retained ones are history."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from edge_agent.detectors.sos_call import SosCall
from edge_agent.engine import Engine
from tests.stories import at, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation, Quality


def press(second: float, text: str = "pressed", **also: Any) -> Observation:
    also.setdefault("device", "pendant")
    return seen(second, Kind.SOS, True, is_event=True, text=text, **also)


STORIES = [
    pytest.param([press(3)], ["pressed raised"], id="a press"),
    pytest.param([press(3, "pull_cord")], ["pull_cord raised"], id="the cord by the toilet"),
    pytest.param([press(3, "duress")], ["duress raised"], id="a long hold is the secret sign"),
    pytest.param([press(3, "spoken")], ["pressed raised"], id="help called at a terminal"),
    pytest.param([press(3, "novel")], ["pressed raised"], id="a sort of SOS nobody has heard of"),
    pytest.param(
        [press(3), press(4), press(6)], ["pressed raised"], id="the button repeats itself"
    ),
    pytest.param(
        [press(3), press(30)], ["pressed raised"] * 2, id="pressed again half a minute on"
    ),
    pytest.param(
        [press(3), press(9, device="cord")], ["pressed raised"] * 2, id="a second button as well"
    ),
    pytest.param([], [], id="nobody presses"),
    pytest.param([press(3, is_found=True)], [], id="an old press, retained by the broker"),
    pytest.param([press(3, quality=Quality.TEST)], [], id="the scheduled test"),
    pytest.param([seen(3, Kind.SOS, False)], [], id="the button's state is released"),
    pytest.param([seen(3, Kind.SOS, None)], [], id="the bridge fills in an unknown state"),
    pytest.param([press(3)], ["pressed raised"], id="leaned on by accident: a person sorts it out"),
]


@pytest.mark.parametrize(("story", "expected"), STORIES)
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(play(SosCall, story, 60)) == expected


@pytest.mark.parametrize("cut", [2, 3, 4, 20, 45])
def test_a_restart_raises_each_press_once(cut: float) -> None:
    story = [press(3), press(30)]
    whole = play(SosCall, story, 60)
    cut_up = play_with_restart(SosCall, story, 60, cut)
    assert [(f.variant, f.since) for f in cut_up] == [(f.variant, f.since) for f in whole]


def test_a_press_delivered_again_after_the_crash_is_the_same_press() -> None:
    again = [press(3, reported_at=at(2)), press(40, reported_at=at(2))]
    assert told(play(SosCall, again, 60)) == ["pressed raised"]


def test_a_press_that_waited_says_how_long() -> None:
    (waited,) = play(SosCall, [press(90, reported_at=at(10))], 100)
    assert waited.late_by_seconds == 80.0


@pytest.mark.parametrize(
    "stamp",
    [
        pytest.param(at(90) - timedelta(seconds=5), id="five seconds are the radio's own"),
        pytest.param(at(90) + timedelta(days=27000), id="a clock in 2099"),
        pytest.param(at(0) - timedelta(days=20000), id="a clock in 1971"),
    ],
)
def test_a_stamp_that_says_nothing_makes_no_delay(stamp: object) -> None:
    (found,) = play(SosCall, [press(90, reported_at=stamp)], 100)
    assert found.late_by_seconds == 0.0


def test_whoever_is_paged_reads_how_often_it_was_pressed() -> None:
    findings = play(SosCall, [press(3), press(30), press(50)], 60)
    assert [dict(fact.values) for fact in findings[-1].facts] == [{}, {"count": 3}]


def test_presses_of_the_hour_before_are_not_counted() -> None:
    findings = play(SosCall, [press(3), press(3600)], 3601, every=60)
    assert [fact.key for fact in findings[-1].facts] == ["fact.sos_pressed"]


def test_a_press_waits_for_nothing() -> None:
    engine = Engine([SosCall()])
    engine.observe(press(3))
    assert engine.due(at(3)) is None
