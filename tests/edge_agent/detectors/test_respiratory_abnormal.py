"""Too little oxygen, or a breath too slow or too fast: a stream by its median, a clip by itself."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.respiratory_abnormal import RespiratoryAbnormal
from edge_agent.engine import Engine
from tests.stories import HOME_TOML, at, play, play_with_restart, seen, told
from vocabulary.home import read_home
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.risk import Severity
from vocabulary.vitals import limits_with

LOW, WELL = "spo2_low raised", "spo2_low cleared"
BREATH, CALM = "resp_rate raised", "resp_rate cleared"


def oxygen(second: float, percent: object, **also: Any) -> Observation:
    also.setdefault("device", "clip")
    return seen(second, Kind.SPO2, percent, "Bedroom", **also)  # type: ignore[arg-type]  # nonsense too


def breath(second: float, rate: float, **also: Any) -> Observation:
    return seen(second, Kind.RESPIRATION_RATE, rate, "Bedroom", device="radar", **also)


def stream(since: float, *percents: float, every: float = 2) -> list[Observation]:
    return [oxygen(since + every * n, percent) for n, percent in enumerate(percents)]


def severities(story: Sequence[Observation], until: float = 400, **limits: Any) -> list[str]:
    made = RespiratoryAbnormal(limits_with({}, **limits))
    return [f.severity.word for f in play(lambda: made, story, until) if f.state == "raised"]


CLIP = [
    pytest.param([oxygen(5, 91)], [LOW], id="one reading of 91 % and no other"),
    pytest.param([oxygen(5, 93)], [LOW], id="93 %"),
    pytest.param([oxygen(5, 94)], [], id="94 % is watched: shown, nobody is called"),
    pytest.param([oxygen(5, 88), oxygen(40, 96)], [LOW, WELL], id="the repeat is good"),
    pytest.param([oxygen(5, 88), oxygen(40, 94)], [LOW, WELL], id="the repeat is 94 %"),
    pytest.param([oxygen(5, 88), oxygen(40, 93)], [LOW], id="the repeat is 93 %"),
    pytest.param([oxygen(5, 88), oxygen(40, 87)], [LOW], id="the repeat is no better"),
    pytest.param([oxygen(5, 88)], [LOW], id="the clip falls silent"),
    pytest.param([oxygen(5, 88), oxygen(40, None)], [LOW], id="unknown is no repeat"),
    pytest.param(
        [oxygen(5, 88), oxygen(40, 97, quality=Quality.STALE)], [LOW], id="a stale repeat"
    ),
    pytest.param([oxygen(5, 88), oxygen(40, 97, is_found=True)], [LOW], id="a retained repeat"),
    pytest.param(
        [oxygen(5, 88), oxygen(90, 97, reported_at=at(2))], [LOW], id="a repeat that is late"
    ),
    pytest.param(
        [oxygen(5, 88, reported_at=at(5)), oxygen(40, 97, reported_at=at(2))],
        [LOW],
        id="a repeat from before it",
    ),
    pytest.param([oxygen(5, 97), oxygen(9, 88)], [LOW], id="of two that contradict the worse"),
    pytest.param([oxygen(5, 97), oxygen(16, 88)], [LOW], id="ten seconds on it is another"),
    pytest.param(
        [oxygen(5, 88), oxygen(40, 97), oxygen(80, 88), oxygen(120, 97)],
        [LOW, WELL, LOW],
        id="back within a quarter of an hour: one good reading is no longer enough",
    ),
    pytest.param(
        [oxygen(5, 88), oxygen(40, 97), oxygen(80, 88)]
        + [oxygen(120 + 60 * n, 97) for n in range(6)],
        [LOW, WELL, LOW, WELL],
        id="five good minutes end it then",
    ),
]

STREAM = [
    pytest.param(stream(5, 90, 90, 90), [LOW], id="three low samples"),
    pytest.param(stream(5, 97, 80, 97, 96, 97), [], id="one wild sample"),
    pytest.param(stream(5, 97, 97, 97, *[88] * 8), [LOW], id="more low than good"),
    pytest.param(stream(5, 97, 98, 97, 88, 87), [], id="cold fingers for a moment"),
    pytest.param(
        [*stream(5, 88, 88, 88, 88), *stream(13, *[97] * 12)], [LOW, WELL], id="it recovers"
    ),
    pytest.param(
        [oxygen(5 + n, 70, confidence=0.3) for n in range(6)],
        [],
        id="the device itself is hardly sure",
    ),
    pytest.param(
        [oxygen(5 + n, 80, quality=Quality.IMPLAUSIBLE) for n in range(6)], [], id="implausible"
    ),
    pytest.param([oxygen(5, "low"), oxygen(6, True), oxygen(7, None)], [], id="no number"),
    pytest.param([oxygen(5, 85, is_found=True)], [], id="found at start, of unknown age"),
    pytest.param(
        [oxygen(1800, 85, is_found=True, reported_at=at(0))], [LOW], id="found, half an hour old"
    ),
    pytest.param(
        [oxygen(3700, 85, is_found=True, reported_at=at(0))], [], id="found, over an hour old"
    ),
    pytest.param(
        [oxygen(5, 88, device="one"), oxygen(9, 97, device="two")],
        [LOW],
        id="another device's good reading is not this one's",
    ),
]

RATE = [
    pytest.param([breath(5, 21)], [BREATH], id="21 breaths"),
    pytest.param([breath(5, 20)], [], id="20 breaths"),
    pytest.param([breath(5, 8)], [BREATH], id="8 breaths"),
    pytest.param([breath(5, 9)], [], id="9 breaths"),
    pytest.param([breath(5, 8), breath(40, 9)], [BREATH], id="9 after 8 is not over"),
    pytest.param([breath(5, 8), breath(40, 10)], [BREATH, CALM], id="10 after 8 is over"),
    pytest.param([breath(5, 30), breath(40, 18)], [BREATH, CALM], id="calm again"),
]


@pytest.mark.parametrize(("story", "expected"), [*CLIP, *STREAM, *RATE])
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    until = max(seen.at for seen in story) - at(0)
    findings = play(RespiratoryAbnormal, story, until.total_seconds() + 30)
    assert told(findings) == expected


@pytest.mark.parametrize(
    ("percent", "scale", "expected"),
    [
        (91, 1, ["critical"]),
        (92, 1, ["high"]),
        (83, 2, ["critical"]),
        (84, 2, ["high"]),
        (85, 2, ["high"]),
        (86, 2, []),
        (88, 2, []),
    ],
)
def test_how_bad_by_the_scale_a_doctor_set(percent: int, scale: int, expected: list[str]) -> None:
    assert severities([oxygen(5, percent)], spo2_scale=scale) == expected


@pytest.mark.parametrize(("rate", "expected"), [(25, ["critical"]), (24, ["high"])])
def test_how_bad_a_fast_breath_is(rate: int, expected: list[str]) -> None:
    assert severities([breath(5, rate)]) == expected


def test_of_two_bad_readings_the_worse_says_how_bad() -> None:
    assert severities([oxygen(5, 92), oxygen(9, 85)], until=20) == ["critical"]
    assert severities([oxygen(5, 85), oxygen(9, 92)], until=20) == ["critical"]


def test_it_grows_worse_and_is_raised_again() -> None:
    assert severities([oxygen(5, 92), oxygen(60, 85)]) == ["high", "critical"]


def test_a_stricter_limit_of_this_resident() -> None:
    limits = "[clinical.limits]\nspo2_low = 94\n"
    made = DETECTORS["respiratory_abnormal"](read_home(HOME_TOML + limits))
    assert told(play(lambda: made, [oxygen(5, 94)], 20)) == [LOW]


def test_a_single_reading_is_noticed_within_five_seconds() -> None:
    (raised,) = play(RespiratoryAbnormal, [oxygen(5, 88)], 20)
    assert (raised.at, raised.since) == (at(10), at(5))
    assert [fact.key for fact in raised.missing] == ["fact.vital_single"]
    engine = Engine([RespiratoryAbnormal()])
    engine.observe(oxygen(5, 88))
    assert engine.due(at(5)) == at(10)
    assert engine.due(at(10)) is None


def test_a_flag_alone_is_told_and_switches_nothing() -> None:
    made = RespiratoryAbnormal(is_scale_2_noted=True)
    (raised,) = play(lambda: made, [oxygen(5, 89)], 20)
    assert raised.severity is Severity.CRITICAL
    assert "fact.scale_2_not_set" in [fact.key for fact in raised.counter]
    set_by_doctor = RespiratoryAbnormal(limits_with({}, 2), is_scale_2_noted=True)
    (raised,) = play(lambda: set_by_doctor, [oxygen(5, 80)], 20)
    assert [fact.key for fact in raised.facts] == ["fact.spo2_low", "fact.spo2_scale_2"]
    assert "fact.scale_2_not_set" not in [fact.key for fact in raised.counter]


def test_each_side_of_the_breath_says_which() -> None:
    for rate, key in ((7, "fact.respiration_slow"), (28, "fact.respiration_fast")):
        (raised,) = play(RespiratoryAbnormal, [breath(5, rate)], 20)
        assert raised.facts[0].key == key


def test_a_reading_that_waited_says_how_old_it_is() -> None:
    (waited,) = play(RespiratoryAbnormal, [oxygen(60, 88, reported_at=at(20))], 70)
    assert waited.late_by_seconds == 40.0


WAITED = [oxygen(30 + n / 20, 97, reported_at=at(20 * n - 600)) for n in range(20)]
"""A clip that was out of reach tells at once of ten good minutes, ten minutes ago."""
NOW = oxygen(32, 84, reported_at=at(32))


@pytest.mark.parametrize(
    "story",
    [
        pytest.param([*WAITED, NOW], id="they hide nothing"),
        pytest.param([oxygen(0, 84, reported_at=at(0)), *WAITED, NOW], id="they end nothing"),
        pytest.param(
            [
                oxygen(0, 84, reported_at=at(0)),
                *[oxygen(30 + n, 97, reported_at=at(n - 20)) for n in range(3)],
                oxygen(33, 84, reported_at=at(33)),
            ],
            id="nor do those of half a minute before it",
        ),
    ],
)
def test_good_readings_that_waited_are_no_readings_of_now(story: Sequence[Observation]) -> None:
    (raised,) = play(RespiratoryAbnormal, story, 120)
    assert (raised.state, raised.severity) == ("raised", Severity.CRITICAL)


def test_bad_readings_that_waited_are_told_until_a_good_one_of_now() -> None:
    story = [oxygen(30 + n / 20, 84, reported_at=at(20 * n - 600)) for n in range(20)]
    assert told(play(RespiratoryAbnormal, story, 120)) == [LOW]
    story += [oxygen(92, 97, reported_at=at(92))]
    assert told(play(RespiratoryAbnormal, story, 120)) == [LOW, WELL]


@pytest.mark.parametrize("cut", [4, 5, 7, 10, 11, 40, 44, 80, 85, 120, 300, 424])
def test_a_restart_is_invisible(cut: float) -> None:
    story = [oxygen(5, 88), oxygen(40, 97), oxygen(80, 88)]
    story += [oxygen(120 + 60 * n, 97) for n in range(6)]
    whole = play(RespiratoryAbnormal, story, 500)
    assert play_with_restart(RespiratoryAbnormal, story, 500, cut) == whole
