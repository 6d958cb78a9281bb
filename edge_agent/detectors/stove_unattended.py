"""Stove unattended: heat is on and nobody is in the kitchen, or something on the stove overheats.

Cooking is where most home fires begin ([V6]). Whoever is in the kitchen, cook or visitor, attends;
a still cook is seen by a radar, a moving one by a PIR. What nobody can see is unknown, never fine.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, is_usable, late_by, may_clear, number
from vocabulary.finding import Fact
from vocabulary.home import RoomType
from vocabulary.observation import Kind, Observation

PATIENCE = timedelta(minutes=10)
PATIENCE_DEMENTIA = timedelta(minutes=5)
PATIENCE_OVEN = timedelta(minutes=45)
"""RISKS §4: "no kitchen presence ≥ 10 min (≥ 5 min with dementia flag) … oven: 45 min"."""

UNSEEN_FOR = PATIENCE_OVEN
"""A kitchen that no sensor watches, or whose sensor says "somebody" and then nothing more: as long
as an oven may be left. Ours."""

HEATING_WATTS = 50.0
"""RISKS §5: below it is standby."""
CYCLE, CYCLE_OVEN = timedelta(minutes=2), timedelta(minutes=10)
"""A regulator switches a hot plate off and on within a minute, an oven within several: off is only
what stays off longer. Ours."""

HOT_CELSIUS = 280.0
"""RISKS §4; EN 50615 asks for the power to be cut before 320 °C [V15][V16]."""
COOLED_CELSIUS = 200.0
"""Below it an overheated stove has cooled; also what a "fast rise" must have reached: at such a
rate 320 °C are two or three minutes away. Ours."""
RISE_PER_MINUTE = 40.0
RISE_FOR, RISE_WITHIN = timedelta(seconds=30), timedelta(minutes=2)
"""RISKS §4 says "fast rise"; the figures are ours: oil on full heat takes about half of it."""
MOST_READINGS = 32
KEPT_EVERY = timedelta(minutes=1)
"""The journal keeps an unchanged reading once a minute (DESIGN §5)."""

STOVES = frozenset({"stove", "hob", "oven"})
PEOPLE = frozenset({Kind.PRESENCE, Kind.MOTION, Kind.PERSON_COUNT})

Place = tuple[str, str]
"""Device and instance: a meter has several channels, a hood several probes."""


@dataclass(slots=True)
class Stove:
    """A hob or an oven, by what it draws or says."""

    is_oven: bool
    room: str = ""
    on_since: datetime | None = None
    low_since: datetime | None = None
    watts: float | None = None
    reported_at: datetime | None = None
    was_found: bool = False
    late_by_seconds: float = 0.0

    @property
    def cycle(self) -> timedelta:
        return CYCLE_OVEN if self.is_oven else CYCLE

    def is_on(self, now: datetime) -> bool:
        if self.on_since is None:
            return False
        return self.low_since is None or now - self.low_since < self.cycle


@dataclass(slots=True)
class Watcher:
    """A sensor of people in the kitchen."""

    is_present: bool
    at: datetime
    """When it last said that somebody is there, or first that nobody is any more."""

    @property
    def attended_until(self) -> datetime:
        return self.at + UNSEEN_FOR if self.is_present else self.at


@dataclass(slots=True)
class Heat:
    """The surface under the hood, and the overheating it stands for while that lasts."""

    room: str
    readings: deque[tuple[datetime, float]] = field(
        default_factory=lambda: deque(maxlen=MOST_READINGS)
    )
    since: datetime | None = None
    fact: Fact | None = None
    reported_at: datetime | None = None
    was_found: bool = False
    late_by_seconds: float = 0.0


@dataclass(slots=True)
class StoveUnattended:
    """Present per stove while nobody attends it, and per sensor that finds it too hot."""

    has_dementia: bool = False
    has_pet: bool = False

    slug: ClassVar[str] = "stove_unattended"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {
            Kind.POWER,
            Kind.IN_USE,
            Kind.SWITCH_ON,
            Kind.STOVE_CUTOFF,
            Kind.SURFACE_TEMPERATURE,
            Kind.HEAT_ALARM,
            *PEOPLE,
        }
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    stoves: dict[Place, Stove] = field(init=False, default_factory=dict)
    watchers: dict[tuple[str, Kind, str], Watcher] = field(init=False, default_factory=dict)
    heats: dict[Place, Heat] = field(init=False, default_factory=dict)
    is_cold: bool = field(init=False, default=True)
    """No stove is on and nothing is too hot: usually so, so that asking costs nothing."""

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        """People in the kitchen, heat and power of what cooks."""
        return room_type == RoomType.KITCHEN if kind in PEOPLE else guards in STOVES

    def observe(self, seen: Observation) -> None:
        if not is_usable(seen):
            return
        if seen.kind in PEOPLE:
            self._observe_people(seen)
            return
        is_of_heat = seen.kind in {Kind.SURFACE_TEMPERATURE, Kind.HEAT_ALARM}
        (self._observe_heat if is_of_heat else self._observe_stove)(seen)
        self.is_cold = self._is_cold(seen.at)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        return () if self.is_cold else self._present(now)

    def due(self, now: datetime) -> datetime | None:
        instants = [self._overdue_at(stove) for stove in self.stoves.values() if stove.on_since]
        instants += [s.low_since + s.cycle for s in self.stoves.values() if s.low_since]
        return min((at for at in instants if at > now), default=None)

    def _present(self, now: datetime) -> tuple[Assessment, ...]:
        found = [self._left_on(device, stove, now) for device, stove in self._overdue(now).items()]
        found += [_overheat(device, heat) for device, heat in self._overheated().items()]
        return tuple(found)

    def _overdue(self, now: datetime) -> dict[str, Stove]:
        """By device: of its channels the one whose heat has been alone for longest."""
        longest: dict[str, Stove] = {}
        for (device, _), stove in self.stoves.items():
            if not stove.is_on(now) or not self._is_overdue(stove, now):
                continue
            known = longest.get(device)
            if known is None or self._alone_since(stove) < self._alone_since(known):
                longest[device] = stove
        return longest

    def _overheated(self) -> dict[str, Heat]:
        """By device: of its probes the one that was too hot first."""
        hot = [(heat.since, device, heat) for (device, _), heat in self.heats.items() if heat.since]
        first: dict[str, Heat] = {}
        for _, device, heat in sorted(hot, key=lambda each: each[0]):
            first.setdefault(device, heat)
        return first

    def _is_cold(self, now: datetime) -> bool:
        is_on = any(stove.is_on(now) for stove in self.stoves.values())
        return not is_on and all(heat.since is None for heat in self.heats.values())

    def _observe_people(self, seen: Observation) -> None:
        if seen.kind is Kind.MOTION and self.has_pet:  # a PIR alone proves no person (RISKS §6, G3)
            return
        key = (seen.device, seen.kind, seen.instance)
        known = self.watchers.get(key)
        if seen.value:
            if not may_clear(seen, None):  # who was there then does not attend it now
                return
            self.watchers[key] = Watcher(is_present=True, at=seen.at)
        elif known is None or (known.is_present and not seen.is_found):
            self.watchers[key] = Watcher(is_present=False, at=seen.at)

    def _observe_stove(self, seen: Observation) -> None:
        if _says_off(seen):
            for (device, instance), stove in self.stoves.items():
                # an "off" that names no channel is the whole device's
                if device == seen.device and seen.instance in {"", instance}:
                    _goes_off(stove, seen)
            return
        place = (seen.device, seen.instance)
        stove = self.stoves.setdefault(place, Stove(seen.guards == "oven"))
        stove.room = seen.room
        match seen.kind:
            case Kind.POWER if (watts := number(seen)) is not None:
                stove.watts = watts
                if watts >= HEATING_WATTS:
                    self._heats_up(stove, seen)
                elif may_clear(seen, stove.reported_at):
                    stove.low_since = stove.low_since or seen.at
            case Kind.IN_USE if seen.value is True:
                self._heats_up(stove, seen)

    def _heats_up(self, stove: Stove, seen: Observation) -> None:
        stove.reported_at = seen.reported_at
        if not stove.is_on(seen.at):
            stove.on_since = seen.at
            stove.was_found, stove.late_by_seconds = seen.is_found, late_by(seen)
        stove.low_since = None

    def _observe_heat(self, seen: Observation) -> None:
        heat = self.heats.setdefault((seen.device, seen.instance), Heat(seen.room))
        heat.room = seen.room
        if seen.kind is Kind.HEAT_ALARM:
            if seen.value:
                _stand_for(heat, seen, Fact.of("fact.stove_guard_hot"))
            elif may_clear(seen, heat.reported_at):
                heat.since = None
            return
        celsius = number(seen)
        if celsius is None:
            return
        if celsius < COOLED_CELSIUS and may_clear(seen, heat.reported_at):
            heat.since = None
        if celsius >= HOT_CELSIUS:
            limit = int(HOT_CELSIUS)
            _stand_for(heat, seen, Fact.of("fact.stove_hot", celsius=round(celsius), limit=limit))
        if seen.is_found:
            return
        rate = _rise(heat.readings, seen.at, celsius)
        if rate is not None and celsius >= COOLED_CELSIUS:
            _stand_for(heat, seen, Fact.of("fact.stove_rise", rate=rate, celsius=round(celsius)))
        _push(heat.readings, seen.at, celsius)

    def _alone_since(self, stove: Stove) -> datetime:
        """Since when the heat has been alone; in the time to come while somebody is there."""
        assert stove.on_since is not None, "asked only of a stove that is on"
        return max([stove.on_since, *(each.attended_until for each in self.watchers.values())])

    def _overdue_at(self, stove: Stove) -> datetime:
        patience = PATIENCE_DEMENTIA if self.has_dementia else PATIENCE
        if stove.is_oven:
            patience = PATIENCE_OVEN
        return self._alone_since(stove) + (patience if self.watchers else UNSEEN_FOR)

    def _is_overdue(self, stove: Stove, now: datetime) -> bool:
        """A pause begins no finding, for it may be the end; nor does it end one by itself."""
        overdue_at = self._overdue_at(stove)
        return now >= overdue_at and (stove.low_since is None or stove.low_since >= overdue_at)

    def _left_on(self, device: str, stove: Stove, now: datetime) -> Assessment:
        assert stove.on_since is not None, "asked only of a stove that is on"
        alone_since = self._alone_since(stove)
        minutes = _minutes(now - stove.on_since)
        facts = [Fact.of("fact.oven_on" if stove.is_oven else "fact.stove_on", minutes=minutes)]
        if self.watchers:
            facts.append(Fact.of("fact.kitchen_empty", minutes=_minutes(now - alone_since)))
        if stove.watts is not None and stove.watts >= HEATING_WATTS:
            facts.append(Fact.of("fact.stove_watts", watts=round(stove.watts)))
        return Assessment(
            variant="left_on",
            since=alone_since,
            facts=tuple(facts),
            missing=self._missing(),
            counter=(Fact.of("fact.cook_would_clear"),),
            room=stove.room,
            device=device,
            was_found=stove.was_found,
            late_by_seconds=stove.late_by_seconds,
        )

    def _missing(self) -> tuple[Fact, ...]:
        if not self.watchers:
            return (Fact.of("fact.no_kitchen_sensor"),)
        if any(each.is_present for each in self.watchers.values()):
            return (Fact.of("fact.kitchen_sensor_silent"),)
        return ()


def _says_off(seen: Observation) -> bool:
    is_cut_off = seen.kind is Kind.STOVE_CUTOFF and seen.value is True
    return is_cut_off or (seen.kind in {Kind.IN_USE, Kind.SWITCH_ON} and seen.value is False)


def _goes_off(stove: Stove, seen: Observation) -> None:
    """Said by the stove itself or its guard: no regulator's pause."""
    if may_clear(seen, stove.reported_at):
        stove.on_since = stove.low_since = None


def _stand_for(heat: Heat, seen: Observation, fact: Fact) -> None:
    heat.reported_at, heat.fact = seen.reported_at, fact
    if heat.since is None:
        heat.since, heat.was_found, heat.late_by_seconds = seen.at, seen.is_found, late_by(seen)


def _overheat(device: str, heat: Heat) -> Assessment:
    assert heat.since is not None
    assert heat.fact is not None
    return Assessment(
        variant="overheat",
        since=heat.since,
        facts=(heat.fact,),
        counter=(Fact.of("fact.stove_would_cool", limit=int(COOLED_CELSIUS)),),
        room=heat.room,
        device=device,
        was_found=heat.was_found,
        late_by_seconds=heat.late_by_seconds,
    )


def _rise(readings: deque[tuple[datetime, float]], now: datetime, celsius: float) -> float | None:
    """Degrees a minute, where it has risen fast enough and without a step back; None: it has not.

    A pan put before the sensor is a jump: at least one reading must lie between.
    """
    recent = [each for each in readings if now - each[0] <= RISE_WITHIN]
    for place, (since, start) in enumerate(recent):
        if now - since < RISE_FOR or place + 1 == len(recent):
            return None
        rate = (celsius - start) / ((now - since) / timedelta(minutes=1))
        climb = [*recent[place:], (now, celsius)]
        if rate >= RISE_PER_MINUTE and all(b[1] > a[1] for a, b in pairwise(climb)):
            return round(rate)
    return None


def _push(readings: deque[tuple[datetime, float]], at: datetime, celsius: float) -> None:
    if readings and readings[-1][1] == celsius and at - readings[-1][0] < KEPT_EVERY:
        return
    readings.append((at, celsius))


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))
