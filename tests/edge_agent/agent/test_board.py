"""Whoever logs in at the home's broker sees what the hub sees, and sees that it has gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from edge_agent.agent.shown import KEPT
from tests.edge_agent.neighbourhood import Neighbourhood, Watch
from vocabulary.incident import IncidentStatus

CONFIG = "homeassistant/device/hearthline_hub-one/config"
FALL = b'{"fall":true}'


class Display:
    """A client of the home's broker: the last word on each topic, and all that was said."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes]] = []

    def __getitem__(self, topic: str) -> Any:
        """The last JSON on that topic; None: nothing, or taken away."""
        last = self.last(topic)
        return json.loads(last) if last else None

    def last(self, topic: str) -> bytes | None:
        return next((payload for at, payload in reversed(self.told) if at == topic), None)

    def incidents(self) -> dict[str, Any]:
        topics = {topic for topic, _ in self.told if topic.startswith("hearthline/incident/")}
        return {topic: self[topic] for topic in topics if self[topic]}


@asynccontextmanager
async def _display(town: Neighbourhood) -> AsyncIterator[Display]:
    display = Display()
    async with aiomqtt.Client(
        "127.0.0.1", town.home_broker.port, protocol=aiomqtt.ProtocolVersion.V5
    ) as client:
        await client.subscribe("hearthline/#", qos=1)
        await client.subscribe("homeassistant/#", qos=1)

        async def listen() -> None:
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                display.told.append((str(message.topic), message.payload))

        listening = asyncio.create_task(listen())
        try:
            yield display
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def test_a_display_that_comes_later_sees_how_things_stand(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        (incident,) = town.cloud.incidents.values()
        topic = f"hearthline/incident/{incident.incident_id}"
        await asyncio.sleep(0.5)

        async with _display(town) as display:
            await town.until(lambda: display[topic] and display["hearthline/incidents"])
            assert display.last("hearthline/status") == b"online"
            assert display.last("hearthline/risk/sos_call") == b"ON"
            assert display["hearthline/incidents"] == {"open": 1, "highest_severity": "critical"}
            assert display[topic]["slug"] == "sos_call"
            assert display["hearthline/coverage"]["social_isolation"] == {
                "state": "blind",
                "reason": "no_detector_yet",
            }
            assert not [at for at, _ in display.told if at.startswith("hearthline/finding/")]
            assert "Lind" not in str(display.told)

            await town.cloud.say_down(
                town.cloud.state(incident.incident_id, IncidentStatus.ACKNOWLEDGED)
            )
            await town.until(lambda: display[topic]["acknowledged"])
            assert display[topic]["acknowledged_by"] == "gp"
            assert display[topic]["number"] == "H-1"
            assert "Lind" not in str(display[topic])


async def test_a_finding_is_shown_as_it_happens_without_a_room(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub(), _display(town) as display:
        await town.publish("zigbee2mqtt/radar", FALL)
        await town.until(lambda: display["hearthline/finding/fall"])
        shown = display["hearthline/finding/fall"]
        assert (shown["slug"], shown["state"]) == ("fall", "raised")
        await town.until(display.incidents)
        assert "Bedroom" not in str(display.told)


async def test_with_details_the_room_is_shown(tmp_path: Path) -> None:
    async with (
        Neighbourhood(tmp_path).living() as town,
        town.hub(publish_details=True),
        _display(town) as display,
    ):
        await town.publish("zigbee2mqtt/radar", FALL)
        await town.until(lambda: display["hearthline/finding/fall"] and display.incidents())
        assert display["hearthline/finding/fall"]["room"] == "Bedroom"
        assert [each["room"] for each in display.incidents().values()] == ["Bedroom"]


async def test_home_assistant_finds_the_hub_and_is_told_again_when_it_starts(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub(), _display(town) as display:
        await town.until(
            lambda: "risk_fall" in (display[CONFIG] or {"components": {}})["components"]
        )
        await town.until(lambda: display.last("hearthline/risk/fall") == b"OFF")
        assert display.last("hearthline/risk/smoke_fire") == b"None", "no alarm: never off"
        assert "risk_smoke_fire" not in display[CONFIG]["components"]
        await asyncio.sleep(0.3)
        display.told.clear()
        await town.publish("homeassistant/status", b"online")
        await town.until(lambda: display[CONFIG] and display.last("hearthline/risk/fall"))
        assert display.last("hearthline/status") == b"online"


async def test_a_home_without_home_assistant_is_told_of_no_such_thing(tmp_path: Path) -> None:
    async with (
        Neighbourhood(tmp_path).living() as town,
        town.hub(discovery_prefix=""),
        _display(town) as display,
    ):
        await town.until(lambda: display.last("hearthline/status") == b"online")
        await town.until(lambda: display["hearthline/coverage"])
        await asyncio.sleep(0.3)
        assert not [topic for topic, _ in display.told if topic.startswith("homeassistant/")]


async def test_a_sign_of_being_threatened_changes_no_byte_on_the_broker(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub(), _display(town) as display:
        await town.until(lambda: display["hearthline/incidents"] and display[CONFIG])
        await asyncio.sleep(0.5)
        display.told.clear()
        await town.press("hold")
        await town.until(lambda: town.cloud.incidents)
        (incident,) = town.cloud.incidents.values()
        assert incident.is_duress
        for status in (IncidentStatus.ACKNOWLEDGED, IncidentStatus.CLOSED):
            await town.cloud.say_down(town.cloud.state(incident.incident_id, status))
        await asyncio.sleep(2.5)
        assert display.told == []


async def test_a_closed_incident_is_taken_off_the_broker_and_stays_off(tmp_path: Path) -> None:
    watch = Watch()
    async with Neighbourhood(tmp_path).living() as town:
        async with town.hub(watch), _display(town) as display:
            await town.press()
            await town.until(lambda: town.cloud.incidents)
            (incident,) = town.cloud.incidents.values()
            topic = f"hearthline/incident/{incident.incident_id}"
            await town.cloud.say_down(town.cloud.state(incident.incident_id, IncidentStatus.CLOSED))
            await town.until(lambda: (display[topic] or {}).get("closed"))
            assert display["hearthline/incidents"] == {"open": 0, "highest_severity": "none"}
            await town.until(lambda: display.last("hearthline/risk/sos_call") == b"OFF")
            watch.passed += KEPT
            await town.until(lambda: display.last(topic) == b"")
        async with town.hub(watch), _display(town) as display:
            await town.until(lambda: display.last("hearthline/status") == b"online")
            await asyncio.sleep(0.5)
            assert not display.last(topic)


async def test_what_a_dead_hub_left_on_the_broker_is_taken_off_by_the_next(tmp_path: Path) -> None:
    watch = Watch()
    async with Neighbourhood(tmp_path).living() as town, _display(town) as display:
        async with town.hub(watch):
            await town.press()
            await town.until(lambda: town.cloud.incidents)
            (incident,) = town.cloud.incidents.values()
            topic = f"hearthline/incident/{incident.incident_id}"
            await town.cloud.say_down(town.cloud.state(incident.incident_id, IncidentStatus.CLOSED))
            await town.until(lambda: (display[topic] or {}).get("closed"))
        watch.passed += KEPT + timedelta(minutes=5)
        async with town.hub(watch):
            await town.until(lambda: display.last(topic) == b"")


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "told to end"])
async def test_a_hub_that_has_gone_is_shown_as_gone(tmp_path: Path, is_killed: bool) -> None:
    async with Neighbourhood(tmp_path).living() as town, _display(town) as display:
        hub = await town.hub_process()
        await town.until(lambda: display.last("hearthline/status") == b"online")
        hub.kill() if is_killed else hub.terminate()
        await hub.wait()
        await town.until(lambda: display.last("hearthline/status") == b"offline")
        async with town.hub():
            await town.until(lambda: display.last("hearthline/status") == b"online")


async def test_a_broker_that_has_forgotten_everything_is_shown_it_again(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        async with _display(town) as display:
            await town.until(lambda: display["hearthline/coverage"])
        await town.home_broker.stop()
        for kept in (tmp_path / "home-broker" / "store").glob("*"):
            kept.unlink()
        await town.home_broker.resume()
        async with _display(town) as display:
            await town.until(lambda: display["hearthline/coverage"] and display[CONFIG])
            await town.until(lambda: display.last("hearthline/status") == b"online")
