"""A journal may be found damaged: it is set aside and told about, never deleted, never trusted.

What a person still waits for (open incidents, the outbox, presses) is carried over row by row.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from edge_agent.journal.schema import SALVAGED, TABLES, VERSION

DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite throws over a damaged file; it may quote the damage in a message that is no UTF-8."""
_BUSY = 2.0
"""Seconds to wait for another reader's lock (a backup): then it counts as a fault of the disk."""
RESERVE_BYTES = 4 * 1024 * 1024
"""Held back on the disk so that incidents still fit when everything else is full."""


@dataclass(slots=True)
class Opened:
    """A journal ready for writing, and what was wrong with it."""

    db: sqlite3.Connection
    faults: set[str] = field(default_factory=set)
    """journal_moved_aside, journal_in_memory."""
    set_aside: Path | None = None
    salvaged: int = 0
    """Rows carried over from a damaged file."""


def open_journal(path: Path, now: datetime) -> Opened:
    """Open, check and, where needed, replace the journal; never raises over a bad disk or file.

    A disk that takes no file at all gives a journal in memory: the hub protects, and says so.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _open_or_replace(path, now)
    except (OSError, sqlite3.OperationalError):
        db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        db.executescript(TABLES)
        return Opened(db, {"journal_in_memory"})


def connect(path: Path) -> sqlite3.Connection:
    """A connection that commits to the platter; raises `sqlite3.Error`."""
    db = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # NORMAL lost 1,066 of 1,500 power cuts
        db.executescript(TABLES)
        db.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        db.close()
        raise
    return db


def read_only(path: Path) -> sqlite3.Connection:
    """A second connection for looking back while the writer writes."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY)


def is_sound(db: sqlite3.Connection, *tables: str) -> bool:
    """Whether SQLite's own check finds nothing; without names the whole file is checked."""
    names = tables or ("",)
    try:
        answers = [
            db.execute(f"PRAGMA quick_check({name})" if name else "PRAGMA quick_check").fetchone()
            for name in names
        ]
    except DAMAGE:
        return False
    return all(answer == ("ok",) for answer in answers)


def _open_or_replace(path: Path, now: datetime) -> Opened:
    existed = path.exists()
    try:
        db = connect(path)
    except sqlite3.OperationalError as refused:
        if "malformed" not in str(refused):
            raise
    except DAMAGE:
        pass  # not a database any more
    else:
        if not existed or is_sound(db):
            _keep_reserve(path)
            return Opened(db)
        db.close()
    return _replace(path, now)


def _replace(path: Path, now: datetime) -> Opened:
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S%f}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    db = connect(path)
    salvaged = _salvage(aside, db)
    return Opened(db, {"journal_moved_aside"}, aside, salvaged)


def _salvage(aside: Path, db: sqlite3.Connection) -> int:
    try:
        old = sqlite3.connect(f"{aside.absolute().as_uri()}?immutable=0&mode=ro", uri=True)
    except sqlite3.Error:
        return 0
    copied = 0
    try:
        for table in SALVAGED:
            copied += _copy_table(old, db, table)
    finally:
        old.close()
    return copied


def _copy_table(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    copied = 0
    try:
        rows = old.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own constant
        places = ", ".join("?" * len(rows.description))
        while (row := rows.fetchone()) is not None:
            new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row)  # noqa: S608 - the same
            copied += 1
    except DAMAGE:
        return copied  # the rest of this table cannot be read
    return copied


def _keep_reserve(path: Path) -> None:
    reserve = reserve_of(path)
    if not reserve.exists():
        try:
            reserve.write_bytes(b"\0" * RESERVE_BYTES)
        except OSError:
            reserve.unlink(missing_ok=True)


def reserve_of(path: Path) -> Path:
    """The file that gives its place to incidents when the disk is full."""
    return path.with_name("reserve")
