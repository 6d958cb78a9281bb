"""A home has a yesterday: the past days as a trace, so that a new hub is not a stranger."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from simulator.cache import Cache
from simulator.change import Change
from simulator.house import House
from simulator.resident import cache_at, live
from simulator.scenario import Scenario, told_within_life
from simulator.trace import Line


def past_lines(
    house: House, seed: int, days: float, until: datetime, scenario: Scenario | None = None
) -> Iterator[Line]:
    """The `days` before `until`, bridge announcements first.

    `scenario`: a story of which so much has happened as lies before its `live_from`.
    """
    if scenario is None:
        since = until - timedelta(days=days)
        return told(cache_at(house, seed, since), live(house, seed, since, until), since)
    start = until - scenario.live_from
    since = start - timedelta(days=days)
    changes = told_within_life(house, seed, scenario, start, scenario.live_from, since)
    return told(cache_at(house, seed, since), changes, since)


def told(cache: Cache, changes: Iterable[Change], since: datetime) -> Iterator[Line]:
    """What a broker would have seen: what is retained as of `since`, then each change."""
    for message in cache.retained():
        yield Line(since, message)
    yield from told_live(cache, changes)


def told_live(cache: Cache, changes: Iterable[Change]) -> Iterator[Line]:
    """What it sees of each change as it happens."""
    for change in changes:
        for message in cache.messages(change):  # who listens hears it live, retained or not
            yield Line(change.at, replace(message, is_retained=False))
