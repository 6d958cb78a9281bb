"""Limits that a mean must pass: the mean is looked at each full minute, whoever asks or reports.

Between two readings a mean goes on changing, as older readings leave its window. Looked at by the
minute of the clock, it passes a limit at the same instant whether it is asked each second, seldom,
or by a hub that began later.
"""

from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge_agent.signals.lasting import Lasting, Limit
from edge_agent.signals.window_mean import CELL, WindowMean, full


@dataclass(slots=True)
class MeanWatch:
    """The mean of one source, and how long it has been beyond each limit."""

    mean: WindowMean
    limits: tuple[Limit, ...]
    every: timedelta = CELL
    """How often it is looked at, by the clock."""

    lasting: tuple[Lasting, ...] = field(init=False)
    """As of `looked_at`."""
    looked_at: datetime | None = field(init=False, default=None)
    stirs_until: datetime | None = field(init=False, default=None)
    """Until then a reading that is not eased may be in the window; None: there was none."""
    is_calm: bool = field(init=False, default=True)
    """Nothing but calm comes of what it was told: nearly always, so that asking costs nothing."""

    def __post_init__(self) -> None:
        self.lasting = tuple(Lasting(limit, self.every) for limit in self.limits)

    def add(self, at: datetime, reading: float | None) -> None:
        """Take in a reading; None: from now on nothing is known."""
        self.lasting = self.at(at)
        self.looked_at = full(at, self.every)
        self.mean.add(at, reading)
        is_eased = reading is None or self._is_eased(reading)
        if not is_eased:
            self.stirs_until = at + self.mean.holds_for + self.mean.span + self.every
        self.is_calm = (self.is_calm and is_eased) or not self.stirs(self.looked_at)

    def at(self, now: datetime) -> tuple[Lasting, ...]:
        """How long each limit has been passed by `now`."""
        if self.looked_at is None or self.is_calm:
            return self.lasting
        instant = self.looked_at + self.every
        if instant > now:
            return self.lasting
        until = min(now, self.mean.ends_at or self.looked_at)
        lasting = tuple(copy(each) for each in self.lasting)
        while instant <= until:
            value = self.mean.mean(instant)
            if value is not None:
                for each in lasting:
                    each.see(instant, value)
            instant += self.every
        return lasting

    def stirs(self, now: datetime) -> bool:
        """Whether anything but calm may come of it."""
        has_reading = self.stirs_until is not None and now <= self.stirs_until
        return has_reading or any(each.since is not None for each in self.lasting)

    def due(self, now: datetime) -> datetime | None:
        """When it is looked at next; None while it is calm or unknown."""
        ends_at = self.mean.ends_at
        if ends_at is None or now >= ends_at or not self.stirs(now):
            return None
        return full(now, self.every) + self.every

    def _is_eased(self, reading: float) -> bool:
        return all(limit.is_eased(reading) for limit in self.limits)
