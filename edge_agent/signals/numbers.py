"""Nothing that is measured in a lived-in home stays the same to the last digit from day to day.

A sensor that repeats one number all day has stopped measuring, however faithfully it reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from vocabulary.observation import Kind

STUCK_AFTER: Final = 24 * 3600.0
"""Seconds; ours: a day holds a night and a noon, whatever the weather."""
STUCK_READINGS: Final = 12
"""Ours: a number that came twice in a day has only been told twice."""
NEVER_STILL: Final = frozenset(
    {
        Kind.TEMPERATURE,
        Kind.SURFACE_TEMPERATURE,
        Kind.HUMIDITY,
        Kind.PRESSURE,
        Kind.CO2,
    }
)
"""Others may rest: no gas, no power and darkness are the same all day in a healthy home."""

Source = tuple[str, Kind, str]
"""Device, kind, instance."""


@dataclass(slots=True)
class _Steady:
    value: float
    since: float
    until: float
    readings: int = 1


@dataclass(slots=True)
class Numbers:
    """Takes measurements in the order of the journal's rows."""

    _steady: dict[Source, _Steady] = field(init=False, default_factory=dict)

    def read(self, source: Source, at: float, value: float) -> None:
        """One measurement, `at` seconds after 1970."""
        steady = self._steady.get(source)
        if steady is None:
            self._steady[source] = _Steady(value, at, at)
        elif steady.value != value:
            steady.value, steady.since, steady.until, steady.readings = value, at, at, 1
        else:
            steady.until = at
            steady.readings += 1

    def stuck(self) -> Mapping[tuple[str, Kind], datetime]:
        """Device and kind → since when its number has not changed, where it should have."""
        return {
            (device, kind): datetime.fromtimestamp(steady.since, UTC)
            for (device, kind, _), steady in self._steady.items()
            if steady.readings >= STUCK_READINGS and steady.until - steady.since >= STUCK_AFTER
        }
