"""A message stays here until the cloud itself says that it has it; a broker's word is not enough.

Pure: the journal keeps the same rows on disk, so a hub with a broken disk still sends from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.uplink.message import Message


@dataclass(slots=True)
class Entry:
    """One message and when it is to be sent (again)."""

    message: Message
    waits_since: datetime
    next_at: datetime
    other_way_at: datetime
    """Not before this by the second way; the two do not hold each other up."""
    sent: int = 0


@dataclass(slots=True)
class Outbox:
    """What the cloud has not confirmed; of an incident only the newest revision is sent."""

    repeat: timedelta = timedelta(seconds=5)
    entries: dict[UUID, Entry] = field(init=False, default_factory=dict)

    def add(self, message: Message, now: datetime) -> None:
        self.entries.setdefault(message.event_id, Entry(message, now, now, now))

    def due(self, now: datetime) -> list[Entry]:
        """What should be sent now: critical incidents first, then by age."""
        due = [entry for entry in self._newest() if entry.next_at <= now]
        return sorted(due, key=lambda e: (e.message.priority, e.message.created_at))

    def sent(self, event_id: UUID, now: datetime, jitter: timedelta) -> None:
        """It was handed over somehow: not again before `repeat` plus `jitter`."""
        entry = self.entries.get(event_id)
        if entry is not None:
            entry.sent += 1
            entry.next_at = now + self.repeat + jitter

    def settle(self, event_ids: Iterable[UUID]) -> list[Entry]:
        """The cloud's receipt: takes out those messages and the revisions they superseded."""
        settled = []
        for event_id in event_ids:
            entry = self.entries.pop(event_id, None)
            if entry is None:
                continue
            settled.append(entry)
            older = self._superseded_by(entry.message)
            settled.extend(self.entries.pop(one) for one in older)
        return settled

    def unanswered(self, now: datetime, patience: timedelta) -> list[Entry]:
        """Messages for which the cloud has owed a receipt for longer than `patience`."""
        late = [
            entry
            for entry in self._newest()
            if entry.other_way_at <= now and now - self._waits_since(entry) >= patience
        ]
        return sorted(late, key=lambda e: (e.message.priority, e.message.created_at))

    def sent_other_way(self, event_id: UUID, now: datetime) -> None:
        entry = self.entries.get(event_id)
        if entry is not None:
            entry.sent += 1
            entry.other_way_at = now + self.repeat

    @property
    def holds_incident(self) -> bool:
        return any(entry.message.kind == "incident" for entry in self.entries.values())

    def oldest(self, now: datetime) -> timedelta:
        """How long the oldest message has waited since it was made."""
        ages = (now - entry.message.created_at for entry in self.entries.values())
        return max(ages, default=timedelta(0))

    def _newest(self) -> list[Entry]:
        newest: dict[UUID, Entry] = {}
        others = []
        for entry in self.entries.values():
            message = entry.message
            if message.kind != "incident" or message.incident_id is None:
                others.append(entry)
                continue
            known = newest.get(message.incident_id)
            if known is None or known.message.revision < message.revision:
                newest[message.incident_id] = entry
        return [*newest.values(), *others]

    def _superseded_by(self, message: Message) -> list[UUID]:
        return [
            event_id
            for event_id, entry in self.entries.items()
            if message.kind == entry.message.kind == "incident"
            and entry.message.incident_id == message.incident_id
            and entry.message.revision < message.revision
        ]

    def _waits_since(self, newest: Entry) -> datetime:
        """An incident waits since its first unconfirmed revision, not since its latest news."""
        if newest.message.kind != "incident":
            return newest.waits_since
        return min(
            entry.waits_since
            for entry in self.entries.values()
            if entry.message.kind == "incident"
            and entry.message.incident_id == newest.message.incident_id
        )
