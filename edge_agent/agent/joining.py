"""While a hub is live again, its less pressing detectors are still on their way from the past."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from edge_agent.agent.heart import Heart
from edge_agent.log import Log

NOTE: Final = "unasked"
"""Under this key the journal keeps since when they have not been asked; empty: they have joined."""
_AT_ONCE = 500
"""Readings between two looks at what else there is to do: 2 ms on a desktop machine; on one twenty
times slower the loop would still not stand for 50 ms."""

_log = Log("hub")


def unasked_since(notes: Mapping[str, str], horizon: datetime, now: datetime) -> datetime:
    """Since when nobody has asked them: since now, unless a hub before this one never got to it."""
    noted = notes.get(NOTE)
    if not noted:
        return now
    try:
        since = datetime.fromisoformat(noted)
        return min(max(since, horizon), now)
    except (ValueError, TypeError):
        _log.exception("unasked_note_unreadable")
        return now


async def catch_up(heart: Heart) -> None:
    """Until there is no past left, a little at a time: who speaks meanwhile does not wait."""
    for _ in heart.catch_up(_AT_ONCE):
        await asyncio.sleep(0)
