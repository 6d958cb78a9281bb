"""A whole home on a real broker, directed from its desk as the demo does it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import aiomqtt
import httpx
import pytest

from simulator.bridge import Broker as Address
from simulator.brokers import Broker
from simulator.control import Desk
from simulator.home import HomeAtWork
from simulator.house import build_house
from simulator.serving import serving
from tests.simulator.conftest import now
from tests.simulator.line import TRUST


@asynccontextmanager
async def home(broker: Broker) -> AsyncIterator[httpx.AsyncClient]:
    async with asyncio.TaskGroup() as group:
        at_work = HomeAtWork(build_house(1), 1, Address("127.0.0.1", broker.port), now)
        living = group.create_task(at_work.run())
        desk = Desk(at_work, group)
        async with (
            serving(desk.app(), 0) as port,
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", verify=TRUST, timeout=20
            ) as http,
        ):
            async with asyncio.timeout(10):
                await at_work.bridge.is_connected.wait()
                await at_work.terminals.is_connected.wait()
            yield http
        await desk.break_off()
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living


async def told(http: httpx.AsyncClient, path: str, **wish: Any) -> dict[str, Any]:
    answer = await http.post(path, json=wish)
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


async def test_a_story_says_when_its_criterion_was_met(home_broker: Broker) -> None:
    async with home(home_broker) as http:
        story = await told(http, "/story", story="sos_call", answer="silence", twin=False)
        presses = (await http.get("/presses")).json()["presses"]
        assert story["criterion_at"] == presses[0]["at"]
        assert presses[0]["action"] == "single"
        async with asyncio.timeout(5):
            while not presses[0]["acknowledged_at"]:
                presses = (await http.get("/presses")).json()["presses"]


async def test_smoke_counts_two_seconds_after_the_contact(home_broker: Broker) -> None:
    async with home(home_broker) as http:
        before = now()
        story = await told(http, "/story", story="smoke_fire", answer="fine", twin=False)
        criterion_at = datetime.fromisoformat(story["criterion_at"])
        assert 3 <= (criterion_at - before).total_seconds() < 6


async def test_a_twin_has_no_criterion(home_broker: Broker) -> None:
    async with home(home_broker) as http:
        story = await told(http, "/story", story="smoke_fire", variant="blip", twin=True)
        assert story["criterion_at"] is None


async def test_what_is_said_is_kept_and_answered_from_where_it_was_said(
    home_broker: Broker,
) -> None:
    async with (
        home(home_broker) as http,
        aiomqtt.Client("127.0.0.1", home_broker.port, protocol=aiomqtt.ProtocolVersion.V5) as hub,
    ):
        await hub.subscribe("hearthline/terminal/+/heard", qos=1)
        await told(http, "/answer", answer="help")
        sentence = {"key": "say.check", "text": "Are you all right?", "language": "en", "at": "-"}
        await hub.publish("hearthline/terminal/bedroom/say", json.dumps(sentence), qos=1)
        async with asyncio.timeout(10):
            heard = await anext(aiter(hub.messages))
        assert heard.topic.value == "hearthline/terminal/bedroom/heard"
        assert json.loads(bytes(heard.payload)) == {
            "text": "No, please help me",
            "confidence": 0.91,
        }
        said = (await http.get("/said")).json()["said"]
        assert [(one["terminal"], one["key"]) for one in said] == [("bedroom", "say.check")]


async def test_nonsense_for_a_terminal_is_no_sentence(home_broker: Broker) -> None:
    async with (
        home(home_broker) as http,
        aiomqtt.Client("127.0.0.1", home_broker.port, protocol=aiomqtt.ProtocolVersion.V5) as hub,
    ):
        for payload in (b"\xff", b"[]", b'{"key":"say.x"}'):
            await hub.publish("hearthline/terminal/bedroom/say", payload, qos=1)
        await asyncio.sleep(0.3)
        assert (await http.get("/said")).json()["said"] == []


async def test_the_resident_stands_up_after_a_fall(home_broker: Broker) -> None:
    async with (
        home(home_broker) as http,
        aiomqtt.Client("127.0.0.1", home_broker.port, protocol=aiomqtt.ProtocolVersion.V5) as hub,
    ):
        await told(http, "/story", story="fall", answer="fine")
        await hub.subscribe("zigbee2mqtt/+", qos=1)
        await told(http, "/stand_up")
        async with asyncio.timeout(15):
            async for message in hub.messages:
                if message.topic.value == "zigbee2mqtt/Hall motion":
                    assert json.loads(bytes(message.payload))["occupancy"] is True
                    break


async def test_a_press_of_any_button(home_broker: Broker) -> None:
    async with home(home_broker) as http:
        pressed = await told(http, "/press", device="Bathroom pull cord", action="emergency")
        assert pressed["device"] == "Bathroom pull cord"
        assert (await http.get("/health")).json()["devices"] == 100


@pytest.mark.parametrize(
    ("path", "wish", "names"),
    [
        pytest.param("/story", {"story": "flood"}, "sos_call", id="no such story"),
        pytest.param("/story", {"story": "fall", "answer": "sings"}, "sings", id="no such answer"),
        pytest.param("/press", {"device": "Piano"}, "Piano", id="no such device"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused_in_words(
    home_broker: Broker, path: str, wish: dict[str, str], names: str
) -> None:
    async with home(home_broker) as http:
        answer = await http.post(path, json=wish)
        assert answer.status_code == 400
        assert names in answer.json()["error"]
