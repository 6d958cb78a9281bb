"""Each story has a bridge of its own; the profiles are those of the repository."""

import pytest

from edge_agent.decode import Profiles, load_profiles
from tests.edge_agent.decode.listed_bridge import Bridge, profile_files


@pytest.fixture(scope="session")
def profiles() -> Profiles:
    return load_profiles(profile_files())


@pytest.fixture
def bridge(profiles: Profiles) -> Bridge:
    return Bridge(profiles)
