"""The cloud may send a newer home file; a later edit by the installer at the hub wins over it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from edge_agent.settings import SettingsError, read_home_file
from vocabulary.home import HomeFile, HomeFileError, read_home
from vocabulary.wire import Config

_KEY = "config"


@dataclass(frozen=True, slots=True)
class CareProfile:
    """The home as it is to be watched."""

    home: HomeFile
    file_text: str
    """What the installer's file holds, whichever of the two is used."""
    revision: int = 0
    """Of the cloud's home file, 0 where the installer's is used."""
    outdated: int = 0
    """The cloud's last version before the installer's edit: up to it the edit is newer."""


def note_config(config: Config, file_text: str) -> dict[str, str]:
    """The journal's note of a home file from the cloud, and which file at the hub it replaces."""
    kept = {
        "revision": config.revision,
        "home_toml": config.home_toml,
        "replaces": _digest(file_text),
    }
    return {_KEY: json.dumps(kept)}


def choose_home(path: Path, notes: dict[str, str]) -> CareProfile:
    """Which home file counts; raises `SettingsError` where the installer's cannot be used."""
    home = read_home_file(path)
    text = path.read_text(encoding="utf-8")
    if _KEY not in notes:
        return CareProfile(home, text)
    kept = json.loads(notes[_KEY])
    if kept["replaces"] != _digest(text):
        return CareProfile(home, text, outdated=kept["revision"])
    try:
        return CareProfile(read_home(kept["home_toml"], "config"), text, kept["revision"])
    except HomeFileError as refused:  # written by a newer hub than this one
        raise SettingsError(str(refused)) from refused


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
