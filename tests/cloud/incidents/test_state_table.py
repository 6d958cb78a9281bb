"""Who may do what to an incident, in which state: every cell of DESIGN §6's table."""

from itertools import product

import pytest

from cloud.incidents.rules import Action, Standing, Verdict, dispositions, judge
from tests.town import DAUGHTER, DESK, GP
from vocabulary.incident import AUTOMATIC_DISPOSITIONS, Disposition, IncidentStatus, Role
from vocabulary.risk import Severity

OPEN, TAKEN, CLOSED = IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED, IncidentStatus.CLOSED
D, F, A, T, N, X, C = (
    Verdict.DONE,
    Verdict.FAMILY_ONLY,
    Verdict.ALREADY,
    Verdict.TAKEN,
    Verdict.NOT_YET,
    Verdict.NOT_YOURS,
    Verdict.CLOSED,
)
ROLES = (Role.GP, Role.DESK, Role.COMMUNITY, Role.FAMILY, Role.OPERATIONS)

# one line an action; columns: gp, desk, community, family, operations
CRITICAL_OPEN = {
    Action.ACKNOWLEDGE: (D, D, D, F, X),
    Action.GOING: (D, D, D, F, X),
    Action.TAKE_OVER: (D, D, D, X, X),
    Action.HAND_BACK: (N, N, N, N, X),
    Action.ESCALATE: (D, D, D, D, X),
    Action.NOTE: (D, D, D, X, X),
    Action.LABEL: (D, D, D, D, X),
    Action.REQUEST_HISTORY: (D, D, D, X, X),
    Action.CLOSE: (N, N, N, X, X),
}
CRITICAL_TAKEN_BY_ANOTHER = CRITICAL_OPEN | {
    Action.ACKNOWLEDGE: (T, T, T, T, X),
    Action.GOING: (D, D, D, D, X),
    Action.HAND_BACK: (X, D, X, X, X),
    Action.ESCALATE: (T, T, T, T, X),
    Action.CLOSE: (D, D, D, X, X),
}
CRITICAL_TAKEN_BY_ME = CRITICAL_TAKEN_BY_ANOTHER | {
    Action.ACKNOWLEDGE: (A, A, A, A, X),
    Action.TAKE_OVER: (A, A, A, X, X),
    Action.HAND_BACK: (D, D, D, D, X),
    Action.ESCALATE: (D, D, D, D, X),
}
MEDIUM_OPEN = CRITICAL_OPEN | {
    Action.ACKNOWLEDGE: (D, D, D, D, X),
    Action.GOING: (D, D, D, D, X),
    Action.CLOSE: (N, N, N, N, X),
}
MEDIUM_TAKEN_BY_ANOTHER = CRITICAL_TAKEN_BY_ANOTHER
MEDIUM_TAKEN_BY_ME = CRITICAL_TAKEN_BY_ME | {Action.CLOSE: (D, D, D, D, X)}
HIGH_OPEN = MEDIUM_OPEN | {Action.CLOSE: (N, N, N, X, X)}
TECHNICAL_OPEN = {
    Action.ACKNOWLEDGE: (D, D, D, X, D),
    Action.GOING: (D, D, D, X, D),
    Action.TAKE_OVER: (D, D, D, X, D),
    Action.HAND_BACK: (N, N, N, X, N),
    Action.ESCALATE: (D, D, D, X, D),
    Action.NOTE: (D, D, D, X, D),
    Action.LABEL: (D, D, D, X, D),
    Action.REQUEST_HISTORY: (D, D, D, X, D),
    Action.CLOSE: (N, N, N, X, N),
}
TECHNICAL_TAKEN_BY_ANOTHER = TECHNICAL_OPEN | {
    Action.ACKNOWLEDGE: (T, T, T, X, T),
    Action.HAND_BACK: (X, D, X, X, X),
    Action.ESCALATE: (T, T, T, X, T),
    Action.CLOSE: (D, D, D, X, D),
}
OVER = {
    action: (D if action is Action.NOTE else C,) * 3
    + (X if action in {Action.NOTE, Action.REQUEST_HISTORY, Action.TAKE_OVER} else C, X)
    for action in Action
}
OVER_TECHNICAL = {
    action: tuple(
        X if role is Role.FAMILY else (D if action is Action.NOTE else C) for role in ROLES
    )
    for action in Action
}

MINE, ANOTHERS = GP, DESK
TABLES = {
    "critical, open": (Standing(OPEN, Severity.CRITICAL), CRITICAL_OPEN),
    "critical, taken by another": (
        Standing(TAKEN, Severity.CRITICAL, acknowledged_by=ANOTHERS),
        CRITICAL_TAKEN_BY_ANOTHER,
    ),
    "critical, taken by me": (
        Standing(TAKEN, Severity.CRITICAL, acknowledged_by=MINE),
        CRITICAL_TAKEN_BY_ME,
    ),
    "critical, closed": (
        Standing(CLOSED, Severity.CRITICAL, acknowledged_by=ANOTHERS),
        OVER | {Action.CLOSE: (C, C, C, X, X)},
    ),
    "high, open": (Standing(OPEN, Severity.HIGH), HIGH_OPEN),
    "medium, open": (Standing(OPEN, Severity.MEDIUM), MEDIUM_OPEN),
    "medium, taken by another": (
        Standing(TAKEN, Severity.MEDIUM, acknowledged_by=ANOTHERS),
        MEDIUM_TAKEN_BY_ANOTHER | {Action.TAKE_OVER: (D, D, D, X, X)},
    ),
    "medium, taken by me": (
        Standing(TAKEN, Severity.MEDIUM, acknowledged_by=MINE),
        MEDIUM_TAKEN_BY_ME,
    ),
    "low, closed": (Standing(CLOSED, Severity.LOW, acknowledged_by=ANOTHERS), OVER),
    "technical, open": (Standing(OPEN, Severity.MEDIUM, is_technical=True), TECHNICAL_OPEN),
    "technical, taken by another": (
        Standing(TAKEN, Severity.MEDIUM, is_technical=True, acknowledged_by=ANOTHERS),
        TECHNICAL_TAKEN_BY_ANOTHER,
    ),
    "technical, closed": (
        Standing(CLOSED, Severity.MEDIUM, is_technical=True, acknowledged_by=ANOTHERS),
        OVER_TECHNICAL,
    ),
}


@pytest.mark.parametrize(("standing", "expected"), TABLES.values(), ids=TABLES)
def test_every_cell(standing: Standing, expected: dict[Action, tuple[Verdict, ...]]) -> None:
    found = {
        action: tuple(judge(standing, action, role, MINE) for role in ROLES) for action in Action
    }
    assert found == expected


def test_the_table_is_whole() -> None:
    """No state, severity, action or role without an answer."""
    for status, severity, technical, action, role in product(
        IncidentStatus, Severity, (False, True), Action, Role
    ):
        holder = None if status is OPEN else ANOTHERS
        standing = Standing(status, severity, technical, holder)
        assert isinstance(judge(standing, action, role, MINE), Verdict)


@pytest.mark.parametrize("severity", [Severity.MEDIUM, Severity.HIGH, Severity.LOW])
def test_a_relative_ends_the_paging_of_what_is_not_critical(severity: Severity) -> None:
    assert judge(Standing(OPEN, severity), Action.ACKNOWLEDGE, Role.FAMILY, DAUGHTER) is D


def test_no_person_may_choose_an_automatic_outcome() -> None:
    for is_technical in (False, True):
        assert not AUTOMATIC_DISPOSITIONS & set(dispositions(is_technical=is_technical))
    assert Disposition.TECHNICAL_FIXED not in dispositions(is_technical=False)
    assert Disposition.TO_HOSPITAL not in dispositions(is_technical=True)
