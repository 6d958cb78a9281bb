"""Breathing fails quietly: too little oxygen in the blood, or a breath too slow or too fast.

Limits are NEWS2's [V31][V33]; scale 2, for those who live with less oxygen, holds only where a
doctor has set it. Cold fingers, nail varnish and movement make low readings too: so a stream is
judged by its median, a single reading by itself, and the resident is asked to measure again. What
speaks against a reading is told, never taken for an excuse.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, late_by, may_clear, measurement
from edge_agent.signals.measured import Measured
from edge_agent.signals.spell import Reading, Spell
from vocabulary.finding import Fact
from vocabulary.news2 import as_charted
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.vitals import VitalLimits

CLEAR_ABOVE_SLOW = 2
"""Breaths a minute: 8 and 9 in turn are one spell, not many. Ours."""


@dataclass(slots=True)
class Sign:
    """One sign of one device: its last minute, and how it stood when that last settled."""

    measured: Measured = field(default_factory=Measured)
    spell: Spell = field(default_factory=Spell)
    newest: Reading | None = None
    bad_reported_at: datetime | None = None
    """Of the newest bad message, by the device's own stamp."""


@dataclass(slots=True)
class RespiratoryAbnormal:
    """Present per device while what it last settled on was beyond a limit."""

    limits: VitalLimits = field(default_factory=VitalLimits)
    is_scale_2_noted: bool = False
    """By a flag alone, which switches nothing."""

    slug: ClassVar[str] = "respiratory_abnormal"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.SPO2, Kind.RESPIRATION_RATE})
    lookback: ClassVar[timedelta] = LOOKBACK

    signs: dict[tuple[Kind, str], Sign] = field(init=False, default_factory=dict)

    def observe(self, seen: Observation) -> None:
        value = measurement(seen)
        if value is None:
            return
        sign = self.signs.setdefault((seen.kind, seen.device), Sign())
        sign.spell = self._settled(seen.kind, sign, seen.at)
        if self._severity(seen.kind, value) is not None:
            sign.bad_reported_at = seen.reported_at
        elif not may_clear(seen, sign.bad_reported_at):
            return  # how well it was an hour ago neither hides nor ends what is so now
        sign.measured.add(seen.at, value)
        sign.newest = Reading(
            seen.at,
            value,
            may_clear(seen, sign.bad_reported_at),
            seen.room,
            seen.is_found,
            late_by(seen),
            is_single=len(sign.measured.readings) == 1,
        )
        sign.spell = self._settled(seen.kind, sign, seen.at)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        return tuple(
            self._explained(kind, device, spell)
            for (kind, device), sign in self.signs.items()
            if (spell := self._settled(kind, sign, now)).since is not None
        )

    def due(self, now: datetime) -> datetime | None:
        instants = (sign.measured.settles_at for sign in self.signs.values())
        return min((at for at in instants if at is not None and at > now), default=None)

    def _settled(self, kind: Kind, sign: Sign, now: datetime) -> Spell:
        """How the sign stands once its newest reading has settled; until then as before."""
        shown = sign.measured.shown(now)
        if not shown or sign.newest is None:
            return sign.spell
        bad = [(severity, value) for value in shown if (severity := self._severity(kind, value))]
        if bad:
            severity, value = max(bad)
            return sign.spell.bad(replace(sign.newest, value=value), severity)
        is_good = all(self._is_good(kind, value) for value in shown)
        return sign.spell.good(sign.newest) if is_good else sign.spell

    def _severity(self, kind: Kind, value: float) -> Severity | None:
        charted = as_charted(kind, value)
        if kind is Kind.SPO2:
            critical, low, _ = self.limits.spo2
            if charted <= critical:
                return Severity.CRITICAL
            return Severity.HIGH if charted <= low else None
        is_slow = charted <= self.limits.respiration_critical_low
        if is_slow or charted >= self.limits.respiration_critical_high:
            return Severity.CRITICAL
        return Severity.HIGH if charted >= self.limits.respiration_high else None

    def _is_good(self, kind: Kind, value: float) -> bool:
        # 94 and 95 % are watched: shown, and no reason to call anybody (RISKS §4)
        slow = self.limits.respiration_critical_low + CLEAR_ABOVE_SLOW
        return kind is Kind.SPO2 or as_charted(kind, value) >= slow

    def _explained(self, kind: Kind, device: str, spell: Spell) -> Assessment:
        assert spell.since is not None
        assert spell.worst is not None
        is_oxygen = kind is Kind.SPO2
        worst = spell.worst
        return Assessment(
            variant="spo2_low" if is_oxygen else "resp_rate",
            since=spell.since,
            facts=self._oxygen(worst.value) if is_oxygen else (self._breath(worst.value),),
            missing=(Fact.of("fact.vital_single"),) if worst.is_single else (),
            counter=self._counter(is_oxygen=is_oxygen),
            severity=spell.severity,
            room=worst.room,
            device=device,
            was_found=worst.was_found,
            late_by_seconds=worst.late_by_seconds,
        )

    def _oxygen(self, value: float) -> tuple[Fact, ...]:
        critical, low, _ = self.limits.spo2
        charted = as_charted(Kind.SPO2, value)
        limit = critical if charted <= critical else low
        reading = Fact.of("fact.spo2_low", percent=charted, limit=limit)
        is_second = self.limits.spo2_scale != 1
        return (reading, Fact.of("fact.spo2_scale_2")) if is_second else (reading,)

    def _breath(self, value: float) -> Fact:
        rate = as_charted(Kind.RESPIRATION_RATE, value)
        if rate <= (slow := self.limits.respiration_critical_low):
            return Fact.of("fact.respiration_slow", rate=rate, limit=slow)
        critical, high = self.limits.respiration_critical_high, self.limits.respiration_high
        limit = critical if rate >= critical else high
        return Fact.of("fact.respiration_fast", rate=rate, limit=limit)

    def _counter(self, *, is_oxygen: bool) -> tuple[Fact, ...]:
        repeat = Fact.of("fact.repeat_would_clear")
        if not is_oxygen:
            return (Fact.of("fact.respiration_disturbed"), repeat)
        is_unset = self.is_scale_2_noted and self.limits.spo2_scale == 1
        noted = (Fact.of("fact.scale_2_not_set"),) if is_unset else ()
        return (*noted, Fact.of("fact.spo2_disturbed"), repeat)
