"""The resident's day: the same for a seed, without a gap, and quiet."""

import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulator.change import Change
from simulator.day import OUT, plan_day
from simulator.house import House, build_house
from simulator.past import past_lines
from simulator.resident import cache_at, changes_of, live
from simulator.trace import write_trace

BERLIN = ZoneInfo("Europe/Berlin")
A_MONTH = [date(2026, 3, 15) + timedelta(days=number) for number in range(30)]
"""With the night in which clocks go forward."""


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


@pytest.mark.parametrize("day", A_MONTH[:3], ids=str)
def test_a_seed_tells_the_same_day_again(house: House, day: date) -> None:
    assert plan_day(5, day, BERLIN) == plan_day(5, day, BERLIN)
    assert changes_of(house, 5, day) == changes_of(house, 5, day)
    assert plan_day(5, day, BERLIN) != plan_day(6, day, BERLIN)


@pytest.mark.parametrize("day", [*A_MONTH, date(2026, 10, 25)], ids=str)
def test_a_day_has_no_gap_and_ends_at_midnight_in_bed(day: date) -> None:
    plan = plan_day(1, day, BERLIN)
    assert plan[0].since.astimezone(BERLIN).time().isoformat() == "00:00:00"
    for before, after in pairwise(plan):
        assert before.until == after.since
        assert before.since < before.until
    end = plan[-1].until.astimezone(BERLIN)
    assert (end.date(), end.time().isoformat()) == (day + timedelta(days=1), "00:00:00")
    assert plan[0].doing == plan[-1].doing == "sleep"


@pytest.mark.parametrize("day", A_MONTH, ids=str)
def test_a_day_is_plausible_and_quiet(day: date) -> None:
    plan = plan_day(1, day, BERLIN)
    doings = [activity.doing for activity in plan]
    for meal in ("breakfast", "cook", "supper"):
        assert doings.count(meal) == 1
    for activity in plan:
        lasts = activity.until - activity.since
        if activity.room in ("Bathroom", "Toilet"):
            assert lasts < timedelta(minutes=20), "no overstay (RISKS §4, 16)"
        if activity.room == OUT:
            assert lasts < timedelta(minutes=100)
            assert 8 <= activity.since.astimezone(BERLIN).hour < 17, "never at night"


@pytest.mark.parametrize("day", A_MONTH[::5], ids=str)
def test_the_stove_is_never_on_without_its_cook(house: House, day: date) -> None:
    plan = plan_day(1, day, house.zone)
    in_kitchen = [(one.since, one.until) for one in plan if one.room == "Kitchen"]
    watts = 0.0
    for change in changes_of(house, 1, day):
        if change.device == "Stove guard":
            watts = change.values.get("power", watts)
        if watts > 50:
            assert any(since <= change.at < until for since, until in in_kitchen)
    assert watts == 0


@pytest.mark.parametrize("day", A_MONTH[::5], ids=str)
def test_doors_are_shut_again(house: House, day: date) -> None:
    is_open: dict[str, datetime] = {}
    stay_open = {device.name for device in house.find("contact", guards="inner_door")}
    for change in changes_of(house, 1, day):
        if change.device in stay_open:
            continue
        shut = change.values.get("contact")
        if shut is False:
            is_open.setdefault(change.device, change.at)
        elif shut is True and change.device in is_open:
            stood = change.at - is_open.pop(change.device)
            assert stood < timedelta(minutes=5), change.device
    assert is_open == {}


@pytest.mark.parametrize("day", A_MONTH[::5], ids=str)
def test_rooms_stay_within_comfort(house: House, day: date) -> None:
    for change in changes_of(house, 1, day):
        values = change.values
        assert 18.5 < values.get("temperature", 21) < 25
        assert values.get("humidity", 50) < 70
        assert values.get("co2", 400) < 1_200
        assert values.get("pm25", 0) < 35
        assert not {"smoke", "gas", "water_leak", "carbon_monoxide"} & set(values)
        assert values.get("fall_down_status", "none") == "none"


def test_every_device_is_heard_every_day(house: House) -> None:
    heard = {change.device for change in changes_of(house, 1, A_MONTH[0])}
    assert heard == {device.name for device in house.all_devices}


def test_no_help_is_called_and_no_light_left_on_in_the_morning(house: House) -> None:
    sos = {device.name for device in house.find("sos")}
    changes = [change for day in A_MONTH[:7] for change in changes_of(house, 1, day)]
    assert not [change for change in changes if change.device in sos and change.action]
    noon = datetime(2026, 3, 20, 11, tzinfo=UTC)
    cache = cache_at(house, 1, noon)
    lit = [one.name for one in house.find("light") if cache.states[one.name]["state"] == "ON"]
    assert lit == []


def test_life_goes_on_over_midnight_in_order(house: House) -> None:
    since = datetime(2026, 11, 22, 12, tzinfo=UTC)
    changes = list(live(house, 1, since, since + timedelta(days=2)))
    at = [change.at for change in changes]
    assert at[0] >= since
    assert at[-1] < since + timedelta(days=2)
    assert all(after - before > timedelta(minutes=-5) for before, after in pairwise(at))


def test_at_night_the_bed_is_taken_and_the_bridge_knows_it_at_its_start(house: House) -> None:
    cache = cache_at(house, 1, datetime(2026, 11, 22, 0, 10, tzinfo=UTC))
    assert cache.states["bedroom/bed"]["pressure_state"] == "sedentary"
    assert cache.states["Bedroom radar"]["presence"] is True
    assert cache.states["Kitchen radar"]["presence"] is False


def test_a_day_of_a_hundred_devices_is_written_within_five_seconds(
    house: House, tmp_path: Path
) -> None:
    began = time.monotonic()
    until = datetime(2026, 11, 22, 18, tzinfo=UTC)
    lines = write_trace(tmp_path / "day.trace", past_lines(house, 1, 1, until))
    assert lines > 5_000
    assert time.monotonic() - began < 5


def test_a_change_says_who_did_it(house: House) -> None:
    changes = changes_of(house, 1, A_MONTH[0])
    by_person = {change.device for change in changes if change.by_person}
    assert "Fridge door" in by_person
    assert "Living room climate" not in by_person
    assert Change(changes[0].at, "Hall motion").by_person is False
