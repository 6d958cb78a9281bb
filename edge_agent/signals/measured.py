"""A cold finger and a loose strap make readings too: what counts is what a measurement shows.

A device that streams is judged by the median of at least three good samples of the last minute
(RISKS §4, 24), so that one wild sample neither alarms nor reassures. One that sends a single
settled reading, as a clip for the finger does, is believed by itself once nothing more has come for
five seconds: waiting for a second and third would lose the only one there is.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_high, median_low

WITHIN = timedelta(seconds=60)
ENOUGH = 3
"""RISKS §4, 24: "median of ≥ 3 good samples / 60 s"."""

SETTLES = timedelta(seconds=5)
"""RISKS §5 lets a vital sign be noticed 5 s after the criterion; streams are faster than that."""

APART = timedelta(seconds=10)
"""A pause after which a reading is another measurement: a clip takes as long to settle. Ours."""

MOST = 128
"""Bounds memory whatever a device sends; the newest are kept."""


@dataclass(slots=True)
class Measured:
    """The last minute of one device's readings of one vital sign."""

    readings: deque[tuple[datetime, float]] = field(
        init=False, default_factory=lambda: deque(maxlen=MOST)
    )

    @property
    def last_at(self) -> datetime | None:
        return self.readings[-1][0] if self.readings else None

    @property
    def settles_at(self) -> datetime | None:
        """When the newest reading counts."""
        if not self.readings:
            return None
        last = self.readings[-1][0]
        return last if len(self.readings) >= ENOUGH else last + SETTLES

    def add(self, at: datetime, value: float) -> None:
        """Take in a good reading, no earlier than the one before."""
        while self.readings and at - self.readings[0][0] > WITHIN:
            self.readings.popleft()
        self.readings.append((at, value))

    def shown(self, now: datetime) -> tuple[float, ...]:
        """What it shows: one value, two while they contradict, none until it settles."""
        settles_at = self.settles_at
        if settles_at is None or now < settles_at:
            return ()
        values = [value for _, value in self.readings]
        if len(values) >= ENOUGH:
            return tuple({median_low(values), median_high(values)})
        if len(values) > 1 and self.readings[-1][0] - self.readings[-2][0] < APART:
            return tuple(values)
        return (values[-1],)
