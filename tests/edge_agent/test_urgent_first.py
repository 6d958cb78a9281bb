"""A siren waits for no display: what somebody must act on goes before what is only shown."""

import asyncio
from datetime import timedelta
from pathlib import Path

import aiomqtt

from edge_agent.mqtt_client import Address
from edge_agent.mqtt_ingest import HomeBroker, Outgoing
from edge_agent.timeline import read_wall
from simulator.brokers import Broker

SHOWN = 200


def _shown(number: int) -> Outgoing:
    until = read_wall() + timedelta(minutes=1)
    topic = f"hearthline/risk/{number}"
    return Outgoing(topic, b"OFF", until, is_retained=True, needs_listener=False)


def _siren() -> Outgoing:
    return Outgoing("zigbee2mqtt/siren/set", b"{}", read_wall() + timedelta(minutes=1))


async def test_a_command_overtakes_what_waits_to_be_shown(tmp_path: Path) -> None:
    broker = await Broker.start("home", tmp_path)
    home = HomeBroker(Address("127.0.0.1", broker.port), "hub", read_wall, lambda _: None)
    heard: list[str] = []
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5
    ) as display:
        await display.subscribe("zigbee2mqtt/siren/set", qos=1)
        await display.subscribe("hearthline/#", qos=1)
        for number in range(SHOWN):
            home.publish(_shown(number), str(number))
        home.publish(_siren(), "siren")
        running = asyncio.create_task(home.run())
        async with asyncio.timeout(20):
            async for message in display.messages:
                heard.append(str(message.topic))
                if len(heard) == SHOWN // 2:
                    home.publish(_siren(), "siren")  # while the rest is still being sent
                if len(heard) == SHOWN + 2:
                    break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await broker.stop()
    first, second = (n for n, topic in enumerate(heard) if topic == "zigbee2mqtt/siren/set")
    assert first == 0
    assert second < SHOWN
