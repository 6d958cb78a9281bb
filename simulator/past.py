"""A home has a yesterday: the past days as a trace, so that a new hub is not a stranger."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from simulator.cache import Cache
from simulator.change import Change
from simulator.house import House
from simulator.resident import cache_at, live
from simulator.trace import Line


def past_lines(house: House, seed: int, days: float, until: datetime) -> Iterator[Line]:
    """The `days` before `until`, bridge announcements first."""
    since = until - timedelta(days=days)
    cache = cache_at(house, seed, since)
    return told(cache, live(house, seed, since, until), since)


def told(cache: Cache, changes: Iterable[Change], since: datetime) -> Iterator[Line]:
    """What a broker would have seen: what is retained as of `since`, then each change."""
    for message in cache.retained():
        yield Line(since, message)
    for change in changes:
        yield Line(change.at, cache.message(change))
