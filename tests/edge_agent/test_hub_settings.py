"""A mistake in the hub's file is named by line, and nothing starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.settings import SettingsError, read_settings
from tests.edge_agent.small_home import HOME

GOOD = """\
hub_id = "hub-one"
home_file = "home.toml"
data_dir = "data"
cloud_url = "https://care.example/"
hub_token = "a-token"

[home_broker]
host = "127.0.0.1"
port = 1883

[cloud_broker]
host = "care.example"
username = "hub-one"
password = "in the file"
"""


def _write(folder: Path, text: str, home: str = HOME) -> Path:
    (folder / "home.toml").write_text(home)
    path = folder / "hub.toml"
    path.write_text(text)
    return path


def test_paths_are_seen_from_the_file_and_secrets_stay_hidden(tmp_path: Path) -> None:
    told = read_settings(_write(tmp_path, GOOD))
    assert told.home_file == tmp_path / "home.toml"
    assert told.journal_file == tmp_path / "data" / "journal.db"
    assert told.cloud_url == "https://care.example"
    assert "a-token" not in repr(told)
    assert "in the file" not in repr(told)
    assert told.cloud_broker.address().password == "in the file"


def test_details_are_published_and_home_assistant_is_told_only_as_asked(tmp_path: Path) -> None:
    plain = read_settings(_write(tmp_path, GOOD))
    assert (plain.publish_details, plain.discovery_prefix) == (False, "homeassistant")
    asked = 'publish_details = true\ndiscovery_prefix = ""\n'
    told = read_settings(_write(tmp_path, asked + GOOD))
    assert (told.publish_details, told.discovery_prefix) == (True, "")


def test_a_secret_in_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTHLINE_HUB_HUB_TOKEN", "from the environment")
    monkeypatch.setenv("HEARTHLINE_HUB_CLOUD_BROKER__PASSWORD", "better")
    told = read_settings(_write(tmp_path, GOOD))
    assert told.hub_token.get_secret_value() == "from the environment"
    assert told.cloud_broker.address().password == "better"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        pytest.param("port = 1883", "port = 0", 9, "home_broker.port", id="no such port"),
        pytest.param('hub_id = "hub-one"\n', "", 1, "hub_id: is missing", id="no id"),
        pytest.param("hub-one", "Hub One", 1, "hub_id", id="an id with blanks"),
        pytest.param("data_dir", "data_dri", 3, "data_dri: unknown key", id="a slip of the pen"),
        pytest.param("https://care.example/", "care.example", 4, "cloud_url", id="no scheme"),
        pytest.param("https", "http", 4, "expected https", id="a token in clear"),
        pytest.param(
            "cloud_url", 'discovery_prefix = "#"\ncloud_url', 4, "discovery_prefix", id="a wildcard"
        ),
        pytest.param('"a-token"', '""', 5, "hub_token: is empty", id="an empty token"),
        pytest.param('"a-token"', "a-token", 5, "Invalid value", id="no TOML"),
        pytest.param(
            "username", 'ca_file = "ca.pem"\nusername', 13, "ca_file", id="no certificate there"
        ),
    ],
)
def test_a_mistake_is_named_by_line(
    tmp_path: Path, old: str, new: str, line: int, what: str
) -> None:
    path = _write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SettingsError) as wrong:
        read_settings(path)
    place, _, rest = str(wrong.value).partition(": ")
    assert place == f"{path}:{line}"
    assert what in rest


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "edge_agent", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("settings", "home", "place"),
    [
        pytest.param(GOOD.replace("port = 1883", "port = 0"), HOME, "hub.toml:9:", id="hub file"),
        pytest.param(GOOD, HOME.replace("Europe/Paris", "Paris"), "home.toml:3:", id="home file"),
        pytest.param(
            GOOD,
            HOME.replace('room = "Hall"', 'room = "Cellar"', 1),
            "home.toml:18:",
            id="no such room",
        ),
    ],
)
def test_the_hub_does_not_start_and_says_where_to_look(
    tmp_path: Path, settings: str, home: str, place: str
) -> None:
    ended = _run("run", "--settings", str(_write(tmp_path, settings, home)))
    assert ended.returncode == 2
    assert place in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_missing_file_and_a_wrong_option_are_status_2() -> None:
    assert _run("run", "--settings", "/nowhere/hub.toml").returncode == 2
    assert _run("run", "--setings", "x").returncode == 2
    assert _run("--help").returncode == 0
