"""A story of the simulated home as the heart hears it, decoded once and asked in many ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from edge_agent.agent import load_profiles_from
from edge_agent.decode import Decoder
from edge_agent.detector import Detector
from edge_agent.detectors import DETECTORS, all_detectors
from edge_agent.engine import Engine
from edge_agent.settings import PROFILES
from simulator.house import House, build_house
from simulator.past import told
from simulator.resident import cache_at
from simulator.scenario import Scenario, told_within_life
from simulator.scenarios import find_scenario
from vocabulary.finding import Finding
from vocabulary.home import HomeFile, read_home
from vocabulary.observation import VITALS, Kind, Observation

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


@cache
def the_house() -> House:
    return build_house(1)


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
    changes = list(told_within_life(house, 1, scenario, start, after))
    since = changes[0].at
    home = read_home(scenario.home_file(house, start))
    decoder = Decoder(home, load_profiles_from(PROFILES))
    seen = tuple(
        one
        for line in told(cache_at(house, 1, since), changes, since)
        for one in decoder.decode(
            line.message.topic, line.message.payload, line.at, retained=line.message.is_retained
        )
    )
    return Told(scenario, home, start, start + after, seen)


def hear(story: Told, engine: Engine) -> Iterator[Finding]:
    """The story as a hub hears it that has the day until then in its journal."""
    for one in story.seen:
        if one.at <= story.asked_from:
            engine.rehearse(one)
    yield from engine.tick(story.asked_from)
    yield from live(engine, story.seen, story.asked_from, story.until, story.watched_from)


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


def journaled(seen: Sequence[Observation]) -> list[Observation]:
    """What the journal keeps: each change, one a minute unchanged, every event and vital."""
    kept: list[Observation] = []
    last: dict[tuple[str, Kind, str], Observation] = {}
    for one in seen:
        place = (one.device, one.kind, one.instance)
        before = last.get(place)
        is_all_kept = one.is_event or one.kind in VITALS
        is_same = (
            before is not None and replace(before, at=one.at, reported_at=one.reported_at) == one
        )
        if before and is_same and not is_all_kept and one.at - before.at < timedelta(minutes=1):
            continue
        last[place] = one
        kept.append(one)
    return kept
