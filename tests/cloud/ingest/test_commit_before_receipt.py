"""A receipt is a promise: it follows the commit, and nothing that failed is promised."""

from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy.event
from sqlalchemy import Connection, create_engine, func, select

from cloud import audit
from cloud.db import Database
from cloud.incidents.tables import downlink, event, incident, quarantine
from cloud.ingest.batch import Answer, Delivery, keep, read
from cloud.ingest.mqtt import keep_all
from tests.databases import filled
from tests.town import HUB, NOON, OTHER_HUB, Ids, incident_id, settle, told, wire
from vocabulary.wire import Hello, Receipt, dump, parse_down


def _counts(connection: Connection) -> dict[str, int]:
    tables = (event, incident, downlink, audit.audit)
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables
    }


def _refusals(connection: Connection) -> dict[tuple[str, str], int]:
    return {
        (row.hub_id, row.reason): row._mapping["count"]
        for row in connection.execute(select(quarantine))
    }


def _now() -> datetime:
    return NOON


class PowerCut(BaseException):
    """The process is gone between two statements."""


@pytest.mark.parametrize("statement", range(1, 40))
def test_a_kill_inside_the_transaction_leaves_nothing(statement: int, tmp_path: Path) -> None:
    """At each statement in turn: either all of it is there, or nothing."""
    (tmp_path / "cloud.db").write_bytes(filled(settle))
    engine = create_engine(f"sqlite:///{tmp_path / 'cloud.db'}")
    with engine.begin() as connection:
        before = _counts(connection)
    left = statement

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise PowerCut

    sqlalchemy.event.listen(engine, "before_cursor_execute", count)
    answers: list[Answer] = []
    try:
        with engine.begin() as connection:
            answers = keep(connection, [read(HUB, wire(told()))], NOON)
        died = False
    except PowerCut:
        died = True
    sqlalchemy.event.remove(engine, "before_cursor_execute", count)
    with engine.begin() as connection:
        after = _counts(connection)
    engine.dispose()
    if died:
        assert after == before
        assert answers == []
    else:
        assert after == {"event": 1, "incident": 1, "downlink": 1, "audit": 1}
        assert answers[0].of == [told().event_id]


async def test_a_batch_is_one_transaction_and_each_hub_gets_one_receipt(
    database: Database,
) -> None:
    await database.run(settle)
    batch = [
        read(HUB, wire(told())),
        read(OTHER_HUB, wire(told(incident=2, hub_id=OTHER_HUB))),
        read(HUB, wire(told(revision=2))),
    ]
    answers = await keep_all(database, batch, _now)
    assert {answer.hub_id: len(answer.of) for answer in answers} == {HUB: 2, OTHER_HUB: 1}
    assert (await database.run(_counts))["incident"] == 2
    receipt = parse_down(answers[0].receipt(NOON, Ids()))
    assert isinstance(receipt, Receipt)
    assert receipt.hub_id == answers[0].hub_id


async def test_the_same_message_again_gets_the_same_receipt_and_changes_nothing(
    database: Database,
) -> None:
    await database.run(settle)
    batch = [read(HUB, wire(told()))]
    first = await keep_all(database, batch, _now)
    before = await database.run(_counts)
    again = await keep_all(database, batch, _now)
    assert first[0].of == again[0].of
    assert await database.run(_counts) == before


UNREADABLE = {
    "not UTF-8": (b"\xff\xfe", "not_utf8", False),
    "not JSON": (b"{", "not_json", False),
    "a bomb of brackets": (b"[" * 5000, "depth", False),
    "too large": (b" " * 300_000, "size", False),
    "a key twice": (b'{"kind":"hello","kind":"hello"}', "duplicate_key", False),
    "no number": (b'{"kind":NaN}', "nan", False),
    "no such kind": (
        b'{"kind":"open_door","event_id":"%s"}' % str(UUID(int=9)).encode(),
        "schema",
        True,
    ),
    "an id that is none": (b'{"kind":"hello","event_id":17}', "schema", False),
}


@pytest.mark.parametrize(("payload", "reason", "has_id"), UNREADABLE.values(), ids=UNREADABLE)
async def test_nonsense_is_counted_by_reason_and_leaves_the_others_alone(
    sqlite_database: Database, payload: bytes, reason: str, has_id: bool
) -> None:
    await sqlite_database.run(settle)
    batch = [read(HUB, payload), read(HUB, wire(told()))]
    answers = await keep_all(sqlite_database, batch, _now)
    assert await sqlite_database.run(_refusals) == {(HUB, reason): 1}
    assert told().event_id in answers[0].of
    assert answers[0].refused == ({str(UUID(int=9)): "schema"} if has_id else {})


async def test_what_no_column_takes_is_refused_alone(database: Database) -> None:
    await database.run(settle)
    batch = [read(HUB, wire(told(revision=2**70, event=9, incident=3))), read(HUB, wire(told()))]
    answers = await keep_all(database, batch, _now)
    assert {str(one) for answer in answers for one in answer.of} >= {str(told().event_id)}
    assert [list(answer.refused.values()) for answer in answers] == [["not_storable"], []]


async def test_a_zero_byte_stops_nobody_else(database: Database) -> None:
    """SQLite keeps one inside a text, PostgreSQL cannot."""
    await database.run(settle)
    odd = told(room="Kit\x00chen", incident=2)
    answers = await keep_all(database, [read(HUB, wire(odd)), read(HUB, wire(told()))], _now)
    refused = {reason for answer in answers for reason in answer.refused.values()}
    assert refused == (set() if database.is_sqlite else {"not_storable"})
    assert (await database.run(_counts))["incident"] == 2, "both, or one and the hub's fault"


async def test_a_hub_that_speaks_for_another_is_refused(sqlite_database: Database) -> None:
    await sqlite_database.run(settle)
    answers = await keep_all(sqlite_database, [read(OTHER_HUB, wire(told()))], _now)
    assert answers[0].refused == {str(told().event_id): "wrong_hub"}
    assert await sqlite_database.run(_refusals) == {(OTHER_HUB, "wrong_hub"): 1}
    assert (await sqlite_database.run(_counts))["incident"] == 0


async def test_a_hub_cannot_write_into_anothers_incident(sqlite_database: Database) -> None:
    await sqlite_database.run(settle)
    await keep_all(sqlite_database, [read(HUB, wire(told()))], _now)
    forged = told(hub_id=OTHER_HUB, revision=9, event=99, severity="low")
    answers = await keep_all(sqlite_database, [read(OTHER_HUB, wire(forged))], _now)
    assert answers[0].refused == {str(forged.event_id): "not_yours"}


async def test_a_taken_event_id_silences_nobody(sqlite_database: Database) -> None:
    """Another hub used the id first: the honest hub is told, and not that it was kept."""
    await sqlite_database.run(settle)
    forged = told(hub_id=OTHER_HUB, incident=5, event_id=told().event_id)
    await keep_all(sqlite_database, [read(OTHER_HUB, wire(forged))], _now)
    answers = await keep_all(sqlite_database, [read(HUB, wire(told()))], _now)
    assert answers[0].refused == {str(told().event_id): "not_yours"}


async def test_an_unknown_hub_is_counted_under_no_name_and_told_nothing(
    sqlite_database: Database,
) -> None:
    await sqlite_database.run(settle)
    stranger = [read(f"hub-{n}", wire(told(hub_id=f"hub-{n}"))) for n in range(3)]
    assert await keep_all(sqlite_database, stranger, _now) == []
    assert await sqlite_database.run(_refusals) == {("?", "unknown_hub"): 3}


async def test_our_own_fault_is_no_refusal(sqlite_database: Database) -> None:
    """A message that trips us up is counted and gets no receipt: its hub keeps it."""
    await sqlite_database.run(settle)
    poisoned = Delivery(HUB, b"", cast("Any", object()), "", told().event_id)
    answers = await keep_all(sqlite_database, [poisoned, read(HUB, wire(told()))], _now)
    assert [answer.of for answer in answers] == [[told().event_id]]
    assert await sqlite_database.run(_refusals) == {(HUB, "fault"): 1}


def test_a_heartbeat_is_applied_and_needs_no_receipt(connection: Connection) -> None:
    settle(connection)
    hello = Hello(event_id=UUID(int=3), hub_id=HUB, sent_at=NOON, boot_id="one", software="0.1.0")
    assert keep(connection, [read(HUB, dump(hello))], NOON) == []


def test_what_waits_is_taken_critical_first() -> None:
    waiting = [
        read(HUB, b"{"),
        read(HUB, wire(told("air_quality_poor", "damp", incident=2, page_at=None))),
        read(HUB, wire(told(incident=3))),
    ]
    ranked = sorted(waiting, key=lambda one: one.rank)
    assert [one.message.slug if one.message else "" for one in ranked] == [  # type: ignore[union-attr]  # incidents
        "sos_call",
        "air_quality_poor",
        "",
    ]


def test_a_silent_call_is_taken_as_early_as_what_is_critical() -> None:
    leak = ("water_leak", "wet_floor")
    waiting = [
        read(HUB, wire(told(*leak, incident=2))),
        read(HUB, wire(told(*leak, incident=3, is_duress=True))),
    ]
    assert [one.rank for one in waiting] == [1, 0]


def test_a_new_incident_has_its_policy_and_its_deadline_at_once(connection: Connection) -> None:
    settle(connection)
    keep(connection, [read(HUB, wire(told()))], NOON)
    row = connection.execute(select(incident)).one()
    assert row.policy is not None
    assert row.next_action_at <= NOON
    assert row.id == incident_id()
