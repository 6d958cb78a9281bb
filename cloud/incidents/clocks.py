"""A hub whose clock is wrong tells wrong instants; the cloud sets them right, not the hub.

A hub keeps no heartbeat and no hello: what lies between such a message and its receipt is the
error of the clock, but for the way. The hub's own time runs on evenly from its start, so the error
stays as it is until its next hello.
"""

from datetime import datetime, timedelta
from typing import Any, Final

IGNORED: Final = timedelta(seconds=2)
"""[D] Less than this is the way of the message, not the clock."""
OLDEST: Final = timedelta(days=400)
"""Whatever claims to be older was told by a clock that is wrong: no hub keeps more (DESIGN §5)."""


def told_skew(sender: Any, sent_at: datetime, now: datetime, *, is_new: bool) -> dict[str, float]:
    """The columns of the hub's row after a heartbeat or hello; `is_new`: nothing before counts.

    Believed is the smaller of the last two: a message that waited, for a database that was away,
    looks like a clock that is behind.
    """
    told = (now - sent_at).total_seconds()
    before = None if is_new else sender.skew_told_seconds
    return {
        "skew_seconds": told if before is None else min(told, before),
        "skew_told_seconds": told,
    }


def skew_of(seconds: float | None) -> timedelta:
    """How far the hub's clock is behind (positive) or ahead (negative), as it is applied."""
    skew = timedelta(seconds=seconds or 0.0)
    return skew if abs(skew) >= IGNORED else timedelta()


def sent(sent_at: datetime, skew: timedelta, now: datetime) -> datetime:
    """When a message was really sent: never after `now`, and not longer ago than a hub keeps it."""
    waited = now - sent_at - skew
    return now - min(max(waited, timedelta()), OLDEST)


def past(at: datetime, sent_at: datetime, really_sent_at: datetime) -> datetime:
    """An instant that a message tells of, by its age when the message was sent."""
    return really_sent_at - min(max(sent_at - at, timedelta()), OLDEST)
