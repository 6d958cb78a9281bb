"""Fever, quiet as it is in old age, and cold; and the hot drink, the blanket, the cool skin."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.body_temp_abnormal import BodyTempAbnormal
from edge_agent.engine import Engine
from tests.stories import at, home, play, play_with_restart, seen, told
from vocabulary.finding import Finding
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.vitals import limits_with

FEVER, WELL = "fever raised", "fever cleared"
LOW, WARM = "low raised", "low cleared"
MINUTE, HOUR = 60, 3600


def warmth(second: float, celsius: object, **also: Any) -> Observation:
    also.setdefault("device", "thermometer")
    return seen(second, Kind.BODY_TEMPERATURE, celsius, "Bedroom", **also)  # type: ignore[arg-type]  # nonsense too


def worn(second: float, is_worn: bool | None, **also: Any) -> Observation:
    return seen(second, Kind.WORN, is_worn, "Bedroom", device="patch", **also)


def skin(second: float, celsius: float) -> Observation:
    return warmth(second, celsius, device="patch")


def found(story: Sequence[Observation]) -> list[Finding]:
    """Asked each second around every reading, and seldom in the hours between."""
    engine, findings = Engine([BodyTempAbnormal()]), list[Finding]()
    for each in sorted(story, key=lambda each: each.at):
        findings += engine.observe(each)
        if (due := engine.due(each.at)) is not None:
            later = [other for other in story if each.at < other.at <= due]
            findings += [] if later else engine.tick(due)
    return findings


FEVERS = [
    pytest.param([warmth(5, 37.8)], [FEVER], id="37.8 once"),
    pytest.param([warmth(5, 37.7)], [], id="37.7 once"),
    pytest.param([warmth(5, 37.74)], [], id="37.74 is charted as 37.7"),
    pytest.param([warmth(5, 37.75)], [FEVER], id="37.75 is charted as 37.8"),
    pytest.param([warmth(5, 37.3), warmth(5 + HOUR, 37.3)], [FEVER], id="37.3 twice"),
    pytest.param(
        [warmth(5, 37.3), warmth(5 + 30 * MINUTE, 37.3)], [FEVER], id="half an hour apart"
    ),
    pytest.param([warmth(5, 37.3), warmth(4 + 30 * MINUTE, 37.3)], [], id="one hot drink"),
    pytest.param([warmth(5, 37.3), warmth(5 + HOUR, 37.2)], [], id="37.3 once"),
    pytest.param(
        [warmth(5, 37.3), warmth(5 + HOUR, 36.9), warmth(5 + 2 * HOUR, 37.4)],
        [],
        id="well in between",
    ),
    pytest.param([warmth(5, 37.4), warmth(5 + 12 * HOUR, 37.4)], [FEVER], id="evening and morning"),
    pytest.param([warmth(5, 37.4), warmth(6 + 12 * HOUR, 37.4)], [], id="on two evenings"),
    pytest.param([warmth(5, 38.4), warmth(905, 36.9)], [FEVER, WELL], id="a hot drink"),
    pytest.param([warmth(5, 38.4), warmth(905, 37.2)], [FEVER, WELL], id="the repeat is 37.2"),
    pytest.param([warmth(5, 38.4), warmth(905, 37.3)], [FEVER], id="the repeat is 37.3"),
    pytest.param([warmth(5, 38.4)], [FEVER], id="nobody measures again"),
    pytest.param([warmth(5, 38.4), warmth(905, None)], [FEVER], id="unknown is no repeat"),
    pytest.param(
        [warmth(5, 38.4), warmth(905, 36.6, quality=Quality.STALE)], [FEVER], id="a stale repeat"
    ),
    pytest.param(
        [warmth(5, 38.4), warmth(905, 36.6, is_found=True)], [FEVER], id="a retained repeat"
    ),
    pytest.param(
        [warmth(5, 38.4), warmth(905, 36.6, reported_at=at(1))], [FEVER], id="a repeat from before"
    ),
    pytest.param(
        [warmth(5, 38.4), warmth(905, 36.6, device="other")], [FEVER], id="another thermometer's"
    ),
    pytest.param(
        [warmth(5, 37.4), warmth(5 + HOUR, 36.6, is_found=True), warmth(5 + 2 * HOUR, 37.4)],
        [FEVER],
        id="what was merely found does not come in between",
    ),
    pytest.param([warmth(5, 44, quality=Quality.IMPLAUSIBLE)], [], id="implausible"),
    pytest.param([warmth(5, "hot"), warmth(6, True)], [], id="no number"),
    pytest.param([warmth(5, 39.5, is_found=True)], [], id="found at start, of unknown age"),
    pytest.param(
        [warmth(1800, 39.5, is_found=True, reported_at=at(0))], [FEVER], id="found, not old"
    ),
    pytest.param([skin(5, 38.2)], [FEVER], id="a hot skin is a fever all the more"),
]

COLD = [
    pytest.param([warmth(5, 35.0)], [LOW], id="35.0"),
    pytest.param([warmth(5, 35.1)], [], id="35.1"),
    pytest.param([warmth(5, 34.2), warmth(60, 36.2)], [LOW, WARM], id="taken out too early"),
    pytest.param([warmth(5, 33.9), warmth(7, 35.2), warmth(9, 36.3)], [], id="it still warms up"),
    pytest.param([warmth(5, 36.4), warmth(8, 34.0)], [LOW], id="of two that contradict the worse"),
    pytest.param([worn(1, True), skin(5, 33.0)], [], id="skin is cooler"),
    pytest.param([worn(1, None), skin(5, 33.0)], [LOW], id="nobody knows whether it is worn"),
    pytest.param([worn(1, True), skin(5, 38.4)], [FEVER], id="a fever through the skin"),
    pytest.param([worn(1, False), skin(5, 24.0)], [], id="on its charger"),
    pytest.param(
        [worn(1, True), skin(5, 38.4), worn(100, False), skin(120, 24.0)],
        [FEVER],
        id="taken off it proves nothing",
    ),
]


WAITED = [warmth(HOUR + n / 20, 36.6, reported_at=at(20 * n)) for n in range(20)]
"""A thermometer that was out of reach tells at once of an hour ago."""


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param(
            [*WAITED, warmth(HOUR + 2, 39.5, reported_at=at(HOUR + 2))], [FEVER], id="hides none"
        ),
        pytest.param(
            [*WAITED, warmth(HOUR + 2, 34.5, reported_at=at(HOUR + 2))], [LOW], id="nor a cold one"
        ),
        pytest.param(
            [
                warmth(HOUR - 30, 39.5),
                *WAITED,
                warmth(HOUR + 2, 39.5, reported_at=at(HOUR + 2)),
            ],
            [FEVER],
            id="ends none",
        ),
    ],
)
def test_a_good_temperature_that_waited_is_none_of_now(
    story: Sequence[Observation], expected: list[str]
) -> None:
    assert told(found(story)) == expected


@pytest.mark.parametrize(("story", "expected"), [*FEVERS, *COLD])
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(found(story)) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([warmth(5, 37.8)], ["medium"]),
        ([warmth(5, 39.0)], ["medium"]),
        ([warmth(5, 39.1)], ["high"]),
        ([warmth(5, 38.2), warmth(600, 39.4)], ["medium", "high"]),
        ([warmth(5, 37.3), warmth(HOUR, 37.5)], ["medium"]),
        ([warmth(5, 34.9)], ["high"]),
    ],
)
def test_how_bad_it_is(story: Sequence[Observation], expected: list[str]) -> None:
    assert [each.severity.word for each in found(story) if each.state == "raised"] == expected


def test_a_finding_tells_which_limit_and_what_was_not_known() -> None:
    (once,) = found([warmth(5, 38.4)])
    assert dict(once.facts[0].values) == {"celsius": 38.4, "limit": 37.8}
    assert [fact.key for fact in once.missing] == ["fact.vital_single"]
    (high,) = found([warmth(5, 39.4)])
    assert dict(high.facts[0].values) == {"celsius": 39.4, "limit": 39.1}
    (twice,) = found([warmth(5, 37.4), warmth(5 + HOUR, 37.5)])
    assert (twice.since, twice.missing) == (at(5), ())
    assert dict(twice.facts[0].values) == {"celsius": 37.5, "limit": 37.3}
    assert dict(twice.facts[1].values) == {"minutes": 60}
    (low,) = found([warmth(5, 34.4)])
    assert dict(low.facts[0].values) == {"celsius": 34.4, "limit": 35.0}
    assert low.counter[0].key == "fact.temperature_low_disturbed"
    (patch,) = found([worn(1, True), skin(5, 38.4)])
    assert "fact.temperature_skin" in [fact.key for fact in patch.missing]


def test_it_is_noticed_within_five_seconds() -> None:
    engine = Engine([BodyTempAbnormal()])
    assert engine.observe(warmth(5, 38.4)) == []
    assert engine.due(at(5)) == at(10)
    assert told(engine.tick(at(10))) == [FEVER]
    assert engine.due(at(10)) is None


def test_where_two_live_it_may_be_either() -> None:
    make = DETECTORS["body_temp_abnormal"]
    (raised,) = play(lambda: make(home("two_residents")), [warmth(5, 38.4)], 20)
    assert "fact.either_resident" in [fact.key for fact in raised.missing]


def test_stricter_limits_of_this_resident() -> None:
    made = BodyTempAbnormal(limits_with({"temperature_fever": 37.5}))
    assert told(play(lambda: made, [warmth(5, 37.5)], 20)) == [FEVER]


@pytest.mark.parametrize("cut", [4, 5, 9, 10, 60, 61, 65, 130, 1900, 1905])
def test_a_restart_is_invisible(cut: float) -> None:
    story = [warmth(5, 37.4), worn(40, True), skin(60, 33.0), warmth(1900, 37.5)]
    story.append(warmth(1990, 36.8))
    whole = play(BodyTempAbnormal, story, 2010)
    assert told(whole) == [FEVER, WELL]
    assert play_with_restart(BodyTempAbnormal, story, 2010, cut) == whole
