"""A hub dies with kill -9: whatever it had heard is raised once, and a little late."""

import asyncio
import hashlib
import sqlite3
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

from edge_agent.journal import Batch, Journal
from edge_agent.timeline import read_wall
from tests.edge_agent.neighbourhood import Neighbourhood
from vocabulary.incident import IncidentStatus

A_WHILE = timedelta(seconds=10)
"""How long ago the bridge had heard the press when the next hub does."""


async def _kill(process: Process) -> None:
    process.kill()
    await process.wait()


async def _end(process: Process) -> None:
    process.terminate()
    await process.wait()


async def test_a_press_not_yet_on_the_disk_is_delivered_again_and_raised_late(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        hub = await town.hub_process()
        busy = sqlite3.connect(tmp_path / "hub" / "journal.db", isolation_level=None)
        busy.execute("BEGIN IMMEDIATE")  # the disk takes nothing
        await town.press(at=read_wall() - A_WHILE)
        await asyncio.sleep(0.25)  # heard, and waiting for the disk
        await _kill(hub)
        busy.execute("ROLLBACK")
        busy.close()
        assert not town.cloud.incidents

        hub = await town.hub_process()
        await town.until(lambda: town.cloud.incidents)
        await asyncio.sleep(1)
        await _end(hub)

        (incident,) = town.cloud.incidents.values()
        assert incident.findings[0].late_by_seconds > 10
        assert town.said() == ["say.sos_help_called"]


async def test_a_press_while_the_hub_was_down_is_raised_and_says_so(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        await _kill(await town.hub_process())
        await town.press(at=read_wall() - A_WHILE)
        hub = await town.hub_process()
        await town.until(lambda: town.cloud.incidents)
        await _end(hub)

        (incident,) = town.cloud.incidents.values()
        assert incident.variant == "pressed"
        assert incident.findings[0].late_by_seconds > 10


async def test_a_press_on_the_disk_is_not_raised_again_when_it_is_delivered_again(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        hub = await town.hub_process()
        at = read_wall()
        await town.press(at=at)
        await town.until(lambda: town.cloud.incidents)
        await _kill(hub)

        hub = await town.hub_process()
        (incident,) = town.cloud.incidents.values()
        await town.cloud.say_down(town.cloud.state(incident.incident_id, IncidentStatus.CLOSED))
        await asyncio.sleep(0.5)
        await town.press(at=at)
        await asyncio.sleep(0.5)
        await _end(hub)

        assert len(town.cloud.incidents) == 1


UNSTAMPED = b'{"action":"single","linkquality":80}'
"""A bridge that does not write `last_seen`: each press is the same bytes."""


@asynccontextmanager
async def _busy_disk(town: Neighbourhood) -> AsyncIterator[None]:
    """The journal takes nothing within."""
    with closing(sqlite3.connect(town.folder / "hub" / "journal.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def _pressed_before(town: Neighbourhood, ago: timedelta) -> None:
    """The journal knows these very bytes."""
    topic = b"zigbee2mqtt/pendant"
    key = hashlib.sha256(topic + b"\0" + UNSTAMPED).hexdigest()
    now = read_wall()
    journal = Journal(town.settings().journal_file, now)
    journal.commit(Batch(presses=[(key, now - ago)])).durable.result(timeout=10)
    journal.close()


async def test_a_press_that_looks_like_one_of_days_ago_is_no_repetition(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        _pressed_before(town, timedelta(days=3))
        hub = await town.hub_process()
        await asyncio.sleep(1.5)  # it has noted that it lives
        async with _busy_disk(town):
            await town.publish("zigbee2mqtt/pendant", UNSTAMPED)
            await asyncio.sleep(0.25)
            await _kill(hub)
        assert not town.cloud.incidents

        hub = await town.hub_process()
        await town.until(lambda: town.cloud.incidents)
        await _end(hub)


def _lamp(town: Neighbourhood) -> list[str]:
    return [told["state"] for topic, told in town.heard if topic == "zigbee2mqtt/lamp/set"]


async def test_a_light_that_was_to_go_off_goes_off_with_the_next_hub(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        async with town.hub():
            await town.press()
            await town.until(lambda: town.cloud.incidents and _lamp(town) == ["ON"])
            (incident,) = town.cloud.incidents.values()
            await town.cloud.say_down(town.cloud.state(incident.incident_id, IncidentStatus.CLOSED))
            await town.until(lambda: _lamp(town) == ["ON", "OFF"])
        town.heard.clear()  # as if it had died before it could say so: all it said has arrived

        async with town.hub():
            await town.until(lambda: _lamp(town))
            assert _lamp(town) == ["OFF"]


async def test_what_the_cloud_had_not_confirmed_is_sent_by_the_next_hub(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        hub = await town.hub_process()
        await town.link.cut()
        await town.press()
        await town.until(lambda: "say.sos_help_called" in town.said())
        await _kill(hub)
        assert not town.cloud.incidents
        await town.link.restore()

        hub = await town.hub_process()
        await town.until(lambda: town.cloud.incidents)
        await _end(hub)

        assert len(town.cloud.incidents) == 1
