"""Who is on call, told as weeks of a rota, and held for every zone of the world."""

import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.oncall.rules import (
    Gap,
    Override,
    OverrideKind,
    Schedule,
    gaps,
    handoff,
    week_at,
    who_is_on_call,
)

ADA, BEN, CARL = UUID(int=1), UUID(int=2), UUID(int=3)
ZURICH = ZoneInfo("Europe/Zurich")


def rota(
    *members: UUID, zone: ZoneInfo = ZURICH, at: time = time(8), starts: date = date(2026, 1, 5)
) -> Schedule:
    return Schedule(UUID(int=9), zone, 0, at, starts, members)


def local(day: str, zone: ZoneInfo = ZURICH) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-01-05 08:00", (ADA,), id="the first week begins at its handoff"),
        pytest.param("2026-01-05 07:59", (), id="before the first week nobody is on"),
        pytest.param("2026-01-12 07:59", (ADA,), id="a minute before the handoff still the first"),
        pytest.param("2026-01-12 08:00", (BEN,), id="at the handoff the next"),
        pytest.param("2026-01-26 09:00", (ADA,), id="after the last member the first again"),
        pytest.param("2026-03-30 07:59", (CARL,), id="summer time came in the night before"),
        pytest.param("2026-03-30 08:00", (ADA,), id="the handoff stays at eight by the wall clock"),
        pytest.param("2026-10-26 07:59", (CARL,), id="summer time went in the night before"),
        pytest.param("2026-10-26 08:00", (ADA,), id="and still it is eight by the wall clock"),
    ],
)
def test_weeks(at: str, expected: tuple[UUID, ...]) -> None:
    assert who_is_on_call(rota(ADA, BEN, CARL), (), local(at)) == expected


def test_a_rota_that_starts_on_a_wednesday_covers_that_week_from_its_monday() -> None:
    begun = rota(ADA, BEN, starts=date(2026, 1, 7))
    assert who_is_on_call(begun, (), local("2026-01-07 00:00")) == (ADA,)
    assert who_is_on_call(begun, (), local("2026-01-12 08:00")) == (BEN,)


def swap(kind: OverrideKind, comes: UUID | None, goes: UUID | None) -> Override:
    return Override(kind, comes, goes, local("2026-01-06 00:00"), local("2026-01-07 00:00"))


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        pytest.param(swap(OverrideKind.ADD, BEN, None), (ADA, BEN), id="a second one comes"),
        pytest.param(swap(OverrideKind.REMOVE, None, ADA), (), id="the one on duty is ill: a gap"),
        pytest.param(swap(OverrideKind.REPLACE, BEN, ADA), (BEN,), id="a colleague stands in"),
        pytest.param(swap(OverrideKind.REPLACE, BEN, CARL), (ADA,), id="a swap for who is not on"),
        pytest.param(swap(OverrideKind.ADD, ADA, None), (ADA,), id="added twice, called once"),
    ],
)
def test_overrides(override: Override, expected: tuple[UUID, ...]) -> None:
    schedule = rota(ADA, BEN)
    assert who_is_on_call(schedule, [override], local("2026-01-06 12:00")) == expected
    assert who_is_on_call(schedule, [override], local("2026-01-07 00:00")) == (ADA,), "it is over"


def test_who_goes_leaves_before_who_comes_arrives() -> None:
    ill = swap(OverrideKind.REMOVE, None, ADA)
    back = swap(OverrideKind.ADD, ADA, None)
    at = local("2026-01-06 12:00")
    assert who_is_on_call(rota(ADA), [back, ill], at) == (ADA,)
    assert who_is_on_call(rota(ADA), [ill, back], at) == (ADA,)


def test_gaps_are_seen_ahead_and_joined() -> None:
    ill = [
        Override(
            OverrideKind.REMOVE, None, ADA, local("2026-01-10 00:00"), local("2026-01-20 00:00")
        ),
        Override(
            OverrideKind.REMOVE, None, BEN, local("2026-01-11 00:00"), local("2026-01-14 00:00")
        ),
    ]
    found = gaps(rota(ADA, BEN), ill, local("2026-01-08 00:00"), local("2026-01-31 00:00"))
    assert found == (
        Gap(local("2026-01-10 00:00"), local("2026-01-14 00:00")),
        Gap(local("2026-01-19 08:00"), local("2026-01-20 00:00")),
    )


def test_an_empty_rota_is_one_gap_and_no_error() -> None:
    since, until = local("2026-01-08 00:00"), local("2026-02-08 00:00")
    assert who_is_on_call(rota(), (), since) == ()
    assert gaps(rota(), (), since, until) == (Gap(since, until),)


def transitions(zone: ZoneInfo, since: datetime, count: int) -> list[datetime]:
    """The next `count` instants at which the zone's offset changes, to the minute."""
    found: list[datetime] = []
    at, until = since, since + timedelta(days=800)
    while at < until and len(found) < count:
        later = at + timedelta(days=5)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = at, later
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                same = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(second=0, microsecond=0))
        at = later
    return found


ZONES = sorted(available_timezones() - {"localtime"})
SAMPLE = sorted(
    {
        "Europe/Zurich",
        "America/New_York",
        "Asia/Shanghai",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "America/St_Johns",
        "Pacific/Chatham",
        "Asia/Kathmandu",
    }
    | set(random.Random(20260101).sample(ZONES, 24))
)


@pytest.mark.parametrize("name", SAMPLE)
def test_exactly_one_person_at_every_minute_around_each_clock_change(name: str) -> None:
    zone = ZoneInfo(name)
    now = datetime(2026, 1, 15, tzinfo=UTC)
    changes = transitions(zone, now, 2) or [now]
    for change in changes:
        day = change.astimezone(zone)
        for hour in (time(0, 0), time(2, 30), time(8, 0)):
            schedule = Schedule(
                UUID(int=9), zone, day.weekday(), hour, date(2025, 6, 2), (ADA, BEN)
            )
            previous = week_at(schedule, change - timedelta(hours=30))
            handoffs = 0
            at = change - timedelta(hours=30)
            while at < change + timedelta(hours=30):
                at += timedelta(minutes=1)
                assert len(who_is_on_call(schedule, (), at)) == 1
                week = week_at(schedule, at)
                assert week - previous in (0, 1), "weeks follow one another"
                handoffs += week - previous
                previous = week
            assert handoffs == 1, "one handoff in the week, skipped and doubled hours included"


@settings(deadline=None)
@given(
    name=st.sampled_from(ZONES),
    weekday=st.integers(0, 6),
    minute=st.integers(0, 24 * 60 - 1),
    starts=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    week=st.integers(0, 600),
)
def test_handoffs_never_change_places_and_each_begins_its_week(
    name: str, weekday: int, minute: int, starts: date, week: int
) -> None:
    at = time(minute // 60, minute % 60)
    schedule = Schedule(UUID(int=9), ZoneInfo(name), weekday, at, starts, (ADA, BEN, CARL))
    begins, ends = handoff(schedule, week), handoff(schedule, week + 1)
    assert timedelta(days=5) < ends - begins < timedelta(days=9)
    assert week_at(schedule, begins) == week
    assert week_at(schedule, ends - timedelta(microseconds=1)) == week
    assert who_is_on_call(schedule, (), begins) == (schedule.members[week % 3],)


@settings(deadline=None)
@given(
    since=st.integers(0, 334 * 24).map(
        lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    ),
    spans=st.lists(
        st.tuples(st.sampled_from([ADA, BEN]), st.integers(0, 500), st.integers(1, 300)), max_size=6
    ),
    probe=st.integers(0, 24 * 40 - 1),
)
def test_an_instant_is_in_a_gap_exactly_when_nobody_is_on_call(
    since: datetime, spans: list[tuple[UUID, int, int]], probe: int
) -> None:
    away = [
        Override(
            OverrideKind.REMOVE,
            None,
            who,
            since + timedelta(hours=start),
            since + timedelta(hours=start + length),
        )
        for who, start, length in spans
    ]
    schedule, until = rota(ADA, BEN), since + timedelta(days=40)
    found = gaps(schedule, away, since, until)
    at = since + timedelta(hours=probe)
    in_gap = any(gap.since <= at < gap.until for gap in found)
    assert in_gap == (who_is_on_call(schedule, away, at) == ())
