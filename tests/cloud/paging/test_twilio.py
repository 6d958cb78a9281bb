"""The SDK against a telephone company that behaves well or badly: what is then known."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest

from cloud.paging.rules import Channel
from cloud.paging.transports import Order, OutcomeUnknown, Rejected, TransportError, TryLater
from cloud.paging.transports.twilio import Twilio
from simulator.phone.people import Behaviour
from simulator.phone.provider import Provider
from tests.cloud.paging.telephones import telephones
from tests.shift import ACCOUNT, AUTH_TOKEN, NUMBERS, OUR_NUMBER

CALL = Order(
    Channel.VOICE, NUMBERS["lind"], "http://127.0.0.1:9/answer", "http://127.0.0.1:9/status"
)
TEXT = Order(Channel.SMS, NUMBERS["lind"], status_url="http://127.0.0.1:9/status", body="42")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def twilio(url: str, token: str = AUTH_TOKEN) -> Twilio:
    return Twilio(ACCOUNT, token, OUR_NUMBER, base_url=url, timeout=0.5)


@pytest.mark.parametrize("order", [CALL, TEXT], ids=["a call", "a text"])
async def test_it_is_taken_and_found_again(order: Order) -> None:
    async with telephones({"lind": Behaviour.NO_ANSWER}) as (company, url):
        account = twilio(url)
        sid = await asyncio.to_thread(account.place, order)
        found = await asyncio.to_thread(account.look_up, order.channel, order.to, LONG_AGO)
        assert [one.provider_id for one in found] == [sid]
        other = await asyncio.to_thread(account.look_up, order.channel, NUMBERS["osei"], LONG_AGO)
        assert other == []
        later = datetime.now(UTC) + timedelta(minutes=5)  # noqa: TID251 - the far end's clock is real
        assert await asyncio.to_thread(account.look_up, Channel.VOICE, order.to, later) == []
        form = company.log.requests[0]["form"]
        assert form["From"] == [OUR_NUMBER]
        if order is CALL:
            assert form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
            assert form["Timeout"] == ["25"]
        account.close()


@pytest.mark.parametrize(
    ("provider", "expected", "is_placed"),
    [
        (Provider.FAILS, OutcomeUnknown, False),
        (Provider.FAILS_AFTER_ACCEPTING, OutcomeUnknown, True),
        (Provider.TIMES_OUT_AFTER_ACCEPTING, OutcomeUnknown, True),
        (Provider.CONNECTION_RESET, OutcomeUnknown, None),
        (Provider.RATE_LIMITED, TryLater, False),
        (Provider.TOKEN_ROTATED, Rejected, False),
        (Provider.INVALID_NUMBER, Rejected, False),
    ],
)
async def test_what_is_known_after_a_bad_answer(
    provider: Provider, expected: type[TransportError], is_placed: bool | None
) -> None:
    async with telephones({"lind": Behaviour.NO_ANSWER}) as (company, url):
        company.mood.provider = provider
        account = twilio(url)
        with pytest.raises(expected) as refused:
            await asyncio.to_thread(account.place, CALL)
        assert type(refused.value) is expected
        assert refused.value.can_retry == (expected is not Rejected)
        if is_placed is not None:
            company.mood.provider = Provider.OK
            found = await asyncio.to_thread(account.look_up, CALL.channel, CALL.to, LONG_AGO)
            assert bool(found) == is_placed
        account.close()


async def test_a_wrong_token_is_rejected() -> None:
    async with telephones({}) as (_, url):
        account = twilio(url, "guessed")
        with pytest.raises(Rejected, match="401"):
            await asyncio.to_thread(account.place, CALL)
        account.close()


async def test_where_nobody_listens_nothing_was_taken() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        account = twilio(f"http://127.0.0.1:{bound.getsockname()[1]}")
        with pytest.raises(TryLater):
            await asyncio.to_thread(account.place, CALL)
        account.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\n<ok/>",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
async def test_an_answer_that_makes_no_sense_leaves_the_outcome_unknown(answer: bytes) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        account = twilio(f"http://127.0.0.1:{port}")
        with pytest.raises(OutcomeUnknown):
            await asyncio.to_thread(account.place, CALL)
        account.close()
