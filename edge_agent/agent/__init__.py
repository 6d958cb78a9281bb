"""The hub as a whole: heart, journal, home and cloud wired together (see `hub`, `start`)."""

from edge_agent.agent.garbage import leave_out_what_stays
from edge_agent.agent.hub import Hub
from edge_agent.agent.past import import_past
from edge_agent.agent.replay import replay
from edge_agent.agent.shown import finding_json
from edge_agent.agent.start import (
    check_settings,
    load_profiles_from,
    make_heart,
    read_profiles,
    sole_use,
    start_hub,
)
from edge_agent.agent.trace import read_trace

__all__ = [
    "Hub",
    "check_settings",
    "finding_json",
    "import_past",
    "leave_out_what_stays",
    "load_profiles_from",
    "make_heart",
    "read_profiles",
    "read_trace",
    "replay",
    "sole_use",
    "start_hub",
]
