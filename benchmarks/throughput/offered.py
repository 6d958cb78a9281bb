"""A home that says a thousand things a second, and what three listeners spend on each of them."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.report import quantile
from benchmarks.throughput.consumer import Heard, Task
from benchmarks.throughput.day import Day
from benchmarks.throughput.hub_files import write_settings
from simulator.brokers import Broker
from simulator.cache import Message

A_SECOND = 1000
"""Messages; the simulated home of a hundred devices says one in eleven seconds."""
_WARM_UP = 500
_PATIENCE = 60.0
"""Seconds after the last message in which a listener must have heard it."""

_LAST_WORDS = 5.0

Consume = Callable[[Task, Connection], None]


class NotHeardError(RuntimeError):
    """A listener ended, or did not hear all that the broker took for it."""


@dataclass(frozen=True, slots=True)
class Run:
    """One listener, one day."""

    cpu_micros: float
    journal_micros: float | None
    latencies: list[float]
    """Seconds from the hand-over to the broker until judged, one for each message."""
    longest_stall: float

    @property
    def p99_ms(self) -> float:
        return (quantile(self.latencies, 0.99) or 0.0) * 1000


def offer(day: Day, count: int, consume: Consume, folder: Path, now: datetime) -> Run:
    """Let a listener hear `count` messages of the day, at a steady pace; raises `NotHeardError`."""
    broker = asyncio.run(Broker.start("home", folder / "broker", saves=False))
    try:
        return _offer(day, count, consume, folder, now, broker.port)
    finally:
        broker.kill()


def _offer(  # noqa: PLR0913, PLR0917 - who hears what, where and when
    day: Day,
    count: int,
    consume: Consume,
    folder: Path,
    now: datetime,
    port: int,
) -> Run:
    laps = -(-(_WARM_UP + count) // len(day.lines))
    messages = [line.message for line in day.ending(now, days=laps)]
    warm_up, measured = messages[:_WARM_UP], messages[_WARM_UP : _WARM_UP + count]
    task = Task(port, write_settings(day, folder, port), _WARM_UP, count)
    publisher = _connect(port)
    _say(publisher, day.retained)
    with _listening(consume, task) as pipe:
        _receive(pipe)
        _say_in_time(publisher, warm_up)
        _receive(pipe)
        sent_at = _say_in_time(publisher, measured)
        heard: Heard = _receive(pipe)
    publisher.disconnect()
    publisher.loop_stop()
    journal = heard.journal_seconds
    return Run(
        heard.cpu_seconds / count * 1e6,
        None if journal is None else journal / count * 1e6,
        [judged - sent for sent, judged in zip(sent_at, heard.judged_at, strict=True)],
        heard.longest_stall,
    )


@contextmanager
def _listening(consume: Consume, task: Task) -> Iterator[Connection]:
    """In a process that has nothing of ours in it yet."""
    spawn = multiprocessing.get_context("spawn")
    mine, theirs = spawn.Pipe()
    process = spawn.Process(target=consume, args=(task, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield mine
    finally:
        process.join(_LAST_WORDS)
        if process.is_alive():
            process.kill()


def _receive(pipe: Connection) -> Any:
    try:
        if pipe.poll(_PATIENCE):
            return pipe.recv()
    except EOFError:
        raise NotHeardError("a listener has ended before the last message") from None
    raise NotHeardError(f"a listener did not hear all messages in {_PATIENCE:.0f} s")


def _connect(port: int) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, "home", protocol=paho.MQTTv5)
    client.max_inflight_messages_set(A_SECOND)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def _say(client: paho.Client, messages: Sequence[Message]) -> None:
    for message in messages:
        said = client.publish(message.topic, message.payload, qos=1, retain=message.is_retained)
        said.wait_for_publish(_PATIENCE)


def _say_in_time(client: paho.Client, messages: Sequence[Message]) -> list[float]:
    """One each millisecond by the clock, not one a millisecond after the last; when each was."""
    sent_at = []
    began = time.monotonic()
    for number, message in enumerate(messages):
        pause = began + number / A_SECOND - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        sent_at.append(time.monotonic())
        client.publish(message.topic, message.payload, qos=1)
    return sent_at
