"""A heart that races at rest, or hardly beats, is somebody's business before it is a collapse.

Limits are NEWS2's [V31]. A quick pulse after climbing the stairs is no illness, so a high rate
counts at rest, as far as the worn device itself can tell; a slow one always counts. An irregular
rhythm and the resident's own usual rate are not judged here yet.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import (
    LOOKBACK,
    Assessment,
    is_usable,
    late_by,
    may_clear,
    measurement,
    number,
)
from edge_agent.signals.measured import Measured
from edge_agent.signals.spell import Reading, Spell
from vocabulary.finding import Fact
from vocabulary.news2 import as_charted
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.vitals import VitalLimits

RESTED_FOR = timedelta(minutes=5)
"""RISKS §4, 22: "≥ 5 min at rest"."""

HELD_FOR = timedelta(minutes=10)
"""RISKS §4, 22: "111-130 or 41-50 for 10 min"."""

EXERCISE_AT_MOST = timedelta(minutes=30)
"""A critical rate for so long is no exercise of an old person, whatever the steps say. Ours."""

ONE_HOLD_WITHIN = timedelta(minutes=15)
"""Readings further apart are two holds: nobody knows what was between. Ours."""

ROW_WITHIN = timedelta(hours=1)
ROW = 3
"""But a watch that measures three or four times an hour never says more: so many holds in a row,
none of them further from the next and no good reading between, are one that lasts. Ours."""

MOVING_AT_MOST = timedelta(hours=1)
"""A watch that says "moving" and then nothing more of it has lost the end: so long a walk of an
old person is rarer. Ours."""

LEAST_STEPS = 20
"""Fewer between two readings are an arm that moves in a chair. Ours."""
MOVES_BY = 2.0
"""m/s² between two readings of a worn device: more is moving about. As for a fall; ours."""


@dataclass(frozen=True, slots=True)
class Hold:
    """How long a rate has been beyond its limit, by readings: silence in between adds nothing."""

    since: datetime
    until: datetime
    is_high: bool
    critical_since: datetime | None = None
    row_since: datetime | None = None
    """When the first of the row began, where there is one."""
    row: int = 1
    """The how-manieth in a row it is."""

    @property
    def is_held(self) -> bool:
        return self.until - self.since >= HELD_FOR

    @property
    def is_long(self) -> bool:
        return self.is_held or self.row >= ROW

    @property
    def long_since(self) -> datetime:
        """Since when it has been so, once it is long."""
        return self.since if self.is_held or self.row_since is None else self.row_since


@dataclass(slots=True)
class Wearer:
    """What the worn device tells of its wearer beside the pulse."""

    is_worn: bool | None = None
    is_moving: bool = False
    moved_at: datetime | None = None
    is_told: bool = False
    """It tells of movement at all."""
    steps: float | None = None
    pull: float | None = None

    def rests_from(self) -> datetime | None:
        """From when on a high rate counts, as far as is known; None: nothing speaks of moving."""
        if self.moved_at is None:
            return None
        return self.moved_at + (MOVING_AT_MOST if self.is_moving else RESTED_FOR)

    def is_resting(self, now: datetime) -> bool:
        rests_from = self.rests_from()
        return rests_from is None or now >= rests_from


@dataclass(frozen=True, slots=True)
class State:
    """Where the last settled reading has left things."""

    high: Spell = field(default_factory=Spell)
    low: Spell = field(default_factory=Spell)
    hold: Hold | None = None


@dataclass(slots=True)
class Pulse:
    """One device that feels a pulse."""

    wearer: Wearer
    measured: Measured = field(default_factory=Measured)
    state: State = field(default_factory=State)
    newest: Reading | None = None
    bad_reported_at: datetime | None = None


@dataclass(slots=True)
class HeartRateAbnormal:
    """Present per device and side, high or low."""

    limits: VitalLimits = field(default_factory=VitalLimits)
    has_pacemaker: bool = False
    has_fibrillation: bool = False

    slug: ClassVar[str] = "heart_rate_abnormal"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.HEART_RATE, Kind.WORN, Kind.STEPS, Kind.ACCELERATION, Kind.MOTION}
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    pulses: dict[str, Pulse] = field(init=False, default_factory=dict)
    wearers: dict[str, Wearer] = field(init=False, default_factory=dict)
    """By device, also of those that have felt no pulse yet: a strap may be off before it does."""

    def observe(self, seen: Observation) -> None:
        if seen.kind is Kind.HEART_RATE:
            self._observe_pulse(seen)
            return
        # only what the device itself tells counts: a room's sensor sees whoever is there
        if is_usable(seen) and not seen.is_found:
            if (pulse := self.pulses.get(seen.device)) is not None:
                pulse.state = self._settled(pulse, seen.at)
            _observe_wearer(self._wearer(seen.device), seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        found: list[Assessment] = []
        for device, pulse in self.pulses.items():
            state = self._settled(pulse, now)
            sides = (("high", state.high), ("low", state.low))
            found += [
                self._explained(variant, device, spell, pulse.wearer)
                for variant, spell in sides
                if spell.since is not None
            ]
        return tuple(found)

    def due(self, now: datetime) -> datetime | None:
        instants: list[datetime | None] = []
        for pulse in self.pulses.values():
            instants += [pulse.measured.settles_at, pulse.wearer.rests_from()]
        return min((at for at in instants if at is not None and at > now), default=None)

    def _observe_pulse(self, seen: Observation) -> None:
        value = measurement(seen)
        if value is None:
            return
        if seen.device not in self.pulses:
            self.pulses[seen.device] = Pulse(self._wearer(seen.device))
        pulse = self.pulses[seen.device]
        if pulse.wearer.is_worn is False:  # on its charger, or on the table
            return
        pulse.state = self._settled(pulse, seen.at)
        if not self._is_good(value):
            pulse.bad_reported_at = seen.reported_at
        elif not may_clear(seen, pulse.bad_reported_at):
            return  # as for the breath: an hour ago says nothing about now
        pulse.measured.add(seen.at, value)
        pulse.newest = Reading(
            seen.at,
            value,
            may_clear(seen, pulse.bad_reported_at),
            seen.room,
            seen.is_found,
            late_by(seen),
            is_single=len(pulse.measured.readings) == 1,
        )
        pulse.state = self._settled(pulse, seen.at)

    def _wearer(self, device: str) -> Wearer:
        if device not in self.wearers:
            self.wearers[device] = Wearer()
        return self.wearers[device]

    def _settled(self, pulse: Pulse, now: datetime) -> State:
        """Where the newest reading leaves things once it has settled; until then as before."""
        shown = pulse.measured.shown(now)
        if not shown or pulse.newest is None:
            return pulse.state
        value = max(shown, key=self._how_far)
        reading = replace(pulse.newest, value=value)
        state = replace(pulse.state, hold=self._held(pulse.state.hold, reading))
        if self._is_good(value):
            return replace(state, high=state.high.good(reading), low=state.low.good(reading))
        severity = self._severity(state.hold, pulse.wearer, reading, now)
        if severity is None or state.hold is None:
            return state
        critical_since = state.hold.critical_since
        is_critical = severity is Severity.CRITICAL
        since = critical_since if is_critical else state.hold.long_since
        if state.hold.is_high:
            return replace(state, high=state.high.bad(reading, severity, since))
        return replace(state, low=state.low.bad(reading, severity, since))

    def _held(self, hold: Hold | None, reading: Reading) -> Hold | None:
        rate = as_charted(Kind.HEART_RATE, reading.value)
        if self._is_good(rate):
            return None
        at, is_high = reading.at, rate >= self.limits.heart_rate_high
        known = Hold(at, at, is_high)
        if hold is not None and hold.is_high == is_high:
            if at - hold.until <= ONE_HOLD_WITHIN:
                known = hold
            elif at - hold.until <= ROW_WITHIN:
                known = replace(known, row_since=hold.row_since or hold.since, row=hold.row + 1)
        critical_since = known.critical_since or at if self._is_critical(rate) else None
        return replace(known, until=max(known.until, at), critical_since=critical_since)

    def _severity(
        self, hold: Hold | None, wearer: Wearer, reading: Reading, now: datetime
    ) -> Severity | None:
        """How bad it is now; None: not for long enough yet, or not at rest."""
        if hold is None:
            return None
        counts = not hold.is_high or (wearer.is_resting(now) and wearer.is_worn is not False)
        if hold.critical_since is not None:
            is_long = reading.at - hold.critical_since >= EXERCISE_AT_MOST
            return Severity.CRITICAL if counts or is_long else None
        return Severity.HIGH if counts and hold.is_long else None

    def _is_critical(self, rate: float) -> bool:
        is_low = rate <= self.limits.heart_rate_critical_low
        return is_low or rate >= self.limits.heart_rate_critical_high

    def _is_good(self, value: float) -> bool:
        rate = as_charted(Kind.HEART_RATE, value)
        return self.limits.heart_rate_low < rate < self.limits.heart_rate_high

    def _how_far(self, value: float) -> float:
        """Outside the limits, in beats a minute: of two that contradict the worse one counts."""
        return max(self.limits.heart_rate_low - value, value - self.limits.heart_rate_high)

    def _explained(self, variant: str, device: str, spell: Spell, wearer: Wearer) -> Assessment:
        assert spell.since is not None
        assert spell.worst is not None
        assert spell.newest is not None
        worst = spell.worst
        minutes = int((spell.newest.at - spell.since) / timedelta(minutes=1))
        is_unsure = variant == "high" and not wearer.is_told
        single = (Fact.of("fact.vital_single"),) if worst.is_single else ()
        moves = (Fact.of("fact.heart_rate_rest_unknown"),) if is_unsure else ()
        return Assessment(
            variant=variant,
            since=spell.since,
            facts=(
                self._fact(variant, spell.severity, worst.value),
                *((Fact.of("fact.heart_rate_for", minutes=minutes),) if minutes else ()),
            ),
            missing=(*single, *moves),
            counter=self._counter(),
            severity=spell.severity,
            room=worst.room,
            device=device,
            was_found=worst.was_found,
            late_by_seconds=worst.late_by_seconds,
        )

    def _fact(self, variant: str, severity: Severity, value: float) -> Fact:
        is_critical = severity is Severity.CRITICAL
        rate, limits = as_charted(Kind.HEART_RATE, value), self.limits
        if variant == "high":
            limit = limits.heart_rate_critical_high if is_critical else limits.heart_rate_high
            return Fact.of("fact.heart_rate_high", rate=rate, limit=limit)
        limit = limits.heart_rate_critical_low if is_critical else limits.heart_rate_low
        return Fact.of("fact.heart_rate_low", rate=rate, limit=limit)

    def _counter(self) -> tuple[Fact, ...]:
        known = (
            *((Fact.of("fact.pacemaker_known"),) if self.has_pacemaker else ()),
            *((Fact.of("fact.fibrillation_known"),) if self.has_fibrillation else ()),
        )
        return (*known, Fact.of("fact.repeat_would_clear"))


def _observe_wearer(wearer: Wearer, seen: Observation) -> None:
    if seen.kind is Kind.WORN:
        wearer.is_worn = seen.value is True
        return
    wearer.is_told = True
    if seen.kind is Kind.MOTION:
        was_moving, wearer.is_moving = wearer.is_moving, seen.value is True
        if was_moving or wearer.is_moving:
            wearer.moved_at = seen.at
        return
    value = number(seen)
    if value is None:
        return
    if seen.kind is Kind.STEPS:
        before, wearer.steps = wearer.steps, value
        has_moved = before is not None and value - before >= LEAST_STEPS
    else:
        before, wearer.pull = wearer.pull, value
        has_moved = before is not None and abs(value - before) > MOVES_BY
    if has_moved:
        wearer.moved_at = seen.at
