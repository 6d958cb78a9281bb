"""A doctor whose number may not be called is no doctor at three in the morning."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from cloud.escalation import service as escalation
from cloud.households.tables import contact_method
from cloud.oncall.service import gaps_ahead, load_rota, not_callable
from tests.shift import NUMBERS, Desk, move_in, pages_of, press, row_of
from tests.town import GP, NOON, ORGANISATION, Ids
from vocabulary.incident import Role

ALLOWED = ("+1", "+44")


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """Doctor Lind, first line, has moved to Austria."""
    move_in(connection)
    is_linds = contact_method.c.person_id == GP
    connection.execute(update(contact_method).where(is_linds).values(address="+4366012345678"))
    return Desk(connection)


def test_whose_numbers_may_not_be_called_is_a_gap_known_ahead(desk: Desk) -> None:
    connection = desk.connection
    assert gaps_ahead(connection, ORGANISATION, NOON) == ()
    gap = gaps_ahead(connection, ORGANISATION, NOON, allowed=ALLOWED)[0]
    assert (gap.role, gap.since, gap.has_nobody) == (Role.GP, NOON, False)
    assert GP not in load_rota(connection, ORGANISATION, NOON, NOON, ALLOWED).reachable
    assert not_callable(connection, ALLOWED) == [GP]
    assert not_callable(connection, (*ALLOWED, "+43")) == []


def test_operations_are_told_before_anybody_needs_the_doctor(desk: Desk) -> None:
    opened = escalation.watch_rotas(desk.connection, NOON, Ids(), ALLOWED)
    assert {row_of(desk.connection, one).area for one in opened} == {"rota:gp"}


def test_at_night_the_next_doctor_is_called_at_once(desk: Desk) -> None:
    connection = desk.connection
    incident = press(connection)
    [claim] = escalation.claim_due(connection, NOON, "w")
    escalation.step(connection, claim, NOON, desk.ids, desk.secrets, ALLOWED)
    asked = {p.address for p in pages_of(connection, incident)}
    assert NUMBERS["osei"] in asked
    assert GP not in {p.person_id for p in pages_of(connection, incident)}
    assert row_of(connection, incident).next_action_at <= NOON + timedelta(seconds=60)
