"""A newcomer follows the map: every file and module it names is there."""

import re
from pathlib import Path

import pytest

from edge_agent.detectors import DETECTORS
from vocabulary.risks import RISKS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = "vocabulary|edge_agent|cloud|simulator|device_profiles|benchmarks|tests|deploy|docs"
PATH = re.compile(rf"`((?:{ROOMS})/[\w./-]*)`")


def named_on(page: Path) -> list[str]:
    """The paths a page names, from the root of the checkout."""
    return PATH.findall(page.read_text(encoding="utf-8"))


def is_there(path: str) -> bool:
    """A name that ends in / is a folder, any other a file."""
    found = ROOT / path
    return found.is_dir() if path.endswith("/") else found.exists()


def test_the_map_names_the_way_of_a_press() -> None:
    assert len(named_on(ROOT / "docs" / "architecture.md")) >= 15


@pytest.mark.parametrize("page", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES])
def test_every_path_a_page_names_exists(page: Path) -> None:
    assert [path for path in named_on(page) if not is_there(path)] == []


@pytest.mark.parametrize("part", ["heart", "rim"])
def test_every_part_of_the_hub_on_the_map_exists(part: str) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    found = re.search(rf"\b{part}:\s+([a-z_, ]+)\n", text)
    assert found is not None
    names = found[1].split(", ")
    hub = ROOT / "edge_agent"
    lost = [n for n in names if not ((hub / n).is_dir() or (hub / f"{n}.py").is_file())]
    assert lost == []


def test_every_noun_of_the_cloud_on_the_map_is_a_folder() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    found = re.search(r"one folder per noun: ([a-z_, ]+);", text)
    assert found is not None
    assert [n for n in found[1].split(", ") if not (ROOT / "cloud" / n).is_dir()] == []


def test_the_front_page_counts_the_risks_that_nothing_recognises_yet() -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"has [{len(RISKS)} risks]" in text
    assert f"The other {len(RISKS) - len(DETECTORS)} are shown on the pages as *not watched" in text
