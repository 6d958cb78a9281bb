"""A device's own longest usual silence is learned from its gaps, and from nothing else."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.signals.silence import Rhythm, Silences

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 3, 2, tzinfo=PARIS)
"""Midnight in Paris."""


def heard(gaps: list[float], start: datetime = MONDAY, zone: ZoneInfo = PARIS) -> Silences:
    """One device that speaks after each of these seconds."""
    silences, at = Silences(zone), start.timestamp()
    silences.hear("0x01", at)
    for gap in gaps:
        at += gap
        silences.hear("0x01", at)
    return silences


def usual(rhythm: Rhythm, since: datetime = MONDAY) -> float | None:
    found = rhythm("0x01", since)
    return None if found is None else found.total_seconds()


@pytest.mark.parametrize(
    ("gaps", "is_known"),
    [pytest.param(99, False, id="one too few"), pytest.param(100, True, id="enough")],
)
def test_nothing_is_learned_from_fewer_than_a_hundred_gaps(gaps: int, *, is_known: bool) -> None:
    assert (usual(heard([3600.0] * gaps).rhythm()) is not None) == is_known


def test_a_device_never_heard_is_not_known() -> None:
    assert Silences(PARIS).rhythm()("0x02", MONDAY) is None


@pytest.mark.parametrize("longest", [61.0, 3600.0, 7 * 3600.0, 5 * 86_400.0])
def test_the_answer_is_never_shorter_and_at_most_a_twentieth_longer(longest: float) -> None:
    told = usual(heard([60.0] * 150 + [longest]).rhythm())
    assert told is not None
    assert longest <= told * (1 + 1e-9)
    assert told <= longest * 1.05 * (1 + 1e-9)


@given(st.lists(st.floats(60, 90_000), min_size=100, max_size=999))
def test_the_answer_is_the_nearest_rank_within_its_stated_error(gaps: list[float]) -> None:
    told = usual(heard(gaps).rhythm())
    exact = sorted(gaps)[math.ceil(0.999 * len(gaps)) - 1]
    assert told is not None
    assert exact * (1 - 1e-6) <= told <= exact * 1.05 * (1 + 1e-6)


def test_what_is_shorter_than_the_journal_s_pulse_is_no_silence() -> None:
    assert usual(heard([59.0] * 5000).rhythm()) is None


def test_a_long_silence_among_a_thousand_short_ones_is_unusual() -> None:
    assert usual(heard([60.0] * 1500 + [86_400.0]).rhythm()) == pytest.approx(60.0)


def test_day_and_night_have_their_own_rhythm_once_each_is_known() -> None:
    silences = Silences(PARIS)
    for day in range(60):
        midnight = MONDAY + timedelta(days=day)
        minutes = [*range(0, 360, 15), *range(360, 1320, 5), *range(1320, 1440, 15)]
        for minute in minutes:
            silences.hear("0x01", (midnight + timedelta(minutes=minute)).timestamp())
    rhythm = silences.rhythm()
    assert usual(rhythm, MONDAY + timedelta(hours=3)) == pytest.approx(900, rel=0.05)
    assert usual(rhythm, MONDAY + timedelta(hours=12)) == pytest.approx(300, rel=0.05)


def test_an_hour_of_the_week_decides_once_a_thousand_gaps_are_known_there() -> None:
    silences = Silences(PARIS)
    for week in range(20):
        monday = MONDAY + timedelta(weeks=week, hours=10)
        for minute in range(61):
            silences.hear("0x01", (monday + timedelta(minutes=minute)).timestamp())
        for hour in range(2, 12):
            silences.hear("0x01", (monday + timedelta(hours=hour)).timestamp())
    rhythm = silences.rhythm()
    assert usual(rhythm, MONDAY + timedelta(hours=10, minutes=30)) == pytest.approx(60, rel=0.05)
    assert (usual(rhythm, MONDAY + timedelta(hours=13)) or 0) > 3600


def test_the_hour_is_the_home_s_own_through_the_change_of_clocks() -> None:
    """Gaps that begin at 22:30 local are the night's, in winter and in summer time."""
    silences = Silences(PARIS)
    night = datetime(2026, 3, 1, 22, 30, tzinfo=PARIS)
    for day in range(1100):
        at = night + timedelta(days=day)  # wall-clock arithmetic: always 22:30 in Paris
        silences.hear("0x01", at.timestamp())
        silences.hear("0x01", at.timestamp() + 7200)
        silences.interrupt(["0x01"])
    rhythm = silences.rhythm()
    assert usual(rhythm, datetime(2026, 1, 10, 23, tzinfo=PARIS)) == pytest.approx(7200, rel=0.05)
    assert usual(rhythm, datetime(2026, 7, 10, 23, tzinfo=PARIS)) == pytest.approx(7200, rel=0.05)


def test_a_silence_in_which_we_could_not_hear_is_none_of_the_device() -> None:
    silences = heard([3600.0] * 100)
    end = MONDAY.timestamp() + 360_000
    silences.interrupt()
    silences.hear("0x01", end + 86_400)
    silences.interrupt(["0x01", "never heard"])
    silences.hear("0x01", end + 3 * 86_400)
    assert usual(silences.rhythm()) == pytest.approx(3600, rel=0.05)


def test_a_late_row_makes_no_silence_longer() -> None:
    silences = heard([3600.0] * 100)
    end = MONDAY.timestamp() + 360_000
    silences.hear("0x01", end - 50_000)
    silences.hear("0x01", end + 60)
    assert usual(silences.rhythm()) == pytest.approx(3600, rel=0.05)


rows = st.lists(
    st.tuples(st.sampled_from(["0x01", "0x02"]), st.floats(1, 90_000)), min_size=1, max_size=400
)


@given(rows)
def test_the_same_past_gives_the_same_memory(past: list[tuple[str, float]]) -> None:
    def learn() -> Rhythm:
        silences, at = Silences(PARIS), MONDAY.timestamp()
        for device, gap in past:
            at += gap
            silences.hear(device, at)
        return silences.rhythm()

    assert learn() == learn()


@given(rows)
def test_what_is_said_twice_teaches_nothing_more(past: list[tuple[str, float]]) -> None:
    """A device that says everything twice teaches what it teaches saying it once."""
    once, twice = Silences(PARIS), Silences(PARIS)
    at = MONDAY.timestamp()
    for device, gap in past:
        at += gap
        once.hear(device, at)
        twice.hear(device, at)
        twice.hear(device, at)
    assert once.rhythm() == twice.rhythm()


def test_in_utc_an_hour_is_an_hour() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    silences = heard([3600.0] * 200, start, ZoneInfo("UTC"))
    assert usual(silences.rhythm(), start) == pytest.approx(3600, rel=0.05)
