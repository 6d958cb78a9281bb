"""The record is true: every change of state left its row, and no row can be altered unseen."""

import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from cloud import audit
from cloud.db import Database
from cloud.incidents import service
from cloud.incidents.store import get_incident
from tests.town import (
    GP,
    GP_BACKUP,
    HUB,
    MARGARETS,
    NOON,
    ORGANISATION,
    Ids,
    incident_id,
    settle,
    told,
    wire,
)
from vocabulary.incident import Disposition, Role, Technical
from vocabulary.risk import Severity
from vocabulary.wire import Hello

CHAIN = f"household:{MARGARETS}"


def _write(connection: Connection, rows: int = 5) -> None:
    for number in range(rows):
        audit.record(
            connection,
            organisation_id=ORGANISATION,
            household_id=MARGARETS,
            at=NOON + timedelta(seconds=number),
            actor=f"person:{GP}",
            action="test",
            body={"number": number},
            personal={"said": "I am on my way."},
        )


async def test_a_chain_of_true_rows_is_true(database: Database) -> None:
    await database.run(settle)
    await database.run(_write)
    assert await database.run(audit.verify, CHAIN) is None
    assert await database.run(audit.chains) == [CHAIN]


async def test_two_who_write_at_once_make_one_chain(database: Database) -> None:
    import asyncio  # noqa: PLC0415 - only here

    await database.run(settle)
    await asyncio.gather(*(database.run(_write) for _ in range(8)))
    assert await database.run(audit.verify, CHAIN) is None

    def count(connection: Connection) -> int:
        return len(connection.execute(select(audit.audit.c.sequence)).all())

    assert await database.run(count) == 40


async def test_the_database_itself_refuses_to_change_a_row(database: Database) -> None:
    await database.run(settle)
    await database.run(_write)
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):

        def tamper(connection: Connection, statement: str = statement) -> None:
            connection.execute(text(statement))

        with pytest.raises(DBAPIError, match="append only"):
            await database.run(tamper)


TAMPERING = {
    "a word changed": ("UPDATE audit SET action = 'nothing' WHERE sequence = 3", 3),
    "a time changed": ("UPDATE audit SET at = at + 1 WHERE sequence = 2", 2),
    "a body changed": ("UPDATE audit SET body = '{}' WHERE sequence = 4", 4),
    "a row removed": ("DELETE FROM audit WHERE sequence = 2", 2),
    "the first removed": ("DELETE FROM audit WHERE sequence = 1", 1),
    "the last removed": ("DELETE FROM audit WHERE sequence = 5", 5),
    "two exchanged": (
        "UPDATE audit SET sequence = 1 - sequence WHERE sequence IN (2, 3)",
        1,
    ),
    "all removed": ("DELETE FROM audit", 1),
    "the head set back": ("UPDATE audit_head SET sequence = 3", 4),
    "the head removed": ("DELETE FROM audit_head", 6),
}


@pytest.fixture
def insiders_database(connection: Connection) -> Connection:
    """Somebody has the rights to take the database's own guard away."""
    settle(connection)
    _write(connection)
    for verb in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER audit_no_{verb}"))
    return connection


@pytest.mark.parametrize(("statement", "broken"), TAMPERING.values(), ids=TAMPERING)
def test_every_tampering_is_found_where_it_is(
    insiders_database: Connection, statement: str, broken: int
) -> None:
    insiders_database.execute(text(statement))
    assert audit.verify(insiders_database, CHAIN) == broken


def test_a_row_rewritten_with_a_fitting_hash_breaks_the_next(
    insiders_database: Connection,
) -> None:
    of_third = audit.audit.c.sequence == 3
    row = insiders_database.execute(select(audit.audit).where(of_third)).one()._asdict()
    row["action"] = "nothing"
    forged = audit.audit.update().where(of_third).values(action="nothing", hash=audit._hash_of(row))
    insiders_database.execute(forged)
    assert audit.verify(insiders_database, CHAIN) == 4


def test_personal_text_stands_nowhere(connection: Connection) -> None:
    settle(connection)
    _write(connection)
    bodies = connection.execute(select(audit.audit.c.body)).scalars().all()
    assert "on my way" not in str(bodies)
    salts = connection.execute(select(audit.audit_head.c.salt)).scalars().all()
    assert all(len(salt) == 32 for salt in salts)


# --- every function that changes an incident leaves a row in the same transaction


def _press(connection: Connection) -> None:
    service.receive(connection, HUB, told(), wire(told()), NOON)


def _taken(connection: Connection) -> None:
    _press(connection)
    service.acknowledge(connection, incident_id(), GP, Role.GP, "voice", None, NOON)


def _silent(connection: Connection) -> None:
    hello = Hello(event_id=UUID(int=3), hub_id=HUB, sent_at=NOON, boot_id="a", software="b")
    service.receive(connection, HUB, hello, b"", NOON)


ID = incident_id()
DEEDS: dict[str, tuple[Callable[[Connection], None], Callable[[Connection], object]]] = {
    "receive": (
        lambda _: None,
        lambda c: service.receive(c, HUB, told(), wire(told()), NOON),
    ),
    "acknowledge": (
        _press,
        lambda c: service.acknowledge(c, ID, GP, Role.GP, "web", None, NOON),
    ),
    "going_there": (
        _press,
        lambda c: service.going_there(c, ID, GP, Role.GP, "web", None, NOON),
    ),
    "take_over": (
        _taken,
        lambda c: service.take_over(c, ID, GP_BACKUP, Role.GP, "web", NOON),
    ),
    "hand_back": (_taken, lambda c: service.hand_back(c, ID, GP, NOON)),
    "reopen_by_timer": (_taken, lambda c: service.reopen_by_timer(c, ID, NOON)),
    "note": (_press, lambda c: service.note(c, ID, GP, "Well.", NOON)),
    "label_false": (_press, lambda c: service.label_false(c, ID, GP, "pet", NOON)),
    "ask_escalation": (_press, lambda c: service.ask_escalation(c, ID, None, NOON)),
    "close": (_taken, lambda c: service.close(c, ID, GP, Disposition.VISITED, NOON)),
    "mark_dialling": (_press, lambda c: service.mark_dialling(c, ID, NOON)),
    "mark_paged": (_press, lambda c: service.mark_paged(c, ID, NOON)),
    "request_history": (_press, lambda c: service.request_history(c, ID, 7, GP, NOON)),
    "open_technical": (
        lambda _: None,
        lambda c: service.open_technical(
            c,
            ORGANISATION,
            Technical.PROVIDER_DOWN,
            area=None,
            household_id=None,
            hub_id=None,
            severity=Severity.HIGH,
            new_id=Ids(),
            now=NOON,
        ),
    ),
    "supervise_hubs": (
        _silent,
        lambda c: service.supervise_hubs(c, NOON + timedelta(minutes=4), Ids()),
    ),
}
CHANGES_NO_INCIDENT = {
    "get_incident",
    "lock_incident",
    "raised_now",
    "has_open_duress",  # a question
    "tell_it_is_in_hand",  # the hub is told again; what was decided has its row already
    "due_downlinks",  # sending again is no change of state
    "receipted",  # the hub's word that it has been told
    "delete_old_history",  # the promise to forget, kept
}


def _public_functions() -> Iterator[str]:
    for name in service.__all__:
        if inspect.isfunction(getattr(service, name)):
            yield name


def test_no_function_is_left_out() -> None:
    assert set(_public_functions()) == set(DEEDS) | CHANGES_NO_INCIDENT


@pytest.mark.parametrize("name", DEEDS)
def test_each_change_of_state_leaves_a_row(connection: Connection, name: str) -> None:
    before, deed = DEEDS[name]
    settle(connection)
    before(connection)
    written = _written(connection)
    deed(connection)
    assert _written(connection) > written
    for chain in audit.chains(connection):
        assert audit.verify(connection, chain) is None


async def test_each_of_them_runs_on_both_databases(database: Database) -> None:
    class Undo(Exception):
        """So that each finds the town as it was."""

    def try_one(connection: Connection, name: str) -> None:
        before, deed = DEEDS[name]
        before(connection)
        deed(connection)
        for chain in audit.chains(connection):
            assert audit.verify(connection, chain) is None
        raise Undo

    await database.run(settle)
    for name in DEEDS:
        with pytest.raises(Undo):
            await database.run(try_one, name)


def _written(connection: Connection) -> int:
    return len(connection.execute(select(audit.audit.c.id)).all())


def test_without_its_audit_row_nothing_is_changed(connection: Connection) -> None:
    """The audit cannot be written, so neither is the acknowledgement."""
    settle(connection)
    _press(connection)
    guard = "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
    connection.execute(text(guard))
    with pytest.raises(DBAPIError, match="full"), connection.begin_nested():
        service.acknowledge(connection, ID, GP, Role.GP, "web", None, NOON)
    assert get_incident(connection, ID).status == "open"


def test_a_night_can_be_told_from_the_record_alone(connection: Connection) -> None:
    settle(connection)
    _taken(connection)
    service.hand_back(connection, ID, GP, NOON)
    service.acknowledge(connection, ID, GP_BACKUP, Role.GP, "voice", None, NOON)
    service.close(connection, ID, GP_BACKUP, Disposition.VISITED, NOON)
    story: list[tuple[str, Any]] = [
        (entry.action, entry.actor) for entry in audit.entries(connection, ID)
    ]
    assert story == [
        ("opened", f"hub:{HUB}"),
        ("acknowledged", f"person:{GP}"),
        ("handed_back", f"person:{GP}"),
        ("acknowledged", f"person:{GP_BACKUP}"),
        ("closed", f"person:{GP_BACKUP}"),
    ]
