"""The only line to people outside: it must know when it is cut, and then take another way.

MQTT 5 while the cloud's broker answers; HTTPS when a receipt is overdue or the broker is gone.
What is sent stays in the outbox until the cloud's own receipt (DESIGN §6).
"""

import asyncio
import random
from collections import Counter, deque
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import aiomqtt
import structlog

from edge_agent.errors import HubError
from edge_agent.mqtt_client import (
    Address,
    CheckedClient,
    PublishRefusedError,
    stop_if_cancelled,
)
from edge_agent.timeline import Clock
from edge_agent.uplink.https_way import HttpsWay, HttpsWayError
from edge_agent.uplink.message import Message
from edge_agent.uplink.outbox import Entry, Outbox
from edge_agent.uplink.pace import Pace
from vocabulary.wire import (
    BadMessage,
    Config,
    Heartbeat,
    Hello,
    HistoryRequest,
    IncidentState,
    Receipt,
    Say,
    dump,
    parse_down,
)

__all__ = [
    "Down",
    "Entry",
    "HttpsWay",
    "Line",
    "Message",
    "NotDurableError",
    "Outbox",
    "Pace",
    "Uplink",
]

_log = structlog.get_logger("uplink")
_AT_ONCE = 8
"""Publishes in flight: enough for 600 ms round trips, few enough to keep the order of need."""
_MOST_ANSWERS = 500
_MOST_BY_HTTPS = 20

Down = IncidentState | Say | HistoryRequest | Config


class NotDurableError(HubError):
    """What came down could not be kept: it stays unanswered, and the cloud repeats it."""


class Line(Protocol):
    """What the uplink asks of the hub it speaks for."""

    def hello(self) -> Hello:
        """The first words of a connection."""

    def heartbeat(self) -> Heartbeat:
        """The next heartbeat, with what changed since the last one that was sent."""

    def heartbeat_sent(self, beat: Heartbeat) -> None:
        """That one was handed over."""

    def settled(self, entries: list[Entry], refused: dict[UUID, str]) -> None:
        """The cloud has committed these, or refuses some of them for good (id to reason)."""

    async def heed(self, message: Down) -> str | None:
        """Apply a message and return once that is durable: None, or why it is refused for good.

        Raises `NotDurableError`.
        """

    def new_id(self) -> UUID:
        """A fresh event id."""

    def is_urgent(self) -> bool:
        """Whether somebody waits for help: an incident is open."""


class Uplink:
    """Both ways to the cloud, and the outbox they empty."""

    def __init__(  # noqa: PLR0913 - two addresses, whom it speaks for, and when
        self, hub_id: str, address: Address, https: HttpsWay, *, now: Clock, line: Line, pace: Pace
    ) -> None:
        self.outbox = Outbox(pace.repeat)
        self.refused: Counter[str] = Counter()
        """Messages from the cloud that could not be read, publishes that were refused: reasons."""
        self.is_connected = False
        self._hub_id = hub_id
        self._address = address
        self._https = https
        self._now = now
        self._line = line
        self._pace = pace
        self._random = random.Random()  # noqa: S311 - jitter, no secret
        self._wake = asyncio.Event()
        self._answers: deque[tuple[UUID, str | None]] = deque(maxlen=_MOST_ANSWERS)
        self._cut_since = now()
        self._doubts_broker_until = now()
        self._poll_at = now()
        self._beat_at = now()

    def send(self, message: Message) -> None:
        """Put a message into the outbox and send it now; never waits."""
        self.outbox.add(message, self._now())
        self._wake.set()

    async def run(self) -> None:
        """Keep both ways going until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_connected(), name="uplink-mqtt")
            group.create_task(self._watch_other_way(), name="uplink-https")

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            began = self._now()
            try:
                await self._connect_once()
            except* (aiomqtt.MqttError, OSError, TimeoutError) as lost:
                _log.info("uplink_cut", reason=_first_reason(lost))
            finally:
                if self.is_connected:
                    self._cut_since = self._now()
                self.is_connected = False
            stop_if_cancelled()
            lasted = self._now() - began
            failures = 0 if lasted > self._pace.urgent_retry else failures + 1
            await self._pause(failures)

    async def _pause(self, failures: int) -> None:
        longest = self._pace.longest_retry
        if self.outbox.holds_incident or self._line.is_urgent():
            longest = self._pace.urgent_retry
        pause = min(longest, self._pace.first_retry * 2 ** min(failures, 16))
        self._wake.clear()
        # half of it is chance: after a city-wide cut homes come back over a stretch of time
        seconds = pause.total_seconds() * (0.5 + self._random.random() / 2)
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()  # news that somebody waits for cuts the pause short
        except TimeoutError:
            return
        await asyncio.sleep(min(seconds, self._pace.first_retry.total_seconds()))

    async def _connect_once(self) -> None:
        client = CheckedClient(self._address, self._hub_id)
        async with client:
            async with asyncio.timeout(client.timeout):
                await client.subscribe(f"hub/{self._hub_id}/down/#", qos=1)
            self.is_connected = True
            _log.info("uplink_up")
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(client), name="uplink-receive")
                group.create_task(self._speak(client), name="uplink-speak")
                group.create_task(self._answer(client), name="uplink-answer")
                group.create_task(self._deliver(client), name="uplink-deliver")

    async def _receive(self, client: CheckedClient) -> None:
        while True:
            message = await client.next_incoming()
            await self._take(message.payload)
            client.acknowledge(message)

    async def _take(self, payload: bytes) -> None:
        """One message from the cloud, whichever way it came."""
        try:
            message = parse_down(payload)
        except BadMessage as unreadable:
            self.refused["unreadable"] += 1
            _log.warning("down_unreadable", reason=str(unreadable)[:200])
            return
        if message.hub_id != self._hub_id:
            self.refused["not_for_us"] += 1
            return
        if isinstance(message, Receipt):
            self._settle(message)
            return
        try:
            reason = await self._line.heed(message)
        except NotDurableError:
            return
        self._answers.append((message.event_id, reason))
        self._wake.set()

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
            reasons = {e.message.event_id: refused.get(e.message.event_id, "") for e in given_up}
            self._line.settled(committed + given_up, {k: v for k, v in reasons.items() if v})

    async def _speak(self, client: CheckedClient) -> None:
        """Hello until somebody has heard it, then a heartbeat each half minute."""
        while not await self._try(client, "hello", dump(self._line.hello())):  # noqa: ASYNC110 - it waits for the far end
            await asyncio.sleep(self._pace.repeat.total_seconds())
        while True:
            beat = self._line.heartbeat()
            if await self._try(client, "heartbeat", dump(beat)):
                self._line.heartbeat_sent(beat)
            await asyncio.sleep(self._pace.heartbeat.total_seconds())

    async def _answer(self, client: CheckedClient) -> None:
        """Receipts for what came down; what gets lost is repeated by the cloud."""
        while True:
            while self._answers:
                payload = self._pack_answers()
                if payload is not None:
                    await self._try(client, "receipt", payload)
            await asyncio.sleep(0.05)

    async def _deliver(self, client: CheckedClient) -> None:
        while True:
            self._wake.clear()
            due = self.outbox.due(self._now())
            for start in range(0, len(due), _AT_ONCE):
                async with asyncio.TaskGroup() as group:
                    for entry in due[start : start + _AT_ONCE]:
                        group.create_task(self._hand_over(client, entry), name="uplink-publish")
            try:
                async with asyncio.timeout(0.5):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _hand_over(self, client: CheckedClient, entry: Entry) -> None:
        message = entry.message
        jitter = self._pace.jitter * self._random.random()
        self.outbox.sent(message.event_id, self._now(), jitter)
        await self._try(client, message.kind, message.payload)

    async def _try(self, client: CheckedClient, kind: str, payload: bytes) -> bool:
        """Publish; False when the broker refused it or had nobody to give it to."""
        try:
            await client.publish_checked(f"hub/{self._hub_id}/up/{kind}", payload)
        except PublishRefusedError as refused:
            self.refused["publish"] += 1
            _log.warning("publish_refused", kind=kind, reason=refused.reason)
            return False
        return True

    async def _watch_other_way(self) -> None:
        async with self._https:
            while True:
                await asyncio.sleep(min(0.5, self._pace.repeat.total_seconds() / 4))
                messages, entries = self._due_other_way()
                if messages is None:
                    continue
                now = self._now()
                self._poll_at = now + self._pace.poll
                for entry in entries:
                    self.outbox.sent_other_way(entry.message.event_id, now)
                try:
                    came = await self._https.post(messages)
                except HttpsWayError as lost:
                    self.refused["https"] += 1
                    _log.info("https_way_failed", reason=str(lost)[:200])
                    continue
                for payload in came:
                    await self._take(payload)

    def _due_other_way(self) -> tuple[list[bytes] | None, list[Entry]]:
        """The messages to POST now, or None when there is no reason to."""
        now, pace = self._now(), self._pace
        is_cut = not self.is_connected
        cut_for = now - self._cut_since if is_cut else timedelta(0)
        patience = pace.https_after
        if is_cut and cut_for >= pace.https_after_cut:
            patience = timedelta(0)
        entries = self.outbox.unanswered(now, patience)[:_MOST_BY_HTTPS]
        if entries and not is_cut:
            self._doubts_broker_until = now + 2 * pace.https_after
        messages = [entry.message.payload for entry in entries]
        if is_cut and cut_for >= pace.heartbeat and now >= self._beat_at:
            self._beat_at = now + pace.heartbeat
            messages.append(dump(self._line.heartbeat()))
        is_gone = (is_cut and cut_for >= pace.https_after_cut) or now < self._doubts_broker_until
        if is_gone and self._answers:
            answers = self._pack_answers()
            messages += [answers] if answers is not None else []
        if not messages and not (is_gone and self._line.is_urgent() and now >= self._poll_at):
            return None, []
        return messages, entries

    def _pack_answers(self) -> bytes | None:
        answers = list(self._answers)
        self._answers.clear()
        if not answers:
            return None
        return dump(
            Receipt(
                event_id=self._line.new_id(),
                hub_id=self._hub_id,
                sent_at=self._now(),
                of=[event_id for event_id, _ in answers],
                refused={str(event_id): reason[:80] for event_id, reason in answers if reason},
            )
        )


def _first_reason(lost: BaseExceptionGroup[BaseException]) -> str:
    inner = lost.exceptions[0]
    return _first_reason(inner) if isinstance(inner, BaseExceptionGroup) else str(inner)[:200]
