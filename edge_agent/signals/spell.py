"""A vital sign out of its limits stays so until a good repeat reading, and may come right back.

One good reading ends a spell: that is what the resident is asked for. When it returns within a
quarter of an hour one is no longer enough, or a sign that swings in and out could put off the page
for ever, a little at a time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vocabulary.risk import Severity

REPEAT_AFTER = timedelta(seconds=10)
"""A good reading sooner is the same measurement's tail, not a repeat. Ours."""

RELAPSE_WITHIN = timedelta(minutes=15)
GOOD_FOR = timedelta(minutes=5)
"""A spell this soon after the last one ends only after so long without a bad reading. Ours."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a measurement showed, and how its newest message came."""

    at: datetime
    value: float
    may_clear: bool = True
    """Whether the message may speak for now (`edge_agent.detector.may_clear`)."""
    room: str = ""
    was_found: bool = False
    late_by_seconds: float = 0.0
    is_single: bool = False
    """No other reading stood beside it."""


@dataclass(frozen=True, slots=True)
class Spell:
    """How one sign of one device stands to its limits; every step gives a new value."""

    since: datetime | None = None
    """None: within its limits, as far as is known."""
    severity: Severity = Severity.LOW
    """The worst since then."""
    worst: Reading | None = None
    newest: Reading | None = None
    """The newest bad one."""
    good_since: datetime | None = None
    ended_at: datetime | None = None
    is_relapse: bool = False

    def bad(self, reading: Reading, severity: Severity, since: datetime | None = None) -> "Spell":
        """A reading beyond a limit; `since`: where it has been so for longer."""
        if self.since is None:
            ended = self.ended_at
            is_relapse = ended is not None and reading.at - ended <= RELAPSE_WITHIN
            return Spell(since or reading.at, severity, reading, reading, None, ended, is_relapse)
        is_worse = severity > self.severity
        return replace(
            self,
            severity=max(severity, self.severity),
            worst=reading if is_worse else self.worst,
            newest=reading,
            good_since=None,
        )

    def good(self, reading: Reading) -> "Spell":
        """A reading within all limits: the repeat that ends it, or not yet."""
        if self.since is None or self.newest is None or not reading.may_clear:
            return self
        good_since = self.good_since or reading.at
        waits = GOOD_FOR if self.is_relapse else timedelta(0)
        is_repeat = reading.at - self.newest.at >= REPEAT_AFTER
        if is_repeat and reading.at - good_since >= waits:
            return Spell(ended_at=reading.at)
        return replace(self, good_since=good_since)
