"""The cloud's broker as we ship it: a hub is who its certificate says, and hears only its own."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
import pytest

from deploy.certificates import main
from simulator.brokers import mosquitto_path
from simulator.ports import free_port
from tests.mosquitto import only_mosquitto

ROOT = Path(__file__).resolve().parents[2]
pytestmark = only_mosquitto


@dataclass(frozen=True, slots=True)
class ShippedBroker:
    """deploy/mosquitto/cloud.conf with its paths and ports changed, nothing else."""

    folder: Path
    hub_port: int
    service_port: int

    def hub(self, certificate: str | None, identifier: str) -> aiomqtt.Client:
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.check_hostname = False  # the test's broker is 127.0.0.1
        if certificate:
            context.load_cert_chain(
                self.folder / f"{certificate}.pem", self.folder / f"{certificate}.key"
            )
        return aiomqtt.Client(
            "127.0.0.1",
            self.hub_port,
            identifier=identifier,
            protocol=aiomqtt.ProtocolVersion.V5,
            tls_context=context,
            timeout=3,
        )

    def service(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            "127.0.0.1",
            self.service_port,
            identifier="ingest-1",
            username="ingest",
            password="secret",
            protocol=aiomqtt.ProtocolVersion.V5,
            timeout=3,
        )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    assert main(["authority", str(folder)]) == 0
    for kind, name in (("broker", "broker"), ("hub", "hub-one"), ("hub", "hub-two")):
        assert main([kind, str(folder), name]) == 0
    return folder


@pytest.fixture(scope="module")
def service_passwords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    passwords = tmp_path_factory.mktemp("passwords") / "services.passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "ingest", "secret"], check=True)
    return passwords


@pytest.fixture
async def broker(
    certificates: Path, service_passwords: Path, tmp_path: Path
) -> AsyncIterator[ShippedBroker]:
    shipped = ShippedBroker(certificates, free_port(), free_port())
    config = (ROOT / "deploy/mosquitto/cloud.conf").read_text()
    for name in ("hubs.acl", "services.acl"):
        (tmp_path / name).write_text((ROOT / "deploy/mosquitto" / name).read_text())
        config = config.replace(f"/etc/hearthline/{name}", str(tmp_path / name))
    config = (
        config.replace("/etc/hearthline/services.passwords", str(service_passwords))
        .replace("/etc/hearthline/", f"{certificates}/")
        .replace("listener 8883", f"listener {shipped.hub_port} 127.0.0.1")
        .replace("listener 1884", f"listener {shipped.service_port}")
        .replace("/var/lib/mosquitto/", f"{tmp_path}/")
    )
    (tmp_path / "cloud.conf").write_text(f"user root\n{config}")
    process = await asyncio.create_subprocess_exec(
        str(mosquitto_path()), "-c", str(tmp_path / "cloud.conf")
    )
    try:
        await _answers(shipped.hub_port)
        await _answers(shipped.service_port)
        yield shipped
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


@asynccontextmanager
async def listening(client: aiomqtt.Client, topic: str) -> AsyncIterator[list[str]]:
    """The topics of what `client` hears on `topic` while the block runs."""
    heard: list[str] = []
    async with client:
        await client.subscribe(topic, qos=1)

        async def listen() -> None:
            async for message in client.messages:
                heard.append(str(message.topic))  # noqa: PERF401 - seen while it still listens

        task = asyncio.create_task(listen())
        try:
            yield heard
            await asyncio.sleep(0.3)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("topic", "arrives"),
    [
        pytest.param("hub/hub-one/up/incident", True, id="its own incident"),
        pytest.param("hub/hub-two/up/incident", False, id="an incident in another's name"),
        pytest.param("hub/hub-two/down/receipt", False, id="a receipt nobody gave"),
        pytest.param("hub/hub-one/down/receipt", False, id="a receipt to itself"),
    ],
)
async def test_a_hub_speaks_only_for_itself(
    broker: ShippedBroker,
    topic: str,
    arrives: bool,
) -> None:
    async with listening(broker.service(), "hub/#") as heard, broker.hub("hub-one", "x") as hub:
        await hub.publish(topic, b"{}", qos=1)
    assert (topic in heard) is arrives


async def test_a_hub_hears_only_what_is_meant_for_it(broker: ShippedBroker) -> None:
    async with listening(broker.hub("hub-one", "x"), "#") as heard, broker.service() as cloud:
        await cloud.publish("hub/hub-one/down/receipt", b"{}", qos=1)
        await cloud.publish("hub/hub-two/down/receipt", b"{}", qos=1)
    assert set(heard) == {"hub/hub-one/down/receipt"}


async def test_ingest_shares_the_hubs_between_its_processes(broker: ShippedBroker) -> None:
    shared = "$share/ingest/hub/+/up/+"
    async with listening(broker.service(), shared) as heard, broker.hub("hub-two", "x") as hub:
        await hub.publish("hub/hub-two/up/hello", b"{}", qos=1)
    assert heard == ["hub/hub-two/up/hello"]


async def test_nobody_comes_in_without_a_certificate(broker: ShippedBroker) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with broker.hub(None, "hub-one"):
            pass


async def test_another_hub_cannot_take_over_a_session_by_its_client_id(
    broker: ShippedBroker,
) -> None:
    first = listening(broker.hub("hub-one", "hub-one"), "hub/hub-one/down/+")
    second = broker.hub("hub-two", "hub-one")
    async with first as heard, second, broker.service() as cloud:
        await cloud.publish("hub/hub-one/down/say", b"{}", qos=1)
        await asyncio.sleep(0.3)
    assert heard == ["hub/hub-one/down/say"]


def test_the_script_refuses_to_replace_an_authority(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hub", str(tmp_path), "hub-one"]) == 1
    assert "no authority" in capsys.readouterr().err
    assert main(["authority", str(tmp_path)]) == 0
    assert main(["hub", str(tmp_path), "hub-one"]) == 0
    assert (tmp_path / "hub-one.key").stat().st_mode & 0o777 == 0o600
    assert main(["authority", str(tmp_path)]) == 1
    assert "every hub trusts it" in capsys.readouterr().err
