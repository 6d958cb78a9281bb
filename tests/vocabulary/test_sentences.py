"""Every key the hub uses has a sentence, every sentence is used, and none is lost for a value."""

import re
from pathlib import Path

import pytest

from vocabulary.sentences import COVERAGE, FACTS, SAY, SENTENCES, render

ROOT = Path(__file__).parents[2]


def code_of(program: str) -> str:
    """All of a program's own text."""
    files = sorted((ROOT / program).rglob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


HUB = code_of("edge_agent")
CODE = HUB + code_of("cloud")


def test_every_key_in_the_hub_has_a_sentence() -> None:
    used = set(re.findall(r'"((?:say|fact)\.[a-z0-9_]+)"', HUB))
    assert used - set(SENTENCES) == set()


@pytest.mark.parametrize("key", sorted({**SAY, **FACTS, **COVERAGE}))
def test_every_sentence_is_used_somewhere(key: str) -> None:
    assert f'"{key}"' in CODE


def test_one_place_lists_them_all() -> None:
    assert len(SENTENCES) == len(SAY) + len(FACTS) + len(COVERAGE)


def test_values_fill_the_sentence() -> None:
    assert render("say.plan_b", {"number": "112"}).startswith("Nobody has answered yet.")
    assert "112" in render("say.plan_b", (("number", "112"),))


def test_a_missing_value_is_shown_as_missing() -> None:
    assert render("say.helper_acknowledged") == "{name} knows about it and is helping you now."


def test_another_tongue_translates_the_english_template() -> None:
    chinese = {SAY["say.plan_b"]: "还没有人应答。请拨打{number}。"}
    said = render("say.plan_b", {"number": "120"}, lambda english: chinese[english])
    assert said == "还没有人应答。请拨打120。"


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyError):
        render("say.hello")
