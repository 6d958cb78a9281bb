"""Each start of a hub counts, and so does its memory: what it does not need, it does not import."""

import json
import subprocess
import sys

import pytest

HEAVY = ("typer", "rich", "structlog", "httpx", "phonenumbers", "sqlalchemy", "jinja2", "fastapi")
_TELL = "import json, sys; import edge_agent.__main__; print(json.dumps(sorted(sys.modules)))"


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """All that is loaded when the hub's program is, in a process of its own."""
    told = subprocess.run([sys.executable, "-c", _TELL], capture_output=True, check=True)
    return set(json.loads(told.stdout))


@pytest.mark.parametrize("module", HEAVY)
def test_the_hub_starts_without(module: str, imported: set[str]) -> None:
    assert module not in imported


def test_what_it_needs_is_seen(imported: set[str]) -> None:
    assert {"edge_agent.agent.hub", "aiomqtt"} <= imported
