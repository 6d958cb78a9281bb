"""A heart that races alone is one thing; with a fever and little oxygen it is another.

Beside each finding of a vital sign stands what the other signs add up to (NEWS2, RISKS §4). It
raises nothing by itself and talks nothing away; it only makes what stands more urgent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from edge_agent.detector import Assessment, Detector, measurement
from vocabulary.finding import Fact
from vocabulary.news2 import EMERGENCY, MEASURED, URGENT, Score, score
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.vitals import Scale

_MISSING: Mapping[Kind, str] = {
    Kind.RESPIRATION_RATE: "fact.news2_no_respiration_rate",
    Kind.SPO2: "fact.news2_no_spo2",
    Kind.BP_SYSTOLIC: "fact.news2_no_bp_systolic",
    Kind.HEART_RATE: "fact.news2_no_heart_rate",
    Kind.BODY_TEMPERATURE: "fact.news2_no_body_temperature",
}


@dataclass(slots=True)
class CrossChecked:
    """A detector of a vital sign, and the newest reading of every sign beside it."""

    detector: Detector
    scale: Scale = 1
    on_oxygen: bool = False

    latest: dict[Kind, tuple[datetime, float]] = field(init=False, default_factory=dict)

    @property
    def slug(self) -> str:
        return self.detector.slug

    @property
    def kinds(self) -> frozenset[Kind]:
        return self.detector.kinds | MEASURED.keys()

    @property
    def lookback(self) -> timedelta:
        return self.detector.lookback

    def observe(self, seen: Observation) -> None:
        if seen.kind in MEASURED and (value := measurement(seen)) is not None:
            at = seen.reported_at if seen.is_found and seen.reported_at else seen.at
            self.latest[seen.kind] = (at, value)
        if seen.kind in self.detector.kinds:
            self.detector.observe(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        present = self.detector.assess(now)
        if not present:
            return ()
        together = score(self.latest, now, self.scale, on_oxygen=self.on_oxygen)
        return tuple(self._checked(each, together, now) for each in present)

    def due(self, now: datetime) -> datetime | None:
        # signs that grow old only ever make less of it, and severity never falls
        return self.detector.due(now)

    def _checked(self, present: Assessment, together: Score, now: datetime) -> Assessment:
        own = present.severity or BY_SLUG[self.slug].variant(present.variant).severity
        total = together.total
        if total is None:
            few = Fact.of("fact.news2_few", count=len(together.parts))
            return replace(present, missing=(*present.missing[:2], few))
        first, *rest = present.facts
        unknown = (*(Fact.of(_MISSING[kind]) for kind in together.missing), _NOT_ASKED)
        return replace(
            present,
            severity=max(own, _urgency(together, total)),
            facts=(first, _told(together, total, now), *rest),
            missing=(*unknown, *present.missing),
        )


_NOT_ASKED = Fact.of("fact.news2_not_asked")


def _urgency(together: Score, total: int) -> Severity:
    """7: the emergency path; 5, or 3 from one sign alone: urgent for a doctor (RISKS §4 [V33])."""
    if total >= EMERGENCY:
        return Severity.CRITICAL
    is_urgent = total >= URGENT or together.is_alone
    return Severity.HIGH if is_urgent else Severity.LOW


def _told(together: Score, total: int, now: datetime) -> Fact:
    oldest = min(part.at for part in together.parts)
    return Fact.of(
        "fact.news2_alone" if together.is_alone else "fact.news2_total",
        total=total,
        count=len(together.parts),
        minutes=int((now - oldest) / timedelta(minutes=1)),
    )
