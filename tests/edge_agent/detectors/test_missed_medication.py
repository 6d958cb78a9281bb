"""A dose is due by the clock on the wall; a dispenser sees it taken, a drawer only opened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge_agent.detectors.missed_medication import MissedMedication
from edge_agent.engine import Engine
from tests.stories import START, at, play, play_with_restart, seen, told
from vocabulary.finding import Finding
from vocabulary.home import Dose
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.risk import Severity

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR = 60.0, 3600.0
DUE = 2 * HOUR
"""The story begins at 10 o'clock in Paris."""
NOON = Dose(name="noon tablet", at=time(12))
LATE, MISSED = "late raised", "missed raised"


def drawer(second: float, *, is_open: bool = True, **also: Any) -> Observation:
    return seen(second, Kind.OPEN, is_open, "Kitchen", guards="medicine", device="drawer", **also)


def dispenser(second: float, slot: str = "", **also: Any) -> Observation:
    return seen(
        second,
        Kind.MEDICATION_TAKEN,
        True,
        "Kitchen",
        device="box",
        is_event=True,
        text=slot,
        **also,
    )


def door(second: float = 0) -> Observation:
    return seen(second, Kind.OPEN, False, "Hall", guards="front_door")


def found(story: Sequence[Observation], until: float, *doses: Dose) -> list[Finding]:
    return play(lambda: MissedMedication(doses or (NOON,), PARIS), story, until, every=60)


@pytest.mark.parametrize(
    ("story", "until", "expected"),
    [
        pytest.param([door()], DUE - 60, [], id="not due yet"),
        pytest.param([door()], DUE, [LATE], id="due, and nothing opened"),
        pytest.param([door()], DUE + 59 * MINUTE, [LATE], id="an hour later but a minute"),
        pytest.param([door()], DUE + HOUR, [LATE, MISSED, "late cleared"], id="an hour later"),
        pytest.param([door(), drawer(DUE - HOUR)], DUE + 2 * HOUR, [], id="an hour early"),
        pytest.param(
            [door(), drawer(DUE - HOUR - 1)], DUE, [LATE], id="earlier still is another dose"
        ),
        pytest.param([door(), dispenser(DUE - 60)], DUE + 2 * HOUR, [], id="out of the box"),
        pytest.param(
            [door(), drawer(DUE + 20 * MINUTE)], DUE + HOUR, [LATE, "late cleared"], id="reminded"
        ),
        pytest.param(
            [door(), drawer(DUE + 90 * MINUTE)],
            DUE + 2 * HOUR,
            [LATE, MISSED, "late cleared", "missed cleared"],
            id="made good after half an hour",
        ),
        pytest.param(
            [door(), dispenser(-20 * HOUR), drawer(DUE - 60)],
            DUE,
            [LATE],
            id="the drawer is dusted where a box would tell",
        ),
        pytest.param([door(), drawer(DUE - 60, is_found=True)], DUE, [LATE], id="found open"),
        pytest.param(
            [door(), drawer(DUE - 60, quality=Quality.IMPLAUSIBLE)], DUE, [LATE], id="nonsense"
        ),
        pytest.param([door(), drawer(DUE - 60, is_open=False)], DUE, [LATE], id="shut, not opened"),
        pytest.param([], DUE + 3 * HOUR, [], id="a home that was never heard shows as blind"),
        pytest.param(
            [door(DUE - 60)], DUE + 3 * HOUR, [], id="the hub came after the window began"
        ),
        pytest.param(
            [door(), seen(DUE + 60, Kind.MEDICATION_TAKEN, True, text="said", is_event=True)],
            DUE + 2 * HOUR,
            [LATE, "late cleared"],
            id="the resident says so",
        ),
    ],
)
def test_story(story: list[Observation], until: float, expected: list[str]) -> None:
    assert told(found(story, until)) == expected


def test_a_time_critical_medicine_is_missed_after_half_an_hour_and_is_worse() -> None:
    dose = Dose(name="levodopa", at=time(12), time_critical=True)
    late, missed, _ = found([door()], DUE + 30 * MINUTE, dose)
    assert (late.severity, missed.severity) == (Severity.MEDIUM, Severity.HIGH)
    assert "levodopa" not in repr((late, missed)), "the name of a medicine tells an illness"


def test_each_dose_is_a_matter_of_its_own() -> None:
    evening = Dose(name="evening", at=time(13))
    findings = found([door(), dispenser(DUE - 60)], DUE + 3 * HOUR, NOON, evening)
    assert [(f.variant, f.device) for f in findings if f.state == "raised"] == [
        ("late", "dose 2"),
        ("missed", "dose 2"),
    ]


def test_a_box_that_names_its_slot_answers_that_dose_only() -> None:
    left = Dose(name="a", at=time(12), slot="left")
    right = Dose(name="b", at=time(12), slot="right")
    findings = found([door(), dispenser(DUE - 60, "left")], DUE, left, right)
    assert [(f.variant, f.device) for f in findings] == [("late", "dose 2")]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(120.0, [], id="the lid again within two minutes"),
        pytest.param(121.0, ["double_attempt raised"], id="and later"),
    ],
)
def test_taken_twice(second: float, expected: list[str]) -> None:
    story = [door(), dispenser(DUE - 60), dispenser(DUE - 60 + second)]
    assert told(found(story, DUE + HOUR)) == expected


def test_the_dose_of_the_next_day_is_no_second_one_of_today() -> None:
    story = [door(), dispenser(DUE - 60), dispenser(DUE + 23.5 * HOUR)]
    assert told(found(story, DUE + 25 * HOUR)) == []


def test_only_on_its_days() -> None:
    assert START.astimezone(PARIS).weekday() == 0
    assert found([door()], DUE + HOUR, Dose(name="x", at=time(12), days=("tue",))) == []
    assert told(found([door()], DUE, Dose(name="x", at=time(12), days=("mon",)))) == [LATE]


@pytest.mark.parametrize("cut", [HOUR, DUE - 30, DUE + 30, DUE + 40 * MINUTE, DUE + 61 * MINUTE])
def test_restarted_meanwhile(cut: float) -> None:
    story = [door(), drawer(DUE + 100 * MINUTE)]
    make = lambda: MissedMedication((NOON,), PARIS)  # noqa: E731
    whole = play(make, story, DUE + 110 * MINUTE, every=1)
    assert sorted(map(repr, play_with_restart(make, story, DUE + 110 * MINUTE, cut))) == sorted(
        map(repr, whole)
    )


def bridge(second: float, **also: Any) -> Observation:
    return seen(second, Kind.ONLINE, True, "", device="zigbee2mqtt", **also)


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param(bridge(0), id="its bridge is there"),
        pytest.param(bridge(0, is_found=True), id="was found there"),
    ],
)
def test_a_home_that_has_only_a_box_is_reminded_from_the_first_day(heard: Observation) -> None:
    assert told(found([heard], DUE + HOUR)) == [LATE, MISSED, "late cleared"]
    assert told(found([heard, dispenser(DUE + 60)], DUE + HOUR)) == [LATE, "late cleared"]
    assert found([replace(heard, at=at(DUE - 60))], DUE + HOUR) == [], "the window had begun"


def test_a_restart_long_after_the_last_taking_forgets_no_dose() -> None:
    """Taken on Monday; missed on Tuesday; the hub starts anew on Tuesday afternoon."""
    tuesday, monday = DUE + 24 * HOUR, dispenser(DUE - 60)
    restarted, wednesday = tuesday + 3.5 * HOUR, tuesday + 24 * HOUR
    before = found([monday], restarted)
    assert told(before) == [LATE, MISSED, "late cleared"]
    engine = Engine([MissedMedication((NOON,), PARIS)])
    engine.adopt(before)
    engine.rehearse(monday)  # all that the journal tells: its last word
    after = dict[str, float]()
    for minute in range(24 * 60):
        second = restarted + minute * MINUTE
        after |= dict.fromkeys(told(engine.tick(at(second))), second)
    assert after == {
        "missed cleared": wednesday - HOUR,
        LATE: wednesday,
        MISSED: wednesday + HOUR,
        "late cleared": wednesday + HOUR,
    }


@pytest.mark.parametrize(
    ("day", "clock", "due"),
    [
        pytest.param("2026-03-29", time(2, 30), "01:30", id="skipped by summer time: at 3:30"),
        pytest.param("2026-10-25", time(2, 30), "00:30", id="twice: at the first 2:30"),
        pytest.param("2026-10-25", time(8), "07:00", id="a day of 25 hours"),
    ],
)
def test_on_the_days_when_the_clocks_change(day: str, clock: time, due: str) -> None:
    midnight = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=PARIS).astimezone(UTC)
    detector = MissedMedication((Dose(name="x", at=clock),), PARIS)
    engine = Engine([detector])
    first = seen(0, Kind.OPEN, False, "Hall")
    first.at = midnight - timedelta(hours=20)
    findings = engine.observe(first)
    for minute in range(26 * 60):
        findings += engine.tick(midnight + timedelta(minutes=minute))
    raised = [f for f in findings if f.variant == "late" and f.state == "raised"]
    assert [f"{f.since:%H:%M}" for f in raised if f.since >= midnight][:1] == [due]
    assert len({f.since for f in raised if f.since.date() == raised[-1].since.date()}) == 1


def test_its_next_instants() -> None:
    detector = MissedMedication((NOON,), PARIS)
    detector.observe(door())
    assert detector.due(at(0)) == at(DUE - HOUR), "then what is taken is the next dose"
    assert detector.due(at(DUE - HOUR)) == at(DUE)
    assert detector.due(at(DUE)) == at(DUE + HOUR)
    assert detector.due(at(DUE + HOUR)) == at(DUE + 23 * HOUR)
