"""A message goes in at a real broker and its receipt comes back, whatever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

import aiomqtt
import pytest
from sqlalchemy import Connection, func, select

from cloud.db import Database
from cloud.incidents import service
from cloud.incidents.tables import incident, quarantine
from cloud.ingest import Ingest
from cloud.settings import BrokerSettings, Settings, TwilioSettings
from simulator.brokers import Broker
from tests.mosquitto import only_mosquitto
from tests.town import GP, HUB, NOON, Ids, incident_id, settle, told, wire
from vocabulary.incident import IncidentStatus, Role
from vocabulary.wire import Hello, IncidentState, Receipt, dump, parse_down

T = TypeVar("T")


def _now() -> datetime:
    """It is always noon: what is due at once is due, what is repeated in 10 s is not."""
    return NOON


_ACL = (
    "user services",
    "topic readwrite #",
    "pattern write hub/%u/up/#",
    "pattern read hub/%u/down/#",
)


def _settings(database: Database, broker: Broker) -> Settings:
    return Settings(
        database_url=database.url,
        public_url="http://127.0.0.1:1",
        cookies_secure=False,
        broker=BrokerSettings.model_validate(broker.login("services")),
        twilio=TwilioSettings.model_validate(
            {"account_sid": "AC" + "0" * 32, "auth_token": "t", "from_number": "+12025550100"}
        ),
    )


@pytest.fixture(params=[pytest.param("mosquitto", marks=only_mosquitto), "iotcore"])
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Broker]:
    """A cloud broker of each kind that is here."""
    kind: Literal["mosquitto", "iotcore"] = request.param
    users = {"services": "s", HUB: "h"}
    started = await Broker.start(
        "cloud", tmp_path / "broker", users=users, acl_lines=_ACL, uses=kind
    )
    yield started
    await started.stop()


@asynccontextmanager
async def _listening(database: Database, broker: Broker) -> AsyncIterator[Ingest]:
    ingest = Ingest(
        database,
        _settings(database, broker),
        now=_now,
        new_id=Ids(),
        identifier="ingest-test",
    )
    running = asyncio.ensure_future(ingest.run())
    try:
        async with asyncio.timeout(10):
            await ingest.listening.wait()
        yield ingest
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def _hub(broker: Broker) -> AsyncIterator[aiomqtt.Client]:
    login = broker.login(HUB)
    async with aiomqtt.Client(
        "127.0.0.1",
        broker.port,
        username=HUB,
        password=str(login["password"]),
        protocol=aiomqtt.ProtocolVersion.V5,
        identifier=HUB,
    ) as client:
        await client.subscribe(f"hub/{HUB}/down/#", qos=1)
        yield client


async def _hears(client: aiomqtt.Client, wanted: type[T], fits: Callable[[T], bool]) -> T:
    async with asyncio.timeout(15):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            heard = parse_down(message.payload)
            if isinstance(heard, wanted) and fits(heard):
                return heard
    raise AssertionError("unreachable: the connection ended")


def _up(kind: str) -> str:
    return f"hub/{HUB}/up/{kind}"


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(incident)).scalar_one()


async def test_a_press_is_kept_receipted_and_answered(database: Database, broker: Broker) -> None:
    await database.run(settle)
    async with _listening(database, broker), _hub(broker) as hub:
        press = told()
        await hub.publish(_up("incident"), wire(press), qos=1)
        await _hears(hub, Receipt, lambda one: press.event_id in one.of)
        assert await database.run(_count) == 1


async def test_who_helps_is_told_without_being_asked(
    sqlite_database: Database, broker: Broker
) -> None:
    await sqlite_database.run(settle)
    async with _listening(sqlite_database, broker), _hub(broker) as hub:
        await hub.publish(_up("incident"), wire(told()), qos=1)
        await _hears(hub, IncidentState, lambda one: one.status is IncidentStatus.OPEN)
        began = asyncio.get_running_loop().time()
        await sqlite_database.run(
            service.acknowledge, incident_id(), GP, Role.GP, "voice", None, NOON
        )
        state = await _hears(hub, IncidentState, lambda one: one.acknowledged_at is not None)
        assert state.acknowledged_name == "Doctor Lind"
        assert asyncio.get_running_loop().time() - began < 2


async def test_nonsense_is_counted_and_the_next_message_heard(
    sqlite_database: Database, broker: Broker
) -> None:
    def refusals(connection: Connection) -> dict[str, int]:
        return {row.reason: row._mapping["count"] for row in connection.execute(select(quarantine))}

    await sqlite_database.run(settle)
    hello = Hello(
        event_id=Ids()(NOON),
        hub_id=HUB,
        sent_at=NOON,
        boot_id="b",
        software="s",
    )
    async with _listening(sqlite_database, broker), _hub(broker) as hub:
        for payload in (b"\xff", b"[" * 9000, b"", b"{}"):
            await hub.publish(_up("incident"), payload, qos=1)
        await hub.publish(_up("heartbeat"), dump(hello), qos=1)
        await hub.publish(_up("incident"), wire(told(hub_id="hub-edwin", event=9)), qos=1)
        press = told()
        await hub.publish(_up("incident"), wire(press), qos=1)
        await _hears(hub, Receipt, lambda one: press.event_id in one.of)
    assert await sqlite_database.run(refusals) == {
        "not_utf8": 1,
        "depth": 1,
        "not_json": 1,
        "schema": 1,
        "wrong_kind": 1,
        "wrong_hub": 1,
    }


async def test_a_broker_that_was_killed_is_found_again(
    sqlite_database: Database, broker: Broker
) -> None:
    await sqlite_database.run(settle)
    async with _listening(sqlite_database, broker) as ingest:
        broker.kill()
        async with asyncio.timeout(10):
            while ingest.listening.is_set():  # noqa: ASYNC110 - it says when it is set, not unset
                await asyncio.sleep(0.02)
        await broker.resume()
        async with asyncio.timeout(10):
            await ingest.listening.wait()
        async with _hub(broker) as hub:
            press = told()
            await hub.publish(_up("incident"), wire(press), qos=1)
            await _hears(hub, Receipt, lambda one: press.event_id in one.of)


async def test_two_that_listen_share_the_work(sqlite_database: Database, broker: Broker) -> None:
    """Each message goes to one of them, and each hub gets every receipt."""
    await sqlite_database.run(settle)
    settings = _settings(sqlite_database, broker)
    both = [
        Ingest(
            sqlite_database,
            settings,
            now=_now,
            new_id=Ids(number * 100_000),
            identifier=f"ingest-{number}",
        )
        for number in (1, 2)
    ]
    running = [asyncio.ensure_future(one.run()) for one in both]
    try:
        async with asyncio.timeout(10):
            await asyncio.gather(*(one.listening.wait() for one in both))
        async with _hub(broker) as hub:
            presses = [told(incident=n) for n in range(1, 21)]
            for press in presses:
                await hub.publish(_up("incident"), wire(press), qos=1)
            missing = {press.event_id for press in presses}
            while missing:
                receipt = await _hears(hub, Receipt, lambda _: True)
                missing -= set(receipt.of)
        assert await sqlite_database.run(_count) == 20
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
