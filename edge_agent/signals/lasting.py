"""A limit is a level and a while: how long it has been passed, counting only what was measured.

Between the limit and where it eases a run goes on, uncounted, so that it cannot flap. A sensor that
falls silent lets no time count and ends nothing; where as much is unknown as a run needs to be met,
it begins anew with the next reading, unless it has been met.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Limit:
    """`beyond(reading, value)` for as long as `needs`; over when no more beyond `eases`."""

    value: float
    beyond: Callable[[float, float], bool]
    """operator.ge, gt, lt or le."""
    eases: float
    needs: timedelta = ZERO
    eases_for: timedelta = ZERO
    """How long it has to stay eased before the run is over."""

    def is_eased(self, reading: float) -> bool:
        return not self.beyond(reading, self.eases)


@dataclass(slots=True)
class Lasting:
    """One limit, and for how long the readings have been beyond it."""

    limit: Limit
    holds_for: timedelta
    """A reading counts until the next one, no longer than this."""

    since: datetime | None = field(init=False, default=None)
    """The first reading beyond the limit: the run."""
    counted: timedelta = field(init=False, default=ZERO)
    """Up to the last reading."""
    last_at: datetime | None = field(init=False, default=None)
    was_beyond: bool = field(init=False, default=False)
    eased_at: datetime | None = field(init=False, default=None)

    def see(self, at: datetime, reading: float) -> None:
        """Take in a reading, no earlier than the one before."""
        self._pass_time(at)
        self.last_at, self.was_beyond = at, self.limit.beyond(reading, self.limit.value)
        if self.was_beyond:
            self.since = self.since or at
        if not self.limit.is_eased(reading):
            self.eased_at = None
            return
        self.eased_at = self.eased_at or at
        if at - self.eased_at >= self.limit.eases_for:
            self.since, self.counted = None, ZERO

    def lasted(self, now: datetime) -> timedelta:
        """How long the limit has been passed in this run."""
        if self.last_at is None or not self.was_beyond:
            return self.counted
        return self.counted + min(now - self.last_at, self.holds_for)

    def is_met(self, now: datetime) -> bool:
        return self.since is not None and self.lasted(now) >= self.limit.needs

    def met_at(self) -> datetime | None:
        """When it will be met if nothing else is said; None: not by the last reading alone."""
        if self.since is None or self.last_at is None or not self.was_beyond:
            return None
        rest = self.limit.needs - self.counted
        return self.last_at + rest if rest <= self.holds_for else None

    def _pass_time(self, at: datetime) -> None:
        if self.last_at is None or self.since is None:
            return
        unknown = at - self.last_at - self.holds_for
        is_met = self.is_met(at)
        self.counted = self.lasted(at)
        if not is_met and unknown >= max(self.limit.needs, self.holds_for):
            self.since, self.counted = None, ZERO
