"""Sensors report when they like; what a person breathed in an hour is the mean over time.

The mean of a window is the time-weighted mean of what was known in it: a reading holds until the
next one, but no longer than `holds_for`. What nobody measured is a gap: it counts neither as clean
nor as foul, and a window of which less than `ENOUGH` is known has no mean.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

ENOUGH = 0.75
"""Share of its window that a mean must cover; the usual data capture for air quality averages."""

CELL = timedelta(minutes=1)
"""Sums are kept by the minute of the clock: memory is bounded whatever a sensor sends, and a hub
that begins later sums alike. The window reaches back to the full minute."""

KEPT_EVERY = timedelta(minutes=1)
"""The journal keeps an unchanged reading once a minute (DESIGN §5): after a restart no more than
these is known, so no more is counted before."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STEPS = 1000
"""Sums are whole numbers, of thousandths: the mean of equal readings is that reading, exactly."""


@dataclass(slots=True)
class Cell:
    """What was known of one minute, or of each of several whole ones through which a reading stood.

    A sensor that speaks each hour fills three cells with it, not sixty.
    """

    since: datetime
    minutes: int = 1
    weighted: int = 0
    """Of each minute: thousandths of the unit times microseconds."""
    known: int = 0
    """Of each minute: microseconds."""

    def before(self, instant: datetime) -> int:
        """How many of its minutes lie before a full minute."""
        return max(0, min(self.minutes, (instant - self.since) // CELL))


@dataclass(slots=True)
class WindowMean:
    """The mean of one sensor's readings over the last `span`."""

    span: timedelta
    holds_for: timedelta

    cells: deque[Cell] = field(init=False, default_factory=deque)
    weighted: int = field(init=False, default=0)
    known: int = field(init=False, default=0)
    last: tuple[datetime, int] | None = field(init=False, default=None)
    """The reading that still holds: its instant and thousandths."""

    def add(self, at: datetime, value: float | None) -> None:
        """Take in a reading, no earlier than the one before; None: from now on nothing is known."""
        steps = None if value is None else round(value * _STEPS)
        if self.last is not None and self.last[1] == steps and at - self.last[0] < KEPT_EVERY:
            return
        self._settle(at)
        self.last = None if steps is None else (at, steps)

    def mean(self, now: datetime) -> float | None:
        """The mean of the window that ends at `now`, no earlier than the last reading."""
        start = full(now) - self.span
        weighted, known = self.weighted, self.known
        for cell in self.cells:
            gone = cell.before(start)
            if not gone:
                break
            weighted, known = weighted - gone * cell.weighted, known - gone * cell.known
        since, until = self._held(now, start)
        if since < until:
            length = (until - since) // _MICROSECOND
            weighted, known = weighted + self._steps * length, known + length
        if known < ENOUGH * (self.span // _MICROSECOND):
            return None
        return weighted / known / _STEPS

    @property
    def ends_at(self) -> datetime | None:
        """From then on too little of the window is known; None: nothing is in it now."""
        left = self.span * (1 - ENOUGH) + CELL
        if self.last is not None:
            return self.last[0] + self.holds_for + left
        if not self.cells:
            return None
        newest = self.cells[-1]
        return newest.since + newest.minutes * CELL + left

    @property
    def _steps(self) -> int:
        return 0 if self.last is None else self.last[1]

    def _held(self, now: datetime, start: datetime) -> tuple[datetime, datetime]:
        """From when to when the last reading holds within the window; empty where nothing does."""
        if self.last is None:
            return now, now
        at = self.last[0]
        return max(at, start), min(now, at + self.holds_for)

    def _settle(self, now: datetime) -> None:
        """Enter what the last reading stood for into the minutes it stood in."""
        start = full(now) - self.span
        since, until = self._held(now, start)
        if since < until:
            self._enter_all(since, until)
        while self.cells and (gone := self.cells[0].before(start)):
            oldest = self.cells[0]
            self.weighted -= gone * oldest.weighted
            self.known -= gone * oldest.known
            oldest.since, oldest.minutes = oldest.since + gone * CELL, oldest.minutes - gone
            if not oldest.minutes:
                self.cells.popleft()

    def _enter_all(self, since: datetime, until: datetime) -> None:
        """The rest of a minute that had begun, the whole ones, and the beginning of the last."""
        first, last = full(since), full(until)
        if first < since and first < last:
            self._enter(first, first + CELL - since)
            since = first = first + CELL
        if first < last:
            self._enter(first, CELL, (last - first) // CELL)
            since = last
        if since < until:
            self._enter(last, until - since)

    def _enter(self, minute: datetime, length: timedelta, minutes: int = 1) -> None:
        if not self.cells or self.cells[-1].since < minute:
            self.cells.append(Cell(minute, minutes))
        cell, known = self.cells[-1], length // _MICROSECOND
        weighted = self._steps * known
        cell.weighted, cell.known = cell.weighted + weighted, cell.known + known
        self.weighted += minutes * weighted
        self.known += minutes * known


def full(at: datetime, every: timedelta = CELL) -> datetime:
    """The last full minute (or hour …) of the clock, in UTC."""
    return at - (at - _EPOCH) % every
