"""What the home tells people to say is what it understands, in each language."""

import re

import pytest

from edge_agent.response.at_home import PROMPTS
from edge_agent.spoken_check import interpret
from edge_agent.tongue import translator
from vocabulary.incident import CheckOutcome
from vocabulary.sentences import SAY

ASKED = [*PROMPTS.items(), ("", "say.check"), ("water_leak", "say.water_check_in")]
OFFERED = {"en": r"\bsay (yes|no|help)\b", "zh_CN": "“(.*?)”"}


@pytest.mark.parametrize("language", OFFERED)
@pytest.mark.parametrize(("about", "key"), ASKED)
def test_the_words_that_a_question_offers(about: str, key: str, language: str) -> None:
    slug = about.partition(".")[0]
    sentence = translator(language)(SAY[key])
    offered = re.findall(OFFERED[language], sentence, flags=re.IGNORECASE)
    meant = {interpret(words, language, about=slug) for words in offered}
    no = CheckOutcome.UNCLEAR if slug == "missed_medication" else CheckOutcome.HELP
    assert meant == ({CheckOutcome.FINE, no} if offered else set()), offered
    assert offered or slug == "stove_unattended", "a plain question may be answered in any words"
