"""Poor air is a mean or a long hold, never a peak; and silence is neither clean nor foul."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from edge_agent.detectors.air_quality_poor import AirQualityPoor
from tests.stories import play, play_with_restart, seen, told
from vocabulary.finding import Finding
from vocabulary.observation import Kind, Observation, Quality, Value
from vocabulary.risk import Severity

M, H = 60.0, 3600.0
DUSTY, STALE, DAMP = ["pm25 raised"], ["co2_stale raised"], ["damp raised"]


def each(
    minutes: float, kind: Kind, value: Value, since: float, until: float, **also: Any
) -> list[Observation]:
    """A reading every so many minutes, from one minute to before another."""
    count = int((until - since) / minutes)
    return [seen((since + minutes * n) * M, kind, value, **also) for n in range(count)]


def dust(*stretches: tuple[float, float, float], **also: Any) -> list[Observation]:
    """µg/m³, from minute, to minute."""
    return [s for v, a, b in stretches for s in each(5, Kind.PM25, v, a, b, **also)]


def co2(*stretches: tuple[float, float, float], **also: Any) -> list[Observation]:
    return [s for v, a, b in stretches for s in each(5, Kind.CO2, v, a, b, **also)]


def damp(*stretches: tuple[float, float, float], **also: Any) -> list[Observation]:
    return [s for v, a, b in stretches for s in each(30, Kind.HUMIDITY, v, a, b, **also)]


def found(story: Iterable[Observation], minutes: float) -> list[Finding]:
    return play(AirQualityPoor, story, minutes * M, every=30.0)


@pytest.mark.parametrize(
    ("story", "until", "expected"),
    [
        pytest.param(dust((75.0, 0, 61)), 60, DUSTY, id="75 µg/m³ for an hour"),
        pytest.param(dust((74.9, 0, 90)), 90, [], id="just below"),
        pytest.param(dust((75.0, 0, 61)), 44, [], id="known for 44 minutes only"),
        pytest.param(dust((75.0, 0, 61)), 45, DUSTY, id="for three quarters of an hour"),
        pytest.param(dust((8.0, 0, 60), (300.0, 60, 70), (8.0, 70, 150)), 150, [], id="frying"),
        pytest.param(dust((8.0, 0, 60), (60.0, 60, 90), (8.0, 90, 180)), 180, [], id="hoovering"),
        pytest.param(
            dust((80.0, 0, 60), (8.0, 60, 130)), 130, [*DUSTY, "pm25 cleared"], id="aired"
        ),
        pytest.param(
            dust((76.0, 0, 60), (74.0, 60, 65), (76.0, 65, 120)), 120, DUSTY, id="does not flap"
        ),
        pytest.param(dust((75.0, 0, 61), guards="stove"), 90, [], id="in the cooker hood"),
        pytest.param(dust((75.0, 0, 61), room="Garden"), 90, [], id="smoke outside"),
        pytest.param(co2((1500.0, 0, 65)), 60, STALE, id="1,500 ppm for an hour"),
        pytest.param(co2((1500.0, 0, 65)), 59, [], id="a minute less"),
        pytest.param(co2((1499.0, 0, 300)), 300, [], id="1,499 ppm all night"),
        pytest.param(
            co2((1600.0, 0, 40), (1300.0, 40, 50), (1600.0, 50, 100)), 100, [], id="aired between"
        ),
        pytest.param(
            co2((1600.0, 0, 40), (1400.0, 40, 50), (1600.0, 50, 70)), 69, [],
            id="what lies between does not count",
        ),
        pytest.param(
            co2((1600.0, 0, 40), (1400.0, 40, 50), (1600.0, 50, 75)), 70, STALE,
            id="nor does it end the hold",
        ),
        pytest.param(
            co2((1600.0, 0, 65), (900.0, 65, 70)), 70, [*STALE, "co2_stale cleared"], id="aired"
        ),
        pytest.param(damp((71.0, 0, 1441)), 1440, DAMP, id="damp for a day"),
        pytest.param(damp((71.0, 0, 1441)), 1439, [], id="a minute less"),
        pytest.param(damp((70.0, 0, 1600)), 1600, [], id="70 % is not above 70 %"),
        pytest.param(
            damp((90.0, 0, 60), (55.0, 60, 720), (90.0, 720, 780), (55.0, 780, 1600)), 1600, [],
            id="showers",
        ),
        pytest.param(damp((90.0, 0, 1600), guards="shower"), 1600, [], id="in the shower"),
    ],
)  # fmt: skip
def test_air(story: list[Observation], until: float, expected: list[str]) -> None:
    assert told(found(story, until)) == expected


def test_a_day_above_15_is_told_to_the_hour() -> None:
    story = dust((16.0, 0, 26 * 60))
    (raised,) = found(story, 26 * 60)
    assert raised.at == story[0].at.replace(hour=3, day=3), "18 of 24 hours are known"
    assert raised.facts[0].key == "fact.dust_day"
    assert found(dust((15.0, 0, 26 * 60)), 26 * 60) == []


@pytest.mark.parametrize("story", [co2((1600.0, 0, 50)), dust((90.0, 0, 35))], ids=["CO2", "dust"])
def test_a_sensor_that_falls_silent_counts_as_nothing(story: list[Observation]) -> None:
    heard_for = 50 if story[0].kind is Kind.CO2 else 35
    within = found(story, heard_for - 1)
    after = found(story, 600)
    assert within == []
    assert len(after) <= 1, "one reading stands for half an hour, no longer"
    silent = co2((1600.0, 0, 25)) if story[0].kind is Kind.CO2 else dust((90.0, 0, 10))
    assert found(silent, 600) == []


def test_a_sensor_that_falls_silent_ends_nothing() -> None:
    assert told(found(co2((1600.0, 0, 65)), 3000)) == STALE
    assert told(found(dust((90.0, 0, 65)), 3000)) == DUSTY
    late = [*dust((90.0, 0, 65)), seen(2000 * M, Kind.PM25, 90.0)]
    assert told(found(late, 2010)) == DUSTY


@pytest.mark.parametrize(
    "also",
    [
        pytest.param({"is_found": True}, id="found retained"),
        pytest.param({"quality": Quality.STALE}, id="stale"),
        pytest.param({"quality": Quality.IMPLAUSIBLE}, id="implausible"),
    ],
)
def test_what_does_not_speak_of_now_counts_as_nothing(also: dict[str, Any]) -> None:
    assert found(co2((1600.0, 0, 120), **also), 120) == []
    aired = seen(70 * M, Kind.CO2, 400.0, **also)
    assert told(found([*co2((1600.0, 0, 65)), aired], 90)) == STALE


@pytest.mark.parametrize("value", [None, "high", True], ids=["unknown", "a word", "a claim"])
def test_nonsense_is_no_reading(value: Value) -> None:
    assert found(each(5, Kind.PM25, value, 0, 120), 120) == []


@pytest.mark.parametrize("cut", [1, 10, 30, 44.5, 59, 61, 75])
@pytest.mark.parametrize(
    "story",
    [
        dust((90.0, 0, 60), (8.0, 60, 100)),
        co2((1600.0, 0, 70), (900.0, 70, 75)),
    ],
    ids=["dust", "CO2"],
)
def test_a_restart_is_invisible(story: Sequence[Observation], cut: float) -> None:
    whole = play(AirQualityPoor, story, 110 * M, every=30.0)
    split = play_with_restart(AirQualityPoor, story, 110 * M, cut * M, every=30.0)
    assert len(whole) == 2
    assert split == whole


@pytest.mark.parametrize("cut", [12, 23.5, 25, 30])
@pytest.mark.parametrize(
    "story", [damp((71.0, 0, 32 * 60)), dust((16.0, 0, 32 * 60))], ids=["damp", "dust"]
)
def test_a_restart_within_a_day_is_invisible(story: Sequence[Observation], cut: float) -> None:
    whole = play(AirQualityPoor, story, 32 * H, every=300.0)
    split = play_with_restart(AirQualityPoor, story, 32 * H, cut * H, every=300.0)
    assert len(whole) == 1
    assert split == whole


def test_it_explains_itself() -> None:
    pan = seen(0, Kind.POWER, 1200.0, "Kitchen", guards="stove")
    (dusty,) = found([pan, *dust((90.0, 0, 50))], 46)
    assert dusty.severity is Severity.LOW
    assert [fact.key for fact in dusty.facts] == ["fact.dust_hour"]
    assert dusty.facts[0].values == (("value", 90.0), ("limit", 75))
    assert [fact.key for fact in dusty.counter] == ["fact.stove_was_on", "fact.dust_would_clear"]
    assert dusty.missing
    window = seen(0, Kind.OPEN, True, guards="window")
    shut = seen(1, Kind.OPEN, False, "Kitchen", guards="window")
    (stale,) = found([window, shut, *co2((1700.0, 0, 65))], 61)
    assert [fact.key for fact in stale.counter] == ["fact.window_open", "fact.air_would_clear"]


def test_it_knows_when_its_answer_changes() -> None:
    detector = AirQualityPoor()
    now = seen(0, Kind.CO2, 1600.0)
    assert detector.due(now.at) is None
    detector.observe(now)
    assert detector.due(now.at) is None, "one reading alone does not last an hour"
    for each_reading in co2((1600.0, 5, 45)):
        detector.observe(each_reading)
    due = detector.due(each_reading.at)
    assert due is not None
    assert (due - now.at).total_seconds() == 3600
