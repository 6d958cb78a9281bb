"""A wrong setting stops the start, and says on which line of which file what is expected."""

from pathlib import Path

import pytest

from cloud.settings import BadSettings, read_settings

GOOD = """\
database_url = "sqlite+aiosqlite:///cloud.db"
public_url = "https://care.example/"

[broker]
host = "127.0.0.1"
port = 8883
username = "services"
password = "between us"

[twilio]
account_sid = "AC00000000000000000000000000000000"
auth_token = "only twilio knows"
from_number = "+12025550100"
"""


def _read(folder: Path, text: str) -> object:
    file = folder / "cloud.toml"
    file.write_text(text)
    return read_settings(file)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "cloud.toml").write_text(GOOD)
    settings = read_settings(tmp_path / "cloud.toml")
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path / 'cloud.db'}"
    assert settings.public_url == "https://care.example"
    assert settings.intervals.hub_lost.total_seconds() == 180
    assert settings.twilio.base_url == "https://api.twilio.com"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTHLINE_CLOUD_TWILIO__AUTH_TOKEN", "rotated")
    (tmp_path / "cloud.toml").write_text(GOOD)
    settings = read_settings(tmp_path / "cloud.toml")
    assert settings.twilio.auth_token.get_secret_value() == "rotated"


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    settings = _read(tmp_path, GOOD)
    assert "only twilio knows" not in repr(settings)
    assert "between us" not in repr(settings)


WRONG = {
    "no TOML": (GOOD + "\nwhat", 15, "expected TOML"),
    "an unknown key": (GOOD.replace("[broker]", 'colour = "red"\n\n[broker]'), 4, "unknown key"),
    "a missing part": (GOOD.partition("[twilio]")[0], 1, "twilio: is missing"),
    "a port beyond any": (GOOD.replace("8883", "88830"), 6, "broker.port"),
    "another database": (GOOD.replace("sqlite+aiosqlite", "mysql"), 1, "postgresql+asyncpg"),
    "only in memory": (GOOD.replace("cloud.db", ":memory:"), 1, "expected a file"),
    "no address": (GOOD.replace("https://care.example/", "care"), 2, "https://care.example"),
    "cookies in clear": (GOOD.replace("https://", "http://"), 1, "cookies_secure"),
    "no number": (GOOD.replace("+12025550100", "555-0100"), 13, "from_number"),
    "a certificate that is not there": (
        GOOD.replace("port = 8883", 'port = 8883\nca_file = "ca.pem"'),
        4,
        "no such file",
    ),
    "a wait of nothing": (GOOD + '\n[intervals]\nlink_lost = "PT0S"\n', 16, "link_lost"),
}


@pytest.mark.parametrize(("text", "line", "said"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named_by_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        _read(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 'cloud.toml'}:{line}: ")
    assert said in str(refused.value)
    assert "between us" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="expected a TOML file"):
        read_settings(tmp_path / "none.toml")
