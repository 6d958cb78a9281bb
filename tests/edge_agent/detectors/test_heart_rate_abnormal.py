"""A pulse too fast at rest or too slow at all; stairs, straps and chargers are no illness."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.heart_rate_abnormal import HeartRateAbnormal
from edge_agent.engine import Engine
from tests.stories import HOME_TOML, at, play, play_with_restart, seen, told
from vocabulary.home import read_home
from vocabulary.observation import Kind, Observation, Quality

HIGH, CALM = "high raised", "high cleared"
SLOW, STEADY = "low raised", "low cleared"


def pulse(second: float, rate: object, **also: Any) -> Observation:
    also.setdefault("device", "watch")
    return seen(second, Kind.HEART_RATE, rate, **also)  # type: ignore[arg-type]  # nonsense too


def told_by_watch(second: float, kind: Kind, value: Any, **also: Any) -> Observation:
    return seen(second, kind, value, device="watch", **also)


def steps(second: float, count: float) -> Observation:
    return told_by_watch(second, Kind.STEPS, count)


def worn(second: float, value: bool) -> Observation:
    return told_by_watch(second, Kind.WORN, value)


def each_minute(rate: float, minutes: int, since: float = 0) -> list[Observation]:
    return [pulse(since + 60 * n, rate) for n in range(minutes + 1)]


CRITICAL = [
    pytest.param([pulse(5, 131)], [HIGH], id="131 on a cuff, once"),
    pytest.param([pulse(5, 130)], [], id="130 once is not held yet"),
    pytest.param([pulse(5, 40)], [SLOW], id="40"),
    pytest.param([pulse(5, 41)], [], id="41 once is not held yet"),
    pytest.param([pulse(5, 140), pulse(50, 110)], [HIGH, CALM], id="the repeat is good"),
    pytest.param([pulse(5, 140), pulse(50, 112)], [HIGH], id="the repeat is still high"),
    pytest.param([pulse(5, 140), pulse(50, 45)], [HIGH], id="too slow is no good repeat either"),
    pytest.param([pulse(5, 140)], [HIGH], id="the watch falls silent"),
    pytest.param([pulse(5, 75), pulse(9, 140)], [HIGH], id="of two that contradict the worse"),
    pytest.param([pulse(5, 35), pulse(50, 60)], [SLOW, STEADY], id="a slow one and its repeat"),
    pytest.param([pulse(5, 140), pulse(50, None)], [HIGH], id="unknown is no repeat"),
    pytest.param([pulse(5, 140), pulse(50, 80, is_found=True)], [HIGH], id="a retained repeat"),
    pytest.param(
        [pulse(5, 140, reported_at=at(5)), pulse(50, 80, reported_at=at(2))],
        [HIGH],
        id="a repeat from before it",
    ),
    pytest.param(
        [pulse(5, 140), pulse(50, 80), pulse(90, 140), pulse(130, 80)],
        [HIGH, CALM, HIGH],
        id="swinging in and out does not put the page off for ever",
    ),
]

HELD = [
    pytest.param(each_minute(111, 10), [HIGH], id="111 for ten minutes"),
    pytest.param(each_minute(111, 9), [], id="nine minutes"),
    pytest.param(each_minute(110, 12), [], id="110 is ordinary"),
    pytest.param(each_minute(50, 10), [SLOW], id="50 for ten minutes"),
    pytest.param(each_minute(51, 12), [], id="51 is ordinary"),
    pytest.param(
        [*each_minute(115, 6), pulse(400, 80), *each_minute(115, 6, 460)],
        [],
        id="broken by a good reading",
    ),
    pytest.param([pulse(0, 115), pulse(600, 115)], [HIGH], id="a watch that measures rarely"),
    pytest.param(
        [pulse(0, 115), pulse(1000, 115)], [], id="a quarter of an hour of silence is no hold"
    ),
    pytest.param(
        [pulse(1200 * n, 125) for n in range(3)], [HIGH], id="three in a row every twenty minutes"
    ),
    pytest.param([pulse(1200 * n, 43) for n in range(3)], [SLOW], id="slow all day, seldom taken"),
    pytest.param([pulse(1200 * n, 125) for n in range(2)], [], id="two in a row may be two walks"),
    pytest.param(
        [pulse(0, 125), pulse(1200, 80), pulse(2400, 125), pulse(3600, 125)],
        [],
        id="a good one between begins another row",
    ),
    pytest.param(
        [pulse(0, 125), pulse(1200, 45), pulse(2400, 125)], [], id="too fast and too slow in turn"
    ),
    pytest.param([pulse(3600 * n, 125) for n in range(3)], [HIGH], id="each hour"),
    pytest.param([pulse(3601 * n, 125) for n in range(3)], [], id="more seldom is no row"),
    pytest.param([pulse(0, 115)], [], id="one reading, and silence"),
    pytest.param(
        [*each_minute(120, 10), *each_minute(80, 2, 660)], [HIGH, CALM], id="held, and then good"
    ),
]

MOVING = [
    pytest.param(
        [pulse(0, 90), steps(10, 100), steps(60, 160), pulse(70, 140), pulse(130, 85)],
        [],
        id="the stairs",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 100), steps(60, 160), *each_minute(140, 6, 70)],
        [HIGH],
        id="still racing after five minutes of rest",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 100), steps(60, 160), pulse(70, 140)],
        [HIGH],
        id="one reading after the stairs and silence: in the end it counts",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 100), steps(60, 119), pulse(70, 140)],
        [HIGH],
        id="nineteen steps are an arm that moves",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 9000), steps(60, 3), pulse(70, 140)],
        [HIGH],
        id="the count begins anew at midnight",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 0)]
        + [one for n in range(1, 34) for one in (steps(60 * n, 60 * n), pulse(60 * n + 1, 135))],
        [HIGH],
        id="half an hour of 135 is no exercise",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 0)]
        + [one for n in range(1, 29) for one in (steps(60 * n, 60 * n), pulse(60 * n + 1, 135))]
        + [pulse(1750, 90)],
        [],
        id="twenty-eight minutes may be",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 100), steps(60, 160), pulse(70, 38)],
        [SLOW],
        id="a slow one is never explained by walking",
    ),
    pytest.param(
        [pulse(0, 90), told_by_watch(10, Kind.MOTION, True), pulse(20, 140)],
        [],
        id="the watch sees its wearer move",
    ),
    pytest.param(
        [
            pulse(0, 90),
            told_by_watch(10, Kind.MOTION, True),
            told_by_watch(40, Kind.MOTION, False),
            *each_minute(140, 6, 50),
        ],
        [HIGH],
        id="five minutes after it stopped",
    ),
    pytest.param(
        [pulse(0, 90), seen(10, Kind.MOTION, True, "Hall"), pulse(70, 140)],
        [HIGH],
        id="a room's sensor knows nothing of this pulse",
    ),
    pytest.param(
        [
            pulse(0, 90),
            told_by_watch(5, Kind.ACCELERATION, 9.8),
            told_by_watch(10, Kind.ACCELERATION, 14.0),
            pulse(70, 140),
            pulse(130, 80),
        ],
        [],
        id="shaken",
    ),
    pytest.param(
        [pulse(0, 90), told_by_watch(5, Kind.STEPS, "many"), pulse(70, 140)],
        [HIGH],
        id="steps that are no number",
    ),
]

MOVING_STILL = told_by_watch(10, Kind.MOTION, True)

LOST = [
    pytest.param([pulse(0, 90), MOVING_STILL, *each_minute(125, 53, 20)], [], id="a long walk"),
    pytest.param(
        [pulse(0, 90), MOVING_STILL, *each_minute(125, 61, 20)], [HIGH], id="its end was lost"
    ),
    pytest.param(
        [
            *(pulse(0, 90), MOVING_STILL, told_by_watch(1800, Kind.MOTION, True)),
            *each_minute(125, 61, 20),
        ],
        [],
        id="moving, as it has said since",
    ),
]

STRAP = [
    pytest.param(
        [pulse(2 * n, 75 if n != 5 else 190) for n in range(12)], [], id="a loose strap jumps"
    ),
    pytest.param(
        [pulse(0, 75), worn(5, False), pulse(10, 180), pulse(70, 180)], [], id="on its charger"
    ),
    pytest.param(
        [pulse(0, 75), worn(5, False), worn(60, True), pulse(70, 180)], [HIGH], id="worn again"
    ),
    pytest.param(
        [told_by_watch(0, Kind.WORN, False, is_found=True), pulse(10, 180)],
        [HIGH],
        id="that it lay on its charger was found, and may be last week's word",
    ),
    pytest.param(
        [pulse(0, 140), worn(30, False), pulse(90, 80)],
        [HIGH],
        id="taking it off ends nothing",
    ),
    pytest.param(
        [pulse(0, 90), steps(10, 0), steps(60, 60), pulse(70, 140), worn(90, False)],
        [],
        id="taken off after the stairs",
    ),
    pytest.param([pulse(5, 180, quality=Quality.IMPLAUSIBLE)], [], id="implausible"),
    pytest.param([pulse(5, 180, confidence=0.2)], [], id="hardly sure"),
    pytest.param([pulse(5, True), pulse(6, "fast")], [], id="no number"),
    pytest.param([pulse(5, 180, is_found=True)], [], id="found, of unknown age"),
]


WAITED = [pulse(1830 + n / 20, 72, reported_at=at(20 * n)) for n in range(20)]
"""A watch that was out of reach tells at once of a calm time half an hour ago."""


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param([*WAITED, pulse(1832, 140, reported_at=at(1832))], [HIGH], id="hides none"),
        pytest.param([*WAITED, pulse(1832, 35, reported_at=at(1832))], [SLOW], id="nor a slow one"),
        pytest.param(
            [pulse(1800, 140), *WAITED, pulse(1832, 140, reported_at=at(1832))],
            [HIGH],
            id="ends none",
        ),
        pytest.param(
            [*each_minute(115, 3, 1700), *WAITED, *each_minute(115, 7, 1940)],
            [HIGH],
            id="breaks no ten minutes",
        ),
    ],
)
def test_a_good_pulse_that_waited_is_no_pulse_of_now(
    story: Sequence[Observation], expected: list[str]
) -> None:
    assert told(play(HeartRateAbnormal, story, 2400)) == expected


@pytest.mark.parametrize(("story", "expected"), [*CRITICAL, *HELD, *MOVING, *LOST, *STRAP])
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    until = max(seen.at for seen in story) - at(0)
    findings = play(HeartRateAbnormal, story, until.total_seconds() + 330)
    assert told(findings) == expected


def test_who_walks_with_a_heart_that_hardly_beats_is_not_told_to_rest_first() -> None:
    story = [pulse(0, 90), steps(10, 100), steps(60, 160), pulse(70, 38)]
    (raised,) = play(HeartRateAbnormal, story, 100)
    assert (raised.variant, raised.at) == ("low", at(75))


def test_after_half_an_hour_it_counts_though_the_steps_go_on() -> None:
    story = [pulse(0, 90), steps(10, 0)]
    for n in range(1, 34):
        story += [steps(60 * n, 60 * n), pulse(60 * n + 1, 135)]
    (raised,) = play(HeartRateAbnormal, story, 33 * 60 + 10)
    assert (raised.severity.word, raised.at) == ("critical", at(31 * 60 + 1 + 5))


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param([pulse(5, 131)], ["critical"], id="131"),
        pytest.param([pulse(5, 40)], ["critical"], id="40"),
        pytest.param(each_minute(120, 10), ["high"], id="120 held"),
        pytest.param(
            [*each_minute(120, 10), pulse(660, 140)], ["high", "critical"], id="and then 140"
        ),
    ],
)
def test_how_bad(story: list[Observation], expected: list[str]) -> None:
    findings = play(HeartRateAbnormal, story, 700)
    assert [f.severity.word for f in findings if f.state == "raised"] == expected


def test_a_limit_of_this_resident() -> None:
    limits = "[clinical.limits]\nheart_rate_critical_low = 45\nheart_rate_low = 52\n"
    made = DETECTORS["heart_rate_abnormal"](read_home(HOME_TOML + limits))
    assert told(play(lambda: made, [pulse(5, 45)], 20)) == [SLOW]


def test_known_pacemaker_and_fibrillation_stand_beside_it() -> None:
    made = HeartRateAbnormal(has_pacemaker=True, has_fibrillation=True)
    (raised,) = play(lambda: made, [pulse(5, 38)], 20)
    assert [fact.key for fact in raised.counter] == [
        "fact.pacemaker_known",
        "fact.fibrillation_known",
        "fact.repeat_would_clear",
    ]


def test_three_in_a_row_tell_since_the_first_of_them() -> None:
    (raised,) = play(HeartRateAbnormal, [pulse(1200 * n, 125) for n in range(3)], 2500)
    assert (raised.since, raised.at, raised.severity.word) == (at(0), at(2405), "high")
    assert raised.facts[1].values == (("minutes", 40),)


@pytest.mark.parametrize("cut", [1, 1201, 2399, 2401, 2405, 3000])
def test_a_restart_in_a_row_is_invisible(cut: float) -> None:
    story = [*(pulse(1200 * n, 43) for n in range(4)), pulse(4800, 60)]
    whole = play(HeartRateAbnormal, story, 5000)
    assert play_with_restart(HeartRateAbnormal, story, 5000, cut) == whole
    assert told(whole) == [SLOW, STEADY]


def test_it_says_for_how_long_and_what_it_did_not_know() -> None:
    (raised,) = play(HeartRateAbnormal, each_minute(120, 10), 700)
    assert [fact.key for fact in raised.facts] == ["fact.heart_rate_high", "fact.heart_rate_for"]
    assert [fact.key for fact in raised.missing] == ["fact.heart_rate_rest_unknown"]
    (alone,) = play(HeartRateAbnormal, [pulse(0, 90), steps(5, 100), pulse(90, 140)], 100)
    assert [fact.key for fact in alone.missing] == ["fact.vital_single"]


def test_the_end_of_the_rest_is_due() -> None:
    engine = Engine([HeartRateAbnormal()])
    for each in (pulse(0, 90), steps(10, 100), steps(60, 160), pulse(70, 140)):
        engine.observe(each)
    assert engine.due(at(70)) == at(75)
    assert engine.due(at(75)) == at(360)
    assert engine.due(at(360)) is None


@pytest.mark.parametrize("cut", [4, 61, 71, 75, 200, 359, 360, 361, 400, 480, 485, 700])
def test_a_restart_is_invisible(cut: float) -> None:
    story = [pulse(0, 90), steps(10, 100), steps(60, 160), pulse(70, 140)]
    story += [pulse(430, 80), worn(470, False), pulse(480, 150), worn(500, True)]
    story += each_minute(120, 11, 510)
    whole = play(HeartRateAbnormal, story, 1300)
    assert play_with_restart(HeartRateAbnormal, story, 1300, cut) == whole
