"""What a fortnight of the journal teaches about the devices: rhythm, batteries, what is stuck.

Learned anew from the rows each time, in a thread: after a start the rules protect at once, and what
is learned comes a few seconds later. Two million rows take seconds, which no start can wait for.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge_agent.coverage import Coverage, Known
from edge_agent.journal import signs, starts
from edge_agent.signals.battery import Batteries
from edge_agent.signals.numbers import NEVER_STILL, Numbers
from edge_agent.signals.silence import Rhythm, Silences
from vocabulary.observation import Kind

LEARN_EVERY = timedelta(hours=6)
"""Ours: a rhythm of weeks is as good a few hours old, and a battery warning is a week ahead."""
LOOKS_BACK = timedelta(days=14)
"""As long as the journal keeps readings (DESIGN §5)."""
_TELLS_MORE = frozenset({Kind.ONLINE, Kind.BATTERY}) | NEVER_STILL
"""Of other kinds only the sign of life counts here."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What has been learned."""

    rhythm: Rhythm
    dying: Mapping[str, int]
    stuck: Mapping[tuple[str, Kind], datetime]

    def teach(self, coverage: Coverage) -> None:
        """From now on coverage judges by it."""
        coverage.rhythm, coverage.dying, coverage.stuck = self.rhythm, self.dying, self.stuck


def learn(
    db: sqlite3.Connection, devices: Iterable[Known], zone: ZoneInfo, now: datetime
) -> Habits:
    """Fold the rows of the last fortnight, in their order.

    No gap is learned across a time in which the hub, or the device's gateway, was away.
    """
    behind: dict[str, list[str]] = defaultdict(list)
    for known in devices:
        behind[known.bridge].append(known.address)
    silences, batteries, numbers = Silences(zone), Batteries(), Numbers()
    since = now - LOOKS_BACK
    restarts = iter([*starts(db, since), None])
    restart_at = next(restarts)
    sources, rows = signs(db, since)
    of_device = {source: told[0] for source, told in sources.items()}
    more = {
        source: (device, Kind(kind), instance)
        for source, (device, kind, instance, *_) in sources.items()
        if kind in _TELLS_MORE
    }
    for micros, source, value in rows:
        if restart_at is not None and micros >= restart_at:
            silences.interrupt()
            restart_at = next(restarts)
        device, at = of_device[source], micros / 1e6
        part = more.get(source)
        if part is not None:
            if part[1] is Kind.ONLINE:
                silences.interrupt([device, *behind.get(device, ())])
                continue
            if part[1] is Kind.BATTERY and isinstance(value, (int, float)):
                batteries.read(device, at, value)
            elif isinstance(value, (int, float)):
                numbers.read(part, at, value)
        silences.hear(device, at)
    return Habits(silences.rhythm(), batteries.dying(), numbers.stuck())
