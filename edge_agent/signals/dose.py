"""A poison harms by how much and for how long: twice as much needs half the time.

Counted is what lies above a harmless level, times its duration; in cleaner air it ebbs away again
as fast. A reading stands until the next one, but no longer than `holds_for`: what nobody measured
adds nothing and takes nothing away.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_MICROSECOND = timedelta(microseconds=1)
_STEPS = 1000
"""Sums are whole numbers, of thousandths times microseconds: however often a reading is repeated
(the journal thins that out), the instant at which the dose is full is the same."""


@dataclass(slots=True)
class Dose:
    """Full after `lasting` at `level`, and sooner or later where there is more or less."""

    level: float
    lasting: timedelta
    harmless: float
    holds_for: timedelta

    full_since: datetime | None = field(init=False, default=None)
    taken: int = field(init=False, default=0)
    last: tuple[datetime, int] | None = field(init=False, default=None)
    """The reading that stands: its instant, and by how many thousandths it is above harmless."""

    def add(self, at: datetime, value: float | None) -> None:
        """Take in a reading, no earlier than the one before; None: from now on nothing is known."""
        self.full_since = self.full_at(at)
        self.taken = self._taken(at)
        self.last = None if value is None else (at, round((value - self.harmless) * _STEPS))

    def empty(self) -> None:
        """The danger is over: what has been counted begins anew."""
        self.full_since, self.taken = None, 0

    def full_at(self, now: datetime) -> datetime | None:
        """When it became full, if it has by now; nothing but `empty` undoes that."""
        due = self.due()
        return self.full_since or (due if due is not None and due <= now else None)

    def due(self) -> datetime | None:
        """When it will be full if the last reading stands; None: not by that, or full already."""
        if self.full_since is not None or self.last is None or self.last[1] <= 0:
            return None
        at, above = self.last
        full_at = at - (self.taken - self._limit) // above * _MICROSECOND  # rounded up
        return full_at if full_at <= at + self.holds_for else None

    @property
    def _limit(self) -> int:
        return round((self.level - self.harmless) * _STEPS) * (self.lasting // _MICROSECOND)

    def _taken(self, now: datetime) -> int:
        if self.last is None:
            return self.taken
        at, above = self.last
        length = (min(now, at + self.holds_for) - at) // _MICROSECOND
        return min(max(self.taken + above * length, 0), self._limit)
