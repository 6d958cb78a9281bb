"""TwiML is played as Twilio defines it."""

import asyncio

import pytest

from simulator.phone.hearing import spoken_digit
from simulator.phone.twiml import BadTwiml, Dial, Gather, Pause, Say, Sms, parse_twiml
from tests.simulator.conftest import OpenLine, PersonFields
from tests.simulator.line import THEM, THEM_TOO

PRESSES: PersonFields = {"behaviour": "acknowledges"}


def test_a_document_of_every_verb() -> None:
    document = parse_twiml(
        "<Response><Say language='en-GB' loop='2'>Hello <break time='1s'/> you</Say>"
        "<Pause length='3'/>"
        "<Gather numDigits='2' timeout='auto' finishOnKey='' input='dtmf speech'>"
        "<Say>press</Say><Pause/></Gather><Dial>+15550101</Dial>"
        "<Dial action='/x'><Conference>room 4</Conference></Dial>"
        "<Message>text</Message><Sing/></Response>"
    )
    assert document.verbs[0] == Say("Hello you", "en-GB", 2)
    assert document.verbs[1] == Pause(3)
    assert document.verbs[2] == Gather(
        (Say("press"), Pause()), num_digits=2, timeout_s=5, finish_on_key=""
    )
    assert document.verbs[3] == Dial(("+15550101",))
    assert document.verbs[4] == Dial(conference="room 4", action="/x")
    assert document.verbs[5] == Sms("text")
    assert document.unknown == ("Sing",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("<Response>", 12100, id="broken off"),
        pytest.param("no document", 12100, id="no XML"),
        pytest.param("<html/>", 12100, id="another document"),
        pytest.param(f"<Response><Say>{'x' * 70_000}</Say></Response>", 11750, id="too long"),
    ],
)
def test_what_is_no_document(text: str, code: int) -> None:
    with pytest.raises(BadTwiml) as refused:
        parse_twiml(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        pytest.param("To acknowledge, press 4 and then 7.", "7", id="English"),
        pytest.param("Press 4 and then 1. Again: press 4 and then 2.", "2", id="the last counts"),
        pytest.param("请先按4，再按3。", "3", id="Chinese"),  # noqa: RUF001 - Chinese
        pytest.param("Press 5 to escalate.", "", id="not said"),
    ],
)
def test_which_digit_was_spoken(text: str, digit: str) -> None:
    assert spoken_digit(text)[0] == digit


async def test_a_voice_takes_its_time_and_a_key_cuts_it_short(open_line: OpenLine) -> None:
    text = "To acknowledge, press 4 and then 7. " + "and so on " * 100
    async with open_line({THEM: PRESSES}, characters_per_s=100) as line:
        line.customer.voice = (
            f"<Response><Gather numDigits='2' action='/keys'><Say>{text}</Say></Gather></Response>"
        )
        await line.call()
        await line.customer.until(lambda it: "/keys" in it.paths(), seconds=5)


async def test_star_repeats_and_then_the_digit_acknowledges(open_line: OpenLine) -> None:
    async with open_line({THEM: {**PRESSES, "keys": ["*", "4{digit}"]}}) as line:
        line.customer.voice = (
            "<Response><Gather numDigits='2' timeout='1' action='/keys'>"
            "<Say>press 4 and then 5</Say></Gather></Response>"
        )
        line.customer.keys = lambda digits: (
            "<Response><Redirect>/voice</Redirect></Response>" if digits == "*" else "<Response/>"
        )
        await line.call()
        await line.customer.until(lambda it: it.paths().count("/keys") == 2)
        pressed = [one.form["Digits"] for one in line.customer.received if one.path == "/keys"]
        assert pressed == ["*", "45"]


async def test_the_finishing_key_ends_the_waiting_and_is_no_digit(open_line: OpenLine) -> None:
    async with open_line({THEM: {**PRESSES, "keys": ["12#"]}}) as line:
        line.customer.voice = "<Response><Gather timeout='30' action='/keys'/></Response>"
        await line.call()
        await line.customer.until(lambda it: "/keys" in it.paths(), seconds=2)
        assert line.customer.received[-1].form["Digits"] == "12"
        assert line.customer.received[-1].form["FinishedOnKey"] == "#"


async def test_no_key_goes_on_behind_the_gather_or_asks_if_told_to(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "says_nothing"}}) as line:
        line.customer.voice = (
            "<Response><Gather timeout='0.1' action='/keys'/>"
            "<Gather timeout='0.1' action='/keys' actionOnEmptyResult='true'/></Response>"
        )
        await line.call()
        await line.customer.until(lambda it: "/keys" in it.paths())
        assert line.customer.received[-1].form["Digits"] == ""
        assert line.customer.paths().count("/keys") == 1


async def test_a_call_is_joined_with_another_telephone(open_line: OpenLine) -> None:
    people: dict[str, PersonFields] = {
        THEM: {**PRESSES, "keys": ["0"], "talks_s": 0.1},
        THEM_TOO: {"behaviour": "says_nothing", "talks_s": 0.1},
    }
    async with open_line(people) as line:
        line.customer.voice = "<Response><Gather numDigits='1' action='/keys'/></Response>"
        line.customer.keys = lambda _: (
            f"<Response><Dial action='/after'><Number>{THEM_TOO}</Number></Dial></Response>"
        )
        call = await line.ended((await line.call()).sid)
        assert call.joined == [THEM_TOO]
        after = next(one for one in line.customer.received if one.path == "/after")
        assert after.form["DialCallStatus"] == "completed"


@pytest.mark.parametrize(
    ("other", "status"),
    [
        pytest.param({"behaviour": "busy"}, "busy", id="busy"),
        pytest.param({"behaviour": "no_answer"}, "no-answer", id="does not answer"),
        pytest.param({"behaviour": "unreachable"}, "failed", id="switched off"),
    ],
)
async def test_the_other_telephone_cannot_be_joined(
    open_line: OpenLine, other: PersonFields, status: str
) -> None:
    async with open_line({THEM: PRESSES, THEM_TOO: other}) as line:
        line.customer.voice = (
            f"<Response><Dial action='/after' timeout='0.1'>{THEM_TOO}</Dial></Response>"
        )
        call = await line.ended((await line.call()).sid)
        assert call.joined == []
        after = next(one for one in line.customer.received if one.path == "/after")
        assert after.form["DialCallStatus"] == status


async def test_a_conference_room_is_entered(open_line: OpenLine) -> None:
    async with open_line({THEM: {**PRESSES, "talks_s": 0.05}}) as line:
        line.customer.voice = "<Response><Dial><Conference>home 4</Conference></Dial></Response>"
        call = await line.ended((await line.call()).sid)
        assert call.joined == ["conference:home 4"]


@pytest.mark.parametrize(
    ("voice", "error"),
    [
        pytest.param("<Response><Gather", "12100", id="broken document"),
        pytest.param("<Response><Sing/></Response>", "12200", id="a verb that is none"),
        pytest.param("<Response><Redirect>/voice</Redirect></Response>", "documents", id="a loop"),
    ],
)
async def test_faults_of_the_customer_end_the_call_and_stand_in_the_log(
    open_line: OpenLine, voice: str, error: str
) -> None:
    async with open_line({THEM: PRESSES}) as line:
        line.customer.voice = voice
        call = await line.ended((await line.call()).sid)
        assert call.status == "completed"
        assert error in call.errors[0]


async def test_a_customer_who_does_not_answer_ends_the_call(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        call = await line.call(url="http://127.0.0.1:9/voice")
        ended = await line.ended(call.sid)
        assert ended.errors[0].startswith("11200")


async def test_inline_twiml_and_get_are_understood(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        there = f"{line.customer.url}/voice?token=t"
        inline = f"<Response><Redirect method='GET'>{there}</Redirect></Response>"
        await line.call(url=None, twiml=inline)
        await line.customer.until(lambda it: "/voice" in it.paths())
        fetched = next(one for one in line.customer.received if one.path == "/voice")
        assert fetched.form["token"] == "t"
        assert fetched.form["CallStatus"] == "in-progress"


async def test_a_text_is_answered_by_rule(open_line: OpenLine) -> None:
    rule = {"pattern": r"answer (\d{4})", "reply": r"\1", "after_s": 0}
    async with open_line({THEM: {"sms": [rule]}}) as line:
        line.customer.sms = "<Response><Message>Thank you</Message></Response>"
        sdk = line.sdk()
        await asyncio.to_thread(
            sdk.messages.create, to=THEM, from_="+15550000001", body="To accept answer 4711"
        )
        await line.customer.until(lambda it: "/sms" in it.paths())
        received = line.customer.received[-1]
        assert received.form["Body"] == "4711"
        assert received.form["From"] == THEM
        assert received.is_genuine
