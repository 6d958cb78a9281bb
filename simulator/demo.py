"""One command shows all of Hearthline at work: a home, a hub, a cloud, a doctor on the line."""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simulator.play import Script, play
from simulator.processes import DidNotStart
from simulator.scenarios import STORIES
from simulator.stack import DURESS_WORD, RESIDENT_PIN, Stack
from simulator.stage import Stage
from simulator.terminal import Answer
from simulator.zones import zone_with

LIMITS_MISSED, USAGE, CANNOT_RUN = 1, 2, 77


class Cut(StrEnum):
    """What is broken before the story begins."""

    UPLINK = "uplink"


class DatabaseChoice(StrEnum):
    """Where the cloud remembers."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


def demo(  # noqa: PLR0913, PLR0917 - each is a flag of the command line
    story: Annotated[
        str | None, typer.Option(help=f"Play one risk to its end: {', '.join(STORIES)}.")
    ] = None,
    answer: Annotated[Answer, typer.Option(help="What the resident answers.")] = Answer.SILENCE,
    cut: Annotated[Cut | None, typer.Option(help="Cut the home's link for 60 s.")] = None,
    variant: Annotated[str, typer.Option(help="Which way of the story; default the first.")] = "",
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds a story may take from its criterion on.", min=1)
    ] = None,
    database: Annotated[DatabaseChoice, typer.Option()] = DatabaseChoice.SQLITE,
    seed: Annotated[int, typer.Option(help="Another number, another day.")] = 1,
    *,
    headless: Annotated[
        bool, typer.Option(help="No pictures: progress on standard error.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Last line of standard output: the figures.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Leave logs, databases and settings in this folder.")
    ] = None,
) -> None:
    """Start everything and stay up, or play one story (`--story`) and end.

    Exit status: 0 the story ended well, 1 a limit was missed, 2 wrong usage, 77 something that is
    needed cannot run here.
    """
    if story is not None and story not in STORIES:
        typer.echo(f"no story {story!r}; there are: {', '.join(STORIES)}", err=True)
        raise typer.Exit(USAGE)
    script = None
    if story is not None:
        if variant and variant not in STORIES[story]:
            ways = ", ".join(STORIES[story])
            typer.echo(f"no variant {variant!r} of {story}; there are: {ways}", err=True)
            raise typer.Exit(USAGE)
        limit = None if time_limit is None else timedelta(seconds=time_limit)
        script = Script(story, answer, cut is not None, limit, variant)
    folder = keep or Path(tempfile.mkdtemp(prefix="hearthline-demo-"))
    stage = Stage(is_plain=headless or not sys.stdout.isatty(), is_silent=as_json and headless)
    stack = Stack(folder=folder, clock=now, seed=seed, database=database.value, told=stage.tell)
    if script is not None:
        stack.story, stack.variant = script.story, script.told_variant
        stack.zone = zone_with(script.hours, now())
    status = asyncio.run(_until_interrupted(stack, script, stage, as_json=as_json))
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    raise typer.Exit(status)


def now() -> datetime:
    """The wall clock of the machine that plays all parts."""
    return datetime.now(UTC)


async def _until_interrupted(
    stack: Stack, script: Script | None, stage: Stage, *, as_json: bool
) -> int:
    running = asyncio.ensure_future(_run(stack, script, stage, as_json=as_json))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, running.cancel)
    try:
        with suppress(asyncio.CancelledError):
            return await running
        return 0 if script is None else LIMITS_MISSED
    finally:
        stage.tell("tidying up")
        await asyncio.shield(stack.stop())


async def _run(stack: Stack, script: Script | None, stage: Stage, *, as_json: bool) -> int:
    try:
        await stack.start()
    except DidNotStart as why:
        typer.echo(f"hearthline: {why}", err=True)
        return CANNOT_RUN
    if script is None:
        stage.welcome(stack, pin=RESIDENT_PIN, duress_word=DURESS_WORD)
        await stage.watch(stack)
        return 0
    outcome = await play(stack, script, stage.tell)
    for miss in outcome.misses:
        stage.tell(f"missed: {miss}")
    if as_json:
        sys.stdout.write(json.dumps(outcome.figures) + "\n")
    else:
        stage.figures(outcome.figures)
    return 0 if outcome.is_well else LIMITS_MISSED
