"""A recorded day run through the heart in seconds: what would have been found, and when."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from edge_agent.agent.trace import Line
from edge_agent.decode import Decoder, Profiles
from edge_agent.detectors import all_detectors
from edge_agent.engine import Engine
from vocabulary.finding import Finding
from vocabulary.home import HomeFile

TICK = timedelta(seconds=60)
"""Between messages the detectors are asked this often, or at their own next deadline."""


def replay(lines: Iterable[Line], home: HomeFile, profiles: Profiles) -> Iterator[Finding]:
    """Findings in their order, the last tick one minute after the last line."""
    decoder = Decoder(home, profiles)
    engine = Engine(all_detectors(home))
    now: datetime | None = None
    for line in lines:
        if now is not None:
            yield from _pass_time(engine, now, line.at)
        now = line.at if now is None else max(now, line.at)
        for seen in decoder.decode(line.topic, line.payload, now, retained=line.is_retained):
            yield from engine.observe(seen)
    if now is not None:
        yield from _pass_time(engine, now, now + TICK)
        yield from engine.tick(now + TICK)


def _pass_time(engine: Engine, since: datetime, until: datetime) -> Iterator[Finding]:
    now = since
    while True:
        due = engine.due(now)
        now = min(now + TICK, due) if due is not None and due > now else now + TICK
        if now >= until:
            return
        yield from engine.tick(now)
