"""`python -m benchmarks.throughput`: what one hub takes, spends, weighs, and how soon it protects.

Of each figure the best round is told, since whatever else runs on the machine can only add to it;
of memory the worst.
Exit status: 0 the limits held, 1 one was missed, 2 wrong usage, 77 it cannot run here.
"""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.report import CANNOT_RUN, LIMIT_MISSED, LIMITS_HELD, Report
from benchmarks.throughput.consumer import by_aiomqtt, by_hub, by_paho
from benchmarks.throughput.day import Day, FlatteringDayError, record
from benchmarks.throughput.heart import heart_pace
from benchmarks.throughput.hub_process import PAST_DAYS, Start, live_in, start_empty, start_lived_in
from benchmarks.throughput.offered import NotHeardError, Run, offer
from edge_agent.timeline import read_wall
from simulator.brokers import BrokerFailedError
from simulator.processes import DidNotStart

DEVICES = 100
SIZES = (10, 30, 100, 300)
_HEART_ROUNDS = 3
"""Of the heart for each through the broker: they take a second, not ten."""
_AT_LEAST = {"observations_per_second": 100_000.0, "messages_per_second": 25_000.0}
_AT_MOST = {
    "ratio": 2.0,
    "p99_ms_at_1000": 5.0,
    "peak_rss_mb": 80.0,
    "first_rule_live_seconds": 1.0,
    "first_rule_live_seconds_14_days": 3.0,
}
_KEYS = (
    *("devices", "messages", "median_properties", "identical_repeats_percent", "unchanged_percent"),
    *("observations_per_second", "messages_per_second", "scaling"),
    *("end_to_end_micros", "aiomqtt_micros", "paho_micros", "journal_micros", "ratio"),
    *("p99_ms_at_1000", "aiomqtt_p99_ms_at_1000", "longest_stall_ms"),
    *("peak_rss_mb", "first_rule_live_seconds", "first_rule_live_seconds_14_days"),
)
"""All of the report; `null` until it is known."""

app = typer.Typer(add_completion=False)


@app.command()
def throughput(
    messages: Annotated[
        int, typer.Option(min=10, help="At most so many: of the day, and through the broker.")
    ] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="Of each the best is told.")] = 3,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    raw: Annotated[Path | None, typer.Option(help="Leave logs and journals here.")] = None,
) -> None:
    """Measure the hub on a simulated day of 100 devices. Exit 0: all limits held; 1: one missed."""
    report = Report()
    folder = raw or Path(tempfile.mkdtemp(prefix="hearthline-throughput-"))
    figures: dict[str, Any] = dict.fromkeys(_KEYS)
    try:
        _measure(figures, report, folder, messages, rounds)
    except (BrokerFailedError, DidNotStart) as why:
        _progress(f"cannot run: {why}")
        report.skip(str(why))
        report.print(figures)
        raise typer.Exit(CANNOT_RUN) from None
    except (FlatteringDayError, NotHeardError) as why:
        report.skip(f"what comes after: {why}")
        report.print(figures)
        raise typer.Exit(LIMIT_MISSED) from None
    finally:
        if raw is None:
            shutil.rmtree(folder, ignore_errors=True)
    missed = _missed(figures)
    report.print({**figures, "missed": missed})
    if not as_json:
        _progress("the line above is the whole result; --json says the same")
    raise typer.Exit(LIMIT_MISSED if missed else LIMITS_HELD)


def _measure(
    figures: dict[str, Any], report: Report, folder: Path, messages: int, rounds: int
) -> None:
    _progress(f"recording a day of {DEVICES} devices")
    day = record(DEVICES)
    day.check()
    figures |= {
        "devices": DEVICES,
        "messages": len(day.lines),
        "median_properties": day.median_properties,
        "identical_repeats_percent": round(day.repeats * 100, 2),
        "unchanged_percent": round(day.unchanged * 100, 2),
    }
    _progress(
        f"{len(day.lines)} messages, a median of {day.median_properties:g} properties,"
        f" {day.repeats:.1%} identical repeats,"
        f" {day.unchanged:.1%} without a new reading"
    )
    day = day.first(messages)
    figures["scaling"] = _scaling(day, messages, rounds)
    figures |= next(
        {key: size[key] for key in _AT_LEAST}
        for size in figures["scaling"]
        if size["devices"] == DEVICES
    )
    figures |= _through_the_broker(day, report, folder, messages, rounds)
    figures |= asyncio.run(_as_a_process(day, report, folder, rounds))


def _scaling(hundred: Day, messages: int, rounds: int) -> list[dict[str, float]]:
    """The heart with more and more devices: what an observation costs should stay what it is."""
    found = []
    for devices in SIZES:
        day = hundred if devices == DEVICES else record(devices).first(messages)
        pace = heart_pace(day, _HEART_ROUNDS * rounds)
        _progress(
            f"{devices} devices: {pace.observations_per_second:,.0f} observations,"
            f" {pace.messages_per_second:,.0f} messages a second in the heart"
        )
        found.append(
            {"devices": devices, **{key: round(value) for key, value in asdict(pace).items()}}
        )
    return found


def _through_the_broker(
    day: Day, report: Report, folder: Path, messages: int, rounds: int
) -> dict[str, Any]:
    """The three listeners by turns, so that a busy minute of the machine hits all of them."""
    runs: dict[str, list[Run]] = {"paho": [], "aiomqtt": [], "hub": []}
    for number in range(rounds):
        for name, consume in (("paho", by_paho), ("aiomqtt", by_aiomqtt), ("hub", by_hub)):
            place = _place(folder, f"{name}-{number + 1}")
            run = offer(day, messages, consume, place, read_wall())
            runs[name].append(run)
            _progress(
                f"round {number + 1}/{rounds}: {name} {run.cpu_micros:.0f} µs a message,"
                f" p99 {run.p99_ms:.1f} ms, longest stall {run.longest_stall * 1000:.1f} ms"
            )
    (folder / "rounds.json").write_text(json.dumps(_told(runs), indent=1))
    best = {name: min(run.cpu_micros for run in each) for name, each in runs.items()}
    quietest = min(runs["hub"], key=lambda run: run.p99_ms)
    journal = [run.journal_micros for run in runs["hub"] if run.journal_micros is not None]
    if not journal:
        report.skip("journal_micros: this system keeps no CPU clock for each thread")
    return {
        "end_to_end_micros": round(best["hub"], 1),
        "aiomqtt_micros": round(best["aiomqtt"], 1),
        "paho_micros": round(best["paho"], 1),
        "journal_micros": round(min(journal), 1) if journal else None,
        "ratio": round(best["hub"] / best["aiomqtt"], 2),
        "p99_ms_at_1000": round(quietest.p99_ms, 2),
        "aiomqtt_p99_ms_at_1000": round(min(run.p99_ms for run in runs["aiomqtt"]), 2),
        "longest_stall_ms": round(quietest.longest_stall * 1000, 2),
    }


def _told(runs: dict[str, list[Run]]) -> dict[str, Any]:
    """Each round of each listener, for `--raw`."""
    return {
        name: [
            {
                "cpu_micros": run.cpu_micros,
                "journal_micros": run.journal_micros,
                "p99_ms": run.p99_ms,
                "longest_stall_ms": run.longest_stall * 1000,
            }
            for run in each
        ]
        for name, each in runs.items()
    }


async def _as_a_process(day: Day, report: Report, folder: Path, rounds: int) -> dict[str, Any]:
    empty = [await start_empty(day, _place(folder, f"empty-{n + 1}")) for n in range(rounds)]
    peaks = [start.peak_rss_mb for start in empty if start.peak_rss_mb is not None]
    if not peaks:
        report.skip("peak_rss_mb: this system does not tell a process's peak")
    _progress(f"writing a journal of {PAST_DAYS} days")
    journal = await live_in(day, _place(folder, "lived-in"))
    later = [
        await start_lived_in(day, _place(folder, f"later-{n + 1}"), journal) for n in range(rounds)
    ]
    return {
        "peak_rss_mb": round(max(peaks), 1) if peaks else None,
        "first_rule_live_seconds": _first_rule_live(empty, "on an empty journal"),
        "first_rule_live_seconds_14_days": _first_rule_live(later, f"after {PAST_DAYS} days"),
    }


def _first_rule_live(starts: list[Start], when: str) -> float:
    each = [start.first_rule_live for start in starts]
    _progress(f"a rule protects {when} after {', '.join(f'{one:.2f} s' for one in each)}")
    return round(min(each), 2)


def _place(folder: Path, name: str) -> Path:
    place = folder / name
    place.mkdir(parents=True)
    return place


def _missed(figures: dict[str, Any]) -> list[str]:
    """The keys beyond their limit; what this system cannot tell stands in `skipped`."""
    known = {key: value for key, value in figures.items() if value is not None}
    low = [key for key, limit in _AT_LEAST.items() if known.get(key, limit) < limit]
    return low + [key for key, limit in _AT_MOST.items() if known.get(key, limit) > limit]


def _progress(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


if __name__ == "__main__":
    app()
