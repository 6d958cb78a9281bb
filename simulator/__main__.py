"""`python -m simulator`: a home, a past, a telephone company, a story, a terminal."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from simulator.bridge import Broker
from simulator.control import Desk
from simulator.demo import demo
from simulator.home import HomeAtWork
from simulator.house import House, build_house
from simulator.past import past_lines, told
from simulator.phone.app import phone_at_work
from simulator.phone.company import Company
from simulator.phone.log import Log
from simulator.phone.people import PEOPLE
from simulator.resident import cache_at
from simulator.scenario import Scenario, told_within_life
from simulator.scenarios import NoSuchScenario, find_scenario
from simulator.serving import serving
from simulator.terminal import DURESS_WORD, PIN, Answer, Resident, Said, Terminals
from simulator.trace import write_trace

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.command()(demo)

Zone = Annotated[str, typer.Option(help="IANA time zone, if not the house's own.")]
StoryOption = Annotated[str, typer.Option(help="A story that has begun before: its earlier part.")]
Variant = Annotated[str, typer.Option(help="Default: the first one.")]
Seed = Annotated[int, typer.Option(help="The same seed tells the same days.")]

BrokerAddress = Annotated[str, typer.Option("--broker", help="HOST:PORT of the home's broker.")]
Username = Annotated[str | None, typer.Option(help="Log-in at the broker.")]
Password = Annotated[
    str | None,
    typer.Option(envvar="HEARTHLINE_SIMULATOR_BROKER_PASSWORD", help="Better by environment."),
]
AnswerOption = Annotated[Answer, typer.Option(help="How the resident answers the hub's questions.")]
DuressWord = Annotated[str, typer.Option(help="What is said under duress.")]
Pin = Annotated[str, typer.Option(help="What is said for --answer pin.")]


@app.command()
def home(  # noqa: PLR0913, PLR0917 - each is an option
    broker: BrokerAddress,
    home_file: Annotated[Path | None, typer.Option(help="Write the home file here.")] = None,
    seed: Seed = 1,
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="Life, times so fast.")] = 1.0,
    control: Annotated[int, typer.Option(help="Port of the desk on 127.0.0.1; 0: any.")] = 0,
    language: Annotated[str, typer.Option(help="en or zh_CN.")] = "en",
    zone: Zone = "",
    story: StoryOption = "",
    variant: Variant = "",
    began_at: Annotated[
        datetime | None, typer.Option(help="When the story began: ISO instant, UTC.")
    ] = None,
    answer: AnswerOption = Answer.SILENCE,
    duress_word: DuressWord = DURESS_WORD,
    pin: Pin = PIN,
    username: Username = None,
    password: Password = None,
) -> None:
    """A home of 100 devices, living in real time; README.md lists the desk's routes."""
    house = build_house(seed, zone)
    scenario = _scenario(house, story, variant) if story else None
    start = None if scenario is None else _utc(began_at)
    if home_file is not None:
        text = house.home_file(language)
        if scenario is not None and start is not None:
            text = scenario.home_file(house, start, language)
        home_file.write_text(text, "utf-8")
    address = _broker(broker, username, password)

    async def run() -> None:
        resident = Resident(answer, duress_word, pin)
        at_work = HomeAtWork(house, seed, address, _now, speed, resident, scenario, start)
        async with asyncio.TaskGroup() as group:
            desk = Desk(at_work, group)
            async with serving(desk.app(), control) as port:
                _ready(control=f"http://127.0.0.1:{port}", devices=len(house.devices))
                await at_work.run()

    _run(run())


@app.command()
def past(  # noqa: PLR0913, PLR0917 - each is an option
    out: Annotated[Path, typer.Option(help="The trace to write; .xz packs it.")],
    days: Annotated[float, typer.Option(min=0.01, max=400)] = 1.0,
    until: Annotated[datetime | None, typer.Option(help="ISO instant, UTC; default now.")] = None,
    seed: Seed = 1,
    home_file: Annotated[Path | None, typer.Option(help="Write the home file here.")] = None,
    zone: Zone = "",
    story: StoryOption = "",
    variant: Variant = "",
) -> None:
    """The days before `--until` as a trace (DESIGN §7); with a story, what has happened of it."""
    house = build_house(seed, zone)
    scenario = _scenario(house, story, variant) if story else None
    if home_file is not None:
        home_file.write_text(house.home_file(), "utf-8")
    lines = write_trace(out, past_lines(house, seed, days, _utc(until), scenario))
    print(json.dumps({"lines": lines, "days": days, "seed": seed}))


@app.command(name="story")
def story_(  # noqa: PLR0913 - each is an option
    slug: Annotated[str, typer.Argument(help="sos_call, smoke_fire, fall …")],
    out: Annotated[Path, typer.Option(help="The trace to write; .xz packs it.")],
    variant: Variant = "",
    *,
    twin: Annotated[bool, typer.Option(help="The quiet twin instead.")] = False,
    at: Annotated[datetime | None, typer.Option(help="ISO instant, UTC; default now.")] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long the trace goes on.")] = 10.0,
    seed: Seed = 1,
) -> None:
    """A scenario inside a lived day, as a trace; prints when its criterion was met."""
    house, start = build_house(seed), _utc(at)
    scenario = _scenario(house, slug, variant, is_twin=twin)
    changes = list(told_within_life(house, seed, scenario, start, timedelta(minutes=minutes)))
    lines = write_trace(out, told(cache_at(house, seed, changes[0].at), changes, changes[0].at))
    met = scenario.criterion_after
    criterion_at = None if met is None else (start + met).isoformat()
    print(json.dumps({"lines": lines, "variant": scenario.name, "criterion_at": criterion_at}))


@app.command()
def terminal(  # noqa: PLR0913, PLR0917 - each is an option
    broker: BrokerAddress,
    answer: AnswerOption = Answer.SILENCE,
    duress_word: DuressWord = DURESS_WORD,
    pin: Pin = PIN,
    seed: Seed = 1,
    username: Username = None,
    password: Password = None,
) -> None:
    """The home's terminals as text: prints what is said, answers as told."""

    async def run() -> None:
        resident = Resident(answer, duress_word, pin)
        rng = Random(f"terminal:{seed}")
        address = _broker(broker, username, password)
        await Terminals(address, resident, _now, rng, _print_said).run()

    _run(run())


@app.command()
def phone(  # noqa: PLR0913, PLR0917 - each is an option
    account_sid: Annotated[str, typer.Option(envvar="HEARTHLINE_SIMULATOR_ACCOUNT_SID")],
    auth_token: Annotated[str, typer.Option(envvar="HEARTHLINE_SIMULATOR_AUTH_TOKEN")],
    people: Annotated[Path, typer.Option(help="JSON: number → person (README.md).")],
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0: any.")] = 0,
    log: Annotated[
        Path | None, typer.Option(help="Append every record here as JSON lines.")
    ] = None,
    sms_webhook: Annotated[str, typer.Option(help="Where incoming texts are posted.")] = "",
    speech_rate: Annotated[float, typer.Option(min=0.1, help="Characters a second.")] = 15.0,
    seed: Seed = 1,
) -> None:
    """A telephone company that speaks Twilio's API, and the people it rings."""
    try:
        who = PEOPLE.validate_json(people.read_bytes())
    except (OSError, ValidationError) as broken:
        raise typer.BadParameter(f"{people}: {broken}", param_hint="--people") from broken

    def company(group: asyncio.TaskGroup) -> Company:
        return Company(
            account_sid,
            auth_token,
            who,
            _now,
            # Two runs give no call the same sid.
            Random(f"phone:{seed}:{_now().isoformat()}"),
            group,
            Log(log),
            sms_webhook,
            speech_rate,
        )

    async def run() -> None:
        async with phone_at_work(company, port) as (_, actual):
            _ready(api=f"http://127.0.0.1:{actual}", people=len(who))
            await asyncio.Event().wait()

    _run(run())


def _now() -> datetime:
    return datetime.now(UTC)


def _scenario(house: House, slug: str, variant: str, *, is_twin: bool = False) -> Scenario:
    try:
        return find_scenario(house, slug, variant, is_twin=is_twin)
    except NoSuchScenario as unknown:
        raise typer.BadParameter(str(unknown)) from unknown


def _utc(at: datetime | None) -> datetime:
    if at is None:
        return _now()
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _broker(address: str, username: str | None, password: str | None) -> Broker:
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        raise typer.BadParameter(f"{address!r}, expected HOST:PORT", param_hint="--broker")
    return Broker(host, int(port), username, password)


def _ready(**facts: str | int) -> None:
    print(json.dumps({"event": "ready", **facts}), flush=True)


def _print_said(said: Said) -> None:
    print(f"{said.at:%H:%M:%S} {said.terminal}: {said.text}", flush=True)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Until SIGINT or SIGTERM, which end it tidily."""
    logging.basicConfig(level=os.environ.get("HEARTHLINE_LOG", "WARNING"), stream=sys.stderr)

    async def until_told() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return

    asyncio.run(until_told())


if __name__ == "__main__":
    app()
