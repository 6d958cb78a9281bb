"""The hub's heart over simulated days: nothing is raised. Stories and twins: tests/conformance."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge_agent.agent import load_profiles_from
from edge_agent.agent.replay import replay
from edge_agent.agent.trace import read_trace
from edge_agent.settings import PROFILES
from simulator.house import House, build_house
from simulator.past import past_lines
from simulator.trace import write_trace
from vocabulary.finding import Finding
from vocabulary.home import read_home

START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


def heard(house: House, file: Path) -> list[Finding]:
    home = read_home(house.home_file())
    return list(replay(read_trace(file), home, load_profiles_from(PROFILES)))


@pytest.mark.parametrize("seed", [1, 2])
def test_two_quiet_days_raise_nothing(house: House, tmp_path: Path, seed: int) -> None:
    file = tmp_path / "days.trace.xz"
    write_trace(file, past_lines(house, seed, 2, START))
    assert heard(house, file) == []
