"""Blood pressure is measured a few times a day, so each reading of a cuff is taken seriously.

A low or a very high one counts by itself; a high one is asked for again after five minutes of rest
(RISKS §4, 23), and if nobody measures again, somebody is told of the first. Wrong cuffs, talking
and stairs make high readings too, which is why a good repeat ends it and nothing else does. A drop
on standing up is told from two readings, surely where a device knows the posture, else by a
greater fall than two readings differ by themselves.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, is_usable, late_by, may_clear, measurement
from edge_agent.signals.spell import Reading, Spell
from vocabulary.finding import Fact
from vocabulary.news2 import as_charted
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.vitals import VitalLimits

REPEAT_APART = timedelta(minutes=5)
"""RISKS §4, 23: "on 2 readings 5 min apart"."""

ONE_READING = timedelta(seconds=3)
"""Upper and lower value come as one message, or as two within a moment; a cuff takes 30 s, and what
is left alone must be noticed within five. Ours."""

UP_WITHIN = timedelta(minutes=5)
"""From the reading at rest to the one on standing: within three minutes of standing up [K], and
the cuff takes its time. Ours."""

RESTING, STANDING = frozenset({"lying", "sitting"}), "standing"


@dataclass(frozen=True, slots=True)
class Taken(Reading):
    """One inflation of the cuff: `value` is the upper pressure, or the lower where that is all."""

    systolic: float | None = None
    diastolic: float | None = None
    posture: str = ""
    """As a device told it; empty: nobody knows."""
    reported_at: datetime | None = None

    @property
    def is_whole(self) -> bool:
        return self.systolic is not None and self.diastolic is not None


@dataclass(frozen=True, slots=True)
class Drop:
    """From which reading at rest to which on standing."""

    rested: Taken
    up: Taken

    @property
    def is_posture_told(self) -> bool:
        return self.rested.posture in RESTING and self.up.posture == STANDING


@dataclass(frozen=True, slots=True)
class State:
    """Where the readings so far have left things."""

    crisis: Spell = field(default_factory=Spell)
    low: Spell = field(default_factory=Spell)
    fallen: Spell = field(default_factory=Spell)
    drop: Drop | None = None
    rested: Taken | None = None
    """The newest reading that was not, or not known to be, taken standing."""


@dataclass(slots=True)
class Cuff:
    """One device that measures blood pressure."""

    state: State = field(default_factory=State)
    newest: Taken | None = None


@dataclass(slots=True)
class BloodPressureAbnormal:
    """Present per device: very high, low, or fallen on standing up."""

    limits: VitalLimits = field(default_factory=VitalLimits)
    are_two: bool = False
    """Two people live here, and the cuff does not know whose arm it is."""

    slug: ClassVar[str] = "blood_pressure_abnormal"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.BP_SYSTOLIC, Kind.BP_DIASTOLIC, Kind.POSTURE}
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    cuffs: dict[str, Cuff] = field(init=False, default_factory=dict)
    postures: dict[str, str] = field(init=False, default_factory=dict)
    """By device and by room: a cuff may tell it, or a sensor where it stands."""

    def observe(self, seen: Observation) -> None:
        if seen.kind is Kind.POSTURE:
            self._observe_posture(seen)
            return
        value = measurement(seen)
        if value is None:
            return
        cuff = self.cuffs.setdefault(seen.device, Cuff())
        taken = self._taken(seen, value)
        known = cuff.newest
        if known is not None and _is_same(known, taken):
            cuff.newest = _both(known, taken)
            return
        cuff.state = self._settled(cuff, seen.at, is_over=True)
        cuff.newest = taken

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        found: list[Assessment] = []
        for device, cuff in self.cuffs.items():
            state = self._settled(cuff, now)
            spells = (
                ("crisis", state.crisis),
                ("low", state.low),
                ("postural_drop", state.fallen),
            )
            found += [
                self._explained(variant, device, spell, state.drop)
                for variant, spell in spells
                if spell.since is not None
            ]
        return tuple(found)

    def due(self, now: datetime) -> datetime | None:
        instants = (
            cuff.newest.at + ONE_READING
            for cuff in self.cuffs.values()
            if cuff.newest is not None and not cuff.newest.is_whole
        )
        return min((at for at in instants if at > now), default=None)

    def _observe_posture(self, seen: Observation) -> None:
        if is_usable(seen) and not seen.is_found:
            self.postures |= {place: str(seen.value) for place in (seen.device, seen.room) if place}

    def _taken(self, seen: Observation, value: float) -> Taken:
        is_upper = seen.kind is Kind.BP_SYSTOLIC
        told = self.postures.get(seen.device) or self.postures.get(seen.room, "")
        return Taken(
            seen.at,
            value,
            may_clear(seen, None),
            seen.room,
            seen.is_found,
            late_by(seen),
            is_single=True,
            systolic=as_charted(seen.kind, value) if is_upper else None,
            diastolic=None if is_upper else as_charted(seen.kind, value),
            posture=told if told in {*RESTING, STANDING} else "",
            reported_at=seen.reported_at,
        )

    def _settled(self, cuff: Cuff, now: datetime, *, is_over: bool = False) -> State:
        """With the newest reading, once it is whole or nothing more of it comes.

        `is_over`: another reading has begun.
        """
        state, taken = cuff.state, cuff.newest
        if taken is None:
            return state
        if not (is_over or taken.is_whole or now - taken.at >= ONE_READING):
            return state
        crisis, low = self._crisis(state.crisis, taken), self._low(state.low, taken)
        state = self._fallen(replace(state, crisis=crisis, low=low), taken)
        return replace(state, rested=taken) if taken.posture != STANDING else state

    def _crisis(self, spell: Spell, taken: Taken) -> Spell:
        upper, lower = taken.systolic or 0, taken.diastolic or 0
        if upper >= self.limits.systolic_critical_high:
            return spell.bad(taken, Severity.CRITICAL)
        if upper >= self.limits.systolic_crisis or lower >= self.limits.diastolic_crisis:
            is_again = spell.since is not None and taken.at - spell.since >= REPEAT_APART
            return spell.bad(taken, Severity.HIGH if is_again else Severity.MEDIUM)
        return _good(spell, taken) if self._answers(spell, taken) else spell

    def _answers(self, spell: Spell, taken: Taken) -> bool:
        """Whether a reading tells all that was too high: half of one may not."""
        bad = spell.newest
        lower = (bad.diastolic or 0) if isinstance(bad, Taken) else 0
        was_lower = lower >= self.limits.diastolic_crisis
        return taken.systolic is not None and (taken.diastolic is not None or not was_lower)

    def _low(self, spell: Spell, taken: Taken) -> Spell:
        if taken.systolic is None:
            return spell
        if taken.systolic <= self.limits.systolic_critical_low:
            return spell.bad(taken, Severity.CRITICAL)
        if taken.systolic <= self.limits.systolic_low:
            return spell.bad(taken, Severity.HIGH)
        return _good(spell, taken)

    def _fallen(self, state: State, taken: Taken) -> State:
        if state.drop is None:
            if state.rested is None or not self._has_dropped(drop := Drop(state.rested, taken)):
                return state
            return replace(state, drop=drop, fallen=state.fallen.bad(taken, Severity.HIGH))
        upper, lower = self._fall(Drop(state.drop.rested, taken))
        # sitting down again brings it up at once: that is no news of what standing up does
        is_repeat = taken.posture not in RESTING or taken.at - state.drop.up.at > UP_WITHIN
        if upper or lower or not is_repeat or taken.systolic is None:
            return state
        ended = _good(state.fallen, taken)
        return replace(state, fallen=ended, drop=state.drop if ended.since else None)

    def _has_dropped(self, drop: Drop) -> bool:
        if drop.up.at - drop.rested.at > UP_WITHIN:
            return False
        upper, lower = self._fall(drop)
        if drop.is_posture_told:
            return upper or lower
        # nobody knows the posture: both must fall, and not from where a repeat falls by itself
        is_unknown = not (drop.rested.posture and drop.up.posture)
        return is_unknown and upper and lower and not self._is_high(drop.rested)

    def _fall(self, drop: Drop) -> tuple[bool, bool]:
        """Whether the upper and the lower pressure have fallen by their limit."""
        upper = (drop.rested.systolic or 0) - (drop.up.systolic or 0)
        lower = (drop.rested.diastolic or 0) - (drop.up.diastolic or 0)
        return (
            drop.up.systolic is not None and upper >= self.limits.systolic_postural_drop,
            drop.up.diastolic is not None and lower >= self.limits.diastolic_postural_drop,
        )

    def _is_high(self, taken: Taken) -> bool:
        is_upper = (taken.systolic or 0) >= self.limits.systolic_crisis
        return is_upper or (taken.diastolic or 0) >= self.limits.diastolic_crisis

    def _explained(self, variant: str, device: str, spell: Spell, drop: Drop | None) -> Assessment:
        worst, newest = spell.worst, spell.newest
        assert spell.since is not None
        assert isinstance(worst, Taken)
        assert newest is not None
        is_fall = variant == "postural_drop" and drop is not None
        facts = _of_drop(drop) if is_fall and drop else self._of_level(variant, worst, spell)
        return Assessment(
            variant=variant,
            since=spell.since,
            facts=facts,
            missing=self._missing(
                worst, drop if is_fall else None, is_alone=newest.at == spell.since
            ),
            counter=(Fact.of("fact.pressure_disturbed"), Fact.of("fact.repeat_would_clear")),
            severity=spell.severity,
            room=worst.room,
            device=device,
            was_found=worst.was_found,
            late_by_seconds=worst.late_by_seconds,
        )

    def _of_level(self, variant: str, worst: Taken, spell: Spell) -> tuple[Fact, ...]:
        shown = {"systolic": _shown(worst.systolic), "diastolic": _shown(worst.diastolic)}
        if variant == "low":
            is_critical = spell.severity is Severity.CRITICAL
            limits = self.limits
            limit = limits.systolic_critical_low if is_critical else limits.systolic_low
            return (Fact.of("fact.pressure_low", **shown, limit=limit),)
        upper, lower = self.limits.systolic_crisis, self.limits.diastolic_crisis
        level = Fact.of("fact.pressure_high", **shown, upper=upper, lower=lower)
        assert spell.since is not None
        minutes = int((worst.at - spell.since) / timedelta(minutes=1))
        return (level, Fact.of("fact.pressure_again", minutes=minutes)) if minutes else (level,)

    def _missing(self, worst: Taken, drop: Drop | None, *, is_alone: bool) -> tuple[Fact, ...]:
        is_guessed = drop is not None and not drop.is_posture_told
        return (
            *((Fact.of("fact.posture_unknown"),) if is_guessed else ()),
            *((Fact.of("fact.either_resident"),) if self.are_two else ()),
            *((Fact.of("fact.vital_single"),) if is_alone and drop is None else ()),
            *(() if worst.is_whole else (Fact.of("fact.pressure_half"),)),
        )


def _is_same(known: Taken, taken: Taken) -> bool:
    """Whether it is the other value of the reading that is still going on."""
    is_other = known.systolic is None if taken.systolic is not None else known.diastolic is None
    return is_other and taken.at - known.at < ONE_READING


def _both(known: Taken, taken: Taken) -> Taken:
    upper = taken.systolic if known.systolic is None else known.systolic
    lower = taken.diastolic if known.diastolic is None else known.diastolic
    may_end = known.may_clear and taken.may_clear
    value = known.value if upper is None else upper
    return replace(known, value=value, systolic=upper, diastolic=lower, may_clear=may_end)


def _good(spell: Spell, taken: Taken) -> Spell:
    """A good reading, unless by the cuff's own clock it was taken before the bad one."""
    bad = spell.newest
    if isinstance(bad, Taken) and bad.reported_at and taken.reported_at:
        return spell.good(taken) if taken.reported_at >= bad.reported_at else spell
    return spell.good(taken)


def _of_drop(drop: Drop) -> tuple[Fact, ...]:
    rested, up = drop.rested, drop.up
    return (
        Fact.of(
            "fact.pressure_drop",
            before=f"{_shown(rested.systolic)}/{_shown(rested.diastolic)}",
            after=f"{_shown(up.systolic)}/{_shown(up.diastolic)}",
            seconds=int((up.at - rested.at).total_seconds()),
        ),
    )


def _shown(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f}"
