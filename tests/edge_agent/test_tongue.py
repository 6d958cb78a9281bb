"""What the hub says, in each language it speaks, and what it says where a catalogue is broken."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.spoken_check import interpret
from edge_agent.tongue import translator
from vocabulary.incident import CheckOutcome
from vocabulary.sentences import SAY, render

PLACE = re.compile(r"\{\w+\}")
HAN = re.compile(r"[\u4e00-\u9fff]")
CATALOGUE = Path("zh_CN") / "LC_MESSAGES" / "hearthline.po"


@pytest.mark.parametrize("key", sorted(SAY))
def test_every_spoken_sentence_has_a_chinese_text(key: str) -> None:
    told = translator("zh_CN")(SAY[key])
    assert HAN.search(told)
    assert sorted(PLACE.findall(told)) == sorted(PLACE.findall(SAY[key]))


def test_values_stand_in_the_chinese_sentence() -> None:
    assert "120" in render("say.plan_b", {"number": "120"}, translator("zh_CN"))


@pytest.mark.parametrize("key", ["say.fall_check", "say.check"])
def test_the_words_a_question_proposes_are_understood(key: str) -> None:
    asked = {language: render(key, (), translator(language)) for language in ("en", "zh_CN")}
    fine, rescue = re.findall("“(.+?)”", asked["zh_CN"])
    assert interpret(fine, "zh_CN") is CheckOutcome.FINE
    assert interpret(rescue, "zh_CN") is CheckOutcome.HELP
    fine, rescue = re.findall(r"say (\w+)", asked["en"], re.IGNORECASE)
    assert interpret(fine, "en") is CheckOutcome.FINE
    assert interpret(rescue, "en") is CheckOutcome.HELP


def test_a_sentence_nobody_translated_is_said_in_english() -> None:
    assert translator("zh_CN")("Wholly new.") == "Wholly new."


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="no file"),
        pytest.param(b'msgid "Gas!"\nmsgstr "\xff"\n', id="no UTF-8"),
    ],
)
def test_a_home_whose_catalogue_is_broken_is_spoken_to_in_english(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / CATALOGUE).parent.mkdir(parents=True)
        (tmp_path / CATALOGUE).write_bytes(content)
    assert translator("zh_CN", tmp_path)("Gas!") == "Gas!"


def test_an_english_hub_loads_nothing_for_translating() -> None:
    program = (
        "import sys; from edge_agent.tongue import translator; import edge_agent.agent;"
        "translator('en'); sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
