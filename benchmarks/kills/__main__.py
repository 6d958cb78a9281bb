"""Anything may die between the press of a button and the doctor's answer; no press may be lost.

Each run presses the SOS button, kills one part with kill -9 at a random moment before the
acknowledgement, starts it again, and waits until a named person has acknowledged.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.kills.holds import Hold, held, hold_figures, hold_runs
from benchmarks.report import CANNOT_RUN, LIMIT_MISSED, LIMITS_HELD, Report, spread
from simulator.demo import DatabaseChoice, now
from simulator.play import is_order
from simulator.processes import DidNotStart
from simulator.records import CloudRecords, IncidentRecord
from simulator.responder import Responder
from simulator.stack import Stack

RUN_LIMIT = timedelta(seconds=180)
"""A press that has no acknowledged incident by then is counted as it stands."""
IN_FLIGHT = timedelta(seconds=1)
"""A request that was on its way to the provider when the acknowledgement was committed."""
TYPICAL_ACKNOWLEDGEMENT = 7.5
"""Seconds from press to key press when nothing dies: ring, the spoken sentence, two keys."""


class What(StrEnum):
    """What is under way when something dies."""

    PRESS = "press"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Run:
    """One press and one kill; seconds count from the press."""

    victim: str
    pressed_at: datetime
    killed_after: float
    restarted_in: float


@dataclass(slots=True)
class Tally:
    """What the runs added up to, read from the far ends after the last one."""

    lost: int = 0
    doubled: int = 0
    not_acknowledged: int = 0
    kills_after_acknowledgement: int = 0
    pages_after_acknowledgement: int = 0
    repeated_pages: int = 0
    acknowledged: list[float] = field(default_factory=list)


app = typer.Typer(add_completion=False)


@app.command()
def kills(  # noqa: PLR0913 - each is an option
    runs: Annotated[int, typer.Option(min=1, help="How many presses, one kill each.")] = 50,
    database: Annotated[DatabaseChoice, typer.Option()] = DatabaseChoice.SQLITE,
    what: Annotated[
        What, typer.Option(help="A press on its way to a doctor, or a hold that is running.")
    ] = What.PRESS,
    seed: Annotated[int, typer.Option(help="Which parts die when.")] = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    raw: Annotated[Path | None, typer.Option(help="Leave logs and databases here.")] = None,
) -> None:
    """Kill -9 one part a run. Exit 0: nothing lost, nothing doubled; 1: a limit was missed."""
    report = Report()
    folder = raw or Path(tempfile.mkdtemp(prefix="hearthline-kills-"))
    stack = Stack(folder=folder, clock=now, seed=seed, database=database.value, told=_progress)
    rng = random.Random(seed)  # noqa: S311 - a seeded order of kills
    try:
        if what is What.HOLD:
            figures = hold_figures(asyncio.run(_hold(stack, runs, rng)))
            is_held = held(figures)
        else:
            done, tally = asyncio.run(_measure(stack, runs, rng, report))
            figures = _figures(done, tally, database.value)
            is_held = tally.lost == tally.doubled == tally.pages_after_acknowledgement == 0
    except DidNotStart as why:
        _progress(f"cannot run: {why}")
        report.skip(str(why))
        report.print({"runs": 0})
        raise typer.Exit(CANNOT_RUN) from None
    finally:
        if raw is None:
            shutil.rmtree(folder, ignore_errors=True)
    report.print(figures)
    if not as_json:
        _progress("the line above is the whole result; --json says the same")
    raise typer.Exit(LIMITS_HELD if is_held else LIMIT_MISSED)


async def _hold(stack: Stack, runs: int, rng: random.Random) -> list[Hold]:
    try:
        await stack.start()
        return await hold_runs(stack, runs, rng, _progress)
    finally:
        await stack.stop()


async def _measure(
    stack: Stack, runs: int, rng: random.Random, report: Report
) -> tuple[list[Run], Tally]:
    done: list[Run] = []
    try:
        await stack.start()
        parts = _parts(stack, report)
        victims = [parts[number % len(parts)] for number in range(runs)]
        rng.shuffle(victims)
        records = CloudRecords(stack.database_url)
        try:
            for number, victim in enumerate(victims, start=1):
                run, seconds = await _one_run(stack, records, victim, rng)
                done.append(run)
                _progress(
                    f"run {number}/{runs}: {victim} killed {run.killed_after:.2f} s after,"
                    f" acknowledged after {seconds} s"
                )
            return done, await _tally(stack, records, done)
        finally:
            await records.close()
    finally:
        await stack.stop()


def _parts(stack: Stack, report: Report) -> list[str]:
    parts = ["hub", *stack.cloud_parts, "cloud_broker"]
    if "serve" in parts:
        parts.remove("serve")  # it only shows; ingest and worker carry the press
    if stack.home_broker.is_lasting:
        return [*parts, "home_broker"]
    report.skip("kills of the home broker: mosquitto is not installed, and the wheel keeps nothing")
    return parts


async def _one_run(
    stack: Stack, records: CloudRecords, victim: str, rng: random.Random
) -> tuple[Run, list[float | None]]:
    moment = rng.uniform(0, TYPICAL_ACKNOWLEDGEMENT)
    pressed_at, restarted = await asyncio.gather(_press(stack), _kill(stack, victim, moment))
    incidents = await _settled(stack, records, pressed_at)
    await _tidy(stack, incidents)
    seconds = [_seconds(one.acknowledged_at, pressed_at) for one in incidents]
    return Run(victim, pressed_at, moment, restarted), seconds


async def _press(stack: Stack) -> datetime:
    answer = await stack.http.post(
        f"{stack.house_url}/story",
        json={"story": "sos_call", "answer": "silence", "twin": False},
        timeout=60,
    )
    answer.raise_for_status()
    return datetime.fromisoformat(answer.json()["criterion_at"])


async def _kill(stack: Stack, victim: str, moment: float) -> float:
    await asyncio.sleep(moment)
    stack.kill(victim)
    killed = time.monotonic()
    await stack.restart(victim)
    return time.monotonic() - killed


async def _settled(
    stack: Stack, records: CloudRecords, pressed_at: datetime
) -> list[IncidentRecord]:
    deadline = time.monotonic() + RUN_LIMIT.total_seconds()
    incidents: list[IncidentRecord] = []
    while time.monotonic() < deadline:
        incidents = await records.incidents(
            stack.roster.household, pressed_at - timedelta(seconds=0.5)
        )
        if incidents and all(one.acknowledged_at for one in incidents):
            return incidents
        await asyncio.sleep(0.1)
    return incidents


async def _tidy(stack: Stack, incidents: list[IncidentRecord]) -> None:
    """Close what was opened, and wait until the hub knows."""
    for one in incidents:
        person = stack.roster.by_id(one.acknowledged_by or "")
        if person is None:
            continue
        responder = Responder(stack.cloud_url, person)
        try:
            await responder.log_in()
            await responder.close(one.id, "resolved_by_phone")
        finally:
            await responder.leave()
    await stack.settle()


async def _tally(stack: Stack, records: CloudRecords, done: list[Run]) -> Tally:
    """Count at the end, over the whole time: a late double of an early press shows."""
    tally = Tally()
    incidents = await records.incidents(stack.roster.household, done[0].pressed_at - _EARLIER)
    bounds = [run.pressed_at - _EARLIER for run in done]
    for run, since, until in zip(done, bounds, [*bounds[1:], None], strict=True):
        mine = [one for one in incidents if since <= one.opened_at and _is_before(one, until)]
        tally.lost += not mine
        tally.doubled += len(mine) > 1
        for one in mine:
            seconds = _seconds(one.acknowledged_at, run.pressed_at)
            if seconds is None:
                tally.not_acknowledged += 1
                continue
            tally.acknowledged.append(seconds)
            tally.kills_after_acknowledgement += run.killed_after > seconds
    await _count_pages(stack, records, incidents, tally)
    return tally


async def _count_pages(
    stack: Stack, records: CloudRecords, incidents: list[IncidentRecord], tally: Tally
) -> None:
    """By the phone company's log: what it was asked for after somebody had acknowledged."""
    log = (await stack.http.get(f"{stack.phone_url}/_log")).json()
    pages = await records.pages([one.id for one in incidents])
    tally.repeated_pages = sum(page.is_repeat for page in pages)
    asked = [
        (datetime.fromisoformat(one["at"]), set(one["form"].get("To", [])))
        for one in log["requests"]
        if is_order(one)
    ]
    for one in incidents:
        if one.acknowledged_at is None or one.closed_at is None:
            continue
        numbers = {page.address for page in pages if page.incident_id == one.id}
        tally.pages_after_acknowledgement += sum(
            one.acknowledged_at + IN_FLIGHT < at < one.closed_at and bool(numbers & to)
            for at, to in asked
        )


_EARLIER = timedelta(seconds=0.5)
"""An incident's instant is the hub's; the press is the simulator's: the same clock, read twice."""


def _is_before(incident: IncidentRecord, until: datetime | None) -> bool:
    return until is None or incident.opened_at < until


def _figures(done: list[Run], tally: Tally, database: str) -> dict[str, Any]:
    restarts: dict[str, list[float]] = {}
    for run in done:
        restarts.setdefault(run.victim, []).append(run.restarted_in)
    return {
        "runs": len(done),
        "database": database,
        "presses": len(done),
        "lost": tally.lost,
        "doubled": tally.doubled,
        "not_acknowledged": tally.not_acknowledged,
        "kills_after_acknowledgement": tally.kills_after_acknowledgement,
        "pages_after_acknowledgement": tally.pages_after_acknowledgement,
        "repeated_pages": tally.repeated_pages,
        "acknowledged_seconds": spread(tally.acknowledged),
        "restart_seconds": {part: spread(times) for part, times in restarts.items()},
    }


def _seconds(at: datetime | None, since: datetime) -> float | None:
    return None if at is None else round((at - since).total_seconds(), 2)


def _progress(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


if __name__ == "__main__":
    app()
