"""The cloud's ear at the broker: takes no more than it can commit, and says thanks only then.

aiomqtt acknowledges a delivery before anybody has kept it and queues without bound. Here a
delivery is acknowledged when it is committed, so a slow database slows the broker, not our memory.
"""

import asyncio
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
        )
        self._client.manual_ack_set(on=True)
        self._client.connect_timeout = CONNECT_TIMEOUT
        self.pending_calls_threshold = 1000  # it warns at each call above; we bound it ourselves
        self.inbox: asyncio.Queue[Incoming] = asyncio.Queue(2 * IN_FLIGHT)
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

    def acknowledge(self, message: Incoming) -> None:
        """Tell the broker that a delivery is in safe hands; without effect once cut off."""
        if message.qos > 0:
            self._client.ack(message.mid, message.qos)

    def _on_message(
        self,
        client: paho.Client,  # noqa: ARG002 - paho's signature
        userdata: Any,  # noqa: ARG002 - paho's signature
        message: paho.MQTTMessage,
    ) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # aiomqtt would hang up over it, and again after reconnecting
            self.dropped += 1
            self._client.ack(message.mid, message.qos)
            return
        incoming = Incoming(topic, bytes(message.payload), message.qos, message.mid)
        try:
            self.inbox.put_nowait(incoming)
        except asyncio.QueueFull:
            self.dropped += 1
            self.acknowledge(incoming)
