"""A fall is asked about, never argued away; only a fresh report from the sensor takes it back."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors.fall import Fall
from edge_agent.engine import Engine
from tests.stories import at, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation

HARD, SOFT = "hard_fall raised", "soft_fall raised"


def radar(second: float, value: bool | None = True, **also: Any) -> Observation:
    also.setdefault("device", "radar")
    return seen(second, Kind.FALL, value, **also)


def posture(second: float, word: str, room: str = "Living room", **also: Any) -> Observation:
    also.setdefault("device", f"radar@{room}")
    return seen(second, Kind.POSTURE, word, room, **also)


def watch(second: float, kind: Kind, value: object, **also: Any) -> Observation:
    return seen(second, kind, value, "", device="watch", **also)  # type: ignore[arg-type]  # nonsense too


def blow(second: float, g: object = 3.0, **also: Any) -> Observation:
    return watch(second, Kind.IMPACT, g, is_event=True, **also)


STORIES = [
    pytest.param([radar(5)], [HARD], id="the radar reports a fall"),
    pytest.param([radar(5), radar(6), radar(90)], [HARD], id="and repeats it"),
    pytest.param([radar(5), radar(30, False)], [HARD], id="its clear does not end a fall"),
    pytest.param([radar(5), radar(30, False), radar(60)], [HARD, HARD], id="a second fall"),
    pytest.param(
        [radar(5), radar(30, False, is_found=True), radar(60)], [HARD], id="a retained clear"
    ),
    pytest.param([radar(5, is_found=True)], [HARD], id="found lying at start"),
    pytest.param([radar(5, None)], [], id="unknown"),
    pytest.param([radar(5, confidence=0.6, text="warning")], [SOFT], id="a warning stage"),
    pytest.param(
        [radar(5, confidence=0.6), radar(20)], [SOFT, HARD], id="a warning that becomes a fall"
    ),
    pytest.param(
        [radar(5, confidence=0.6), radar(20, False)],
        [SOFT],
        id="a warning taken back is asked still",
    ),
    pytest.param([radar(5, confidence=0.49)], [], id="below every score"),
    pytest.param([radar(5, confidence=0.8)], [HARD], id="at the score of a fall"),
    pytest.param([radar(5, confidence=0.79)], [SOFT], id="just below the score of a fall"),
    pytest.param([posture(5, "floor")], [SOFT], id="on the floor for fifteen seconds"),
    pytest.param([posture(5, "floor"), posture(19, "standing")], [], id="up after fourteen"),
    pytest.param([posture(5, "floor"), posture(20, "standing")], [SOFT], id="up after fifteen"),
    pytest.param([posture(5, "low")], [SOFT], id="low above the floor"),
    pytest.param(
        [posture(5, "low"), posture(12, "floor"), posture(14, "low")], [SOFT], id="low, then floor"
    ),
    pytest.param([posture(5, "lying")], [], id="lying on a bed or a sofa"),
    pytest.param(
        [posture(10 * n, word) for n, word in enumerate(["low", "standing"] * 8)],
        [],
        id="kneeling to clean, up again each time",
    ),
    pytest.param([posture(5, "floor")], [SOFT], id="the radar falls silent afterwards"),
    pytest.param(
        [posture(5, "floor"), posture(10, "standing", is_found=True)], [SOFT], id="found standing"
    ),
    pytest.param([posture(5, "unknown")], [], id="a posture that is not known"),
    pytest.param(
        [seen(3, Kind.CHAIR_OCCUPIED, True), posture(5, "low")], [], id="sitting in a low chair"
    ),
    pytest.param(
        [
            seen(3, Kind.CHAIR_OCCUPIED, True),
            posture(5, "low"),
            seen(30, Kind.CHAIR_OCCUPIED, False),
        ],
        [SOFT],
        id="slid out of the chair",
    ),
    pytest.param(
        [seen(3, Kind.CHAIR_OCCUPIED, True, is_found=True), posture(5, "low")],
        [SOFT],
        id="a chair found taken may have been left long ago",
    ),
    pytest.param(
        [seen(3, Kind.BED_OCCUPIED, True, reported_at=at(-90)), posture(5, "low")],
        [SOFT],
        id="a bed that was taken a while ago",
    ),
    pytest.param(
        [
            seen(3, Kind.CHAIR_OCCUPIED, True),
            seen(4, Kind.CHAIR_OCCUPIED, True, is_found=True),
            posture(5, "low"),
        ],
        [],
        id="a chair that was seen taken, and is found so again",
    ),
    pytest.param(
        [
            seen(3, Kind.CHAIR_OCCUPIED, True),
            seen(4, Kind.CHAIR_OCCUPIED, False, is_found=True),
            posture(5, "low"),
        ],
        [SOFT],
        id="found left",
    ),
    pytest.param(
        [seen(3, Kind.CHAIR_OCCUPIED, True), posture(5, "floor")],
        [SOFT],
        id="on the floor beside a taken chair",
    ),
    pytest.param([radar(5), posture(6, "floor")], [HARD], id="fallen and on the floor: one fall"),
    pytest.param(
        [radar(5), posture(200, "floor")], [HARD, SOFT], id="on the floor much later: another sign"
    ),
    pytest.param(
        [radar(5), posture(6, "floor", "Hall")], [HARD, SOFT], id="another room: another sign"
    ),
    pytest.param(
        [radar(5, room=""), posture(6, "floor", "")], [HARD, SOFT], id="no room named: no guessing"
    ),
    pytest.param([blow(5)], [HARD], id="a blow, then nothing"),
    pytest.param([blow(5, 2.49)], [], id="just below two and a half g"),
    pytest.param([blow(5, 2.5)], [HARD], id="two and a half g"),
    pytest.param([blow(5, "hard")], [], id="a blow of no number"),
    pytest.param([blow(5, is_found=True)], [], id="an old blow, retained"),
    pytest.param([watch(1, Kind.WORN, False), blow(5)], [], id="the watch drops off the table"),
    pytest.param([watch(1, Kind.WORN, True), blow(5)], [HARD], id="worn"),
    pytest.param(
        [watch(1, Kind.STEPS, 100), blow(5), watch(30, Kind.STEPS, 110)], [], id="walked on"
    ),
    pytest.param(
        [watch(1, Kind.STEPS, 100), blow(5), watch(36, Kind.STEPS, 110)],
        [HARD],
        id="walked on only after half a minute",
    ),
    pytest.param(
        [watch(1, Kind.STEPS, 100), blow(5), watch(20, Kind.STEPS, 100)], [HARD], id="no steps"
    ),
    pytest.param(
        [blow(5), watch(10, Kind.ACCELERATION, 9.8), watch(20, Kind.ACCELERATION, 14.0)],
        [],
        id="swings the arm",
    ),
    pytest.param(
        [blow(5), watch(20, Kind.STEPS, None), watch(21, Kind.STEPS, "many")],
        [HARD],
        id="steps unknown",
    ),
    pytest.param(
        [watch(1, Kind.STEPS, 100), blow(5), watch(20, Kind.STEPS, 110, is_found=True)],
        [HARD],
        id="steps that were found are old",
    ),
    pytest.param(
        [blow(5), posture(20, "standing", "", device="watch")], [], id="the watch sees standing"
    ),
    pytest.param([blow(5), blow(8), blow(30)], [HARD], id="a tumble of blows"),
    pytest.param([blow(5), blow(90)], [HARD, HARD], id="a second blow later"),
    pytest.param(
        [watch(5, Kind.FALL, True, is_event=True), blow(5.5)], [HARD], id="watch says fall and blow"
    ),
    pytest.param(
        [watch(5, Kind.FALL, True, is_event=True), watch(50, Kind.FALL, True, is_event=True)],
        [HARD],
        id="the watch repeats its message",
    ),
    pytest.param(
        [watch(5, Kind.FALL, True, is_event=True), watch(80, Kind.FALL, True, is_event=True)],
        [HARD, HARD],
        id="the watch reports another fall",
    ),
    pytest.param(
        [
            watch(5, Kind.FALL, True, is_event=True, reported_at=at(4)),
            watch(80, Kind.FALL, True, is_event=True, reported_at=at(4)),
        ],
        [HARD],
        id="the same message delivered twice",
    ),
]


@pytest.mark.parametrize(("story", "expected"), STORIES)
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(play(Fall, story, 250)) == expected


NOT_BELIEVED = [
    pytest.param({"is_found": True}, [HARD, HARD], id="retained"),
    pytest.param({"reported_at": at(100)}, [HARD, HARD], id="late"),
    pytest.param(
        {"is_found": True, "reported_at": at(2)}, [HARD], id="retained from before the alarm"
    ),
    pytest.param({"reported_at": at(2)}, [HARD], id="sent before the alarm"),
    pytest.param({"reported_at": at(-10 * 365 * 86400)}, [HARD, HARD], id="by a clock gone wrong"),
]
"""The radar's alarm was reported in second 5; it said in 300 that it was over."""


@pytest.mark.parametrize(("clear", "expected"), NOT_BELIEVED)
@pytest.mark.parametrize("again", [400, 80_000])
def test_after_a_clear_that_was_not_believed_the_next_alarm_is_another_fall(
    clear: dict[str, Any], expected: list[str], again: float
) -> None:
    story = [radar(5, reported_at=at(5)), radar(300, False, **clear)]
    story.append(radar(again, reported_at=at(again)))
    assert told(play(Fall, story, again + 60, every=20)) == expected
    restarted = play_with_restart(Fall, story, again + 60, 320, every=20)
    assert told(restarted) == expected


def test_the_alarm_that_a_hub_finds_again_is_the_one_it_knows() -> None:
    story = [radar(5), radar(300, False, is_found=True), radar(301, is_found=True), radar(900)]
    assert told(play(Fall, story[:3], 400)) == [HARD]
    assert told(play(Fall, story, 960)) == [HARD, HARD]


def test_the_alarm_that_is_delivered_again_after_a_late_clear_is_the_same() -> None:
    story = [radar(5, reported_at=at(5)), radar(300, False, reported_at=at(100))]
    assert told(play(Fall, [*story, radar(301, reported_at=at(5))], 400)) == [HARD]


def test_a_warning_and_a_posture_come_again_likewise() -> None:
    warning = [radar(5, confidence=0.6), radar(300, False, is_found=True)]
    assert told(play(Fall, [*warning, radar(900, confidence=0.6)], 960)) == [SOFT, SOFT]
    on_floor = [posture(5, "floor"), posture(300, "standing", is_found=True)]
    assert told(play(Fall, [*on_floor, posture(900, "floor")], 914)) == [SOFT]
    assert told(play(Fall, [*on_floor, posture(900, "floor")], 915)) == [SOFT, SOFT]
    assert told(play(Fall, [*on_floor, posture(900, "floor", is_found=True)], 960)) == [SOFT]


@pytest.mark.parametrize("cut", [4, 5, 12, 19, 20, 21, 60])
def test_a_person_on_the_floor_stays_there_over_a_restart(cut: float) -> None:
    story = [posture(5, "floor"), posture(40, "standing")]
    assert play_with_restart(Fall, story, 80, cut) == play(Fall, story, 80)


@pytest.mark.parametrize("cut", [5, 20, 34, 36])
def test_a_blow_is_weighed_over_a_restart(cut: float) -> None:
    story = [watch(1, Kind.STEPS, 100), blow(5), watch(50, Kind.STEPS, 110)]
    assert play_with_restart(Fall, story, 80, cut) == play(Fall, story, 80)


SCORES = [
    pytest.param([radar(5)], 1.0, id="a sure radar"),
    pytest.param([radar(5, confidence=0.6)], 0.6, id="a warning"),
    pytest.param([posture(5, "floor")], 0.8, id="on the floor"),
    pytest.param([posture(5, "low")], 0.6, id="low"),
    pytest.param([seen(3, Kind.CHAIR_OCCUPIED, True), radar(5)], 0.6, id="dropped into a chair"),
    pytest.param(
        [seen(3, Kind.CHAIR_OCCUPIED, True, is_found=True), radar(5)],
        1.0,
        id="a chair found taken speaks against nothing",
    ),
    pytest.param([blow(5)], 0.7, id="a blow, and nothing measured since"),
    pytest.param(
        [blow(5), watch(10, Kind.ACCELERATION, 9.8), watch(20, Kind.ACCELERATION, 9.9)],
        0.85,
        id="a blow, and measured stillness",
    ),
]


@pytest.mark.parametrize(("story", "score"), SCORES)
def test_score(story: Sequence[Observation], score: float) -> None:
    (found,) = play(Fall, story, 60)
    assert found.score == score


def test_a_pet_lowers_the_score_of_low_and_is_named() -> None:
    (found,) = play(lambda: Fall(has_pet=True), [posture(5, "low")], 60)
    assert found.score == 0.5
    assert [fact.key for fact in found.counter] == ["fact.pet_at_home"]


def test_two_people_in_the_room_are_named_and_silence_nothing() -> None:
    (found,) = play(Fall, [seen(3, Kind.PERSON_COUNT, 2), radar(5)], 60)
    assert [fact.key for fact in found.counter] == ["fact.somebody_else"]
    assert found.score == 1.0


def test_whether_the_watch_was_worn_is_said_when_unknown() -> None:
    (unknown,) = play(Fall, [blow(5)], 60)
    assert [f.key for f in unknown.missing] == ["fact.no_movement_data", "fact.worn_unknown"]


def test_the_ends_of_both_holds_are_due() -> None:
    engine = Engine([Fall()])
    engine.observe(posture(5, "floor"))
    assert engine.due(at(5)) == at(20)
    engine.observe(blow(6))
    assert engine.due(at(21)) == at(36)
    assert engine.due(at(40)) is None
