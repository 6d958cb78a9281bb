"""However messages are repeated, delayed or reordered, the same row remains; nobody's is lost."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from cloud import audit
from cloud.incidents import service
from cloud.incidents.store import get_incident
from cloud.incidents.tables import event, incident
from tests.databases import in_memory
from tests.town import GP, HUB, NOON, finding, incident_id, settle, told, wire
from vocabulary.finding import FindingState
from vocabulary.incident import Disposition, Role
from vocabulary.risk import Chain, Severity
from vocabulary.wire import IncidentUp

HUB_OWNS = (
    "slug",
    "variant",
    "severity",
    "chain",
    "hub_revision",
    "hub_part",
    "is_duress",
    "room",
    "opened_at",
    "page_at",
    "cleared_at",
    "withdrawn_at",
)
CLOUD_OWNS = (
    "status",
    "number",
    "cloud_revision",
    "first_page_at",
    "acknowledged_at",
    "acknowledged_by",
    "acknowledged_role",
    "label",
    "closed_at",
    "disposition",
    "policy",
    "progress",
)


def _town() -> AbstractContextManager[Connection]:
    """A database of its own for each example."""
    return in_memory(settle)


def _receive(connection: Connection, message: IncidentUp, now: datetime = NOON) -> None:
    service.receive(connection, HUB, message, wire(message), now)


def _columns(connection: Connection, names: tuple[str, ...]) -> dict[str, Any]:
    row = get_incident(connection, incident_id())._mapping
    return {name: row[name] for name in names}


@st.composite
def revisions(draw: st.DrawFn) -> list[IncidentUp]:
    """The life of one incident as its hub tells it: severity and findings only grow."""
    count = draw(st.integers(1, 5))
    rooms = draw(st.lists(st.sampled_from(["Kitchen", "Bath"]), min_size=count, max_size=count))
    cleared_from = draw(st.integers(1, count + 1))
    joined_from = draw(st.integers(1, count + 1))
    first, joins = finding("stove_unattended", "left_on"), finding("body_temp_abnormal", "fever")
    joins = joins.model_copy(update={"severity": draw(st.sampled_from(["high", "critical"]))})
    return [
        told(
            "stove_unattended",
            "left_on",
            revision=number,
            severity=("high" if number < draw(st.integers(1, 6)) else "critical"),
            room=rooms[number - 1],
            findings=[first, joins] if number >= joined_from else [first],
            sent_at=NOON + timedelta(seconds=number),
            cleared_at=NOON + timedelta(seconds=30) if number >= cleared_from else None,
        )
        for number in range(1, count + 1)
    ]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[IncidentUp], list[IncidentUp]]:
    """The revisions in order, and the same ones repeated and reordered."""
    once = draw(revisions())
    repeated = once + draw(st.lists(st.sampled_from(once), max_size=5))
    return once, draw(st.permutations(repeated))


@settings(max_examples=60, deadline=None)
@given(deliveries())
def test_order_and_repetition_leave_the_same_hub_part(
    told_and_came: tuple[list[IncidentUp], list[IncidentUp]],
) -> None:
    in_order, as_it_came = told_and_came
    now = NOON + timedelta(minutes=1)
    with _town() as connection:
        for message in in_order:
            _receive(connection, message, now)
        wanted = _columns(connection, HUB_OWNS)
    with _town() as connection:
        for message in as_it_came:
            _receive(connection, message, now)
        found = _columns(connection, HUB_OWNS)
        assert connection.execute(select(func.count()).select_from(incident)).scalar() == 1
        kept = connection.execute(select(func.count()).select_from(event)).scalar()
        assert kept == len(in_order)
    assert found == wanted


@settings(max_examples=60, deadline=None)
@given(deliveries())
def test_severity_only_rises(
    told_and_came: tuple[list[IncidentUp], list[IncidentUp]],
) -> None:
    with _town() as connection:
        before = 0
        for message in told_and_came[1]:
            _receive(connection, message)
            severity = get_incident(connection, incident_id()).severity
            assert severity >= before
            before = severity


@settings(max_examples=40, deadline=None)
@given(revisions())
def test_what_the_hub_tells_never_touches_what_the_cloud_owns(messages: list[IncidentUp]) -> None:
    with _town() as connection:
        _receive(connection, told("stove_unattended", "left_on", revision=1, event=200))
        service.mark_paged(connection, incident_id(), NOON)
        service.acknowledge(connection, incident_id(), GP, Role.GP, "voice", None, NOON)
        before = _columns(connection, CLOUD_OWNS)
        for message in messages:
            _receive(connection, message)
        assert _columns(connection, CLOUD_OWNS) == before


def test_what_people_do_never_touches_what_the_hub_owns(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told())
    before = _columns(connection, HUB_OWNS)
    deeds: list[Callable[[], object]] = [
        lambda: service.mark_dialling(connection, incident_id(), NOON),
        lambda: service.mark_paged(connection, incident_id(), NOON),
        lambda: service.acknowledge(connection, incident_id(), GP, Role.GP, "voice", None, NOON),
        lambda: service.going_there(connection, incident_id(), GP, Role.GP, "web", None, NOON),
        lambda: service.hand_back(connection, incident_id(), GP, NOON),
        lambda: service.ask_escalation(connection, incident_id(), GP, NOON),
        lambda: service.label_false(connection, incident_id(), GP, "pet", NOON),
        lambda: service.take_over(connection, incident_id(), GP, Role.GP, "web", NOON),
        lambda: service.note(connection, incident_id(), GP, "On my way.", NOON),
        lambda: service.close(connection, incident_id(), GP, Disposition.VISITED, NOON),
    ]
    for deed in deeds:
        deed()
        assert _columns(connection, HUB_OWNS) == before


def test_the_same_incident_twice_is_one(connection: Connection) -> None:
    settle(connection)
    first = service.receive(connection, HUB, told(), wire(told()), NOON)
    again = service.receive(connection, HUB, told(), wire(told()), NOON)
    other_event = told(event=77)
    once_more = service.receive(connection, HUB, other_event, wire(other_event), NOON)
    assert (first.is_new, again.is_new, once_more.is_new) == (True, False, False)
    assert first.is_kept
    assert again.is_kept
    assert once_more.is_kept
    assert connection.execute(select(func.count()).select_from(incident)).scalar() == 1


def test_a_clock_that_is_ahead_cannot_put_off_the_page(connection: Connection) -> None:
    settle(connection)
    tomorrow = NOON + timedelta(days=1)
    _receive(connection, told("fall", "hard_fall", at=tomorrow))
    row = get_incident(connection, incident_id())
    assert row.opened_at == NOON
    assert row.page_at == NOON + timedelta(seconds=45)


def test_no_page_is_put_off_beyond_what_the_card_allows(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told("fall", "hard_fall", page_at=NOON + timedelta(days=9)))
    assert get_incident(connection, incident_id()).page_at == NOON + timedelta(minutes=3)


def test_something_critical_is_never_only_a_digest(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told(page_at=None))
    assert get_incident(connection, incident_id()).next_action_at == NOON


def test_a_digest_pages_nobody_and_is_looked_at_after_a_day(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told("social_isolation", "outings", page_at=None))
    row = get_incident(connection, incident_id())
    assert row.page_at is None
    assert row.next_action_at == NOON + timedelta(days=1)


FEVER = ("body_temp_abnormal", "fever")


@pytest.mark.parametrize(
    ("opened_by", "joins", "chain"),
    [
        pytest.param(("frequent_toileting", "day_night"), FEVER, Chain.VITAL, id="a digest"),
        pytest.param(("weight_change", "rapid_gain"), FEVER, Chain.VITAL, id="another digest"),
        pytest.param(("water_leak", "wet_floor"), ("sos_call", "pressed"), Chain.PERSON, id="wet"),
        pytest.param(("sos_call", "pressed"), ("smoke_fire", "smoke"), Chain.PERSON, id="as grave"),
        pytest.param(("sos_call", "pressed"), FEVER, Chain.PERSON, id="less grave"),
    ],
)
def test_the_chain_is_that_of_the_worst_that_was_seen(
    connection: Connection, opened_by: tuple[str, str], joins: tuple[str, str], chain: Chain
) -> None:
    settle(connection)
    first, second = finding(*opened_by), finding(*joins)
    worst = max((first, second), key=lambda one: Severity[one.severity.upper()])
    _receive(connection, told(*opened_by))
    both: dict[str, Any] = {"severity": worst.severity, "findings": [first, second]}
    _receive(connection, told(*opened_by, revision=2, **both))
    assert get_incident(connection, incident_id()).chain == chain
    well = second.model_copy(update={"state": FindingState.CLEARED})
    both["findings"] = [first, well]
    _receive(connection, told(*opened_by, revision=3, **both))
    assert get_incident(connection, incident_id()).chain == chain, "only a person makes it less"


def test_an_ancient_one_is_kept_and_says_its_age(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told(), NOON + timedelta(days=30))
    row = get_incident(connection, incident_id())
    assert row.opened_at == NOON
    opened = audit.entries(connection, row.id)[0]
    assert opened.body["late_by_seconds"] == 30 * 86_400


def test_the_last_instant_of_the_calendar_is_no_trouble(connection: Connection) -> None:
    settle(connection)
    end = datetime.max.replace(tzinfo=NOON.tzinfo)
    _receive(connection, told(at=end, opened_at=datetime.min.replace(tzinfo=NOON.tzinfo)))
    assert get_incident(connection, incident_id()).page_at is not None


def test_duress_never_ends_and_never_cancels(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told("fall", "hard_fall", revision=1, is_duress=True))
    withdrawn = told(
        "fall",
        "hard_fall",
        revision=2,
        withdrawn=Disposition.RESIDENT_CANCELLED,
        withdrawn_at=NOON,
    )
    _receive(connection, withdrawn)
    row = get_incident(connection, incident_id())
    assert row.is_duress
    assert row.status == "open"


def test_a_cleared_finding_alone_ends_nothing(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told("smoke_fire", "smoke"))
    gone = finding("smoke_fire", "smoke", state=FindingState.CLEARED)
    _receive(
        connection,
        told("smoke_fire", "smoke", revision=2, cleared_at=NOON, findings=[gone]),
    )
    row = get_incident(connection, incident_id())
    assert row.cleared_at == NOON
    assert row.status == "open"
