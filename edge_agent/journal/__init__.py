"""The hub's memory: a hub that forgot a press, or told it twice, would be worse than none.

One SQLite file (WAL, `synchronous=FULL`) with a thread that writes it; see `schema` for what it
keeps and how long, `writer` for when it commits, `opening` for what happens to a damaged one.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from edge_agent.journal.batch import (
    Batch,
    EpisodeRow,
    IncidentRow,
    OutboxRow,
    ReceiptRow,
)
from edge_agent.journal.opening import DAMAGE, open_journal, read_only
from edge_agent.journal.reader import (
    MOST_ROWS,
    Recollection,
    episodes,
    last_words,
    readings,
    recollect,
    signs,
    starts,
    vitals,
)
from edge_agent.journal.thinning import Thinning
from edge_agent.journal.writer import GROUP, RETRY, Ticket, Writer
from vocabulary.observation import Kind, Observation

__all__ = [
    "Batch",
    "EpisodeRow",
    "IncidentRow",
    "Journal",
    "OutboxRow",
    "Past",
    "ReceiptRow",
    "Recollection",
    "Ticket",
    "ask",
    "episodes",
    "recall",
    "recall_readings",
    "signs",
    "starts",
    "vitals",
]

_T = TypeVar("_T")


class Journal:
    """Opened at once, read before the hub goes live, written without ever making it wait."""

    def __init__(
        self, path: Path, now: datetime, group: timedelta = GROUP, retry: timedelta = RETRY
    ) -> None:
        """`now` only names a damaged file that is set aside."""
        opened = open_journal(path, now)
        self.path = path
        self.set_aside = opened.set_aside
        self.salvaged = opened.salvaged
        self._is_on_disk = "journal_in_memory" not in opened.faults
        self._thinning = Thinning()
        self._writer = Writer(opened, path, group, retry)

    @property
    def faults(self) -> frozenset[str]:
        """What is wrong with it now: disk_full, disk_read_only, journal_moved_aside and such."""
        return frozenset(self._writer.faults)

    @property
    def lost_readings(self) -> int:
        return self._writer.lost_readings

    def keeps(self, seen: Observation) -> bool:
        """Whether a reading is worth its row; the answer counts as having kept it."""
        return self._thinning.keeps(seen)

    def note(self, seen: Iterable[Observation]) -> None:
        """Keep readings worth keeping with the next group."""
        kept = [one for one in seen if self.keeps(one)]
        if kept:
            self.keep(kept)

    def keep(self, readings: list[Observation]) -> None:
        """Keep these readings with the next group; nobody waits for them."""
        self._writer.keep(readings)

    def add(self, batch: Batch) -> Ticket:
        """Keep something with the next group."""
        return self._writer.submit(batch, is_urgent=False)

    def commit(self, batch: Batch) -> Ticket:
        """Keep something now; the ticket tells when it is on the disk."""
        return self._writer.submit(batch, is_urgent=True)

    def recollect(self) -> Recollection:
        """What a starting hub needs, apart from the readings."""
        past = recall(self.path) if self._is_on_disk else Recollection(None, None)
        if past.unreadable:
            self._writer.faults.add("journal_unreadable")
        return past

    def readings(
        self,
        since: datetime,
        kinds: Collection[Kind] = frozenset(Kind),
        last_row: int = MOST_ROWS,
    ) -> Iterator[Observation]:
        """Last states before `since`, then all readings of these kinds up to a row, in order.

        As far as they can be read; row by row, each when it is asked for.
        """
        yield from self._legible(lambda db: readings(db, since, kinds, last_row))

    def last_words(self, since: datetime, besides: Collection[Kind]) -> Iterator[Observation]:
        """Of all other kinds only the newest reading of each source; see `reader.last_words`."""
        yield from self._legible(lambda db: last_words(db, since, besides))

    def _legible(
        self, ask: Callable[[sqlite3.Connection], Iterator[Observation]]
    ) -> Iterator[Observation]:
        if not self._is_on_disk:
            return
        try:
            with closing(read_only(self.path)) as db:
                yield from ask(db)
        except DAMAGE:
            self._writer.faults.add("journal_unreadable")

    async def look_back(
        self, ask: Callable[[sqlite3.Connection], _T], otherwise: _T, seconds: float = 30
    ) -> _T:
        """Ask the file something in a thread; `otherwise` where it cannot be read in `seconds`."""
        if not self._is_on_disk:
            return otherwise
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.to_thread(self._ask, ask)
        except (sqlite3.Error, TimeoutError):
            return otherwise

    def _ask(self, ask: Callable[[sqlite3.Connection], _T]) -> _T:
        with closing(read_only(self.path)) as db:
            return ask(db)

    def close(self) -> None:
        """Commit what waits and end."""
        self._writer.close()


@dataclass(frozen=True, slots=True)
class Past:
    """The readings that a journal held when its hub started, to be read in parts and in between."""

    journal: Journal
    since: datetime
    last_row: int
    """As `Recollection.last_row`: what the hub itself has heard is not its past."""

    def readings(self, kinds: Collection[Kind]) -> Iterator[Observation]:
        """Last states before `since`, then all readings of these kinds, in order."""
        return self.journal.readings(self.since, kinds, self.last_row)

    def last_words(self, besides: Collection[Kind]) -> Iterator[Observation]:
        """Of all other kinds only the newest reading of each source."""
        return self.journal.last_words(self.since, besides)


def ask(path: Path, question: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
    """Ask a journal that no hub need be writing; `otherwise` where there is none."""
    if not path.exists():
        return otherwise
    with closing(read_only(path)) as db:
        return question(db)


def recall(path: Path) -> Recollection:
    """What a journal holds apart from the readings; nothing where there is none yet."""
    if not path.exists():
        return Recollection(None, None)
    with closing(read_only(path)) as db:
        return recollect(db)


def recall_readings(path: Path, since: datetime) -> Iterator[Observation]:
    """Last states before `since`, then all readings since, in order."""
    if path.exists():
        with closing(read_only(path)) as db:
            yield from readings(db, since)
