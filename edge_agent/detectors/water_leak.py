"""Water leak: a floor is wet, and an old person slips, or the neighbours below get wet as well.

A mop or a splash is gone in seconds; a pet's bowl that was spilled, a washing machine's hose or a
bath that runs over is wet until somebody dries it, and somebody has to. So nothing is weighed here:
what may be meant well is asked about (RISKS §4, §5). Water that keeps running is not told yet.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.contact import Contact, Contacts
from edge_agent.detector import LOOKBACK, Assessment, is_usable
from vocabulary.finding import Fact
from vocabulary.home import RoomType
from vocabulary.observation import Kind, Observation

WET_FOR = timedelta(seconds=30)
"""RISKS §4: wet ≥ 30 s, [D]; a shorter wet is a mop or a splash."""

PEOPLE = frozenset({Kind.PRESENCE, Kind.MOTION})

WASHROOMS = frozenset({RoomType.BATHROOM, RoomType.TOILET})
"""Where whoever is in there may be running the water on purpose."""


@dataclass(slots=True)
class WaterLeak:
    """Present per sensor: two wet sensors are two findings of one incident."""

    slug: ClassVar[str] = "water_leak"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.WATER_LEAK, Kind.DEVICE_TEST, Kind.PRESENCE, Kind.MOTION}
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    contacts: Contacts = field(init=False, default_factory=lambda: Contacts(WET_FOR))
    washrooms: set[str] = field(init=False, default_factory=set)
    there: dict[str, set[tuple[str, Kind]]] = field(init=False, default_factory=dict)
    """Rooms that are watched, and by which sensors somebody is seen in them."""

    def observe(self, seen: Observation) -> None:
        match seen.kind:
            case kind if kind in PEOPLE:
                self._observe_people(seen)
            case Kind.WATER_LEAK:
                self.contacts.observe(seen)
            case _:
                self.contacts.observe_test(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        wet = self.contacts.present(now)
        return tuple(self._wet(device, contact, now) for _, device, contact in wet) if wet else ()

    def due(self, now: datetime) -> datetime | None:
        return min((at for at in self.contacts.dues() if at > now), default=None)

    def _observe_people(self, seen: Observation) -> None:
        if not seen.room or not is_usable(seen):
            return
        if seen.room not in self.there:
            self.there[seen.room] = set()
        seers = self.there[seen.room]
        (seers.add if seen.value else seers.discard)((seen.device, seen.kind))
        if seen.room_type in WASHROOMS:
            self.washrooms.add(seen.room)

    def _wet(self, device: str, contact: Contact, now: datetime) -> Assessment:
        assert contact.on_since is not None
        room = contact.room
        seconds = int((now - contact.on_since).total_seconds())
        is_there = bool(self.there.get(room))
        somebody = (Fact.of("fact.somebody_there"),) if is_there else ()
        washing = is_there and room in self.washrooms
        return Assessment(
            variant="wet_floor",
            since=contact.on_since,
            facts=(Fact.of("fact.floor_wet", seconds=seconds), *somebody),
            missing=() if room in self.there else (Fact.of("fact.room_not_watched"),),
            counter=(
                Fact.of("fact.dry_would_clear"),
                *((Fact.of("fact.may_be_washing"),) if washing else ()),
            ),
            room=room,
            device=device,
            was_found=contact.was_found,
            late_by_seconds=contact.late_by_seconds,
        )
