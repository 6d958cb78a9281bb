"""Nonsense that somebody sends is counted by sender and reason; what it said is not kept."""

import re
from datetime import datetime

from sqlalchemy import Connection, update

from cloud.db import insert_once
from cloud.incidents.tables import quarantine

_HUB_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,63}")
_NOBODY = "?"
"""Stands for every sender whose name is none of ours: names must not fill the table."""


def count_refused(
    connection: Connection, hub_id: str, reason: str, now: datetime, *, is_known: bool
) -> None:
    """Count one refused message. `reason`: a word of a closed list, never the sender's own."""
    sender = hub_id if is_known and _HUB_ID.fullmatch(hub_id) else _NOBODY
    first = {"hub_id": sender, "reason": reason, "count": 0, "first_at": now, "last_at": now}
    insert_once(connection, quarantine, first)
    connection.execute(
        update(quarantine)
        .where(quarantine.c.hub_id == sender, quarantine.c.reason == reason)
        .values(count=quarantine.c.count + 1, last_at=now)
    )
