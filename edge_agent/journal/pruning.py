"""What the hub knows about a life, it forgets in time: readings first, incidents when settled."""

import json
import sqlite3
from datetime import datetime

from edge_agent.journal.schema import KEEP_EPISODES, KEEP_INCIDENTS, KEEP_OBSERVATIONS, micros
from vocabulary.observation import VITALS

_AT_ONCE = 5000
"""Rows per table and turn: a turn a minute keeps up with seven million readings a day."""

_FORGET = """
DELETE FROM observation WHERE id IN (
    SELECT id FROM observation WHERE at < :readings AND source NOT IN (
        SELECT id FROM source WHERE kind IN (SELECT value FROM json_each(:vitals))
    ) LIMIT :most
);
DELETE FROM observation WHERE id IN (
    SELECT id FROM observation WHERE at < :episodes LIMIT :most
);
DELETE FROM incident WHERE incident_id IN (
    SELECT incident_id FROM incident WHERE is_closed = 1 AND at < :settled LIMIT :most
);
DELETE FROM outbox WHERE event_id IN (
    SELECT event_id FROM outbox WHERE receipted_at < :settled LIMIT :most
);
DELETE FROM heard_down WHERE at < :settled;
DELETE FROM press WHERE at < :settled;
DELETE FROM finding WHERE at < :episodes;
DELETE FROM episode WHERE until < :episodes;
DELETE FROM clock_step WHERE at < :episodes
"""


def prune(db: sqlite3.Connection, now: datetime) -> None:
    """Within the caller's transaction."""
    values = {
        "readings": micros(now - KEEP_OBSERVATIONS),
        "episodes": micros(now - KEEP_EPISODES),
        "settled": micros(now - KEEP_INCIDENTS),
        "vitals": json.dumps([kind.value for kind in VITALS]),
        "most": _AT_ONCE,
    }
    for statement in _FORGET.split(";"):
        db.execute(statement, values)
