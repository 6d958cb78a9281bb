"""What the cloud says reaches the heart once and is answered only when it is durable."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.agent.care_profile import CareProfile, note_config
from edge_agent.agent.ear import Do, Durable
from edge_agent.agent.faults import recorded
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.agent.history import A_DAY, history
from edge_agent.agent.report import Report
from edge_agent.journal import Batch, Journal, OutboxRow, ReceiptRow
from edge_agent.log import Log
from edge_agent.response import HubIncident
from edge_agent.timeline import Clock
from edge_agent.uplink import Down, Entry, NotDurableError
from vocabulary.home import HomeFileError, read_home
from vocabulary.wire import Config, Heartbeat, Hello, HistoryRequest, IncidentState, Say

_DISK_LIMIT = 5.0
"""Seconds; what is not durable by then is not answered, and the cloud repeats it."""
_MOST_HISTORIES = 100

_log = Log("hub")


@dataclass(slots=True)
class CloudLine:
    """The hub as the uplink sees it (`uplink.Line`), and the histories that responders get."""

    heart: Heart
    journal: Journal
    report: Report
    now: Clock
    do: Do
    post: Callable[[OutboxRow], None]
    """Journals one message and sends it."""
    dropped: Callable[[], int]
    """Deliveries of the home's broker that were lost or refused before the decoder saw them."""
    care: CareProfile
    """The home file that is used, which a newer one from the cloud would replace."""
    restart: asyncio.Event
    """Set when a new home file has come."""
    _heard: dict[UUID, Durable] = field(init=False, default_factory=dict)
    _histories: deque[tuple[UUID, timedelta]] = field(
        init=False, default_factory=lambda: deque(maxlen=_MOST_HISTORIES)
    )
    _wants_history: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def remember(self, heard_down: set[UUID]) -> None:
        """After a restart: what came down before it."""
        self._heard = dict.fromkeys(heard_down)

    def hello(self) -> Hello:
        return self.report.hello(self.heart, self.now())

    def heartbeat(self, queued: int, oldest: timedelta) -> Heartbeat:
        return self.report.heartbeat(
            self.heart, self.journal, queued, oldest, self.dropped(), self.now()
        )

    def heartbeat_sent(self, beat: Heartbeat) -> None:
        self.report.arrived(beat)

    def new_id(self) -> UUID:
        return self.report.new_id(self.now())

    def is_urgent(self) -> bool:
        return bool(self.heart.response.open_incidents)

    def settled(self, entries: list[Entry], refused: dict[UUID, str]) -> None:
        now = self.now()
        rows = [
            ReceiptRow(e.message.event_id, now, e.sent, refused.get(e.message.event_id))
            for e in entries
        ]
        self.journal.add(Batch(receipts=rows))
        if refused:
            self.report.faults.add("message_refused")
            _log.error("refused_by_cloud", events=[str(one) for one in refused])

    async def heed(self, message: Down) -> str | None:
        known = self._heard.get(message.event_id)
        if message.event_id not in self._heard:
            reason: str | None = "failed"
            with recorded("heed_failed", self.report.faults):
                reason, known = self._apply(message)
            if reason == "failed":
                raise NotDurableError(f"{message.event_id} could not be applied")
            if reason is not None:
                return reason
            self._heard[message.event_id] = known
        if known is not None:
            try:
                async with asyncio.timeout(_DISK_LIMIT):
                    await asyncio.shield(asyncio.wrap_future(known))
            except TimeoutError:
                raise NotDurableError(f"{message.event_id} is not on the disk") from None
        return None

    def grew(self, incident: HubIncident) -> None:
        """A new incident, or another risk in one: who is called wants to know how the day was.

        What was sent when it opened ends before the second risk, and shows a heart that is well.
        """
        event = "incident_opened" if incident.revision == 1 else "incident_joined"
        _log.info(event, incident_id=str(incident.incident_id), slug=incident.slug)
        self._ask_history(incident.incident_id, A_DAY)

    async def send_histories(self) -> None:
        """Until cancelled."""
        while True:
            await self._wants_history.wait()
            self._wants_history.clear()
            while self._histories:
                with recorded("history_failed", self.report.faults):
                    await self._send_history(*self._histories.popleft())

    async def _send_history(self, incident_id: UUID, span: timedelta) -> None:
        now: datetime = self.now()
        event_id = self.report.new_id(now)
        payload = await history(
            self.journal,
            self.heart.episodes.between(now - span, now),
            event_id=event_id,
            hub_id=self.report.hub_id,
            incident_id=incident_id,
            span=span,
            now=now,
        )
        self.post(OutboxRow(event_id, "history", now, payload, incident_id))

    def _ask_history(self, incident_id: UUID, span: timedelta) -> None:
        self._histories.append((incident_id, span))
        self._wants_history.set()

    def _apply(self, message: Down) -> "tuple[str | None, Future[None] | None]":
        """Why it is refused for good, or what is set when it is durable."""
        batch = Batch(heard_down=[(message.event_id, self.now())])
        outcome = Outcome()
        match message:
            case IncidentState() | Say():
                outcome = self.heart.heed(message, self.now())
            case HistoryRequest():
                self._ask_history(message.incident_id, timedelta(days=message.days))
            case Config():
                try:
                    read_home(message.home_toml, "config")
                except HomeFileError as refused:
                    return str(refused), None
                if message.revision <= self.care.outdated:
                    return f"edited at the hub after version {self.care.outdated}", None
                if message.revision > self.report.config_revision:
                    batch.notes |= note_config(message, self.care.file_text)
                    self.report.config_revision = message.revision
                    self.restart.set()
        return None, self.do(outcome, batch)
