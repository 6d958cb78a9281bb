"""A broker may say no, or take a message that nobody will ever read; both must be heard.

aiomqtt 2.5.1 returns normally from a refused publish, discards a delivery it cannot name, and
acknowledges before anybody has stored it. This subclass raises, counts, and acknowledges only when
told. It touches private names of aiomqtt: the version is pinned, the tests run on a real broker.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any

import aiomqtt
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

_LINE_FAULTS = (aiomqtt.MqttError, OSError, TimeoutError)
_FAILURE = 0x80
_NO_MATCHING_SUBSCRIBERS = 0x10
_HEEDED_WITHIN = 3.0
"""Seconds for a farewell to the broker before a cancellation counts as lost."""
CONNECT_TIMEOUT = 5.0
"""Seconds for any answer of a broker: 600 ms satellite round trips fit several times."""


class PublishRefusedError(aiomqtt.MqttError):
    """The broker did not deliver it: refused, or nobody is subscribed. Worth trying later."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"{topic}: {reason}")
        self.topic = topic
        self.reason = reason


@dataclass(slots=True)
class Incoming:
    """A delivery as it came: any bytes, acknowledged to the broker only on request."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    is_retained: bool
    is_repeat: bool
    """The broker has sent it before (DUP) and never heard that it arrived."""
    cut_at: datetime | None = None
    """When the connection before this one ended; None: it is the first of this process."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is and how to log in; `tls` None is plain TCP."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says in our name, retained, as soon as we are gone."""

    topic: str
    payload: bytes


class CheckedClient(aiomqtt.Client):
    """aiomqtt over MQTT 5 with honest publishing, a bounded inbox and manual acknowledgement."""

    def __init__(  # noqa: PLR0913 - one line each of MQTT 5's CONNECT
        self,
        address: Address,
        identifier: str,
        *,
        session_seconds: int = 0,
        keepalive: int = 15,
        inbox_size: int = 1000,
        receive_maximum: int = 200,
        max_packet_bytes: int = 5 * 1024 * 1024,
        timeout: float = CONNECT_TIMEOUT,
        will: Will | None = None,
    ) -> None:
        """`session_seconds` 0 starts clean; above it the broker keeps what comes meanwhile."""
        connect = _properties(PacketTypes.CONNECT)
        connect.SessionExpiryInterval = session_seconds
        connect.ReceiveMaximum = receive_maximum
        connect.MaximumPacketSize = max_packet_bytes
        super().__init__(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            tls_context=address.tls,
            identifier=identifier,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=session_seconds == 0,
            keepalive=keepalive,
            timeout=timeout,
            properties=connect,
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, 1, retain=True),
            # back-to-back messages at QoS 1 would each wait some 40 ms for a delayed TCP answer
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )
        self._client.manual_ack_set(on=True)
        self._client.connect_timeout = timeout
        self.pending_calls_threshold = 1000  # it warns at each call above; we bound it ourselves
        self.inbox: asyncio.Queue[Incoming] = asyncio.Queue(inbox_size)
        self.dropped: Counter[str] = Counter()
        """Deliveries that never reached the inbox, by reason."""
        self.has_session = False
        """Whether the broker still knew us: what it kept for us is delivered now."""
        self._receive_maximum = receive_maximum
        self._has_will = will is not None
        self._reasons: dict[int, ReasonCode] = {}
        self._waiting: asyncio.Future[None] | None = None

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """A will is said at a planned end too: gone is gone."""
        if self._has_will and not self._disconnected.done():
            with_will = ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")
            if self._client.disconnect(with_will) == paho.MQTT_ERR_SUCCESS:
                await asyncio.wait((self._disconnected,), timeout=self.timeout)
        await super().__aexit__(exc_type, exc, tb)

    async def publish_checked(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        needs_listener: bool = True,
        expires_seconds: int | None = None,
    ) -> None:
        """Publish at QoS 1; raises `PublishRefusedError`, or `aiomqtt.MqttError` when cut off.

        `needs_listener`: a message that the broker gave to nobody counts as refused.
        """
        properties = None
        if expires_seconds is not None:
            properties = _properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = expires_seconds
        info = self._client.publish(topic, payload, 1, retain, properties)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise aiomqtt.MqttCodeError(info.rc, f"could not publish to {topic}")
        reason = await self._answer_to(info.mid)
        if reason is None:
            raise aiomqtt.MqttError(f"{topic}: no answer from the broker")
        unheard = needs_listener and reason.value == _NO_MATCHING_SUBSCRIBERS
        if reason.value >= _FAILURE or unheard:
            raise PublishRefusedError(topic, str(reason))

    async def subscribe_checked(self, topic: str) -> None:
        """Subscribe at QoS 1; raises `aiomqtt.MqttError` when refused or cut off meanwhile."""
        asking = asyncio.ensure_future(self.subscribe(topic, qos=1))
        try:
            await asyncio.wait((asking, self._disconnected), return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()
        if not asking.done() or asking.cancelled():
            raise aiomqtt.MqttError(f"{topic}: disconnected before an answer")
        for granted in asking.result():
            if isinstance(granted, ReasonCode) and granted.value >= _FAILURE:
                raise aiomqtt.MqttError(f"{topic}: {granted}")

    async def next_incoming(self) -> Incoming:
        """The next delivery; raises `aiomqtt.MqttError` once the connection is gone."""
        while self.inbox.empty():
            if self._disconnected.done():
                raise aiomqtt.MqttError("disconnected") from self._disconnected.exception()
            await self._news()
        return self.inbox.get_nowait()

    async def _news(self) -> None:
        """Until a delivery has come or the connection is gone; a task for each would cost more."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._disconnected.add_done_callback(self._wake)
        try:
            await self._waiting
        finally:
            self._disconnected.remove_done_callback(self._wake)

    def _wake(self, _: object = None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def acknowledge(self, message: Incoming) -> None:
        """Tell the broker that a delivery is in safe hands; without effect once cut off."""
        if message.qos > 0:
            self._client.ack(message.mid, message.qos)

    async def _answer_to(self, mid: int) -> ReasonCode | None:
        confirmation = asyncio.Event()
        with self._pending_call(mid, confirmation, self._pending_publishes):
            waiting = asyncio.ensure_future(confirmation.wait())
            try:
                await asyncio.wait(
                    (waiting, self._disconnected),
                    timeout=self.timeout,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                waiting.cancel()
        return self._reasons.pop(mid, None)

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self.has_session = flags.session_present
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if (
            not self._connected.done()
        ):  # aiomqtt would go on waiting for a welcome until its timeout
            self._connected.set_exception(aiomqtt.MqttError(f"turned away: {reason_code}"))
            return
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _on_publish(
        self,
        client: paho.Client,
        userdata: Any,
        mid: int,
        reason_code: ReasonCode,
        properties: Properties,
    ) -> None:
        if mid in self._pending_publishes:  # else its sender has given up, and ids are used again
            self._reasons[mid] = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)

    def _on_message(
        self,
        client: paho.Client,  # noqa: ARG002 - paho's signature
        userdata: Any,  # noqa: ARG002 - paho's signature
        message: paho.MQTTMessage,
    ) -> None:
        # aiomqtt would close the connection over a topic that is no UTF-8, and again after each
        # reconnect; and it would discard silently what does not fit
        try:
            topic = message.topic
        except UnicodeDecodeError:
            self.dropped["topic_not_utf8"] += 1
            self._client.ack(message.mid, message.qos)
            return
        incoming = Incoming(
            topic, bytes(message.payload), message.qos, message.mid, message.retain, message.dup
        )
        # the last places are kept for QoS 1, of which the broker sends no more than these at once
        places = self.inbox.maxsize - self.inbox.qsize()
        if places <= (0 if message.qos else self._receive_maximum):
            self.dropped["inbox_full"] += 1
            return
        self.inbox.put_nowait(incoming)
        self._wake()


async def _end(task: "asyncio.Task[None]") -> None:
    """Cancel it until it heeds that: up to Python 3.11 a wait inside aiomqtt may lose one."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_HEEDED_WITHIN)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody complains of it later


async def until_lost(connection: Coroutine[Any, Any, None], name: str) -> str:
    """Run a connection to its end; why it was lost. Any other fault than a lost line is raised.

    In a task of its own: a group of tasks that fails while it is being cancelled forgets the
    cancelling, and before Python 3.13 it may leave one behind that nobody asked for.
    """
    task = asyncio.create_task(connection, name=name)
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        await _end(task)
        raise
    lost = None if task.cancelled() else task.exception()
    if isinstance(lost, BaseExceptionGroup):
        lost, other = lost.split(_LINE_FAULTS)
        if other is not None:
            raise other
    elif lost is not None and not isinstance(lost, _LINE_FAULTS):
        raise lost
    return _first_reason(lost)


def _first_reason(lost: BaseException | None) -> str:
    if isinstance(lost, BaseExceptionGroup):
        return _first_reason(lost.exceptions[0])
    return (str(lost) or repr(lost))[:200]


def _properties(of: int) -> Properties:
    return Properties(of)  # type: ignore[no-untyped-call]  # paho has no types there
