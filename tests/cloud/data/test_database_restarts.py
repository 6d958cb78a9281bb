"""PostgreSQL may be killed at any moment: what was committed is there, and nobody starts over."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from cloud.db import Database, touch
from cloud.errors import Unavailable
from cloud.households.tables import organisation
from cloud.schema import metadata
from tests.databases import OwnPostgres

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def started() -> Iterator[OwnPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="hearthline-postgres-"))
    folder.chmod(0o755)  # as root the server runs under another name
    own = OwnPostgres(folder / "data")
    own.start()
    yield own
    own.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(started: OwnPostgres) -> OwnPostgres:
    """A server that runs, whatever the test before did to it."""
    if not started.is_running:
        started.start()
    return started


@pytest.fixture
async def database(server: OwnPostgres) -> AsyncIterator[Database]:
    """Opened anew and empty."""
    opened = Database(server.url)
    await opened.run(_empty)
    yield opened
    await opened.close()


def _empty(connection: Connection) -> None:
    metadata.drop_all(connection)
    metadata.create_all(connection)


def _add(connection: Connection, name: str) -> None:
    connection.execute(insert(organisation).values(id=name, name=name, zone="UTC", country="GB"))
    touch(connection)


def _names(connection: Connection) -> set[str]:
    return set(connection.execute(select(organisation.c.id)).scalars())


async def test_a_killed_server_is_waited_for_and_loses_nothing(
    server: OwnPostgres, database: Database
) -> None:
    promised: set[str] = set()
    stop = asyncio.Event()

    async def write(who: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"{who}-{number}"
            try:
                await database.run(_add, name)
            except Unavailable:
                continue  # a commit whose outcome nobody knows was not promised
            promised.add(name)

    writers = [asyncio.ensure_future(write(who)) for who in range(3)]
    await asyncio.sleep(0.3)
    for _ in range(2):
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        before = len(promised)
        async with asyncio.timeout(10):
            while len(promised) < before + 10:  # noqa: ASYNC110 - writers say nothing, they write
                await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*writers)
    assert promised <= await database.run(_names)


async def test_watchers_hear_again_after_a_restart(server: OwnPostgres, database: Database) -> None:
    async with database.watching() as changed, asyncio.timeout(20):
        await changed.wait()
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        changed.clear()
        await changed.wait()  # it says that something may have been missed
        changed.clear()
        await database.run(_add, "after")
        await changed.wait()


async def test_a_connection_that_died_in_the_pool_is_replaced(
    database: Database,
) -> None:
    def end_all_others(connection: Connection) -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        connection.execute(text(f"{others} WHERE pid <> pg_backend_pid()"))

    await asyncio.gather(*(database.run(_names) for _ in range(4)))
    await database.run(end_all_others)
    for number in range(6):
        await database.run(_add, f"n{number}")
    assert len(await database.run(_names)) == 6


async def test_a_server_that_stays_away_is_said_to_be_away(server: OwnPostgres) -> None:
    hurried = Database(server.url, patience=timedelta(seconds=0.5))
    await hurried.run(_empty)
    await asyncio.to_thread(server.kill)
    with pytest.raises(Unavailable) as away:
        await hurried.run(_names)
    assert away.value.can_retry
    await asyncio.to_thread(server.start)
    assert await hurried.run(_names) == set()
    await hurried.close()


async def test_a_deadlock_is_undone_and_done_again(database: Database) -> None:
    """Two who lock the same two rows crosswise: PostgreSQL ends one, and it is run again."""
    await database.run(_add, "one")
    await database.run(_add, "two")
    attempts = 0

    def crosswise(connection: Connection, first: str, second: str) -> None:
        nonlocal attempts
        attempts += 1
        for name in (first, second):
            chosen = select(organisation).where(organisation.c.id == name).with_for_update()
            connection.execute(chosen)
            connection.execute(text("SELECT pg_sleep(0.3)"))

    async with asyncio.timeout(10):
        await asyncio.gather(
            database.run(crosswise, "one", "two"), database.run(crosswise, "two", "one")
        )
    assert attempts == 3


async def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    def slow(connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = 200"))
        connection.execute(text("SELECT pg_sleep(5)"))

    def limit(connection: Connection) -> str:
        return str(connection.execute(text("SHOW statement_timeout")).scalar())

    assert await database.run(limit) == "10s"
    with pytest.raises(DBAPIError, match="statement timeout"):
        await database.run(slow)


async def test_who_waits_too_long_for_a_lock_is_ended_too(database: Database) -> None:
    """A transaction that is left open gives its locks back within the database's own limit."""

    def limit(connection: Connection) -> str:
        shown = text("SHOW idle_in_transaction_session_timeout")
        return str(connection.execute(shown).scalar())

    assert await database.run(limit) == "20s"
