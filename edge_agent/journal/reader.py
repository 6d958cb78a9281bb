"""After a power cut the hub asks its journal what was running, what is open, what is unsent."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from edge_agent.journal.batch import EpisodeRow, OutboxRow
from edge_agent.journal.opening import DAMAGE
from edge_agent.journal.rows import SOURCE_COLUMNS, Source, unpack
from edge_agent.journal.schema import ALIVE, instant, micros
from edge_agent.timeline import Anchor
from vocabulary.finding import Finding
from vocabulary.observation import VITALS, Kind, Observation
from vocabulary.wire import FindingPart

_T = TypeVar("_T")
_ROW = "at, source, value, flags, text, reported, confidence"
_NEWEST = (
    "SELECT body FROM finding AS f WHERE id = (SELECT max(id) FROM finding WHERE slug = f.slug"
    " AND variant = f.variant AND device = f.device AND state = f.state) ORDER BY id"
)
_UNRECEIPTED = (
    "SELECT event_id, kind, created_at, payload, incident_id, revision, priority FROM outbox"
    " WHERE receipted_at IS NULL AND refused IS NULL ORDER BY created_at, revision"
)
"""What the cloud has neither committed nor refused for good, oldest first."""
_OPEN = (
    "SELECT incident_id, body FROM incident WHERE is_closed = 0 ORDER BY incident_id, revision DESC"
)
_CLOSED = (
    "SELECT incident_id, body FROM incident WHERE is_closed = 1 AND at >= ?"
    " ORDER BY incident_id, revision DESC"
)
_JUST_CLOSED = timedelta(minutes=10)
"""As long as a command is repeated while its bridge is away: later it has been carried out."""
MOST_ROWS = 2**63 - 1
"""SQLite's own highest row number."""
TOLD_OF_STILL = Kind.MEDICATION_TAKEN
"""The one event that is told of however old: that a dispenser is there, and was heard."""
_VITALS = tuple(sorted(kind.value for kind in VITALS))


@dataclass(slots=True)
class Recollection:
    """What the journal holds that a starting hub needs, apart from the readings."""

    anchor: Anchor | None
    newest_at: datetime | None
    alive_at: datetime | None = None
    """The last instant at which the hub before this one is known to have lived, to a minute."""
    findings: list[Finding] = field(default_factory=list)
    """Raised and cleared, oldest first: the newest of each slug, variant and device."""
    released: list[tuple[str, datetime]] = field(default_factory=list)
    """Slug and since of those whose incident a person has closed."""
    incidents: list[list[str]] = field(default_factory=list)
    """The revisions of each open incident, newest first, as its own JSON."""
    just_closed: list[list[str]] = field(default_factory=list)
    """The same of those that were closed within the ten minutes before `alive_at`."""
    outbox: list[OutboxRow] = field(default_factory=list)
    presses: dict[str, datetime] = field(default_factory=dict)
    """When each press was last heard, by its key."""
    heard_down: set[UUID] = field(default_factory=set)
    notes: dict[str, str] = field(default_factory=dict)
    last_row: int = 0
    """The newest reading: what the hub hears from now on gets higher numbers."""
    unreadable: int = 0
    """Rows and tables that a damaged disk has made nonsense of."""


def recollect(db: sqlite3.Connection) -> Recollection:
    """Everything but the readings; takes milliseconds. Rows that make no sense are counted."""
    rows = _Rows(db)
    anchors = rows.each(
        "SELECT boot_id, monotonic, at, is_placed FROM start ORDER BY id DESC LIMIT 1",
        lambda boot, monotonic, at, placed: Anchor(boot, monotonic, instant(at), bool(placed)),
    )
    newest = rows.each(
        "SELECT max(at) FROM (SELECT max(at) AS at FROM observation"
        " UNION ALL SELECT max(at) FROM incident UNION ALL SELECT max(at) FROM start)",
        lambda at: None if at is None else instant(at),
    )
    last_row = rows.each("SELECT max(id) FROM observation", lambda row: row or 0)
    past = Recollection(
        last_row=next(iter(last_row), 0),
        anchor=next(iter(anchors), None),
        newest_at=next(iter(newest), None),
        findings=rows.each(_NEWEST, lambda body: FindingPart.model_validate_json(body).finding()),
        released=rows.each(
            "SELECT slug, max(since) FROM finding WHERE is_released = 1 GROUP BY slug",
            lambda slug, since: (str(slug), instant(since)),
        ),
        incidents=_revisions(rows, _OPEN),
        outbox=rows.each(_UNRECEIPTED, _outbox_row),
        presses=dict(rows.each("SELECT key, at FROM press", lambda k, at: (str(k), instant(at)))),
        heard_down=set(rows.each("SELECT event_id FROM heard_down", UUID)),
        notes=dict(rows.each("SELECT key, value FROM note", lambda key, value: (key, value))),
    )
    lived = past.notes.pop(ALIVE, "")
    instants = [past.newest_at, instant(int(lived)) if lived.isdecimal() else None]
    past.alive_at = max((at for at in instants if at is not None), default=None)
    if past.alive_at is not None:
        past.just_closed = _revisions(rows, _CLOSED, micros(past.alive_at - _JUST_CLOSED))
    past.unreadable = rows.unreadable
    return past


def readings(
    db: sqlite3.Connection,
    since: datetime,
    kinds: Collection[Kind] = frozenset(Kind),
    last_row: int = MOST_ROWS,
) -> Iterator[Observation]:
    """Each source's last state before `since`, then every reading up to `last_row`, in order.

    Only of these kinds: of the others no row is fetched.
    """
    sources = {key: source for key, source in _sources(db).items() if source[1] in kinds}
    yield from unpack(sources, _last_before(db, sources, since))
    places = ", ".join("?" * len(kinds))
    rows = db.execute(
        f"SELECT {_ROW} FROM observation WHERE at >= ? AND id <= ? AND +source IN"  # noqa: S608 - placeholders
        f" (SELECT id FROM source WHERE kind IN ({places})) ORDER BY at, id",
        (micros(since), last_row, *kinds),
    )
    yield from unpack(sources, rows)


def last_words(
    db: sqlite3.Connection, since: datetime, besides: Collection[Kind]
) -> Iterator[Observation]:
    """Of all other kinds no more than shows when each device last spoke by itself.

    As `readings` would show it: a source silent since then is told by its last state before.
    """
    sources = {key: source for key, source in _sources(db).items() if source[1] not in besides}
    newest = {
        key: db.execute(
            f"SELECT {_ROW} FROM observation WHERE source = ? AND at >= ? AND flags & 16 = 0"  # noqa: S608 - our own constant
            " ORDER BY at DESC LIMIT 1",
            (key, micros(since)),
        ).fetchone()
        for key in sources
    }
    silent = {key: source for key, source in sources.items() if newest[key] is None}
    yield from unpack(sources, _last_before(db, silent, since))
    yield from unpack(sources, (row for row in newest.values() if row is not None))


def signs(
    db: sqlite3.Connection, since: datetime
) -> tuple[dict[int, Source], Iterator[tuple[int, int, object]]]:
    """Sources by number; and in the rows' order what they told: microseconds, source, value.

    What was found retained is no sign of life and left out. As the table holds it, because a
    fortnight of a large home is two million rows: a claim is 0 or 1.
    """
    first = db.execute("SELECT min(id) FROM observation WHERE at >= ?", (micros(since),)).fetchone()
    rows = db.execute(
        "SELECT at, source, value FROM observation WHERE id >= ? AND flags & 16 = 0 ORDER BY id",
        (first[0] or 0,),
    )
    return _sources(db), rows


def starts(db: sqlite3.Connection, since: datetime) -> list[int]:
    """When the hub has started, in microseconds, oldest first."""
    rows = db.execute("SELECT at FROM start WHERE at >= ? ORDER BY at", (micros(since),))
    return [at for (at,) in rows]


def vitals(db: sqlite3.Connection, since: datetime, until: datetime) -> Iterator[Observation]:
    """Vital signs of a stretch of time, oldest first."""
    sources = {key: source for key, source in _sources(db).items() if source[1] in _VITALS}
    places = ", ".join("?" * len(sources))
    rows = db.execute(
        f"SELECT {_ROW} FROM observation WHERE source IN ({places})"  # noqa: S608 - placeholders
        " AND at >= ? AND at < ? ORDER BY at, id",
        (*sources, micros(since), micros(until)),
    )
    yield from unpack(sources, rows)


def episodes(db: sqlite3.Connection, since: datetime, until: datetime) -> list[EpisodeRow]:
    """Ended episodes that touch a stretch of time, oldest first."""
    return [
        EpisodeRow(what, place, instant(begun), instant(ended))
        for what, place, begun, ended in db.execute(
            "SELECT what, place, since, until FROM episode"
            " WHERE since < ? AND until > ? ORDER BY since",
            (micros(until), micros(since)),
        )
    ]


@dataclass(slots=True)
class _Rows:
    """Reads what can be read: damage in one row or table does not hide the others."""

    db: sqlite3.Connection
    unreadable: int = 0

    def each(self, query: str, make: Callable[..., _T], *values: int) -> list[_T]:
        found: list[_T] = []
        try:
            for row in self.db.execute(query, values):
                try:
                    found.append(make(*row))
                except (ValueError, TypeError, OverflowError):
                    self.unreadable += 1
        except DAMAGE:
            self.unreadable += 1
        return found


def _revisions(rows: _Rows, query: str, *values: int) -> list[list[str]]:
    by_incident: dict[str, list[str]] = {}
    for incident_id, body in rows.each(
        query,
        lambda incident_id, body: (str(incident_id), str(body)),
        *values,
    ):
        by_incident.setdefault(incident_id, []).append(body)
    return list(by_incident.values())


def _outbox_row(  # noqa: PLR0913, PLR0917 - the columns of the query
    event: str,
    kind: str,
    created: int,
    payload: bytes,
    incident: str,
    revision: int,
    priority: int,
) -> OutboxRow:
    incident_id = UUID(incident) if incident else None
    return OutboxRow(UUID(event), kind, instant(created), payload, incident_id, revision, priority)


def _sources(db: sqlite3.Connection) -> dict[int, Source]:
    return {
        row[0]: tuple(row[1:])
        for row in db.execute(f"SELECT id, {SOURCE_COLUMNS} FROM source")  # noqa: S608 - our own constant
    }


def _last_before(
    db: sqlite3.Connection, sources: dict[int, Source], since: datetime
) -> list[tuple[object, ...]]:
    """States, and the last dose taken: what else happened once before `since` is over."""
    newest: dict[tuple[str, str, str], tuple[object, ...]] = {}
    for key, (device, kind, instance_, *_) in sources.items():
        row = db.execute(
            f"SELECT {_ROW} FROM observation WHERE source = ? AND at < ?"  # noqa: S608 - our own constant
            " AND (flags & 8 = 0 OR ?) ORDER BY at DESC, id DESC LIMIT 1",
            (key, micros(since), kind == TOLD_OF_STILL),
        ).fetchone()
        last = newest.get((device, kind, instance_))
        if row is not None and (last is None or row[0] > last[0]):
            newest[(device, kind, instance_)] = row
    return sorted(newest.values(), key=lambda row: row[0])  # type: ignore[arg-type,return-value]  # instants
