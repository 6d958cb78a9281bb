"""A smoke alarm dies in a home; both relatives get one message, whatever dies in the cloud."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from cloud.db import Database
from cloud.incidents import service as incidents
from tests.cloud.worker.cloud_at_work import Cloud, cloud_at_work
from tests.shift import NUMBERS
from tests.town import HUB
from vocabulary.wire import CoveragePart, Heartbeat


async def tells(cloud: Cloud, reason: str) -> None:
    """Margaret's hub speaks now, of its smoke alarm."""
    await cloud.database.run(_beat, reason, cloud.clock())


def _beat(connection: Connection, reason: str, now: datetime) -> None:
    state: Any = "covered" if reason == "alive" else "blind"
    light = CoveragePart(slug="smoke_fire", state=state, reason=reason, since=now)
    message = Heartbeat(
        event_id=uuid4(), hub_id=HUB, sent_at=now, boot_id="first", queued=0, coverage=[light]
    )
    incidents.receive(connection, HUB, message, b"", now)


def texts(cloud: Cloud) -> list[tuple[str, str]]:
    found = [(text.to, text.body) for text in cloud.company.log.texts.values()]
    return [(to, body) for to, body in found if to in {NUMBERS["anna"], NUMBERS["peter"]}]


async def test_the_relatives_get_one_message_each(database: Database) -> None:
    async with cloud_at_work(database, {}) as cloud:
        await tells(cloud, "alive")
        await tells(cloud, "silent")
        (worker,) = cloud.workers
        await worker.tell_blind_risks()
        assert await cloud.pages() == []

        cloud.clock.ahead = timedelta(minutes=11)
        await tells(cloud, "silent")
        other = cloud.start_worker()
        await asyncio.gather(*(one.tell_blind_risks() for one in cloud.workers))
        deadline = asyncio.get_running_loop().time() + 10
        while len(texts(cloud)) < 2:
            assert asyncio.get_running_loop().time() < deadline, cloud.company.log.requests
            await asyncio.sleep(0.05)
        assert {to for to, _ in texts(cloud)} == {NUMBERS["anna"], NUMBERS["peter"]}
        assert all("is not watched as it should be" in body for _, body in texts(cloud))
        assert await cloud.technicals() == ["device_lost"]

        other.cancel()
        await tells(cloud, "silent")
        cloud.start_worker()
        await asyncio.gather(*(one.tell_blind_risks() for one in cloud.workers))
        await asyncio.sleep(1)
        assert len(texts(cloud)) == 2
