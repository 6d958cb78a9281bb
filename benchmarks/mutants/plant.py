"""One fault at a time in a copy of the tree: what a tired programmer might have written."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ROOT = Path(__file__).parents[2]
FAULTS = Path(__file__).parent / "faults"
PARTS = ("vocabulary", "edge_agent", "cloud", "simulator", "device_profiles", "tests")
"""What the tests need; the benchmarks themselves, and so this list, stay behind."""
PATIENCE_S = 600
"""For the tests of one file on a busy machine; a fault may also make them go round for ever."""
SUITE = ("-m", "not slow and not night", "--hypothesis-profile=ci")
_BRIEFLY = ("-x", "-q", "--no-header", "-p", "no:cacheprovider")
_FAILED, _NOTHING_SELECTED = 1, 5

Text = Annotated[str, StringConstraints(min_length=1)]


class Fault(BaseModel):
    """`[[fault]]`: `old` stands exactly once in `file` and becomes `new`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    sort: Literal["limit", "hold", "cancel", "silence", "unit", "severity", "clear", "restart"]
    file: Text
    old: Text
    new: str


class Book(BaseModel):
    """`faults/<slug>.toml`: the faults of one detector and the tests that may notice them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Annotated[tuple[Fault, ...], Field(min_length=1)]
    tests: tuple[Text, ...] = ()
    """Beside the usual ones."""


class Stale(ValueError):
    """The text to be changed is not there any more, or not only once: mend the book of faults."""


def read_books(folder: Path = FAULTS) -> dict[str, Book]:
    """All books by slug; raises pydantic's `ValidationError` for what is no book."""
    return {
        file.stem: Book.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        for file in sorted(folder.glob("*.toml"))
    }


def tests_of(slug: str, book: Book) -> list[str]:
    """Where a fault of this detector should be noticed, the likeliest first."""
    usual = [
        f"tests/edge_agent/detectors/test_{slug}.py",
        "tests/vocabulary/test_catalogue.py",
        "tests/edge_agent/response",
        "tests/conformance/test_each_risk_answers_the_same_questions.py",
        "tests/edge_agent/test_heart_properties.py",
    ]
    return [*book.tests, *usual]


def copy_tree(target: Path, root: Path = ROOT) -> None:
    """Everything that the tests need, without a trace of what was compiled before."""
    for part in PARTS:
        shutil.copytree(
            root / part, target / part, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis")
        )
    for file in ("pyproject.toml", "README.md", "Makefile", "hearthline"):
        shutil.copy2(root / file, target / file)


@contextmanager
def planted(fault: Fault, tree: Path) -> Iterator[None]:
    """The tree with the fault in it; raises `Stale`."""
    file = tree / fault.file
    sound = file.read_text(encoding="utf-8")
    if sound.count(fault.old) != 1:
        times = sound.count(fault.old)
        raise Stale(f"{fault.name}: {fault.file} holds {fault.old!r} {times} times, expected once")
    _write(file, sound.replace(fault.old, fault.new))
    try:
        yield
    finally:
        _write(file, sound)


def _write(file: Path, text: str) -> None:
    """Python knows a changed file by its second and its size, which a fault may leave the same."""
    file.write_text(text, encoding="utf-8")
    if file.suffix == ".py":
        Path(cache_from_source(file)).unlink(missing_ok=True)


def noticed_by(tests: list[str], tree: Path, options: Sequence[str] = SUITE) -> str:
    """The first test that fails, "" when all pass; tests that take for ever notice, too."""
    for name in tests:
        command = [sys.executable, "-m", "pytest", *_BRIEFLY, *options, name]
        try:
            done = subprocess.run(  # noqa: S603 - our own tests
                command, cwd=tree, capture_output=True, text=True, timeout=PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired:
            return f"{name} (takes for ever)"
        if done.returncode == _FAILED:
            return _first_failure(done.stdout) or name
        if done.returncode not in {0, _NOTHING_SELECTED}:
            raise RuntimeError(
                f"pytest {name} ended with {done.returncode}:\n{done.stdout[-2000:]}"
            )
    return ""


def _first_failure(printed: str) -> str:
    failed = [line for line in printed.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return failed[0].split(" ", 1)[1].split(" - ", 1)[0] if failed else ""
