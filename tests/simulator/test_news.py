"""Whoever watches a play hears of each thing once, in plain words."""

from typing import Any

import pytest

from simulator.news import News

DOCTOR, DAUGHTER = "+15550100003", "+15550100007"
STAMP = "2026-11-22T14:00:{:02}+00:00"


@pytest.fixture
def news() -> News:
    return News({DOCTOR: "Dr Osei", DAUGHTER: "Anna"})


def said(second: int, terminal: str, text: str = "Are you all right?") -> dict[str, Any]:
    return {"at": STAMP.format(second), "terminal": terminal, "key": "ask", "text": text}


def switched(device: str, *, is_on: bool = False, refused: str = "") -> dict[str, Any]:
    return {"at": STAMP.format(0), "device": device, "is_on": is_on, "refused": refused}


def call(sid: str, status: str, outcome: str = "", to: str = DOCTOR) -> dict[str, Any]:
    return {"sid": sid, "to": to, "status": status, "outcome": outcome}


def text(sid: str, body: str, direction: str = "outbound-api") -> dict[str, Any]:
    family, ours = DAUGHTER, "+15550100000"
    to, sender = (ours, family) if direction == "inbound" else (family, ours)
    return {"sid": sid, "to": to, "from": sender, "body": body, "direction": direction}


def test_two_terminals_that_speak_at_once_say_one_sentence(news: News) -> None:
    (line,) = news.in_the_home([said(1, "kitchen"), said(2, "bedroom")], [])
    assert line == "bedroom and kitchen: “Are you all right?”"


def test_the_same_question_later_is_a_new_one(news: News) -> None:
    first = [said(1, "kitchen"), said(1, "bedroom")]
    assert len(news.in_the_home(first, [])) == 1
    assert len(news.in_the_home([*first, said(21, "kitchen"), said(21, "bedroom")], [])) == 1
    assert news.in_the_home([*first, said(21, "kitchen"), said(21, "bedroom")], []) == []


def test_what_a_lamp_does_and_why_a_valve_does_not(news: News) -> None:
    entries = [switched("Hall lamp", is_on=True), switched("Gas valve", refused="no such value")]
    assert news.in_the_home([], entries) == [
        "Hall lamp goes on",
        "Gas valve refuses: no such value",
    ]


def test_a_call_is_told_at_each_of_its_stages_by_the_doctors_name(news: News) -> None:
    assert news.on_the_telephone([call("CA1", "ringing")], []) == ["telephone: Dr Osei: ringing"]
    assert news.on_the_telephone([call("CA1", "ringing")], []) == []
    ended = call("CA1", "completed", "answered, pressed 4 7")
    assert news.on_the_telephone([ended], []) == ["telephone: Dr Osei: answered, pressed 4 7"]


def test_a_number_that_nobody_knows_is_told_as_it_is(news: News) -> None:
    stray = call("CA2", "no-answer", to="+15559990000")
    assert news.on_the_telephone([stray], []) == ["telephone: +15559990000: no answer"]


def test_texts_go_both_ways(news: News) -> None:
    texts = [text("SM1", "Hearthline: please call"), text("SM2", "123456 a", "inbound")]
    assert news.on_the_telephone([], texts) == [
        "text to Anna: Hearthline: please call",
        "text from Anna: 123456 a",
    ]
