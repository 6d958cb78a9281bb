"""What each sort of person does with a page, as the customer sees it."""

import pytest

from tests.simulator.conftest import OpenLine, PersonFields
from tests.simulator.customer import page
from tests.simulator.line import THEM, THEM_TOO


@pytest.mark.parametrize(
    ("fields", "digits"),
    [
        pytest.param({"behaviour": "acknowledges"}, "47", id="presses 4 and the spoken digit"),
        pytest.param({"behaviour": "going"}, "77", id="is going there"),
        pytest.param({"behaviour": "escalates"}, "5", id="passes it on with a single key"),
        pytest.param({"behaviour": "wrong_digit"}, "48", id="presses another digit"),
        pytest.param({"keys": ["6{digit}"], "behaviour": "acknowledges"}, "67", id="own script"),
        pytest.param(
            {"behaviour": "voicemail", "greeting_s": 0.1, "tones": "0", "hangs_up_after_s": 5},
            "0",
            id="a machine whose beep sounds like a key",
        ),
    ],
)
async def test_keys_reach_the_customer(
    open_line: OpenLine, fields: PersonFields, digits: str
) -> None:
    async with open_line({THEM: fields}) as line:
        line.customer.voice = page(digit=7)
        line.customer.keys = lambda _: "<Response><Hangup/></Response>"
        call = await line.call()
        await line.customer.until(lambda it: "/keys" in it.paths())
        pressed = next(one for one in line.customer.received if one.path == "/keys")
        assert pressed.form["Digits"] == digits
        assert pressed.form["CallSid"] == call.sid
        assert pressed.is_genuine
        assert (await line.ended(call.sid)).status == "completed"


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        pytest.param(
            {"behaviour": "no_answer"},
            "no-answer",
            ["initiated", "ringing", "no-answer"],
            id="rings",
        ),
        pytest.param({"behaviour": "busy"}, "busy", ["initiated", "ringing", "busy"], id="busy"),
        pytest.param(
            {"behaviour": "declines"}, "busy", ["initiated", "ringing", "busy"], id="declines"
        ),
        pytest.param(
            {"behaviour": "unreachable"}, "failed", ["initiated", "failed"], id="switched off"
        ),
        pytest.param(
            {"behaviour": "acknowledges", "answers_after_s": 9},
            "no-answer",
            ["initiated", "ringing", "no-answer"],
            id="answers after it has stopped ringing",
        ),
        pytest.param(
            {"behaviour": "hangs_up", "hangs_up_after_s": 0.2},
            "completed",
            ["initiated", "ringing", "in-progress", "completed"],
            id="hangs up",
        ),
        pytest.param(
            {"behaviour": "says_nothing", "hangs_up_after_s": 0.2},
            "completed",
            ["initiated", "ringing", "in-progress", "completed"],
            id="listens and presses nothing",
        ),
    ],
)
async def test_calls_without_a_key_end_as_a_telephone_call_does(
    open_line: OpenLine, fields: PersonFields, status: str, told: list[str]
) -> None:
    async with open_line({THEM: fields}) as line:
        line.customer.voice = page(timeout=3)
        call = await line.ended((await line.call()).sid)
        assert call.status == status
        assert line.customer.statuses() == told
        assert "/keys" not in line.customer.paths()


async def test_a_number_nobody_has_fails(open_line: OpenLine) -> None:
    async with open_line({}) as line:
        assert (await line.ended((await line.call()).sid)).status == "failed"


async def test_voicemail_answers_is_known_as_a_machine_and_never_presses(
    open_line: OpenLine,
) -> None:
    async with open_line(
        {THEM: {"behaviour": "voicemail", "greeting_s": 0.1, "hangs_up_after_s": 3}}
    ) as line:
        line.customer.voice = page(timeout=0)
        call = await line.call(machine_detection="Enable")
        await line.customer.until(lambda it: it.paths().count("/voice") >= 3)
        voice = next(one for one in line.customer.received if one.path == "/voice")
        assert voice.form["AnsweredBy"] == "machine_start"
        ended = await line.ended(call.sid)
        assert ended.keys == []


async def test_a_person_is_known_as_a_human(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "acknowledges"}}) as line:
        line.customer.voice = page()
        await line.call(machine_detection="Enable")
        await line.customer.until(lambda it: "/keys" in it.paths())
        assert line.customer.received[-1].form["AnsweredBy"] == "human"


async def test_somebody_late_presses_in_a_later_prompt(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "late", "presses_after_s": 1.5}}) as line:
        line.customer.voice = page(timeout=1)
        await line.call()
        await line.customer.until(lambda it: "/keys" in it.paths())
        assert line.customer.paths().count("/voice") == 2, "the first prompt went by unanswered"


async def test_a_wrong_digit_is_wrong_again_at_the_next_prompt(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "wrong_digit"}}) as line:
        line.customer.voice = page(digit=9)
        line.customer.keys = lambda _: page(digit=2)
        await line.call()
        await line.customer.until(lambda it: it.paths().count("/keys") >= 2)
        keys = [one.form["Digits"] for one in line.customer.received if one.path == "/keys"]
        assert keys[:2] == ["40", "43"]


async def test_the_digit_is_heard_not_known(open_line: OpenLine) -> None:
    """Without a spoken digit nobody can press it: whoever did would prove a leak in the test."""
    async with open_line({THEM: {"behaviour": "acknowledges", "hangs_up_after_s": 0.5}}) as line:
        line.customer.voice = '<Response><Gather timeout="1" action="/keys"/></Response>'
        await line.ended((await line.call()).sid)
        assert "/keys" not in line.customer.paths()


async def test_the_digit_is_understood_in_chinese(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "acknowledges"}}) as line:
        line.customer.voice = (
            '<Response><Gather numDigits="2" action="/keys">'
            '<Say language="zh-CN">请先按4，再按6。</Say></Gather></Response>'  # noqa: RUF001 - Chinese
        )
        await line.call()
        await line.customer.until(lambda it: "/keys" in it.paths())
        assert line.customer.received[-1].form["Digits"] == "46"


async def test_two_people_press_at_the_same_instant(open_line: OpenLine) -> None:
    presses: PersonFields = {"behaviour": "acknowledges", "presses_after_s": 0.3}
    async with open_line({THEM: presses, THEM_TOO: presses}) as line:
        line.customer.voice = page(digit=1)
        await line.call()
        await line.call(THEM_TOO)
        await line.customer.until(lambda it: it.paths().count("/keys") == 2)
        pressed = {one.form["To"] for one in line.customer.received if one.path == "/keys"}
        assert pressed == {THEM, THEM_TOO}


async def test_people_change_their_ways_at_run_time(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "acknowledges"}}) as line:
        answer = await line.control(people={THEM: {"behaviour": "busy"}})
        assert answer.json()["people"] == {THEM: "busy"}
        assert (await line.ended((await line.call()).sid)).status == "busy"


async def test_a_wish_that_makes_no_sense_changes_nothing(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "acknowledges"}}) as line:
        answer = await line.control(people={THEM: {"behaviour": "sings"}})
        assert answer.status_code == 400
        assert "behaviour" in answer.json()["error"]
        assert str(line.company.people[THEM].behaviour) == "acknowledges"
