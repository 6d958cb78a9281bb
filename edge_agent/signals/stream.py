"""A sensor under the skin tells its value every few minutes; a meter for a drop of blood, once.

From an unbroken stream one can reckon where the value is going: a straight line through the last
readings, by least squares (RISKS §4, 26).
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

GAP = timedelta(minutes=15)
"""Readings further apart are no stream: RISKS §4 forecasts where one comes at least so often."""

PROVEN = timedelta(hours=1)
"""So long a stream must have been unbroken: nobody pricks a finger every quarter of an hour, and a
new sensor needs about as long to warm up. Ours."""

FITTED, FEWEST = timedelta(minutes=15), 3
"""So far back the line is laid, through no fewer readings: what was before a fall began would hide
it. Ours."""

KEPT = timedelta(minutes=30)
"""A quarter-hourly sensor has three readings in it."""

MOST = 64
"""Bounds memory: a sensor of the minute has 31 of them."""

_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Stream:
    """The last half hour of one device, and since when it has been speaking without a break."""

    since: datetime | None = field(init=False, default=None)
    readings: deque[tuple[datetime, float]] = field(
        init=False, default_factory=lambda: deque(maxlen=MOST)
    )

    @property
    def is_proven(self) -> bool:
        return self.since is not None and self.readings[-1][0] - self.since >= PROVEN

    def add(self, at: datetime, value: float) -> None:
        """Take in a reading, no earlier than the one before."""
        if self.since is None or at - self.readings[-1][0] > GAP:
            self.since = at
            self.readings.clear()
        while self.readings and at - self.readings[0][0] > KEPT:
            self.readings.popleft()
        self.readings.append((at, value))

    def begin_anew(self) -> None:
        """Forget all but the newest reading: what was before lies on no line with it."""
        while len(self.readings) > 1:
            self.readings.popleft()

    def fell_by(self) -> tuple[float, float]:
        """From the reading before to the newest: how far down, and in how many minutes."""
        if len(self.readings) < 2:  # noqa: PLR2004 - two ends
            return 0.0, 0.0
        (before_at, before), (at, value) = self.readings[-2], self.readings[-1]
        return before - value, (at - before_at) / _MINUTE

    def forecast(self, after: timedelta) -> float | None:
        """Where the line leads, so long after the newest reading; None: there is no line."""
        if not self.is_proven or len(self.readings) < FEWEST:
            return None
        last = self.readings[-1][0]
        points = [((at - last) / _MINUTE, value) for at, value in self.readings]
        recent = [point for point in points if point[0] >= -FITTED / _MINUTE]
        points = recent if len(recent) >= FEWEST else points[-FEWEST:]
        middle = sum(x for x, _ in points) / len(points)
        mean = sum(y for _, y in points) / len(points)
        spread = sum((x - middle) ** 2 for x, _ in points)
        if spread == 0:
            return None
        slope = sum((x - middle) * (y - mean) for x, y in points) / spread
        return mean + slope * (after / _MINUTE - middle)
