"""Out of single readings come stretches of a day: a stay in a room, a door standing open, a night.

First, small version, for the 24 hours that a responder sees: stays, openings, times in bed, mains
failures. A stretch still running has no end. What was merely found at start begins nothing: nobody
knows how long it had been so.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from vocabulary.observation import VITALS, Kind, Observation

KEPT = timedelta(hours=26)
"""A responder sees 24 h; older ones are in the journal. The rest is margin."""

SAME_STAY_WITHIN = timedelta(minutes=10)
"""A motion sensor sleeps between two movements: back in the room this soon, never left. Ours."""

MOST_KEPT = 4000
"""Bounds memory whatever a broken sensor sends; the newest are kept."""

What = Literal["stay", "open", "bed", "outing", "power"]

_LEVELS: dict[Kind, What] = {
    Kind.OPEN: "open",
    Kind.BED_OCCUPIED: "bed",
    Kind.MAINS_LOST: "power",
}
_PEOPLE = frozenset({Kind.MOTION, Kind.PRESENCE})
KINDS = VITALS | _PEOPLE | _LEVELS.keys()


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch; `until` None: it is still running."""

    what: What
    place: str
    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class Stay:
    """Where somebody is: the newest room with movement."""

    room: str
    since: datetime
    last_at: datetime
    present: set[str] = field(default_factory=set)
    """Sensors of this room that say so now."""


@dataclass(slots=True)
class Episodes:
    """What one home did, as far back as `KEPT`."""

    _ended: deque[Episode] = field(init=False, default_factory=lambda: deque(maxlen=MOST_KEPT))
    _running: dict[tuple[What, str, str], Episode] = field(init=False, default_factory=dict)
    _stay: Stay | None = field(init=False, default=None)
    _vitals: deque[Observation] = field(init=False, default_factory=lambda: deque(maxlen=MOST_KEPT))

    def observe(self, seen: Observation) -> None:
        """Take in a reading; only news of a claim moves an episode."""
        if seen.kind not in KINDS:
            return  # most of what a home says
        if seen.kind in VITALS:
            self._vitals.append(seen)
        elif seen.kind in _PEOPLE:
            self._observe_people(seen)
        elif (what := _LEVELS.get(seen.kind)) is not None:
            self._observe_level(what, seen)

    def between(self, since: datetime, until: datetime) -> list[Episode]:
        """All that touch the stretch, by their beginning; the running ones without an end."""
        found = [each for each in self._ended if each.until is None or each.until >= since]
        found += self._running.values()
        if self._stay is not None:
            found.append(_episode_of(self._stay))
        return sorted((each for each in found if each.since <= until), key=lambda each: each.since)

    def vitals(self, since: datetime, until: datetime) -> list[Observation]:
        """The vital signs of the stretch, oldest first."""
        return [each for each in self._vitals if since <= each.at <= until]

    def _observe_level(self, what: What, seen: Observation) -> None:
        key = (what, seen.device, seen.instance)
        running = self._running.get(key)
        if seen.value is True and running is None and not seen.is_found:
            place = seen.guards or seen.room or seen.device
            self._running[key] = Episode(what, place, seen.at)
        elif seen.value is False and running is not None:
            del self._running[key]
            self._end(running, seen.at)

    def _observe_people(self, seen: Observation) -> None:
        stay = self._stay
        if seen.is_found or not seen.room:
            return
        if seen.value is True:
            if stay is None or not _goes_on(stay, seen):
                self._leave(seen.at)
                stay = self._stay = Stay(seen.room, seen.at, seen.at)
            stay.last_at = seen.at
            stay.present.add(seen.device)
        elif seen.value is False and stay is not None and stay.room == seen.room:
            if seen.device in stay.present:
                stay.last_at = seen.at
            stay.present.discard(seen.device)

    def _leave(self, at: datetime) -> None:
        """The stay ends when movement begins elsewhere, or where it was last seen."""
        stay = self._stay
        if stay is not None:
            self._end(Episode("stay", stay.room, stay.since), at if stay.present else stay.last_at)

    def _end(self, running: Episode, at: datetime) -> None:
        self._ended.append(Episode(running.what, running.place, running.since, at))
        while self._ended and (self._ended[0].until or at) < at - KEPT:
            self._ended.popleft()


def _goes_on(stay: Stay, seen: Observation) -> bool:
    is_back = bool(stay.present) or seen.at - stay.last_at <= SAME_STAY_WITHIN
    return stay.room == seen.room and is_back


def _episode_of(stay: Stay) -> Episode:
    return Episode("stay", stay.room, stay.since, None if stay.present else stay.last_at)
