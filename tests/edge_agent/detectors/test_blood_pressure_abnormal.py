"""Very high twice, low once, dropped on standing up; and the talk, the stairs and the other arm."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.blood_pressure_abnormal import BloodPressureAbnormal
from edge_agent.engine import Engine
from tests.stories import at, home, play, play_with_restart, seen, told
from vocabulary.finding import Finding
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.vitals import limits_with

HIGH, CALM = "crisis raised", "crisis cleared"
LOW, WELL = "low raised", "low cleared"
DROP, STEADY = "postural_drop raised", "postural_drop cleared"

UPPER, LOWER = Kind.BP_SYSTOLIC, Kind.BP_DIASTOLIC


def cuff(second: float, upper: object, lower: object = 75.0, **also: Any) -> list[Observation]:
    """One inflation: both values in one message."""
    also.setdefault("device", "cuff")
    values = ((UPPER, upper), (LOWER, lower))
    return [seen(second, kind, value, "Kitchen", **also) for kind, value in values]  # type: ignore[arg-type]  # nonsense too


def stance(second: float, word: str | None, **also: Any) -> list[Observation]:
    also.setdefault("device", "radar")
    return [seen(second, Kind.POSTURE, word, "Kitchen", **also)]


def found(story: Sequence[Observation], until: float | None = None) -> list[Finding]:
    last = max(seen.at for seen in story) - at(0)
    return play(BloodPressureAbnormal, story, until or last.total_seconds() + 20)


def words(*parts: list[Observation]) -> list[str]:
    return told(found([each for part in parts for each in part]))


CRISIS = [
    pytest.param([cuff(5, 180)], [HIGH], id="180 once: asked for again"),
    pytest.param([cuff(5, 179, 119)], [], id="179 over 119"),
    pytest.param([cuff(5, 150, 120)], [HIGH], id="the lower value alone"),
    pytest.param([cuff(5, 185), cuff(305, 182)], [HIGH, HIGH], id="again, five minutes later"),
    pytest.param([cuff(5, 185), cuff(304, 182)], [HIGH], id="a second too soon to be again"),
    pytest.param([cuff(5, 185), cuff(120, 184), cuff(305, 182)], [HIGH, HIGH], id="the third is"),
    pytest.param([cuff(5, 185), cuff(305, 150)], [HIGH, CALM], id="had just walked: well at rest"),
    pytest.param([cuff(5, 185), cuff(305, 150, 121)], [HIGH, HIGH], id="the lower one is high now"),
    pytest.param([cuff(5, 185), cuff(9, 150)], [HIGH], id="seconds later is no repeat"),
    pytest.param([cuff(5, 185), cuff(305, 150), cuff(400, 185)], [HIGH, CALM, HIGH], id="back"),
    pytest.param(
        [cuff(5, 185), cuff(305, 150), cuff(400, 185), cuff(500, 150)],
        [HIGH, CALM, HIGH],
        id="back within a quarter of an hour: one good reading is no longer enough",
    ),
    pytest.param([cuff(5, 185)], [HIGH], id="the cuff falls silent"),
    pytest.param([cuff(5, 185), cuff(305, None, None)], [HIGH], id="unknown is no repeat"),
    pytest.param([cuff(5, 185), cuff(305, None, 70)], [HIGH], id="half a repeat is none"),
    pytest.param([cuff(5, 150, 125), cuff(305, 140, None)], [HIGH], id="nor is the other half"),
    pytest.param(
        [cuff(5, 185), cuff(305, 130, quality=Quality.STALE)], [HIGH], id="a stale repeat"
    ),
    pytest.param([cuff(5, 185), cuff(305, 130, is_found=True)], [HIGH], id="a retained repeat"),
    pytest.param(
        [cuff(50, 185, reported_at=at(49)), cuff(90, 130, reported_at=at(40))],
        [HIGH],
        id="by the cuff's own clock the good one came first",
    ),
    pytest.param(
        [cuff(50, 185, reported_at=at(49)), cuff(90, 130, reported_at=at(89))],
        [HIGH, CALM],
        id="by its clock the good one came after",
    ),
    pytest.param([cuff(5, 250, quality=Quality.IMPLAUSIBLE)], [], id="implausible"),
    pytest.param([cuff(5, "high", True)], [], id="no number"),
    pytest.param([cuff(5, 250, is_found=True)], [], id="found at start, of unknown age"),
    pytest.param(
        [cuff(1800, 185, is_found=True, reported_at=at(0))], [HIGH], id="found, half an hour old"
    ),
    pytest.param(
        [cuff(5, 185), cuff(305, 120, device="other")], [HIGH], id="another cuff's good reading"
    ),
]

HYPOTENSION = [
    pytest.param([cuff(5, 100)], [LOW], id="100"),
    pytest.param([cuff(5, 101)], [], id="101"),
    pytest.param([cuff(5, 100.4)], [LOW], id="100 and a little, as the chart rounds"),
    pytest.param([cuff(5, 85), cuff(40, 118)], [LOW, WELL], id="the repeat is good"),
    pytest.param([cuff(5, 85), cuff(40, 99)], [LOW], id="the repeat is no better"),
    pytest.param([cuff(5, None, 50)], [], id="the lower value alone says nothing of low"),
]

SAT = [stance(0, "sitting"), cuff(5, 130, 80)]
STOOD_UP = [*SAT, stance(60, "standing"), cuff(120, 108, 72)]

STANDING_UP = [
    pytest.param(
        [stance(0, "sitting"), cuff(5, 130, 80), stance(60, "standing"), cuff(120, 110, 75)],
        [DROP],
        id="by 20 mmHg on standing",
    ),
    pytest.param(
        [stance(0, "lying"), cuff(5, 130, 80), stance(60, "standing"), cuff(120, 125, 70)],
        [DROP],
        id="the lower value by 10",
    ),
    pytest.param(
        [stance(0, "sitting"), cuff(5, 130, 80), stance(60, "standing"), cuff(120, 111, 71)],
        [],
        id="by 19 and 9",
    ),
    pytest.param(
        [stance(0, "sitting"), cuff(5, 130, 80), stance(60, "standing"), cuff(306, 105, 65)],
        [],
        id="too late to be of standing up",
    ),
    pytest.param(
        [stance(0, "sitting"), cuff(5, 140, 90), cuff(120, 112, 70)], [], id="sat all the while"
    ),
    pytest.param(
        [stance(0, "standing"), cuff(5, 140, 90), stance(60, "sitting"), cuff(120, 112, 70)],
        [],
        id="the other way round",
    ),
    pytest.param(
        [
            stance(0, "sitting"),
            cuff(5, 130, 80),
            stance(40, "standing"),
            cuff(60, 125, 78),
            cuff(180, 108, 74),
        ],
        [DROP],
        id="it falls only at the third minute",
    ),
    pytest.param([cuff(5, 130, 80), cuff(120, 110, 70)], [DROP], id="both fall, posture unknown"),
    pytest.param([cuff(5, 130, 80), cuff(120, 105, 71)], [], id="only the upper, unknown"),
    pytest.param([cuff(5, 130, 80), cuff(120, 111, 60)], [], id="only the lower, unknown"),
    pytest.param([cuff(5, 130, 80), cuff(306, 108, 68)], [], id="unknown, over five minutes"),
    pytest.param(
        [stance(0, "unknown"), cuff(5, 130, 80), cuff(120, 110, 70)],
        [DROP],
        id="a shrug is unknown",
    ),
    pytest.param(
        [stance(0, "sitting", is_found=True), cuff(5, 130, 80), cuff(120, 110, 70)],
        [DROP],
        id="a posture merely found is unknown",
    ),
    pytest.param(
        [cuff(5, 185, 100), cuff(120, 150, 85)],
        [HIGH, CALM],
        id="from a crisis a repeat falls by itself",
    ),
    pytest.param([cuff(5, 160, None), cuff(120, 130, 70)], [], id="half a reading to fall from"),
    pytest.param(
        [cuff(5, 130, 80), cuff(120, 110, 70), cuff(200, 126, 79)], [DROP, STEADY], id="up again"
    ),
    pytest.param(
        [cuff(5, 130, 80), cuff(120, 110, 70), cuff(200, 110, 72)], [DROP], id="hardly up again"
    ),
    pytest.param(
        [
            stance(0, "sitting"),
            cuff(5, 130, 80),
            stance(60, "standing"),
            cuff(120, 108, 72),
            stance(140, "sitting"),
            cuff(200, 128, 80),
        ],
        [DROP],
        id="sitting down again proves nothing",
    ),
    pytest.param(
        [
            stance(0, "sitting"),
            cuff(5, 130, 80),
            stance(60, "standing"),
            cuff(120, 108, 72),
            stance(140, "sitting"),
            cuff(421, 128, 80),
        ],
        [DROP, STEADY],
        id="another measurement, later",
    ),
    pytest.param(
        [
            stance(0, "sitting"),
            cuff(5, 130, 80),
            stance(60, "standing"),
            cuff(120, 108, 72),
            cuff(200, 128, 80),
        ],
        [DROP, STEADY],
        id="steady while standing",
    ),
    pytest.param(
        [
            stance(0, "sitting", device="cuff"),
            stance(1, "standing"),
            cuff(5, 130, 80),
            stance(60, "standing", device="cuff"),
            cuff(120, 110, 75),
        ],
        [DROP],
        id="the cuff knows better than the room",
    ),
]


@pytest.mark.parametrize(("story", "expected"), [*CRISIS, *HYPOTENSION, *STANDING_UP])
def test_story(story: Sequence[list[Observation]], expected: list[str]) -> None:
    assert words(*story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([cuff(5, 180)], ["medium"]),
        ([cuff(5, 180), cuff(305, 180)], ["medium", "high"]),
        ([cuff(5, 220)], ["critical"]),
        ([cuff(5, 219)], ["medium"]),
        ([cuff(5, 185), cuff(305, 225)], ["medium", "critical"]),
        ([cuff(5, 90)], ["critical"]),
        ([cuff(5, 91)], ["high"]),
        ([cuff(5, 100), cuff(60, 88)], ["high", "critical"]),
        ([cuff(5, 130, 80), cuff(120, 108, 68)], ["high"]),
    ],
)
def test_how_bad_it_is(story: Sequence[list[Observation]], expected: list[str]) -> None:
    findings = found([each for part in story for each in part])
    assert [each.severity.word for each in findings if each.state == "raised"] == expected


def test_the_two_values_may_come_one_after_the_other_in_any_order() -> None:
    upper, lower = cuff(5, 150, 125)
    lower.at = at(7)
    assert words([upper, lower]) == [HIGH]
    upper.at, lower.at = at(7), at(5)
    assert words([upper, lower]) == [HIGH]


def test_half_a_reading_reassures_only_when_the_other_half_does_not_come() -> None:
    upper, lower = cuff(60, 150, 125)
    lower.at = at(62)
    assert words(cuff(5, 190), [upper, lower]) == [HIGH]
    assert words(cuff(5, 190), [upper]) == [HIGH, CALM]
    engine = Engine([BloodPressureAbnormal()])
    engine.observe(upper)
    assert engine.due(at(60)) == at(63)
    assert engine.due(at(63)) is None


def test_a_finding_tells_both_values_and_how_long_it_has_been() -> None:
    raised = found([*cuff(5, 185, 110), *cuff(365, 190, 112)])[-1]
    assert [fact.key for fact in raised.facts] == ["fact.pressure_high", "fact.pressure_again"]
    assert dict(raised.facts[0].values) == {
        "systolic": "190",
        "diastolic": "112",
        "upper": 180,
        "lower": 120,
    }
    assert dict(raised.facts[1].values) == {"minutes": 6}
    assert raised.missing == ()
    assert [fact.key for fact in raised.counter] == [
        "fact.pressure_disturbed",
        "fact.repeat_would_clear",
    ]


def test_a_finding_says_what_was_not_known() -> None:
    def missing(story: list[Observation]) -> list[str]:
        return [fact.key for fact in found(story)[-1].missing]

    assert missing(cuff(5, 85)) == ["fact.vital_single"]
    assert missing(cuff(5, 85, None)) == ["fact.vital_single", "fact.pressure_half"]
    assert missing([*cuff(5, 130, 80), *cuff(120, 108, 68)]) == ["fact.posture_unknown"]
    known = [*stance(0, "lying"), *cuff(5, 130, 80), *stance(60, "standing"), *cuff(120, 108, 68)]
    assert missing(known) == []
    (drop,) = found(known)[-1].facts
    assert dict(drop.values) == {"before": "130/80", "after": "108/68", "seconds": 115}
    assert dict(found(cuff(5, 85, None))[-1].facts[0].values)["diastolic"] == "?"


def test_where_two_live_it_may_be_either() -> None:
    make = DETECTORS["blood_pressure_abnormal"]
    (raised,) = play(lambda: make(home("two_residents")), cuff(5, 85), 20)
    assert "fact.either_resident" in [fact.key for fact in raised.missing]


def test_limits_of_this_resident() -> None:
    made = BloodPressureAbnormal(limits_with({"systolic_low": 110, "systolic_crisis": 160}))
    assert told(play(lambda: made, cuff(5, 108), 20)) == [LOW]
    made = BloodPressureAbnormal(limits_with({"systolic_crisis": 160}))
    assert told(play(lambda: made, cuff(5, 160), 20)) == [HIGH]


def test_a_reading_that_waited_says_how_old_it_is() -> None:
    (waited,) = found(cuff(60, 85, reported_at=at(20)))
    assert waited.late_by_seconds == 40.0


@pytest.mark.parametrize("cut", [4, 5, 6, 8, 59, 60, 119, 120, 300, 306, 400, 500])
def test_a_restart_is_invisible(cut: float) -> None:
    story = [*cuff(5, 185, 100), *stance(58, "sitting"), *cuff(60, 130, 85)]
    story += [*stance(100, "standing"), *cuff(120, 98, 70), *cuff(306, 190), *cuff(400, 131)]
    whole = play(BloodPressureAbnormal, story, 520)
    assert play_with_restart(BloodPressureAbnormal, story, 520, cut) == whole
