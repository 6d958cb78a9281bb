"""Ten minutes after a fall somebody must have been seen up, whatever was said or closed."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.fall import Fall
from edge_agent.detectors.long_lie import LongLie
from edge_agent.engine import Engine
from tests.stories import Make, at, home, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation, Quality

RAISED, CLEARED = "after_fall raised", "after_fall cleared"


def at_home(*flags: str) -> Make:
    return lambda: DETECTORS["long_lie"](home(*flags))


ALONE = at_home()


def fall(second: float, value: bool | None = True, **also: Any) -> Observation:
    return seen(second, Kind.FALL, value, **also)


def posture(second: float, word: str, **also: Any) -> Observation:
    return seen(second, Kind.POSTURE, word, **also)


def sees(second: float, value: bool, room: str = "Hall", **also: Any) -> Observation:
    return seen(second, Kind.MOTION, value, room, **also)


def walks(second: float, room: str = "Hall") -> list[Observation]:
    """Nobody there when the story begins, and then somebody."""
    return [sees(0, False, room), sees(second, True, room)]


def takes(second: float, kind: Kind) -> list[Observation]:
    return [seen(0, kind, False), seen(second, kind, True)]


STORIES = [
    pytest.param([fall(5)], 604, [], id="just under ten minutes"),
    pytest.param([fall(5)], 605, [RAISED], id="ten minutes"),
    pytest.param([fall(5), fall(60, False)], 605, [RAISED], id="the radar no longer says fall"),
    pytest.param([fall(5), *walks(300)], 700, [], id="up and in the hall"),
    pytest.param([fall(5), *walks(700)], 800, [RAISED, CLEARED], id="up too late"),
    pytest.param([fall(5), *walks(300, "Living room")], 605, [RAISED], id="moves where they lie"),
    pytest.param([fall(5), *walks(300, "Garden")], 605, [RAISED], id="a cat in the garden"),
    pytest.param([fall(5), *walks(7)], 605, [RAISED], id="the step before the fall, told late"),
    pytest.param(
        [fall(5), sees(0, False), sees(20, True, reported_at=at(-10))],
        605,
        [RAISED],
        id="the step before the fall, told later still",
    ),
    pytest.param([fall(5), sees(300, True)], 605, [RAISED], id="the hall's lamp was lit before"),
    pytest.param(
        [fall(5), sees(0, False), sees(300, True, is_found=True)], 605, [RAISED], id="found moving"
    ),
    pytest.param(
        [fall(5), posture(6, "floor"), posture(200, "standing")], 700, [], id="seen standing"
    ),
    pytest.param(
        [fall(5), posture(6, "floor"), posture(200, "sitting")], 605, [RAISED], id="sits up there"
    ),
    pytest.param([fall(5), *takes(200, Kind.CHAIR_OCCUPIED)], 700, [], id="sits in the armchair"),
    pytest.param([fall(5), *takes(200, Kind.BED_OCCUPIED)], 700, [], id="lies in bed"),
    pytest.param(
        [seen(0, Kind.BED_OCCUPIED, True), posture(1, "lying")], 900, [], id="asleep in bed"
    ),
    pytest.param(
        [seen(0, Kind.CHAIR_OCCUPIED, True), posture(1, "low")], 900, [], id="asleep on the sofa"
    ),
    pytest.param(
        [seen(0, Kind.BED_OCCUPIED, True, is_found=True), posture(5, "low")],
        605,
        [RAISED],
        id="low beside a bed whose dead pad said taken",
    ),
    pytest.param([posture(5, "floor"), posture(15, "standing")], 900, [], id="yoga, a prayer"),
    pytest.param([posture(5, "floor")], 605, [RAISED], id="low above the floor, and no word more"),
    pytest.param([posture(5, "floor")], 604, [], id="it counts from when they went down"),
    pytest.param(
        [
            seen(5, Kind.WORN, True, "", device="watch"),
            seen(6, Kind.IMPACT, 3.1, "", device="watch", is_event=True),
        ],
        606,
        [RAISED],
        id="a blow to the watch, and stillness",
    ),
    pytest.param(
        [seen(6, Kind.IMPACT, 2.4, "", device="watch", is_event=True)], 900, [], id="a knock"
    ),
    pytest.param([fall(5, confidence=0.4)], 900, [], id="the sensor hardly believes it"),
    pytest.param([fall(5, confidence=0.6)], 605, [RAISED], id="a warning is a fall until seen up"),
    pytest.param([fall(5, quality=Quality.TEST)], 900, [], id="a test of the sensor"),
    pytest.param([fall(5, None)], 900, [], id="unknown is no fall"),
    pytest.param(
        [fall(5), *(fall(5 + 60 * n, is_event=True) for n in range(1, 9))],
        605,
        [RAISED],
        id="falls again and again: lying since the first",
    ),
    pytest.param(
        [fall(5), *walks(300), fall(310), fall(311, False), fall(400)],
        999,
        [],
        id="up, and down again: it begins anew",
    ),
    pytest.param(
        [fall(5), *walks(300), fall(310, False), fall(400)], 1000, [RAISED], id="and ten minutes on"
    ),
    pytest.param([fall(5), *walks(300)], 3000, [], id="up, though the radar stays with its fall"),
    pytest.param(
        [fall(5), posture(8, "floor", device="other")], 700, [RAISED], id="two sensors, one lie"
    ),
    pytest.param([fall(5)], 40_000, [RAISED], id="everything falls silent"),
]


@pytest.mark.parametrize(("story", "until", "expected"), STORIES)
def test_not_up_after_a_fall(
    story: Sequence[Observation], until: float, expected: list[str]
) -> None:
    assert told(play(ALONE, story, until)) == expected


SHORT = [each for each in STORIES if each.values[1] != 40_000]


@pytest.mark.parametrize(("story", "until"), [each.values[:2] for each in SHORT])
@pytest.mark.parametrize("cut", [4.0, 12.0, 305.0, 650.0])
def test_the_hub_restarts(story: Sequence[Observation], until: float, cut: float) -> None:
    until = max(until, cut)
    assert told(play_with_restart(ALONE, story, until, cut)) == told(play(ALONE, story, until))


SHARED = [
    pytest.param(("pet",), walks(300), [RAISED], id="a dog in the hall"),
    pytest.param(("two_residents",), walks(300), [RAISED], id="the husband in the hall"),
    pytest.param(
        ("pet",), [posture(6, "floor"), posture(200, "standing")], [], id="a dog does not stand"
    ),
    pytest.param(
        ("two_residents",),
        [posture(6, "floor", device="r"), posture(200, "standing", device="r")],
        [],
        id="somebody stands where they fell",
    ),
]


@pytest.mark.parametrize(("flags", "up", "expected"), SHARED)
def test_not_only_the_resident_moves(
    flags: Sequence[str], up: Sequence[Observation], expected: list[str]
) -> None:
    assert told(play(at_home(*flags), [fall(5), *up], 605)) == expected


def test_it_hears_all_that_a_fall_is_known_by() -> None:
    assert Fall.kinds <= LongLie.kinds


def test_found_lying_at_the_start_counts_from_there_and_says_so() -> None:
    (found,) = play(ALONE, [fall(0, is_found=True)], 600)
    assert (found.at, found.was_found) == (at(600), True)


def test_it_explains_itself() -> None:
    (found,) = play(at_home("pet"), [fall(5)], 605)
    parts = (found.facts, found.missing, found.counter)
    assert [[fact.key for fact in part] for part in parts] == [
        ["fact.not_up_since_fall", "fact.fall_reported"],
        ["fact.movement_not_counted"],
        ["fact.pet_at_home", "fact.upright_would_end"],
    ]
    assert (found.room, found.since) == ("Living room", at(5))


def test_a_fall_after_somebody_was_there_is_another_lie() -> None:
    """No sensor saw that she was helped up; whoever closed it did, and it is not told again."""
    engine = Engine([ALONE()])
    engine.observe(fall(5))
    (first,) = engine.tick(at(605))
    engine.release("long_lie", first.since)
    assert engine.tick(at(3000)) == []
    engine.observe(fall(4000, False))
    engine.observe(fall(4010))
    assert engine.tick(at(4609)) == []
    (second,) = engine.tick(at(4610))
    assert second.since == at(4010)


def test_what_comes_next_is_known() -> None:
    detector = ALONE()
    detector.observe(posture(5, "floor"))
    assert detector.due(at(5)) == at(20), "fifteen seconds on the floor are a fall"
    assert detector.due(at(20)) == at(605)
    assert detector.due(at(605)) is None
