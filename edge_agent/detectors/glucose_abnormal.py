"""Too little sugar takes the mind first: whoever has it may be the last to know and to drink juice.

Limits are ADA's levels 1 and 2 [V34] and, upwards, [K] (RISKS §4, 26). What is measured counts at
once. A sensor under the skin also shows where it is going, so the home asks before it is there; and
it reads too low while somebody lies on it: a value that falls faster than sugar can, and not to
below 3.0, must stay so for a quarter of an hour.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import floor
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, late_by, may_clear, measurement
from edge_agent.signals.spell import Reading, Spell
from edge_agent.signals.stream import Stream
from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.vitals import VitalLimits

AHEAD = timedelta(minutes=20)
"""RISKS §4, 26: "20-min linear forecast (CGM)"."""

HIGH_APART = timedelta(hours=1)
"""RISKS §4, 26: "> 13.9 twice 1 h apart"."""

HIGH_WITHIN = timedelta(hours=12)
"""Of the high reading before: before and after a night are one, two evenings are not. Ours."""

FASTEST_FALL, LEAST_FALL = 0.3, 1.0
"""mmol/L a minute, and at once: blood sugar hardly falls by more than 0.2 a minute, a sensor that
is lain on does [K]; and a sensor of the minute wavers. Ours."""

LAIN_ON_FOR = timedelta(minutes=15)
"""Turning over brings the value back within minutes; treating a low one leaves as long (ADA). Ours.
"""

SURELY_UP = 0.3
"""mmol/L above the limit, for a sensor: its readings waver by as much, and one episode must not
become many. Ours."""

_DISTURBED = {
    "hypo": Fact.of("fact.glucose_hypo_disturbed"),
    "hyper": Fact.of("fact.glucose_hyper_disturbed"),
}


@dataclass(frozen=True, slots=True)
class Raised:
    """How long every reading has been a little too high."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Sugar(Reading):
    """A reading to a tenth, as meters show it; with `forecast`, one that is not low yet."""

    forecast: float | None = None


@dataclass(slots=True)
class Meter:
    """One device that measures sugar, by a drop of blood or under the skin."""

    stream: Stream = field(default_factory=Stream)
    hypo: Spell = field(default_factory=Spell)
    hyper: Spell = field(default_factory=Spell)
    raised: Raised | None = None
    fell_to: Sugar | None = None
    """The first reading after a fall faster than sugar's, while it waits to be believed."""
    bad_reported_at: datetime | None = None
    """Of the newest bad message, by the device's own stamp."""

    def low(self, now: datetime) -> Spell:
        """The spell of low sugar, with what has waited long enough."""
        if self.fell_to is None or now - self.fell_to.at < LAIN_ON_FOR:
            return self.hypo
        return self.hypo.bad(self.fell_to, Severity.HIGH)


@dataclass(slots=True)
class GlucoseAbnormal:
    """Present per device: too low, soon too low, or too high."""

    limits: VitalLimits = field(default_factory=VitalLimits)
    are_two: bool = False
    """Two people live here, and a meter does not know whose finger it is."""

    slug: ClassVar[str] = "glucose_abnormal"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.GLUCOSE})
    lookback: ClassVar[timedelta] = LOOKBACK

    meters: dict[str, Meter] = field(init=False, default_factory=dict)

    def observe(self, seen: Observation) -> None:
        value = measurement(seen)
        if value is None:
            return
        meter = self.meters.setdefault(seen.device, Meter())
        _settle(meter, seen.at)
        if not seen.is_found:  # how it was found lies on no line
            meter.stream.add(seen.at, value)
        value = _charted(value)
        if not self.limits.glucose_low <= value <= self.limits.glucose_high:
            meter.bad_reported_at = seen.reported_at
        reading = Sugar(
            seen.at,
            value,
            may_clear(seen, meter.bad_reported_at),
            seen.room,
            seen.is_found,
            late_by(seen),
            is_single=len(meter.stream.readings) <= 1,
        )
        self._observe_low(meter, reading)
        self._observe_high(meter, reading)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        found: list[Assessment] = []
        for device, meter in self.meters.items():
            found += [
                self._explained(variant, device, spell)
                for variant, spell in (("hypo", meter.low(now)), ("hyper", meter.hyper))
                if spell.since is not None
            ]
        return tuple(found)

    def due(self, now: datetime) -> datetime | None:
        instants = (m.fell_to.at + LAIN_ON_FOR for m in self.meters.values() if m.fell_to)
        return min((at for at in instants if at > now), default=None)

    def _observe_low(self, meter: Meter, reading: Sugar) -> None:
        stream, limit = meter.stream, self.limits.glucose_low
        fall, minutes = stream.fell_by()
        is_too_fast = stream.is_proven and fall > max(FASTEST_FALL * minutes, LEAST_FALL)
        if is_too_fast:
            stream.begin_anew()
        if reading.value < self.limits.glucose_critical_low:
            meter.hypo, meter.fell_to = meter.hypo.bad(reading, Severity.CRITICAL), None
        elif reading.value < limit:
            self._observe_level_1(meter, reading, is_too_fast=is_too_fast)
        elif reading.may_clear or meter.fell_to is None:
            meter.fell_to = None
            self._observe_enough(meter, reading)

    def _observe_level_1(self, meter: Meter, reading: Sugar, *, is_too_fast: bool) -> None:
        # what was on its way down, or is low already, needs no time to be believed
        if meter.fell_to is None and (not is_too_fast or meter.hypo.since is not None):
            meter.hypo = meter.hypo.bad(reading, Severity.HIGH)
        elif meter.fell_to is None:
            meter.fell_to = reading

    def _observe_enough(self, meter: Meter, reading: Sugar) -> None:
        """Not low; a sensor may still be on its way down, or not surely up again."""
        limit, forecast = self.limits.glucose_low, meter.stream.forecast(AHEAD)
        if forecast is not None and forecast < limit and not reading.was_found:
            soon = replace(reading, forecast=_charted(forecast))
            meter.hypo = meter.hypo.bad(soon, Severity.MEDIUM)
        elif reading.value >= limit + (SURELY_UP if meter.stream.is_proven else 0):
            meter.hypo = meter.hypo.good(reading)

    def _observe_high(self, meter: Meter, reading: Sugar) -> None:
        if reading.value <= self.limits.glucose_high:
            if reading.may_clear:
                meter.raised = None
            meter.hyper = meter.hyper.good(reading)
            return
        raised, at = meter.raised, reading.at
        if raised is None or at - raised.until > HIGH_WITHIN:
            raised = Raised(at, at)
        meter.raised = raised = replace(raised, until=at)
        if reading.value > self.limits.glucose_critical_high:
            meter.hyper = meter.hyper.bad(reading, Severity.HIGH)
        elif at - raised.since >= HIGH_APART:
            meter.hyper = meter.hyper.bad(reading, Severity.MEDIUM, raised.since)

    def _explained(self, variant: str, device: str, spell: Spell) -> Assessment:
        worst, newest = spell.worst, spell.newest
        assert spell.since is not None
        assert isinstance(worst, Sugar)
        assert newest is not None
        is_hypo = variant == "hypo"
        is_alone = worst.is_single and newest.at == spell.since
        is_reckoned = worst.forecast is not None
        return Assessment(
            variant=variant,
            since=spell.since,
            facts=self._low(spell, worst) if is_hypo else self._high(spell, worst),
            missing=(
                *((Fact.of("fact.glucose_not_measured_low"),) if is_reckoned else ()),
                *((Fact.of("fact.either_resident"),) if self.are_two else ()),
                *((Fact.of("fact.vital_single"),) if is_alone else ()),
            ),
            counter=(_DISTURBED[variant], Fact.of("fact.repeat_would_clear")),
            severity=spell.severity,
            room=worst.room,
            device=device,
            was_found=worst.was_found,
            late_by_seconds=worst.late_by_seconds,
        )

    def _low(self, spell: Spell, worst: Sugar) -> tuple[Fact, ...]:
        limits, mmol = self.limits, worst.value
        if worst.forecast is not None:
            return (
                Fact.of(
                    "fact.glucose_falling",
                    mmol=mmol,
                    forecast=worst.forecast,
                    minutes=AHEAD // timedelta(minutes=1),
                ),
            )
        is_critical = spell.severity is Severity.CRITICAL
        limit = limits.glucose_critical_low if is_critical else limits.glucose_low
        return (Fact.of("fact.glucose_low", mmol=mmol, limit=limit),)

    def _high(self, spell: Spell, worst: Sugar) -> tuple[Fact, ...]:
        limits, mmol = self.limits, worst.value
        if spell.severity is Severity.HIGH:
            limit = limits.glucose_critical_high
            return (Fact.of("fact.glucose_high", mmol=mmol, limit=limit),)
        assert spell.since is not None
        minutes = int((worst.at - spell.since) / timedelta(minutes=1))
        return (
            Fact.of("fact.glucose_high", mmol=mmol, limit=limits.glucose_high),
            Fact.of("fact.glucose_high_for", minutes=minutes),
        )


def _settle(meter: Meter, now: datetime) -> None:
    """Before another reading: what has waited long enough by now counts, and waits no longer."""
    if meter.fell_to is not None and now - meter.fell_to.at >= LAIN_ON_FOR:
        meter.hypo, meter.fell_to = meter.low(now), None


def _charted(mmol: float) -> float:
    """70 mg/dL are 3.9 mmol/L and not low, though they are 3.886."""
    return floor(mmol * 10 + 0.5) / 10
