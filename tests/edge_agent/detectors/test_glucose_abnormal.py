"""Too little sugar, soon too little, too much; the sensor that is lain on, the sticky finger."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.glucose_abnormal import GlucoseAbnormal
from edge_agent.engine import Engine
from tests.stories import at, home, play, play_with_restart, seen, told
from vocabulary.finding import Finding
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.vitals import limits_with

HYPO, UP = "hypo raised", "hypo cleared"
HYPER, DOWN = "hyper raised", "hyper cleared"
MINUTE, HOUR = 60, 3600


def sugar(second: float, mmol: object, **also: Any) -> Observation:
    also.setdefault("device", "meter")
    return seen(second, Kind.GLUCOSE, mmol, "Kitchen", **also)  # type: ignore[arg-type]  # nonsense too


def sensor(*values: float, every: float = 5, lead: float = 6.0) -> list[Observation]:
    """Under the skin: one hour at `lead`, then these, one each so many minutes."""
    count = int(60 / every)
    told_so_far = [*[lead] * count, *values]
    return [
        sugar(n * every * MINUTE, value, device="sensor") for n, value in enumerate(told_so_far)
    ]


def found(story: Sequence[Observation], rest: float = 0) -> list[Finding]:
    """Told each reading, asked at each deadline; `rest`: minutes of silence afterwards."""
    engine, findings = Engine([GlucoseAbnormal()]), list[Finding]()
    ordered = sorted(story, key=lambda each: each.at)
    for n, each in enumerate(ordered):
        findings += engine.observe(each)
        last = each.at if n + 1 == len(ordered) else ordered[n + 1].at
        end = at((last - at(0)).total_seconds() + (rest * MINUTE if n + 1 == len(ordered) else 0))
        while (due := engine.due(each.at)) is not None and due <= end:
            findings += engine.tick(due)
            if engine.due(due) is None:
                break
    return findings


SPOT = [
    pytest.param([sugar(5, 3.8)], [HYPO], id="3.8"),
    pytest.param([sugar(5, 3.9)], [], id="3.9"),
    pytest.param([sugar(5, 3.886)], [], id="70 mg/dL are 3.9"),
    pytest.param([sugar(5, 3.83)], [HYPO], id="69 mg/dL are not"),
    pytest.param([sugar(5, 3.4), sugar(905, 3.9)], [HYPO, UP], id="juice, and up"),
    pytest.param([sugar(5, 3.4), sugar(905, 3.6)], [HYPO], id="juice, and hardly up"),
    pytest.param([sugar(5, 3.4)], [HYPO], id="nobody measures again"),
    pytest.param([sugar(5, 3.4), sugar(905, None)], [HYPO], id="unknown is no repeat"),
    pytest.param(
        [sugar(5, 3.4), sugar(905, 6.0, quality=Quality.STALE)], [HYPO], id="a stale repeat"
    ),
    pytest.param([sugar(5, 3.4), sugar(905, 6.0, is_found=True)], [HYPO], id="a retained repeat"),
    pytest.param(
        [sugar(5, 3.4), sugar(905, 6.0, reported_at=at(1))], [HYPO], id="a repeat from before it"
    ),
    pytest.param([sugar(5, 3.4), sugar(905, 6.0, device="other")], [HYPO], id="another meter's"),
    pytest.param([sugar(5, 0.1, quality=Quality.IMPLAUSIBLE)], [], id="implausible"),
    pytest.param([sugar(5, "low"), sugar(6, True)], [], id="no number"),
    pytest.param([sugar(5, 3.0, is_found=True)], [], id="found at start, of unknown age"),
    pytest.param(
        [sugar(1800, 3.0, is_found=True, reported_at=at(0))], [HYPO], id="found, half an hour old"
    ),
    pytest.param(
        [sugar(n * 20 * MINUTE, 7.0 - n * 0.7) for n in range(5)],
        [],
        id="a meter never forecasts: five drops of blood, falling, to 4.2",
    ),
    pytest.param([sugar(5, 6.5), sugar(120, 3.5)], [HYPO], id="the washed finger is low"),
    pytest.param([sugar(5, 17.0), sugar(120, 8.0)], [HYPER, DOWN], id="a sticky finger"),
    pytest.param([sugar(5, 16.8)], [HYPER], id="16.8"),
    pytest.param([sugar(5, 16.7)], [], id="16.7"),
    pytest.param([sugar(5, 17.0), sugar(120, 15.0)], [HYPER], id="15 is not well again"),
    pytest.param([sugar(5, 14.0), sugar(5 + HOUR, 14.0)], [HYPER], id="14 twice an hour apart"),
    pytest.param([sugar(5, 14.0), sugar(4 + HOUR, 14.0)], [], id="a second too soon"),
    pytest.param([sugar(5, 13.9), sugar(5 + HOUR, 13.9)], [], id="13.9 twice"),
    pytest.param(
        [sugar(5, 14.0), sugar(5 + HOUR, 9.0), sugar(5 + 2 * HOUR, 14.0)], [], id="well in between"
    ),
    pytest.param(
        [sugar(5, 14.0), sugar(5 + HOUR, 9.0, is_found=True), sugar(5 + 2 * HOUR, 14.0)],
        [HYPER],
        id="what was merely found does not come in between",
    ),
    pytest.param([sugar(5, 14.0), sugar(5 + 12 * HOUR, 14.5)], [HYPER], id="evening and morning"),
    pytest.param([sugar(5, 14.0), sugar(6 + 12 * HOUR, 14.5)], [], id="on two evenings"),
]

UNDER_THE_SKIN = [
    pytest.param(sensor(6, 5.6, 5.2, 4.8), [HYPO], id="on its way down: asked before it is there"),
    pytest.param(sensor(6, 5.9, 5.8, 5.7), [], id="slowly down"),
    pytest.param(sensor(6, 5.6, 5.2, 4.8, 4.9, 5.4, 5.9, 6.2), [HYPO, UP], id="juice turns it"),
    pytest.param(
        sensor(6, 5.6, 5.2, 4.8, 4.2, 3.8), [HYPO, HYPO], id="asked first, and then it is there"
    ),
    pytest.param(sensor(3.4, 3.5, 5.8), [], id="lain on for ten minutes"),
    pytest.param(sensor(3.4, 3.4, 3.4, 3.4), [HYPO], id="so for a quarter of an hour"),
    pytest.param(sensor(3.4, 3.4, 3.4, 5.9), [HYPO, UP], id="to the minute"),
    pytest.param(sensor(2.9), [HYPO], id="below 3.0 nothing waits"),
    pytest.param(sensor(3.4, 2.9), [HYPO], id="it does not wait on its way to below 3.0"),
    pytest.param(sensor(3.8, lead=4.7), [HYPO], id="a step that sugar can take"),
    pytest.param(sensor(6, 5.6, 5.2, 4.8, 3.3), [HYPO, HYPO], id="it was on its way: no waiting"),
    pytest.param(sensor(*[3.8, 4.0] * 4, lead=4.2), [HYPO], id="it wavers about the limit"),
    pytest.param(sensor(3.8, 4.0, 4.2, 4.4, lead=4.4), [HYPO, UP], id="surely up"),
    pytest.param(
        sensor(*[6 - 0.1 * n for n in range(1, 13)], every=1), [HYPO], id="a sensor of the minute"
    ),
    pytest.param(sensor(5.3, 4.6, every=15), [HYPO], id="a sensor of the quarter of an hour"),
    pytest.param(sensor(5.3, 4.6, every=16), [], id="too seldom for a forecast"),
    pytest.param(
        sensor(6, 5.6, 5.2, 4.8)[6:], [], id="a new sensor warms up: no forecast in its first hour"
    ),
    pytest.param(sensor(*[14.2] * 13), [HYPER], id="above 13.9 for an hour"),
    pytest.param(sensor(*[14.2] * 12), [], id="not quite"),
]


@pytest.mark.parametrize(("story", "expected"), [*SPOT, *UNDER_THE_SKIN])
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(found(story)) == expected


def test_a_sensor_that_falls_silent_after_a_sudden_fall_is_believed() -> None:
    (raised,) = found(sensor(3.4), rest=20)
    assert (raised.severity.word, raised.since) == ("high", at(HOUR))
    assert raised.at == at(75 * MINUTE)
    assert told(found(sensor(3.4), rest=14)) == []


def test_what_was_merely_found_brings_no_sudden_fall_up_again() -> None:
    story = [*sensor(3.4), sugar(HOUR + 120, 6.0, device="sensor", is_found=True)]
    retained = replace(story[-1], reported_at=at(HOUR))
    assert told(found(story, rest=20)) == [HYPO]
    assert told(found([*story[:-1], retained], rest=20)) == [HYPO]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([sugar(5, 3.0)], ["high"]),
        ([sugar(5, 2.9)], ["critical"]),
        ([sugar(5, 3.5), sugar(600, 2.8)], ["high", "critical"]),
        (sensor(6, 5.6, 5.2, 4.8, 4.2, 3.8, 2.9), ["medium", "high", "critical"]),
        ([sugar(5, 14.5), sugar(HOUR + 5, 14.5)], ["medium"]),
        ([sugar(5, 14.5), sugar(HOUR + 5, 17.5)], ["high"]),
    ],
)
def test_how_bad_it_is(story: Sequence[Observation], expected: list[str]) -> None:
    assert [each.severity.word for each in found(story) if each.state == "raised"] == expected


def test_a_forecast_says_that_it_is_one() -> None:
    (soon,) = found(sensor(6, 5.6, 5.2, 4.8))
    (fact,) = soon.facts
    assert fact.key == "fact.glucose_falling"
    assert dict(fact.values) == {"mmol": 4.8, "forecast": 3.2, "minutes": 20}
    assert [each.key for each in soon.missing] == ["fact.glucose_not_measured_low"]


def test_a_finding_tells_which_limit_and_what_was_not_known() -> None:
    (low,) = found([sugar(5, 2.8)])
    assert dict(low.facts[0].values) == {"mmol": 2.8, "limit": 3.0}
    assert [fact.key for fact in low.missing] == ["fact.vital_single"]
    assert [fact.key for fact in low.counter] == [
        "fact.glucose_hypo_disturbed",
        "fact.repeat_would_clear",
    ]
    (high,) = found([sugar(5, 18.0)])
    assert dict(high.facts[0].values) == {"mmol": 18.0, "limit": 16.7}
    (twice,) = found([sugar(5, 14.5), sugar(HOUR + 65, 15.0)])
    assert [dict(fact.values) for fact in twice.facts] == [
        {"mmol": 15.0, "limit": 13.9},
        {"minutes": 61},
    ]
    assert twice.since == at(5)


def test_where_two_live_it_may_be_either() -> None:
    make = DETECTORS["glucose_abnormal"]
    (raised,) = play(lambda: make(home("two_residents")), [sugar(5, 3.4)], 20)
    assert "fact.either_resident" in [fact.key for fact in raised.missing]


def test_a_stricter_limit_of_this_resident() -> None:
    made = GlucoseAbnormal(limits_with({"glucose_low": 4.5}))
    assert told(play(lambda: made, [sugar(5, 4.4)], 20)) == [HYPO]


def test_it_wakes_for_what_waits_and_for_nothing_else() -> None:
    engine = Engine([GlucoseAbnormal()])
    for each in sensor(3.4):
        engine.observe(each)
    assert engine.due(at(HOUR)) == at(75 * MINUTE)
    assert engine.due(at(75 * MINUTE)) is None


@pytest.mark.parametrize("cut", [0, 3000, 3600, 3700, 4200, 4499, 4500, 4501, 5100, 5400, 6000])
def test_a_restart_is_invisible(cut: float) -> None:
    story = sensor(3.4, 3.4, 3.5, 3.5, 4.1, 5.0, 6.0, 2.8, 14.5)
    whole = play(GlucoseAbnormal, story, 6200)
    assert told(whole) == [HYPO, UP, HYPO]
    assert play_with_restart(GlucoseAbnormal, story, 6200, cut) == whole
