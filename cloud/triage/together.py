"""What the vital signs of a home add up to, for the doctor who looks at one of them (NEWS2).

Reckoned here from the readings that the hub sent with the incident, as of the newest of them: a
sign that was not measured within the hour stands as missing, never as ordinary.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cloud.triage.evidence import Past
from vocabulary.home import HomeFile
from vocabulary.news2 import EMERGENCY, MEASURED, URGENT, Score, score
from vocabulary.observation import UNITS, Kind
from vocabulary.vitals import Scale

KINDS: Final = {kind.value: kind for kind in MEASURED}


@dataclass(frozen=True, slots=True)
class Row:
    """One sign as a line of a table; without a value it is missing."""

    kind: Kind
    value: float | None = None
    points: int | None = None
    age: timedelta | None = None

    @property
    def unit(self) -> str:
        return UNITS[self.kind]


@dataclass(frozen=True, slots=True)
class Together:
    """The block on the incident page."""

    score: Score
    as_of: datetime
    scale: Scale
    on_oxygen: bool

    @property
    def is_emergency(self) -> bool:
        return (self.score.total or 0) >= EMERGENCY

    @property
    def is_urgent(self) -> bool:
        total = self.score.total
        return total is not None and (total >= URGENT or self.score.is_alone)

    @property
    def rows(self) -> tuple[Row, ...]:
        known = {part.kind: part for part in self.score.parts}
        return tuple(
            Row(kind)
            if (part := known.get(kind)) is None
            else Row(kind, part.value, part.points, self.as_of - part.at)
            for kind in MEASURED
        )


def together(past: Past, home: HomeFile | None, opened_at: datetime) -> Together | None:
    """None where not one of the five signs is fresh."""
    signs = sorted((v for v in past.vitals if v.what in KINDS), key=lambda vital: vital.at)
    if not signs:
        return None
    as_of = max(opened_at, signs[-1].at)
    latest = {KINDS[vital.what]: (vital.at, vital.value) for vital in signs}
    scale: Scale = home.vital_limits.spo2_scale if home else 1
    on_oxygen = home is not None and "oxygen_device" in home.resident.flags
    found = score(latest, as_of, scale, on_oxygen=on_oxygen)
    return Together(found, as_of, scale, on_oxygen) if found.parts else None
