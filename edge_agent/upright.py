"""Whoever stands or walks again is not lying on the floor; a lamp that stays lit proves nothing.

Only a change counts, seen after the fall: a presence that was reported before and is reported
again may be an old state told twice (DEVICES §6.10).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge_agent.detector import WRONG_CLOCK_AFTER, is_usable, may_clear
from vocabulary.home import HomeFile, RoomType
from vocabulary.observation import Kind, Observation, Value

KINDS = frozenset(
    {Kind.POSTURE, Kind.MOTION, Kind.PRESENCE, Kind.BED_OCCUPIED, Kind.CHAIR_OCCUPIED}
)

GRACE = timedelta(seconds=5)
"""A report of the step before the fall may arrive this much after it (as `LATE_AFTER`)."""


@dataclass(slots=True)
class Upright:
    """Remembers the last state of each sensor of people, so that it sees changes."""

    home: HomeFile
    _last: dict[tuple[str, str, Kind], Value] = field(init=False, default_factory=dict)

    def observe(self, seen: Observation) -> bool:
        """Take in a reading; whether it is a change that shows somebody upright somewhere."""
        if seen.kind not in KINDS or not is_usable(seen):
            return False
        place = (seen.device, seen.instance, seen.kind)
        before = self._last.get(place)
        self._last[place] = seen.value
        if before is None or before == seen.value or not may_clear(seen, None):
            return False  # most of what a sensor of people says
        if seen.kind is Kind.POSTURE:
            return seen.value == "standing"
        return seen.value is True and before is False

    def proves(self, seen: Observation, fell_at: datetime, fell_in: str) -> bool:
        """Whether a change that `observe` found shows that the person who fell is up.

        With a pet, movement elsewhere proves nothing (RISKS §6, G3); with a second resident only
        somebody standing in the room of the fall does (G8).
        """
        if _was_at(seen) - fell_at < GRACE:
            return False
        flags = self.home.resident.flags
        if seen.kind is Kind.POSTURE:
            return seen.room == fell_in or "two_residents" not in flags
        if flags & {"pet", "two_residents"}:
            return False
        if seen.kind in {Kind.BED_OCCUPIED, Kind.CHAIR_OCCUPIED}:
            return True
        is_elsewhere = bool(seen.room and fell_in) and seen.room != fell_in
        return is_elsewhere and seen.room_type != RoomType.OUTDOOR


def _was_at(seen: Observation) -> datetime:
    """When it was so by the device's own stamp, unless its clock is wrong."""
    if seen.reported_at is None:
        return seen.at
    is_credible = timedelta(0) < seen.at - seen.reported_at < WRONG_CLOCK_AFTER
    return seen.reported_at if is_credible else seen.at
