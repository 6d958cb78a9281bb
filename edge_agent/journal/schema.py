"""What the hub must still know after a power cut, and how long it keeps it.

Instants are integer microseconds since 1970 UTC: SQLite has no time zone to lose.
"""

from datetime import UTC, datetime, timedelta

VERSION = 1

KEEP_OBSERVATIONS = timedelta(days=14)
KEEP_EPISODES = timedelta(days=400)
"""Episodes, vitals and findings: what signals learn from and responders ask for (DESIGN §5)."""
KEEP_INCIDENTS = timedelta(days=30)
"""After closing: a restored cloud may ask for them again (RELIABILITY INV-1)."""

TABLES = """
CREATE TABLE IF NOT EXISTS source (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL, kind TEXT NOT NULL, instance TEXT NOT NULL,
    room TEXT NOT NULL, room_type TEXT NOT NULL, guards TEXT NOT NULL, layer TEXT NOT NULL,
    UNIQUE (device, kind, instance, room, room_type, guards, layer)
) STRICT;
CREATE TABLE IF NOT EXISTS observation (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL, source INTEGER NOT NULL, value ANY, flags INTEGER NOT NULL,
    text TEXT, reported INTEGER, confidence REAL
) STRICT;
CREATE INDEX IF NOT EXISTS observation_at ON observation (at);
CREATE INDEX IF NOT EXISTS observation_source_at ON observation (source, at);
CREATE TABLE IF NOT EXISTS finding (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL, slug TEXT NOT NULL, variant TEXT NOT NULL, device TEXT NOT NULL,
    since INTEGER NOT NULL, state TEXT NOT NULL, is_released INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS finding_key ON finding (slug, variant, device, id);
CREATE TABLE IF NOT EXISTS incident (
    incident_id TEXT NOT NULL, revision INTEGER NOT NULL,
    at INTEGER NOT NULL, is_closed INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (incident_id, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    event_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL, incident_id TEXT NOT NULL, revision INTEGER NOT NULL,
    priority INTEGER NOT NULL, created_at INTEGER NOT NULL, payload BLOB NOT NULL,
    receipted_at INTEGER, sent INTEGER NOT NULL DEFAULT 0, refused TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heard_down (
    event_id TEXT PRIMARY KEY, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS press (
    key TEXT PRIMARY KEY, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS episode (
    what TEXT NOT NULL, place TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (since, what, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS start (
    id INTEGER PRIMARY KEY,
    boot_id TEXT NOT NULL, monotonic REAL NOT NULL, at INTEGER NOT NULL, is_placed INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS clock_step (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL, boot_id TEXT NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS note (
    key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

ALIVE = "alive"
"""The note of when the hub last did its housekeeping."""

SALVAGED = ("finding", "incident", "outbox", "heard_down", "press", "episode", "start", "note")
"""Copied row by row out of a damaged file, as far as it can be read; observations start anew."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """An instant as the tables hold it."""
    return (at - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """An instant as the programs hold it."""
    return _EPOCH + timedelta(microseconds=value)
