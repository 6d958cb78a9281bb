"""A hub hears the home, decides and acts in one process that never waits for a network.

Everything between a message and its deeds is one synchronous step; disk, home and cloud have
tasks of their own behind bounded queues.
"""

import asyncio
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from edge_agent.agent import joining
from edge_agent.agent.board import OFFLINE, Board
from edge_agent.agent.care_profile import CareProfile
from edge_agent.agent.cloud_line import CloudLine
from edge_agent.agent.deeds import Deeds, say_on
from edge_agent.agent.ear import Durable, Ear
from edge_agent.agent.faults import recorded
from edge_agent.agent.habits import LEARN_EVERY, Habits, learn
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.agent.history import A_DAY
from edge_agent.agent.home_assistant import STATUS, birth_topics
from edge_agent.agent.joining import catch_up
from edge_agent.agent.lights_note import NOTE, restore_note, write_note
from edge_agent.agent.report import Report
from edge_agent.journal import Batch, EpisodeRow, Journal, OutboxRow, Past, Recollection
from edge_agent.log import Log
from edge_agent.mqtt_client import Incoming, Will
from edge_agent.mqtt_ingest import HomeBroker
from edge_agent.response import HubIncident
from edge_agent.settings import Settings
from edge_agent.terminals import MqttTerminals
from edge_agent.timeline import Timeline
from edge_agent.tongue import translator
from edge_agent.uplink import HttpsWay, Pace, Uplink
from vocabulary.identity import uuid7

TICK = timedelta(seconds=1)
DAILY_PACE = Pace()
_SHORTEST_PAUSE = timedelta(milliseconds=20)
_HOUSEKEEPING = 60.0
"""Seconds between two rounds of forgetting, and of putting ended episodes away."""
_LAST_WORDS = 1.0
"""Seconds in which the receipt for a new home file goes out before the hub starts anew."""
_MOST_LEARNING = 300.0
"""Seconds; two million rows take five on a desktop machine."""

_log = Log("hub")


def new_id(now: datetime) -> UUID:
    """A fresh UUIDv7."""
    return uuid7(now, secrets.token_bytes(10))


class Hub:
    """Heart, journal, home and cloud wired together."""

    def __init__(  # noqa: PLR0913 - all that was made for it before
        self,
        settings: Settings,
        heart: Heart,
        journal: Journal,
        timeline: Timeline,
        *,
        care: CareProfile,
        pace: Pace = DAILY_PACE,
    ) -> None:
        now = timeline.now
        self.heart = heart
        self.journal = journal
        self.timeline = timeline
        self.restart = asyncio.Event()
        """Set when a new home file has come: start again with it."""
        self.report = Report(settings.hub_id, timeline.anchor.boot_id, care.revision, new_id)
        if not timeline.anchor.is_placed:
            self.report.faults.add("clock_not_set")
        self.line = CloudLine(
            heart,
            journal,
            self.report,
            now,
            do=self._do,
            post=self._post,
            dropped=self._dropped,
            care=care,
            restart=self.restart,
        )
        self.uplink = Uplink(
            settings.hub_id,
            settings.cloud_broker.address(),
            HttpsWay(settings.cloud_url, settings.hub_id, settings.hub_token.get_secret_value()),
            now=now,
            line=self.line,
            pace=pace,
        )
        name = f"hearthline-{settings.hub_id}"
        language = heart.home.resident.language
        translate = translator(language)
        self.home = HomeBroker(
            settings.home_broker.address(),
            name,
            now,
            self.take,
            will=Will(STATUS, OFFLINE),
            came_up=self._home_came_up,
            also_hears=birth_topics(settings.discovery_prefix),
        )
        self.board = Board(
            heart,
            self.home.publish,
            now,
            hub_id=settings.hub_id,
            faults=self.report.faults,
            has_details=settings.publish_details,
            prefix=settings.discovery_prefix,
            translate=translate,
        )
        self.terminals = MqttTerminals(
            heart.home, language, say_on(self.home.publish, now), translate
        )
        self.ear = Ear(heart, self.terminals, now, self._do, self.report.faults)
        self.deeds = Deeds(
            settings.hub_id,
            journal,
            new_id=new_id,
            publish=self.home.publish,
            send=self.uplink.send,
            show=self.board.follow,
            grew=self.line.grew,
            faults=self.report.faults,
        )
        self.has_joined = asyncio.Event()
        """Set once all detectors are asked, not the critical ones alone."""
        self._noted_lights = ""
        self._soon = asyncio.Event()

    def wake(
        self,
        past: Recollection,
        incidents: Iterable[HubIncident],
        just_closed: Iterable[HubIncident],
    ) -> None:
        """Live through the journal again, take over what was open, and ask everything anew.

        The critical detectors first: the others do so once the hub runs.
        """
        self.ear.remember(past.presses, past.notes, past.alive_at)
        self.line.remember(past.heard_down)
        now = self.timeline.now()
        slept = None if past.alive_at is None else (past.alive_at, now)
        restore_note(self.heart.coverage, past.notes.get(NOTE), slept)
        readings = Past(self.journal, self.heart.horizon(now), past.last_row)
        since = joining.unasked_since(past.notes, readings.since, now)
        self.journal.add(Batch(notes={joining.NOTE: since.isoformat()}))
        self.heart.go_ahead(readings, since)
        for row in past.outbox:
            self.uplink.send(row)
        incidents, just_closed = list(incidents), list(just_closed)
        self.board.remember(incidents, just_closed, past.alive_at)
        now = self.timeline.now()
        self.heart.remember(past.findings, past.released)
        self._do(self.heart.restore(incidents, just_closed, past.alive_at, now))
        self._do(self.heart.tick(self.timeline.now()))

    async def run(self) -> bool:
        """Until cancelled; True when a new home file asks for a restart."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.home.run(), name="home")
                group.create_task(self.uplink.run(), name="uplink")
                group.create_task(self.deeds.run(), name="deeds")
                group.create_task(self.board.run(), name="board")
                group.create_task(self.line.send_histories(), name="histories")
                group.create_task(self._tick(), name="tick")
                group.create_task(self._keep_house(), name="housekeeping")
                group.create_task(self._join(), name="past")
                group.create_task(self._learn(), name="habits")
                group.create_task(self._await_restart(), name="restart")
        except* _RestartWantedError:
            _log.info("restart_wanted")
        return self.restart.is_set()

    def take(self, message: Incoming) -> Durable:
        """One delivery; what is returned must be set before it is acknowledged, None: at once."""
        return None if self.board.take(message) else self.ear.take(message)

    def _home_came_up(self) -> None:
        self.board.renew()

    def _do(self, outcome: Outcome, batch: Batch | None = None) -> Durable:
        if outcome.effects:
            self._soon.set()
        now = self.timeline.now()
        return self.deeds.carry_out(outcome, self.heart, self.terminals, now, batch=batch)

    def _post(self, row: OutboxRow) -> None:
        self.deeds.post(row)

    def _dropped(self) -> int:
        return self.home.dropped.total() + self.deeds.unfit

    async def _tick(self) -> None:
        while True:
            now, due = self.timeline.now(), None
            self._notice_step()
            with recorded("tick_failed", self.report.faults):
                self._do(self.heart.tick(now))
                due = self.heart.due(now)
            pause = TICK if due is None else min(TICK, max(due - now, _SHORTEST_PAUSE))
            self._soon.clear()
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self._soon.wait()  # something was decided: it may be due sooner
                await asyncio.sleep(_SHORTEST_PAUSE.total_seconds())
            except TimeoutError:
                continue

    async def _join(self) -> None:
        """The less pressing detectors live through the past, then they are asked with the others.

        Even if that failed: with half a memory they watch, and the fault is told.
        """
        began = self.timeline.now()
        behind = self.heart.behind
        with recorded("past_failed", self.report.faults):
            await catch_up(self.heart)
        with recorded("past_failed", self.report.faults):
            self._do(self.heart.join(self.timeline.now()), Batch(notes={joining.NOTE: ""}))
        self.has_joined.set()
        self._soon.set()  # something of theirs may be due sooner than the next look
        seconds = round((self.timeline.now() - began).total_seconds(), 3)
        _log.info("all_live", seconds=seconds, readings=behind.lived if behind else 0)

    def _notice_step(self) -> None:
        step = self.timeline.notice_step()
        if step is not None:
            self.journal.add(Batch(clock_step=(self.timeline.anchor.boot_id, step)))
            _log.warning("wall_clock_stepped", seconds=(step.after - step.before).total_seconds())

    async def _keep_house(self) -> None:
        put_away = self.timeline.now() - A_DAY
        while True:
            now = self.timeline.now()
            with recorded("housekeeping_failed", self.report.faults):
                ended = [
                    EpisodeRow(part.what, part.place, part.since, part.until)
                    for part in self.heart.episodes.between(put_away, now)
                    if part.until is not None
                ]
                notes = self._new_note(now)
                self.journal.add(Batch(prune_at=now, episodes=ended, notes=notes))
            put_away = now - timedelta(hours=1)  # a late reading may still end one
            await asyncio.sleep(_HOUSEKEEPING)

    def _new_note(self, now: datetime) -> dict[str, str]:
        self.heart.lights(now)
        note = write_note(self.heart.coverage)
        if note == self._noted_lights:
            return {}
        self._noted_lights = note
        return {NOTE: note}

    async def _learn(self) -> None:
        """What is usual for the devices is learned behind the rules' back, never in their way."""
        zone = ZoneInfo(self.heart.home.home.zone)
        await self.has_joined.wait()
        while True:
            ask = partial(learn, devices=self.heart.devices, zone=zone, now=self.timeline.now())
            with recorded("housekeeping_failed", self.report.faults):
                habits: Habits | None = await self.journal.look_back(ask, None, _MOST_LEARNING)
                if habits is not None:
                    habits.teach(self.heart.coverage)
            await asyncio.sleep(LEARN_EVERY.total_seconds())

    async def _await_restart(self) -> None:
        await self.restart.wait()
        await asyncio.sleep(_LAST_WORDS)
        raise _RestartWantedError


class _RestartWantedError(Exception):
    """A new home file has come."""
