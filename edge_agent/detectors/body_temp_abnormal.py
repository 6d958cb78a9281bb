"""An old body says "fever" quietly, and cold makes it quieter still: half a degree has to count.

Limits are NEWS2's [V31] and those of fever in old age [K] (RISKS §4, 25). A hot drink, a blanket
and a visitor's forehead make fevers too, a thermometer put down too early makes the opposite: so
the resident is asked to measure again, and a good repeat ends it. What is usual for this resident
(1.1 °C above it) is not judged here yet.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, is_usable, late_by, may_clear, measurement
from edge_agent.signals.measured import Measured
from edge_agent.signals.spell import Reading, Spell
from vocabulary.finding import Fact
from vocabulary.news2 import as_charted
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.vitals import VitalLimits

TWICE_APART = timedelta(minutes=30)
"""Two readings of one hot drink are not "twice": the mouth is itself again by then. Ours."""

TWICE_WITHIN = timedelta(hours=12)
"""Of the warm reading before: morning and evening are one fever, two evenings are not. Ours."""

_DISTURBED = {
    "fever": Fact.of("fact.temperature_fever_disturbed"),
    "low": Fact.of("fact.temperature_low_disturbed"),
}


@dataclass(frozen=True, slots=True)
class Warm:
    """How long every reading has been a little too warm."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class State:
    """Where the last settled reading has left things."""

    fever: Spell = field(default_factory=Spell)
    low: Spell = field(default_factory=Spell)
    warm: Warm | None = None


@dataclass(slots=True)
class Thermometer:
    """One device that takes somebody's temperature."""

    measured: Measured = field(default_factory=Measured)
    state: State = field(default_factory=State)
    newest: Reading | None = None
    bad_reported_at: datetime | None = None
    """Of the newest bad message, by the device's own stamp."""


@dataclass(slots=True)
class BodyTempAbnormal:
    """Present per device: fever, or too cold."""

    limits: VitalLimits = field(default_factory=VitalLimits)
    are_two: bool = False
    """Two people live here, and the thermometer does not know whose mouth it is in."""

    slug: ClassVar[str] = "body_temp_abnormal"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.BODY_TEMPERATURE, Kind.WORN})
    lookback: ClassVar[timedelta] = LOOKBACK

    thermometers: dict[str, Thermometer] = field(init=False, default_factory=dict)
    worn: dict[str, bool] = field(init=False, default_factory=dict)
    """By device, of those that tell it: they measure the skin."""

    def observe(self, seen: Observation) -> None:
        if seen.kind is Kind.WORN:
            self._observe_worn(seen)
            return
        value = measurement(seen)
        if value is None or self.worn.get(seen.device) is False:  # on its charger
            return
        known = self.thermometers.setdefault(seen.device, Thermometer())
        known.state = self._settled(seen.device, known, seen.at)
        if self._is_bad(seen.device, value):
            known.bad_reported_at = seen.reported_at
        elif not may_clear(seen, known.bad_reported_at):
            return  # as for the breath: an hour ago says nothing about now
        known.measured.add(seen.at, value)
        known.newest = Reading(
            seen.at,
            value,
            may_clear(seen, known.bad_reported_at),
            seen.room,
            seen.is_found,
            late_by(seen),
            is_single=len(known.measured.readings) == 1,
        )
        known.state = self._settled(seen.device, known, seen.at)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        found: list[Assessment] = []
        for device, known in self.thermometers.items():
            state = self._settled(device, known, now)
            found += [
                self._explained(variant, device, spell)
                for variant, spell in (("fever", state.fever), ("low", state.low))
                if spell.since is not None
            ]
        return tuple(found)

    def due(self, now: datetime) -> datetime | None:
        instants = (known.measured.settles_at for known in self.thermometers.values())
        return min((at for at in instants if at is not None and at > now), default=None)

    def _observe_worn(self, seen: Observation) -> None:
        if not is_usable(seen) or seen.is_found:
            return
        if (known := self.thermometers.get(seen.device)) is not None:
            known.state = self._settled(seen.device, known, seen.at)
        self.worn[seen.device] = seen.value is True

    def _settled(self, device: str, known: Thermometer, now: datetime) -> State:
        """Where the newest reading leaves things once it has settled; until then as before."""
        shown = known.measured.shown(now)
        if not shown or known.newest is None:
            return known.state
        # of two that contradict each other each counts where it is the worse one
        newest = known.newest
        top = replace(newest, value=as_charted(Kind.BODY_TEMPERATURE, max(shown)))
        bottom = replace(newest, value=as_charted(Kind.BODY_TEMPERATURE, min(shown)))
        warm = self._warm(known.state.warm, top)
        return State(
            self._fever(known.state.fever, top, warm),
            self._low(device, known.state.low, bottom),
            warm,
        )

    def _warm(self, warm: Warm | None, reading: Reading) -> Warm | None:
        if reading.value < self.limits.fever_twice:
            return None if reading.may_clear else warm
        if warm is None or reading.at - warm.until > TWICE_WITHIN:
            return Warm(reading.at, reading.at)
        return replace(warm, until=reading.at)

    def _fever(self, spell: Spell, reading: Reading, warm: Warm | None) -> Spell:
        if reading.value >= self.limits.temperature_high:
            return spell.bad(reading, Severity.HIGH)
        if reading.value >= self._once:
            return spell.bad(reading, Severity.MEDIUM)
        if reading.value < self.limits.fever_twice:
            return spell.good(reading)
        if warm is not None and warm.until - warm.since >= TWICE_APART:
            return spell.bad(reading, Severity.MEDIUM, warm.since)
        return spell

    def _low(self, device: str, spell: Spell, reading: Reading) -> Spell:
        if reading.value > self.limits.temperature_low:
            return spell.good(reading)
        # skin is cooler than the body: 33 °C on a wrist is nothing
        return spell if device in self.worn else spell.bad(reading, Severity.HIGH)

    @property
    def _once(self) -> float:
        return min(self.limits.fever_once, self.limits.temperature_fever)

    def _is_bad(self, device: str, value: float) -> bool:
        celsius = as_charted(Kind.BODY_TEMPERATURE, value)
        is_cold = celsius <= self.limits.temperature_low and device not in self.worn
        return is_cold or celsius >= self.limits.fever_twice

    def _explained(self, variant: str, device: str, spell: Spell) -> Assessment:
        worst, newest = spell.worst, spell.newest
        assert spell.since is not None
        assert worst is not None
        assert newest is not None
        is_skin = device in self.worn
        is_alone = worst.is_single and newest.at == spell.since
        return Assessment(
            variant=variant,
            since=spell.since,
            facts=self._facts(variant, spell.severity, worst, spell.since),
            missing=(
                *((Fact.of("fact.either_resident"),) if self.are_two else ()),
                *((Fact.of("fact.vital_single"),) if is_alone else ()),
                *((Fact.of("fact.temperature_skin"),) if is_skin else ()),
            ),
            counter=(_DISTURBED[variant], Fact.of("fact.repeat_would_clear")),
            severity=spell.severity,
            room=worst.room,
            device=device,
            was_found=worst.was_found,
            late_by_seconds=worst.late_by_seconds,
        )

    def _facts(
        self, variant: str, severity: Severity, worst: Reading, since: datetime
    ) -> tuple[Fact, ...]:
        limits = self.limits
        if variant == "low":
            limit = limits.temperature_low
            return (Fact.of("fact.temperature_low", celsius=worst.value, limit=limit),)
        if severity is Severity.HIGH or worst.value >= self._once:
            limit = limits.temperature_high if severity is Severity.HIGH else self._once
            return (Fact.of("fact.temperature_high", celsius=worst.value, limit=limit),)
        minutes = int((worst.at - since) / timedelta(minutes=1))
        limit = limits.fever_twice
        return (
            Fact.of("fact.temperature_high", celsius=worst.value, limit=limit),
            Fact.of("fact.temperature_twice", minutes=minutes),
        )
