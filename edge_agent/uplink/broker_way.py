"""The ordinary way to the cloud: one MQTT connection, kept up through every cut."""

import asyncio
import random
from datetime import datetime, timedelta

from edge_agent.log import Log
from edge_agent.mqtt_client import (
    Address,
    CheckedClient,
    PublishRefusedError,
    until_lost,
)
from edge_agent.uplink.mailbox import Mailbox
from edge_agent.uplink.outbox import Entry
from vocabulary.wire import dump

_AT_ONCE = 8
"""Publishes in flight: enough for 600 ms round trips, few enough to keep the order of need."""
_LOOK_AGAIN = 0.5
"""Seconds between two looks at what is due for a repeat."""
_ANSWER_EVERY = 0.05

_log = Log("uplink")


class BrokerWay:
    """Says hello, delivers, beats, hears; and starts again."""

    def __init__(self, mailbox: Mailbox, address: Address) -> None:
        self._mailbox = mailbox
        self._address = address
        self._up = f"hub/{mailbox.hub_id}/up"
        self._random = random.Random()  # noqa: S311 - jitter, no secret
        self.cut_since: datetime | None = mailbox.now()
        """None while connected."""

    async def run(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            began = self._mailbox.now()
            reason = await until_lost(self._connect_once(), "uplink-connection")
            _log.info("uplink_cut", reason=reason)
            self.cut_since = self.cut_since or self._mailbox.now()
            lasted = self._mailbox.now() - began
            failures = 0 if lasted > self._mailbox.pace.urgent_retry else failures + 1
            await self._pause(failures)

    async def _pause(self, failures: int) -> None:
        pace = self._mailbox.pace
        longest = pace.urgent_retry if self._mailbox.is_urgent else pace.longest_retry
        pause = min(longest, pace.first_retry * 2 ** min(failures, 16))
        self._mailbox.news.clear()
        # half of it is chance: after a city-wide cut homes come back over a stretch of time
        seconds = pause.total_seconds() * (0.5 + self._random.random() / 2)
        try:
            async with asyncio.timeout(seconds):
                await self._mailbox.news.wait()  # somebody waits: cut the pause short
        except TimeoutError:
            return
        await asyncio.sleep(min(seconds, pace.first_retry.total_seconds()))

    async def _connect_once(self) -> None:
        client = CheckedClient(self._address, self._mailbox.hub_id)
        async with client:
            await client.subscribe_checked(f"hub/{self._mailbox.hub_id}/down/#")
            self.cut_since = None
            _log.info("uplink_up")
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(client), name="uplink-receive")
                group.create_task(self._speak(client), name="uplink-speak")
                group.create_task(self._answer(client), name="uplink-answer")
                group.create_task(self._deliver(client), name="uplink-deliver")

    async def _receive(self, client: CheckedClient) -> None:
        while True:
            message = await client.next_incoming()
            await self._mailbox.take(message.payload)
            client.acknowledge(message)

    async def _speak(self, client: CheckedClient) -> None:
        """Hello until somebody has heard it, then a heartbeat each half minute."""
        pace, line = self._mailbox.pace, self._mailbox.line
        while not await self._try(client, "hello", dump(line.hello())):  # noqa: ASYNC110 - it waits for the far end
            await asyncio.sleep(pace.repeat.total_seconds())
        while True:
            beat = self._mailbox.heartbeat()
            if await self._try(client, "heartbeat", dump(beat)):
                line.heartbeat_sent(beat)
            await asyncio.sleep(pace.heartbeat.total_seconds())

    async def _answer(self, client: CheckedClient) -> None:
        """Receipts for what came down; what gets lost is repeated by the cloud."""
        while True:
            payload = self._mailbox.pack_answers()
            if payload is not None:
                await self._try(client, "receipt", payload)
            await asyncio.sleep(_ANSWER_EVERY)

    async def _deliver(self, client: CheckedClient) -> None:
        news = self._mailbox.news
        while True:
            news.clear()
            due = self._mailbox.outbox.due(self._mailbox.now())
            for start in range(0, len(due), _AT_ONCE):
                async with asyncio.TaskGroup() as group:
                    for entry in due[start : start + _AT_ONCE]:
                        group.create_task(self._hand_over(client, entry), name="uplink-publish")
            try:
                async with asyncio.timeout(_LOOK_AGAIN):
                    await news.wait()
            except TimeoutError:
                continue

    async def _hand_over(self, client: CheckedClient, entry: Entry) -> None:
        message = entry.message
        jitter: timedelta = self._mailbox.pace.jitter * self._random.random()
        self._mailbox.outbox.sent(message.event_id, self._mailbox.now(), jitter)
        await self._try(client, message.kind, message.payload)

    async def _try(self, client: CheckedClient, kind: str, payload: bytes) -> bool:
        """Publish; False when the broker refused it or had nobody to give it to."""
        try:
            await client.publish_checked(f"{self._up}/{kind}", payload)
        except PublishRefusedError as refused:
            self._mailbox.refused["publish"] += 1
            _log.warning("publish_refused", kind=kind, reason=refused.reason)
            return False
        return True
