"""It is always evening somewhere: a story of the day or the night is told where it is just that."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

ZONES: Final = (
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Auckland",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Pacific/Honolulu",
    "Australia/Sydney",
)
"""The house's own first; none of two neighbours is more than five hours from the other."""


_ENOUGH: Final = 1.0
"""Hours: any story is played to its end within one."""


def zone_with(hours: tuple[int, int] | None, now: datetime) -> str:
    """A zone whose local time lies in `hours` (first included, last not); "": any will do.

    The house's own, where enough of them is left; else the one with most. Over midnight: (22, 6).
    """
    if hours is None:
        return ""
    first, last = hours
    length = (last - first) % 24
    left = {zone: length - _since(first, zone, now) for zone in ZONES}
    own = ZONES[0]
    return own if left[own] >= _ENOUGH else max(ZONES, key=left.__getitem__)


def _since(first: int, zone: str, now: datetime) -> float:
    local = now.astimezone(ZoneInfo(zone))
    return (local.hour + local.minute / 60 - first) % 24
