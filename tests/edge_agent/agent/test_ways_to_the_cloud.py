"""The link breaks in every way it can; the message arrives all the same, and once."""

import asyncio
import contextlib
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.journal import Recollection, recall
from edge_agent.timeline import read_wall
from tests.edge_agent.fake_cloud import FakeCloud, History, new_id
from tests.edge_agent.neighbourhood import BRISK, Neighbourhood
from tests.edge_agent.small_home import HOME
from vocabulary.incident import IncidentStatus
from vocabulary.wire import Config, Heartbeat, Hello, HistoryRequest, Say, dump


def _journal(town: Neighbourhood) -> Recollection:
    return recall(town.folder / "hub" / "journal.db")


def _refusals(folder: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / "hub" / "journal.db")) as db:
        rows = db.execute("SELECT refused FROM outbox WHERE refused IS NOT NULL").fetchall()
    return [reason for (reason,) in rows]


async def test_a_message_is_repeated_until_the_clouds_own_receipt(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        town.cloud.gives_receipts = False  # the broker says yes to each, the cloud says nothing
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        newest = max(town.cloud.incidents.values(), key=lambda one: one.revision)
        await town.until(lambda: town.cloud.arrivals[newest.event_id] >= 3)
        assert newest.event_id in hub.uplink.outbox.entries
        assert newest.event_id in {row.event_id for row in _journal(town).outbox}

        town.cloud.gives_receipts = True
        await town.until(lambda: not hub.uplink.outbox.entries)
        await town.until(lambda: not _journal(town).outbox)
        assert len(town.cloud.incidents) == 1


async def test_without_the_broker_the_message_goes_by_https_and_so_comes_the_answer(
    tmp_path: Path,
) -> None:
    quiet = replace(BRISK, heartbeat=timedelta(hours=1))
    async with Neighbourhood(tmp_path).living() as town, town.hub(pace=quiet) as hub:
        await town.link.cut()
        await town.press()
        await town.until(lambda: town.cloud.incidents)
        (incident,) = town.cloud.incidents.values()
        assert incident.event_id in town.cloud.by_https
        await town.until(lambda: not hub.uplink.outbox.entries and town.cloud.polls)

        taken = town.cloud.state(incident.incident_id, IncidentStatus.ACKNOWLEDGED)
        town.cloud.waiting_down.append(dump(taken))
        await town.until(lambda: "say.helper_acknowledged" in town.said())
        await town.until(lambda: any(taken.event_id in r.of for r in town.cloud.down_receipts))
        assert len(town.cloud.incidents) == 1


async def test_a_connected_broker_without_receipts_is_doubted(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        town.cloud.is_silent_by_mqtt = True
        await town.press()
        await town.until(lambda: town.cloud.by_https)
        await town.until(lambda: not hub.uplink.outbox.holds_incident)
        assert len(town.cloud.incidents) == 1


async def test_after_a_cut_of_both_ways_it_arrives_once_soon_after_the_link_is_back(
    tmp_path: Path,
) -> None:
    nowhere = "http://127.0.0.1:9"
    async with Neighbourhood(tmp_path).living() as town, town.hub(cloud_url=nowhere) as hub:
        await town.link.cut()
        await town.press()
        await town.until(lambda: "say.sos_help_called" in town.said())
        await asyncio.sleep(1)
        assert not town.cloud.incidents

        await town.link.restore()
        await town.until(lambda: town.cloud.incidents, seconds=3)
        await town.until(lambda: not hub.uplink.outbox.entries)
        assert len(town.cloud.incidents) == 1


async def test_what_the_cloud_refuses_for_good_is_kept_and_told_but_not_repeated(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        town.cloud.refuses["history"] = "not asked for"
        await town.press()
        await town.until(lambda: town.cloud.of(History))
        await town.until(lambda: not hub.uplink.outbox.entries)
        await town.until(
            lambda: any("message_refused" in beat.faults for beat in town.cloud.of(Heartbeat))
        )
        await town.until(lambda: _refusals(tmp_path) == ["not asked for"])
        assert not _journal(town).outbox


async def test_heartbeats_tell_only_the_lights_that_changed(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        await town.until(lambda: len(town.cloud.of(Heartbeat)) >= 4)
        hello = town.cloud.of(Hello)[-1]
        assert len(hello.coverage) == 29
        last = town.cloud.of(Heartbeat)[-1]
        assert last.coverage == []
        assert last.devices == 5


async def test_a_responder_may_ask_for_a_month(tmp_path: Path) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        await town.press()
        await town.until(lambda: town.cloud.of(History))
        (incident,) = town.cloud.incidents.values()
        await town.cloud.say_down(
            HistoryRequest(
                event_id=new_id(),
                hub_id="hub-one",
                sent_at=read_wall(),
                incident_id=incident.incident_id,
                days=30,
            )
        )
        await town.until(lambda: len(town.cloud.of(History)) == 2)
        told = town.cloud.of(History)[1]
        assert told.until - told.since == timedelta(days=30)


def _say(town: FakeCloud, key: str, until: datetime) -> Say:
    return Say(event_id=new_id(), hub_id=town.hub_id, sent_at=read_wall(), key=key, until=until)


async def test_a_sentence_from_the_cloud_is_spoken_once_and_not_when_it_is_late(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub():
        now = read_wall()
        fresh = _say(town.cloud, "say.help_called", now + timedelta(minutes=1))
        stale = _say(town.cloud, "say.check", now - timedelta(seconds=1))
        for message in (fresh, stale, fresh):
            await town.cloud.say_down(message)
        await town.until(lambda: sum(len(r.of) for r in town.cloud.down_receipts) >= 3)
        await asyncio.sleep(0.2)
        assert town.said() == ["say.help_called"]


async def test_a_new_home_file_restarts_the_hub_and_one_broken_or_unsigned_is_refused(
    tmp_path: Path,
) -> None:
    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        unsigned = HOME + "[clinical]\nspo2_scale = 2\n"
        loosened = HOME + "[clinical]\n[clinical.limits]\nheart_rate_low = 42\n"
        *refused, good = (
            Config(
                event_id=new_id(),
                hub_id="hub-one",
                sent_at=read_wall(),
                revision=3,
                home_toml=text,
            )
            for text in (
                "[home]\nzone = 3",
                unsigned,
                loosened,
                HOME.replace("75011", "75012"),
            )
        )
        for wrong in refused:
            await town.cloud.say_down(wrong)
        told = {str(wrong.event_id) for wrong in refused}
        await town.until(
            lambda: told <= {one for r in town.cloud.down_receipts for one in r.refused}
        )
        assert not hub.restart.is_set()
        await town.cloud.say_down(good)
        await town.until(lambda: any(good.event_id in r.of for r in town.cloud.down_receipts))
        await town.until(hub.restart.is_set)

    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        assert hub.heart.home.home.area == "75012"
        assert hub.line.hello().config_revision == 3


async def test_what_was_edited_at_the_hub_since_is_told_instead_of_undone(tmp_path: Path) -> None:
    def of_the_cloud(revision: int) -> Config:
        return Config(
            event_id=new_id(),
            hub_id="hub-one",
            sent_at=read_wall(),
            revision=revision,
            home_toml=HOME.replace("75011", "75012"),
        )

    async with Neighbourhood(tmp_path).living() as town, town.hub() as hub:
        await town.cloud.say_down(of_the_cloud(3))
        await town.until(hub.restart.is_set)

    edited = HOME.replace("75011", "75013")
    async with Neighbourhood(tmp_path, edited).living() as town, town.hub() as hub:
        assert hub.heart.home.home.area == "75013"
        assert hub.line.hello().config_revision == 0
        again = of_the_cloud(3)
        await town.cloud.say_down(again)
        await town.until(lambda: town.cloud.down_receipts)
        (receipt,) = town.cloud.down_receipts
        assert receipt.refused == {str(again.event_id): "edited at the hub after version 3"}
        assert not hub.restart.is_set()
        await town.cloud.say_down(of_the_cloud(4))
        await town.until(hub.restart.is_set)

    async with Neighbourhood(tmp_path, edited).living() as town, town.hub() as hub:
        assert hub.heart.home.home.area == "75012"
        assert hub.line.hello().config_revision == 4
