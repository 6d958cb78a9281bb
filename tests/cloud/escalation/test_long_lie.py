"""Margaret fell ten minutes ago and nobody has seen her up: the doctor is asked from the start."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from cloud.db import Database
from cloud.escalation import service as escalation
from cloud.incidents import service as incidents
from cloud.incidents.tables import incident
from cloud.ingest.batch import keep, read
from cloud.paging import service as paging
from cloud.paging.rules import PageStatus
from tests.shift import Desk, move_in, pages_of, press, row_of
from tests.town import GP, GP_BACKUP, HUB, NOON, finding, incident_id, told, wire
from vocabulary.incident import Disposition, IncidentStatus, Role
from vocabulary.wire import IncidentUp


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fell(connection: Connection) -> Desk:
    """The fall sensor told at noon; for ten minutes nobody has acknowledged."""
    move_in(connection)
    press(connection, slug="fall", variant="hard_fall")
    return Desk(connection)


def ring_for_ten_minutes(desk: Desk) -> None:
    """The telephones have begun to ring; nobody presses a key."""
    for seconds in range(0, 600, 5):
        desk.step(after(seconds))
        for due in [p for p in pages_of(desk.connection) if p.status == PageStatus.DUE]:
            paging.claim_page(desk.connection, due.id, after(seconds))
    assert row_of(desk.connection, incident_id()).page_begun_at == after(45)


def still_down(revision: int = 2) -> IncidentUp:
    """What the hub tells ten minutes later."""
    fall = finding("fall", "hard_fall", device="radar")
    lie = finding("long_lie", "after_fall", device="radar", at=after(600))
    findings = [fall.model_copy(update={"device": ""}), lie]
    return told("fall", "hard_fall", revision=revision, sent_at=after(600), findings=findings)


def tell(connection: Connection, message: IncidentUp) -> None:
    keep(connection, [read(HUB, wire(message))], after(600))


def asked_at(connection: Connection, at: datetime) -> list[UUID]:
    return [page.person_id for page in pages_of(connection) if page.created_at == at]


def test_the_chain_restarts_at_the_doctor(connection: Connection) -> None:
    desk = fell(connection)
    ring_for_ten_minutes(desk)
    rounds = row_of(connection, incident_id()).progress["rounds"]
    tell(connection, still_down())
    assert row_of(connection, incident_id()).next_action_at == after(600)
    desk.step(after(600))
    progress = row_of(connection, incident_id()).progress
    assert progress["tracks"]["gp"]["step"] == 0
    assert progress["rounds"] > rounds, "its pages are new ones"
    assert row_of(connection, incident_id()).status == IncidentStatus.OPEN


def test_told_twice_it_restarts_nothing_more(connection: Connection) -> None:
    desk = fell(connection)
    ring_for_ten_minutes(desk)
    tell(connection, still_down())
    for seconds in range(600, 680, 5):
        desk.step(after(seconds))
    step = row_of(connection, incident_id()).progress["tracks"]["gp"]["step"]
    assert step == 1
    keep(connection, [read(HUB, wire(still_down(revision=3)))], after(680))
    desk.step(after(680))
    assert row_of(connection, incident_id()).progress["tracks"]["gp"]["step"] == step


def test_before_the_first_page_there_is_nothing_to_restart(connection: Connection) -> None:
    move_in(connection)
    message = told("fall", "hard_fall", page_at=after(45))
    received = incidents.receive(connection, HUB, message, wire(message), NOON)
    escalation.begin(connection, incident_id(), NOON)
    received = incidents.receive(connection, HUB, still_down(), wire(still_down()), after(20))
    assert received.applied
    assert not received.begins_anew


def test_the_doctor_who_has_the_fall_is_called_about_it(connection: Connection) -> None:
    desk = fell(connection)
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(60))
    incidents.note(connection, incident_id(), GP, "she says she is fine", after(590))
    tell(connection, still_down())
    desk.step(after(600))
    assert asked_at(connection, after(600)) == [GP]
    assert GP_BACKUP not in {page.person_id for page in pages_of(connection)}


@pytest.mark.parametrize(
    ("how", "goes_on"),
    [
        pytest.param(Disposition.VISITED, False, id="somebody was there"),
        pytest.param(Disposition.TO_HOSPITAL, False, id="she was taken away"),
        pytest.param(Disposition.RESOLVED_BY_PHONE, True, id="a word on the telephone"),
        pytest.param(Disposition.EMERGENCY_SERVICE, True, id="an ambulance is on its way"),
    ],
)
def test_only_a_person_on_site_ends_it(
    connection: Connection, how: Disposition, goes_on: bool
) -> None:
    fell(connection)
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(60))
    tell(connection, still_down())
    linked = incidents.close(connection, incident_id(), GP, how, after(700))
    assert (linked is not None) is goes_on


async def test_it_is_so_on_both_databases(database: Database) -> None:
    def story(connection: Connection) -> int:
        desk = fell(connection)
        desk.step(after(0))
        tell(connection, still_down())
        desk.step(after(600))
        return len(connection.execute(select(incident.c.id)).all())

    assert await database.run(story) == 1
