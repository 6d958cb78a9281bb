"""A risk the hub recognises is a card, a detector, stories and twins, a runbook and sentences.

Leave one out and it is named here, before a responder misses it at three in the morning.
"""

import re
from pathlib import Path

import pytest

from cloud.triage.runbooks import runbook
from edge_agent.detectors import DETECTORS, NOT_YET
from edge_agent.tongue import translator
from simulator.scenarios import STORIES, TWINS
from vocabulary.risks import BY_SLUG
from vocabulary.sentences import SENTENCES

ROOT = Path(__file__).parents[2]
SLUGS = sorted(DETECTORS)


def modules_in(folder: str) -> set[str]:
    """The names of a folder's modules."""
    return {file.stem for file in (ROOT / folder).glob("*.py")} - {"__init__"}


def test_one_module_per_detector_scenario_and_story_test() -> None:
    assert modules_in("edge_agent/detectors") == set(SLUGS)
    assert modules_in("simulator/scenarios") == set(SLUGS)
    assert modules_in("tests/edge_agent/detectors") == {f"test_{slug}" for slug in SLUGS}


@pytest.mark.parametrize("slug", SLUGS)
def test_its_card_has_a_story_for_each_variant_and_a_twin(slug: str) -> None:
    told = {variant.name for variant in BY_SLUG[slug].variants} - NOT_YET.get(slug, frozenset())
    assert set(STORIES[slug]) == told
    assert TWINS[slug]


@pytest.mark.parametrize("slug", sorted(NOT_YET))
def test_what_it_cannot_tell_yet_is_a_variant_of_its_card_and_never_all_of_them(slug: str) -> None:
    variants = {variant.name for variant in BY_SLUG[slug].variants}
    assert slug in DETECTORS
    assert NOT_YET[slug] < variants


@pytest.mark.parametrize("slug", SLUGS)
def test_it_has_a_runbook_of_its_own(slug: str) -> None:
    assert runbook(slug, None, is_duress=False).slug == slug


@pytest.mark.parametrize("slug", SLUGS)
def test_it_explains_itself_in_both_languages(slug: str) -> None:
    source = (ROOT / "edge_agent" / "detectors" / f"{slug}.py").read_text(encoding="utf-8")
    facts = set(re.findall(r'"(fact\.[a-z0-9_]+)"', source))
    assert facts
    chinese = translator("zh_CN")
    for fact in facts:
        assert chinese(SENTENCES[fact]) != SENTENCES[fact], fact
