"""Entry security: an outside door or a window has been left open, to thieves and to the cold.

Each opening has its own time, by the hour on the home's wall and by the cold outside (RISKS §4,
[D]). Airing looks just the same: so the home asks first, and a clear answer ends it (RISKS §5).
Who came in is not told yet: `unexplained_entry` needs to know who was expected.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from edge_agent.detector import LOOKBACK, Assessment, is_usable, late_by, may_clear, number
from vocabulary.finding import Fact
from vocabulary.home import RoomType
from vocabulary.observation import Kind, Observation

BY_DAY, BY_NIGHT, IN_THE_COLD = timedelta(minutes=10), timedelta(minutes=5), timedelta(minutes=3)
"""RISKS §4, [D]: "10 min day, 5 min night, 3 min if outdoor < 5 °C"."""
COLD_CELSIUS = 5.0

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
"""RISKS §4, 13 and 16: the night is from 22 to 6 h, local."""

SHUT_FOR = timedelta(seconds=10)
"""A door must stay shut as long before the finding ends: one that the wind moves is one episode,
as with an alarm's contact. Ours."""

OUTSIDE_DOORS = frozenset({"front_door", "back_door", "door"})
WINDOW = "window"


@dataclass(slots=True)
class Opening:
    """A door or window that is open, or was a moment ago."""

    since: datetime
    room: str
    guards: str
    reported_at: datetime | None
    was_found: bool
    late_by_seconds: float
    shut_since: datetime | None = None
    too_long_at: datetime | None = None
    """When it had been open too long, once that has come: a warmer hour does not undo it."""


@dataclass(slots=True)
class EntrySecurity:
    """Present per device, from its time on until it has been shut."""

    zone: ZoneInfo

    slug: ClassVar[str] = "entry_security"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.OPEN, Kind.TEMPERATURE})
    lookback: ClassVar[timedelta] = LOOKBACK

    openings: dict[str, Opening] = field(init=False, default_factory=dict)
    outdoors: dict[str, float] = field(init=False, default_factory=dict)
    """The last reading of each thermometer outside; none: how cold it is, is unknown."""
    cold_since: datetime | None = field(init=False, default=None)
    """Since when at least one of them reads cold."""

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        """Windows, outside doors, and the cold before them."""
        if kind is Kind.TEMPERATURE:
            return room_type == RoomType.OUTDOOR
        return guards == WINDOW or guards in OUTSIDE_DOORS

    def observe(self, seen: Observation) -> None:
        if not is_usable(seen):
            return
        if seen.kind is Kind.TEMPERATURE:
            self._observe_cold(seen)
        else:
            self._observe_opening(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        if not self.openings:
            return ()
        return tuple(
            self._left_open(device, opening, now)
            for device, opening in self.openings.items()
            if self._is_present(opening, now)
        )

    def due(self, now: datetime) -> datetime | None:
        instants = [self._too_long_at(opening) for opening in self.openings.values()]
        instants += [o.shut_since + SHUT_FOR for o in self.openings.values() if o.shut_since]
        return min((at for at in instants if at > now), default=None)

    def _observe_opening(self, seen: Observation) -> None:
        known = self.openings.get(seen.device)
        if not seen.value:
            if known is not None and may_clear(seen, known.reported_at):
                self._shut(seen.device, known, seen.at)
            return
        is_over = known is None or (
            known.shut_since is not None and not self._is_present(known, seen.at)
        )
        if known is None or is_over:
            self.openings[seen.device] = Opening(
                seen.at, seen.room, seen.guards, seen.reported_at, seen.is_found, late_by(seen)
            )
            return
        known.shut_since, known.reported_at = None, seen.reported_at

    def _shut(self, device: str, known: Opening, at: datetime) -> None:
        if self._is_present(known, at):
            known.shut_since = known.shut_since or at
        else:
            del self.openings[device]

    def _observe_cold(self, seen: Observation) -> None:
        celsius = number(seen)
        # a warmth that was merely found may be last week's; found cold only makes us careful
        if celsius is None or (seen.is_found and celsius >= COLD_CELSIUS):
            return
        for opening in self.openings.values():
            if (too_long_at := self._too_long_at(opening)) <= seen.at:
                opening.too_long_at = too_long_at
        self.outdoors[seen.device] = celsius
        is_cold = min(self.outdoors.values()) < COLD_CELSIUS
        self.cold_since = (self.cold_since or seen.at) if is_cold else None

    def _is_present(self, opening: Opening, now: datetime) -> bool:
        too_long_at = self._too_long_at(opening)
        if opening.shut_since is None:
            return now >= too_long_at
        return too_long_at <= opening.shut_since and now - opening.shut_since < SHUT_FOR

    def _too_long_at(self, opening: Opening) -> datetime:
        """The first instant at which it has been open as long as that instant allows."""
        if opening.too_long_at is not None:
            return opening.too_long_at
        by_night = opening.since + BY_NIGHT
        if self._is_night(by_night):
            by_hour = by_night
        else:
            by_hour = min(opening.since + BY_DAY, self._nightfall(by_night))
        if self.cold_since is None:
            return by_hour
        return min(by_hour, max(opening.since + IN_THE_COLD, self.cold_since))

    def _is_night(self, at: datetime) -> bool:
        local = at.astimezone(self.zone).time()
        return local >= NIGHT_BEGINS or local < NIGHT_ENDS

    def _nightfall(self, at: datetime) -> datetime:
        """The beginning of the night that follows an instant by day."""
        day = at.astimezone(self.zone).date()
        return datetime.combine(day, NIGHT_BEGINS, self.zone).astimezone(UTC)

    def _left_open(self, device: str, opening: Opening, now: datetime) -> Assessment:
        is_window = opening.guards == WINDOW
        minutes = int((now - opening.since) / timedelta(minutes=1))
        facts = [
            Fact.of("fact.window_left_open", minutes=minutes)
            if is_window
            else Fact.of("fact.door_left_open", minutes=minutes)
        ]
        if self.cold_since is not None:
            facts.append(Fact.of("fact.cold_outside", celsius=min(self.outdoors.values())))
        if self._is_night(now):
            facts.append(Fact.of("fact.is_night"))
        airing = (Fact.of("fact.may_be_airing"),) if is_window else ()
        return Assessment(
            variant="left_open",
            since=opening.since,
            facts=tuple(facts),
            missing=() if self.outdoors else (Fact.of("fact.no_outdoor_temperature"),),
            counter=(*airing, Fact.of("fact.would_have_been_shut")),
            room=opening.room,
            device=device,
            was_found=opening.was_found,
            late_by_seconds=opening.late_by_seconds,
        )
