"""A restart is invisible: a day of 150,000 readings is lived through again in a few seconds."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.agent import start_hub
from edge_agent.journal import Batch, Journal
from edge_agent.timeline import read_wall
from tests.edge_agent.neighbourhood import Neighbourhood
from tests.edge_agent.small_home import RADAR, THERMOMETER
from vocabulary.observation import Kind, Observation

ROWS = 150_000
LIMIT = 3.0
"""Seconds, for all eighteen detectors. The design's two are for the critical ones, which take 1.2
with the reading of the rows; the whole takes just about two here (docs/performance.md)."""


ROOMS = [(kind.title(), kind) for kind in ("kitchen", "bathroom", "toilet", "bedroom", "living")]
ROOMS += [(kind.title(), kind) for kind in ("dining", "hall", "stairs", "study", "utility")]


def _a_day(until: datetime) -> Iterator[Observation]:
    """A hundred devices in ten rooms, a reading of one of them every 0.576 s."""
    step = timedelta(days=1) / ROWS
    kinds = (Kind.TEMPERATURE, Kind.MOTION, Kind.POWER, Kind.HUMIDITY, Kind.PRESENCE)
    for number in range(ROWS):
        kind = kinds[number % 5]
        is_claim = kind in {Kind.MOTION, Kind.PRESENCE}
        value = (number // 100) % 2 == 0 if is_claim else 20 + number % 241 / 100
        at = until - step * (ROWS - number)
        room, room_type = ROOMS[number % 100 // 10]
        yield Observation(at, f"0x{number % 100:016x}", kind, value, room, room_type)


@pytest.mark.slow  # measures: not beside other tests, not under a coverage tracer
async def test_a_day_is_remembered_in_three_seconds(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        settings = town.settings()
        now = read_wall()
        journal = Journal(settings.journal_file, now)
        for part in _parts(list(_a_day(now)), 10_000):
            journal.commit(Batch(observations=part)).durable.result(timeout=60)
        journal.close()

        began = time.thread_time()  # of our own work: this machine may have others to do
        hub = start_hub(settings)
        took = time.thread_time() - began
        hub.journal.close()

        assert hub.heart.last_sign_of_life is not None
        assert hub.heart.last_sign_of_life > now - timedelta(minutes=1)
        assert took < LIMIT


async def test_a_hold_that_was_running_goes_on_after_the_restart(tmp_path: Path) -> None:
    """The radar's fall had been reported before the hub died: it is raised by the next one."""
    async with Neighbourhood(tmp_path).living() as town:
        settings = town.settings()
        now = read_wall()
        journal = Journal(settings.journal_file, now)
        fell = Observation(
            now - timedelta(seconds=20), RADAR, Kind.FALL, True, "Bedroom", "bedroom"
        )
        warm = Observation(now - timedelta(days=3), THERMOMETER, Kind.TEMPERATURE, 21.0)
        journal.commit(Batch(observations=[warm, fell])).durable.result(timeout=10)
        journal.close()

        async with town.hub() as hub:
            await town.until(lambda: town.cloud.incidents)
            (incident,) = town.cloud.incidents.values()
            assert incident.slug == "fall"
            assert incident.findings[0].since == fell.at
            assert len(hub.heart.response.open_incidents) == 1


def _parts(rows: list[Observation], size: int) -> Iterator[list[Observation]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
