"""Every device has a rhythm of its own: what is silence for one is a long breath for another.

Learned are the gaps between two signs of life of a device, by local hour of the week in which they
began. The longest usual gap is their 99.9th percentile (DESIGN §5, Coverage), read from buckets
whose bounds grow by 5 %: never shorter than the exact percentile, at most 5 % longer, in bounded
memory. (Masson, Rim, Lee: DDSketch, PVLDB 12, 2019.) A fold: the same past gives the same memory.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LEAST_GAPS: Final = 100
"""Until so many are known the profile alone decides (DESIGN §5)."""
ENOUGH_GAPS: Final = 1000
"""So many in an hour of the week, or by day or night, and that hour decides (DESIGN §5)."""
SHORTEST: Final = 60.0
"""Seconds; the journal keeps an unchanged reading once a minute, so less is no silence."""
NIGHT: Final = (22, 6)
"""Local hours (RISKS §4, night_exit)."""

_RANK: Final = 0.999
_GROWTH: Final = math.log(1.05)
_WEEK: Final = 7 * 24
_QUARTER: Final = 900
"""Seconds; zones differ by whole quarters of an hour, so within one the local hour stays."""

_Buckets = Counter[int]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What has been learned. Asked with the instant at which a silence began."""

    zone: ZoneInfo
    seconds: Mapping[str, tuple[float, ...]]
    """Device → its longest usual silence, by local hour of the week."""

    def __call__(self, device: str, since: datetime) -> timedelta | None:
        """None while too little is known of that device."""
        usual = self.seconds.get(device)
        return None if usual is None else timedelta(seconds=usual[_hour(since, self.zone)])


@dataclass(slots=True)
class Silences:
    """Takes signs of life in the order of the journal's rows."""

    zone: ZoneInfo
    _last: dict[str, float] = field(init=False, default_factory=dict)
    _gaps: dict[str, dict[int, _Buckets]] = field(
        init=False, default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    _hours: dict[int, int] = field(init=False, default_factory=dict)
    """Quarter of an hour since 1970 → local hour of the week."""

    def hear(self, device: str, at: float) -> None:
        """A device has spoken by itself, `at` seconds after 1970."""
        last = self._last.get(device, at)
        if at >= last:  # a late row tells of a silence that has been judged
            self._last[device] = at
        if at - last >= SHORTEST:
            self._gaps[device][self._hour(last)][_bucket(at - last)] += 1

    def interrupt(self, devices: Iterable[str] | None = None) -> None:
        """We could not hear these (None: any): the silence since was not theirs."""
        if devices is None:
            self._last.clear()
            return
        for device in devices:
            self._last.pop(device, None)

    def rhythm(self) -> Rhythm:
        """What these gaps teach."""
        learned = {device: _usual(hours) for device, hours in self._gaps.items()}
        return Rhythm(self.zone, {device: told for device, told in learned.items() if told})

    def _hour(self, at: float) -> int:
        quarter = int(at // _QUARTER)
        hour = self._hours.get(quarter)
        if hour is None:
            hour = _hour(datetime.fromtimestamp(quarter * _QUARTER, UTC), self.zone)
            self._hours[quarter] = hour
        return hour


def _usual(hours: Mapping[int, _Buckets]) -> tuple[float, ...]:
    """For each hour of the week the narrowest answer that enough gaps support; () for too few."""
    pooled: _Buckets = Counter()
    by_night: dict[bool, _Buckets] = {True: Counter(), False: Counter()}
    for hour, gaps in hours.items():
        pooled.update(gaps)
        by_night[_is_night(hour)].update(gaps)
    if pooled.total() < LEAST_GAPS:
        return ()
    found = []
    for hour in range(_WEEK):
        narrowest = (hours.get(hour, Counter()), by_night[_is_night(hour)])
        enough = (gaps for gaps in narrowest if gaps.total() >= ENOUGH_GAPS)
        found.append(_longest(next(enough, pooled)))
    return tuple(found)


def _longest(gaps: _Buckets) -> float:
    """The nearest-rank percentile, as the upper bound of its bucket, in seconds."""
    rank = math.ceil(_RANK * gaps.total())
    for bucket in sorted(gaps):
        rank -= gaps[bucket]
        if rank <= 0:
            break
    return SHORTEST * math.exp(bucket * _GROWTH)


def _bucket(gap: float) -> int:
    return math.ceil(math.log(gap / SHORTEST) / _GROWTH)


def _hour(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.weekday() * 24 + local.hour


def _is_night(hour: int) -> bool:
    begins, ends = NIGHT
    return hour % 24 >= begins or hour % 24 < ends
