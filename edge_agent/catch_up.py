"""After a restart those who watch over a life go ahead; the others catch up with them.

They live through the past while the home already speaks. What it says waits for them and is put to
them in its order, each reading at its own instant, as if they had been there. Then they join. A hub
that is killed before that leaves word since when nobody has asked them.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from edge_agent.engine import Engine
from vocabulary.finding import Finding
from vocabulary.observation import Observation


@dataclass(slots=True)
class CatchUp:
    """Detectors on their way from the past to the present."""

    engine: Engine
    past: Iterator[Observation]
    """What the journal holds for them, oldest first."""
    unasked_since: datetime
    """They have been told of what came before and asked about it, by a hub before this one. What
    came since they are asked about, too: there may have been a danger that is over by now."""
    lived: int = field(init=False, default=0)
    """Readings lived through so far."""
    _findings: list[Finding] = field(init=False, default_factory=list)
    """Held back until they join, so that all of them reach the disk with the word that they did."""
    _missed: deque[Observation] = field(init=False, default_factory=deque)
    _asked_at: datetime | None = field(init=False, default=None)
    """None: not since the start."""

    def miss(self, told: Iterable[Observation]) -> None:
        """The home has spoken; they will be told."""
        self._missed.extend(seen for seen in told if seen.kind in self.engine.kinds)

    def go_on(self, most: int) -> bool:
        """Live through at most so many readings; whether there may be more."""
        last = self.lived + most
        for seen in islice(self.past, most):
            if seen.at < self.unasked_since:
                self.lived += 1
                self.engine.rehearse(seen)
            else:
                self._tell(seen)
        while self._missed and self.lived < last:
            self._tell(self._missed.popleft())
        return self.lived == last

    def arrive(self, now: datetime) -> list[Finding]:
        """It is now: ask everything anew. All findings since nobody had asked them.

        What they have not yet lived through of the past is given up, nothing of the present is.
        """
        self.past = iter(())
        self.go_on(len(self._missed))
        self._wait_until(now)
        self._ask(now)
        return self._findings

    def _tell(self, seen: Observation) -> None:
        self.lived += 1
        self._wait_until(seen.at)
        self._findings += self.engine.observe(seen)

    def _wait_until(self, at: datetime) -> None:
        """Ask whenever an answer changes by itself: a hold fires at its own instant."""
        asked_at = self._asked_at or self._ask(self.unasked_since)
        due = self.engine.due(asked_at)
        while due is not None and asked_at < due < at:
            asked_at = self._ask(due)
            due = self.engine.due(asked_at)

    def _ask(self, at: datetime) -> datetime:
        self._findings += self.engine.tick(at)
        self._asked_at = at
        return at
