"""Starting the cloud: one process on SQLite, or one for each part on PostgreSQL.

`python -m cloud all` is web, ingest and worker together; `serve`, `ingest` and `worker` are the
same parts alone. Whatever starts says "ready" once it serves, or why it does not.
"""

import asyncio
import json
import random
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import structlog
import typer

from cloud import audit
from cloud.db import Database
from cloud.errors import CloudError, Unauthenticated
from cloud.migrations import migrate as apply_revisions
from cloud.migrations import missing
from cloud.settings import BadSettings, Settings, read_settings
from cloud.single import AlreadyRunning, only_one
from vocabulary.identity import uuid7

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cloud.seed import Roster
    from cloud.serving import WebServer

T = TypeVar("T")
USAGE = 2
"""Exit status: the call or the settings are wrong; starting again without a change is vain."""

app = typer.Typer(
    help="The Hearthline cloud: takes in what hubs tell, sees to it that a named person comes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
care_profile = typer.Typer(
    help="What a home is watched by: show its versions, sign a new one, take one back.",
    no_args_is_help=True,
)
app.add_typer(care_profile, name="care-profile")
SettingsFile = Annotated[
    Path, typer.Option("--settings", help="TOML file; secrets also by HEARTHLINE_CLOUD_…")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
Home = Annotated[UUID, typer.Option("--household", help="The household's id.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads the history.")]
By = Annotated[str, typer.Option("--by", help="Log-in name of who signs.")]
Password = Annotated[
    str, typer.Option(prompt="Password of who signs", hide_input=True, envvar="HEARTHLINE_SIGNER")
]
"""The signer's own, as at log-in: nobody signs in another's name."""
_log = structlog.get_logger("cloud")


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def new_id(at: datetime) -> UUID:
    """A UUIDv7 with randomness from the operating system."""
    return uuid7(at, secrets.token_bytes(10))


@app.command("all")
def run_all(settings: SettingsFile) -> None:
    """Web, ingest and worker in one process; migrates by itself."""
    _serve(settings, {"web", "ingest", "worker"})


@app.command()
def serve(settings: SettingsFile) -> None:
    """The web pages, the telephone's callbacks and the HTTPS way in (PostgreSQL)."""
    _serve(settings, {"web"})


@app.command()
def ingest(settings: SettingsFile) -> None:
    """Take in what hubs tell by MQTT, tell them what they must know (PostgreSQL)."""
    _serve(settings, {"ingest"})


@app.command()
def worker(settings: SettingsFile) -> None:
    """Escalate and page (PostgreSQL; several may run)."""
    _serve(settings, {"worker"})


@app.command()
def migrate(settings: SettingsFile) -> None:
    """Bring the database's schema to this version."""
    told = _read(settings)
    _once(told, lambda database: database.run(apply_revisions))


@app.command()
def seed(
    settings: SettingsFile,
    *,
    zone: Annotated[str, typer.Option(help="IANA time zone of the made-up home.")] = "",
    as_json: AsJson = False,
) -> None:
    """Fill an empty database with a made-up organisation, a home, and its past week."""
    from cloud.auth.passwords import Passwords  # noqa: PLC0415 - only here
    from cloud.seed import ZONE, make_roster, must_be_empty, seed_demo  # noqa: PLC0415 - only here

    told = _read(settings)
    roster = make_roster(secrets.token_urlsafe)

    async def fill(database: Database) -> None:
        await database.run(must_be_empty)
        passwords = Passwords()
        hashes = {one.login: passwords.hash(one.password) for one in roster.people}
        passwords.close()
        rng = random.Random(secrets.randbits(64))  # noqa: S311 - tells stories, keeps no secret
        await database.run(seed_demo, now(), rng, roster, hashes, zone or ZONE)

    _once(told, fill)
    print(json.dumps(roster.as_json()) if as_json else _as_text(roster))


@app.command()
def verify(settings: SettingsFile) -> None:
    """Check every audit chain; exit status 1 if one has been tampered with."""
    told = _read(settings)

    async def check(database: Database) -> dict[str, int]:
        found: dict[str, int] = {}
        for chain in await database.run(audit.chains):
            broken = await database.run(audit.verify, chain)
            if broken is not None:
                found[chain] = broken
        return found

    broken = asyncio.run(_with_database(told, check))
    print(json.dumps({"schema": 1, "broken": broken}))
    raise typer.Exit(1 if broken else 0)


@care_profile.command("history")
def care_history(settings: SettingsFile, household: Home) -> None:
    """Every version of a home's care profile, newest first, as JSON lines."""
    from cloud.care.service import versions  # noqa: PLC0415 - only here

    async def show(database: Database) -> None:
        for one in await database.run(versions, household):
            told = {
                "version": one.version,
                "at": one.at.isoformat(),
                "by": one.name,
                "reason": one.reason,
                "restores": one.restores,
                "home_toml": one.home_toml,
            }
            print(json.dumps(told, ensure_ascii=False))

    _once(_read(settings), show)


@care_profile.command("change")
def care_change(
    settings: SettingsFile, household: Home, by: By, reason: Reason, file: Path, password: Password
) -> None:
    """Make FILE (a home file) the care profile; its hub is told at once."""
    from cloud.care.service import change  # noqa: PLC0415 - only here

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unread:
        _refuse(f"{file}: {unread}")
    _sign(settings, by, password, lambda c, who: change(c, household, who, text, reason, now()))


@care_profile.command("restore")
def care_restore(
    settings: SettingsFile,
    household: Home,
    by: By,
    reason: Reason,
    version: int,
    password: Password,
) -> None:
    """Make an earlier VERSION the care profile again, as a version of its own."""
    from cloud.care.service import restore  # noqa: PLC0415 - only here

    _sign(settings, by, password, lambda c, who: restore(c, household, who, version, reason, now()))


def _sign(file: Path, by: str, password: str, do: Callable[["Connection", UUID], int]) -> None:
    from cloud.auth.passwords import Passwords  # noqa: PLC0415 - only here
    from cloud.auth.sessions import find_person  # noqa: PLC0415 - only here

    async def sign(database: Database) -> None:
        who = await database.run(find_person, by)
        passwords = Passwords()
        is_right = await passwords.is_right(password, who.password_hash if who else None)
        passwords.close()
        if who is None or not is_right:
            raise Unauthenticated("this name and password do not belong together")
        version = await database.run(lambda connection: do(connection, who.id))
        print(json.dumps({"schema": 1, "version": version}))

    _once(_read(file), sign)


def _serve(file: Path, parts: set[str]) -> None:
    settings = _read(file)
    if settings.is_sqlite and len(parts) == 1:
        _refuse(
            f"{file}: SQLite is for one process: run `python -m cloud all`, "
            "or set database_url to postgresql+asyncpg://…"
        )
    lock = only_one(settings.database_url) if settings.is_sqlite else nullcontext()
    try:
        with lock:
            _configure_log()
            asyncio.run(_with_database(settings, lambda database: _run(settings, database, parts)))
    except AlreadyRunning as running:
        _refuse(str(running))


async def _run(settings: Settings, database: Database, parts: set[str]) -> None:
    await _check_schema(database, may_migrate=len(parts) > 1)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    web = _web(settings, database) if "web" in parts else None
    running = [_part(name, settings, database) for name in sorted(parts - {"web"})]
    stopping = asyncio.ensure_future(stop.wait())
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(part, name=name) for name, part in running]
            serving = [group.create_task(web.serve(), name="web")] if web else []
            ready = group.create_task(_say_ready(web, parts), name="ready")
            ends = [stopping, *tasks, *serving]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if web:
                web.should_exit = True
            for task in [*tasks, ready]:
                task.cancel()
    finally:
        stopping.cancel()


def _web(settings: Settings, database: Database) -> "WebServer":
    from cloud.main import create_app  # noqa: PLC0415 - the other parts start faster without
    from cloud.serving import WebServer  # noqa: PLC0415

    return WebServer(create_app(settings, database, clock=now), settings.host, settings.port)


def _part(
    name: str, settings: Settings, database: Database
) -> tuple[str, Coroutine[Any, Any, None]]:
    if name == "worker":
        from cloud.worker import run_worker  # noqa: PLC0415 - each part loads only its own

        return name, run_worker(database, settings, clock=now)
    from cloud.ingest import Ingest  # noqa: PLC0415 - each part loads only its own

    identifier = f"ingest-{secrets.token_hex(6)}"
    listener = Ingest(database, settings, now=now, new_id=new_id, identifier=identifier)
    return name, listener.run()


async def _say_ready(web: "WebServer | None", parts: set[str]) -> None:
    if web is not None:
        await web.is_up.wait()
    _log.info("ready", parts=sorted(parts))


async def _check_schema(database: Database, *, may_migrate: bool) -> None:
    try:
        behind = await database.run(missing)
    except KeyError as unknown:
        _refuse(f"the database has revision {unknown}, which this version does not know: update")
    if behind and not may_migrate:
        _refuse(f"the database lacks {len(behind)} revisions: run `python -m cloud migrate` first")
    if behind:
        await database.run(apply_revisions)


async def _with_database(settings: Settings, do: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    database = Database(settings.database_url)
    try:
        return await do(database)
    finally:
        await database.close()


def _once(settings: Settings, do: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    lock = only_one(settings.database_url) if settings.is_sqlite else nullcontext()
    try:
        with lock:
            asyncio.run(_with_database(settings, do))
    except (AlreadyRunning, CloudError) as refused:
        _refuse(str(refused))


def _read(file: Path) -> Settings:
    try:
        return read_settings(file)
    except BadSettings as bad:
        _refuse(str(bad))


def _refuse(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise typer.Exit(USAGE)


def _configure_log() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def _as_text(roster: "Roster") -> str:
    lines = [f"hub {roster.hub_id}, token {roster.hub_token}", ""]
    lines += [
        f"{one.role:<11} {one.name:<22} {one.login:<32} {one.password}" for one in roster.people
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    app()
