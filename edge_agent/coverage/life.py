"""What one device or gateway has lately said of itself: that it lives, and what ails it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from vocabulary.observation import Kind, Observation

SETTLED: Final = timedelta(seconds=60)
"""Who was offline is back after so long online without a break; ours: RELIABILITY F10 flaps every
10 s, and a gateway that restarts is back within half a minute."""

AILMENTS: Final = frozenset({Kind.FAULT, Kind.END_OF_LIFE, Kind.TAMPER, Kind.BATTERY_LOW})
"""True while something is wrong with the device itself."""
SPEAKS_OF_ITSELF: Final = AILMENTS | {Kind.ONLINE}

MOST_GAPS: Final = 32
"""Ours: of older absences nothing is remembered; then a device is found overdue a little early."""

Gap = tuple[datetime, datetime]
_Part = tuple[Kind, str]
"""Kind and instance."""


@dataclass(slots=True)
class Life:
    """Of one device or gateway."""

    at: datetime | None = None
    """When it last spoke by itself."""
    offline_since: datetime | None = None
    online_since: datetime | None = None
    """Since when it has been back, while that is not yet believed."""
    away: deque[Gap] = field(default_factory=lambda: deque(maxlen=MOST_GAPS))
    """Of a gateway: when nothing could come through it."""
    ailing: dict[_Part, datetime] = field(default_factory=dict)

    def heed(self, seen: Observation) -> None:
        """One of `SPEAKS_OF_ITSELF`; a state that was found counts, too."""
        part = (seen.kind, seen.instance)
        if seen.kind is Kind.ONLINE:
            self._be_online(seen)
        elif seen.value is True:
            self.ailing.setdefault(part, seen.at)
        elif seen.value is False:
            self.ailing.pop(part, None)

    def gone_since(self, now: datetime) -> datetime | None:
        """Since when it has been offline, short returns left aside; None: it is there."""
        is_back = self.online_since is not None and now - self.online_since >= SETTLED
        return None if is_back else self.offline_since

    def ails_since(self, kind: Kind) -> datetime | None:
        """Since when it has told of that ailment."""
        return min((at for (of, _), at in self.ailing.items() if of is kind), default=None)

    def _be_online(self, seen: Observation) -> None:
        if seen.value is False:
            self.offline_since = self.gone_since(seen.at) or seen.at
            self.online_since = None
        elif self.offline_since is not None and self.online_since is None:
            self.online_since = seen.at
            if self.away and self.away[-1][0] == self.offline_since:
                self.away.pop()  # it flaps: one absence that has become longer
            self.away.append((self.offline_since, seen.at))
