"""The cloud remembers in one database: SQLite on one machine, PostgreSQL for everything beyond.

Each function of a `service.py` is one transaction over a plain synchronous `Connection`; this
module opens the connection, runs the function, commits, and only then tells who is watching.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Dialect,
    Integer,
    MetaData,
    TypeDecorator,
    event,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from typing_extensions import override

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
        if value is None:
            return None
        return datetime.fromtimestamp(value // _MICRO, UTC).replace(microsecond=value % _MICRO)


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A counting key: SQLite counts only INTEGER PRIMARY KEY."""

Json = JSON(none_as_null=True)


class Database:
    """One engine; `run` is a transaction, `watch` yields after each commit that touched a topic."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_size": pool_size}
        if not self.is_sqlite:
            options["connect_args"] = {
                "server_settings": {
                    "statement_timeout": "10000",
                    "idle_in_transaction_session_timeout": "20000",
                },
                "timeout": 5,
            }
        self.engine: AsyncEngine = create_async_engine(url, **options)
        self._one_writer = asyncio.Lock()
        self._watchers: set[asyncio.Event] = set()
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _sqlite_durable)
            event.listen(self.engine.sync_engine, "begin", _sqlite_begin)

    async def run(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """One transaction: commit when `function` returns, roll back when it raises."""
        if self.is_sqlite:
            async with self._one_writer:
                return await self._transact(function, *args, **kwargs)
        return await self._transact(function, *args, **kwargs)

    async def _transact(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        async with self.engine.begin() as connection:
            result = await connection.run_sync(function, *args, **kwargs)
            touched = bool(
                connection.sync_connection and connection.sync_connection.info.pop("touched", False)
            )
        if touched and self.is_sqlite:
            for watcher in self._watchers:
                watcher.set()
        return result

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[asyncio.Event]:
        """An `asyncio.Event` that is set after every commit that changed what people see.

        The watcher clears it. On PostgreSQL by LISTEN, so that it works between processes.
        """
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            if self.is_sqlite:
                yield changed
            else:
                async with self._listening(changed):
                    yield changed
        finally:
            self._watchers.discard(changed)

    @asynccontextmanager
    async def _listening(self, changed: asyncio.Event) -> AsyncIterator[None]:
        async with self.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None

            def heard(*_: object) -> None:
                changed.set()

            await driver.add_listener(CHANNEL, heard)
            try:
                yield
            finally:
                await driver.remove_listener(CHANNEL, heard)

    async def close(self) -> None:
        await self.engine.dispose()


CHANNEL = "hearthline"
"""The PostgreSQL channel on which a commit that people should see is told."""


def touch(connection: Connection) -> None:
    """Say that this transaction changes what people see; told to watchers after its commit."""
    connection.info["touched"] = True
    if connection.dialect.name == "postgresql" and not connection.info.get("notified"):
        connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))


def _sqlite_durable(raw: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = raw.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
