"""A hub has two clocks: one that nobody can set back, and one on the wall that anybody may step.

Deadlines live on the hub's own timeline: UTC read once at start, then monotonic time since. A step
of the wall clock changes only the offset for local time of day (DESIGN §5). The one place of the
edge agent that reads a clock.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
"""Answers `now` on the hub's timeline, aware, UTC."""

STEP = timedelta(seconds=2)
"""A wall clock that differs by more has been stepped (DESIGN §5); less is drift and slewing."""
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""Older than this software: a wall clock before it has not been set yet (no RTC, 1970)."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where one start of the hub stood: a point that ties monotonic time of a boot to UTC."""

    boot_id: str
    monotonic: float
    """Seconds of the monotonic clock of that boot."""
    at: datetime
    is_placed: bool = True
    """False: the wall clock was unset, `at` is only not earlier than what the journal holds."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The wall clock was stepped: from then on local time of day has another offset."""

    at: datetime
    before: timedelta
    after: timedelta


class Timeline:
    """Runs forward at one second a second, whatever happens to the clock on the wall."""

    def __init__(self, anchor: Anchor, wall: Clock, monotonic: Callable[[], float]) -> None:
        self.anchor = anchor
        self._wall = wall
        self._monotonic = monotonic
        self.offset = self._wall() - self.now()
        """Wall clock minus timeline, as last taken over."""

    def now(self) -> datetime:
        elapsed = self._monotonic() - self.anchor.monotonic
        return self.anchor.at + timedelta(seconds=elapsed)

    def wall(self) -> datetime:
        """The time of day people read off the wall (UTC): for local hours, never for deadlines."""
        return self.now() + self.offset

    def notice_step(self) -> ClockStep | None:
        """Take over a stepped wall clock; None while it runs along."""
        now = self.now()
        offset = self._wall() - now
        if abs(offset - self.offset) <= STEP:
            return None
        step = ClockStep(at=now, before=self.offset, after=offset)
        self.offset = offset
        return step


def read_wall() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock of the edge agent


def read_boot_id() -> str:
    """Which boot of the machine this is; a new one each time where the machine cannot tell."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return f"unknown-{time.monotonic_ns()}-{time.time_ns()}"


def begin(  # noqa: PLR0913 - three facts of the journal, three sources of time
    last: Anchor | None,
    not_before: datetime | None,
    due_by: datetime | None,
    *,
    wall: Clock = read_wall,
    monotonic: Callable[[], float] = time.monotonic,
    boot_id: str | None = None,
) -> Timeline:
    """The timeline of a hub that starts.

    `last`: the anchor of the start before; `not_before`: the newest instant the journal holds;
    `due_by`: the latest deadline of an open incident. In the same boot the old timeline goes on
    while deadlines stand on it; after a reboot with an unset clock it begins at `due_by`, so that
    a deadline which cannot be placed counts as due.
    """
    boot = boot_id if boot_id is not None else read_boot_id()
    tick, seen = monotonic(), wall()
    if last is not None and last.boot_id == boot and last.is_placed and tick >= last.monotonic:
        continued = last.at + timedelta(seconds=tick - last.monotonic)
        at = continued if due_by is not None else max(seen, continued)
        return Timeline(Anchor(boot, tick, at), wall, monotonic)
    known = max((at for at in (not_before, EARLIEST) if at is not None), default=EARLIEST)
    if seen >= known:
        return Timeline(Anchor(boot, tick, seen), wall, monotonic)
    at = max(known, due_by) if due_by is not None else known
    return Timeline(Anchor(boot, tick, at, is_placed=False), wall, monotonic)
