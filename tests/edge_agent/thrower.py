"""Code has faults: a recogniser that throws at whatever it is told."""

from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment
from vocabulary.observation import Kind, Observation


class Thrower:
    """A recogniser of falls with a fault in it."""

    slug: ClassVar[str] = "fall"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.FALL})
    lookback: ClassVar[timedelta] = LOOKBACK

    def observe(self, seen: Observation) -> None:
        raise ZeroDivisionError(seen.device)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        del now
        return ()

    def due(self, now: datetime) -> datetime | None:
        del now
        return None
