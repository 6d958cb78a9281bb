"""Three programs that hear the same home: the hub, and two that do nothing but read the JSON.

Each runs in a process of its own; what counts is the CPU time of the thread that receives.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiomqtt
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge_agent.agent.care_profile import choose_home
from edge_agent.agent.hub import Hub
from edge_agent.agent.start import make_heart, read_profiles
from edge_agent.journal import Journal
from edge_agent.mqtt_client import Incoming
from edge_agent.settings import Settings, read_settings
from edge_agent.timeline import begin, read_wall

_OF_THE_DAY = "zigbee2mqtt/"
TOPIC = f"{_OF_THE_DAY}#"
_BEAT = 0.01
"""Seconds between two looks at the event loop, in both programs that have one: it costs as much."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a consumer is to hear; pickled on its way to the process."""

    port: int
    settings: Path
    """The hub's settings; the others need none."""
    warm_up: int
    count: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What a consumer tells of its run."""

    cpu_seconds: float
    """Of the receiving thread, for the messages after the warm-up."""
    judged_at: list[float]
    """`time.monotonic` after each of them; the machine's own, so processes can compare it."""
    longest_stall: float = 0.0
    journal_seconds: float | None = None


@dataclass(slots=True)
class Meter:
    """Notes each message; the retained ones are the start and count for nothing."""

    pipe: Connection
    warm_up: int
    count: int
    cpu_at: list[float] = field(default_factory=list)
    judged_at: list[float] = field(default_factory=list)
    longest_stall: float = 0.0
    seen: int = 0

    @property
    def is_done(self) -> bool:
        return self.seen >= self.warm_up + self.count

    def note(self) -> None:
        if self.is_done:
            return  # what was read with the last one
        self.seen += 1
        if self.seen > self.warm_up:
            self.judged_at.append(time.monotonic())
        if self.seen == self.warm_up or self.is_done:
            self.cpu_at.append(time.thread_time())
        if self.seen == self.warm_up:
            self.say_ready()

    def say_ready(self) -> None:
        """Once when it is subscribed, once when it is warm: go on."""
        self.pipe.send(None)

    async def watch_loop(self) -> None:
        """How late the event loop comes back, at worst."""
        while True:
            due = time.monotonic() + _BEAT
            await asyncio.sleep(_BEAT)
            if self.seen > self.warm_up:
                self.longest_stall = max(self.longest_stall, time.monotonic() - due)

    def result(self, journal_seconds: float | None = None) -> Heard:
        cpu_seconds = self.cpu_at[1] - self.cpu_at[0]
        return Heard(cpu_seconds, self.judged_at, self.longest_stall, journal_seconds)


def by_paho(task: Task, pipe: Connection) -> None:
    """Bare paho: one thread, one callback."""
    meter = Meter(pipe, task.warm_up, task.count)
    client = paho.Client(CallbackAPIVersion.VERSION2, "paho", protocol=paho.MQTTv5)

    def on_message(client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        json.loads(message.payload)
        if not message.retain:
            meter.note()
        if meter.is_done:
            client.disconnect()

    client.on_message = on_message
    client.on_connect = lambda client, *_: client.subscribe(TOPIC, qos=1)
    client.on_subscribe = lambda *_: meter.say_ready()
    client.connect("127.0.0.1", task.port)
    client.loop_forever()
    pipe.send(meter.result())


def by_aiomqtt(task: Task, pipe: Connection) -> None:
    """Bare aiomqtt, as its documentation shows it."""
    meter = Meter(pipe, task.warm_up, task.count)

    async def listen() -> None:
        client = aiomqtt.Client(
            "127.0.0.1", task.port, identifier="aiomqtt", protocol=aiomqtt.ProtocolVersion.V5
        )
        watching = asyncio.create_task(meter.watch_loop())
        async with client:
            await client.subscribe(TOPIC, qos=1)
            meter.say_ready()
            async for message in client.messages:
                json.loads(message.payload)
                if not message.retain:
                    meter.note()
                if meter.is_done:
                    break
        watching.cancel()

    asyncio.run(listen())
    pipe.send(meter.result())


def by_hub(task: Task, pipe: Connection) -> None:
    """The hub itself, with all its tasks: only its `take` is looked at."""
    meter = Meter(pipe, task.warm_up, task.count)
    told = read_settings(task.settings)
    journal = Journal(told.journal_file, read_wall())

    async def live() -> float | None:
        is_done = asyncio.Event()
        journal_clock = _clock_of("journal")
        hub = _MeteredHub(meter, is_done.set, journal_clock, told, journal)
        running = asyncio.create_task(hub.run())
        watching = asyncio.create_task(meter.watch_loop())
        try:
            await hub.home.live.wait()
            meter.say_ready()
            await is_done.wait()
        finally:
            for one in (running, watching):
                one.cancel()
            with suppress(asyncio.CancelledError):
                await running
            journal.close()  # while there is a loop to tell of the last commit
        return hub.journal_seconds

    pipe.send(meter.result(asyncio.run(live())))


class _MeteredHub(Hub):
    """The hub, and a look at the clocks after each message."""

    def __init__(
        self,
        meter: Meter,
        done: Callable[[], None],
        journal_clock: int | None,
        told: Settings,
        journal: Journal,
    ) -> None:
        past = journal.recollect()
        care = choose_home(told.home_file, past.notes)
        heart = make_heart(told, care.home, read_profiles(told))
        super().__init__(told, heart, journal, begin(None, None, None), care=care)
        self._meter = meter
        self._done = done
        self._journal_clock = journal_clock
        self._journal_at: list[float] = []

    @property
    def journal_seconds(self) -> float | None:
        if not self._journal_at:
            return None
        return self._journal_at[1] - self._journal_at[0]

    def take(self, message: Incoming) -> Any:
        durable = super().take(message)
        if not message.is_retained and message.topic.startswith(_OF_THE_DAY):
            self._meter.note()  # not the hub's own word that it is there, which it hears as well
            if self._meter.seen == self._meter.warm_up or self._meter.is_done:
                self._look_at_journal()
        return durable

    def _look_at_journal(self) -> None:
        if self._journal_clock is not None:
            self._journal_at.append(time.clock_gettime(self._journal_clock))
        if self._meter.is_done:
            self._done()


def _clock_of(thread_name: str) -> int | None:
    """The CPU clock of one of our threads; None where the system has no such clock."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    ident = next(t.ident for t in threading.enumerate() if t.name == thread_name)
    return None if ident is None else time.pthread_getcpuclockid(ident)
