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
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.report import CANNOT_RUN, LIMIT_MISSED, LIMITS_HELD, Report, quantile
from simulator.demo import DatabaseChoice, now
from simulator.processes import DidNotStart
from simulator.records import CloudRecords, IncidentRecord
from simulator.responder import Responder
from simulator.stack import Stack

RUN_LIMIT = timedelta(seconds=90)
"""A press that has no acknowledged incident by then is counted as it stands."""
IN_FLIGHT = timedelta(seconds=1)
"""A page created before the acknowledgement may still be on its way to the provider."""
TYPICAL_ACKNOWLEDGEMENT = 4.0
"""Seconds from press to key press when nothing dies: ring, greeting, two keys."""


@dataclass(slots=True)
class Tally:
    """What the runs added up to."""

    presses: int = 0
    lost: int = 0
    doubled: int = 0
    late: int = 0
    pages_after_acknowledgement: int = 0
    repeated_pages: int = 0
    restarts: dict[str, list[float]] = field(default_factory=dict)
    acknowledged: list[float] = field(default_factory=list)


app = typer.Typer(add_completion=False)


@app.command()
def kills(
    runs: Annotated[int, typer.Option(min=1, help="How many presses, one kill each.")] = 50,
    database: Annotated[DatabaseChoice, typer.Option()] = DatabaseChoice.SQLITE,
    seed: Annotated[int, typer.Option(help="Which parts die when.")] = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    raw: Annotated[Path | None, typer.Option(help="Leave logs and databases here.")] = None,
) -> None:
    """Kill -9 one part a run. Exit 0: nothing lost, nothing doubled; 1: a limit was missed."""
    report = Report()
    folder = raw or Path(tempfile.mkdtemp(prefix="hearthline-kills-"))
    stack = Stack(folder=folder, clock=now, seed=seed, database=database.value, told=_progress)
    try:
        tally = asyncio.run(_measure(stack, runs, random.Random(seed), report))  # noqa: S311 - a seeded order
    except DidNotStart as why:
        _progress(f"cannot run: {why}")
        report.skip(str(why))
        report.print({"runs": 0})
        raise typer.Exit(CANNOT_RUN) from None
    finally:
        if raw is None:
            shutil.rmtree(folder, ignore_errors=True)
    figures = _figures(tally, runs, database.value)
    report.print(figures)
    if not as_json:
        _progress("the line above is the whole result; --json says the same")
    held = tally.lost == tally.doubled == tally.pages_after_acknowledgement == 0
    raise typer.Exit(LIMITS_HELD if held else LIMIT_MISSED)


async def _measure(stack: Stack, runs: int, rng: random.Random, report: Report) -> Tally:
    tally = Tally()
    try:
        await stack.start()
        parts = _parts(stack, report)
        victims = [parts[number % len(parts)] for number in range(runs)]
        rng.shuffle(victims)
        records = CloudRecords(stack.database_url)
        try:
            for number, victim in enumerate(victims, start=1):
                line = await _one_run(stack, records, victim, rng, tally)
                _progress(f"run {number}/{runs}: {victim} killed {line}")
        finally:
            await records.close()
    finally:
        await stack.stop()
    return tally


def _parts(stack: Stack, report: Report) -> list[str]:
    parts = ["hub", *stack.cloud_parts, "cloud_broker"]
    if "serve" in parts:
        parts.remove("serve")  # it only shows; ingest and worker carry the press
    if stack.home_broker.is_lasting:
        return [*parts, "home_broker"]
    report.skip("kills of the home broker: mosquitto is not installed, and the wheel keeps nothing")
    return parts


async def _one_run(
    stack: Stack, records: CloudRecords, victim: str, rng: random.Random, tally: Tally
) -> str:
    moment = rng.uniform(0, TYPICAL_ACKNOWLEDGEMENT)
    pressed_at, restarted = await asyncio.gather(_press(stack), _kill(stack, victim, moment))
    tally.presses += 1
    tally.restarts.setdefault(victim, []).append(restarted)
    incidents = await _settled(stack, records, pressed_at)
    _count(tally, incidents, pressed_at)
    await _tidy(stack, records, incidents, tally)
    seconds = [_seconds(one.acknowledged_at, pressed_at) for one in incidents]
    return f"{moment:.2f} s after the press, acknowledged after {seconds} s"


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
            await asyncio.sleep(1)  # a second incident of the same press would show now
            return await records.incidents(
                stack.roster.household, pressed_at - timedelta(seconds=0.5)
            )
        await asyncio.sleep(0.1)
    return incidents


def _count(tally: Tally, incidents: list[IncidentRecord], pressed_at: datetime) -> None:
    tally.lost += not incidents
    tally.doubled += len(incidents) > 1
    for one in incidents:
        if one.acknowledged_at is None:
            tally.late += 1
        else:
            tally.acknowledged.append(_seconds(one.acknowledged_at, pressed_at) or 0.0)


async def _tidy(
    stack: Stack, records: CloudRecords, incidents: list[IncidentRecord], tally: Tally
) -> None:
    """Close what was opened, count its pages, and wait until the hub knows."""
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
    pages = await records.pages([one.id for one in incidents])
    acknowledged = {one.id: one.acknowledged_at for one in incidents}
    for page in pages:
        tally.repeated_pages += page.is_repeat
        at = acknowledged[page.incident_id]
        if at is not None and page.created_at > at and page.sent_at is not None:
            tally.pages_after_acknowledgement += 1
    await stack.settle()


def _figures(tally: Tally, runs: int, database: str) -> dict[str, Any]:
    return {
        "runs": runs,
        "database": database,
        "presses": tally.presses,
        "lost": tally.lost,
        "doubled": tally.doubled,
        "not_acknowledged": tally.late,
        "pages_after_acknowledgement": tally.pages_after_acknowledgement,
        "repeated_pages": tally.repeated_pages,
        "acknowledged_seconds": _spread(tally.acknowledged),
        "restart_seconds": {part: _spread(times) for part, times in tally.restarts.items()},
    }


def _spread(values: list[float]) -> dict[str, Any]:
    p50 = quantile(values, 0.5)
    return {
        "n": len(values),
        "p50": None if p50 is None else round(p50, 3),
        "max": round(max(values), 3) if values else None,
    }


def _seconds(at: datetime | None, since: datetime) -> float | None:
    return None if at is None else round((at - since).total_seconds(), 2)


def _progress(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


if __name__ == "__main__":
    app()
