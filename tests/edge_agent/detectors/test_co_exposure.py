"""Carbon monoxide: the alarm, the bands of the standard beside it, and the mean of a day."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from edge_agent.detectors.co_exposure import CoExposure
from edge_agent.engine import Engine
from tests.stories import at, play, play_with_restart, seen, told
from vocabulary.finding import Finding
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.risk import Severity

DEVICE = "detector"
RAISED, CLEARED = "acute raised", "acute cleared"
LOW, OVER = "chronic_low raised", "chronic_low cleared"
MINUTE, HOUR = 60, 3600


def alarm(second: float, value: bool | None = True, **also: Any) -> Observation:
    also.setdefault("device", DEVICE)
    return seen(second, Kind.CARBON_MONOXIDE, value, "Bedroom", **also)


def air(second: float, ppm: Any, **also: Any) -> Observation:
    also.setdefault("device", DEVICE)
    return seen(second, Kind.CO, ppm, "Bedroom", **also)


def button(second: float, value: bool) -> Observation:
    return seen(second, Kind.DEVICE_TEST, value, "Bedroom", device=DEVICE)


def steady(ppm: float, minutes: float, since: float = 0, every: float = 60) -> list[Observation]:
    """Told again every minute, unless `every` says so."""
    return [air(since + n * every, ppm) for n in range(int(minutes * MINUTE / every) + 1)]


CONTACT = [
    pytest.param([alarm(5)], [RAISED], id="the contact holds for two seconds"),
    pytest.param([alarm(5), alarm(6.5, False)], [], id="a blip of one and a half seconds"),
    pytest.param([alarm(5), alarm(60, False)], [RAISED, CLEARED], id="it has been aired"),
    pytest.param(
        [alarm(5), alarm(20, False), alarm(25), alarm(60, False)],
        [RAISED, CLEARED],
        id="a flapping contact is one episode",
    ),
    pytest.param([alarm(5), alarm(20, None)], [RAISED], id="unknown is no clear"),
    pytest.param([alarm(5), alarm(20, False, is_found=True)], [RAISED], id="a retained clear"),
    pytest.param([alarm(5, is_found=True)], [RAISED], id="found sounding"),
    pytest.param([alarm(5), button(6, True), alarm(12, False)], [], id="the test button"),
    pytest.param([button(5, True), alarm(6)], [RAISED], id="it outlasts its test"),
]


@pytest.mark.parametrize(("story", "expected"), CONTACT)
def test_the_alarm(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(play(CoExposure, story, 120)) == expected


BANDS = [
    pytest.param(steady(300, 3), 139, id="300 ppm: within three minutes"),
    pytest.param(steady(1000, 3), 38, id="1,000 ppm: within one"),
    pytest.param(steady(100, 12), 600, id="100 ppm: at ten minutes"),
    pytest.param(steady(99, 12), 611, id="99 ppm: not at ten minutes yet"),
    pytest.param(steady(50, 61), 3600, id="50 ppm: at an hour"),
    pytest.param([air(0, 50.0)], 3600, id="50 ppm, told once: it changes no more"),
    pytest.param(steady(49, 61), 4000, id="49 ppm: not at an hour yet"),
    pytest.param(steady(30, 120), None, id="30 ppm: never within two hours"),
    pytest.param([*steady(100, 9), air(550, 20.0)], None, id="aired after nine minutes"),
    pytest.param([air(0, 400.0), air(30, 0.0)], None, id="a spray's spike of half a minute"),
    pytest.param([air(0, 60.0), air(1200, 200.0)], 1275, id="a little first, then much"),
    pytest.param([air(0, 100.0), air(300, 0.0, is_found=True)], 600, id="found clean is no airing"),
    pytest.param(
        [air(0, 100.0), air(300, 0.0, reported_at=at(100))], 600, id="so is a reading of before"
    ),
    pytest.param([air(0, 100.0, is_found=True)], 600, id="found at 100 ppm"),
    pytest.param(
        [air(0, 100.0), air(60, None), air(61, "high"), air(62, True)], 600, id="no number at all"
    ),
    pytest.param([air(0, 9000, quality=Quality.IMPLAUSIBLE)], None, id="implausible"),
]


@pytest.mark.parametrize(("story", "second"), BANDS)
def test_the_bands(story: Sequence[Observation], second: int | None) -> None:
    findings = play(CoExposure, story, 2 * HOUR if second is None else second + 30)
    assert told(findings) == ([] if second is None else [RAISED])
    assert [finding.at for finding in findings] == ([] if second is None else [at(second)])


def test_a_sensor_that_falls_silent_for_good_adds_nothing() -> None:
    assert play(CoExposure, [air(0, 49.0)], 5 * HOUR, every=60) == []


def test_good_air_ends_it_and_the_next_time_begins_anew() -> None:
    story = [air(0, 100.0), air(700, 30.0), air(800, 29.9), air(900, 100.0)]
    assert told(play(CoExposure, story, 1400)) == [RAISED, CLEARED]
    assert told(play(CoExposure, story, 1501)) == [RAISED, CLEARED, RAISED]


def test_the_alarm_clears_while_the_air_is_still_bad() -> None:
    story = [*steady(100, 16), alarm(500), alarm(560, False)]
    assert told(play(CoExposure, sorted(story, key=lambda each: each.at), 900)) == [
        *(RAISED, CLEARED),
        RAISED,
    ]


def test_what_adds_up_says_how_much() -> None:
    (finding,) = play(CoExposure, [air(0, 100.0)], 601)
    assert [(fact.key, dict(fact.values)) for fact in finding.facts] == [
        ("fact.co_dose", {"limit": 100.0, "minutes": 10}),
        ("fact.co_level", {"ppm": 100.0}),
    ]
    assert [fact.key for fact in finding.missing] == ["fact.no_co_contact"]
    assert [fact.key for fact in finding.counter] == ["fact.co_would_clear"]
    assert finding.severity is Severity.CRITICAL


def test_in_a_garage_and_worn_out_it_is_raised_and_both_are_told() -> None:
    story = [
        seen(1, Kind.END_OF_LIFE, True, "Garage", device=DEVICE),
        replace(alarm(5), room_type="garage"),
    ]
    (finding,) = play(CoExposure, story, 10)
    assert [fact.key for fact in finding.counter] == [
        "fact.contact_would_clear",
        "fact.sensor_ails",
        "fact.co_garage",
    ]


def test_what_was_measured_stands_beside_the_alarm() -> None:
    (finding,) = play(CoExposure, [air(1, 12.0), alarm(5)], 10)
    assert [fact.key for fact in finding.facts] == ["fact.co_contact", "fact.co_level"]
    assert finding.missing == ()
    (unmeasured,) = play(CoExposure, [alarm(5)], 10)
    assert [fact.key for fact in unmeasured.missing] == ["fact.no_co_measured"]


def test_an_alarm_that_waited_in_the_session_says_how_old_it_is() -> None:
    (waited,) = play(CoExposure, [alarm(60, reported_at=at(20))], 70)
    assert waited.late_by_seconds == 40.0
    (found,) = play(CoExposure, [air(5, 300.0, is_found=True)], 200)
    assert found.was_found


@pytest.mark.parametrize("cut", [0, 299, 301, 599, 600, 601, 700, 800, 900])
def test_a_restart_in_bad_air_is_invisible(cut: float) -> None:
    story = [air(0, 65.0), air(300, 65.0), air(400, 160.0), air(800, 10.0), air(900, 5.0)]
    assert play_with_restart(CoExposure, story, 950, cut) == play(CoExposure, story, 950)


def test_the_end_of_a_band_is_due() -> None:
    engine = Engine([CoExposure()])
    engine.observe(air(0, 100.0))
    assert engine.due(at(0)) == at(600)
    assert engine.due(at(600)) is None


# A day's mean


def day(*parts: tuple[float, float], every_minutes: float = 30) -> list[Observation]:
    """Hours and what is read from then on; the last one ends it."""
    return [
        air(hour * HOUR + n * every_minutes * MINUTE, ppm)
        for (hour, ppm), (end, _) in pairwise(parts)
        for n in range(int((end - hour) * 60 / every_minutes))
    ]


def over_days(story: Iterable[Observation], hours: float) -> list[Finding]:
    return play(CoExposure, story, hours * HOUR, every=60)


CHRONIC = [
    pytest.param(day((0, 3.5), (30, 0)), [18], id="3.5 ppm, as soon as 18 hours are known"),
    pytest.param(day((0, 3.4), (30, 0)), [], id="3.4 ppm"),
    pytest.param(day((0, 0.0), (24, 28.0), (28, 0)), [27], id="clean, then 28 ppm for three hours"),
    pytest.param(day((0, 0.0), (24, 28.0), (26.5, 0.0), (40, 0)), [], id="for two and a half"),
    pytest.param(day((0, 9.0), (17, 0)), [], id="17 hours known, then silence"),
    pytest.param(day((0, 9.0), (24, 0), every_minutes=100), [], id="known for 14 of 24 hours"),
    pytest.param(
        day((0, 9.0), (24, 0), every_minutes=80), [23 + 2 / 3], id="known for 18 of 24 hours"
    ),
]


@pytest.mark.parametrize(("story", "hours"), CHRONIC)
def test_a_day(story: list[Observation], hours: list[float]) -> None:
    findings = over_days(story, 45)
    assert told(findings) == [LOW] * len(hours)
    assert all(finding.severity is Severity.MEDIUM for finding in findings)
    for finding, hour in zip(findings, hours, strict=True):
        assert abs((finding.at - at(hour * HOUR)).total_seconds()) <= MINUTE


def test_a_clean_day_ends_it_and_silence_does_not() -> None:
    dirty = day((0, 6.0), (24, 0))
    assert told(over_days(dirty, 90)) == [LOW]
    assert told(over_days([*dirty, *day((24, 0.0), (50, 0))], 50)) == [LOW, OVER]
    (_, over) = over_days([*dirty, *day((24, 0.0), (50, 0))], 50)
    assert over.at == at(36.5 * HOUR)  # the first reading with a mean below 3 ppm


def test_a_day_of_less_than_half_is_no_clean_day() -> None:
    """After twelve hours of silence the mean of the rest is no mean."""
    dirty = day((0, 6.0), (24, 0))
    findings = over_days([*dirty, *day((36, 0.0), (37, 0))], 40)
    assert told(findings) == [LOW]


def test_found_readings_are_of_unknown_age_and_make_no_day() -> None:
    found = [air(hour * HOUR, 9.0, is_found=True) for hour in range(24)]
    assert over_days(found, 24) == []


def test_a_day_says_its_mean() -> None:
    (finding,) = over_days(day((0, 4.0), (19, 0)), 19)
    assert [(fact.key, dict(fact.values)) for fact in finding.facts] == [
        ("fact.co_day", {"ppm": 4.0, "limit": 3.5}),
        ("fact.co_day_known", {"hours": 18}),
    ]
    assert [fact.key for fact in finding.counter] == ["fact.co_day_would_clear"]


@pytest.mark.parametrize("hour", [2, 17.9, 18.1, 24, 35.2, 36.4, 36.6])
def test_a_restart_within_the_day_is_invisible(hour: float) -> None:
    story = [*day((0, 6.0), (24, 0)), *day((24, 0.0), (38, 0))]
    whole = over_days(story, 38)
    before = over_days([each for each in story if each.at <= at(hour * HOUR)], hour)
    horizon = at(hour * HOUR) - CoExposure.lookback
    engine = Engine([CoExposure()])
    engine.adopt(before)
    for each in story:
        if horizon <= each.at <= at(hour * HOUR):
            engine.rehearse(each)
    after: list[Finding] = []
    for each in (each for each in story if each.at > at(hour * HOUR)):
        after += engine.observe(each)
        after += engine.tick(each.at)
    assert [(f.state, f.at) for f in (*before, *after)] == [(f.state, f.at) for f in whole]
