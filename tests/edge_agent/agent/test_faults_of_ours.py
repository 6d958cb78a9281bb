"""A fault in our own code, at one message or one deed: recorded, told, and the next one works."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment
from edge_agent.engine import Engine
from edge_agent.episodes import Episodes
from tests.edge_agent.neighbourhood import Neighbourhood
from vocabulary.observation import Kind, Observation
from vocabulary.wire import Heartbeat


class _Thrower:
    """A recogniser with a fault in it."""

    slug: ClassVar[str] = "fall"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.FALL})
    lookback: ClassVar[timedelta] = LOOKBACK

    def observe(self, seen: Observation) -> None:
        raise ZeroDivisionError(seen.device)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        del now
        return ()

    def due(self, now: datetime) -> datetime | None:
        del now
        return None


class _Clumsy(Episodes):
    """A diary with a fault in it."""

    def observe(self, seen: Observation) -> None:
        raise ZeroDivisionError(seen.device)


def _faults(town: Neighbourhood) -> set[str]:
    return {fault for beat in town.cloud.of(Heartbeat) for fault in beat.faults}


async def test_a_recogniser_that_throws_is_told_and_its_light_goes_out(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        others = [each.detector for each in hub.heart.engine._in_order if each.card.slug != "fall"]
        hub.heart.engine = Engine([*others, _Thrower()])
        await town.publish("zigbee2mqtt/radar", b'{"fall":true}')
        await town.until(lambda: "detector_failed" in _faults(town))
        lights = {
            light.slug: light.reason for beat in town.cloud.of(Heartbeat) for light in beat.coverage
        }
        assert lights["fall"] == "detector_failed"

        await town.press()
        await town.until(lambda: town.cloud.incidents)
        assert [one.slug for one in town.cloud.incidents.values()] == ["sos_call"]


async def test_a_press_is_raised_although_the_diary_throws(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        hub.heart.episodes = _Clumsy()
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        await town.until(lambda: "bookkeeping_failed" in _faults(town))
        assert town.said() == ["say.sos_help_called"]
