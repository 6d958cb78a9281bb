"""A long hold has begun before anyone watches: its earlier part is the home's past."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.bridge import Broker
from simulator.home import HomeAtWork, StartsWithHome
from simulator.house import House, build_house
from simulator.past import past_lines
from simulator.scenario import Dose, Scenario, Step, being_in, seconds
from simulator.zones import zone_with
from vocabulary.home import read_home

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


@pytest.fixture(scope="module")
def story(house: House) -> Scenario:
    """The front door is opened and stays so: after ten minutes that is a risk."""
    steps = (
        *being_in(house, "Living room"),
        Step(seconds(1), "Front door", {"contact": False}),
        Step(seconds(500), "Front door", {"battery": 71}),
    )
    return Scenario(
        "entry_security",
        "left_open",
        "The front door stays open.",
        steps,
        criterion_after=seconds(601),
        live_from=timedelta(minutes=8),
        flags=frozenset({"dementia"}),
        doses=(Dose(timedelta(minutes=8), "noon tablet", is_time_critical=True),),
    )


def test_the_trace_of_the_past_ends_where_the_telling_begins(house: House, story: Scenario) -> None:
    lines = list(past_lines(house, 1, 0.1, NOW, story))
    door = [line for line in lines if line.message.topic.endswith("/Front door")]
    opened = [line for line in door if b'"contact":false' in line.message.payload]
    assert opened[0].at == NOW - timedelta(minutes=8) + timedelta(seconds=1)
    assert lines[-1].at < NOW
    assert not [line for line in door if b'"battery":71' in line.message.payload]


async def test_the_home_goes_on_from_there(house: House, story: Scenario) -> None:
    nowhere = Broker("127.0.0.1", 1)
    began_at = NOW - story.live_from
    home = HomeAtWork(house, 1, nowhere, lambda: NOW, told=story, began_at=began_at)
    assert home.start_of(story) == began_at
    home.bridge.send_cached_states()
    home.resume()
    with pytest.raises(StartsWithHome, match="--story entry_security --variant left_open"):
        home.start_of(story)


def test_its_home_file_says_what_the_story_needs(house: House, story: Scenario) -> None:
    home = read_home(story.home_file(house, NOW - story.live_from))
    assert home.resident.flags == {"dementia"}
    (dose,) = home.dose
    assert dose.at.isoformat() == "15:00:00", "14:00 UTC in Berlin"
    assert dose.time_critical


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("hours", [(9, 20), (22, 6)])
def test_somewhere_it_is_the_right_time_of_day(hour: int, hours: tuple[int, int]) -> None:
    at = NOW.replace(hour=hour)
    house = build_house(1, zone_with(hours, at))
    local, (first, last) = at.astimezone(house.zone).hour, hours
    assert first <= local < last if first < last else local >= first or local < last


def test_what_can_happen_at_any_time_happens_where_the_house_stands() -> None:
    assert zone_with(None, NOW) == ""
    assert zone_with((9, 20), NOW.replace(hour=9)) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("hour", "minute", "stays"),
    [
        pytest.param(8, 0, True, id="it has just become nine"),
        pytest.param(18, 0, True, id="an hour is left"),
        pytest.param(18, 1, False, id="less than an hour is left"),
        pytest.param(7, 59, False, id="not yet nine"),
    ],
)
def test_a_story_of_the_day_stays_at_home_while_an_hour_of_it_is_left(
    hour: int, minute: int, *, stays: bool
) -> None:
    zone = zone_with((9, 20), NOW.replace(hour=hour, minute=minute))
    assert (zone == "Europe/Berlin") is stays
