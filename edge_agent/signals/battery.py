"""A battery that sinks a little each day says, a week ahead, on which day its sensor will be dumb.

The trend is the median of the slopes between each two days' last percentages (Theil and Sen: one
odd day out of seven does not turn it). Voltage that sags at once is for the device's own flag.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median
from typing import Final

WARN_DAYS: Final = 7
"""RISKS §6 G4: a trend to zero within so many days."""
_LOOKS_BACK: Final = 7
"""Days; ours: longer would hide the steep end of a lithium cell's curve."""
_LEAST_DAYS: Final = 4
"""Ours: three days of sinking; less is the weather."""
_DAY: Final = 86_400.0


@dataclass(slots=True)
class Batteries:
    """Takes percentages in the order of the journal's rows."""

    _days: dict[str, dict[int, float]] = field(
        init=False, default_factory=lambda: defaultdict(dict)
    )
    """Device → day since 1970 → the last percentage of that day."""

    def read(self, device: str, at: float, percent: float) -> None:
        """A battery stood at `percent`, `at` seconds after 1970."""
        days = self._days[device]
        days[int(at // _DAY)] = percent
        while len(days) > _LOOKS_BACK:
            del days[min(days)]

    def dying(self) -> Mapping[str, int]:
        """Whole days left, of those that will be empty within a week."""
        left = {device: _days_left(days) for device, days in self._days.items()}
        return {device: int(days) for device, days in left.items() if days <= WARN_DAYS}


def _days_left(days: Mapping[int, float]) -> float:
    last = days[max(days)]
    if last <= 0:
        return 0.0
    if len(days) < _LEAST_DAYS:
        return float("inf")
    pairs = combinations(days.items(), 2)
    slope = median((b - a) / (later - day) for (day, a), (later, b) in pairs)
    return last / -slope if slope < 0 else float("inf")
