"""How the resident takes being spoken to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulator.terminal import Answer, Resident, Said

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def said(seconds: float, text: str = "Are you all right?", key: str = "say.check") -> Said:
    return Said(START + timedelta(seconds=seconds), "living", key, text)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer.FINE, "Yes, I am fine, thank you", id="fine"),
        pytest.param(Answer.HELP, "No, please help me", id="help"),
        pytest.param(Answer.UNCLEAR, "mm the the blue one maybe", id="unclear"),
        pytest.param(Answer.DURESS, "marigold", id="duress word"),
        pytest.param(Answer.PIN, "4711", id="PIN"),
    ],
)
def test_a_question_is_answered(answer: Answer, words: str) -> None:
    resident = Resident(answer)
    heard = resident.hears(said(0))
    assert heard is not None
    assert heard[0] == words


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Yes, I have taken it"), ("zh_CN", "吃了"), ("fr", "Yes, I have taken it")],
)
def test_who_is_asked_about_a_dose_says_whether_it_was_taken(language: str, words: str) -> None:
    asked = replace(said(0, "Have you taken it?", "say.dose_due"), language=language)
    heard = Resident(Answer.FINE).hears(asked)
    assert heard is not None
    assert heard[0] == words


def test_silence_answers_nothing() -> None:
    assert Resident(Answer.SILENCE).hears(said(0)) is None


def test_what_cannot_be_understood_is_less_sure() -> None:
    unclear, fine = Resident(Answer.UNCLEAR).hears(said(0)), Resident(Answer.FINE).hears(said(0))
    assert unclear is not None
    assert fine is not None
    assert unclear[1] < 0.5 < fine[1]


def test_four_terminals_asking_at_once_are_one_question() -> None:
    resident = Resident(Answer.FINE)
    heard = [resident.hears(said(0.1 * number)) for number in range(4)]
    assert [bool(one) for one in heard] == [True, False, False, False]


def test_the_second_prompt_is_answered_again() -> None:
    resident = Resident(Answer.UNCLEAR)
    assert resident.hears(said(0)) is not None
    assert resident.hears(said(20)) is not None


def test_the_first_sentence_of_a_story_is_answered_and_then_only_questions() -> None:
    resident = Resident()
    resident.begin(Answer.FINE)
    assert resident.hears(said(0, "Help is being called.", "say.help")) is not None
    assert resident.hears(said(5, "Doctor Lind is on the line.", "say.doctor")) is None
    assert resident.hears(said(9, "你还好吗？", "say.check")) is not None  # noqa: RUF001 - Chinese


def test_chinese_is_answered_in_chinese() -> None:
    asked = Said(START, "living", "say.check", "您还好吗？", "zh_CN")  # noqa: RUF001 - Chinese
    heard = Resident(Answer.FINE).hears(asked)
    assert heard is not None
    assert "没事" in heard[0]
