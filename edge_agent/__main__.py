"""`python -m edge_agent`: the hub, and three ways of asking it what it would see.

Exit status: 0 well, 1 failed, 2 wrong usage or configuration (standard error says file and line).
"""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from edge_agent.agent import (
    check_settings,
    finding_json,
    import_past,
    load_profiles_from,
    make_heart,
    read_profiles,
    read_trace,
    replay,
    sole_use,
    start_hub,
)
from edge_agent.agent.trace import TraceError
from edge_agent.errors import HubError
from edge_agent.journal import Journal
from edge_agent.settings import (
    PROFILES,
    Settings,
    SettingsError,
    read_home_file,
    read_settings,
)
from edge_agent.timeline import read_wall

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

SettingsFile = Annotated[Path, typer.Option("--settings", help="The hub's TOML file.")]
HomeFileOption = Annotated[Path, typer.Option("--home", help="The home file (TOML).")]
ProfilesDir = Annotated[Path, typer.Option("--profiles", help="Folder of device profiles.")]


@app.command()
def run(
    settings: SettingsFile,
    past: Annotated[
        Path | None, typer.Option(help="A trace of the days before, journaled once.")
    ] = None,
) -> None:
    """Run the hub until it is told to end (SIGTERM, Ctrl-C)."""
    told = read_settings(settings)
    check_settings(told)
    with sole_use(told.data_dir):
        if past is not None:
            _import(past, told)
        asyncio.run(_live(told))


@app.command(name="import")
def import_(
    trace: Annotated[Path, typer.Argument(help="A trace, plain or .xz.")], settings: SettingsFile
) -> None:
    """Write a trace into the journal at its own instants, without acting on it."""
    told = read_settings(settings)
    check_settings(told)
    with sole_use(told.data_dir):
        print(json.dumps({"readings": _import(trace, told)}))


@app.command(name="replay")
def replay_(
    trace: Annotated[Path, typer.Argument(help="A trace, plain or .xz.")],
    home: HomeFileOption,
    profiles: ProfilesDir = PROFILES,
) -> None:
    """Run the heart over a recorded trace; findings as JSON lines."""
    read = load_profiles_from(profiles)
    for finding in replay(read_trace(trace), read_home_file(home), read):
        print(json.dumps(finding_json(finding)))


@app.command()
def coverage(
    settings: Annotated[Path | None, typer.Option(help="Look into this hub's journal.")] = None,
    home: Annotated[Path | None, typer.Option(help="The home file, without a hub.")] = None,
    profiles: ProfilesDir = PROFILES,
) -> None:
    """The 29 lights: which risks are covered, degraded or blind, and why."""
    from edge_agent.agent.inspect import lights_of_home, lights_of_hub  # noqa: PLC0415 - only here

    if settings is not None:
        lights = lights_of_hub(read_settings(settings))
    elif home is not None:
        lights = lights_of_home(read_home_file(home), load_profiles_from(profiles), read_wall())
    else:
        raise typer.BadParameter("expected --settings FILE or --home FILE")
    for light in lights:
        print(json.dumps(light))


@app.command()
def devices(settings: SettingsFile) -> None:
    """What this hub hears: devices, what they can tell, when they last did."""
    from edge_agent.agent.inspect import devices_of_hub  # noqa: PLC0415 - only here

    for device in devices_of_hub(read_settings(settings)):
        print(json.dumps(device))


def _import(trace: Path, told: Settings) -> int:
    journal = Journal(told.journal_file, read_wall())
    try:
        home = read_home_file(told.home_file)
        return import_past(trace, journal, make_heart(told, home, read_profiles(told)), read_wall())
    finally:
        journal.close()


async def _live(told: Settings) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, task.cancel if task else sys.exit)
    wants_more = True
    while wants_more:
        hub = start_hub(told)
        announcing = asyncio.create_task(_announce(hub.home.live, told.hub_id), name="announce")
        try:
            wants_more = await hub.run()
        except asyncio.CancelledError:
            return
        finally:
            announcing.cancel()
            hub.journal.close()


async def _announce(live: asyncio.Event, hub_id: str) -> None:
    await live.wait()
    print(json.dumps({"event": "ready", "hub_id": hub_id}), flush=True)


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def main() -> None:
    """The program; ends the process."""
    _log_to_stderr()
    try:
        app()
    except (SettingsError, TraceError) as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)
    except HubError as failed:
        print(failed, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
