"""Whatever is on the air of a home: the hub's heart takes damaged messages by the hundred thousand.

Real messages of the simulated home are damaged byte by byte and value by value, by a seed.
No exception, no message over 50 ms, and no memory that grows with what was sent.
"""

import gc
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import psutil
import typer

from benchmarks.report import LIMIT_MISSED, LIMITS_HELD, Report
from edge_agent.agent import load_profiles_from
from edge_agent.agent.heart import Heart
from edge_agent.agent.hub import new_id
from edge_agent.settings import PROFILES
from simulator.cache import Message
from simulator.house import build_house
from simulator.past import past_lines
from vocabulary.home import read_home

STALL_S = 0.050
"""RELIABILITY INV-11."""
MOST_GROWTH_MB = 20.0
"""RELIABILITY C8."""
START = datetime(2026, 2, 4, tzinfo=UTC)
STEP = timedelta(milliseconds=100)
_LONGEST = 70_000
"""Over the largest message that is read at all."""
_PIECES = (
    b"null",
    b"NaN",
    b"1e999",
    b'"',
    b"{",
    b"[",
    b"}",
    b"\xff",
    b"\x00",
    b"-0",
    b"true",
    b"\\u",
)
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e300, -1e300, 10**400, "", "ON", "fall", "sos", "alarm", "single",
    "2099-01-01T00:00:00Z", "nan", [], {}, [[[]]], {"a": {"b": {"c": 1}}}, "x" * 5000, "\ud83d",
)  # fmt: skip
_TOPICS = ("zigbee2mqtt", "zigbee2mqtt/bridge/state", "zigbee2mqtt/bridge/devices", "", "a/b/c/d")


@dataclass(slots=True)
class Found:
    """What the heart made of it."""

    payloads: int = 0
    crashes: list[str] = field(default_factory=list)
    stalls: int = 0
    longest_ms: float = 0.0
    rss_mb: list[float] = field(default_factory=list)
    """In the middle, when everything had been met once, and at the end."""


app = typer.Typer(add_completion=False)


@app.command()
def fuzz(
    payloads: Annotated[int, typer.Option(min=10, help="How many damaged messages.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Another number, other damage.")] = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Exit 0: no crash, no message over 50 ms, memory flat; 1: a limit was missed."""
    report = Report()
    heart, messages = _a_home(seed)
    found = _feed(heart, _damaged(messages, random.Random(seed)), payloads)  # noqa: S311
    crashes = found.crashes + [f"{slug}: {one.what}" for slug, one in heart.engine.failed.items()]
    crashes += [heart.bookkeeping_fault] if heart.bookkeeping_fault else []
    growth = round(found.rss_mb[-1] - found.rss_mb[0], 1)
    report.print(
        {
            "payloads": found.payloads,
            "crashes": len(crashes),
            "crashed_with": crashes[:10],
            "stalls": found.stalls,
            "longest_ms": round(found.longest_ms, 2),
            "rss_growth_mb": growth,
            "refused": dict(heart.decoder.refused),
        }
    )
    if not as_json:
        _progress("the line above is the whole result; --json says the same")
    held = not crashes and not found.stalls and growth <= MOST_GROWTH_MB
    raise typer.Exit(LIMITS_HELD if held else LIMIT_MISSED)


def _a_home(seed: int) -> tuple[Heart, list[Message]]:
    """A heart that knows its hundred devices, and what they say in two hours of a day."""
    house = build_house(seed)
    heart = Heart(read_home(house.home_file()), load_profiles_from(PROFILES), new_id)
    lines = list(past_lines(house, seed, 1 / 12, START))
    for line in lines:
        heart.take(
            line.message.topic, line.message.payload, line.at, retained=line.message.is_retained
        )
    gc.freeze()  # as the hub does once it knows its devices (edge_agent/agent/garbage.py)
    return heart, [line.message for line in lines]


def _feed(heart: Heart, damaged: Iterator[tuple[Message, bool]], count: int) -> Found:
    found, at, process = Found(), START, psutil.Process()
    for number, (message, retained) in zip(range(count), damaged, strict=False):
        at += STEP
        began = time.thread_time()  # of our own work: this machine may have others to do
        try:
            heart.take(message.topic, message.payload, at, retained=retained)
        except Exception as fault:  # noqa: BLE001 - counting them is the point
            found.crashes.append(f"{type(fault).__name__}: {fault} at {message.topic!r}")
        took = time.thread_time() - began
        found.stalls += took > STALL_S
        found.longest_ms = max(found.longest_ms, took * 1000)
        found.payloads += 1
        if number % 600 == 0:
            heart.tick(at)
        if number % (max(count // 10, 1)) == 0:
            _progress(f"{number} of {count}")
        if number in {count // 2, count - 1}:
            found.rss_mb.append(process.memory_info().rss / 1e6)
    return found


def _damaged(messages: list[Message], rng: random.Random) -> Iterator[tuple[Message, bool]]:
    """For ever; lists of all devices now and then, since they are long to read."""
    lists = [one for one in messages if one.topic.endswith("/bridge/devices")]
    others = [one for one in messages if one not in lists]
    while True:
        whole = rng.choice(lists if lists and rng.random() < 1 / 2000 else others)
        topic = rng.choice(_TOPICS) if rng.random() < 0.02 else whole.topic  # noqa: PLR2004 - rarely
        damage = rng.choice((_bytes, _bytes, _value, _value, _repeated))
        payload = damage(whole.payload, rng)[:_LONGEST]
        yield Message(topic, payload), rng.random() < 0.05  # noqa: PLR2004 - rarely


def _bytes(payload: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, cut out or put in."""
    damaged = bytearray(payload)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(damaged) + 1)
        match rng.randrange(3):
            case 0 if at < len(damaged):
                damaged[at] = rng.randrange(256)
            case 1:
                del damaged[at : at + rng.randint(1, 20)]
            case _:
                damaged[at:at] = rng.choice(_PIECES)
    return bytes(damaged)


def _value(payload: bytes, rng: random.Random) -> bytes:
    """One value, or the key of one, is another."""
    try:
        said = json.loads(payload)
    except ValueError:
        return _bytes(payload, rng)
    if not isinstance(said, dict) or not said:
        return json.dumps(rng.choice(_VALUES)).encode()
    key = rng.choice(list(said))
    said[key if rng.random() < 0.9 else str(rng.random())] = rng.choice(_VALUES)  # noqa: PLR2004
    return json.dumps(said).encode()


def _repeated(payload: bytes, rng: random.Random) -> bytes:
    """A piece of it many times over: long, and deep where it is a bracket."""
    at = rng.randrange(len(payload) + 1)
    piece = rng.choice(_PIECES) if rng.random() < 0.5 else payload[at : at + 9]  # noqa: PLR2004
    return payload[:at] + piece * rng.choice((2, 50, 3000)) + payload[at:]


def _progress(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


if __name__ == "__main__":
    app()
