"""The cloud's ear at the broker: takes no more than it can commit, and says thanks only then.

aiomqtt acknowledges a delivery before anybody has kept it and queues without bound. Here a
delivery is acknowledged when it is committed, so a slow database slows the broker, not our memory.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import aiomqtt
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud.settings import BrokerSettings

CONNECT_TIMEOUT = 5.0
"""Seconds for any answer of the broker, which stands beside us."""
KEEPALIVE = 15
"""Seconds; a broker that is frozen is noticed after twice that (LIBRARIES §1)."""
IN_FLIGHT = 1000
"""Deliveries that the broker may leave with us unacknowledged."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A delivery as it came."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    number: int
    """Counts what has come over this connection."""


class BrokerClient(aiomqtt.Client):
    """MQTT 5, a bounded inbox, manual acknowledgement."""

    def __init__(self, settings: BrokerSettings, identifier: str) -> None:
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types there
        connect.ReceiveMaximum = IN_FLIGHT
        password = settings.password.get_secret_value() if settings.password else None
        super().__init__(
            settings.host,
            settings.port,
            username=settings.username,
            password=password,
            tls_context=settings.tls(),
            identifier=identifier,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,  # what nobody receipted is sent again by its hub, not by the broker
            keepalive=KEEPALIVE,
            timeout=CONNECT_TIMEOUT,
            properties=connect,
            # a receipt must not wait for the broker's delayed TCP acknowledgement (some 40 ms)
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )
        self._client.manual_ack_set(on=True)
        self._client.connect_timeout = CONNECT_TIMEOUT
        self.pending_calls_threshold = 1000  # it warns at each call above; we bound it ourselves
        self.inbox: asyncio.Queue[Incoming] = asyncio.Queue(2 * IN_FLIGHT)
        self._count = 0
        self._unthanked: deque[Incoming] = deque()
        self._done: set[int] = set()
        self.dropped = 0
        """Deliveries that did not fit or whose topic was no UTF-8; their hubs repeat them."""

    async def next_incoming(self) -> Incoming:
        """The next delivery; raises `aiomqtt.MqttError` once the connection is gone."""
        getting = asyncio.ensure_future(self.inbox.get())
        try:
            await asyncio.wait((getting, self._disconnected), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            getting.cancel()
            raise
        if getting.done():
            return getting.result()
        getting.cancel()
        raise aiomqtt.MqttError("disconnected") from self._disconnected.exception()

    def waiting(self) -> list[Incoming]:
        """All that has come meanwhile, without waiting."""
        return [self.inbox.get_nowait() for _ in range(self.inbox.qsize())]

    def acknowledge(self, messages: Iterable[Incoming]) -> None:
        """Tell the broker that these are in safe hands; without effect once cut off.

        In the order in which they came, whatever the order in which they were dealt with: MQTT
        demands it (4.6), and rumqttd hangs up otherwise.
        """
        self._done.update(message.number for message in messages)
        while self._unthanked and self._unthanked[0].number in self._done:
            first = self._unthanked.popleft()
            self._done.discard(first.number)
            if first.qos > 0:
                self._client.ack(first.mid, first.qos)

    def _on_message(
        self,
        client: paho.Client,  # noqa: ARG002 - paho's signature
        userdata: Any,  # noqa: ARG002 - paho's signature
        message: paho.MQTTMessage,
    ) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # aiomqtt would hang up over it, and again after reconnecting
            topic = ""
        self._count += 1
        payload = bytes(message.payload)
        incoming = Incoming(topic, payload, message.qos, message.mid, self._count)
        self._unthanked.append(incoming)
        if topic and not self.inbox.full():
            self.inbox.put_nowait(incoming)
        else:
            self.dropped += 1
            self.acknowledge([incoming])
