"""The cloud remembers in one database: SQLite on one machine, PostgreSQL for everything beyond.

Each function of a `service.py` is one transaction over a plain synchronous `Connection`; this
module opens the connection, runs the function, commits, and only then tells who is watching.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Dialect,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from typing_extensions import override

from cloud.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = 1_000_000


class Instant(TypeDecorator[datetime]):
    """An instant as microseconds since 1970: the same number in every database, never naive."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; an instant needs one")
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * _MICRO + since.microseconds

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A counting key: SQLite counts only INTEGER PRIMARY KEY."""

Json = JSON(none_as_null=True)

CHANNEL = "hearthline"
"""The PostgreSQL channel on which a commit that people should see is told."""

STATEMENT_LIMIT = timedelta(seconds=10)
"""A slower statement is ended by PostgreSQL: somebody else's page waits behind it (F32)."""
PATIENCE = timedelta(seconds=10)
"""How long a transaction waits for a database that restarts: twice RELIABILITY §1.5's figure."""


class Database:
    """One engine; `run` is a transaction, `watching` tells of commits that touched."""

    def __init__(self, url: str, *, pool_size: int = 5, patience: timedelta = PATIENCE) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine: AsyncEngine = create_async_engine(url, **_options(url, pool_size))
        self._patience = patience.total_seconds()
        self._one_writer = asyncio.Lock()
        self._watchers: set[asyncio.Event] = set()
        self._listener: asyncio.Task[None] | None = None
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _sqlite_durable)
            event.listen(self.engine.sync_engine, "begin", _sqlite_begin)

    async def run(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """One transaction: commit when `function` returns, roll back when it raises.

        A database that was gone before the commit was asked for has undone everything, and so has
        one that broke a deadlock: the function is then run again, for as long as `patience`.
        Raises `Unavailable` after that, and at once when the outcome of a commit is unknown: our
        services find out what is there already, so asking again is safe.
        """
        deadline = asyncio.get_running_loop().time() + self._patience
        pause = 0.05
        while True:
            attempt = asyncio.create_task(self._transact(function, *args, **kwargs))
            try:
                return await _whole(attempt)
            except _Undone as undone:
                if asyncio.get_running_loop().time() + pause > deadline:
                    raise Unavailable("the database does not answer; try again") from undone
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.5)

    async def _transact(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        if self.is_sqlite:
            async with self._one_writer:
                result, touched = await self._attempt(function, *args, **kwargs)
        else:
            result, touched = await self._attempt(function, *args, **kwargs)
        if touched and self.is_sqlite:
            self._tell_watchers()
        return result

    async def _attempt(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> tuple[T, bool]:
        connection = await self._connect()
        try:
            connection.info.pop("touched", None)  # it stays with the pooled connection
            try:
                transaction = await connection.begin()
                result = await connection.run_sync(function, *args, **kwargs)
            except DBAPIError as failed:
                if _is_undone(failed):
                    raise _Undone from failed
                raise
            touched = bool(connection.info.pop("touched", False))
            try:
                await transaction.commit()
            except (DBAPIError, OSError) as lost:
                if isinstance(lost, DBAPIError) and _state(lost) in _ROLLED_BACK:
                    raise _Undone from lost
                raise Unavailable("the database went away during a commit; try again") from lost
            return result, touched
        finally:
            await connection.close()

    async def _connect(self) -> AsyncConnection:
        try:
            return await self.engine.connect()
        except (DBAPIError, PoolExhausted, OSError, TimeoutError, *_CANNOT_CONNECT) as absent:
            raise _Undone from absent

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[asyncio.Event]:
        """An `asyncio.Event` that is set after every commit that changed what people see.

        The watcher clears it. On PostgreSQL by LISTEN, so that it works between processes; it is
        also set whenever that connection had to be made again, for what was missed meanwhile.
        """
        changed = asyncio.Event()
        self._watchers.add(changed)
        if not self.is_sqlite and self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="listen")
        try:
            yield changed
        finally:
            self._watchers.discard(changed)
            if not self._watchers:
                await self._stop_listening()

    async def close(self) -> None:
        """Let go of every connection; transactions that run are cut off."""
        await self._stop_listening()
        await self.engine.dispose()

    def _tell_watchers(self, *_: object) -> None:
        for watcher in self._watchers:
            watcher.set()

    async def _listen(self) -> None:
        """One connection for all watchers of this process, made anew for as long as any is left."""
        address = make_url(self.url).set(drivername="postgresql")
        dsn = address.render_as_string(hide_password=False)
        while True:
            try:
                async with asyncio.timeout(5):
                    raw = await asyncpg.connect(dsn)
            except (OSError, TimeoutError, asyncpg.PostgresError):
                await asyncio.sleep(0.5)
                continue
            try:
                await raw.add_listener(CHANNEL, self._tell_watchers)
                self._tell_watchers()
                while True:  # asks, because a half-open connection never says that it is gone
                    await asyncio.sleep(_LISTEN_CHECK)
                    await raw.execute("SELECT 1", timeout=5)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.1)
            finally:
                raw.terminate()

    async def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.wait([listener])


_LISTEN_CHECK = 1.0
"""Seconds: for at most this long after a restart of PostgreSQL do open pages show old state."""


def touch(connection: Connection) -> None:
    """Say that this transaction changes what people see; told to watchers after its commit."""
    if connection.info.get("touched"):
        return
    connection.info["touched"] = True
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert unless a row with one of its unique keys is there; whether it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


async def _whole(attempt: asyncio.Task[T]) -> T:
    """Wait for a transaction that ends as a whole, even if whoever waits is cancelled.

    A browser that leaves, or a broker that is lost, cancels whoever writes. Cut off inside a
    transaction, SQLite's file stayed locked until the garbage collector came by.
    """
    try:
        return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        if not attempt.done():
            await asyncio.wait([attempt])
        if not attempt.cancelled():
            attempt.exception()  # whoever would have heard of it has left
        raise


class _Undone(Exception):
    """Nothing of this transaction was kept."""


_CANNOT_CONNECT = (
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
)
_ROLLED_BACK = frozenset({"40001", "40P01"})
"""PostgreSQL's words for "I have undone it": serialization failure, deadlock."""
_SHUT_DOWN = frozenset({"57P01", "57P02", "57P03"})


def _state(failed: DBAPIError) -> str:
    return str(getattr(failed.orig, "sqlstate", None) or "")


def _is_undone(failed: DBAPIError) -> bool:
    return failed.connection_invalidated or _state(failed) in _ROLLED_BACK | _SHUT_DOWN


def _options(url: str, pool_size: int) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {}
    limit = int(STATEMENT_LIMIT.total_seconds() * 1000)
    return {
        "pool_size": pool_size,
        "pool_timeout": 5,
        "connect_args": {
            "timeout": 5,
            "command_timeout": 2 * STATEMENT_LIMIT.total_seconds(),
            "server_settings": {
                "statement_timeout": str(limit),
                "idle_in_transaction_session_timeout": str(2 * limit),
                "application_name": "hearthline",
            },
        },
    }


def _sqlite_durable(raw: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    raw.isolation_level = None  # else the driver begins by itself, late and not IMMEDIATE
    cursor = raw.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL lost commits in 1,066 of 1,500 power cuts
        "foreign_keys=ON",
        "busy_timeout=5000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
