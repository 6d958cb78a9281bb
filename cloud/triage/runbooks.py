"""At three in the morning nobody remembers what to ask: a runbook per risk, steps as data.

The files stand in `runbooks/<slug>.toml`; texts are of the message catalogue. A risk without a
page of its own gets the general one, a silent call always the one that keeps it silent.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "runbooks"
GENERIC: Final = "generic"
DURESS: Final = "duress"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and why where it is not plain."""

    do: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Runbook:
    """Steps in order, as English message ids."""

    slug: str
    title: str
    steps: tuple[Step, ...]


def runbook(slug: str | None, technical: str | None, *, is_duress: bool) -> Runbook:
    """The runbook for an incident."""
    wanted = DURESS if is_duress else slug or technical or GENERIC
    books = load()
    return books.get(wanted, books[GENERIC])


@cache
def load() -> dict[str, Runbook]:
    """All runbooks by slug."""
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.toml"))}


def _read(file: Path) -> Runbook:
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    steps = tuple(Step(step["do"], step.get("why", "")) for step in raw["step"])
    return Runbook(file.stem, raw["title"], steps)
