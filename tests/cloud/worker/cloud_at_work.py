"""A worker and its callback routes over one database, and the telephone company they speak with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import Connection, Row, select

from cloud.db import Database, touch
from cloud.escalation import service as escalation
from cloud.incidents import service as incidents
from cloud.incidents.tables import incident
from cloud.paging.routes import telephone_router
from cloud.paging.transports import Transport
from cloud.paging.transports.twilio import Twilio
from cloud.settings import Settings
from cloud.worker import Worker
from simulator.phone.company import Company
from simulator.phone.people import Behaviour, Person
from simulator.serving import serving
from tests.cloud.paging.telephones import telephones
from tests.shift import ACCOUNT, AUTH_TOKEN, OUR_NUMBER, move_in, pages_of, row_of, settings
from tests.town import HUB, incident_id, told, wire


@dataclass
class Clock:
    """The real time, put forward when a story has no patience for a lease."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - these stories run in real time


@dataclass
class Cloud:
    """What a story can do and see."""

    database: Database
    company: Company
    settings: Settings
    transports: Mapping[str, Transport]
    clock: Clock
    started: list["asyncio.Task[None]"] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)

    def start_worker(self, transport: Transport | None = None) -> "asyncio.Task[None]":
        """One more worker; another `transport` than the telephone company's is a broken one."""
        ways = self.transports if transport is None else {"twilio": transport}
        worker = Worker(self.database, self.settings, ways, self.clock)
        self.workers.append(worker)
        task = asyncio.create_task(worker.run(), name=worker.name)
        self.started.append(task)
        return task

    async def press(self, number: int = 1, **parts: Any) -> datetime:
        """Margaret presses; the instant at which the cloud has committed it."""
        await self.database.run(_press, number, self.clock(), parts)
        return self.clock()

    async def incident(self, number: int = 1) -> Row[Any]:
        return await self.database.run(row_of, incident_id(number))

    async def pages(self) -> list[Row[Any]]:
        return await self.database.run(pages_of)

    async def until(
        self, what: Callable[[Row[Any]], bool], number: int = 1, within: float = 10
    ) -> Row[Any]:
        """The incident's row as soon as it is so; fails with what it was instead."""
        deadline = asyncio.get_running_loop().time() + within
        while not what(row := await self.incident(number)):
            if asyncio.get_running_loop().time() > deadline:
                seen = [(p.address, p.channel, p.status, p.error) for p in await self.pages()]
                raise AssertionError(f"{row.status} after {within} s; pages: {seen}")
            await asyncio.sleep(0.02)
        return row

    async def until_called(self, number: str, times: int = 1, within: float = 10) -> None:
        """Until the company has been asked so often to call that number."""
        deadline = asyncio.get_running_loop().time() + within
        while len(self.calls_to(number)) < times:
            assert asyncio.get_running_loop().time() < deadline, self.company.log.requests
            await asyncio.sleep(0.02)

    def calls_to(self, number: str) -> list[dict[str, Any]]:
        """Requests for a call to that number, as the company received them."""
        return [
            request
            for request in self.company.log.requests
            if request["method"] == "POST"
            and request["path"].endswith("/Calls.json")
            and request["form"]["To"] == [number]
        ]

    def rung(self, number: str) -> list[Any]:
        """Calls that the company really placed to that number."""
        return [call for call in self.company.log.calls.values() if call.to == number]

    async def technicals(self) -> list[str]:
        query = select(incident.c.technical).where(incident.c.technical.is_not(None))
        return await self.database.run(lambda c: list(c.execute(query).scalars()))


@asynccontextmanager
async def cloud_at_work(
    database: Database,
    behaviours: Mapping[str, Behaviour | Person],
    *,
    has_worker: bool = True,
) -> AsyncIterator[Cloud]:
    """Everything up: routes, telephone company, and (unless told otherwise) a worker."""
    await database.run(move_in)
    app, clock = FastAPI(), Clock()
    async with serving(app, 0) as port:
        public_url = f"http://127.0.0.1:{port}"
        webhook = f"{public_url}/telephone/twilio/sms"
        async with telephones(behaviours, webhook) as (company, phone_url):
            told_settings = settings(public_url, phone_url)
            app.include_router(telephone_router(database, told_settings, clock))
            account = Twilio(ACCOUNT, AUTH_TOKEN, OUR_NUMBER, base_url=phone_url, timeout=0.7)
            cloud = Cloud(database, company, told_settings, {"twilio": account}, clock)
            try:
                if has_worker:
                    cloud.start_worker()
                yield cloud
            finally:
                for task in cloud.started:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
                for worker in cloud.workers:
                    worker.close()
                account.close()


def _press(connection: Connection, number: int, now: datetime, parts: dict[str, Any]) -> UUID:
    message = told(incident=number, at=now, **parts)
    incidents.receive(connection, HUB, message, wire(message), now)
    escalation.begin(connection, message.incident_id, now)
    touch(connection)
    return message.incident_id
