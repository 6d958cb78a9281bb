"""The fourteen ways of a provider (RELIABILITY appendix B), seen through the SDK."""

import asyncio

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from simulator.phone.people import Behaviour
from simulator.phone.provider import Provider
from tests.simulator.conftest import OpenLine, PersonFields
from tests.simulator.customer import page
from tests.simulator.line import THEM, US

PRESSES: PersonFields = {"behaviour": "acknowledges"}


def test_there_are_fourteen() -> None:
    assert len(Provider) == 14


@pytest.mark.parametrize(
    ("mood", "status", "code"),
    [
        pytest.param("500", 500, 20500, id="fails before accepting"),
        pytest.param("429", 429, 20429, id="too many requests"),
        pytest.param("401", 401, 20003, id="token rotated"),
        pytest.param("invalid_number", 400, 21211, id="number invalid"),
    ],
)
async def test_refused_before_accepting_nothing_rings(
    open_line: OpenLine, mood: str, status: int, code: int
) -> None:
    async with open_line({THEM: PRESSES}) as line:
        await line.control(provider=mood)
        with pytest.raises(TwilioRestException) as refused:
            await line.call()
        assert (refused.value.status, refused.value.code) == (status, code)
        assert line.company.log.calls == {}


async def test_fails_after_accepting_and_rings_all_the_same(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        line.customer.voice = page()
        await line.control(provider="500_after_accept")
        with pytest.raises(TwilioRestException) as refused:
            await line.call()
        assert refused.value.status == 500
        await line.customer.until(lambda it: "/keys" in it.paths())
        assert len(line.company.log.calls) == 1


async def test_times_out_after_accepting_and_can_be_found_by_looking(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        line.customer.voice = page()
        await line.control(provider="timeout_after_accept")
        with pytest.raises(requests.exceptions.Timeout):
            await asyncio.to_thread(
                line.sdk(timeout=0.5).calls.create,
                to=THEM,
                from_=US,
                url=f"{line.customer.url}/voice",
            )
        await line.customer.until(lambda it: "/keys" in it.paths())
        found = await asyncio.to_thread(line.sdk().calls.list, to=THEM)
        assert [one.sid for one in found] == list(line.company.log.calls)


async def test_resets_the_connection_and_nothing_rings(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        await line.control(provider="reset")
        with pytest.raises(requests.exceptions.ConnectionError) as broken:
            await line.call()
        assert "reset" in str(broken.value).lower()
        assert line.company.log.calls == {}
        assert (await line.log())["requests"][-1]["status"] is None


async def test_accepts_and_rings_late(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        line.customer.voice = page()
        await line.control(provider="queued", queue_s=0.6)
        call = await line.call()
        await asyncio.sleep(0.3)
        assert (await line.fetch(call.sid)).status == "queued"
        await line.customer.until(lambda it: "/keys" in it.paths())


async def test_says_completed_and_nothing_rang(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        await line.control(provider="nothing_rings")
        call = await line.ended((await line.call()).sid)
        assert call.status == "completed"
        assert line.customer.statuses()[-1] == "completed"
        assert "/voice" not in line.customer.paths()
        sent = await asyncio.to_thread(line.sdk().messages.create, to=THEM, from_=US, body="hello")
        await asyncio.sleep(0.6)
        text = line.company.log.texts[str(sent.sid)]
        assert (text.status, text.has_arrived) == ("delivered", False)


@pytest.mark.parametrize(
    ("mood", "told"),
    [
        pytest.param("ok", ["initiated", "ringing", "in-progress", "completed"], id="in order"),
        pytest.param(
            "callbacks_twice",
            [
                *("initiated", "initiated", "ringing", "ringing"),
                *("in-progress", "in-progress", "completed", "completed"),
            ],
            id="each twice",
        ),
        pytest.param(
            "callbacks_reversed",
            ["completed", "in-progress", "ringing", "initiated"],
            id="last first",
        ),
        pytest.param("callbacks_never", [], id="none"),
    ],
)
async def test_status_callbacks(open_line: OpenLine, mood: str, told: list[str]) -> None:
    async with open_line({THEM: PRESSES}) as line:
        line.customer.voice = page()
        await line.control(provider=mood)
        await line.ended((await line.call()).sid)
        assert line.customer.statuses() == told
        assert "/keys" in line.customer.paths(), "the person pressed all the same"


async def test_forged_callbacks_come_beside_the_genuine_ones(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        line.customer.voice = page()
        await line.control(provider="callbacks_forged")
        await line.ended((await line.call()).sid)
        assert line.customer.paths(genuine=False).count("/status") == 4
        assert line.customer.paths(genuine=False).count("/keys") == 1
        genuine = [one.form["CallStatus"] for one in line.customer.received if one.is_genuine]
        assert "completed" in genuine
        refused = [row for row in (await line.log())["webhooks"] if row["is_forged"]]
        assert {row["status"] for row in refused} == {403}


async def test_a_mood_may_last_for_some_requests_only(open_line: OpenLine) -> None:
    async with open_line({THEM: PRESSES}) as line:
        await line.control(provider="500", requests=1)
        with pytest.raises(TwilioRestException):
            await line.call()
        assert (await line.call()).status == "queued"


def test_every_human_way_has_a_name() -> None:
    """RELIABILITY appendix B, humans on top; "presses and does nothing" is `acknowledges`."""
    wanted = {"acknowledges", "late", "wrong_digit", "hangs_up", "declines", "voicemail"}
    assert wanted <= {str(one) for one in Behaviour}
