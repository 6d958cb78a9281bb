"""A fault in our own code, at one message or one deed: recorded, told, and the next one works."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from edge_agent.agent import start_hub
from edge_agent.agent.joining import NOTE
from edge_agent.engine import Engine
from edge_agent.episodes import Episodes
from edge_agent.timeline import read_wall
from tests.edge_agent.neighbourhood import BRISK, Neighbourhood
from tests.edge_agent.small_home import RADAR
from tests.edge_agent.thrower import Thrower
from vocabulary.observation import Kind, Observation
from vocabulary.wire import Heartbeat


class _Clumsy(Episodes):
    """A diary with a fault in it."""

    def observe(self, seen: Observation) -> None:
        raise ZeroDivisionError(seen.device)


def _faults(town: Neighbourhood) -> set[str]:
    return {fault for beat in town.cloud.of(Heartbeat) for fault in beat.faults}


async def test_a_recogniser_that_throws_is_told_and_its_light_goes_out(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        others = [each.detector for each in hub.heart.engine._in_order if each.card.slug != "fall"]
        hub.heart.engine = Engine([*others, Thrower()])
        await town.publish("zigbee2mqtt/radar", b'{"fall":true}')
        await town.until(lambda: "detector_failed" in _faults(town))
        lights = {
            light.slug: light.reason for beat in town.cloud.of(Heartbeat) for light in beat.coverage
        }
        assert lights["fall"] == "detector_failed"

        await town.press()
        await town.until(lambda: town.cloud.incidents)
        assert [one.slug for one in town.cloud.incidents.values()] == ["sos_call"]


def _torn() -> Iterator[Observation]:
    """A past with a fault in it."""
    yield Observation(read_wall() - timedelta(hours=1), RADAR, Kind.PRESENCE, True)
    raise ZeroDivisionError("torn")


async def test_whoever_cannot_go_through_the_past_joins_all_the_same(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        hub = start_hub(town.settings(), BRISK)
        catching_up = hub.heart.behind
        assert catching_up is not None
        catching_up.past = _torn()
        running = asyncio.create_task(hub.run())
        await town.until(lambda: "past_failed" in _faults(town))
        assert hub.has_joined.is_set()
        assert list(hub.heart.catch_up(1)) == []
        assert hub.journal.recollect().notes[NOTE] == ""
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        hub.journal.close()


async def test_a_press_is_raised_although_the_diary_throws(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        hub.heart.episodes = _Clumsy()
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        await town.until(lambda: "bookkeeping_failed" in _faults(town))
        assert town.said() == ["say.sos_help_called"]
