"""Writing to a card takes milliseconds, or for ever: a thread of its own does it, and owns up.

Ordinary readings are committed in groups each second; what a person waits for at once, together
with everything written before it, so that the order on the disk is the order of the day.
"""

import sqlite3
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from edge_agent.journal.batch import Batch
from edge_agent.journal.opening import RESERVE_BYTES, Opened, connect, reserve_of
from edge_agent.journal.rows import Source
from vocabulary.observation import Observation

GROUP = timedelta(seconds=1)
RETRY = timedelta(seconds=1)
MOST_WAITING = 50_000
"""Readings held in memory while the disk takes none; above it the oldest go, counted."""
_TOGETHER = 500
"""Readings in one batch: what is given up at once when the disk takes none."""


@dataclass(slots=True)
class Ticket:
    """What becomes of one batch."""

    tried: "Future[bool]" = field(default_factory=Future)
    """Set after the first attempt: True on the disk, False the disk refused it."""
    durable: "Future[None]" = field(default_factory=Future)
    """Set once it is on the disk, however many attempts that took."""


@dataclass(slots=True)
class _Item:
    batch: Batch
    ticket: Ticket
    is_urgent: bool
    takes_more: bool = False
    """Readings that nobody waits for: the next ones may join them."""


class Writer:
    """The thread that commits. `faults` names what is wrong with the disk now."""

    def __init__(
        self, opened: Opened, path: Path, group: timedelta = GROUP, retry: timedelta = RETRY
    ) -> None:
        self.faults = set(opened.faults)
        self.lost_readings = 0
        """Readings given up because the disk took none."""
        self._db = opened.db
        self._path = path
        self._group = group.total_seconds()
        self._retry = retry.total_seconds()
        self._sources: dict[Source, int] = {}
        self._waiting: deque[_Item] = deque()
        self._readings = 0
        self._wake = threading.Condition()
        self._has_urgent = False
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def submit(self, batch: Batch, *, is_urgent: bool) -> Ticket:
        """Hand over a batch; never waits for the disk."""
        item = _Item(batch, Ticket(), is_urgent)
        with self._wake:
            self._waiting.append(item)
            self._readings += len(batch.observations)
            self._shed()
            if is_urgent:
                self._has_urgent = True
                self._wake.notify()
        return item.ticket

    def keep(self, readings: list[Observation]) -> None:
        """Hand over readings that nobody waits for; they join those before them."""
        with self._wake:
            last = self._waiting[-1] if self._waiting else None
            if last is None or not last.takes_more or len(last.batch.observations) >= _TOGETHER:
                last = _Item(Batch(), Ticket(), is_urgent=False, takes_more=True)
                self._waiting.append(last)
            last.batch.observations += readings
            self._readings += len(readings)
            self._shed()

    def close(self, time_limit: float = 5.0) -> None:
        """Commit what waits and end; `time_limit` in seconds."""
        with self._wake:
            self._is_stopping = True
            self._wake.notify()
        self._thread.join(time_limit)

    def _shed(self) -> None:
        while self._readings > MOST_WAITING:
            plain = next((item for item in self._waiting if not item.is_urgent), None)
            if plain is None:
                return
            self._give_up(plain)

    def _give_up(self, item: _Item) -> None:
        self._waiting.remove(item)
        self._readings -= len(item.batch.observations)
        self.lost_readings += len(item.batch.observations)

    def _run(self) -> None:
        pause = self._group
        while True:
            with self._wake:
                if not self._has_urgent and not self._is_stopping:
                    self._wake.wait(pause)
                items, self._has_urgent = list(self._waiting), False
                self._waiting.clear()
                self._readings = 0
                is_last = self._is_stopping
            is_done = self._commit(items) if items else True
            if is_last:
                break
            pause = self._group if is_done else self._retry
        self._db.close()

    def _commit(self, items: list[_Item]) -> bool:
        """Try all, then what is urgent alone; what the disk refused goes back in line."""
        try:
            self._write(items)
        except sqlite3.Error as refused:
            self._own_up(refused)
        else:
            self.faults -= {"disk_full", "disk_read_only", "disk_error"}
            self._settle(items)
            return True
        urgent = [item for item in items if item.is_urgent]
        plain = [item for item in items if not item.is_urgent]
        try:
            if urgent:
                self._write(urgent)
                self._settle(urgent)
                urgent = []
        except sqlite3.Error as refused:
            self._own_up(refused)
        for item in urgent:
            if not item.ticket.tried.done():
                item.ticket.tried.set_result(False)
        with self._wake:
            self._waiting.extendleft(reversed([*urgent, *plain]))
            self._readings = sum(len(item.batch.observations) for item in self._waiting)
            self._shed()
        return False

    def _write(self, items: list[_Item]) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            for item in items:
                item.batch.write(db, self._sources)
            db.execute("COMMIT")
        except BaseException:
            self._sources.clear()  # it may name rows that are not there after all
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    @staticmethod
    def _settle(items: list[_Item]) -> None:
        for item in items:
            if not item.ticket.tried.done():
                item.ticket.tried.set_result(True)
            item.ticket.durable.set_result(None)

    def _own_up(self, refused: sqlite3.Error) -> None:
        words = str(refused)
        if "full" in words:
            self.faults.add("disk_full")
            reserve = reserve_of(self._path)
            if reserve.exists() and reserve.stat().st_size >= RESERVE_BYTES:
                reserve.unlink(missing_ok=True)
        elif "readonly" in words:
            self.faults.add("disk_read_only")
        else:
            self.faults.add("disk_error")
        self._reconnect()

    def _reconnect(self) -> None:
        """A connection that has seen an I/O error may go on seeing it; a new one looks again."""
        if self._path.exists():
            try:
                fresh = connect(self._path)
            except sqlite3.Error:
                return
            self._db.close()
            self._db = fresh
