"""Two ways lead to the cloud, but there is one pile of letters: whichever is open empties it."""

import asyncio
from collections import Counter, deque
from uuid import UUID

from edge_agent.log import Log
from edge_agent.timeline import Clock
from edge_agent.uplink.line import Line, NotDurableError
from edge_agent.uplink.message import Message
from edge_agent.uplink.outbox import Outbox
from edge_agent.uplink.pace import Pace
from vocabulary.wire import BadMessage, Heartbeat, Receipt, dump, parse_down

_MOST_ANSWERS = 500
"""What one receipt may name (vocabulary.wire.Receipt)."""

_log = Log("uplink")


class Mailbox:
    """The outbox, and what to do with a message from the cloud, whichever way it came."""

    def __init__(self, hub_id: str, now: Clock, line: Line, pace: Pace) -> None:
        self.hub_id = hub_id
        self.now = now
        self.line = line
        self.pace = pace
        self.outbox = Outbox(pace.repeat)
        self.news = asyncio.Event()
        """Set when there is something new to send."""
        self.refused: Counter[str] = Counter()
        """Messages from the cloud that could not be read, publishes that were refused: reasons."""
        self._answers: deque[tuple[UUID, str | None]] = deque(maxlen=_MOST_ANSWERS)

    @property
    def is_urgent(self) -> bool:
        """Whether an incident is on its way or open."""
        return self.outbox.holds_incident or self.line.is_urgent()

    @property
    def has_answers(self) -> bool:
        return bool(self._answers)

    def put(self, message: Message) -> None:
        self.outbox.add(message, self.now())
        self.news.set()

    def heartbeat(self) -> Heartbeat:
        """The next one, with how much is waiting."""
        return self.line.heartbeat(len(self.outbox.entries), self.outbox.oldest(self.now()))

    async def take(self, payload: bytes) -> None:
        """One message from the cloud; nonsense and what is meant for others is counted."""
        try:
            message = parse_down(payload)
        except BadMessage as unreadable:
            self.refused["unreadable"] += 1
            _log.warning("down_unreadable", reason=str(unreadable)[:200])
            return
        if message.hub_id != self.hub_id:
            self.refused["not_for_us"] += 1
            return
        if isinstance(message, Receipt):
            self._settle(message)
            return
        try:
            reason = await self.line.heed(message)
        except NotDurableError:
            return
        self._answers.append((message.event_id, reason))
        self.news.set()

    def pack_answers(self) -> bytes | None:
        """One receipt for all that came down since the last; None: nothing did."""
        answers = list(self._answers)
        self._answers.clear()
        if not answers:
            return None
        return dump(
            Receipt(
                event_id=self.line.new_id(),
                hub_id=self.hub_id,
                sent_at=self.now(),
                of=[event_id for event_id, _ in answers],
                refused={str(event_id): reason[:80] for event_id, reason in answers if reason},
            )
        )

    def _settle(self, receipt: Receipt) -> None:
        refused = {}
        for text, reason in receipt.refused.items():
            try:
                refused[UUID(text)] = reason
            except ValueError:
                self.refused["unreadable"] += 1
        committed = self.outbox.settle(one for one in receipt.of if one not in refused)
        given_up = self.outbox.settle(refused)
        if committed or given_up:
            ids = [entry.message.event_id for entry in given_up]
            self.line.settled(committed + given_up, {i: refused[i] for i in ids if i in refused})
