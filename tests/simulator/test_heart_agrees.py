"""The hub's heart over simulated traces: stories are raised when they say, quiet days never."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.agent import load_profiles_from
from edge_agent.agent.replay import replay
from edge_agent.agent.trace import read_trace
from edge_agent.settings import PROFILES
from simulator.house import House, build_house
from simulator.past import past_lines, told
from simulator.resident import cache_at
from simulator.scenario import Scenario, told_within_life
from simulator.scenarios import STORIES, TWINS
from simulator.trace import write_trace
from vocabulary.finding import Finding, FindingState
from vocabulary.home import read_home

START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


def heard(house: House, file: Path, scenario: Scenario | None = None) -> list[Finding]:
    text = house.home_file() if scenario is None else scenario.home_file(house, start(scenario))
    return list(replay(read_trace(file), read_home(text), load_profiles_from(PROFILES)))


def start(scenario: Scenario) -> datetime:
    """In the afternoon, or an hour into the time of day in which alone it can happen."""
    if scenario.hours is None:
        return START
    return START.replace(hour=(scenario.hours[0] + 1) % 24)


def written(house: House, scenario: Scenario, folder: Path, seed: int) -> Path:
    length = max((step.after for step in scenario.steps), default=timedelta(0))
    after = max(length, scenario.criterion_after or length) + timedelta(minutes=6)
    changes = list(told_within_life(house, seed, scenario, start(scenario), after))
    since = changes[0].at
    file = folder / "story.trace"
    write_trace(file, told(cache_at(house, seed, since), changes, since))
    return file


@pytest.mark.parametrize(
    ("slug", "variant"), [(slug, name) for slug, names in STORIES.items() for name in names]
)
def test_a_story_is_raised_once_when_its_criterion_is_met(
    house: House, tmp_path: Path, slug: str, variant: str
) -> None:
    scenario = STORIES[slug][variant](house)
    found = heard(house, written(house, scenario, tmp_path, seed=1), scenario)
    raised = [finding for finding in found if finding.state is FindingState.RAISED]
    assert [(finding.slug, finding.variant) for finding in raised] == [(slug, variant)]
    assert scenario.criterion_after is not None
    late = raised[0].at - (start(scenario) + scenario.criterion_after)
    assert timedelta(0) <= late <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("slug", "name"), [(slug, name) for slug, names in TWINS.items() for name in names]
)
def test_a_quiet_twin_raises_nothing(house: House, tmp_path: Path, slug: str, name: str) -> None:
    twin = TWINS[slug][name](house)
    assert heard(house, written(house, twin, tmp_path, seed=1), twin) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_two_quiet_days_raise_nothing(house: House, tmp_path: Path, seed: int) -> None:
    file = tmp_path / "days.trace.xz"
    write_trace(file, past_lines(house, seed, 2, START))
    assert heard(house, file) == []
