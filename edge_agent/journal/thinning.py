"""A hundred devices repeat themselves all day; the journal keeps what changed, and a pulse."""

from datetime import datetime, timedelta

from vocabulary.observation import VITALS, Kind, Observation, Value

PULSE = timedelta(minutes=1)
"""An unchanged reading is kept once in this while (DESIGN §5), so that silence can be told."""

_Key = tuple[str, Kind, str]


class Thinning:
    """Remembers the last kept reading of each device, kind and instance."""

    def __init__(self) -> None:
        self._last: dict[_Key, tuple[Value, str, float, datetime]] = {}

    def keeps(self, seen: Observation) -> bool:
        """Whether this reading goes into the journal: a change, an event, a vital, or a pulse."""
        key = (seen.device, seen.kind, seen.instance)
        last = self._last.get(key)
        is_kept = (
            seen.is_event
            or seen.kind in VITALS
            or last is None
            or last[:3] != (seen.value, seen.text, seen.confidence)
            or seen.at - last[3] >= PULSE
        )
        if is_kept:
            self._last[key] = (seen.value, seen.text, seen.confidence, seen.at)
        return is_kept
