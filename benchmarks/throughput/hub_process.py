"""The hub as an operator starts it: how soon a rule protects, and what memory a home takes.

Seen from outside only. Somebody presses an SOS button again and again from the moment the process
is started; the first finding that the hub publishes says that a critical rule has judged a press.
"""

import asyncio
import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

import aiomqtt

from benchmarks.throughput.day import Day
from benchmarks.throughput.hub_files import hub_folder, write_settings
from benchmarks.throughput.offered import A_SECOND, NotHeardError
from edge_agent.timeline import read_wall
from simulator.brokers import Broker
from simulator.cache import Message
from simulator.processes import Program
from simulator.trace import write_trace

PAST_DAYS = 14
"""As long as readings are kept (DESIGN §5, Journal)."""
_FINDING = "hearthline/finding/sos_call"
_EVERY = 0.02
"""Seconds between two presses: the error of the figure."""
_PATIENCE = 60.0
_FIRST_BUTTON, _LAST_BUTTON = "SOS pendant", "Toilet emergency button"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the hub, and the day after it."""

    first_rule_live: float
    """Seconds from the start of the process until the first finding was heard."""
    peak_rss_mb: float | None = None


async def start_empty(day: Day, folder: Path) -> Start:
    """On an empty journal; then it hears the whole day."""
    async with _Home(day, folder) as home:
        seconds = await home.start_hub()
        for line in day.ending(read_wall()):
            await home.say(line.message)
            await asyncio.sleep(1 / A_SECOND)
        await home.press_until_found(_LAST_BUTTON)  # in order: the whole day has been judged
        return Start(seconds, home.peak_rss_mb())


async def start_lived_in(day: Day, folder: Path, lived_in: Path) -> Start:
    """On a copy of a journal; nothing but the start is looked at."""
    shutil.copytree(lived_in, hub_folder(folder))
    async with _Home(day, folder) as home:
        return Start(await home.start_hub())


async def live_in(day: Day, folder: Path) -> Path:
    """A journal of 14 days, written by the hub's own import; the folder that holds it."""
    until, trace = read_wall(), folder / "past.trace"
    retained = day.retained_lines(until - timedelta(days=PAST_DAYS))
    write_trace(trace, [*retained, *day.ending(until, PAST_DAYS)])
    settings = write_settings(day, folder, port=9)
    arguments = ["edge_agent", "import", str(trace), "--settings", str(settings)]
    await Program("import", arguments, folder / "import.log").run(time_limit=600)
    return hub_folder(folder)


class _Home:
    """A broker with a hub on it that can be started, and somebody who presses buttons."""

    def __init__(self, day: Day, folder: Path) -> None:
        self._day = day
        self._folder = folder

    async def __aenter__(self) -> Self:
        self._broker = await Broker.start("home", self._folder / "broker", saves=False)
        settings = write_settings(self._day, self._folder, self._broker.port)
        self._settings = str(settings)
        log = self._folder / "hub.log"
        self._hub = Program("hub", ["edge_agent", "run", "--settings", self._settings], log)
        self._client = aiomqtt.Client(
            "127.0.0.1",
            self._broker.port,
            identifier="home",
            protocol=aiomqtt.ProtocolVersion.V5,
            max_inflight_messages=A_SECOND,
        )
        await self._client.__aenter__()
        await self._client.subscribe(_FINDING, qos=1)
        for message in self._day.retained:
            await self.say(message)
        return self

    async def __aexit__(self, *ending: object) -> None:
        self._hub.kill()
        await self._client.__aexit__(None, None, None)
        await self._broker.stop()

    async def start_hub(self) -> float:
        began = time.monotonic()
        await self._hub.start()
        await self.press_until_found(_FIRST_BUTTON)
        return time.monotonic() - began

    async def say(self, message: Message) -> None:
        await self._client.publish(
            message.topic, message.payload, qos=1, retain=message.is_retained
        )

    async def press_until_found(self, button: str) -> None:
        """Press until the hub has published a finding; one that came earlier does not count."""
        pressing = asyncio.create_task(self._press(button), name="pressing")
        try:
            async with asyncio.timeout(_PATIENCE):
                await anext(aiter(self._client.messages))
        except TimeoutError:
            raise NotHeardError(f"no finding after {_PATIENCE:.0f} s of presses") from None
        finally:
            pressing.cancel()

    def peak_rss_mb(self) -> float | None:
        """By the kernel's own count; None where it keeps none."""
        try:
            status = Path(f"/proc/{self._hub.pid}/status").read_text("ascii")
        except OSError:
            return None
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1000 * 1.024

    async def _press(self, button: str) -> None:
        while True:
            await self.say(self._day.press(button, read_wall()))
            await asyncio.sleep(_EVERY)
