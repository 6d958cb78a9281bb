"""The home's broker as we ship it: the hub alone says how things stand, a display only looks."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
import pytest

from simulator.brokers import mosquitto_path
from simulator.ports import free_port
from tests.mosquitto import only_mosquitto

ROOT = Path(__file__).resolve().parents[2]
HUB = "hearthline"
USERS = (HUB, "zigbee2mqtt", "homeassistant", "hall", "television", "hub", "home", "boiler-co")
pytestmark = only_mosquitto


@dataclass(frozen=True, slots=True)
class ShippedBroker:
    """deploy/mosquitto/home.conf with its paths and port changed, nothing else."""

    port: int

    def login(self, user: str | None) -> aiomqtt.Client:
        return aiomqtt.Client(
            "127.0.0.1",
            self.port,
            identifier=user or "nobody",
            username=user,
            password="secret" if user else None,
            protocol=aiomqtt.ProtocolVersion.V5,
            timeout=3,
        )


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("passwords") / "home.passwords"
    file.touch()
    for user in USERS:
        subprocess.run(["mosquitto_passwd", "-b", str(file), user, "secret"], check=True)
    return file


@pytest.fixture
async def broker(passwords: Path, tmp_path: Path) -> AsyncIterator[ShippedBroker]:
    shipped = ShippedBroker(free_port())
    rules = tmp_path / "home.acl"
    rules.write_text((ROOT / "deploy/mosquitto/home.acl").read_text())
    config = (
        (ROOT / "deploy/mosquitto/home.conf")
        .read_text()
        .replace("/etc/hearthline/home.passwords", str(passwords))
        .replace("/etc/hearthline/home.acl", str(rules))
        .replace("listener 1883", f"listener {shipped.port} 127.0.0.1")
        .replace("/var/lib/mosquitto/", f"{tmp_path}/")
    )
    (tmp_path / "home.conf").write_text(f"user root\n{config}")
    process = await asyncio.create_subprocess_exec(
        str(mosquitto_path()), "-c", str(tmp_path / "home.conf")
    )
    try:
        await _answers(shipped)
        yield shipped
    finally:
        process.terminate()
        await process.wait()


async def _answers(broker: ShippedBroker) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                async with broker.login(HUB):
                    return
            except aiomqtt.MqttError:
                await asyncio.sleep(0.05)


async def _arrives(broker: ShippedBroker, sender: str, reader: str, topic: str) -> bool:
    async with broker.login(reader) as listening, broker.login(sender) as speaking:
        await listening.subscribe(topic, qos=1)
        await speaking.publish(topic, b"x", qos=1)
        try:
            async with asyncio.timeout(0.4):
                async for _ in listening.messages:
                    return True
        except TimeoutError:
            return False
    return False


CONFIG = "homeassistant/device/hearthline_hub-one/config"


@pytest.mark.parametrize(
    "topic",
    [
        "hearthline/status",
        "hearthline/coverage",
        "hearthline/incidents",
        "hearthline/incident/0199",
        "hearthline/risk/fall",
        "hearthline/finding/fall",
        CONFIG,
    ],
)
async def test_home_assistant_sees_what_the_hub_shows(broker: ShippedBroker, topic: str) -> None:
    assert await _arrives(broker, HUB, "homeassistant", topic)


@pytest.mark.parametrize("sender", [user for user in USERS if user != HUB])
@pytest.mark.parametrize("topic", ["hearthline/status", "hearthline/risk/fall", CONFIG])
async def test_nobody_else_says_how_things_stand(
    broker: ShippedBroker, sender: str, topic: str
) -> None:
    assert not await _arrives(broker, sender, HUB, topic)


def test_the_how_to_gives_the_hub_the_log_in_that_the_rules_know() -> None:
    """A node's log-in is its name, and it may write `<name>/status`: the hub's must be the hub."""
    how_to = (ROOT / "docs/how-to/attach-zigbee2mqtt.md").read_text()
    (settings,) = re.findall(r"^ *\[home_broker\]\n.*?\n\n", how_to, re.MULTILINE | re.DOTALL)
    assert f'username = "{HUB}"' in settings
    rules = (ROOT / "deploy/mosquitto/home.acl").read_text()
    owners = re.findall(
        r"^user (.+)\n(?:topic .*\n)*topic write hearthline/#$", rules, re.MULTILINE
    )
    assert owners == [HUB]


async def test_a_node_tells_of_itself_alone(broker: ShippedBroker) -> None:
    assert await _arrives(broker, "boiler-co", HUB, "boiler-co/status")
    assert not await _arrives(broker, "boiler-co", HUB, "hall/status")


@pytest.mark.parametrize(
    ("sender", "reader", "topic", "may"),
    [
        pytest.param("homeassistant", HUB, "homeassistant/status", True, id="it has started"),
        pytest.param("hall", HUB, "hearthline/terminal/hall/heard", True, id="its own reply"),
        pytest.param("hall", HUB, "hearthline/terminal/bath/heard", False, id="another's reply"),
        pytest.param(
            HUB, "homeassistant", "hearthline/terminal/hall/say", False, id="not for a display"
        ),
        pytest.param(HUB, "television", "hearthline/risk/fall", False, id="nor for a television"),
        pytest.param(HUB, "hall", "hearthline/risk/fall", False, id="nor for a terminal"),
        pytest.param(HUB, "zigbee2mqtt", "zigbee2mqtt/siren/set", True, id="a command"),
        pytest.param(
            HUB, "homeassistant", "homeassistant/lock/door/config", False, id="no other device"
        ),
    ],
)
async def test_everybody_keeps_to_their_part(
    broker: ShippedBroker, sender: str, reader: str, topic: str, may: bool
) -> None:
    assert await _arrives(broker, sender, reader, topic) is may


async def test_nobody_comes_in_without_a_log_in(broker: ShippedBroker) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with broker.login(None):
            pass
