"""The cloud as a hub sees it: commits what comes up, then sends its receipt, by MQTT or HTTPS.

Real broker, real HTTP, the real wire; what it "commits" is a list that a test can read.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import aiomqtt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge_agent.timeline import read_wall
from simulator.bridge import heed_cancellation
from simulator.brokers import Broker
from simulator.serving import serving
from vocabulary.identity import uuid7
from vocabulary.incident import Disposition, IncidentStatus, Role
from vocabulary.wire import (
    BadMessage,
    Hello,
    History,
    IncidentState,
    IncidentUp,
    Receipt,
    dump,
    parse_up,
)

TOKEN = "the hub's own token"


def new_id() -> UUID:
    return uuid7(read_wall(), os.urandom(10))


class FakeCloud:
    """Stores each event once, answers with receipts, and says what a person would have it say."""

    def __init__(self, hub_id: str = "hub-one") -> None:
        self.hub_id = hub_id
        self.events: dict[UUID, Any] = {}
        """Committed, in order of arrival."""
        self.arrivals: Counter[UUID] = Counter()
        self.by_https: set[UUID] = set()
        self.polls = 0
        self.gives_receipts = True
        self.is_silent_by_mqtt = False
        self.refuses: dict[str, str] = {}
        """Message kind → why such a message is refused for good."""
        self.down_receipts: list[Receipt] = []
        self.waiting_down: list[bytes] = []
        """Handed out with the next answer of the HTTPS way."""
        self.changed = asyncio.Event()
        self.https_port = 0
        self._client: aiomqtt.Client | None = None
        self._revision = 0

    @asynccontextmanager
    async def running(self, broker: Broker) -> AsyncIterator["FakeCloud"]:
        app = Starlette(routes=[Route("/ingest/v1/messages", self._post, methods=["POST"])])
        async with serving(app, 0) as self.https_port, asyncio.TaskGroup() as group:
            listening = asyncio.Event()
            task = group.create_task(self._listen(broker, listening))
            await listening.wait()
            try:
                yield self
            finally:
                task.cancel()

    def of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.events.values() if isinstance(message, kind)]

    @property
    def incidents(self) -> dict[UUID, IncidentUp]:
        """The newest revision of each."""
        newest: dict[UUID, IncidentUp] = {}
        for message in self.of(IncidentUp):
            known = newest.get(message.incident_id)
            if known is None or message.revision > known.revision:
                newest[message.incident_id] = message
        return newest

    async def until(self, holds: Any, seconds: float = 15) -> None:
        """Wait until `holds()` is true; TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while not holds():
                self.changed.clear()
                try:
                    async with asyncio.timeout(0.05):
                        await self.changed.wait()
                except TimeoutError:
                    continue

    def state(self, incident_id: UUID, status: IncidentStatus, revision: int = 0) -> IncidentState:
        self._revision = revision or self._revision + 1
        now = read_wall()
        is_taken = status is not IncidentStatus.OPEN
        return IncidentState(
            event_id=new_id(),
            hub_id=self.hub_id,
            sent_at=now,
            incident_id=incident_id,
            revision=self._revision,
            number="H-1",
            status=status,
            acknowledged_at=now if is_taken else None,
            acknowledged_role=Role.GP if is_taken else None,
            acknowledged_name="Doctor Lind" if is_taken else "",
            closed_at=now if status is IncidentStatus.CLOSED else None,
            disposition=Disposition.VISITED if status is IncidentStatus.CLOSED else None,
        )

    async def say_down(self, message: Any) -> None:
        assert self._client is not None
        await self._client.publish(f"hub/{self.hub_id}/down/{message.kind}", dump(message), qos=1)

    async def _listen(self, broker: Broker, listening: asyncio.Event) -> None:
        while True:
            heed_cancellation()
            try:
                async with aiomqtt.Client(
                    "127.0.0.1",
                    broker.port,
                    protocol=aiomqtt.ProtocolVersion.V5,
                    identifier=f"ingest-{self.hub_id}",
                ) as self._client:
                    await self._client.subscribe("hub/+/up/#", qos=1)
                    listening.set()
                    async for message in self._client.messages:
                        assert isinstance(message.payload, bytes)
                        for answer in self._commit(message.payload, by_https=False):
                            await self.say_down(answer)
                            heed_cancellation()  # which the wait for the broker may have lost
            except aiomqtt.MqttError:
                await asyncio.sleep(0.05)

    async def _post(self, request: Request) -> Response:
        is_ours = request.headers.get("authorization") == f"Bearer {TOKEN}"
        if not is_ours or request.headers.get("x-hub-id") != self.hub_id:
            return JSONResponse({"detail": "who are you?"}, status_code=401)
        messages = json.loads(await request.body())["messages"]
        self.polls += not messages
        answers: list[Any] = []
        for message in messages:
            answers += self._commit(json.dumps(message).encode(), by_https=True)
        down = [json.loads(dump(answer)) for answer in answers]
        down += [json.loads(payload) for payload in self.waiting_down]
        self.waiting_down.clear()
        return JSONResponse({"down": down})

    def _commit(self, payload: bytes, *, by_https: bool) -> list[Receipt]:
        try:
            message = parse_up(payload)
        except BadMessage as refused:
            raise AssertionError(f"the hub sent what is no message: {refused}") from refused
        self.arrivals[message.event_id] += 1
        self.changed.set()
        if isinstance(message, Receipt):
            self.down_receipts.append(message)
            return []
        self.events.setdefault(message.event_id, message)
        if by_https:
            self.by_https.add(message.event_id)
        reason = self.refuses.get(message.kind)
        if not self.gives_receipts or (self.is_silent_by_mqtt and not by_https):
            return []
        return [
            Receipt(
                event_id=new_id(),
                hub_id=self.hub_id,
                sent_at=read_wall(),
                of=[message.event_id],
                refused={str(message.event_id): reason} if reason else {},
            )
        ]


__all__ = ["TOKEN", "FakeCloud", "Hello", "History", "new_id"]
