"""The database keeps what was committed, undoes what failed, and tells who is watching."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import StatementError

from cloud import audit
from cloud.db import Database, insert_once, touch
from cloud.households.tables import organisation


def _add(connection: Connection, name: str) -> None:
    connection.execute(
        insert(organisation).values(id=name, name=name, zone="Europe/London", country="GB")
    )


def _names(connection: Connection) -> list[str]:
    return list(connection.execute(select(organisation.c.id).order_by(organisation.c.id)).scalars())


async def test_a_transaction_that_returns_is_kept(database: Database) -> None:
    await database.run(_add, "north")
    assert await database.run(_names) == ["north"]


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def fail(connection: Connection) -> None:
        _add(connection, "north")
        raise KeyError("half way")

    with pytest.raises(KeyError):
        await database.run(fail)
    assert await database.run(_names) == []


async def test_sqlite_is_set_to_lose_nothing(sqlite_database: Database) -> None:
    def ask(connection: Connection) -> list[object]:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {one}").scalar() for one in asked]

    assert await sqlite_database.run(ask) == ["wal", 2, 1]  # 2 is FULL


async def test_sqlite_takes_the_write_lock_at_begin(sqlite_database: Database) -> None:
    """A transaction that reads first and writes later never finds the file locked half way."""
    raw = await sqlite_database.engine.connect()
    await raw.begin()
    await raw.execute(text("SELECT 1"))
    probe = await asyncio.create_subprocess_exec(
        "python3",
        "-c",
        "import sqlite3,sys; c=sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE')",
        str(sqlite_database.engine.url.database),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await probe.communicate()
    assert b"database is locked" in said
    await raw.close()


async def test_two_that_read_then_write_both_count(database: Database) -> None:
    def take(connection: Connection) -> None:
        if not insert_once(
            connection,
            organisation,
            {"id": "one", "name": "x", "zone": "UTC", "country": "GB"},
        ):
            touch(connection)

    await asyncio.gather(*(database.run(take) for _ in range(10)))
    assert await database.run(_names) == ["one"]


async def test_watchers_hear_of_what_was_committed_and_of_nothing_else(database: Database) -> None:
    def visible(connection: Connection) -> None:
        touch(connection)
        touch(connection)

    def failed(connection: Connection) -> None:
        touch(connection)
        raise KeyError("undone")

    async with database.watching() as first, database.watching() as second:
        if not database.is_sqlite:
            await asyncio.wait_for(first.wait(), 5)  # the listener says that it listens now
        first.clear()
        second.clear()
        with pytest.raises(KeyError):
            await database.run(failed)
        await database.run(_add, "quiet")
        await asyncio.sleep(0.1)
        assert not first.is_set()
        await database.run(visible)
        async with asyncio.timeout(5):
            await first.wait()
            await second.wait()


async def test_an_instant_comes_back_as_it_was(database: Database) -> None:
    at = datetime(2026, 3, 29, 1, 30, 0, 123_457, tzinfo=UTC)

    def there_and_back(connection: Connection) -> object:
        _add(connection, "north")
        audit.record(
            connection,
            organisation_id="north",
            household_id=None,
            at=at,
            actor="system:test",
            action="test",
        )
        return connection.execute(select(audit.audit.c.at)).scalar()

    assert await database.run(there_and_back) == at


def test_an_instant_without_a_zone_is_refused(connection: Connection) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the fault under test
    with pytest.raises(StatementError, match="no time zone"):
        connection.execute(select(audit.audit.c.id).where(audit.audit.c.at == naive))


async def test_whoever_is_cancelled_leaves_no_lock_behind(database: Database) -> None:
    """A browser that leaves in the middle of a transaction holds up nobody after it."""
    for pause in (0.0, 0.0005, 0.001, 0.002, 0.004, 0.008):
        leaving = asyncio.ensure_future(database.run(_add, f"at {pause}"))
        await asyncio.sleep(pause)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        async with asyncio.timeout(3):
            await database.run(_names)


async def test_a_transaction_that_had_begun_ends_as_a_whole(database: Database) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(connection: Connection) -> None:
        loop.call_soon(begun.set)
        for number in range(20):
            _add(connection, f"number {number:02}")

    leaving = asyncio.ensure_future(database.run(slow))
    await begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert len(await database.run(_names)) == 20
