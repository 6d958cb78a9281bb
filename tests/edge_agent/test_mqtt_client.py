"""What a real broker answers, and what must not be taken for delivery."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from edge_agent.mqtt_client import Address, CheckedClient, PublishRefusedError, until_lost
from simulator.brokers import Broker
from tests.mosquitto import only_mosquitto


@asynccontextmanager
async def _broker(folder: Path, *acl: str) -> AsyncIterator[Broker]:
    users = {"hub": "right", "house": "right"} if acl else {}
    broker = await Broker.start("home", folder, users=users, acl_lines=acl)
    try:
        yield broker
    finally:
        await broker.stop()


def _client(broker: Broker, name: str = "hub", **options: Any) -> CheckedClient:
    address = Address("127.0.0.1", broker.port, name, broker.users.get(name))
    return CheckedClient(address, name, **options)


@only_mosquitto
async def test_a_refused_publish_raises_and_says_why(tmp_path: Path) -> None:
    rules = ("user hub", "topic write allowed/#", "user house", "topic read #")
    async with _broker(tmp_path, *rules) as broker, _client(broker, "house") as house:
        await house.subscribe("#", qos=1)
        async with _client(broker) as hub:
            await hub.publish_checked("allowed/a", b"1")
            with pytest.raises(PublishRefusedError, match="forbidden/a: Not authorized"):
                await hub.publish_checked("forbidden/a", b"1")
            await hub.publish_checked("allowed/b", b"2")  # the connection goes on
        assert (await house.next_incoming()).topic == "allowed/a"
        assert (await house.next_incoming()).topic == "allowed/b"


@only_mosquitto
async def test_a_message_that_nobody_hears_counts_as_refused_unless_it_may(tmp_path: Path) -> None:
    async with _broker(tmp_path) as broker, _client(broker) as hub:
        with pytest.raises(PublishRefusedError, match="No matching subscribers"):
            await hub.publish_checked("a", b"1")
        await hub.publish_checked("a", b"1", needs_listener=False)


async def test_many_publishes_at_once_all_get_their_own_answer(tmp_path: Path) -> None:
    async with _broker(tmp_path) as broker, _client(broker, "house") as house:
        await house.subscribe("#", qos=1)
        async with _client(broker) as hub, asyncio.TaskGroup() as group:
            for number in range(100):
                group.create_task(hub.publish_checked(f"a/{number}", b"x"))
        topics = {(await house.next_incoming()).topic for _ in range(100)}
        assert len(topics) == 100


@only_mosquitto
async def test_what_was_not_acknowledged_is_delivered_again_and_marked(tmp_path: Path) -> None:
    async with _broker(tmp_path) as broker:
        async with _client(broker, session_seconds=60) as hub:
            await hub.subscribe("a/#", qos=1)
            async with _client(broker, "house") as house:
                await house.publish_checked("a/1", b"one")
                await house.publish_checked("a/2", b"two")
            first = await hub.next_incoming()
            assert not first.is_repeat
            hub.acknowledge(first)
            assert (await hub.next_incoming()).topic == "a/2"
            await asyncio.sleep(0.1)
        async with _client(broker, session_seconds=60) as hub:
            assert hub.has_session
            async with asyncio.timeout(5):
                again = await hub.next_incoming()
            assert again.topic == "a/2"
            assert again.is_repeat
            assert hub.inbox.empty()


async def test_a_broker_that_dies_is_noticed_by_reader_and_sender_at_once(tmp_path: Path) -> None:
    async with _broker(tmp_path) as broker, _client(broker) as hub:
        await hub.subscribe("a", qos=1)
        broker.kill()
        with pytest.raises(aiomqtt.MqttError):
            await asyncio.wait_for(hub.next_incoming(), 3)
        with pytest.raises(aiomqtt.MqttError):
            await asyncio.wait_for(hub.publish_checked("a", b"1"), 3)


async def test_a_door_that_opens_and_shuts_is_noticed_at_once() -> None:
    """Something accepts the connection, hears the greeting and hangs up without a word."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        client = CheckedClient(Address("127.0.0.1", server.sockets[0].getsockname()[1]), "hub")
        with pytest.raises(aiomqtt.MqttError, match="turned away"):
            await asyncio.wait_for(client.__aenter__(), 2)


async def _lose_line_and_group() -> None:
    async def lose() -> None:
        raise aiomqtt.MqttError("the cable is out")

    async with asyncio.TaskGroup() as group:
        group.create_task(lose())
        await asyncio.sleep(10)


async def test_a_lost_line_is_a_reason_any_other_fault_is_raised() -> None:
    async def stumble() -> None:
        raise ZeroDivisionError

    assert await until_lost(_lose_line_and_group(), "connection") == "the cable is out"
    with pytest.raises(ZeroDivisionError):
        await until_lost(stumble(), "connection")


async def test_whoever_is_told_to_end_ends_although_the_line_breaks_meanwhile() -> None:
    async def break_when_cancelled() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            raise aiomqtt.MqttError("broken while ending")

    async def forever() -> None:
        while True:
            await until_lost(break_when_cancelled(), "connection")

    task = asyncio.create_task(forever())
    await asyncio.sleep(0.05)
    task.cancel()
    done, _ = await asyncio.wait((task,), timeout=2)
    assert done
    assert task.cancelled()


@only_mosquitto
async def test_a_flood_at_qos_0_leaves_room_for_qos_1(tmp_path: Path) -> None:
    async with _broker(tmp_path) as broker:
        hub_client = _client(broker, inbox_size=30, receive_maximum=10)
        async with hub_client as hub, _client(broker, "house") as house:
            await hub.subscribe("#", qos=1)
            for number in range(200):
                await house.publish(f"flood/{number}", b"x", qos=0)
            await house.publish_checked("press", b"help")
            await asyncio.sleep(0.3)
            topics = [(await hub.next_incoming()).topic for _ in range(hub.inbox.qsize())]
            assert "press" in topics
            assert hub.dropped["inbox_full"] > 0


async def test_a_connection_that_loses_its_first_cancellation_ends_all_the_same() -> None:
    heard: list[str] = []

    async def deaf_once() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:  # as a wait inside aiomqtt may lose it
            heard.append("lost")
        await asyncio.sleep(60)

    running = asyncio.create_task(until_lost(deaf_once(), "deaf"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(running, return_exceptions=True)
    assert (running.cancelled(), heard) == (True, ["lost"])
