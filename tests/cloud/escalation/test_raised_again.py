"""Margaret presses again while somebody has her incident in hand: they must hear of it at once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, update

from cloud import audit
from cloud.db import Database
from cloud.escalation import service as escalation
from cloud.households.tables import contact_method
from cloud.incidents import service as incidents
from cloud.incidents.store import part_of
from cloud.incidents.technical import clear
from cloud.ingest.batch import keep, read
from cloud.paging import service as paging
from cloud.paging.answers import Line
from cloud.paging.rules import RAISED_AGAIN, PageStatus, Purpose
from cloud.paging.tables import page
from tests.shift import OUR_NUMBER, Desk, move_in, pages_of, press, row_of
from tests.town import (
    DAUGHTER,
    EDWINS,
    GP,
    GP_BACKUP,
    HUB,
    MARGARETS,
    NOON,
    OPERATIONS,
    ORGANISATION,
    OTHER_HUB,
    Ids,
    finding,
    incident_id,
    told,
    wire,
)
from vocabulary.identity import successor
from vocabulary.incident import Disposition, IncidentStatus, Role, Technical
from vocabulary.risk import Severity
from vocabulary.wire import IncidentState, parse_down

LINE = Line("https://care.example/keys", OUR_NUMBER)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def again(
    connection: Connection, at: float, revision: int = 2, slug: str = "sos_call",
    variant: str = "pressed", **parts: Any,
) -> None:  # fmt: skip
    """The hub tells that it was raised once more, `at` seconds after noon."""
    fresh = finding(slug, variant, at=after(at), since=after(at))
    known = part_of(incidents.get_incident(connection, incident_id())).findings  # type: ignore[union-attr]  # the hub has told
    message = told(revision=revision, sent_at=after(at), findings=[*known, fresh], **parts)
    received = incidents.receive(connection, HUB, message, wire(message), after(at))
    escalation.begin(connection, incident_id(), after(at), raised_again_at=received.raised_again_at)


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """Margaret has pressed, and Doctor Lind has taken it ten seconds later."""
    move_in(connection)
    press(connection)
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(10))
    return Desk(connection)


def asked(connection: Connection) -> list[tuple[Any, datetime]]:
    """Who was called about what came again, and when."""
    return [(p.person_id, p.created_at) for p in pages_of(connection) if p.track == RAISED_AGAIN]


def call(desk: Desk, at: float) -> Any:
    """The call about it, handed over to the provider; its row and token."""
    desk.step(after(at))
    row = next(p for p in pages_of(desk.connection) if p.status == PageStatus.DUE)
    claimed = paging.claim_page(desk.connection, row.id, after(at))
    assert claimed is not None
    paging.record_sent(desk.connection, row.id, f"CA-{row.id}", after(at))
    return row, claimed.token


def test_the_holder_is_called_at_once_and_told_why(desk: Desk) -> None:
    connection = desk.connection
    assert desk.step(after(60)) == []
    again(connection, 60)
    assert row_of(connection, incident_id()).next_action_at == after(60)
    assert "raised_again" in [entry.action for entry in audit.entries(connection, incident_id())]
    row, token = call(desk, 60)
    assert (row.person_id, row.purpose, row.channel) == (GP, Purpose.FOLLOW_UP, "voice")
    said = paging.on_answer(connection, token, f"CA-{row.id}", LINE, after(64))
    assert "The home has called for help again." in said
    paging.on_keys(connection, token, f"CA-{row.id}", f"4{row.digit}", 0, LINE, after(66))
    assert desk.step(after(66)) == []
    assert row_of(connection, incident_id()).status == IncidentStatus.ACKNOWLEDGED
    assert row_of(connection, incident_id()).next_action_at == after(190), "the usual question"


def test_what_is_no_call_for_help_is_not_told_as_one(desk: Desk) -> None:
    again(desk.connection, 60, slug="smoke_fire", variant="smoke")
    row, token = call(desk, 60)
    said = paging.on_answer(desk.connection, token, f"CA-{row.id}", LINE, after(64))
    assert "called for help" not in said
    assert (
        "Something more has been noticed in the home since you took it: Smoke or fire. "
        "Please look after it now."
    ) in said


def test_the_secret_word_in_what_somebody_holds_is_told_as_a_call(desk: Desk) -> None:
    """An answer of the resident, to a question about something else."""
    again(desk.connection, 60, slug="fall", variant="hard_fall", is_duress=True)
    row, token = call(desk, 60)
    said = paging.on_answer(desk.connection, token, f"CA-{row.id}", LINE, after(64))
    assert "The home has called for help again." in said


def test_the_home_hears_that_the_holder_was_reached(desk: Desk) -> None:
    connection = desk.connection
    again(connection, 60)
    row, token = call(desk, 60)
    paging.on_answer(connection, token, f"CA-{row.id}", LINE, after(64))
    known = row_of(connection, incident_id()).cloud_revision
    paging.on_keys(connection, token, f"CA-{row.id}", f"4{row.digit}", 0, LINE, after(66))
    states = [
        parse_down(one.payload)
        for one in incidents.due_downlinks(connection, after(66), 10, hub_id=HUB)
        if one.kind == "incident_state"
    ]
    (told_hub,) = [one for one in states if isinstance(one, IncidentState)]
    assert (told_hub.revision, told_hub.sent_at) == (known + 1, after(66))
    assert told_hub.status is IncidentStatus.ACKNOWLEDGED


def test_a_holder_who_gives_no_word_is_asked_three_times_and_then_everybody(desk: Desk) -> None:
    connection = desk.connection
    again(connection, 60)
    for seconds in range(60, 300):
        desk.step(after(seconds))
        if row_of(connection, incident_id()).status == IncidentStatus.OPEN:
            break
    assert asked(connection) == [(GP, after(60)), (GP, after(120)), (GP, after(180))]
    assert seconds == 240
    assert len(desk.step(after(241))) == 4, "the first step, anew"


def test_a_fall_again_waits_as_long_as_the_home_asks_by_itself(desk: Desk) -> None:
    again(desk.connection, 60, slug="fall", variant="hard_fall")
    for seconds in range(60, 105):
        assert desk.step(after(seconds)) == []
    assert len(desk.step(after(105))) == 1


def test_a_note_about_it_is_a_word(desk: Desk) -> None:
    connection = desk.connection
    again(connection, 60, slug="fall", variant="hard_fall")
    incidents.note(connection, incident_id(), GP, "she is up again", after(110))
    assert desk.step(after(111)) == []


def test_whoever_takes_it_over_after_it_came_has_heard_of_it(desk: Desk) -> None:
    connection = desk.connection
    again(connection, 60)
    desk.step(after(60))
    incidents.take_over(connection, incident_id(), GP_BACKUP, Role.GP, "web", after(70))
    for seconds in range(70, 249):
        assert desk.step(after(seconds)) == []
    assert asked(connection) == [(GP, after(60))]


def test_a_press_after_the_call_is_another_call(desk: Desk) -> None:
    connection = desk.connection
    again(connection, 60)
    row, token = call(desk, 60)
    again(connection, 70, revision=3)
    paging.on_keys(connection, token, f"CA-{row.id}", f"4{row.digit}", 0, LINE, after(75))
    desk.step(after(75))
    assert asked(connection) == [(GP, after(60)), (GP, after(75))]


def test_what_is_told_twice_or_is_no_news_calls_nobody(desk: Desk) -> None:
    connection = desk.connection
    known = told(revision=2, sent_at=after(50))
    incidents.receive(connection, HUB, known, wire(known), after(50))
    received = incidents.receive(connection, HUB, known, wire(known), after(51))
    assert received.raised_again_at is None
    again(connection, 60, revision=3, slug="water_leak", variant="wet_floor")
    assert desk.step(after(61)) == []


def test_a_holder_without_a_telephone_holds_nothing_any_more(desk: Desk) -> None:
    connection = desk.connection
    connection.execute(delete(contact_method).where(contact_method.c.person_id == GP))
    again(connection, 60)
    desk.step(after(60))
    assert row_of(connection, incident_id()).status == IncidentStatus.OPEN


def test_family_cannot_hold_what_has_become_critical(connection: Connection) -> None:
    move_in(connection)
    press(connection, slug="water_leak", variant="wet_floor", page_at=NOON)
    incidents.acknowledge(connection, incident_id(), DAUGHTER, Role.FAMILY, "web", None, after(10))
    assert row_of(connection, incident_id()).status == IncidentStatus.ACKNOWLEDGED
    again(connection, 60)
    assert row_of(connection, incident_id()).status == IncidentStatus.OPEN
    assert {p.role for p in pages_of(connection)} == set()
    Desk(connection).step(after(60))
    assert GP in {p.person_id for p in pages_of(connection)}


# ── told under the id of an incident that was closed meanwhile ──────────────────────────────────


@pytest.fixture
def second(connection: Connection) -> Desk:
    """Carbon monoxide: closed while it still stands, and its successor is Doctor Lind's again."""
    move_in(connection)
    gas = told("co_exposure", "acute")
    keep(connection, [read(HUB, wire(gas))], NOON)
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(10))
    heir = incidents.close(connection, incident_id(), GP, Disposition.RESOLVED_BY_PHONE, after(20))
    assert heir == HEIR
    escalation.begin(connection, HEIR, after(20))
    incidents.acknowledge(connection, HEIR, GP, Role.GP, "web", None, after(30))
    return Desk(connection)


HEIR = successor(incident_id())


def press_under_the_closed_id(connection: Connection, at: float) -> None:
    """The hub has not heard of the closing."""
    gas = finding("co_exposure", "acute")
    sos = finding(at=after(at), since=after(at))
    message = told("co_exposure", "acute", revision=2, sent_at=after(at), findings=[gas, sos])
    for _ in range(2):  # an uplink comes at least once
        keep(connection, [read(HUB, wire(message))], after(at))


@pytest.mark.parametrize("has_told_of_it", [True, False])
def test_a_press_under_a_closed_id_reaches_whoever_holds_the_next(
    second: Desk, *, has_told_of_it: bool
) -> None:
    connection = second.connection
    if has_told_of_it:
        known = told("co_exposure", "acute", event=9, incident_id=HEIR, sent_at=after(40))
        keep(connection, [read(HUB, wire(known))], after(40))
    second.step(after(50))
    press_under_the_closed_id(connection, 100)
    second.step(after(100))
    second.step(after(101))
    assert asked(connection) == [(GP, after(100))]


def test_the_secret_word_under_a_closed_id_is_a_silent_call_of_the_next(second: Desk) -> None:
    connection = second.connection
    known = told("co_exposure", "acute", event=9, incident_id=HEIR, sent_at=after(40))
    keep(connection, [read(HUB, wire(known))], after(40))
    said = told("co_exposure", "acute", revision=2, sent_at=after(100), is_duress=True)
    keep(connection, [read(HUB, wire(said))], after(100))
    assert row_of(connection, HEIR).is_duress
    second.step(after(100))
    assert asked(connection) == [(GP, after(100))]


def test_a_press_under_a_closed_id_calls_from_the_start_where_nobody_has_the_next(
    second: Desk,
) -> None:
    connection = second.connection
    incidents.hand_back(connection, HEIR, GP, after(50))
    second.step(after(50))
    for due in paging.due_pages(connection, after(50), 50):
        paging.claim_page(connection, due.page_id, after(50))
    before = {p.round for p in pages_of(connection, HEIR)}
    press_under_the_closed_id(connection, 100)
    second.step(after(100))
    assert {p.round for p in pages_of(connection, HEIR)} > before


def test_the_secret_word_under_a_closed_id_is_not_lost(connection: Connection) -> None:
    """A wet floor was closed by telephone; then the home asked, and heard the secret word."""
    move_in(connection)
    leak = ("water_leak", "wet_floor")
    keep(connection, [read(HUB, wire(told(*leak)))], NOON)
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(10))
    incidents.close(connection, incident_id(), GP, Disposition.RESOLVED_BY_PHONE, after(20))
    said = told(*leak, revision=2, sent_at=after(30), is_duress=True)
    keep(connection, [read(HUB, wire(said))], after(30))
    assert row_of(connection, HEIR).is_duress
    Desk(connection).step(after(30))
    assert {p.person_id for p in pages_of(connection, HEIR)} == {GP}


# ── an area that the technical service has in hand ───────────────────────────────────────────────


def fails(
    connection: Connection,
    at: float,
    home: UUID,
    hub_id: str,
    severity: Severity = Severity.MEDIUM,
) -> UUID:
    """A hub of the district N1 falls silent."""
    return incidents.open_technical(
        connection,
        ORGANISATION,
        Technical.HUB_LOST,
        area="N1",
        household_id=home,
        hub_id=hub_id,
        severity=severity,
        new_id=Ids(int(at)),
        now=after(at),
    )


def is_back(connection: Connection, outage: UUID, hub_id: str, at: float) -> None:
    clear(connection, row_of(connection, outage), hub_id, after(at))


@pytest.fixture
def outage(connection: Connection) -> UUID:
    """Margaret's hub is silent, and Sam has it in hand since half a minute after."""
    move_in(connection)
    lost = fails(connection, 0, MARGARETS, HUB)
    incidents.acknowledge(connection, lost, OPERATIONS, Role.OPERATIONS, "web", None, after(30))
    return lost


def sams_calls(desk: Desk, until: int, happens: Mapping[int, Callable[[], object]]) -> list[float]:
    """Seconds after noon at which Sam is called about what has failed since; Sam always answers."""
    for second in range(31, until):
        happens.get(second, lambda: None)()
        desk.step(after(second))
        desk.connection.execute(
            update(page)
            .where(page.c.purpose == Purpose.FOLLOW_UP, page.c.status == PageStatus.DUE)
            .values(status=PageStatus.ACKNOWLEDGED)
        )
    return [(at - NOON).total_seconds() for _, at in asked(desk.connection)]


def test_a_home_that_fails_later_calls_whoever_holds_the_area(
    connection: Connection, outage: UUID
) -> None:
    desk = Desk(connection)
    assert fails(connection, 60, EDWINS, OTHER_HUB, Severity.HIGH) == outage
    row, token = call(desk, 60)
    assert (row.person_id, row.created_at) == (OPERATIONS, after(60))
    said = paging.on_answer(connection, token, f"CA-{row.id}", LINE, after(64))
    assert "More has failed, or become worse, since you took it: Hub does not answer." in said


def test_a_holder_of_the_area_who_gives_no_word_holds_it_no_more(
    connection: Connection, outage: UUID
) -> None:
    desk = Desk(connection)
    fails(connection, 60, EDWINS, OTHER_HUB)
    for second in range(60, 260, 5):
        desk.step(after(second))
    assert asked(connection) == [(OPERATIONS, after(second)) for second in (60, 120, 180)]
    assert row_of(connection, outage).status == IncidentStatus.OPEN


def test_a_district_that_fails_home_by_home_calls_its_holder_every_five_minutes(
    connection: Connection, outage: UUID
) -> None:
    def fails_at(second: int) -> Callable[[], object]:
        return lambda: fails(connection, second, UUID(int=0xC0 + second), f"hub-{second}")

    homes = {second: fails_at(second) for second in range(60, 420, 30)}
    assert sams_calls(Desk(connection), 1200, homes) == [60, 360, 660]
    assert len(row_of(connection, outage).affected) == 13


def test_what_becomes_graver_waits_for_nothing(connection: Connection, outage: UUID) -> None:
    happens = {
        60: lambda: fails(connection, 60, EDWINS, OTHER_HUB),
        91: lambda: fails(connection, 91, EDWINS, OTHER_HUB, Severity.HIGH),
        92: lambda: fails(connection, 92, EDWINS, OTHER_HUB, Severity.HIGH),
    }
    assert sams_calls(Desk(connection), 800, happens) == [60, 91]
    assert row_of(connection, outage).severity == Severity.HIGH


def test_a_hub_that_comes_and_goes_calls_once_an_hour(connection: Connection, outage: UUID) -> None:
    happens: dict[int, Callable[[], object]] = {}
    for second in range(300, 3600, 600):
        happens[second - 10] = partial(is_back, connection, outage, HUB, second - 10)
        happens[second] = partial(fails, connection, second, MARGARETS, HUB)
    assert sams_calls(Desk(connection), 3800, happens) == [300]
    assert row_of(connection, outage).spread_at == after(300 + 3600)


# ── both databases ──────────────────────────────────────────────────────────────────────────────


async def test_what_the_hub_tells_reaches_the_holder(database: Database) -> None:
    def story(connection: Connection) -> list[tuple[Any, datetime]]:
        move_in(connection)
        press(connection)
        incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(10))
        fresh = [finding(), finding(at=after(60), since=after(60))]
        message = told(revision=2, sent_at=after(60), findings=fresh)
        for _ in range(2):  # an uplink comes at least once
            keep(connection, [read(HUB, wire(message))], after(60))
        desk = Desk(connection)
        desk.step(after(60))
        desk.step(after(61))
        return asked(connection)

    assert await database.run(story) == [(GP, after(60))]
