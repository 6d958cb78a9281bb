"""Who knew what, and when, must be provable after a bad night: one hash chain per household.

Every change of state writes its row here in the same transaction. Rows are only ever added (the
database itself refuses more); each carries the hash of the one before, and the chain's head says
how long it is, so that an edited, removed, reordered or cut-off row is found. Personal text
enters as a hash under the chain's own salt: when salt and text are erased, the skeleton remains.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    event,
    insert,
    select,
    update,
)

from cloud.db import Instant, Json, Serial, insert_once, metadata

Value = str | int | float | bool | None

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("chain", String(80), nullable=False),  # household:<id> or organisation:<id>
    Column("sequence", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),  # person:<id>, hub:<id>, system:<part>
    Column("action", String(40), nullable=False),
    Column("incident_id", Uuid),
    Column("body", Json, nullable=False),  # ids and numbers; personal text only as salted hash
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("chain", "sequence"),
    Index("ix_audit_incident_id", "incident_id"),
)
"""Append only; one hash chain per household (and one per organisation for what has no home)."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("chain", String(80), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("salt", String(32), nullable=False),
)
"""How long each chain is and how it ends; its lock lets one writer at a time append."""

START = "0" * 64
"""What the first row of a chain names as the hash before it."""

APPEND_ONLY: Mapping[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{verb} BEFORE {verb.upper()} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'audit is append only'); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit is append only'; END $$"
        ),
        (
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
        ),
    ),
}
"""What makes the database itself refuse to change a row, by dialect."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        _trigger = DDL(_statement)  # type: ignore[no-untyped-call]  # as SQLAlchemy has it
        event.listen(audit, "after_create", _trigger.execute_if(dialect=_dialect))


def chain_of(organisation_id: str, household_id: UUID | None) -> str:
    """The chain that something belongs to: its household's, else its organisation's."""
    if household_id is not None:
        return f"household:{household_id}"
    return f"organisation:{organisation_id}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a chain."""

    sequence: int
    at: datetime
    actor: str
    action: str
    incident_id: UUID | None
    body: Mapping[str, Value]


def record(
    connection: Connection,
    *,
    organisation_id: str,
    household_id: UUID | None,
    at: datetime,
    actor: str,
    action: str,
    incident_id: UUID | None = None,
    body: Mapping[str, Value] | None = None,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Append one row to the chain of the household (or organisation), in this transaction.

    `actor`: person:<id>, hub:<id> or system:<part>. `body`: ids, numbers and words of closed
    lists only. `personal`: text of or about a person; only its salted hash is kept.
    """
    chain = chain_of(organisation_id, household_id)
    head = _lock_head(connection, chain, organisation_id)
    kept: dict[str, Value] = dict(body or {})
    for name, said in (personal or {}).items():
        kept[f"{name}_hash"] = _salted(head.salt, said)
    row = {
        "organisation_id": organisation_id,
        "chain": chain,
        "sequence": head.sequence + 1,
        "at": at,
        "actor": actor,
        "action": action,
        "incident_id": incident_id,
        "body": kept,
        "previous": head.hash,
    }
    row["hash"] = _hash_of(row)
    connection.execute(insert(audit).values(**row))
    connection.execute(
        update(audit_head)
        .where(audit_head.c.chain == chain)
        .values(sequence=row["sequence"], hash=row["hash"])
    )


def verify(connection: Connection, chain: str) -> int | None:
    """The sequence of the first row that is missing or not as it was written; None: all true."""
    head = connection.execute(select(audit_head).where(audit_head.c.chain == chain)).one_or_none()
    previous, expected = START, 1
    query = select(audit).where(audit.c.chain == chain).order_by(audit.c.sequence)
    for row in connection.execute(query):
        is_true = row.previous == previous and row.hash == _hash_of(row._asdict())
        if row.sequence != expected or not is_true:
            return expected
        previous, expected = row.hash, expected + 1
    if head is None:
        return None if expected == 1 else expected
    if head.sequence != expected - 1 or head.hash != previous:
        return expected if head.sequence >= expected else int(head.sequence) + 1
    return None


def chains(connection: Connection) -> list[str]:
    """Every chain there is, by its head or by its rows."""
    by_head = connection.execute(select(audit_head.c.chain)).scalars()
    by_row = connection.execute(select(audit.c.chain).distinct()).scalars()
    return sorted({*by_head, *by_row})


def entries(connection: Connection, incident_id: UUID) -> list[Entry]:
    """What was done about an incident, oldest first."""
    query = select(audit).where(audit.c.incident_id == incident_id).order_by(audit.c.id)
    return [
        Entry(row.sequence, row.at, row.actor, row.action, row.incident_id, row.body)
        for row in connection.execute(query)
    ]


def _lock_head(connection: Connection, chain: str, organisation_id: str) -> Row[tuple[object, ...]]:
    query = select(audit_head).where(audit_head.c.chain == chain).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is not None:
        return found
    first = {
        "chain": chain,
        "organisation_id": organisation_id,
        "sequence": 0,
        "hash": START,
        "salt": secrets.token_hex(16),  # nothing else depends on it, so a replay stays a replay
    }
    insert_once(connection, audit_head, first)
    return connection.execute(query).one()


def _salted(salt: str, said: str) -> str:
    return hashlib.sha256(f"{salt}:{said}".encode()).hexdigest()


_HASHED = (
    "organisation_id",
    "chain",
    "sequence",
    "at",
    "actor",
    "action",
    "incident_id",
    "body",
    "previous",
)


def _hash_of(row: Mapping[str, object]) -> str:
    told = {name: row[name] for name in _HASHED}
    text = json.dumps(
        told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plainly
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plainly(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
