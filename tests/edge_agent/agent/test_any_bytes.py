"""Any client of the home's broker may send anything: the next press is heard all the same."""

import random
import time
from pathlib import Path

import pytest

from edge_agent.mqtt_client import Incoming
from tests.edge_agent.neighbourhood import Neighbourhood
from vocabulary.wire import Heartbeat

AWKWARD = [
    (b"zigbee2mqtt/pendant", b""),
    (b"zigbee2mqtt/pendant", b"\xff\xfe\x00"),
    (b"zigbee2mqtt/pendant", b"[" * 60_000),
    (b"zigbee2mqtt/pendant", b"{" * 60_000),
    (b"zigbee2mqtt/pendant", b'{"action":"single","action":"hold"}'),
    (b"zigbee2mqtt/pendant", b'{"action":{"deep":[1]},"battery":NaN}'),
    (b"zigbee2mqtt/pendant", b'{"last_seen":"2099-01-01T00:00:00Z","battery":1e400}'),
    (b"zigbee2mqtt/thermometer", b'{"temperature":' + b"9" * 4000 + b"}"),
    (b"zigbee2mqtt/nobody", b'{"action":"single"}'),
    (b"zigbee2mqtt/bridge/devices", b"[]"),
    (b"zigbee2mqtt/bridge/devices", b'[{"ieee_address":7},null]'),
    (b"zigbee2mqtt/bridge/devices", b"x" * 100_000),
    (b"zigbee2mqtt/bridge/state", b'{"state":[]}'),
    (b"hearthline/terminal/hall/heard", b'{"text":null}'),
    (b"zigbee2mqtt/" + "ünï/çö/🔥".encode(), b"1"),
]


async def test_nonsense_is_refused_and_counted_and_the_press_after_it_is_heard(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        for topic, payload in AWKWARD:
            await town.publish(topic.decode(), payload)
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        assert len(hub.heart.devices) == 5
        await town.until(lambda: town.cloud.of(Heartbeat)[-1].refused > 5)
        assert "message_failed" not in town.cloud.of(Heartbeat)[-1].faults


@pytest.mark.slow  # measures: not beside other tests, not under a coverage tracer
async def test_no_message_takes_longer_than_50_ms(tmp_path: Path) -> None:
    """Mutations of real messages, straight into the hub, fixed seed."""
    rng = random.Random(7)
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        worst = 0.0
        for number in range(1500):
            topic, payload = AWKWARD[number % len(AWKWARD)]
            damaged = bytearray(payload or b"{}")
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            message = Incoming(
                topic.decode(), bytes(damaged), 0, 0, is_retained=False, is_repeat=False
            )
            began = time.thread_time()  # of our own work: this machine may have others to do
            hub.take(message)
            worst = max(worst, time.thread_time() - began)
        assert worst < 0.05
        assert "message_failed" not in hub.report.faults
        await town.press()
        await town.until(lambda: town.cloud.incidents)
