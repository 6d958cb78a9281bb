"""Zigbee2MQTT, played: it keeps each message until the broker has taken it, and obeys `…/set`.

Like the client inside Zigbee2MQTT at QoS 1, it has one queue, gives a message up only on the
broker's PUBACK, and says it again after a reconnection. A message whose PUBACK was lost with the
broker is therefore said twice.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import aiomqtt

from simulator.actuators import NoConverter, obey
from simulator.cache import BASE, Cache, Message
from simulator.change import Change
from simulator.house import Device, House

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
RECONNECT_S = 1.0
"""MQTT.js's reconnectPeriod."""
PUBLISH_TIMEOUT_S = 5.0
_NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Else an acknowledgement and the next message wait 40 ms for each other, as small writes do."""
_WILL = Message(f"{BASE}/bridge/state", b'{"state":"offline"}', is_retained=True)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the home's broker listens, and as whom one logs in."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def client(self, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
        """A fresh connection, not yet opened."""
        return aiomqtt.Client(
            self.host,
            self.port,
            username=self.username,
            password=self.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            timeout=PUBLISH_TIMEOUT_S,
            will=will,
            socket_options=_NO_DELAY,
        )


@dataclass(slots=True)
class Sent:
    """One message on its way. `acknowledged_at` is None until the broker has taken it."""

    id: int
    at: datetime
    message: Message
    device: str = ""
    action: str = ""
    tries: int = 0
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Switched:
    """A command that reached a siren, lamp or valve; `refused` says why it did nothing."""

    at: datetime
    device: str
    use: str
    room: str
    payload: str
    is_on: bool = False
    refused: str = ""


class Bridge:
    """One bridge with the house behind it. `run` for ever beside `notice`."""

    def __init__(self, house: House, cache: Cache, broker: Broker, clock: Clock) -> None:
        self._house = house
        self._cache = cache
        self._broker = broker
        self._clock = clock
        self._waiting: deque[Sent] = deque()
        self._has_waiting = asyncio.Event()
        self._count = 0
        self.presses: list[Sent] = []
        self.switched: list[Switched] = []
        self.is_connected = asyncio.Event()

    def notice(self, change: Change) -> Sent:
        """A device noticed something: the bridge says it as soon as the broker takes it."""
        *before, last = self._cache.messages(change)
        for message in before:
            self._enqueue(message, change.at)
        sent = self._enqueue(last, change.at)
        sent.device, sent.action = change.device, change.action
        if change.action:
            self.presses.append(sent)
        return sent

    def send_cached_states(self) -> None:
        """As a bridge does when it starts (`cache_state_send_on_startup`)."""
        for device in self._house.devices:
            self.notice(Change(self._clock(), device.name))
        for node in self._house.gateway_devices:
            if node.path == "esphome":  # a cuff measures nothing because a gateway starts
                state = self._cache.states[node.name]
                self.notice(Change(self._clock(), node.name, dict(state)))

    @property
    def unsent(self) -> int:
        """How many messages the broker has not taken yet."""
        return len(self._waiting)

    async def run(self) -> None:
        """Connect, announce, say and obey; again after each loss of the broker.

        Never returns; cancelled, it says that it goes offline, as the bridge does when stopped.
        """
        while True:
            try:
                await self._while_connected()
            except* (aiomqtt.MqttError, OSError) as lost:
                log.info("home broker lost: %s", lost.exceptions[0])
            finally:
                self.is_connected.clear()
            heed_cancellation()
            await asyncio.sleep(RECONNECT_S)

    async def _while_connected(self) -> None:
        will = aiomqtt.Will(_WILL.topic, _WILL.payload, qos=1, retain=True)
        async with self._broker.client(will) as client, asyncio.TaskGroup() as group:
            # The reader hears of a lost broker at once and takes the writer with it, which would
            # otherwise wait for its time-out.
            reader = group.create_task(self._obey_all(client), name="bridge-commands")
            try:
                await self._announce(client)
                await self._say_all(client)
            except asyncio.CancelledError:
                if not reader.done():  # told to stop while the broker is there
                    await _publish(client, _WILL)
                raise

    async def _announce(self, client: aiomqtt.Client) -> None:
        """On each connection: a broker that was killed may have forgotten what it retained."""
        for level in ("+", "+/+"):
            await client.subscribe(f"{BASE}/{level}/set", qos=1)
            await client.subscribe(f"{BASE}/{level}/set/+", qos=1)
        for message in self._cache.retained():
            heed_cancellation()
            await _publish(client, message)
        self.is_connected.set()

    async def _say_all(self, client: aiomqtt.Client) -> None:
        while True:
            while self._waiting:
                sent = self._waiting[0]
                sent.tries += 1
                await _publish(client, sent.message)
                sent.acknowledged_at = self._clock()
                self._waiting.popleft()
                heed_cancellation()
            self._has_waiting.clear()
            await self._has_waiting.wait()

    async def _obey_all(self, client: aiomqtt.Client) -> None:
        names = {device.name: device for device in self._house.devices}
        async for message in client.messages:
            name, _, attribute = message.topic.value.removeprefix(f"{BASE}/").rpartition("/set")
            if device := names.get(name):
                self._obey(device, _as_bytes(message.payload), attribute.removeprefix("/"))

    def _obey(self, device: Device, payload: bytes, attribute: str) -> None:
        at = self._clock()
        said = payload[:200].decode("utf-8", "replace")
        try:
            obeyed = obey(device, payload, attribute)
        except NoConverter as refused:
            log.warning("command refused: %s", refused)
            self.switched.append(
                Switched(at, device.name, device.use, device.room, said, refused=str(refused))
            )
            return
        self.switched.append(
            Switched(at, device.name, device.use, device.room, said, is_on=obeyed.is_on)
        )
        self.notice(Change(at, device.name, obeyed.values))

    def _enqueue(self, message: Message, at: datetime) -> Sent:
        self._count += 1
        sent = Sent(self._count, at, message)
        self._waiting.append(sent)
        self._has_waiting.set()
        return sent


def heed_cancellation() -> None:
    """Raise the cancellation that a wait inside aiomqtt has lost; call it after such waits.

    Up to Python 3.11 `asyncio.wait_for`, which aiomqtt waits with, loses a cancellation that comes
    together with the broker's answer; the task would then never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _publish(client: aiomqtt.Client, message: Message) -> None:
    await client.publish(message.topic, message.payload, qos=1, retain=message.is_retained)


def _as_bytes(payload: object) -> bytes:
    """What paho hands over for a message that another client sent: bytes."""
    return payload if isinstance(payload, bytes) else str(payload).encode()
