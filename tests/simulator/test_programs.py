"""The programs as a demo starts them: processes that say when they are ready and end when told."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from twilio.rest import Client
from typer.testing import CliRunner

from simulator.__main__ import app
from simulator.brokers import Broker
from simulator.trace import read_trace
from tests.simulator.customer import ACCOUNT, TOKEN
from tests.simulator.line import THEM, US, ElsewhereHttpClient
from vocabulary.home import read_home

runner = CliRunner()


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", *arguments, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            ready: dict[str, Any] = json.loads(await process.stdout.readline())
        assert ready["event"] == "ready"
        yield process, ready
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_a_home_starts_writes_its_home_file_and_ends_when_told(
    home_broker: Broker, tmp_path: Path
) -> None:
    file = tmp_path / "home.toml"
    arguments = ("home", "--broker", home_broker.address, "--home-file", str(file))
    async with program(*arguments) as (process, ready):
        assert ready["devices"] == 100
        told = [device.match.path for device in read_home(file.read_text()).device]
        assert told.count("zigbee2mqtt") == 100
        assert len(told) > 100
        process.terminate()
        await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0


async def test_a_home_killed_with_9_is_reported_by_its_will(home_broker: Broker) -> None:
    async with program("home", "--broker", home_broker.address) as (process, _):
        async with aiomqtt.Client(
            "127.0.0.1", home_broker.port, protocol=aiomqtt.ProtocolVersion.V5
        ) as client:
            await client.subscribe("zigbee2mqtt/bridge/state", qos=1)
            async with asyncio.timeout(20):
                async for message in client.messages:
                    if message.payload == b'{"state":"offline"}':
                        break
                    process.kill()
        await process.communicate()


async def test_a_telephone_company_takes_a_call_from_the_sdk(tmp_path: Path) -> None:
    people = tmp_path / "people.json"
    people.write_text(json.dumps({THEM: {"name": "Ada", "behaviour": "busy"}}))
    arguments = ("--account-sid", ACCOUNT, "--auth-token", TOKEN, "--people", str(people))
    async with program("phone", *arguments) as (process, ready):
        sdk = Client(ACCOUNT, TOKEN, http_client=ElsewhereHttpClient(ready["api"]))
        call = await asyncio.to_thread(
            sdk.calls.create, to=THEM, from_=US, twiml="<Response><Hangup/></Response>"
        )
        assert str(call.status) == "queued"
        process.terminate()
        await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0


def test_a_past_and_a_story_are_written(tmp_path: Path) -> None:
    past, story = tmp_path / "past.trace.xz", tmp_path / "story.trace"
    until = "2026-11-22T18:00:00"
    written = runner.invoke(app, ["past", "--out", str(past), "--days", "0.1", "--until", until])
    assert json.loads(written.stdout)["lines"] == len(list(read_trace(past)))
    told = runner.invoke(app, ["story", "fall", "--out", str(story), "--at", until])
    assert json.loads(told.stdout)["criterion_at"] == "2026-11-22T18:00:01+00:00"
    assert any(b'"fall_down_status":"fall"' in one.message.payload for one in read_trace(story))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        pytest.param(["story", "flood", "--out", "x"], "sos_call", id="no such story"),
        pytest.param(["home", "--broker", "nowhere"], "HOST:PORT", id="no address"),
        pytest.param(
            ["phone", "--account-sid", "AC", "--auth-token", "t", "--people", "no.json"],
            "no.json",
            id="no people",
        ),
    ],
)
def test_wrong_usage_is_said_in_words(arguments: list[str], names: str) -> None:
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert names in result.stderr
