"""The disk is slow, read-only or damaged: help is called all the same, and the hub says so."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from edge_agent.journal import recall
from edge_agent.timeline import read_wall
from tests.edge_agent.fake_cloud import Hello
from tests.edge_agent.neighbourhood import Neighbourhood
from vocabulary.wire import Heartbeat


def _faults(town: Neighbourhood) -> set[str]:
    return {fault for beat in town.cloud.of(Heartbeat) for fault in beat.faults}


async def test_a_disk_that_takes_no_file_leaves_a_hub_that_still_calls_for_help(
    tmp_path: Path,
) -> None:
    (tmp_path / "no-folder").write_text("a file where the folder should be")
    async with Neighbourhood(tmp_path).living() as town, town.hub(data_dir="no-folder"):
        await town.press()
        await town.until(lambda: town.cloud.incidents and "say.sos_help_called" in town.said())
        await town.until(lambda: "journal_in_memory" in _faults(town))
        assert len(town.cloud.incidents) == 1


async def test_a_hanging_disk_is_not_waited_for_and_catches_up(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        journal = tmp_path / "hub" / "journal.db"
        with contextlib.closing(sqlite3.connect(journal, isolation_level=None)) as busy:
            busy.execute("BEGIN IMMEDIATE")
            began = read_wall()
            await town.press()
            await town.until(lambda: town.cloud.incidents and "say.sos_help_called" in town.said())
            assert (read_wall() - began).total_seconds() < 2
            await town.until(lambda: "disk_error" in _faults(town))
            assert not recall(journal).incidents
            busy.execute("ROLLBACK")
        await town.until(lambda: recall(journal).incidents)
        await town.until(lambda: "disk_error" not in town.cloud.of(Heartbeat)[-1].faults)
        assert len(town.cloud.incidents) == 1


async def test_a_damaged_journal_is_set_aside_and_open_incidents_are_carried_over(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        async with town.hub():
            await town.press()
            await town.until(lambda: town.cloud.incidents)
        _damage(tmp_path / "hub" / "journal.db")

        async with town.hub() as hub:
            await town.until(lambda: "journal_moved_aside" in _faults(town))
            (incident,) = town.cloud.incidents
            assert list(hub.heart.response.open_incidents) == [incident]
            await town.until(lambda: incident in town.cloud.of(Hello)[-1].open_incidents)
        aside = [p.name for p in (tmp_path / "hub").iterdir() if ".damaged-" in p.name]
        assert aside


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(
            '{"severity": "I fell beside the bed", "room": ["beside it"]}', id="other values"
        ),
        pytest.param('{"room": "I fell beside the bed", "slug": "fa', id="torn off"),
    ],
)
async def test_an_incident_whose_newest_row_is_damaged_goes_on_and_no_log_says_what_stood_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damaged: str
) -> None:
    async with Neighbourhood(tmp_path).living() as town:
        async with town.hub():
            await town.press()
            await town.until(lambda: town.cloud.incidents)
        with contextlib.closing(sqlite3.connect(tmp_path / "hub" / "journal.db")) as db, db:
            db.execute(
                "INSERT INTO incident SELECT incident_id, 1000, at, 0, ? FROM incident LIMIT 1",
                [damaged],
            )
        capsys.readouterr()
        async with town.hub() as hub:
            assert list(hub.heart.response.open_incidents) == list(town.cloud.incidents)
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        (told,) = [line for line in lines if line["event"] == "incident_revision_unreadable"]
        assert "UnreadableIncidentError" in told["exception"]
        assert not any("beside" in str(line) for line in lines)


async def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "journal.db").write_bytes(b"not a database, and long enough" * 100)
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        assert hub.journal.set_aside is not None
        assert hub.journal.set_aside.read_bytes().startswith(b"not a database")
        await town.press()
        await town.until(lambda: town.cloud.incidents)


def _damage(path: Path) -> None:
    """Overwrite the pages of one index, as a failing card does; the tables stay readable."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'observation_at'"
        ).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
