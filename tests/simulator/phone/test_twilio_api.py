"""The SDK that production uses finds nothing strange about the simulated company."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from tests.simulator.conftest import OpenLine, now
from tests.simulator.customer import ACCOUNT, TOKEN, page
from tests.simulator.line import THEM, THEM_TOO, TRUST, US

PRESSES: dict[str, object] = {"behaviour": "acknowledges"}


async def test_a_call_is_placed_listed_and_fetched(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES, THEM_TOO: PRESSES}) as line:
        line.customer.voice = page()
        before = now() - timedelta(seconds=2)
        call = await line.call()
        other = await line.call(THEM_TOO)
        assert (call.status, call.to, call.from_) == ("queued", THEM, US)
        await line.ended(call.sid)

        listed = await asyncio.to_thread(line.sdk().calls.list, to=THEM, start_time_after=before)
        assert [one.sid for one in listed] == [call.sid]
        assert listed[0].start_time is not None
        assert listed[0].end_time is not None
        assert (await line.fetch(call.sid)).status == "completed"
        assert other.sid != call.sid


async def test_a_list_leaves_out_what_began_before(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        await line.call()
        later = now() + timedelta(seconds=30)
        assert await asyncio.to_thread(line.sdk().calls.list, start_time_after=later) == []


async def test_a_text_is_sent_and_told_of(open_line: OpenLine) -> None:
    async with open_line({THEM: {}}) as line:
        sent = await asyncio.to_thread(
            line.sdk().messages.create,
            to=THEM,
            from_=US,
            body="Incident 12",
            status_callback=f"{line.customer.url}/status",
        )
        assert str(sent.status) == "queued"
        await line.customer.until(lambda it: len(it.received) == 2)
        told = [one.form["MessageStatus"] for one in line.customer.received]
        assert told == ["sent", "delivered"]
        assert line.customer.paths() == ["/status", "/status"]
        fetched = await asyncio.to_thread(line.sdk().messages(str(sent.sid)).fetch)
        assert (str(fetched.status), fetched.body) == ("delivered", "Incident 12")


async def test_a_call_that_rings_can_be_called_off(open_line: OpenLine) -> None:
    async with open_line({THEM: {**PRESSES, "answers_after_s": 30}}) as line:
        call = await line.call(timeout=60)
        await line.customer.until(lambda it: "ringing" in it.statuses())
        ended = await line.end(call.sid, "canceled")
        assert ended.status == "canceled"
        await line.customer.until(lambda it: it.statuses()[-1:] == ["canceled"])
        assert "/voice" not in line.customer.paths()


async def test_a_call_in_progress_can_be_ended(open_line: OpenLine) -> None:
    async with open_line({THEM: {"behaviour": "says_nothing"}}) as line:
        line.customer.voice = page(timeout=30)
        call = await line.call()
        await line.customer.until(lambda it: "/voice" in it.paths())
        ended = await line.end(call.sid, "completed")
        assert ended.status == "completed"


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        pytest.param({"to": "12345"}, 400, 21211, id="no number at all"),
        pytest.param({"to": "+15550199"}, 400, 21211, id="a number the provider refuses"),
    ],
)
async def test_a_bad_number_is_refused_as_twilio_does(
    open_line: OpenLine, wish: dict[str, str], status: int, code: int
) -> None:
    async with open_line({"+15550199": {"behaviour": "invalid"}}) as line:
        with pytest.raises(TwilioRestException) as refused:
            await line.call(**wish)
        assert (refused.value.status, refused.value.code) == (status, code)
        assert line.company.log.calls == {}


async def test_a_stranger_is_refused(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(
                line.sdk("wrong").calls.create, to=THEM, from_=US, twiml="<Response/>"
            )
        assert (refused.value.status, refused.value.code) == (401, 20003)


async def test_another_account_is_not_found(open_line: OpenLine) -> None:
    async with open_line({}) as line, httpx.AsyncClient(verify=TRUST) as http:
        url = f"{line.url}/2010-04-01/Accounts/AC{'9' * 32}/Calls.json"
        answer = await http.get(url, auth=(ACCOUNT, TOKEN))
        assert answer.status_code == 404


async def test_the_log_holds_what_came_and_what_became_of_it(
    open_line: OpenLine, tmp_path: Path
) -> None:
    file = tmp_path / "phone.jsonl"
    async with open_line({THEM: PRESSES}, log=file) as line:
        line.customer.voice = page(digit=3)
        call = await line.call()
        await line.ended(call.sid)
        log = await line.log()
        assert [row["path"].rpartition("/")[2] for row in log["requests"]] == ["Calls.json"]
        assert log["requests"][0]["form"]["StatusCallbackEvent"] == [
            "initiated",
            "ringing",
            "answered",
            "completed",
        ]
        assert log["calls"][0]["outcome"] == "answered, pressed 43"
        assert TOKEN not in json.dumps(log)
    kinds = [json.loads(row)["kind"] for row in file.read_text().splitlines()]
    assert kinds[0] == "request"
    assert kinds[-1] == "call"
