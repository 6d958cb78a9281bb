"""Benchmarks end with one JSON line, in little as in large."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def figures_of(*arguments: str, status: int = 0) -> dict[str, object]:
    command = [sys.executable, "-m", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == status, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert {"schema", "seconds", "skipped"} <= set(figures)
    assert isinstance(figures, dict)
    return figures


def test_five_thousand_damaged_messages_do_no_harm() -> None:
    figures = figures_of("benchmarks.fuzz", "--payloads", "5000")
    assert (figures["payloads"], figures["crashes"], figures["stalls"]) == (5000, 0, 0)


def test_a_detector_without_a_book_of_faults_is_wrong_usage() -> None:
    command = [sys.executable, "-m", "benchmarks.mutants", "--slug", "nobody"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 2
