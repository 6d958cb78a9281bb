"""Somebody is on duty each week, from one wall-clock handoff to the next, whatever the clocks do.

A handoff is a local time of day. Where daylight saving skips it, it happens when the clocks have
been put forward; where it comes twice, the first time counts. So two handoffs never change places
and every instant belongs to exactly one week of the rotation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum, unique
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A weekly rotation: `members` take turns, starting with the week that holds `starts_on`."""

    id: UUID
    zone: ZoneInfo
    handoff_weekday: int
    """Monday is 0."""
    handoff_time: time
    """Wall clock in `zone`."""
    starts_on: date
    members: tuple[UUID, ...]


@unique
class OverrideKind(StrEnum):
    """What a swap does to the duty for a while."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Override:
    """From `since` up to, not including, `until` somebody comes, goes, or stands in for another."""

    kind: OverrideKind
    person_id: UUID | None
    replaces_id: UUID | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a schedule leaves nobody on duty."""

    since: datetime
    until: datetime


def handoff(schedule: Schedule, week: int) -> datetime:
    """When week number `week` of the rotation begins, as an instant in UTC."""
    back = (schedule.starts_on.weekday() - schedule.handoff_weekday) % 7
    day = schedule.starts_on - timedelta(days=back) + week * WEEK
    return datetime.combine(day, schedule.handoff_time, schedule.zone).astimezone(UTC)


def week_at(schedule: Schedule, at: datetime) -> int:
    """Which week of the rotation `at` belongs to; negative before the rotation begins."""
    week = (at - handoff(schedule, 0)) // WEEK
    while handoff(schedule, week) > at:
        week -= 1
    while handoff(schedule, week + 1) <= at:
        week += 1
    return week


def who_is_on_call(
    schedule: Schedule, overrides: Iterable[Override], at: datetime
) -> tuple[UUID, ...]:
    """Who is on duty at that instant, stand-ins included; () is a gap, never an error."""
    week = week_at(schedule, at)
    has_duty = bool(schedule.members) and week >= 0
    on_duty = [schedule.members[week % len(schedule.members)]] if has_duty else []
    for override in sorted(overrides, key=_order):
        if override.since <= at < override.until:
            on_duty = _apply(override, on_duty)
    return tuple(dict.fromkeys(on_duty))


def gaps(
    schedule: Schedule, overrides: Sequence[Override], since: datetime, until: datetime
) -> tuple[Gap, ...]:
    """Each stretch of time in which nobody is on duty, joined where they meet."""
    edges = {since}
    week = week_at(schedule, since)
    while (begins := handoff(schedule, week + 1)) < until:
        edges.add(begins)
        week += 1
    edges |= {o.since for o in overrides if since < o.since < until}
    edges |= {o.until for o in overrides if since < o.until < until}
    borders = [*sorted(edges), until]
    found: list[Gap] = []
    for begins, ends in pairwise(borders):
        if who_is_on_call(schedule, overrides, begins):
            continue
        if found and found[-1].until == begins:
            found[-1] = Gap(found[-1].since, ends)
        else:
            found.append(Gap(begins, ends))
    return tuple(found)


_RANK = {OverrideKind.REMOVE: 0, OverrideKind.REPLACE: 1, OverrideKind.ADD: 2}
"""Who goes leaves before who comes arrives, so that an added person is never removed again."""


def _order(override: Override) -> tuple[int, datetime]:
    return _RANK[override.kind], override.since


def _apply(override: Override, on_duty: list[UUID]) -> list[UUID]:
    match override.kind:
        case OverrideKind.ADD if override.person_id is not None:
            return [*on_duty, override.person_id]
        case OverrideKind.REMOVE:
            return [who for who in on_duty if who != override.replaces_id]
        case OverrideKind.REPLACE if override.person_id is not None:
            return [override.person_id if who == override.replaces_id else who for who in on_duty]
        case _:
            return on_duty
