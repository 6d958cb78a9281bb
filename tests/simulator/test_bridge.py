"""A bridge on a real broker: nothing said is lost, whatever happens to the broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from simulator.bridge import Bridge, Sent
from simulator.bridge import Broker as Address
from simulator.brokers import Broker
from simulator.cache import Cache, iso_8601
from simulator.change import Change
from simulator.house import build_house
from tests.simulator.conftest import now

HOUSE = build_house(1)


@asynccontextmanager
async def bridged(broker: Broker) -> AsyncIterator[Bridge]:
    address = Address("127.0.0.1", broker.port)
    bridge = Bridge(HOUSE, Cache(HOUSE), address, now)
    task = asyncio.create_task(bridge.run())
    try:
        yield bridge
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def listening(broker: Broker, topic: str) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5
    ) as client:
        await client.subscribe(topic, qos=1)
        yield client


async def next_message(client: aiomqtt.Client, seconds: float = 10) -> aiomqtt.Message:
    async with asyncio.timeout(seconds):
        async for message in client.messages:
            return message
    raise AssertionError("the connection ended")


async def taken(sent: Sent, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while sent.acknowledged_at is None:  # noqa: ASYNC110 - what is waited for is the broker's doing
            await asyncio.sleep(0.01)


def press() -> Change:
    return Change(now(), "SOS pendant", action="single", by_person=True)


async def test_a_press_reaches_whoever_listens_and_is_known_to_be_taken(
    home_broker: Broker,
) -> None:
    async with bridged(home_broker) as bridge, listening(home_broker, "zigbee2mqtt/+") as client:
        sent = bridge.notice(press())
        message = await next_message(client)
        assert message.topic.value == "zigbee2mqtt/SOS pendant"
        assert json.loads(str(message.payload, "utf-8"))["action"] == "single"
        await taken(sent)
        assert [one.id for one in bridge.presses] == [sent.id]
        assert (bridge.unsent, sent.tries) == (0, 1)


async def test_who_comes_later_finds_the_devices_announced(home_broker: Broker) -> None:
    async with bridged(home_broker) as bridge:
        await asyncio.wait_for(bridge.is_connected.wait(), 10)
        async with listening(home_broker, "zigbee2mqtt/bridge/#") as client:
            found = [await next_message(client) for _ in range(2)]
        assert {message.topic.value for message in found} == {
            "zigbee2mqtt/bridge/state",
            "zigbee2mqtt/bridge/devices",
        }
        assert all(message.retain for message in found)


async def test_pressed_while_the_broker_lies_dead_it_is_delivered_afterwards(
    home_broker: Broker,
) -> None:
    """The broker is killed with -9; the press waits at the bridge until there is one again."""
    async with bridged(home_broker) as bridge:
        await asyncio.wait_for(bridge.is_connected.wait(), 10)
        home_broker.kill()
        sent = bridge.notice(press())
        await asyncio.sleep(0.5)
        assert sent.acknowledged_at is None
        assert bridge.unsent == 1
        await home_broker.resume()
        async with listening(home_broker, "zigbee2mqtt/+") as client:
            message = await next_message(client)
        assert b'"action":"single"' in bytes(message.payload)
        await taken(sent)
        assert bridge.unsent == 0


async def test_killed_in_the_midst_of_a_hundred_presses_every_one_is_taken(
    home_broker: Broker,
) -> None:
    """What was pressed after the kill is heard by a hub with a session of its own, in order."""
    heard: list[str] = []

    async def hub() -> None:
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types
        session.SessionExpiryInterval = 3600
        while True:
            with suppress(aiomqtt.MqttError):
                async with aiomqtt.Client(
                    "127.0.0.1",
                    home_broker.port,
                    identifier="hub",
                    protocol=aiomqtt.ProtocolVersion.V5,
                    clean_start=False,
                    properties=session,
                ) as client:
                    await client.subscribe("zigbee2mqtt/+", qos=1)
                    listens.set()
                    async for message in client.messages:
                        said = json.loads(bytes(message.payload))
                        if "action" in said:
                            heard.append(said["last_seen"])
            await asyncio.sleep(0.05)

    listens = asyncio.Event()
    async with bridged(home_broker) as bridge:
        listener = asyncio.create_task(hub())
        await asyncio.wait_for(bridge.is_connected.wait(), 10)
        await asyncio.wait_for(listens.wait(), 10)
        presses = []
        for number in range(100):
            presses.append(bridge.notice(press()))
            await asyncio.sleep(0.003)
            if number == 50:
                home_broker.kill()
        await home_broker.resume()
        for sent in presses:
            await taken(sent)
        after_the_kill = [iso_8601(sent.at) for sent in presses[51:]]
        async with asyncio.timeout(10):
            while not set(after_the_kill) <= set(heard):  # noqa: ASYNC110 - the broker's doing
                await asyncio.sleep(0.02)
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
    once = dict.fromkeys(heard)
    assert [at for at in once if at in set(after_the_kill)] == after_the_kill


async def test_a_command_is_obeyed_told_and_kept(home_broker: Broker) -> None:
    async with (
        bridged(home_broker) as bridge,
        listening(home_broker, "zigbee2mqtt/Hall path light") as client,
    ):
        await asyncio.wait_for(bridge.is_connected.wait(), 10)
        await client.publish("zigbee2mqtt/Hall path light/set", '{"state":"ON"}', qos=1)
        message = await next_message(client)
        assert json.loads(bytes(message.payload))["state"] == "ON"
        switched = bridge.switched[0]
        assert (switched.device, switched.use, switched.room) == (
            "Hall path light",
            "path_light",
            "Hall",
        )
        assert switched.is_on
        assert switched.refused == ""


async def test_a_command_to_a_name_with_a_slash_arrives_and_a_bad_one_is_shown(
    home_broker: Broker,
) -> None:
    async with (
        bridged(home_broker) as bridge,
        listening(home_broker, "zigbee2mqtt/bedroom/radiator") as client,
    ):
        await asyncio.wait_for(bridge.is_connected.wait(), 10)
        topic = "zigbee2mqtt/bedroom/radiator/set"
        await client.publish(topic, '{"no_such_thing":1}', qos=1)
        await client.publish(topic, '{"occupied_heating_setpoint":21}', qos=1)
        await next_message(client)
        assert [bool(one.refused) for one in bridge.switched] == [True, False]


async def test_a_bridge_that_stops_says_so(home_broker: Broker) -> None:
    topic = "zigbee2mqtt/bridge/state"
    async with listening(home_broker, topic) as client:
        async with bridged(home_broker):
            assert (await next_message(client)).payload == b'{"state":"online"}'
        assert (await next_message(client)).payload == b'{"state":"offline"}'
