"""A hold that was running when the hub was killed goes on: what it waits for comes on time.

A leak sensor must be wet for 30 s before it is believed. Within them the hub dies by kill -9 and is
started again; the finding must come as if nothing had happened.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.report import spread
from simulator.records import CloudRecords, IncidentRecord
from simulator.stack import Stack

STORY = "water_leak"
EARLIEST, LATEST = 2.0, 22.0
"""Seconds after the story began at which the hub dies: wet by then, and back before the 30 s are
over."""
MOST_LATE = 1.5
"""Seconds: the hub asks each second."""
RUN_LIMIT = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Hold:
    """One kill; seconds."""

    killed_after: float
    restarted_in: float
    raised: tuple[float, ...]
    """After the criterion, each incident of it."""


async def hold_runs(
    stack: Stack, runs: int, rng: random.Random, progress: Callable[[str], None]
) -> list[Hold]:
    """So many leaks one after the other, the hub killed in each."""
    records, done = CloudRecords(stack.database_url), list[Hold]()
    try:
        for number in range(1, runs + 1):
            done.append(await _one(stack, records, rng.uniform(EARLIEST, LATEST)))
            last = done[-1]
            progress(
                f"run {number}/{runs}: hub killed {last.killed_after:.1f} s after the beginning,"
                f" raised {', '.join(f'{late:+.2f} s' for late in last.raised) or 'never'}"
            )
    finally:
        await records.close()
    return done


def hold_figures(done: list[Hold]) -> dict[str, Any]:
    """`lost`: never raised; `doubled`: raised more than once; `late`: over the limit."""
    lates = [late for one in done for late in one.raised]
    restarts = [one.restarted_in for one in done]
    return {
        "runs": len(done),
        "what": "hold",
        "lost": sum(not one.raised for one in done),
        "doubled": sum(len(one.raised) > 1 for one in done),
        "late": sum(not 0 <= late <= MOST_LATE for late in lates),
        "late_seconds": spread(lates),
        "restart_seconds": {"hub": spread(restarts)},
    }


def held(figures: dict[str, Any]) -> bool:
    """Whether the limits were kept."""
    return not (figures["lost"] or figures["doubled"] or figures["late"])


async def _one(stack: Stack, records: CloudRecords, moment: float) -> Hold:
    began_at = stack.clock()
    criterion_at, restarted_in = await asyncio.gather(_leak(stack), _kill(stack, moment))
    incidents = await _until(stack, records, began_at, bool)
    (await stack.http.post(f"{stack.house_url}/settle")).raise_for_status()
    incidents = await _until(
        stack, records, began_at, lambda found: all(one.closed_at for one in found)
    )
    await stack.settle()
    lates = tuple((one.raised[STORY] - criterion_at).total_seconds() for one in incidents)
    return Hold(moment, restarted_in, lates)


async def _leak(stack: Stack) -> datetime:
    answer = await stack.http.post(
        f"{stack.house_url}/story",
        json={"story": STORY, "answer": "silence", "twin": False},
        timeout=90,
    )
    answer.raise_for_status()
    return datetime.fromisoformat(answer.json()["criterion_at"])


async def _kill(stack: Stack, moment: float) -> float:
    await asyncio.sleep(moment)
    stack.kill("hub")
    killed = time.monotonic()
    await stack.restart("hub")
    return time.monotonic() - killed


async def _until(
    stack: Stack,
    records: CloudRecords,
    since: datetime,
    is_so: Callable[[list[IncidentRecord]], bool],
) -> list[IncidentRecord]:
    """The leak's incidents once that is so, or as they are when the run's time is over."""
    deadline = time.monotonic() + RUN_LIMIT.total_seconds()
    while True:
        found = await records.incidents(stack.roster.household, since)
        found = [one for one in found if one.slug == STORY]
        if is_so(found) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.1)
