"""Silence is never an answer, and only a clear "fine" is one."""

import pytest

from edge_agent.spoken_check import MOST_REPLIES, Reply, SpokenCheck, interpret
from tests.stories import at
from vocabulary.incident import CheckOutcome

FINE, HELP, UNCLEAR = CheckOutcome.FINE, CheckOutcome.HELP, CheckOutcome.UNCLEAR
SILENCE, DURESS = CheckOutcome.SILENCE, CheckOutcome.DURESS

ENGLISH = [
    ("I'm fine", FINE),
    ("Yes, I am all right, thank you.", FINE),
    ("No pain, I'm okay", FINE),
    ("I don't need help", FINE),
    ("false alarm", FINE),
    ("4711", FINE),
    ("four seven one one", FINE),
    ("help", HELP),
    ("Please help me, I'm fine", HELP),
    ("I'm not fine", HELP),
    ("my hip hurts", HELP),
    ("no", HELP),
    ("I fell", HELP),
    ("I can't get up", HELP),
    ("no I'm fine", UNCLEAR),
    ("I fell but I'm fine", UNCLEAR),
    ("I don't think I am fine", UNCLEAR),
    ("maybe", UNCLEAR),
    ("she is fine", UNCLEAR),
    ("I'm fine, I haven't looked", UNCLEAR),
    ("it hasn't stopped, okay", UNCLEAR),
    ("I didn't fall, I'm fine", UNCLEAR),
    ("I'm okay, it won't go off", UNCLEAR),
    ("I'm fine, I couldn't find it", UNCLEAR),
    ("okay, later", UNCLEAR),
    ("I'm fine, I forgot the pan", UNCLEAR),
    ("mumble", UNCLEAR),
    ("1234", UNCLEAR),
    ("4711 please", UNCLEAR),
    ("and now the weather, which tomorrow will be fine in all of the north", UNCLEAR),
    ("blue umbrella", DURESS),
    ("I'm fine, I only miss my blue umbrella", DURESS),
    ("Blue  UMBRELLA!", DURESS),
    ("", SILENCE),
    (" … ", SILENCE),
]

CHINESE = [
    ("我没事", FINE),
    ("我很好,谢谢", FINE),
    ("不用帮忙", FINE),
    ("不好意思,我没事", FINE),
    ("四七一一", FINE),
    ("救命", HELP),
    ("我起不来", HELP),
    ("我没事,但是腿疼", HELP),
    ("不", HELP),
    ("我摔倒了", HELP),
    ("不是没事", UNCLEAR),
    ("今天", UNCLEAR),
    ("她没事", UNCLEAR),
    ("好的,等会儿", UNCLEAR),
    ("没事,待会再说", UNCLEAR),
    ("好的,晚点", UNCLEAR),
    ("我很好,尚未去看", UNCLEAR),
    ("没事,我忘了关火", UNCLEAR),
    ("应该没事", UNCLEAR),
    ("没事吗", UNCLEAR),
    ("", SILENCE),
]


@pytest.mark.parametrize(("text", "outcome"), ENGLISH)
def test_english(text: str, outcome: CheckOutcome) -> None:
    assert interpret(text, "en", "4711", "blue umbrella") is outcome


@pytest.mark.parametrize(("text", "outcome"), CHINESE)
def test_chinese(text: str, outcome: CheckOutcome) -> None:
    assert interpret(text, "zh_CN", "4711", "蓝雨伞") is outcome


def test_a_language_without_tables_is_heard_as_english() -> None:
    assert interpret("help", "fr") is HELP


@pytest.mark.parametrize("text", ["4711", "blue umbrella"])
def test_a_home_without_pin_and_word_hears_neither(text: str) -> None:
    assert interpret(text, "en") is UNCLEAR


@pytest.mark.parametrize(
    ("text", "confidence", "outcome"),
    [
        pytest.param("I'm fine", 0.8, FINE, id="sure enough"),
        pytest.param("I'm fine", 0.79, UNCLEAR, id="not sure enough to cancel"),
        pytest.param("help", 0.1, HELP, id="distress counts however faint"),
        pytest.param("blue umbrella", 0.1, DURESS, id="so does the secret word"),
    ],
)
def test_in_doubt_it_is_not_fine(text: str, confidence: float, outcome: CheckOutcome) -> None:
    assert interpret(text, "en", "4711", "blue umbrella", confidence) is outcome


@pytest.mark.parametrize(
    ("text", "language", "of_water", "of_else"),
    [
        pytest.param("I am running a bath", "en", FINE, UNCLEAR, id="a bath"),
        pytest.param("我在洗澡", "zh_CN", FINE, UNCLEAR, id="a bath in Chinese"),
        pytest.param("no, I'm not washing", "en", UNCLEAR, UNCLEAR, id="no bath"),
        pytest.param("I was having a bath, help", "en", HELP, HELP, id="a bath that went wrong"),
        pytest.param("no", "en", HELP, HELP, id="it is not me"),
    ],
)
def test_a_bath_explains_a_wet_floor_and_nothing_else(
    text: str, language: str, of_water: CheckOutcome, of_else: CheckOutcome
) -> None:
    assert interpret(text, language, about="water_leak") is of_water
    assert interpret(text, language) is of_else


@pytest.mark.parametrize(
    ("text", "language", "outcome"),
    [
        ("yes", "en", FINE),
        ("Yes, I have.", "en", FINE),
        ("Yeah", "en", FINE),
        ("I have taken them", "en", FINE),
        ("I'm fine, I took it", "en", FINE),
        ("no pain, and I had it with my tea", "en", FINE),
        ("I'm fine", "en", UNCLEAR),
        ("okay", "en", UNCLEAR),
        ("I don't need help", "en", UNCLEAR),
        ("4711", "en", UNCLEAR),
        ("yes, I will take it later", "en", UNCLEAR),
        ("yes, in a minute", "en", UNCLEAR),
        ("I haven't taken them, I'm fine", "en", UNCLEAR),
        ("I didn't, yes I took nothing", "en", UNCLEAR),
        ("I will have taken it by noon", "en", UNCLEAR),
        ("have I taken it?", "en", UNCLEAR),
        ("no", "en", UNCLEAR),
        ("I took it and now I'm not well", "en", HELP),
        ("blue umbrella", "en", DURESS),
        ("是的", "zh_CN", FINE),
        ("吃了", "zh_CN", FINE),
        ("我已经吃过药了", "zh_CN", FINE),
        ("没事,吃了", "zh_CN", FINE),
        ("我没事", "zh_CN", UNCLEAR),
        ("好的", "zh_CN", UNCLEAR),
        ("好的,等会儿吃", "zh_CN", UNCLEAR),
        ("还没吃,没事", "zh_CN", UNCLEAR),
        ("我这就要吃了", "zh_CN", UNCLEAR),
        ("忘了吃了", "zh_CN", UNCLEAR),
        ("吃了吗", "zh_CN", UNCLEAR),
        ("刚吃了饭", "zh_CN", UNCLEAR),
        ("没有", "zh_CN", UNCLEAR),
        ("救命", "zh_CN", HELP),
    ],
)
def test_only_yes_or_taken_answers_for_a_dose(
    text: str, language: str, outcome: CheckOutcome
) -> None:
    heard = interpret(text, language, "4711", "blue umbrella", about="missed_medication")
    assert heard is outcome


def test_a_yes_hardly_heard_is_no_taken_dose() -> None:
    assert interpret("yes", "en", confidence=0.79, about="missed_medication") is UNCLEAR


def reply(second: float, outcome: CheckOutcome, heard: str = "…") -> Reply:
    return Reply(at(second), "hall", heard, 1.0, outcome)


def spoken(slug: str, until: int) -> list[int]:
    check, seconds = SpokenCheck.begin(slug, at(0)), []
    for second in range(until + 1):
        check, speaks = check.tick(at(second))
        seconds += [second] if speaks else []
    return seconds


def test_a_fall_is_asked_about_twice_and_a_long_stay_five_times() -> None:
    assert spoken("fall", 300) == [0, 20]
    assert spoken("bathroom_overstay", 400) == [0, 60, 120, 180, 240]


@pytest.mark.parametrize(
    ("second", "outcome"), [(44.9, None), (45, SILENCE), (60, SILENCE)], ids=str
)
def test_a_fall_s_check_ends_with_silence_after_45_seconds(
    second: float, outcome: CheckOutcome | None
) -> None:
    assert SpokenCheck.begin("fall", at(0)).tick(at(second))[0].outcome is outcome


def test_only_unclear_words_make_it_unclear() -> None:
    check = SpokenCheck.begin("fall", at(0)).hear(reply(5, UNCLEAR))
    assert check.is_running
    assert check.tick(at(45))[0].outcome is UNCLEAR


@pytest.mark.parametrize("outcome", [FINE, HELP, DURESS])
def test_a_clear_answer_ends_it(outcome: CheckOutcome) -> None:
    check = SpokenCheck.begin("fall", at(0)).hear(reply(5, outcome))
    assert (check.outcome, check.ended_at, check.due()) == (outcome, at(5), None)
    assert check.tick(at(50)) == (check, False)


def test_words_after_the_end_are_kept_and_change_no_outcome() -> None:
    check = SpokenCheck.begin("fall", at(0)).hear(reply(5, FINE)).hear(reply(9, HELP))
    assert (check.outcome, len(check.replies)) == (FINE, 2)


def test_prompts_missed_in_a_restart_are_one_prompt() -> None:
    check, speaks = SpokenCheck.begin("fall", at(0)).tick(at(30))
    assert (speaks, check.prompts) == (True, 2)


def test_it_says_when_it_has_something_to_do() -> None:
    check = SpokenCheck.begin("fall", at(0))
    assert check.due() == at(0)
    check, _ = check.tick(at(0))
    assert check.due() == at(20)
    check, _ = check.tick(at(20))
    assert check.due() == at(45)


def test_a_talking_television_fills_no_memory() -> None:
    check = SpokenCheck.begin("fall", at(0))
    for second in range(40):
        check = check.hear(reply(second, UNCLEAR, "blah " * 100))
    assert len(check.replies) == MOST_REPLIES
    assert len(check.replies[0].heard) == 200
