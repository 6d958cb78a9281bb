"""Smoke or fire: a certified alarm has tripped, or the air of a room heats as only a fire heats it.

A certified contact is believed as it is (EN 14604 [V8]); steam, cooking or dust that trips it is
for the person asked, never for this code to judge away. Heat is our own second look ([D]).
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.contact import BLIP, Contact, Contacts
from edge_agent.detector import LOOKBACK, Assessment, is_usable, late_by, may_clear, number
from vocabulary.finding import Fact
from vocabulary.home import RoomType
from vocabulary.observation import Kind, Observation

HOT_CELSIUS = 57.0
"""RISKS §4, [D]; the usual fixed temperature of a heat alarm."""
COOL_CELSIUS = 50.0
"""Below this a hot room counts as cooled; ours, well under the limit so that it cannot flap."""

RISE_PER_MINUTE = 8.0
RISE_FOR = timedelta(minutes=2)
"""RISKS §4, [D]: ≥ 8 °C/min for 2 min."""
LEAST_RISE = RISE_PER_MINUTE * 2 - 1e-6
"""No slower or shorter rise can count; the rest allows for binary fractions of a degree."""
RISE_WITHIN = timedelta(minutes=6)
"""Slow thermometers report every minute or two: a rise is looked for this far back. Ours."""
LEAST_STEP = timedelta(seconds=30)
"""Readings nearer together than this say little about a rate: thermometers round. Ours."""
STILL_ABOVE_START = 8.0
"""A rise is over when the air is back to within this of where it began. Ours."""
MOST_READINGS = 64
KEPT_APART = 2 * RISE_WITHIN / MOST_READINGS
"""From any reading to the next but one: so that what is kept reaches back as far as is looked,
however often a thermometer speaks."""
KEPT_EVERY = timedelta(minutes=1)
"""The journal keeps an unchanged reading once a minute (DESIGN §5)."""

TOGETHER_WITHIN = timedelta(seconds=60)
"""Two sources within this are a confirmed fire (RISKS §4)."""

HOT_PLACES = frozenset({"stove", "oven", "radiator", "boiler", "sauna"})
"""Thermometers that stand at something hot by purpose tell nothing about the room."""


@dataclass(slots=True)
class Heat:
    """A probe's last minutes, and the heat it stands for while that lasts."""

    room: str = ""
    readings: deque[tuple[datetime, float]] = field(
        default_factory=lambda: deque(maxlen=MOST_READINGS)
    )
    since: datetime | None = None
    clears_below: float = COOL_CELSIUS
    reported_at: datetime | None = None
    fact: Fact | None = None
    was_found: bool = False
    late_by_seconds: float = 0.0


Tripped = tuple[Kind, str, Contact]

Place = tuple[str, str]
"""Device and instance: one device may have several probes."""


@dataclass(slots=True)
class SmokeFire:
    """Present per device, so that two sources are two findings of one incident."""

    slug: ClassVar[str] = "smoke_fire"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.SMOKE, Kind.HEAT_ALARM, Kind.TEMPERATURE, Kind.DEVICE_TEST}
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    contacts: Contacts = field(init=False, default_factory=lambda: Contacts(BLIP))
    heats: dict[Place, Heat] = field(init=False, default_factory=dict)
    hot: set[Place] = field(init=False, default_factory=set)
    """The probes that stand for a heat now: usually none, so that asking costs nothing."""

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        """Of heat only a room's: a stove guard's is the stove's own risk (RISKS §3, 5)."""
        match kind:
            case Kind.TEMPERATURE:
                return guards not in HOT_PLACES and room_type != RoomType.OUTDOOR
            case Kind.HEAT_ALARM:
                return guards not in HOT_PLACES
            case _:
                return True

    def observe(self, seen: Observation) -> None:
        match seen.kind:
            case Kind.TEMPERATURE:
                self._observe_heat(seen)
            case Kind.DEVICE_TEST:
                self.contacts.observe_test(seen)
            case _:
                self.contacts.observe(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        tripped = self.contacts.present(now)
        if not tripped and not self.hot:
            return ()
        return self._explained(tripped, now)

    def due(self, now: datetime) -> datetime | None:
        return min((at for at in self.contacts.dues() if at > now), default=None)

    def _observe_heat(self, seen: Observation) -> None:
        if not is_usable(seen):
            return
        celsius = number(seen)
        if celsius is None:
            return
        place = (seen.device, seen.instance)
        heat = self.heats.get(place)
        if heat is None:
            heat = self.heats[place] = Heat()
        heat.room = seen.room
        has_cooled = heat.since is not None and celsius < heat.clears_below
        if has_cooled and may_clear(seen, heat.reported_at):
            heat.since = None
            self.hot.discard(place)
            heat.readings.clear()
        if celsius >= HOT_CELSIUS:
            limit = Fact.of("fact.heat_limit", celsius=celsius, limit=HOT_CELSIUS)
            self._stand_for(heat, seen, limit, COOL_CELSIUS)
        # how a thermometer was found says nothing about how fast the room warms
        if seen.is_found:
            return
        start = _rise_began_at(heat.readings, seen.at, celsius)
        if start is not None:
            rate = round((celsius - start[1]) / _minutes(seen.at - start[0]), 1)
            rise = Fact.of("fact.heat_rate", rate=rate, celsius=celsius)
            self._stand_for(heat, seen, rise, start[1] + STILL_ABOVE_START)
        _push(heat.readings, seen.at, celsius)

    def _stand_for(self, heat: Heat, seen: Observation, fact: Fact, clears_below: float) -> None:
        heat.reported_at, heat.fact = seen.reported_at, fact
        if heat.since is not None:
            heat.clears_below = min(heat.clears_below, clears_below)
            return
        heat.since, heat.clears_below = seen.at, clears_below
        heat.was_found, heat.late_by_seconds = seen.is_found, late_by(seen)
        self.hot.add((seen.device, seen.instance))

    def _explained(self, tripped: list[Tripped], now: datetime) -> tuple[Assessment, ...]:
        starts = {device: c.on_since for _, device, c in tripped if c.on_since is not None}
        hot = self._hot()
        starts |= {device: since for device, (since, _) in hot.items()}
        count = _most_together(sorted(starts.values()))
        confirmed = (Fact.of("fact.two_sources", count=count),) if count > 1 else ()
        counter = () if confirmed else (Fact.of("fact.one_source"),)
        measured = {heat.room for heat in self.heats.values()}
        found = [
            _of_contact(each, now, confirmed, counter, is_measured=each[2].room in measured)
            for each in tripped
        ]
        told = {(each.variant, each.device) for each in found}
        found += [
            _of_heat(device, since, heat, confirmed, counter)
            for device, (since, heat) in hot.items()
            if ("heat_rise", device) not in told
        ]
        return tuple(found)

    def _hot(self) -> dict[str, tuple[datetime, Heat]]:
        """By device, of its probes the one that was hot first: together they are one source."""
        first: dict[str, tuple[datetime, Heat]] = {}
        for place in sorted(self.hot):
            device, heat = place[0], self.heats[place]
            if heat.since is not None and (device not in first or heat.since < first[device][0]):
                first[device] = heat.since, heat
        return first


def _of_contact(
    tripped: Tripped,
    now: datetime,
    confirmed: tuple[Fact, ...],
    counter: tuple[Fact, ...],
    *,
    is_measured: bool,
) -> Assessment:
    kind, device, contact = tripped
    since = contact.on_since or now
    seconds = int((now - since).total_seconds())
    is_smoke = kind is Kind.SMOKE
    key = "fact.smoke_contact" if is_smoke else "fact.heat_contact"
    return Assessment(
        variant="smoke" if is_smoke else "heat_rise",
        since=since,
        facts=(Fact.of(key, seconds=seconds), *confirmed),
        missing=() if is_measured else (Fact.of("fact.no_room_temperature"),),
        counter=(*counter, Fact.of("fact.contact_would_clear")),
        room=contact.room,
        device=device,
        was_found=contact.was_found,
        late_by_seconds=contact.late_by_seconds,
    )


def _of_heat(
    device: str,
    since: datetime,
    heat: Heat,
    confirmed: tuple[Fact, ...],
    counter: tuple[Fact, ...],
) -> Assessment:
    assert heat.fact is not None
    return Assessment(
        variant="heat_rise",
        since=since,
        facts=(heat.fact, *confirmed),
        counter=counter,
        room=heat.room,
        device=device,
        was_found=heat.was_found,
        late_by_seconds=heat.late_by_seconds,
    )


def _most_together(starts: list[datetime]) -> int:
    """How many sources began within a minute of one another."""
    return max(
        sum(1 for each in starts if timedelta(0) <= each - first <= TOGETHER_WITHIN)
        for first in starts
    )


def _rise_began_at(
    readings: deque[tuple[datetime, float]], now: datetime, celsius: float
) -> tuple[datetime, float] | None:
    """The reading from which the air has kept rising fast enough up to now, or None.

    A jump is no rise (a thermometer carried in from the cold): at least one reading must lie
    between, and the rate must hold on both sides of each.
    """
    for start in readings:
        if celsius - start[1] < LEAST_RISE:  # nearly always: this is the hub's busiest line
            continue
        if not RISE_FOR <= now - start[0] <= RISE_WITHIN or not _is_fast(start, (now, celsius)):
            continue
        between = [
            each
            for each in readings
            if each[0] - start[0] >= LEAST_STEP and now - each[0] >= LEAST_STEP
        ]
        if between and all(_is_fast(start, m) and _is_fast(m, (now, celsius)) for m in between):
            return start
    return None


def _is_fast(one: tuple[datetime, float], other: tuple[datetime, float]) -> bool:
    needed = RISE_PER_MINUTE * _minutes(other[0] - one[0])
    return other[1] - one[1] >= needed - 1e-9  # binary fractions of a degree


def _minutes(span: timedelta) -> float:
    return span / timedelta(minutes=1)


def _push(readings: deque[tuple[datetime, float]], at: datetime, celsius: float) -> None:
    """Keep what the journal keeps, each change and one a minute: a restart must judge alike.

    Of changes that crowd the first and the newest stay.
    """
    while readings and at - readings[0][0] > RISE_WITHIN:
        readings.popleft()
    if readings and readings[-1][1] == celsius and at - readings[-1][0] < KEPT_EVERY:
        return
    if len(readings) > 1 and at - readings[-2][0] < KEPT_APART:
        readings.pop()
    readings.append((at, celsius))
