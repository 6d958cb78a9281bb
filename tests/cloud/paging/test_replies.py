"""Text messages that come back: the right code, a wrong one, from somebody else, too late."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from cloud import audit
from cloud.households.tables import contact_method, relation
from cloud.incidents import service as incidents
from cloud.paging import service as paging
from cloud.paging.rules import WRONG_CODES, PageStatus
from cloud.paging.transports import Order
from tests.shift import NUMBERS, Desk, move_in, pages_of, press, row_of
from tests.town import DAUGHTER, GP, GP_BACKUP, NOON, incident_id
from vocabulary.incident import IncidentStatus, Role


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """Margaret has pressed; the doctor and the daughter have been called and written to."""
    move_in(connection)
    press(connection)
    desk = Desk(connection)
    desk.step(after(0.1))
    hand_over(connection, 0.2)
    return desk


def hand_over(connection: Connection, at: float) -> None:
    for due in paging.due_pages(connection, after(at), 50):
        if paging.claim_page(connection, due.page_id, after(at)):
            paging.record_sent(connection, due.page_id, f"SM-{due.page_id}", after(at))


def code(connection: Connection, who: str = "lind") -> str:
    sms = [p for p in pages_of(connection) if (p.address, p.channel) == (NUMBERS[who], "sms")]
    return str(sms[-1].code)


_count = iter(range(1_000_000))


def text(
    connection: Connection, body: str, who: str = "lind", at: float = 30, sid: str = ""
) -> str:
    """An SMS comes in; what is answered."""
    message_id = sid or f"SM-in-{next(_count)}"
    return paging.on_text(connection, NUMBERS.get(who, who), body, message_id, after(at))


def status(connection: Connection) -> str:
    return str(row_of(connection, incident_id()).status)


@pytest.mark.parametrize("form", ["{} a", "{} A", " {}a ", "{} a."])
def test_the_code_acknowledges(desk: Desk, form: str) -> None:
    connection = desk.connection
    said = text(connection, form.format(code(connection)))
    assert said == f"Thank you. Incident {row_of(connection, incident_id()).number} is yours."
    row = row_of(connection, incident_id())
    assert (row.status, row.acknowledged_by) == (IncidentStatus.ACKNOWLEDGED, GP)


def test_the_code_asks_for_somebody_else(desk: Desk) -> None:
    connection = desk.connection
    assert text(connection, f"{code(connection)} e") == "Somebody else is being called."
    assert row_of(connection, incident_id()).escalate_asked_at == after(30)
    assert status(connection) == IncidentStatus.OPEN


@pytest.mark.parametrize("taken_by", ["web", "sms"])
def test_the_code_of_whoever_has_it_gives_it_back(desk: Desk, taken_by: str) -> None:
    connection = desk.connection
    if taken_by == "sms":
        text(connection, f"{code(connection)} a")
    else:
        incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(30))
    assert text(connection, f"{code(connection)} e", at=50) == "Somebody else is being called."
    assert status(connection) == IncidentStatus.OPEN
    before = {p.id for p in pages_of(connection)}
    desk.step(after(50))
    assert NUMBERS["osei"] in {p.address for p in pages_of(connection) if p.id not in before}


def test_asking_for_somebody_else_too_late_says_who_has_it(desk: Desk) -> None:
    connection = desk.connection
    incidents.acknowledge(connection, incident_id(), GP_BACKUP, Role.GP, "web", None, after(5))
    assert "already taken by Doctor Osei" in text(connection, f"{code(connection)} e")
    row = row_of(connection, incident_id())
    assert (row.status, row.escalate_asked_at) == (IncidentStatus.ACKNOWLEDGED, None)


@pytest.mark.parametrize("body", ["1", "yes I come", "a", "", "000000 a", "4829 a", "x" * 1600])
def test_no_code_or_another_one_changes_nothing(desk: Desk, body: str) -> None:
    connection = desk.connection
    before = row_of(connection, incident_id())
    text(connection, body)
    assert row_of(connection, incident_id()) == before


def test_the_right_code_from_another_number_changes_nothing(desk: Desk) -> None:
    connection = desk.connection
    text(connection, f"{code(connection, 'lind')} a", who="anna")
    assert status(connection) == IncidentStatus.OPEN
    assert text(connection, f"{code(connection, 'lind')} a", who="+12025559999") == ""
    assert status(connection) == IncidentStatus.OPEN


def test_unknown_numbers_get_nothing(desk: Desk) -> None:
    assert text(desk.connection, "000000 a", who="+12025559999") == ""
    assert text(desk.connection, "hello?", who="") == ""


def test_another_incidents_code_takes_that_one_and_not_this(desk: Desk) -> None:
    connection = desk.connection
    mine = code(connection)
    press(connection, 2)
    desk.step(after(1))
    hand_over(connection, 1)
    assert code(connection) != mine
    text(connection, f"{mine} a")
    assert row_of(connection, incident_id(1)).status == IncidentStatus.ACKNOWLEDGED
    assert row_of(connection, incident_id(2)).status == IncidentStatus.OPEN


def test_an_old_code_is_dead(desk: Desk) -> None:
    connection = desk.connection
    text(connection, f"{code(connection)} a", at=3601)
    assert status(connection) == IncidentStatus.OPEN


def test_a_replayed_text_changes_nothing_not_even_after_a_hand_back(desk: Desk) -> None:
    connection = desk.connection
    said = f"{code(connection)} a"
    text(connection, said, sid="SM1")
    incidents.hand_back(connection, incident_id(), GP, after(40))
    for number in range(100):
        assert text(connection, said, at=41 + number, sid="SM1") == ""
    text(connection, said, at=200, sid="SM2")
    assert status(connection) == IncidentStatus.OPEN, "one attempt acknowledges once"


def test_too_late_says_who_has_it(desk: Desk) -> None:
    connection = desk.connection
    incidents.acknowledge(connection, incident_id(), GP_BACKUP, Role.GP, "web", None, after(5))
    assert "already taken by Doctor Osei" in text(connection, f"{code(connection)} a")


@pytest.mark.parametrize("letter", ["a", "e"])
def test_the_code_of_whoever_was_a_relative_is_worth_nothing(
    connection: Connection, letter: str
) -> None:
    move_in(connection)
    press(connection, slug="bathroom_overstay", variant="toilet", page_at=NOON)
    Desk(connection).step(after(0.1))
    hand_over(connection, 0.2)
    is_anna = relation.c.person_id == DAUGHTER
    connection.execute(update(relation).where(is_anna).values(valid_until=after(20)))
    before = row_of(connection, incident_id())
    said = text(connection, f"{code(connection, 'anna')} {letter}", "anna")
    assert said == "You are no longer a contact of this home."
    assert row_of(connection, incident_id()) == before


def test_the_family_of_a_critical_one_stops_its_own_track_only(desk: Desk) -> None:
    connection = desk.connection
    said = text(connection, f"{code(connection, 'anna')} a", who="anna")
    assert "A responder is still being called" in said
    assert status(connection) == IncidentStatus.OPEN


def test_ten_wrong_codes_lock_the_codes_and_ask_for_the_next_people(desk: Desk) -> None:
    connection = desk.connection
    for number in range(WRONG_CODES - 1):
        text(connection, f"{900_000 + number} a", at=10 + number)
    assert row_of(connection, incident_id()).escalate_asked_at is None
    text(connection, "999999 a", at=30, sid="SM-last")
    text(connection, "999999 a", at=31, sid="SM-last")
    assert row_of(connection, incident_id()).escalate_asked_at == after(30)
    assert "codes_locked" in [e.action for e in audit.entries(connection, incident_id())]
    text(connection, f"{code(connection)} a", at=40)
    assert status(connection) == IncidentStatus.OPEN, "even the right code is locked now"
    planned = {p.address for p in pages_of(connection)}
    desk.step(after(41))
    assert NUMBERS["osei"] in {p.address for p in pages_of(connection)} - planned


def test_wrong_codes_lock_every_incident_that_they_may_be_guessed_for(desk: Desk) -> None:
    connection = desk.connection
    second = press(connection, 2, at=after(5))
    desk.step(after(5.1))
    hand_over(connection, 5.2)
    for number in range(WRONG_CODES):
        assert (
            text(connection, f"{900_000 + number} a", at=10 + number) == "This code is not valid."
        )
    for locked in (incident_id(), second):
        assert row_of(connection, locked).escalate_asked_at == after(10 + WRONG_CODES - 1)
        [sms] = [
            p
            for p in pages_of(connection, locked)
            if (p.address, p.channel) == (NUMBERS["lind"], "sms")
        ]
        assert text(connection, f"{sms.code} a", at=40) == "This code is not valid."
        assert row_of(connection, locked).status == IncidentStatus.OPEN


def test_wrong_codes_leave_alone_what_that_number_was_not_asked_about(desk: Desk) -> None:
    connection = desk.connection
    for number in range(WRONG_CODES):
        text(connection, f"{900_000 + number} a", at=10 + number)
    later = press(connection, 2, at=after(60))
    desk.step(after(60.1))
    hand_over(connection, 60.2)
    text(connection, f"{code(connection)} a", at=70)
    assert row_of(connection, later).status == IncidentStatus.ACKNOWLEDGED


def test_a_replayed_wrong_text_counts_once(desk: Desk) -> None:
    connection = desk.connection
    for _ in range(3 * WRONG_CODES):
        text(connection, "999999 a", sid="SM-wrong")
    text(connection, f"{code(connection)} a")
    assert status(connection) == IncidentStatus.ACKNOWLEDGED


def test_stop_ends_the_texts_and_start_brings_them_back(desk: Desk) -> None:
    connection = desk.connection
    query = select(contact_method.c.stopped_at).where(
        contact_method.c.address == NUMBERS["lind"], contact_method.c.channel == "sms"
    )
    assert text(connection, "STOP") == ""
    assert connection.execute(query).scalar() == after(30)
    assert text(connection, "Start") == ""
    assert connection.execute(query).scalar() is None


def test_the_text_says_number_priority_link_and_code_and_nothing_personal(desk: Desk) -> None:
    from cloud.paging.addresses import Addresses  # noqa: PLC0415 - only here
    from cloud.paging.speech import text_message  # noqa: PLC0415 - only here

    connection = desk.connection
    press(connection, 2)
    desk.step(after(1))
    for due in paging.due_pages(connection, after(1), 50):
        claimed = paging.claim_page(connection, due.page_id, after(1))
        assert claimed is not None
        link = Addresses("https://care.example").reader(claimed.role, claimed.incident_id)
        order = Order(
            claimed.channel,
            claimed.to,
            body=text_message(claimed.tongue, claimed.briefing, link, claimed.code),
        )
        number = row_of(connection, incident_id(2)).number
        assert f"incident {number}. Priority: Critical." in order.body
        assert claimed.code in order.body
        for personal in ("Margaret", "Hale", "Mill", "SOS", "Fall", "Living room", "Lind"):
            assert personal not in order.body


def test_a_delivered_text_is_no_acknowledgement(desk: Desk) -> None:
    connection = desk.connection
    sms = next(p for p in pages_of(connection) if p.channel == "sms")
    assert sms.status == PageStatus.QUEUED
    assert status(connection) == IncidentStatus.OPEN
