"""Indoor temperature: the room where somebody is has been too cold, or too hot, for too long.

An empty guest room may be cold. What counts is what the resident was in: the mean of the last 15
minutes, wherever they were spent, as far as a thermometer stood there (RISKS §4). Where no sensor
tells in which room somebody is, each lived-in room is judged by itself, and the finding says so.

A step in the hall tells that somebody is up, not where they sit down. So a lived-in room that no
sensor of people watches goes on being judged, as if its people were there whenever nobody is in
sight: at once after a movement where no thermometer stands, later after one in a measured room,
where they may be sitting still or asleep.
"""

import operator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, is_usable, may_clear, number
from edge_agent.signals.lasting import Lasting, Limit
from edge_agent.signals.mean_watch import MeanWatch
from edge_agent.signals.window_mean import WindowMean
from vocabulary.finding import Fact
from vocabulary.home import RoomType
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity

SPAN = timedelta(minutes=15)
"""RISKS §4: "RULE on the occupied room, 15-min mean"."""
HOLDS_FOR = timedelta(minutes=90)
"""Most thermometers report at least hourly; half as long again, as coverage waits. Ours."""

AIRED = timedelta(minutes=15)
"""Warm (or cool) for as long, half a degree past the limit, ends it: a short trip or a flapping
reading does not. Ours."""
HALF, ONE, TWO = timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)

COLD = (
    (Severity.CRITICAL, Limit(12, operator.lt, eases=12.5, needs=HALF, eases_for=AIRED)),
    (Severity.HIGH, Limit(16, operator.lt, eases=16.5, needs=ONE, eases_for=AIRED)),
    (Severity.MEDIUM, Limit(18, operator.lt, eases=18.5, needs=TWO, eases_for=AIRED)),
)
"""RISKS §4; 18 °C is WHO's minimum [V17]."""
HEAT = (
    (Severity.CRITICAL, Limit(35, operator.ge, eases=34.5, needs=HALF, eases_for=AIRED)),
    (Severity.HIGH, Limit(30, operator.ge, eases=29.5, needs=TWO, eases_for=AIRED)),
    (Severity.MEDIUM, Limit(26, operator.ge, eases=25.5, needs=TWO, eases_for=AIRED)),
)
"""RISKS §4; 26 °C: UKHSA's care-home guidance [K]; from 35 °C on fans no longer help [V18]."""
LIMITS = (*COLD, *HEAT)
FINE_FROM = max(limit.eases for _, limit in COLD)
FINE_BELOW = min(limit.eases for _, limit in HEAT)
"""Between these nothing begins, and all that has begun ends."""

GRACE = timedelta(seconds=60)
"""Steps behind a door that is being shut may be seen this long after; movement later, or in another
room, is somebody who is at home. Ours."""

LEFT = timedelta(minutes=15)
"""A presence sensor sees whoever sits still: this long after it has ended they are elsewhere, and
may be where nothing sees them. Ours."""
STILL = timedelta(hours=2)
"""A motion sensor sees nobody who sits still; so long after the last movement. Ours."""
NIGHT = timedelta(hours=10)
"""Nor does it see a sleeper: so long after the last movement in a bedroom. Ours."""

NOT_THE_ROOM = frozenset(
    {
        *("stove", "hob", "oven", "radiator", "boiler", "sauna", "shower"),
        *("fridge", "freezer", "letter_box", "window", "front_door", "back_door", "kettle"),
    }
)
"""A thermometer at one of these tells its own temperature (RISKS §5: "sensor over radiator")."""
PEOPLE = frozenset({Kind.PRESENCE, Kind.MOTION})
OUTSIDE_DOORS = frozenset({"front_door", "back_door", "door"})
NOT_LIVED_IN = frozenset({RoomType.OUTDOOR, RoomType.GARAGE, RoomType.STORAGE, RoomType.UTILITY})
LIVED_IN = frozenset(
    {
        *(RoomType.BEDROOM, RoomType.LIVING, RoomType.KITCHEN),
        *(RoomType.DINING, RoomType.STUDY, RoomType.BATHROOM),
    }
)
"""Where people spend hours: judged each where nobody tells in which of them somebody is."""


_FACTS = {
    "cold": ("fact.cold_for", "fact.cold_would_end"),
    "heat": ("fact.heat_for", "fact.heat_would_end"),
}


def _watch() -> MeanWatch:
    return MeanWatch(WindowMean(SPAN, HOLDS_FOR), tuple(limit for _, limit in LIMITS))


def _stays(seen: Observation) -> timedelta:
    """How long somebody may stay where they were last seen, and be seen no more."""
    if seen.kind is Kind.PRESENCE:
        return LEFT
    return NIGHT if seen.room_type == RoomType.BEDROOM else STILL


@dataclass(slots=True)
class Thermometer:
    """One reading and where it was taken."""

    room: str
    celsius: float
    at: datetime


@dataclass(slots=True)
class IndoorTempExtreme:
    """Present for the resident, or per room where nobody knows where the resident is."""

    slug: ClassVar[str] = "indoor_temp_extreme"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.TEMPERATURE, Kind.PRESENCE, Kind.MOTION, Kind.AT_HOME, Kind.OPEN}
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    thermometers: dict[tuple[str, str], Thermometer] = field(init=False, default_factory=dict)
    """By device and instance."""
    lived_in: dict[str, MeanWatch] = field(init=False, default_factory=dict)
    """Room → what somebody was in who is there whenever nobody is in sight: of each until somebody
    has been seen somewhere, then of those that nothing watches."""
    watched: set[str] = field(init=False, default_factory=set)
    """Rooms of which a sensor of people has spoken."""
    exposed: MeanWatch = field(init=False, default_factory=_watch)
    """What the resident was in."""
    room: str | None = field(init=False, default=None)
    """Where somebody was last seen; None: never yet."""
    is_out: bool = field(init=False, default=False)
    door_at: datetime | None = field(init=False, default=None)
    """When an outside door was shut, if nobody has moved since."""
    door_room: str = field(init=False, default="")
    present: dict[tuple[str, Kind, str], str] = field(init=False, default_factory=dict)
    """Sensors that see somebody now (device, kind, instance), and their rooms."""
    still_until: datetime | None = field(init=False, default=None)
    """Until then whoever was last seen is taken to be there still; None: it has passed."""
    windows: dict[str, str] = field(init=False, default_factory=dict)
    """Open window → room."""

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        """People indoors, the warmth of rooms that are lived in, and the ways out and to air."""
        match kind:
            case Kind.PRESENCE | Kind.MOTION:
                return room_type != RoomType.OUTDOOR
            case Kind.TEMPERATURE:
                return guards not in NOT_THE_ROOM and room_type not in NOT_LIVED_IN
            case Kind.OPEN:
                return guards == "window" or guards in OUTSIDE_DOORS
            case _:
                return True

    def observe(self, seen: Observation) -> None:
        if not is_usable(seen):
            return
        self._grow_restless(seen.at)
        match seen.kind:
            case kind if kind in PEOPLE:
                self._observe_people(seen)
            case Kind.TEMPERATURE:
                self._observe_warmth(seen)
            case Kind.OPEN:
                self._observe_opening(seen)
            case _:
                if seen.value is False and not seen.is_found:
                    self._goes_out(seen.at)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        if self.room is None or self.exposed.is_calm:
            return self._by_room(now) if self.lived_in else ()
        return (*self._of(self.exposed, self.room, "", now), *self._by_room(now))

    def due(self, now: datetime) -> datetime | None:
        watches = (self.exposed, *self.lived_in.values())
        return min((at for each in watches if (at := each.due(now))), default=None)

    def _by_room(self, now: datetime) -> tuple[Assessment, ...]:
        return tuple(
            found
            for room, watch in self.lived_in.items()
            if not watch.is_calm
            for found in self._of(watch, room, self._device_in(room), now)
        )

    def _observe_warmth(self, seen: Observation) -> None:
        celsius = number(seen)
        # of unknown age or from an earlier minute: a mean is of what was known when
        if celsius is None or not may_clear(seen, None) or not seen.room:
            return
        self.thermometers[seen.device, seen.instance] = Thermometer(seen.room, celsius, seen.at)
        if seen.room == self.room:
            if not self.is_out:
                self.exposed.add(seen.at, self._warmth(seen.room, seen.at))
                self._in_sight(seen.at)
        elif seen.room_type in LIVED_IN and self._is_judged(seen.room):
            if seen.room not in self.lived_in:
                self.lived_in[seen.room] = _watch()
            if self._is_out_of_sight(seen.at):
                self.lived_in[seen.room].add(seen.at, self._warmth(seen.room, seen.at))

    def _observe_people(self, seen: Observation) -> None:
        sensor = (seen.device, seen.kind, seen.instance)
        if seen.room:
            self.watched.add(seen.room)
        if not seen.value:
            had_seen = self.present.pop(sensor, None)
            if had_seen is not None and had_seen == self.room and not seen.is_found:
                self.still_until = seen.at + _stays(seen)
            self._may_be_out(seen.at)
            return
        if not seen.room or seen.is_found:
            return
        is_news = sensor not in self.present
        self.present[sensor] = seen.room
        # told again it moves nobody, unless nobody is seen any more where somebody was
        if is_news or self.room not in self.present.values():
            self._is_in(seen)
        if seen.room == self.room and not self.is_out:
            was_lost = self.still_until is None
            self.still_until = seen.at + _stays(seen)
            if is_news or was_lost:
                self._in_sight(seen.at)

    def _is_in(self, seen: Observation) -> None:
        if self._is_leaving(seen):
            return
        self.door_at = None
        if seen.room != self.room or self.is_out:
            self.room, self.is_out = seen.room, False
            if self.exposed.is_calm:  # they may have been there unseen, and now are
                self.exposed = self.lived_in.pop(seen.room, self.exposed)
            self.lived_in = {r: w for r, w in self.lived_in.items() if self._is_judged(r)}
            self.exposed.add(seen.at, self._warmth(seen.room, seen.at))

    def _is_judged(self, room: str) -> bool:
        """Whether they may be there unseen: nobody was seen anywhere yet, or nothing watches it."""
        return self.room is None or room not in self.watched

    def _is_out_of_sight(self, at: datetime) -> bool:
        """Whether whoever is at home may be where nothing sees them."""
        if self.room is None:
            return True
        if self.is_out or any(kind is Kind.PRESENCE for _, kind, _ in self.present):
            return False
        return self.still_until is None or self._warmth(self.room, at) is None

    def _in_sight(self, at: datetime) -> None:
        """Whoever is seen is not in the rooms that nothing watches, but in this warmth.

        Where it is itself too cold or too hot, that is told of this room, and not of those too.
        """
        if not self.lived_in or self.room is None or self._is_out_of_sight(at):
            return
        celsius = self._warmth(self.room, at)
        is_fine = celsius is not None and FINE_FROM <= celsius < FINE_BELOW
        for watch in self.lived_in.values():
            watch.add(at, celsius if is_fine else None)

    def _grow_restless(self, now: datetime) -> None:
        """So long unseen where they were, they may by now be where nothing sees them."""
        at = self.still_until
        if at is None or now < at:
            return
        self.still_until = None
        if self._is_out_of_sight(at):
            for room, watch in self.lived_in.items():
                if self._is_judged(room):
                    watch.add(at, self._warmth(room, at))

    def _is_leaving(self, seen: Observation) -> bool:
        """Movement at the door that was just shut may be the last step out."""
        if self.door_at is None or seen.room != self.door_room or self.room is None:
            return False
        return seen.at - self.door_at < GRACE

    def _observe_opening(self, seen: Observation) -> None:
        if seen.guards == "window":
            if seen.value:
                self.windows[seen.device] = seen.room
            else:
                self.windows.pop(seen.device, None)
        elif not seen.is_found:
            self.door_at, self.door_room = (None if seen.value else seen.at), seen.room
            self._may_be_out(seen.at)

    def _may_be_out(self, at: datetime) -> None:
        """Nobody is seen behind a shut door: out, until somebody moves."""
        if self.door_at is not None and not self.present and not self.is_out:
            self._goes_out(at)

    def _goes_out(self, at: datetime) -> None:
        self.is_out = True
        self.exposed.add(at, None)
        if self.room is not None:
            for watch in self.lived_in.values():
                watch.add(at, None)

    def _warmth(self, room: str, at: datetime) -> float | None:
        """Of a room with several thermometers the middle one, of two the cooler.

        Sun, lamps and radiators only ever warm a thermometer (RISKS §5: "sun on sensor").
        """
        oldest = at - HOLDS_FOR
        fresh = [
            each.celsius
            for each in self.thermometers.values()
            if each.room == room and each.at >= oldest
        ]
        return median_low(fresh) if fresh else None

    def _of(
        self, watch: MeanWatch, room: str, device: str, now: datetime
    ) -> tuple[Assessment, ...]:
        lasting = watch.at(now)
        mean = watch.mean.mean(now)
        found = []
        for variant, limits, runs in (
            ("cold", COLD, lasting[: len(COLD)]),
            ("heat", HEAT, lasting[len(COLD) :]),
        ):
            met = [
                (severity, run)
                for (severity, _), run in zip(limits, runs, strict=True)
                if run.is_met(now)
            ]
            if met:
                found.append(self._assessment(variant, met, mean, (room, device), now))
        return tuple(found)

    def _assessment(
        self,
        variant: str,
        met: list[tuple[Severity, Lasting]],
        mean: float | None,
        place: tuple[str, str],
        now: datetime,
    ) -> Assessment:
        severity, worst = met[0]
        room, device = place
        minutes = int(worst.lasted(now) / timedelta(minutes=1))
        facts = [Fact.of(_FACTS[variant][0], limit=int(worst.limit.value), minutes=minutes)]
        if mean is not None:
            facts.append(Fact.of("fact.room_mean", celsius=round(mean, 1)))
        airs = (Fact.of("fact.window_open"),) if room in self.windows.values() else ()
        return Assessment(
            variant=variant,
            since=min(run.since for _, run in met if run.since is not None),
            facts=tuple(facts),
            missing=self._missing(room),
            counter=(*airs, Fact.of(_FACTS[variant][1], limit=worst.limit.eases)),
            severity=severity,
            room=room,
            device=device,
        )

    def _missing(self, room: str) -> tuple[Fact, ...]:
        missing = []
        if room in self.lived_in:
            missing.append(Fact.of("fact.room_unknown"))
        if self.is_out:
            missing.append(Fact.of("fact.may_be_out"))
        if sum(1 for each in self.thermometers.values() if each.room == room) == 1:
            missing.append(Fact.of("fact.one_thermometer"))
        return tuple(missing)

    def _device_in(self, room: str) -> str:
        """By which the room's finding is known: the first of its thermometers; empty: all gone."""
        here = (device for (device, _), each in self.thermometers.items() if each.room == room)
        return min(here, default="")
