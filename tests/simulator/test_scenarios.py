"""Each story meets its criterion, and its quiet twins stay below it."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.house import House, build_house
from simulator.scenario import Scenario, told_within_life
from simulator.scenarios import STORIES, TWINS, NoSuchScenario, find_scenario

START = datetime(2026, 11, 22, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


ALL = [
    pytest.param(slug, name, is_twin, id=f"{slug}/{name}")
    for table, is_twin in ((STORIES, False), (TWINS, True))
    for slug, names in table.items()
    for name in names
]


@pytest.mark.parametrize(("slug", "name", "is_twin"), ALL)
def test_every_scenario_uses_devices_of_the_house(
    house: House,
    slug: str,
    name: str,
    is_twin: bool,
) -> None:
    scenario = find_scenario(house, slug, name, is_twin=is_twin)
    assert (scenario.slug, scenario.name, scenario.is_quiet) == (slug, name, is_twin)
    for step in (*scenario.steps, *scenario.settling):
        exposed = house.may_say(step.device)
        assert set(step.values) <= exposed, step
        assert not step.action or "action" in exposed


@pytest.mark.parametrize(("slug", "name", "is_twin"), [case for case in ALL if not case.values[2]])
def test_nobody_waits_long_for_a_story(house: House, slug: str, name: str, is_twin: bool) -> None:
    scenario = find_scenario(house, slug, name, is_twin=is_twin)
    met = scenario.criterion_after
    assert met is not None
    assert scenario.live_from < met <= scenario.live_from + timedelta(minutes=6)


def test_each_risk_told_has_a_quiet_twin() -> None:
    assert set(STORIES) == set(TWINS)


def test_an_unknown_scenario_names_those_there_are(house: House) -> None:
    with pytest.raises(NoSuchScenario, match="sos_call"):
        find_scenario(house, "flood")
    with pytest.raises(NoSuchScenario, match="pull_cord"):
        find_scenario(house, "sos_call", "shouted")


def values(scenario: Scenario, device: str, key: str) -> list[tuple[float, object]]:
    return [
        (step.after.total_seconds(), step.values[key])
        for step in scenario.steps
        if step.device == device and key in step.values
    ]


def test_the_smoke_contact_holds_two_seconds_and_the_blip_does_not(house: House) -> None:
    alarm = "kitchen/smoke alarm"
    smoke = values(find_scenario(house, "smoke_fire"), alarm, "smoke")
    blip = values(find_scenario(house, "smoke_fire", "blip", is_twin=True), alarm, "smoke")
    assert smoke[-1][1] is False
    assert smoke[-1][0] - smoke[0][0] > 2
    assert blip == [(1.0, True), (2.0, False)]


def test_heat_climbs_faster_than_eight_kelvins_a_minute_for_two_minutes(house: House) -> None:
    story = find_scenario(house, "smoke_fire", "heat_rise")
    climb = [(at, float(str(t))) for at, t in values(story, "Kitchen climate", "temperature")]
    met = story.criterion_after
    assert met is not None
    (since, low), *_ = climb
    until, high = next((at, t) for at, t in climb if at >= met.total_seconds())
    assert (high - low) / (until - since) * 60 >= 8
    assert until - since >= 120
    steam = find_scenario(house, "smoke_fire", "steam", is_twin=True)
    slow = [(at, float(str(t))) for at, t in values(steam, "Kitchen climate", "temperature")]
    assert (slow[-1][1] - slow[0][1]) / (slow[-1][0] - slow[0][0]) * 60 < 8


def test_no_twin_of_a_fall_says_fall(house: House) -> None:
    for name in TWINS["fall"]:
        twin = find_scenario(house, "fall", name, is_twin=True)
        assert not values(twin, "Living room radar", "fall_down_status")


def test_whoever_fell_is_seen_nowhere_else(house: House) -> None:
    story = find_scenario(house, "fall")
    seen = {step.device for step in story.steps if step.values.get("presence") is True}
    assert seen == {"Living room radar"}


def test_a_day_runs_into_a_story_and_the_resident_does_nothing_else(house: House) -> None:
    scenario = find_scenario(house, "fall")
    changes = list(told_within_life(house, 1, scenario, START, timedelta(minutes=5)))
    assert [change.at for change in changes] == sorted(change.at for change in changes)
    after = [change for change in changes if change.at >= START and change.by_person]
    assert len(after) == len([step for step in scenario.steps if step.after < timedelta(minutes=5)])
    assert any(change.by_person for change in changes if change.at < START)
    assert any(not change.by_person for change in changes if change.at >= START)
