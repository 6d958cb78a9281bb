"""What is usual for a device is learned from the journal, and the same after every restart."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge_agent.agent import start_hub
from edge_agent.agent.habits import Habits, learn
from edge_agent.agent.inspect import lights_of_hub
from edge_agent.agent.lights_note import NOTE, restore_note, write_note
from edge_agent.coverage import Coverage, RiskCoverage, State
from edge_agent.journal import Batch, Journal, ask
from edge_agent.timeline import Anchor, read_wall
from tests.edge_agent.coverage.test_gateways import Told
from tests.edge_agent.neighbourhood import Neighbourhood
from tests.edge_agent.small_home import DEVICES, RADAR, THERMOMETER
from tests.stories import home
from vocabulary.observation import Kind, Observation, Value

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hourly(hours: int, kind: Kind = Kind.MOTION, **also: object) -> list[Observation]:
    start = NOW - hours * HOUR
    return [
        Observation(start + n * HOUR, "0x01", kind, n % 2 == 0, **also)  # type: ignore[arg-type]
        for n in range(hours)
    ]


def told(hours_ago: float, kind: Kind, value: Value, device: str = "0x01") -> Observation:
    return Observation(NOW - hours_ago * HOUR, device, kind, value)


def learned(
    folder: Path, rows: Iterable[Observation], starts_hours_ago: Sequence[float] = ()
) -> Habits:
    journal = Journal(folder / "journal.db", NOW)
    for ago in starts_hours_ago:
        journal.add(Batch(anchor=Anchor("boot", 0.0, NOW - ago * HOUR, is_placed=True)))
    ordered = sorted(rows, key=lambda seen: seen.at)
    journal.commit(Batch(observations=ordered)).durable.result(timeout=10)
    journal.close()

    def fold(db: sqlite3.Connection) -> Habits | None:
        return learn(db, [Told()], PARIS, NOW)

    habits, again = (ask(journal.path, fold, None) for _ in range(2))
    assert habits is not None
    assert habits == again  # the same past, the same memory
    return habits


def usual_hours(habits: Habits) -> float | None:
    found = habits.rhythm("0x01", NOW)
    return None if found is None else found / HOUR


def test_the_rhythm_of_a_fortnight(tmp_path: Path) -> None:
    assert usual_hours(learned(tmp_path, hourly(300))) == pytest.approx(1, rel=0.05)


def test_what_was_found_retained_teaches_no_rhythm(tmp_path: Path) -> None:
    assert usual_hours(learned(tmp_path, hourly(300, is_found=True))) is None


def test_what_is_older_than_a_fortnight_is_forgotten(tmp_path: Path) -> None:
    rows = hourly(110) + [told(400 + n, Kind.MOTION, n % 2 == 0) for n in range(0, 300, 30)]
    assert usual_hours(learned(tmp_path, rows)) == pytest.approx(1, rel=0.05)


def gap(rows: list[Observation], first: int, last: int) -> list[Observation]:
    """The same without what was heard between so many hours ago."""
    return [seen for seen in rows if not last * HOUR <= NOW - seen.at <= first * HOUR]


def test_a_silence_of_the_device_is_learned(tmp_path: Path) -> None:
    rows = gap(hourly(300), 60, 51)
    assert usual_hours(learned(tmp_path, rows)) == pytest.approx(11, rel=0.05)


def test_a_silence_while_the_hub_was_off_is_not(tmp_path: Path) -> None:
    rows = gap(hourly(300), 60, 51)
    assert usual_hours(learned(tmp_path, rows, [51.5])) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("away", ["zigbee2mqtt", "0x01"])
def test_a_silence_while_it_or_its_gateway_was_offline_is_not(tmp_path: Path, away: str) -> None:
    rows = gap(hourly(300), 60, 51)
    rows += [told(60.5, Kind.ONLINE, False, away), told(50.5, Kind.ONLINE, True, away)]
    assert usual_hours(learned(tmp_path, rows)) == pytest.approx(1, rel=0.05)


def test_a_battery_that_sinks_and_a_number_that_is_stuck(tmp_path: Path) -> None:
    rows = [told(24 * day, Kind.BATTERY, 20.0 + 5 * day) for day in range(5)]
    rows += [told(hours, Kind.TEMPERATURE, 21.5) for hours in range(30)]
    rows += [told(hours, Kind.HUMIDITY, 40.0 + hours % 2) for hours in range(30)]
    habits = learned(tmp_path, rows)
    assert habits.dying == {"0x01": 4}
    assert habits.stuck == {("0x01", Kind.TEMPERATURE): NOW - 29 * HOUR}


def test_the_note_says_what_the_lights_were() -> None:
    before = Coverage(home())
    before.known([Told()])
    before.observe("0x01", NOW)
    before.deaf.append((NOW - HOUR, NOW))
    before.assess(NOW)
    after = Coverage(home())
    restore_note(after, write_note(before), (NOW, NOW + HOUR))
    assert after.told == before.told
    assert after.known_since == before.known_since
    assert list(after.deaf) == [(NOW - HOUR, NOW), (NOW, NOW + HOUR)]


@pytest.mark.parametrize("note", [None, "", "[]", '{"lights": 3}', '{"lights": {"fall": {}}}'])
def test_a_note_that_makes_no_sense_costs_only_itself(note: str | None) -> None:
    coverage = Coverage(home())
    restore_note(coverage, note, (NOW, NOW + HOUR))
    assert (coverage.told, list(coverage.deaf)) == ({}, [(NOW, NOW + HOUR)])


async def test_since_when_a_light_is_so_outlives_the_hub(tmp_path: Path) -> None:
    """The thermometer has been silent for a day; it was told so before the hub was restarted."""
    async with Neighbourhood(tmp_path).living() as town:
        settings = town.settings()
        now = read_wall()
        since = now - timedelta(hours=3)
        before = Coverage(home())
        before.told = {"fall": RiskCoverage("fall", State.BLIND, "silent", since)}
        rows = [
            Observation(now - timedelta(days=3), RADAR, Kind.FALL, False, "Bedroom", "bedroom"),
            Observation(now - timedelta(seconds=30), THERMOMETER, Kind.TEMPERATURE, 21.0),
        ]
        journal = Journal(settings.journal_file, now)
        notes = {"list:zigbee2mqtt/bridge/devices": DEVICES.decode(), NOTE: write_note(before)}
        journal.commit(Batch(observations=rows, notes=notes)).durable.result(timeout=10)
        journal.close()

        hub = start_hub(settings)
        light = next(one for one in hub.heart.lights(read_wall()) if one.slug == "fall")
        hub.journal.close()
        assert (light.state, light.reason, light.since) == (State.BLIND, "silent", since)
        shown = next(one for one in lights_of_hub(settings) if one["slug"] == "fall")
        assert (shown["state"], shown["reason"]) == ("blind", "silent")
        with closing(sqlite3.connect(settings.journal_file)) as db:
            assert db.execute("SELECT count(*) FROM start").fetchone() == (1,)


async def test_a_running_hub_learns_and_notes(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        await town.until(lambda: NOTE in hub.journal.recollect().notes)
        await town.until(lambda: hub.heart.coverage.rhythm.__class__.__name__ == "Rhythm")
