"""Every role, tie, state and hour has one answer, and it is written down here a second time."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest

from cloud.policy import (
    AFTERCARE,
    Action,
    Actor,
    Because,
    IncidentFacts,
    Target,
    Tie,
    can,
    family_level,
)
from tests.cloud.web.world import NOW
from vocabulary.incident import IncidentStatus, Role

ME, SOMEBODY = uuid4(), uuid4()
TRIAGE = (
    Action.SEE_INCIDENT,
    Action.NOTE,
    Action.ACKNOWLEDGE,
    Action.TAKE_OVER,
    Action.REQUEST_HISTORY,
    Action.ESCALATE,
    Action.HAND_BACK,
    Action.CLOSE,
)
FAMILY = (Action.FAMILY_ACKNOWLEDGE, Action.FAMILY_GOING, Action.FAMILY_LABEL)
TIES = {
    "none": (),
    "family now": (Tie(Role.FAMILY, "summary", NOW - timedelta(days=9), None),),
    "family over": (Tie(Role.FAMILY, "details", NOW - timedelta(days=9), NOW),),
    "family tomorrow": (Tie(Role.FAMILY, "details", NOW + timedelta(days=1), None),),
    "own panel": (Tie(Role.GP, "details", NOW - timedelta(days=9), None),),
    "own panel over": (Tie(Role.GP, "details", NOW - timedelta(days=9), NOW),),
}
STATES = {
    "open": IncidentFacts(IncidentStatus.OPEN),
    "open, paged me": IncidentFacts(IncidentStatus.OPEN, was_paged=True),
    "open, silent": IncidentFacts(IncidentStatus.OPEN, is_duress=True),
    "mine": IncidentFacts(IncidentStatus.ACKNOWLEDGED, held_by=ME),
    "another's": IncidentFacts(IncidentStatus.ACKNOWLEDGED, held_by=SOMEBODY),
    "closed by me": IncidentFacts(
        IncidentStatus.CLOSED, closed_by=ME, closed_at=NOW - timedelta(hours=1)
    ),
    "closed by me long ago": IncidentFacts(
        IncidentStatus.CLOSED, closed_by=ME, closed_at=NOW - AFTERCARE
    ),
    "closed": IncidentFacts(
        IncidentStatus.CLOSED, closed_by=SOMEBODY, closed_at=NOW - timedelta(hours=1)
    ),
    "technical": IncidentFacts(IncidentStatus.OPEN, is_technical=True),
}
PANEL = "own panel"
SEEN_BY: dict[str, set[str]] = {
    # who → states they see without any tie; "*" all
    "desk": set(STATES),
    "gp on shift": {"open", "open, paged me", "open, silent", "mine", "another's", "closed by me"},
    "gp off shift": {"open, paged me", "mine", "closed by me"},
    "community": {"open", "open, paged me", "open, silent", "mine", "another's", "closed by me"},
    "operations": {"technical"},
    "family": set(),
    "nobody": set(),
}
ROLES = {
    "desk": ({Role.DESK}, set()),
    "gp on shift": ({Role.GP}, {Role.GP}),
    "gp off shift": ({Role.GP}, set()),
    "community": ({Role.COMMUNITY}, set()),
    "operations": ({Role.OPERATIONS}, set()),
    "family": ({Role.FAMILY}, set()),
    "nobody": (set(), set()),
}


def cells() -> Iterator[tuple[str, str, str, Action, bool, bool]]:
    yield from product(
        ROLES, TIES, STATES, (*TRIAGE, *FAMILY), (True, False), (True, False)
    )  # is_fresh, own organisation


def expected(  # noqa: PLR0911, PLR0913 - a table of sentences over all six axes
    who: str, tie: str, state: str, action: Action, *, fresh: bool, own: bool
) -> bool:
    """The same rules once more, as a table of sentences."""
    facts = STATES[state]
    if not own:
        return False
    if action in FAMILY:
        is_kin = who == "family" and tie == "family now"
        return is_kin and state in {"open", "open, paged me", "mine", "another's"}
    sees = state in SEEN_BY[who]
    sees |= who.startswith("gp") and tie == PANEL and not facts.is_technical
    if action in {Action.SEE_INCIDENT, Action.NOTE}:
        return sees
    if not sees or facts.status is IncidentStatus.CLOSED:
        return False
    if action is Action.REQUEST_HISTORY:
        return who in {"desk", "gp on shift", "gp off shift", "community"} and state != "technical"
    if action is Action.HAND_BACK:
        return who == "desk" or state == "mine"
    if action is Action.CLOSE:
        is_technician = who == "operations" and state == "technical"
        return fresh and (who == "desk" or state == "mine" or is_technician)
    return True


def test_the_whole_matrix() -> None:
    count, wrong = 0, []
    for who, tie, state, action, fresh, own in cells():
        roles, shift = ROLES[who]
        actor = Actor(ME, "north", frozenset(roles), frozenset(shift), is_fresh=fresh)
        target = Target("north" if own else "south", TIES[tie], STATES[state])
        allowed = can(actor, action, target, NOW).is_allowed
        count += 1
        if allowed is not expected(who, tie, state, action, fresh=fresh, own=own):
            wrong.append((who, tie, state, action, fresh, own, allowed))
    assert count == 7 * 6 * 9 * 11 * 4
    assert wrong == []


def test_only_desk_and_operations_see_the_hubs() -> None:
    here = Target("north")
    seers = {
        role
        for role in Role
        if can(Actor(ME, "north", frozenset({role})), Action.SEE_HUBS, here, NOW).is_allowed
    }
    assert seers == {Role.DESK, Role.OPERATIONS}


def test_what_is_unknown_may_not_be_touched() -> None:
    for action in Action:
        everything = Actor(ME, "north", frozenset(Role), frozenset(Role))
        assert can(everything, action, None, NOW).because is Because.NOT_YOURS


def test_an_action_without_a_rule_is_forbidden() -> None:
    everything = Actor(ME, "north", frozenset(Role), frozenset(Role))
    target = Target("north", TIES["family now"], STATES["open"])
    invented = "read_everything"
    assert not can(everything, invented, target, NOW).is_allowed  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize(
    ("tie", "level"),
    [
        pytest.param("family now", "summary", id="valid"),
        pytest.param("family over", "", id="ended this very second"),
        pytest.param("family tomorrow", "", id="not yet begun"),
        pytest.param("own panel", "", id="a doctor is no relative"),
    ],
)
def test_a_relation_counts_while_it_holds(tie: str, level: str) -> None:
    assert family_level(TIES[tie], NOW) == level


def test_closing_on_a_screen_left_alone_asks_for_the_password() -> None:
    doctor = Actor(ME, "north", frozenset({Role.GP}), is_fresh=False)
    decision = can(doctor, Action.CLOSE, Target("north", (), STATES["mine"]), NOW)
    assert decision.because is Because.STALE
