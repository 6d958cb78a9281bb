"""A hub hears the home, decides and acts in one process that never waits for a network.

Everything between a message and its deeds is one synchronous step; disk, home and cloud have
tasks of their own behind bounded queues. A fault in one message is recorded, and the next is taken.
"""

import asyncio
import hashlib
import json
import secrets
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge_agent.agent.care_profile import CareProfile, note_config
from edge_agent.agent.deeds import Deeds, say_on
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.agent.history import A_DAY, history
from edge_agent.agent.report import Report
from edge_agent.journal import Batch, EpisodeRow, Journal, OutboxRow, ReceiptRow, Recollection
from edge_agent.mqtt_client import Incoming
from edge_agent.mqtt_ingest import HomeBroker, Outgoing
from edge_agent.response import HubIncident
from edge_agent.settings import Settings
from edge_agent.terminals import MqttTerminals
from edge_agent.timeline import Timeline
from edge_agent.uplink import Down, Entry, HttpsWay, NotDurableError, Pace, Uplink
from vocabulary.home import HomeFileError, read_home
from vocabulary.identity import uuid7
from vocabulary.observation import Observation
from vocabulary.wire import Config, Heartbeat, Hello, HistoryRequest, IncidentState, Say

TICK = timedelta(seconds=1)
_SHORTEST_PAUSE = timedelta(milliseconds=20)
_HOUSEKEEPING = 60.0
"""Seconds between two rounds of forgetting, and of putting ended episodes away."""
_MOST_PRESSES = 5000
DAILY_PACE = Pace()
_MOST_HISTORIES = 100
_LAST_WORDS = 1.0
"""Seconds in which the receipt for a new home file goes out before the hub starts anew."""
_DISK_LIMIT = 5.0
_COVERAGE = "hearthline/coverage"
_STAMP = b'"last_seen"'
"""A message with the bridge's own stamp in it is the same message when it comes again."""

_log = structlog.get_logger("hub")


def new_id(now: datetime) -> UUID:
    """A fresh UUIDv7."""
    return uuid7(now, secrets.token_bytes(10))


class Hub:
    """Wires heart, journal, home and cloud together; also the `Line` the uplink speaks for."""

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
        self.heart = heart
        self.journal = journal
        self.timeline = timeline
        self.restart = asyncio.Event()
        """Set when a new home file has come: start again with it."""
        now = timeline.now
        self.home = HomeBroker(
            settings.home_broker.address(), f"hearthline-{settings.hub_id}", now, self.take
        )
        token = settings.hub_token.get_secret_value()
        self.uplink = Uplink(
            settings.hub_id,
            settings.cloud_broker.address(),
            HttpsWay(settings.cloud_url, settings.hub_id, token),
            now=now,
            line=self,
            pace=pace,
        )
        language = settings.language or heart.home.resident.language
        self.terminals = MqttTerminals(heart.home, language, say_on(self.home.publish, now))
        self.deeds = Deeds(
            settings.hub_id,
            journal,
            new_id=new_id,
            publish=self.home.publish,
            send=self.uplink.send,
            opened=self._opened,
        )
        self.report = Report(settings.hub_id, timeline.anchor.boot_id, care.revision, new_id)
        if not timeline.anchor.is_placed:
            self.report.faults.add("clock_not_set")
        self._hub_id = settings.hub_id
        self._home_text = care.file_text
        self._presses: dict[str, Future[None] | None] = {}
        self._heard_down: dict[UUID, Future[None] | None] = {}
        self._shown_lights = b""
        self._lists: dict[str, bytes] = {}
        self._is_known = False
        self._until_known: Future[None] = Future()
        """Set once what came before the bridge's first list of devices is on the disk."""
        self._histories: deque[tuple[UUID, timedelta]] = deque(maxlen=_MOST_HISTORIES)
        self._wants_history = asyncio.Event()
        self._soon = asyncio.Event()

    # ------------------------------------------------------------ after a restart

    def wake(
        self,
        past: Recollection,
        incidents: Iterable[HubIncident],
        readings: Iterable[Observation],
    ) -> None:
        """Live through the journal again, take over what was open, and ask everything anew."""
        now = self.timeline.now()
        self._presses = dict.fromkeys(past.presses)
        self._heard_down = dict.fromkeys(past.heard_down)
        for key, text in past.notes.items():
            if key.startswith("list:"):
                topic, payload = key.removeprefix("list:"), text.encode()
                self._lists[topic] = hashlib.sha256(payload).digest()
                self.heart.take(topic, payload, now, retained=True)
        self.heart.rehearse(readings)
        for row in past.outbox:
            self.uplink.send(row)
        restored = self.heart.restore(past.findings, past.released, incidents, now)
        self._do(restored)
        self._do(self.heart.tick(self.timeline.now()))

    # ------------------------------------------------------------ living

    async def run(self) -> bool:
        """Until cancelled; True when a new home file asks for a restart."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.home.run(), name="home")
                group.create_task(self.uplink.run(), name="uplink")
                group.create_task(self.deeds.run(), name="deeds")
                group.create_task(self._tick(), name="tick")
                group.create_task(self._send_histories(), name="histories")
                group.create_task(self._keep_house(), name="housekeeping")
                group.create_task(self._await_restart(), name="restart")
        except* _RestartWantedError:
            _log.info("restart_wanted")
        return self.restart.is_set()

    def take(self, message: Incoming) -> "Future[None] | None":
        """One delivery; what is returned must be set before it is acknowledged, None: at once."""
        try:
            return self._take(message)
        except Exception:  # noqa: BLE001 - one bad message must not take the next ones with it
            self.report.faults.add("handler_failed")
            _log.exception("message_failed", topic_depth=message.topic.count("/"))
            return None

    def _take(self, message: Incoming) -> "Future[None] | None":
        now = self.timeline.now()
        heard = self.terminals.heard(message.topic, message.payload)
        if heard is not None:
            if message.is_retained:
                return None
            return self._do(self.heart.hear(heard.terminal, heard.text, heard.confidence, now))
        digest = hashlib.sha256(message.topic.encode() + b"\0" + message.payload).hexdigest()
        if digest in self._presses and (message.is_repeat or _STAMP in message.payload):
            return self._presses[digest]
        is_list = message.topic.endswith("/bridge/devices")
        outcome = self.heart.take(message.topic, message.payload, now, retained=message.is_retained)
        if self.heart.decoder.is_waiting:
            return None if message.is_retained else self._until_known
        batch = self._note_list(message.topic, message.payload) if is_list else None
        has_event = any(seen.is_event for seen in outcome.observations)
        if has_event:
            batch = batch or Batch()
            batch.presses.append((digest, now))
        durable = self._do(outcome, batch=batch)
        if has_event:
            self._presses[digest] = durable
            while len(self._presses) > _MOST_PRESSES:
                del self._presses[next(iter(self._presses))]
        if is_list and not self._is_known:
            self._is_known = True
            self._free_held(durable)
        return durable

    def _free_held(self, durable: "Future[None] | None") -> None:
        """What came before the list of devices was part of this commit."""
        if durable is None:
            self._until_known.set_result(None)
        else:
            durable.add_done_callback(lambda _: self._until_known.set_result(None))

    def _note_list(self, topic: str, payload: bytes) -> Batch | None:
        """Keep a bridge's list: after a restart presses may come before it is told again."""
        digest = hashlib.sha256(payload).digest()
        if self._lists.get(topic) == digest or not _lists_devices(payload):
            return None
        self._lists[topic] = digest
        return Batch(notes={f"list:{topic}": payload.decode()})

    def _do(self, outcome: Outcome, batch: Batch | None = None) -> "Future[None] | None":
        now = self.timeline.now()
        if outcome.effects:
            self._soon.set()
        return self.deeds.carry_out(outcome, self.heart, self.terminals, now, batch=batch)

    async def _tick(self) -> None:
        while True:
            now = self.timeline.now()
            self._notice_step()
            try:
                self._do(self.heart.tick(now))
                due = self.heart.due(now)
            except Exception:  # noqa: BLE001 - the next second is another chance
                self.report.faults.add("tick_failed")
                _log.exception("tick_failed")
                due = None
            pause = TICK if due is None else min(TICK, max(due - now, _SHORTEST_PAUSE))
            self._soon.clear()
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self._soon.wait()
                await asyncio.sleep(_SHORTEST_PAUSE.total_seconds())
            except TimeoutError:
                continue

    def _notice_step(self) -> None:
        step = self.timeline.notice_step()
        if step is None:
            return
        self.journal.add(Batch(clock_step=(self.timeline.anchor.boot_id, step)))
        _log.warning("wall_clock_stepped", seconds=(step.after - step.before).total_seconds())

    async def _keep_house(self) -> None:
        put_away = self.timeline.now() - A_DAY
        while True:
            now = self.timeline.now()
            batch = Batch(prune_at=now, episodes=self._ended_episodes(put_away, now))
            self._show_lights(now)
            put_away = now - timedelta(hours=1)  # a late reading may still end one
            self.journal.add(batch)
            await asyncio.sleep(_HOUSEKEEPING)

    def _show_lights(self, now: datetime) -> None:
        """On the home's own broker: which risks are watched, without a room."""
        lights = {
            light.slug: {"state": light.state.value, "reason": light.reason}
            for light in self.heart.lights(now)
        }
        payload = json.dumps(lights).encode()
        if payload != self._shown_lights:
            self._shown_lights = payload
            until = now + timedelta(seconds=_HOUSEKEEPING)
            message = Outgoing(_COVERAGE, payload, until, is_retained=True, needs_listener=False)
            self.home.publish(message, _COVERAGE)

    def _ended_episodes(self, since: datetime, now: datetime) -> list[EpisodeRow]:
        return [
            EpisodeRow(part.what, part.place, part.since, part.until)
            for part in self.heart.episodes.between(since, now)
            if part.until is not None
        ]

    async def _await_restart(self) -> None:
        await self.restart.wait()
        await asyncio.sleep(_LAST_WORDS)
        raise _RestartWantedError

    # ------------------------------------------------------------ the line to the cloud

    def hello(self) -> Hello:
        return self.report.hello(self.heart, self.timeline.now())

    def heartbeat(self) -> Heartbeat:
        dropped = sum(self.home.dropped.values()) + self.deeds.unfit
        now = self.timeline.now()
        return self.report.heartbeat(self.heart, self.journal, self.uplink, dropped, now)

    def heartbeat_sent(self, beat: Heartbeat) -> None:
        self.report.arrived(beat)

    def new_id(self) -> UUID:
        return new_id(self.timeline.now())

    def is_urgent(self) -> bool:
        return bool(self.heart.response.open_incidents)

    def settled(self, entries: list[Entry], refused: dict[UUID, str]) -> None:
        now = self.timeline.now()
        rows = [
            ReceiptRow(e.message.event_id, now, e.sent, refused.get(e.message.event_id))
            for e in entries
        ]
        self.journal.add(Batch(receipts=rows))
        if refused:
            self.report.faults.add("message_refused")
            _log.error("refused_by_cloud", events=[str(one) for one in refused])

    async def heed(self, message: Down) -> str | None:
        known = self._heard_down.get(message.event_id)
        if known is None and message.event_id not in self._heard_down:
            reason, known = self._apply(message)
            if reason is not None:
                return reason
            self._heard_down[message.event_id] = known
        if known is not None:
            try:
                async with asyncio.timeout(_DISK_LIMIT):
                    await asyncio.shield(asyncio.wrap_future(known))
            except TimeoutError:
                raise NotDurableError(f"{message.event_id} is not on the disk") from None
        return None

    def _apply(self, message: Down) -> "tuple[str | None, Future[None] | None]":
        now = self.timeline.now()
        batch = Batch(heard_down=[(message.event_id, now)])
        outcome = Outcome()
        match message:
            case IncidentState() | Say():
                outcome = self.heart.heed(message, now)
            case HistoryRequest():
                self._ask_history(message.incident_id, timedelta(days=message.days))
            case Config():
                try:
                    read_home(message.home_toml, "config")
                except HomeFileError as refused:
                    return str(refused), None
                if message.revision > self.report.config_revision:
                    batch.notes |= note_config(message, self._home_text)
                    self.report.config_revision = message.revision
                    self.restart.set()
        return None, self._do(outcome, batch=batch)

    # ------------------------------------------------------------ what the day was like

    def _opened(self, incident: HubIncident) -> None:
        _log.info("incident_opened", incident_id=str(incident.incident_id), slug=incident.slug)
        self._ask_history(incident.incident_id, A_DAY)

    def _ask_history(self, incident_id: UUID, span: timedelta) -> None:
        self._histories.append((incident_id, span))
        self._wants_history.set()

    async def _send_histories(self) -> None:
        while True:
            await self._wants_history.wait()
            self._wants_history.clear()
            while self._histories:
                incident_id, span = self._histories.popleft()
                now = self.timeline.now()
                event_id = new_id(now)
                payload = await history(
                    self.journal,
                    self.heart.episodes.between(now - span, now),
                    event_id=event_id,
                    hub_id=self._hub_id,
                    incident_id=incident_id,
                    span=span,
                    now=now,
                )
                self.deeds.post(OutboxRow(event_id, "history", now, payload, incident_id))


class _RestartWantedError(Exception):
    """A new home file has come."""


def _lists_devices(payload: bytes) -> bool:
    try:
        listed = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(listed, list) and any(
        isinstance(one, dict) and "ieee_address" in one for one in listed
    )
