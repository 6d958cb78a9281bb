"""The home speaks through its broker; a press is in safe hands only once it is on our own disk.

One connection with a fixed name and a session the broker keeps for an hour: what is said while the
hub is down is delivered afterwards. Acknowledgements go out in the order of delivery, a press's own
only after the journal's commit.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiomqtt

from edge_agent.log import Log
from edge_agent.mqtt_client import (
    Address,
    CheckedClient,
    Incoming,
    PublishRefusedError,
    Will,
    until_lost,
)
from edge_agent.timeline import Clock

SESSION = timedelta(hours=1)
TOPICS = (
    "zigbee2mqtt/bridge/#",
    "zigbee2mqtt/#",
    "homeassistant/+/+/+/config",
    "+/status",
    "+/+/+/state",
    "home/+/LWT",
    "home/+/BTtoMQTT/+",
    "hearthline/terminal/+/heard",
)
"""How devices describe themselves first: what they say means little without it."""
_FIRST_RETRY, _LONGEST_RETRY = 0.1, 2.0
"""Seconds: the broker is in the same house, and a press may be waiting in it."""
_MOST_WAITING = 10
"""Deliveries that may wait for a disk; Mosquitto sends no more than 20 unacknowledged ones."""
_TRY_AGAIN = 1.0

_log = Log("home")

Handler = Callable[[Incoming], "Future[None] | None"]
"""Takes one delivery; what it returns is set once the delivery may be acknowledged, None: now."""


@dataclass(slots=True)
class Outgoing:
    """One message to the home: a siren's command, a sentence for a terminal."""

    topic: str
    payload: bytes
    expires_at: datetime
    """After this it would only confuse."""
    is_retained: bool = False
    needs_listener: bool = True
    """Somebody must act on it or hear it: it waits for nothing that is only shown."""
    next_at: datetime | None = None


@dataclass(slots=True)
class _Queue:
    """What has yet to be sent, each by what it replaces."""

    waiting: dict[str, Outgoing] = field(init=False, default_factory=dict)
    wake: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def add(self, key: str, message: Outgoing, now: datetime) -> None:
        for old, known in list(self.waiting.items()):
            if old == key or known.expires_at <= now:
                del self.waiting[old]
        self.waiting[key] = message
        self.wake.set()


@dataclass(slots=True)
class AckLine:
    """Deliveries in their order, some of which wait for the disk."""

    acknowledge: Callable[[Incoming], None]
    _line: deque[tuple[Incoming, "Future[None] | None"]] = field(init=False, default_factory=deque)

    def add(self, message: Incoming, durable: "Future[None] | None") -> None:
        self._line.append((message, durable))
        self.move_up()

    def move_up(self) -> None:
        """Acknowledge from the head on as far as nothing waits.

        With a hanging disk the ordinary ones overtake, so that the broker goes on delivering; of
        more waiting ones than `_MOST_WAITING` the oldest is let go.
        """
        while self._line and _is_free(self._line[0][1]):
            self.acknowledge(self._line.popleft()[0])
        if len(self._line) <= _MOST_WAITING:
            return
        waiting = [(message, durable) for message, durable in self._line if not _is_free(durable)]
        kept = waiting[-_MOST_WAITING:]
        keeps = {id(message) for message, _ in kept}
        for message, _ in self._line:
            if id(message) not in keeps:
                self.acknowledge(message)
        self._line = deque(kept)


class HomeBroker:
    """The connection to the home's broker, kept up for ever."""

    def __init__(  # noqa: PLR0913 - what the hub and what only its board wants of it
        self,
        address: Address,
        client_id: str,
        now: Clock,
        handle: Handler,
        *,
        will: Will | None = None,
        came_up: Callable[[], None] = lambda: None,
        also_hears: Sequence[str] = (),
    ) -> None:
        """`came_up` is told of each new connection; `also_hears`: topics it can live without."""
        self._will = will
        self._came_up = came_up
        self._also_hears = also_hears
        self.live = asyncio.Event()
        """Set while connected and subscribed."""
        self.dropped: Counter[str] = Counter()
        self._address = address
        self._client_id = client_id
        self._now = now
        self._handle = handle
        self._to_act_on = _Queue()
        self._to_be_shown = _Queue()
        self._cut_at: datetime | None = None

    def publish(self, message: Outgoing, replaces: str = "") -> None:
        """Send as soon as possible, again until somebody listens or it has expired.

        A later message with the same `replaces` takes the place of one still unsent; by default
        every message is its own.
        """
        key = replaces or f"{message.topic}#{id(message)}"
        queue = self._to_act_on if message.needs_listener else self._to_be_shown
        queue.add(key, message, self._now())

    async def run(self) -> None:
        """Stay connected until cancelled."""
        pause = _FIRST_RETRY
        while True:
            reason = await until_lost(self._connect_once(), "home-connection")
            _log.warning("home_broker_lost", reason=reason)
            if self.live.is_set():
                self.live.clear()
                pause = _FIRST_RETRY
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_RETRY)

    async def _connect_once(self) -> None:
        client = CheckedClient(
            self._address,
            self._client_id,
            session_seconds=int(SESSION.total_seconds()),
            will=self._will,
        )
        try:
            async with client, asyncio.TaskGroup() as group:
                group.create_task(self._receive(client), name="home-receive")
                group.create_task(self._subscribe(client), name="home-subscribe")
                group.create_task(self._send(client, self._to_act_on), name="home-send")
                group.create_task(self._send(client, self._to_be_shown), name="home-show")
        finally:
            self.dropped.update(client.dropped)

    async def _subscribe(self, client: CheckedClient) -> None:
        for topic in TOPICS:
            await client.subscribe_checked(topic)
        _log.info("home_broker_up", has_session=client.has_session)
        self.live.set()
        self._came_up()
        for topic in self._also_hears:
            try:
                await client.subscribe_checked(topic)
            except aiomqtt.MqttError as refused:
                _log.warning("home_topic_refused", topic=topic, reason=str(refused))

    async def _receive(self, client: CheckedClient) -> None:
        line = AckLine(client.acknowledge)
        loop = asyncio.get_running_loop()

        def moved(_: "Future[None]") -> None:
            loop.call_soon_threadsafe(line.move_up)

        handled = 0
        try:
            while True:
                message = await client.next_incoming()
                message.cut_at = self._cut_at
                durable = self._handle(message)
                line.add(message, durable)
                if durable is not None and not durable.done():
                    durable.add_done_callback(moved)
                handled += 1
                if handled % 50 == 0:
                    await asyncio.sleep(0)  # a full inbox must not starve the ticks
        finally:
            self._cut_at = self._now()

    async def _send(self, client: CheckedClient, queue: _Queue) -> None:
        while True:
            queue.wake.clear()
            now = self._now()
            for key, message in list(queue.waiting.items()):
                if message.expires_at <= now:
                    queue.waiting.pop(key, None)
                    _log.error("home_message_expired", topic=message.topic)
                elif message.next_at is None or message.next_at <= now:
                    await self._send_one(client, queue, key, message)
            try:
                async with asyncio.timeout(_TRY_AGAIN):
                    await queue.wake.wait()
            except TimeoutError:
                continue

    async def _send_one(
        self, client: CheckedClient, queue: _Queue, key: str, message: Outgoing
    ) -> None:
        try:
            await client.publish_checked(
                message.topic,
                message.payload,
                retain=message.is_retained,
                needs_listener=message.needs_listener,
            )
        except PublishRefusedError as refused:
            message.next_at = self._now() + timedelta(seconds=_TRY_AGAIN)
            _log.warning("home_publish_refused", topic=message.topic, reason=refused.reason)
            return
        if queue.waiting.get(key) is message:  # else something newer has taken its place
            del queue.waiting[key]


def _is_free(durable: "Future[None] | None") -> bool:
    return durable is None or durable.done()
