"""A story of the simulated home as the heart hears it, decoded once and asked in many ways."""

import copyreg
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from json import JSONDecoder

from edge_agent.agent import load_profiles_from
from edge_agent.decode import Decoder
from edge_agent.detector import Detector
from edge_agent.detectors import DETECTORS, all_detectors
from edge_agent.engine import Engine
from edge_agent.settings import PROFILES
from simulator.change import Change
from simulator.house import House, build_house
from simulator.past import told, told_live
from simulator.resident import cache_at
from simulator.resident import live as live_through
from simulator.scenario import Scenario, told_within_life
from simulator.scenarios import find_scenario
from simulator.trace import Line
from vocabulary.finding import Finding
from vocabulary.home import HomeFile, read_home
from vocabulary.observation import Observation
from vocabulary.profiles import Profiles

SEED = 1
AFTERNOON = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
BEFORE = timedelta(minutes=10)
"""Of the lived day before the story: what the room, the bed and the doors were like."""
AFTERWARDS = timedelta(minutes=6)
A_TICK = timedelta(seconds=1)
A_LONG_TICK = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Told:
    """One story or twin."""

    scenario: Scenario
    home: HomeFile
    start: datetime
    until: datetime
    seen: tuple[Observation, ...]

    @property
    def watched_from(self) -> datetime:
        """What came before is the home's past: a day of damp is not asked about each second."""
        return self.start + self.scenario.live_from

    @property
    def criterion_at(self) -> datetime:
        assert self.scenario.criterion_after is not None
        return self.start + self.scenario.criterion_after

    @property
    def asked_from(self) -> datetime:
        """Before that it is the hub's past: lived through again, and nothing asked."""
        return self.watched_from - BEFORE

    def detector(self) -> Detector:
        """A fresh one of the story's risk."""
        return DETECTORS[self.scenario.slug](self.home)

    def all(self) -> list[Detector]:
        return all_detectors(self.home)


def reads_json(pairs: Callable[..., object] | None, constant: Callable[..., object]) -> JSONDecoder:
    return JSONDecoder(object_pairs_hook=pairs, parse_constant=constant)


copyreg.pickle(JSONDecoder, lambda one: (reads_json, (one.object_pairs_hook, one.parse_constant)))
"""All else of a decoder in the midst of its day can be kept as it is."""


@cache
def the_house() -> House:
    return build_house(SEED)


@cache
def the_profiles() -> Profiles:
    return load_profiles_from(PROFILES)


@dataclass(frozen=True, slots=True)
class Day:
    """What all stories have in common: the day since midnight, until they begin."""

    seen: tuple[Observation, ...]
    left: bytes
    """The bridge and the decoder as the day has left them; each story wakes its own."""

    def goes_on(self, changes: Iterable[Change]) -> Iterator[Observation]:
        """How these are heard after it."""
        bridge, decoder = pickle.loads(self.left)
        return decoded(decoder, told_live(bridge, changes))


@cache
def the_day(home_file: str, start: datetime) -> Day:
    """Lived and decoded once for all stories that ask for the same home and begin then."""
    house = the_house()
    midnight = start.astimezone(house.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    changes = list(live_through(house, SEED, midnight, start))
    since = changes[0].at
    bridge = cache_at(house, SEED, since)
    decoder = Decoder(read_home(home_file), the_profiles())
    seen = tuple(decoded(decoder, told(bridge, changes, since)))
    return Day(seen, pickle.dumps((bridge, decoder)))


def decoded(decoder: Decoder, lines: Iterable[Line]) -> Iterator[Observation]:
    for line in lines:
        said = line.message
        yield from decoder.decode(said.topic, said.payload, line.at, retained=said.is_retained)


@cache
def tell(slug: str, name: str, *, is_twin: bool) -> Told:
    """The day since midnight, and the story in it, as observations."""
    house = the_house()
    scenario = find_scenario(house, slug, name, is_twin=is_twin)
    start = AFTERNOON
    if scenario.hours is not None:
        start = start.replace(hour=(scenario.hours[0] + 1) % 24)
    length = max((step.after for step in scenario.steps), default=timedelta())
    after = max(length, scenario.criterion_after or length) + AFTERWARDS
    home_file = scenario.home_file(house, start)
    day = the_day(home_file, start)
    changes = told_within_life(house, SEED, scenario, start, after, since=start)
    seen = (*day.seen, *day.goes_on(changes))
    return Told(scenario, read_home(home_file), start, start + after, seen)


def hear(story: Told, engine: Engine) -> Iterator[Finding]:
    """The story as a hub hears it that has the day until then in its journal."""
    asked_from = story.asked_from
    for one in story.seen:
        if one.at <= asked_from:
            engine.rehearse(one)
    yield from engine.tick(asked_from)
    yield from live(engine, story.seen, asked_from, story.until, story.watched_from)


def live(
    engine: Engine, seen: Sequence[Observation], since: datetime, until: datetime, quick: datetime
) -> Iterator[Finding]:
    """Told each reading after `since`; asked at its own deadlines, each second from `quick` on."""
    now = since
    for one in [each for each in seen if since < each.at <= until]:
        yield from _pass(engine, now, one.at, quick)
        now = one.at
        yield from engine.observe(one)
    yield from _pass(engine, now, until, quick)
    yield from engine.tick(until)


def _pass(engine: Engine, since: datetime, until: datetime, quick: datetime) -> Iterator[Finding]:
    now = since
    while now < until:
        due = engine.due(now)
        later = now + (A_TICK if now >= quick else A_LONG_TICK)
        now = min(later, due) if due is not None and due > now else later
        if now >= until:
            return
        yield from engine.tick(now)
