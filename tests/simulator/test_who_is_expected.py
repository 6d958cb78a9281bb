"""A story ends well when the first of its chain has answered; under threat no relative is asked."""

import pytest

from simulator.play import Script
from simulator.terminal import Answer
from vocabulary.risk import Chain


@pytest.mark.parametrize(
    ("story", "answer", "expected"),
    [
        pytest.param("sos_call", Answer.SILENCE, {"gp"}, id="a press"),
        pytest.param("fall", Answer.DURESS, {"gp"}, id="a fall under threat"),
        pytest.param("entry_security", Answer.SILENCE, {"family"}, id="a door left open"),
        pytest.param(
            "entry_security",
            Answer.DURESS,
            {"gp", "desk", "community"},
            id="a door left open under threat: whoever helps, but nobody of the family",
        ),
    ],
)
def test_who_must_have_answered(story: str, answer: Answer, expected: set[str]) -> None:
    script = Script(story, answer)
    chain = script.risk.course(script.told_variant, script.severity).chain
    assert script.may_answer(chain) == expected


@pytest.mark.parametrize("chain", [c for c in Chain if c is not Chain.DIGEST])
def test_under_threat_no_chain_expects_a_relative(chain: Chain) -> None:
    assert Script("fall", Answer.DURESS).may_answer(chain) <= {"gp", "desk", "community"}
