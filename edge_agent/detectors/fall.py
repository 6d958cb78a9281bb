"""Fall: a sensor says that somebody went down, or somebody is low above the floor and stays there.

The raw signal is often wrong (17 false ones a month for one tuned accelerometer [V42]), so every
fall is asked about first; but nothing here talks a fall away: what speaks against it lowers the
score and stands beside it, and silence for an answer pages (RISKS §4, §5). A fall latches.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import (
    LOOKBACK,
    WRONG_CLOCK_AFTER,
    Assessment,
    is_usable,
    late_by,
    may_clear,
    number,
)
from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation

SURE_SCORE = 0.8
"""From here on it is a fall; below, a warning that is asked about (RISKS §4)."""
LEAST_SCORE = 0.5

ON_FLOOR_FOR = timedelta(seconds=15)
"""RISKS §4: "person on floor ≥ 15 s after descent"."""

IMPACT_G = 2.5
STILL_FOR = timedelta(seconds=30)
"""RISKS §4: "impact ≥ 2.5 g then ≥ 30 s low motion"."""
MOVES_BY = 2.0
"""m/s² between two readings of a worn device: more is moving about, less is lying still. Ours."""

FLOOR_SCORE, LOW_SCORE, PET_SCORE = 0.8, 0.6, 0.5
"""On the floor; low above it; low above it where a pet lives. Ours, within RISKS §4's bands."""
SEATED_SCORE = 0.6
"""A reported fall while the chair or bed of that room is taken: asked about first. Ours."""
STILL_SCORE, SILENT_SCORE = 0.85, 0.7
"""A blow after which stillness was measured, and one after which nothing was sent. Ours."""

SAME_WITHIN = timedelta(minutes=2)
"""A low posture this near to a reported fall of the same device or room is that fall. Ours."""

ONE_EVENT = timedelta(seconds=60)
"""A worn device repeats its fall message until it is heard; later ones are another fall. Ours."""

LOW_POSTURES = frozenset({"floor", "low"})
GONE_UP = frozenset({"standing", "sitting", "lying"})
"""Postures that end a stay on the floor: a bed or a sofa is not the floor."""


@dataclass(slots=True)
class Down:
    """A reported fall (a level of the sensor, or one event), sure or as a warning."""

    since: datetime
    room: str
    confidence: float
    reported_at: datetime | None
    was_found: bool
    late_by_seconds: float
    may_be_over: bool = False
    """A clear has come that may not end it: what is reported after it is another fall."""


@dataclass(slots=True)
class Low:
    """Somebody near the floor, by posture."""

    since: datetime
    room: str
    posture: str
    reported_at: datetime | None
    was_found: bool
    late_by_seconds: float
    may_be_over: bool = False
    """As of `Down`."""


@dataclass(slots=True)
class Blow:
    """A blow to a worn device, and what it measured since."""

    at: datetime
    room: str
    g: float
    late_by_seconds: float
    is_worn: bool | None
    was_still: bool = False
    """A later reading of the same device showed no movement."""


@dataclass(slots=True)
class Fall:
    """Present per device; `hard_fall` and `soft_fall` never both for one and the same."""

    has_pet: bool = False

    slug: ClassVar[str] = "fall"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {
            Kind.FALL,
            Kind.POSTURE,
            Kind.IMPACT,
            Kind.ACCELERATION,
            Kind.STEPS,
            Kind.WORN,
            Kind.CHAIR_OCCUPIED,
            Kind.BED_OCCUPIED,
            Kind.PERSON_COUNT,
        }
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    sure: dict[str, Down] = field(init=False, default_factory=dict)
    warned: dict[str, Down] = field(init=False, default_factory=dict)
    low: dict[str, Low] = field(init=False, default_factory=dict)
    blows: dict[str, Blow] = field(init=False, default_factory=dict)
    worn: dict[str, bool] = field(init=False, default_factory=dict)
    steps: dict[str, float] = field(init=False, default_factory=dict)
    pull: dict[str, float] = field(init=False, default_factory=dict)
    """The last acceleration of a worn device, m/s²."""
    seats: dict[str, set[str]] = field(init=False, default_factory=dict)
    """Room → chairs and beds that are taken."""
    people: dict[str, float] = field(init=False, default_factory=dict)
    """Room → persons counted."""

    def observe(self, seen: Observation) -> None:
        if not is_usable(seen):
            return
        match seen.kind:
            case Kind.FALL:
                self._observe_fall(seen)
            case Kind.POSTURE:
                self._observe_posture(seen)
            case Kind.IMPACT:
                self._observe_impact(seen)
            case Kind.STEPS | Kind.ACCELERATION | Kind.WORN:
                self._observe_worn(seen)
            case Kind.PERSON_COUNT:
                self.people[seen.room] = number(seen) or 0.0
            case _:
                self._observe_seat(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        if self.sure or self.warned or self.low or self.blows:
            return self._present(now)
        return ()

    def due(self, now: datetime) -> datetime | None:
        instants = [low.since + ON_FLOOR_FOR for low in self.low.values()]
        instants += [blow.at + STILL_FOR for blow in self.blows.values()]
        return min((at for at in instants if at > now), default=None)

    def _present(self, now: datetime) -> tuple[Assessment, ...]:
        hard = [self._of_sure(device, down) for device, down in self.sure.items()]
        hard += [
            self._of_blow(device, blow)
            for device, blow in self.blows.items()
            if now - blow.at >= STILL_FOR and not _is_told(hard, device, blow.room, blow.at)
        ]
        soft = [
            self._of_warning(device, down)
            for device, down in self.warned.items()
            if not _is_told(hard, device, down.room, down.since)
        ]
        told = hard + soft
        soft += [
            self._of_low(device, low, now)
            for device, low in self.low.items()
            if now - low.since >= ON_FLOOR_FOR
            and not _is_told(told, device, low.room, low.since)
            and not self._is_seat(low)
        ]
        return tuple(hard + soft)

    def _observe_fall(self, seen: Observation) -> None:
        if not seen.value:
            for downs in (self.sure, self.warned):
                known = downs.get(seen.device)
                if known is not None and may_clear(seen, known.reported_at):
                    del downs[seen.device]
                elif known is not None and not _is_from_before(seen, known):
                    known.may_be_over = True
            return
        if seen.confidence < LEAST_SCORE:
            return
        downs = self.sure if seen.confidence >= SURE_SCORE else self.warned
        known = downs.get(seen.device)
        if known is not None and not _is_another(seen, known):
            known.reported_at = seen.reported_at
            return
        downs[seen.device] = Down(
            seen.at, seen.room, seen.confidence, seen.reported_at, seen.is_found, late_by(seen)
        )

    def _observe_posture(self, seen: Observation) -> None:
        known = self.low.get(seen.device)
        if seen.value in LOW_POSTURES:
            if known is None or _is_down_again(seen, known):
                self.low[seen.device] = Low(
                    seen.at,
                    seen.room,
                    str(seen.value),
                    seen.reported_at,
                    seen.is_found,
                    late_by(seen),
                )
            else:
                known.reported_at = seen.reported_at
                known.posture = "floor" if "floor" in {known.posture, seen.value} else "low"
        elif seen.value in GONE_UP:
            if known is not None and may_clear(seen, known.reported_at):
                del self.low[seen.device]
            elif known is not None and not _is_from_before(seen, known):
                known.may_be_over = True
            if seen.value == "standing":
                self._moved(seen.device, seen.at)

    def _observe_seat(self, seen: Observation) -> None:
        taken = self.seats.setdefault(seen.room, set())
        if not seen.value:
            taken.discard(seen.device)
        elif may_clear(seen, None):  # what an old or a dead pad once said speaks against no fall
            taken.add(seen.device)

    def _observe_impact(self, seen: Observation) -> None:
        g = number(seen)
        # found: an old blow; taken off: it was dropped, or lies on the table
        if g is None or g < IMPACT_G or seen.is_found or self.worn.get(seen.device) is False:
            return
        if seen.device not in self.blows or seen.at - self.blows[seen.device].at >= STILL_FOR:
            self.blows[seen.device] = Blow(
                seen.at, seen.room, g, late_by(seen), self.worn.get(seen.device)
            )

    def _observe_worn(self, seen: Observation) -> None:
        device, value = seen.device, number(seen)
        if seen.kind is Kind.WORN:
            self.worn[device] = seen.value is True
            return
        if value is None or seen.is_found:
            return
        last = self.steps if seen.kind is Kind.STEPS else self.pull
        before = last.get(device)
        last[device] = value
        if before is None:
            return
        has_moved = value > before if last is self.steps else abs(value - before) > MOVES_BY
        if has_moved:
            self._moved(device, seen.at)
        elif last is self.pull and device in self.blows:
            self.blows[device].was_still = True

    def _moved(self, device: str, at: datetime) -> None:
        """Whoever moves about within 30 s of a blow has not been felled by it."""
        blow = self.blows.get(device)
        if blow is not None and timedelta(0) < at - blow.at < STILL_FOR:
            del self.blows[device]

    def _is_seat(self, low: Low) -> bool:
        """Low above the floor where a chair or bed is taken is somebody sitting in it."""
        return low.posture == "low" and bool(low.room and self.seats.get(low.room))

    def _of_sure(self, device: str, down: Down) -> Assessment:
        is_seated = bool(down.room and self.seats.get(down.room))
        return Assessment(
            variant="hard_fall",
            since=down.since,
            facts=(Fact.of("fact.fall_reported"), _percent(down.confidence)),
            missing=(Fact.of("fact.no_upright"),),
            counter=self._counter(down.room, is_seated=is_seated),
            room=down.room,
            device=device,
            score=min(down.confidence, SEATED_SCORE) if is_seated else down.confidence,
            was_found=down.was_found,
            late_by_seconds=down.late_by_seconds,
        )

    def _of_warning(self, device: str, down: Down) -> Assessment:
        return Assessment(
            variant="soft_fall",
            since=down.since,
            facts=(Fact.of("fact.fall_warning"), _percent(down.confidence)),
            counter=self._counter(down.room, is_seated=bool(self.seats.get(down.room))),
            room=down.room,
            device=device,
            score=down.confidence,
            was_found=down.was_found,
            late_by_seconds=down.late_by_seconds,
        )

    def _of_blow(self, device: str, blow: Blow) -> Assessment:
        seconds = int(STILL_FOR.total_seconds())
        missing = [] if blow.was_still else [Fact.of("fact.no_movement_data")]
        missing += [] if blow.is_worn else [Fact.of("fact.worn_unknown")]
        return Assessment(
            variant="hard_fall",
            since=blow.at,
            facts=(Fact.of("fact.impact", g=round(blow.g, 1), seconds=seconds),),
            missing=tuple(missing),
            counter=self._counter(blow.room, is_seated=False),
            room=blow.room,
            device=device,
            score=STILL_SCORE if blow.was_still else SILENT_SCORE,
            late_by_seconds=blow.late_by_seconds,
        )

    def _of_low(self, device: str, low: Low, now: datetime) -> Assessment:
        seconds = int((now - low.since).total_seconds())
        is_on_floor = low.posture == "floor"
        low_score = PET_SCORE if self.has_pet else LOW_SCORE
        return Assessment(
            variant="soft_fall",
            since=low.since,
            facts=(
                Fact.of("fact.on_floor" if is_on_floor else "fact.low_posture", seconds=seconds),
            ),
            missing=(Fact.of("fact.no_upright"),),
            counter=self._counter(low.room, is_seated=False),
            room=low.room,
            device=device,
            score=FLOOR_SCORE if is_on_floor else low_score,
            was_found=low.was_found,
            late_by_seconds=low.late_by_seconds,
        )

    def _counter(self, room: str, *, is_seated: bool) -> tuple[Fact, ...]:
        """What speaks against a fall. A second person changes the wording, never the finding."""
        against = [Fact.of("fact.chair_taken")] if is_seated else []
        if self.people.get(room, 0.0) > 1:
            against.append(Fact.of("fact.somebody_else"))
        if self.has_pet:
            against.append(Fact.of("fact.pet_at_home"))
        return tuple(against) or (Fact.of("fact.fall_no_doubt"),)


def _is_another(seen: Observation, known: Down) -> bool:
    """A level told again is the same fall; so is an event delivered twice."""
    return (seen.is_event and _is_news(seen, known)) or _is_down_again(seen, known)


def _is_down_again(seen: Observation, known: Down | Low) -> bool:
    """After a clear that was not believed a level is no longer the one told before."""
    return known.may_be_over and not seen.is_found and _is_news(seen, known)


def _is_news(seen: Observation, known: Down | Low) -> bool:
    is_same_message = seen.reported_at is not None and seen.reported_at == known.reported_at
    return not is_same_message and seen.at - known.since > ONE_EVENT


def _is_from_before(seen: Observation, known: Down | Low) -> bool:
    """Whether a clear was reported before the alarm: of what came later it cannot tell."""
    if seen.reported_at is None or known.reported_at is None:
        return False
    has_right_clock = seen.at - seen.reported_at < WRONG_CLOCK_AFTER
    return has_right_clock and seen.reported_at < known.reported_at


def _is_told(told: list[Assessment], device: str, room: str, since: datetime) -> bool:
    """Whether another sign of about the same instant, device or room tells of the same fall."""
    return any(
        (each.device == device or (room and each.room == room))
        and abs(each.since - since) <= SAME_WITHIN
        for each in told
    )


def _percent(confidence: float) -> Fact:
    return Fact.of("fact.device_confidence", percent=round(confidence * 100))
