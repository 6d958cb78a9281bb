"""A recorded day: replayed through the heart, or told to a new hub as its past."""

import json
import lzma
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.agent import read_trace
from edge_agent.agent.trace import Line, TraceError
from edge_agent.journal import recall_readings
from edge_agent.timeline import read_wall
from tests.edge_agent.neighbourhood import Neighbourhood
from tests.edge_agent.small_home import DEVICES, HOME, THERMOMETER, pressed, warm
from vocabulary.observation import Kind

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _line(at: datetime, topic: str, payload: bytes, *, retained: bool = False) -> bytes:
    for plain, escaped in ((b"\\", b"\\\\"), (b"\t", b"\\t"), (b"\n", b"\\n"), (b"\r", b"\\r")):
        payload = payload.replace(plain, escaped)
    millis = str(int(at.timestamp() * 1000)).encode()
    columns = [millis, topic.encode(), payload, *([b"r"] if retained else [])]
    return b"\t".join(columns) + b"\n"


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "edge_agent", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["day.trace", "day.trace.xz"])
def test_payloads_come_back_byte_for_byte(tmp_path: Path, name: str) -> None:
    awkward = b'{"a":"tab\there\\n","b":"\xff\xfe\r\n\\\\"}'
    text = _line(NOON, "a/b", awkward) + _line(NOON, "c", b"", retained=True)
    path = tmp_path / name
    path.write_bytes(lzma.compress(text) if name.endswith(".xz") else text)
    first, second = read_trace(path)
    assert first == Line(NOON, "a/b", awkward, is_retained=False)
    assert (second.payload, second.is_retained) == (b"", True)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"12\ta\n", id="a column short"),
        pytest.param(b"noon\ta\tb\n", id="no instant"),
        pytest.param(b"12\ta\tb\tx\n", id="an unknown mark"),
        pytest.param(b"12\ta\tb\\q\n", id="an unknown escape"),
        pytest.param(b"12\ta\tb\\\n", id="an escape cut off"),
        pytest.param(b"9" * 30 + b"\ta\tb\n", id="an instant beyond time"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "day.trace"
    path.write_bytes(_line(NOON, "a", b"") + line)
    with pytest.raises(TraceError, match=r"day\.trace:2: "):
        list(read_trace(path))


def test_replay_prints_each_finding_once(tmp_path: Path) -> None:
    (tmp_path / "home.toml").write_text(HOME)
    trace = tmp_path / "day.trace"
    trace.write_bytes(
        _line(NOON, "zigbee2mqtt/bridge/devices", DEVICES, retained=True)
        + _line(NOON + timedelta(seconds=5), "zigbee2mqtt/thermometer", warm(21, NOON))
        + _line(NOON + timedelta(seconds=9), "zigbee2mqtt/radar", b'{"fall":true}')
        + _line(
            NOON + timedelta(hours=1),
            "zigbee2mqtt/pendant",
            pressed(NOON + timedelta(hours=1)),
        )
    )
    done = _run("replay", str(trace), "--home", str(tmp_path / "home.toml"))
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["slug"], one["state"], one["severity"]) for one in found] == [
        ("fall", "raised", "critical"),
        ("long_lie", "raised", "critical"),
        ("sos_call", "raised", "critical"),
    ]
    assert found[0]["room"] == "Bedroom"
    assert found[0]["facts"][0]["key"].startswith("fact.")
    assert set(found[0]) == {
        *("at", "slug", "variant", "severity", "state", "room", "facts", "missing", "counter")
    }


async def test_the_past_is_journaled_once_and_raises_nothing(tmp_path: Path) -> None:
    now = read_wall()
    async with Neighbourhood(tmp_path).living() as town:
        settings = town.settings_file()
        trace = tmp_path / "past.trace"
        trace.write_bytes(
            _line(now - timedelta(hours=20), "zigbee2mqtt/bridge/devices", DEVICES, retained=True)
            + b"".join(
                _line(now - timedelta(hours=hour), "zigbee2mqtt/thermometer", warm(20 + hour, now))
                for hour in range(19, 0, -1)
            )
        )
        for _ in range(2):
            done = _run("import", str(trace), "--settings", str(settings))
            assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"readings": 0}  # the second time

        async with town.hub() as hub:
            kept = [
                (seen.device, seen.value)
                for seen in hub.journal.readings(now - timedelta(days=1))
                if seen.kind is Kind.TEMPERATURE
            ]
            assert kept == [(THERMOMETER, 20 + hour) for hour in range(19, 0, -1)]
            assert not town.cloud.incidents


async def test_the_lights_and_the_devices_can_be_asked_for(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        settings = town.settings_file()
        empty = _run("coverage", "--home", str(tmp_path / "home.toml"))
        async with town.hub():
            await town.publish("zigbee2mqtt/thermometer", warm(21.0, read_wall()))
            await town.until(
                lambda: any(
                    seen.device == THERMOMETER
                    for seen in recall_readings(tmp_path / "hub" / "journal.db", NOON)
                )
            )
        lights = [json.loads(line) for line in empty.stdout.splitlines()]
        assert len(lights) == 29
        assert {light["state"] for light in lights} == {"blind"}
        listed = _run("devices", "--settings", str(settings))
        names = [json.loads(line)["name"] for line in listed.stdout.splitlines()]
        assert names == ["pendant", "lamp", "siren", "thermometer", "radar"]
        heard = [json.loads(line)["heard_at"] for line in listed.stdout.splitlines()]
        assert [one is not None for one in heard] == [False, False, False, True, False]
        lit = _run("coverage", "--settings", str(settings))
        states = {one["slug"]: one["state"] for one in map(json.loads, lit.stdout.splitlines())}
        assert states["sos_call"] == "degraded"
