"""Two real brokers, a cloud of our own and the bridge of one small home, around a real hub."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt

from edge_agent.agent import Hub, start_hub
from edge_agent.settings import Settings, read_settings
from edge_agent.timeline import read_wall
from edge_agent.uplink import Pace
from simulator.brokers import Broker
from simulator.link import Link
from tests.edge_agent.fake_cloud import TOKEN, FakeCloud
from tests.edge_agent.small_home import DEVICES, HOME, pressed

BRISK = Pace(
    repeat=timedelta(milliseconds=300),
    jitter=timedelta(milliseconds=30),
    heartbeat=timedelta(milliseconds=400),
    https_after=timedelta(seconds=1),
    https_after_cut=timedelta(milliseconds=500),
    poll=timedelta(milliseconds=400),
    first_retry=timedelta(milliseconds=50),
    longest_retry=timedelta(seconds=1),
    urgent_retry=timedelta(milliseconds=200),
)
"""The hub's figures about fifteen times faster; the code is the same."""


@dataclass(slots=True)
class Watch:
    """The two clocks of a hub; both can be put forward, and the wall clock alone be stepped."""

    passed: timedelta = timedelta(0)
    stepped: timedelta = timedelta(0)

    def monotonic(self) -> float:
        return time.monotonic() + self.passed.total_seconds()

    def wall(self) -> datetime:
        return read_wall() + self.passed + self.stepped


class Neighbourhood:
    """What a test acts with: press, look, cut, kill."""

    def __init__(self, folder: Path, home_file: str = HOME) -> None:
        self.folder = folder
        self.home_file = home_file
        self.home_broker: Broker
        self.cloud_broker: Broker
        self.link: Link
        self.cloud = FakeCloud()
        self.heard: list[tuple[str, Any]] = []
        """What went to the home's devices and terminals: topic and message."""
        self._bridge: aiomqtt.Client

    @asynccontextmanager
    async def living(self) -> AsyncIterator["Neighbourhood"]:
        self.home_broker = await Broker.start("home", self.folder / "home-broker")
        self.cloud_broker = await Broker.start("cloud", self.folder / "cloud-broker")
        self.link = Link("127.0.0.1", self.cloud_broker.port)
        await self.link.start()
        try:
            async with self.cloud.running(self.cloud_broker), self._bridging():
                yield self
        finally:
            await self.link.stop()
            await self.home_broker.stop()
            await self.cloud_broker.stop()

    @asynccontextmanager
    async def _bridging(self) -> AsyncIterator[None]:
        async with aiomqtt.Client(
            "127.0.0.1", self.home_broker.port, protocol=aiomqtt.ProtocolVersion.V5
        ) as self._bridge:
            await self._bridge.subscribe("zigbee2mqtt/+/set", qos=1)
            await self._bridge.subscribe("hearthline/terminal/+/say", qos=1)
            await self._bridge.subscribe("hearthline/finding/#", qos=1)
            await self.publish("zigbee2mqtt/bridge/devices", DEVICES, retain=True)
            await self.publish("zigbee2mqtt/bridge/state", b'{"state":"online"}', retain=True)
            listening = asyncio.create_task(self._listen())
            try:
                yield
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        await self._bridge.publish(topic, payload, qos=1, retain=retain)

    async def press(self, action: str = "single", at: datetime | None = None) -> None:
        await self.publish("zigbee2mqtt/pendant", pressed(at or read_wall(), action))

    def said(self) -> list[str]:
        return [message["key"] for topic, message in self.heard if topic.endswith("/say")]

    def settings(self, **changes: Any) -> Settings:
        return read_settings(self.settings_file(**changes))

    def settings_file(self, **changes: Any) -> Path:
        (self.folder / "home.toml").write_text(self.home_file)
        told = {
            "hub_id": "hub-one",
            "home_file": "home.toml",
            "data_dir": "hub",
            "cloud_url": f"http://127.0.0.1:{self.cloud.https_port}",
            "hub_token": TOKEN,
            "resident_pin": "4711",
            "duress_word": "marigold",
            **changes,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
        for table, port in (
            ("home_broker", self.home_broker.port),
            ("cloud_broker", self.link.port),
        ):
            lines += ["", f"[{table}]", 'host = "127.0.0.1"', f"port = {port}"]
        path = self.folder / "hub.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    @asynccontextmanager
    async def hub(
        self, watch: "Watch | None" = None, pace: Pace = BRISK, **changes: Any
    ) -> AsyncIterator[Hub]:
        """A hub in this process, live; ended at the end of the block."""
        watch = watch or Watch()
        hub = start_hub(self.settings(**changes), pace, wall=watch.wall, monotonic=watch.monotonic)
        running = asyncio.create_task(hub.run())
        try:
            async with asyncio.timeout(10):
                await hub.home.live.wait()
            await self.until(lambda: hub.heart.devices)
            yield hub
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            hub.journal.close()

    async def hub_process(self) -> Process:
        """A hub as a process of its own, live; kill it by its id."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edge_agent", "run"),
            *("--settings", str(self.settings_file())),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        async with asyncio.timeout(20):
            line = await process.stdout.readline()
        assert json.loads(line)["event"] == "ready"
        return process

    async def until(self, holds: Any, seconds: float = 15) -> None:
        await self.cloud.until(holds, seconds)

    async def _listen(self) -> None:
        async for message in self._bridge.messages:
            assert isinstance(message.payload, bytes)
            self.heard.append((str(message.topic), json.loads(message.payload)))
