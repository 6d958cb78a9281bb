"""What comes first when many need help."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from cloud.triage.rules import QueueRow, Section, age_in_years, arrange
from tests.cloud.web.world import NOW
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity

M = timedelta(minutes=1)


def row(number: str, severity: Severity, age: timedelta, **changed: object) -> QueueRow:
    made = QueueRow(
        id=uuid4(),
        number=number,
        slug="fall",
        variant="hard_fall",
        technical=None,
        severity=severity,
        status=IncidentStatus.OPEN,
        opened_at=NOW - age,
        page_at=NOW - age,
        first_page_at=None,
        cleared_at=None,
        acknowledged_at=None,
        is_duress=False,
        room="",
        area="",
        resident="",
        age=None,
        holder="",
        holder_role="",
        is_mine=False,
        calls=(),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def test_severity_then_people_before_machines_then_the_longest_past_the_promise() -> None:
    rows = [
        row("medium, 50 min", Severity.MEDIUM, 50 * M),
        row("high, 6 min", Severity.HIGH, 6 * M),
        row("critical, 10 s", Severity.CRITICAL, M / 6),
        row("machine, high, 9 min", Severity.HIGH, 9 * M, slug=None, technical="hub_lost"),
        row("critical, 2 min", Severity.CRITICAL, 2 * M),
        row("high, 1 min", Severity.HIGH, M),
    ]
    assert [one.number for one in arrange(rows, NOW).waiting] == [
        "critical, 2 min",
        "critical, 10 s",
        "high, 6 min",
        "high, 1 min",
        "machine, high, 9 min",
        "medium, 50 min",
    ]


def test_a_silent_call_stands_first_whatever_the_home_shows_of_it() -> None:
    """A tap ran, and the question about it was answered with the secret word."""
    rows = [
        row("fall", Severity.CRITICAL, 2 * M),
        row("tap", Severity.MEDIUM, M, is_duress=True),
        row("weight", Severity.LOW, 2 * M, is_duress=True),
    ]
    waiting = arrange(rows, NOW).waiting
    assert [one.number for one in waiting] == ["tap", "weight", "fall"]
    assert {one.promise for one in waiting} == {timedelta(seconds=60)}


@pytest.mark.parametrize(
    ("changed", "section"),
    [
        pytest.param({}, Section.WAITING, id="nobody has it"),
        pytest.param({"page_at": NOW + M}, Section.ASKING, id="the resident is being asked"),
        pytest.param({"page_at": NOW}, Section.WAITING, id="the check is over this second"),
        pytest.param(
            {"page_at": NOW + M, "first_page_at": NOW}, Section.WAITING, id="paged all the same"
        ),
        pytest.param(
            {"status": IncidentStatus.ACKNOWLEDGED, "acknowledged_at": NOW},
            Section.HELD,
            id="somebody has it",
        ),
    ],
)
def test_where_an_incident_stands(changed: dict[str, object], section: Section) -> None:
    assert row("1", Severity.CRITICAL, M, **changed).section(NOW) is section


@pytest.mark.parametrize(
    ("severity", "age", "is_late"),
    [
        (Severity.CRITICAL, timedelta(seconds=60), False),
        (Severity.CRITICAL, timedelta(seconds=61), True),
        (Severity.HIGH, 5 * M, False),
        (Severity.HIGH, 5 * M + timedelta(seconds=1), True),
        (Severity.MEDIUM, 60 * M, False),
        (Severity.MEDIUM, 61 * M, True),
        (Severity.LOW, 6000 * M, False),
    ],
)
def test_the_promise_is_60_seconds_5_minutes_60_minutes(
    severity: Severity, age: timedelta, *, is_late: bool
) -> None:
    assert row("1", severity, age).is_late(NOW) is is_late


def test_waiting_begins_when_people_are_asked_unless_it_is_critical() -> None:
    asked = {"page_at": NOW - M}
    assert row("1", Severity.HIGH, 6 * M, **asked).waited(NOW) == M
    assert row("1", Severity.CRITICAL, 6 * M, **asked).waited(NOW) == 6 * M


def test_a_clock_from_the_future_waits_no_negative_time() -> None:
    assert row("1", Severity.CRITICAL, -M).waited(NOW) == timedelta(0)


@pytest.mark.parametrize(
    ("born", "age"),
    [("1942-03-05", 84), ("1942-03-06", 83), (None, None), ("", None), ("about 1940", None)],
)
def test_how_old(born: str | None, age: int | None) -> None:
    assert age_in_years(born, NOW) == age
