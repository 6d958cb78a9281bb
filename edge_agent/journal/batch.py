"""A press, its finding, its incident and its message reach the disk together, or not at all."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from edge_agent.journal.pruning import prune
from edge_agent.journal.rows import SOURCE_COLUMNS, Source, pack, source_of
from edge_agent.journal.schema import ALIVE, micros
from edge_agent.timeline import Anchor, ClockStep
from vocabulary.finding import Finding
from vocabulary.observation import Observation
from vocabulary.wire import FindingPart


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One revision of an incident, as its own JSON."""

    incident_id: UUID
    revision: int
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message on its way up; it leaves the outbox only by the cloud's own receipt."""

    event_id: UUID
    kind: str
    created_at: datetime
    payload: bytes = field(repr=False)
    incident_id: UUID | None = None
    revision: int = 0
    priority: int = 2
    """0 a critical incident, 1 any other, 2 the rest: who goes first when all wait."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """The cloud has committed this message, or says that it never will (kept, not sent again)."""

    event_id: UUID
    at: datetime
    sent: int = 0
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """A stay, a door standing open, a time in bed that has ended."""

    what: str
    place: str
    since: datetime
    until: datetime


@dataclass(slots=True)
class Batch:
    """One transaction."""

    observations: list[Observation] = field(default_factory=list)
    presses: list[tuple[str, datetime]] = field(default_factory=list)
    """Keys of the presses in it, so that a repeated delivery is known again."""
    findings: list[Finding] = field(default_factory=list)
    incidents: list[IncidentRow] = field(default_factory=list)
    closed: list[tuple[UUID, datetime]] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    receipts: list[ReceiptRow] = field(default_factory=list)
    heard_down: list[tuple[UUID, datetime]] = field(default_factory=list)
    released: list[tuple[str, datetime]] = field(default_factory=list)
    """Slug and since of findings whose incident a human has closed."""
    episodes: list[EpisodeRow] = field(default_factory=list)
    anchor: Anchor | None = None
    clock_step: tuple[str, ClockStep] | None = None
    notes: dict[str, str] = field(default_factory=dict)
    prune_at: datetime | None = None
    """Forget what is older than its keeping time, seen from here; a bounded number of rows.

    Noted as the last instant at which the hub is known to have lived.
    """

    def write(self, db: sqlite3.Connection, sources: dict[Source, int]) -> None:
        """Within the caller's transaction; `sources` is the caller's memory of the table."""
        _write_observations(db, sources, self.observations)
        _write_what_follows(db, self)
        db.executemany(
            "INSERT OR IGNORE INTO heard_down VALUES (?, ?)",
            [(str(event), micros(at)) for event, at in self.heard_down],
        )
        db.executemany(
            "INSERT OR REPLACE INTO episode VALUES (?, ?, ?, ?)",
            [(e.what, e.place, micros(e.since), micros(e.until)) for e in self.episodes],
        )
        db.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", list(self.notes.items()))
        if self.prune_at is not None:
            prune(db, self.prune_at)
            alive = (ALIVE, str(micros(self.prune_at)))
            db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", alive)
        if self.anchor is not None:
            db.execute(
                "INSERT INTO start (boot_id, monotonic, at, is_placed) VALUES (?, ?, ?, ?)",
                (
                    self.anchor.boot_id,
                    self.anchor.monotonic,
                    micros(self.anchor.at),
                    int(self.anchor.is_placed),
                ),
            )
        if self.clock_step is not None:
            boot_id, step = self.clock_step
            db.execute(
                "INSERT INTO clock_step (at, boot_id, before, after) VALUES (?, ?, ?, ?)",
                (
                    micros(step.at),
                    boot_id,
                    *(round(o.total_seconds() * 1e6) for o in (step.before, step.after)),
                ),
            )


def source_id(db: sqlite3.Connection, sources: dict[Source, int], source: Source) -> int:
    """The number of a source, made when it is new."""
    known = sources.get(source)
    if known is not None:
        return known
    db.execute(
        f"INSERT OR IGNORE INTO source ({SOURCE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own constant
        source,
    )
    found = db.execute(
        "SELECT id FROM source WHERE device = ? AND kind = ? AND instance = ? AND room = ?"
        " AND room_type = ? AND guards = ? AND layer = ?",
        source,
    ).fetchone()
    sources[source] = int(found[0])
    return int(found[0])


def _write_observations(
    db: sqlite3.Connection, sources: dict[Source, int], observations: list[Observation]
) -> None:
    numbers = [source_id(db, sources, source_of(seen)) for seen in observations]
    db.executemany(
        "INSERT INTO observation (at, source, value, flags, text, reported, confidence)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        # one by one: packing a thousand at once would keep the hub's own thread from the processor
        map(pack, observations, numbers),
    )


def _write_what_follows(db: sqlite3.Connection, batch: Batch) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO press VALUES (?, ?)", [(k, micros(at)) for k, at in batch.presses]
    )
    db.executemany(
        "INSERT INTO finding (at, slug, variant, device, since, state, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                micros(f.at),
                f.slug,
                f.variant,
                f.device,
                micros(f.since),
                f.state.value,
                FindingPart.of(f).model_dump_json(),
            )
            for f in batch.findings
        ],
    )
    db.executemany(
        "INSERT OR REPLACE INTO incident VALUES (?, ?, ?, 0, ?)",
        [(str(i.incident_id), i.revision, micros(i.at), i.body) for i in batch.incidents],
    )
    db.executemany(
        "UPDATE incident SET is_closed = 1, at = ? WHERE incident_id = ?",
        [(micros(at), str(incident_id)) for incident_id, at in batch.closed],
    )
    db.executemany(
        "INSERT OR IGNORE INTO outbox"
        " (event_id, kind, incident_id, revision, priority, created_at, payload)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                str(m.event_id),
                m.kind,
                str(m.incident_id or ""),
                m.revision,
                m.priority,
                micros(m.created_at),
                m.payload,
            )
            for m in batch.outbox
        ],
    )
    db.executemany(
        "UPDATE outbox SET receipted_at = ?, sent = ?, refused = ? WHERE event_id = ?",
        [
            (None if r.refused else micros(r.at), r.sent, r.refused, str(r.event_id))
            for r in batch.receipts
        ],
    )
    db.executemany(
        "UPDATE finding SET is_released = 1 WHERE slug = ? AND since = ?",
        [(slug, micros(since)) for slug, since in batch.released],
    )
