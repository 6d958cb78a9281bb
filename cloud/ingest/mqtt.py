"""Hubs speak to the cloud broker; here is who listens, keeps, receipts, and answers.

Any number of these may run: a shared subscription gives each message to one of them. Order:
commit, then receipt, then the broker's acknowledgement. A receipt that gets lost costs one
repetition; one that came before the commit could cost a life.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import aiomqtt
import structlog
from sqlalchemy.exc import DataError, DBAPIError

from cloud.db import Database
from cloud.errors import Unavailable
from cloud.incidents.downlinks import Downlink, due_downlinks
from cloud.ingest.batch import MOST_AT_ONCE, Answer, Delivery, NewId, keep, read, refuse
from cloud.ingest.client import BrokerClient, Incoming
from cloud.settings import Settings

SHARED = "$share/ingest/hub/+/up/+"
"""One of all that run gets each message (DESIGN §7 Topics)."""
_POLL = timedelta(seconds=1)
"""How late a repetition may be; what is new wakes the sender at once."""
_LONGEST_PAUSE = 5.0
"""Seconds between attempts to reach the broker: hubs go to HTTPS after 30."""
_MOST_DOWN = 200

_log = structlog.get_logger("ingest")


class Ingest:
    """Listens at the broker until cancelled; comes back after each loss of broker or database."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        new_id: NewId,
        identifier: str,
    ) -> None:
        """`identifier`: MQTT client id, another for each process."""
        self._database = database
        self._settings = settings
        self._now = now
        self._new_id = new_id
        self._identifier = identifier
        self._created = asyncio.Event()
        self.listening = asyncio.Event()
        """Set while it is subscribed."""

    async def run(self) -> None:
        """Never returns; a broker that is gone is tried again with jitter."""
        pause = 0.1
        while True:
            lost = await self._until_lost()
            _log.warning("broker_lost", reason=str(lost)[:200])
            if self.listening.is_set():
                pause = 0.1
            self.listening.clear()
            await asyncio.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311 - jitter
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _until_lost(self) -> BaseException:
        """One connection from beginning to end: why it ended.

        In a task of its own: a group whose child fails, and a client that cannot say goodbye, both
        put their error in place of a cancellation, and this must end when it is told to.
        """
        connection = asyncio.ensure_future(self._connect_once())
        try:
            await asyncio.wait([connection])
        finally:
            connection.cancel()
            await asyncio.wait([connection])
        failed = connection.exception()
        assert failed is not None, "a connection ends only by failing"
        lost, other = _split(failed)
        if other is not None:
            raise other
        assert lost is not None, "one of the two"
        return lost

    async def _connect_once(self) -> None:
        client = BrokerClient(self._settings.broker, self._identifier)
        async with client:
            async with asyncio.timeout(client.timeout):
                await client.subscribe(SHARED, qos=1)
            self.listening.set()
            _log.info("listening")
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take_in(client), name="ingest-take-in")
                group.create_task(self._send_down(client), name="ingest-send-down")

    async def _take_in(self, client: BrokerClient) -> None:
        waiting: list[tuple[Incoming, Delivery]] = []
        while True:
            came = [] if waiting else [await client.next_incoming()]
            came += client.waiting()
            waiting += [(one, _read(one)) for one in came]
            waiting.sort(key=lambda pair: pair[1].rank)  # stable: within a rank as they came
            batch, waiting = waiting[:MOST_AT_ONCE], waiting[MOST_AT_ONCE:]
            answers = await self._commit([delivery for _, delivery in batch])
            for answer in answers:
                await self._receipt(client, answer)
            client.acknowledge([incoming for incoming, _ in batch])
            self._created.set()

    async def _commit(self, batch: list[Delivery]) -> list[Answer]:
        """Keep a batch, however long the database is away: nothing is receipted meanwhile."""
        while True:
            try:
                return await keep_all(self._database, batch, self._now)
            except Unavailable as absent:
                _log.warning("database_away", reason=str(absent)[:200])
                await asyncio.sleep(0.5)

    async def _receipt(self, client: BrokerClient, answer: Answer) -> None:
        topic = f"hub/{answer.hub_id}/down/receipt"
        await client.publish(topic, answer.receipt(self._now(), self._new_id), qos=0)

    async def _send_down(self, client: BrokerClient) -> None:
        async with self._database.watching() as changed:
            while True:
                await self._send_due(client)
                await self._wait(changed)

    async def _wait(self, changed: asyncio.Event) -> None:
        """Until something was committed here or by another process, or a repetition may be due."""
        waits = [asyncio.ensure_future(one.wait()) for one in (changed, self._created)]
        try:
            timeout = _POLL.total_seconds()
            await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        changed.clear()
        self._created.clear()

    async def _send_due(self, client: BrokerClient) -> None:
        repeat = self._settings.intervals.downlink_repeat
        while True:
            try:
                due = await self._database.run(
                    due_downlinks, self._now(), _MOST_DOWN, repeat=repeat
                )
            except Unavailable:
                return
            await asyncio.gather(*(_publish(client, one) for one in due))
            if len(due) < _MOST_DOWN:
                return


async def keep_all(
    database: Database, batch: list[Delivery], now: Callable[[], datetime]
) -> list[Answer]:
    """Commit a batch; one message that cannot be kept is found out and leaves the others alone.

    What the database cannot hold is refused. What our own fault stops gets no receipt, so that
    its hub keeps it and goes on asking. Raises `Unavailable`.
    """
    try:
        return await database.run(keep, batch, now())
    except Unavailable:
        raise
    except Exception as broken:  # noqa: BLE001 - any bytes are safe (INV-11), whatever they trip
        if len(batch) == 1:
            return await _set_aside(database, batch[0], broken, now())
    answers: list[Answer] = []
    for one in batch:
        answers += await keep_all(database, [one], now)
    return answers


async def _set_aside(
    database: Database, one: Delivery, broken: Exception, now: datetime
) -> list[Answer]:
    is_unstorable = isinstance(broken, OverflowError) or (
        isinstance(broken, DBAPIError) and _is_about_data(broken)
    )
    reason = "not_storable" if is_unstorable else "fault"
    error = type(getattr(broken, "orig", broken)).__name__
    _log.error("not_kept", hub=one.hub_id, event_id=str(one.event_id), reason=reason, error=error)
    answers = await database.run(refuse, one, reason, now)
    return answers if is_unstorable else []


def _is_about_data(broken: DBAPIError) -> bool:
    """PostgreSQL's class 22: a value that no column takes. A broken constraint is our own fault."""
    state = str(getattr(broken.orig, "sqlstate", None) or "")
    return isinstance(broken, DataError) or state.startswith("22")


def _read(incoming: Incoming) -> Delivery:
    _, hub_id, _, kind = incoming.topic.split("/", 3)
    delivery = read(hub_id, incoming.payload)
    if delivery.message is not None and delivery.message.kind != kind:
        return Delivery(hub_id, incoming.payload, None, "wrong_kind", delivery.event_id, kind)
    return replace(delivery, kind=kind)


async def _publish(client: BrokerClient, downlink: Downlink) -> None:
    topic = f"hub/{downlink.hub_id}/down/{downlink.kind}"
    await client.publish(topic, downlink.payload, qos=1, timeout=client.timeout)


def _split(failed: BaseException) -> tuple[BaseException | None, BaseException | None]:
    """What a lost broker explains, and what it does not."""
    kinds = (aiomqtt.MqttError, OSError, TimeoutError)
    if not isinstance(failed, BaseExceptionGroup):
        return (failed, None) if isinstance(failed, kinds) else (None, failed)
    lost, other = failed.split(kinds)
    return (_innermost(lost) if lost else None), other


def _innermost(failed: BaseException) -> BaseException:
    inner = failed.exceptions[0] if isinstance(failed, BaseExceptionGroup) else None
    return failed if inner is None else _innermost(inner)
