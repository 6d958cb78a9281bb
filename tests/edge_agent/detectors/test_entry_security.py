"""Ten minutes by day, five by night, three in the cold; shut in time, or blown about, is fine."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge_agent.detectors.entry_security import EntrySecurity
from edge_agent.engine import Engine
from tests.stories import START, at, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation, Quality

PARIS = ZoneInfo("Europe/Paris")
RAISED, CLEARED = "left_open raised", "left_open cleared"
MINUTE = 60.0
NIGHTFALL = 12 * 3600.0
"""22 h in Paris; the stories begin at 10."""


def make() -> EntrySecurity:
    return EntrySecurity(PARIS)


def door(second: float, value: bool | None = True, **also: Any) -> Observation:
    also.setdefault("guards", "front_door")
    return seen(second, Kind.OPEN, value, "Hall", **also)


def window(second: float, value: bool = True) -> Observation:
    return seen(second, Kind.OPEN, value, "Kitchen", guards="window")


def outside(second: float, celsius: object, **also: Any) -> Observation:
    return seen(second, Kind.TEMPERATURE, celsius, "Garden", **also)  # type: ignore[arg-type]  # nonsense too


DAY = [
    pytest.param([door(5)], 604, [], id="open for just under ten minutes"),
    pytest.param([door(5)], 605, [RAISED], id="open for ten minutes"),
    pytest.param([door(5), door(604, False)], 900, [], id="shut at the last moment"),
    pytest.param([door(5), door(605, False)], 900, [RAISED, CLEARED], id="shut too late"),
    pytest.param([window(5), window(9 * MINUTE, False)], 900, [], id="a room is aired"),
    pytest.param([window(5)], 605, [RAISED], id="a window is left open as long as a door may"),
    pytest.param([door(5, guards="fridge")], 900, [], id="the fridge is another story"),
    pytest.param([door(5, guards="inner_door")], 900, [], id="so is a door inside"),
    pytest.param([door(5, guards="")], 900, [], id="what it stands by is not known"),
    pytest.param(
        [door(5), door(200, False), door(210), door(260, False)],
        1200,
        [],
        id="the carer comes in with a key, the parcel after her",
    ),
    pytest.param(
        [door(5 + 20 * n, n % 2 == 0) for n in range(60)],
        1300,
        [],
        id="a contact out of line flaps",
    ),
    pytest.param(
        [door(5), *(door(620 + 5 * n, n % 2 == 1) for n in range(9)), door(800, False)],
        900,
        [RAISED, CLEARED],
        id="the wind bangs the open door: one episode",
    ),
    pytest.param(
        [door(5), door(620, False), door(700)], 1299, [RAISED, CLEARED], id="again, short"
    ),
    pytest.param(
        [door(5), door(620, False), door(700)],
        1300,
        [RAISED, CLEARED, RAISED],
        id="and again left open",
    ),
    pytest.param([door(5), door(60, None)], 605, [RAISED], id="unknown is not shut"),
    pytest.param(
        [door(5), door(60, False, is_found=True)], 605, [RAISED], id="found shut is no news"
    ),
    pytest.param(
        [door(5, reported_at=at(5)), door(60, False, reported_at=at(4))],
        605,
        [RAISED],
        id="a shutting that was reported before the opening",
    ),
    pytest.param([door(5), door(300, quality=Quality.STALE)], 605, [RAISED], id="stale is no news"),
    pytest.param([door(5, quality=Quality.IMPLAUSIBLE)], 900, [], id="implausible is no opening"),
    pytest.param([door(5)], 90_000, [RAISED], id="the contact falls silent, open"),
]

NIGHT = [
    pytest.param([door(NIGHTFALL)], NIGHTFALL + 299, [], id="just under five minutes"),
    pytest.param([door(NIGHTFALL)], NIGHTFALL + 300, [RAISED], id="five minutes by night"),
    pytest.param(
        [door(NIGHTFALL - 200)], NIGHTFALL + 100, [RAISED], id="five minutes over, into the night"
    ),
    pytest.param([door(NIGHTFALL - 420)], NIGHTFALL - 1, [], id="seven minutes, still day"),
    pytest.param([door(NIGHTFALL - 420)], NIGHTFALL, [RAISED], id="seven minutes, night begins"),
    pytest.param(
        [door(NIGHTFALL + 8 * 3600 - 360), door(NIGHTFALL + 8 * 3600 + 400, False)],
        NIGHTFALL + 8 * 3600 + 420,
        [RAISED, CLEARED],
        id="open too long by night is not undone by the day",
    ),
    pytest.param(
        [door(NIGHTFALL + 8 * 3600 - 200)],
        NIGHTFALL + 8 * 3600 + 399,
        [],
        id="the day has begun before the five minutes were over",
    ),
]

COLD = [
    pytest.param([outside(0, 4.9), door(5)], 184, [], id="just under three minutes"),
    pytest.param([outside(0, 4.9), door(5)], 185, [RAISED], id="three minutes at 4.9 °C"),
    pytest.param([outside(0, 5.0), door(5)], 604, [], id="5 °C is not cold"),
    pytest.param([outside(0, 21.0), door(5), outside(400, 2)], 400, [RAISED], id="it grows cold"),
    pytest.param(
        [outside(0, 2), door(5), outside(100, 8)], 604, [], id="it is warm before the three minutes"
    ),
    pytest.param(
        [outside(0, 2), door(5), outside(300, 8), door(400, False)],
        420,
        [RAISED, CLEARED],
        id="a warmer reading does not shut the door",
    ),
    pytest.param(
        [outside(0, 2), door(5), outside(300, 8)], 604, [RAISED], id="nor does it end the finding"
    ),
    pytest.param(
        [outside(0, 2), outside(1, 9, device="wall"), door(5)], 185, [RAISED], id="one in the sun"
    ),
    pytest.param([outside(0, 2, is_found=True), door(5)], 185, [RAISED], id="found cold"),
    pytest.param(
        [outside(0, 2), outside(1, 9, is_found=True), door(5)], 185, [RAISED], id="found warm"
    ),
    pytest.param([outside(0, None), door(5)], 604, [], id="unknown"),
    pytest.param([outside(0, True), outside(0, "cold"), door(5)], 604, [], id="nonsense"),
    pytest.param(
        [seen(0, Kind.TEMPERATURE, 3.0, "Kitchen"), door(5)], 604, [], id="the fridge's thermometer"
    ),
]


@pytest.mark.parametrize(("story", "until", "expected"), DAY + NIGHT + COLD)
def test_left_open(story: Sequence[Observation], until: float, expected: list[str]) -> None:
    assert told(play(make, story, until)) == expected


@pytest.mark.parametrize(("story", "until"), [each.values[:2] for each in DAY[:-1] + COLD])
@pytest.mark.parametrize("cut", [4.0, 190.0, 610.0])
def test_the_hub_restarts(story: Sequence[Observation], until: float, cut: float) -> None:
    until = max(until, cut)
    assert told(play_with_restart(make, story, until, cut)) == told(play(make, story, until))


def test_found_open_at_the_start_counts_from_there_and_says_so() -> None:
    (found,) = play(make, [door(0, is_found=True)], 600)
    assert (found.at, found.was_found) == (at(600), True)


def test_it_explains_itself() -> None:
    (cold,) = play(make, [outside(0, 3.5), door(5)], 185)
    assert [fact.key for fact in cold.facts] == ["fact.door_left_open", "fact.cold_outside"]
    assert cold.missing == ()
    (aired,) = play(make, [window(NIGHTFALL)], NIGHTFALL + 300)
    assert [fact.key for fact in aired.facts] == ["fact.window_left_open", "fact.is_night"]
    assert [fact.key for fact in aired.missing] == ["fact.no_outdoor_temperature"]
    assert [fact.key for fact in aired.counter] == [
        "fact.may_be_airing",
        "fact.would_have_been_shut",
    ]


def test_two_openings_are_two_findings() -> None:
    assert told(play(make, [door(5), window(6)], 700)) == [RAISED, RAISED]


@pytest.mark.parametrize(
    ("opened_at", "minutes"),
    [
        pytest.param(datetime(2026, 3, 29, 3, 50, tzinfo=UTC), 5, id="05:50, first summer morning"),
        pytest.param(datetime(2026, 3, 29, 4, 0, tzinfo=UTC), 10, id="06:00, first summer morning"),
        pytest.param(datetime(2026, 10, 25, 0, 55, tzinfo=UTC), 5, id="the hour that comes twice"),
        pytest.param(datetime(2026, 10, 25, 4, 54, tzinfo=UTC), 5, id="05:54, winter again"),
        pytest.param(datetime(2026, 10, 25, 20, 30, tzinfo=UTC), 10, id="21:30, winter again"),
        pytest.param(datetime(2026, 10, 25, 20, 53, tzinfo=UTC), 7, id="21:53, night at 22:00"),
    ],
)
def test_the_night_is_the_wall_s(opened_at: datetime, minutes: int) -> None:
    opened = door((opened_at - START).total_seconds())
    engine = Engine([make()])
    engine.observe(opened)
    met = opened_at + timedelta(minutes=minutes)
    assert engine.due(opened_at) == met
    assert engine.tick(met - timedelta(seconds=1)) == []
    assert told(engine.tick(met)) == [RAISED]


def test_what_comes_next_is_known() -> None:
    detector = make()
    detector.observe(door(5))
    assert detector.due(at(5)) == at(605)
    detector.observe(door(620, False))
    assert detector.due(at(620)) == at(630)
    assert detector.due(at(630)) is None
