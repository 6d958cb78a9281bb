"""Nobody answers, and the clock on the wall is moved: the hub keeps its own time."""

import contextlib
import sqlite3
from datetime import timedelta
from pathlib import Path

from tests.edge_agent.neighbourhood import Neighbourhood, Watch
from vocabulary.incident import IncidentStatus


def _switched(town: Neighbourhood, name: str) -> list[object]:
    return [message for topic, message in town.heard if topic == f"zigbee2mqtt/{name}/set"]


async def test_after_180_seconds_without_an_answer_the_home_helps_itself(tmp_path: Path) -> None:
    watch = Watch()
    async with Neighbourhood(tmp_path).living() as town, town.hub(watch) as hub:
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        watch.passed = timedelta(seconds=170)
        await town.until(lambda: hub.timeline.notice_step() is None)
        assert "say.plan_b" not in town.said()

        watch.passed = timedelta(seconds=181)
        await town.until(lambda: "say.plan_b" in town.said() and _switched(town, "siren"))
        said = next(m for t, m in town.heard if t.endswith("/say") and m["key"] == "say.plan_b")
        assert "112" in said["text"]
        (incident,) = town.cloud.incidents.values()
        await town.until(
            lambda: (
                "plan_b" in [a.action for a in town.cloud.incidents[incident.incident_id].actions]
            )
        )


async def test_an_acknowledged_incident_needs_no_plan_b(tmp_path: Path) -> None:
    watch = Watch()
    async with Neighbourhood(tmp_path).living() as town, town.hub(watch) as hub:
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        (incident,) = town.cloud.incidents.values()
        taken = town.cloud.state(incident.incident_id, IncidentStatus.ACKNOWLEDGED)
        await town.cloud.say_down(taken)
        await town.until(lambda: "say.helper_acknowledged" in town.said())

        watch.passed = timedelta(seconds=400)
        hub.heart.tick(hub.timeline.now())
        await town.press()  # the home still answers
        await town.until(lambda: len(town.said()) > 2)
        assert "say.plan_b" not in town.said()
        assert not _switched(town, "siren")


async def test_a_restart_keeps_the_deadline_of_an_open_incident(tmp_path: Path) -> None:
    watch = Watch()
    async with Neighbourhood(tmp_path).living() as town:
        async with town.hub(watch):
            await town.press()
            await town.until(lambda: town.cloud.incidents)
        watch.passed = timedelta(seconds=200)
        watch.stepped = timedelta(hours=-3)  # and the wall clock is put back meanwhile
        async with town.hub(watch):
            await town.until(lambda: "say.plan_b" in town.said())


async def test_a_stepped_wall_clock_is_journaled_and_moves_no_deadline(tmp_path: Path) -> None:
    watch = Watch()
    async with Neighbourhood(tmp_path).living() as town, town.hub(watch) as hub:
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        before = hub.timeline.now()
        watch.stepped = timedelta(hours=1)
        await town.until(lambda: _steps(tmp_path) == [3600])

        assert hub.timeline.now() - before < timedelta(seconds=10)
        assert hub.timeline.wall() - hub.timeline.now() > timedelta(minutes=59)
        assert "say.plan_b" not in town.said()


def _steps(folder: Path) -> list[int]:
    with contextlib.closing(sqlite3.connect(folder / "hub" / "journal.db")) as db:
        rows = db.execute("SELECT after - before FROM clock_step").fetchall()
    return [round(micros / 1e6) for (micros,) in rows]
