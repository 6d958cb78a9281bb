"""`python -m edge_agent`: the hub, and three ways of asking it what it would see.

Exit status: 0 well, 1 failed, 2 wrong usage or configuration (standard error says file and line).
"""

import argparse
import asyncio
import gc
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from edge_agent.agent import (
    check_settings,
    finding_json,
    import_past,
    leave_out_what_stays,
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


def run(settings: Path, past: Path | None) -> None:
    """Run the hub until it is told to end (SIGTERM, Ctrl-C)."""
    told = read_settings(settings)
    check_settings(told)
    with sole_use(told.data_dir):
        if past is not None:
            _import(past, told)
        asyncio.run(_live(told))


def import_(trace: Path, settings: Path) -> None:
    """Write a trace into the journal at its own instants, without acting on it."""
    told = read_settings(settings)
    check_settings(told)
    with sole_use(told.data_dir):
        print(json.dumps({"readings": _import(trace, told)}))


def replay_(trace: Path, home: Path, profiles: Path) -> None:
    """Run the heart over a recorded trace; findings as JSON lines."""
    read = load_profiles_from(profiles)
    for finding in replay(read_trace(trace), read_home_file(home), read):
        print(json.dumps(finding_json(finding)))


def coverage(settings: Path | None, home: Path | None, profiles: Path) -> None:
    """The 29 lights: which risks are covered, degraded or blind, and why."""
    from edge_agent.agent.inspect import lights_of_home, lights_of_hub  # noqa: PLC0415 - only here

    if settings is not None:
        lights = lights_of_hub(read_settings(settings))
    else:
        assert home is not None
        lights = lights_of_home(read_home_file(home), load_profiles_from(profiles), read_wall())
    for light in lights:
        print(json.dumps(light))


def devices(settings: Path) -> None:
    """What this hub hears: devices, what they can tell, when they last did."""
    from edge_agent.agent.inspect import devices_of_hub  # noqa: PLC0415 - only here

    for device in devices_of_hub(read_settings(settings)):
        print(json.dumps(device))


def _parser() -> argparse.ArgumentParser:
    """By the standard library's own parser: a hub that starts again has no time for another."""
    parser = argparse.ArgumentParser(
        "python -m edge_agent", description=__doc__, allow_abbrev=False
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    running = _command(commands, "run", run)
    _settings(running)
    running.add_argument(
        "--past", type=Path, metavar="TRACE", help="a trace of the days before, journaled once"
    )
    importing = _command(commands, "import", import_)
    _trace(importing)
    _settings(importing)
    replaying = _command(commands, "replay", replay_)
    _trace(replaying)
    replaying.add_argument("--home", type=Path, required=True, help="the home file (TOML)")
    _profiles(replaying)
    looking = _command(commands, "coverage", coverage)
    where = looking.add_mutually_exclusive_group(required=True)
    where.add_argument("--settings", type=Path, help="look into this hub's journal")
    where.add_argument("--home", type=Path, help="the home file, without a hub")
    _profiles(looking)
    _settings(_command(commands, "devices", devices))
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    does: Callable[..., None],
) -> argparse.ArgumentParser:
    added = commands.add_parser(
        name, help=does.__doc__, description=does.__doc__, allow_abbrev=False
    )
    added.set_defaults(does=does)
    return added


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, required=True, help="the hub's TOML file")


def _trace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("trace", type=Path, help="a trace, plain or .xz")


def _profiles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profiles", type=Path, default=PROFILES, help="folder of device profiles")


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
        live = hub.home.live
        beside = (
            asyncio.create_task(_announce(live, told.hub_id), name="announce"),
            asyncio.create_task(leave_out_what_stays((live, hub.has_joined)), name="garbage"),
        )
        try:
            wants_more = await hub.run()
        except asyncio.CancelledError:
            return
        finally:
            for task_beside in beside:
                task_beside.cancel()
            gc.unfreeze()
            hub.journal.close()


async def _announce(live: asyncio.Event, hub_id: str) -> None:
    await live.wait()
    print(json.dumps({"event": "ready", "hub_id": hub_id}), flush=True)


def main() -> None:
    """The program; ends the process."""
    told = vars(_parser().parse_args())
    try:
        told.pop("does")(**told)
    except (SettingsError, TraceError) as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)
    except HubError as failed:
        print(failed, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
