"""The books of planted faults fit the code as it stands, and a planted fault is noticed."""

from pathlib import Path

import pytest

from benchmarks.mutants.plant import ROOT, Fault, Stale, noticed_by, planted, read_books
from edge_agent.detectors import DETECTORS

BOOKS = read_books()
FAULTS = [
    pytest.param(fault, id=f"{slug}: {fault.name}")
    for slug, book in BOOKS.items()
    for fault in book.fault
]


@pytest.mark.parametrize("slug", sorted(DETECTORS))
def test_each_detector_has_a_book_of_faults(slug: str) -> None:
    assert slug in BOOKS, f"write benchmarks/mutants/faults/{slug}.toml"


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_to_be_changed_stands_exactly_once(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text(encoding="utf-8").count(fault.old) == 1
    assert fault.new != fault.old


def _fault(old: str) -> Fault:
    return Fault(name="off by one", sort="limit", file="adding.py", old=old, new="return a - b")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (tmp_path / "adding.py").write_text("def add(a, b):\n    return a + b\n")
    (tmp_path / "test_adding.py").write_text(
        "from adding import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    )
    return tmp_path


def test_a_planted_fault_is_noticed_and_taken_out_again(tree: Path) -> None:
    assert noticed_by(["test_adding.py"], tree, options=[]) == ""
    with planted(_fault("return a + b"), tree):
        assert noticed_by(["test_adding.py"], tree, options=[]) == "test_adding.py::test_add"
    assert noticed_by(["test_adding.py"], tree, options=[]) == ""


def test_a_fault_whose_text_is_gone_is_no_fault_that_was_caught(tree: Path) -> None:
    with pytest.raises(Stale, match="0 times"), planted(_fault("return a * b"), tree):
        pass
