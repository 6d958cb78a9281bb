"""An open page is told at once, and ends at once when it must."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cloud.auth.guard import Asked, judge
from cloud.auth.sessions import revoke_all
from cloud.db import Database, touch
from cloud.errors import CloudError
from cloud.live import COMMENT, Live, server_sent
from cloud.policy import Action
from tests.cloud.web.browser import Web
from tests.cloud.web.world import NOW, named

WITHIN = 1.0
"""Seconds: a removed viewer sees nothing after this (RELIABILITY T15)."""


async def first(stream: AsyncIterator[bytes], wanted: bytes) -> bytes:
    """The first part that holds `wanted`, within a second."""
    async with asyncio.timeout(WITHIN):
        async for part in stream:
            if wanted in part:
                return part
    raise AssertionError(f"the stream ended without {wanted!r}")


async def test_a_commit_that_people_should_see_comes_within_a_second(
    sqlite_database: Database,
) -> None:
    live, shown = Live(), ["<p>calm</p>"]

    async def render() -> str:
        return shown[0]

    async with live.watching(sqlite_database):
        stream = live.stream(render)
        assert await first(stream, b"calm") == b"event: view\ndata: <p>calm</p>\n\n"
        shown[0] = "<p>fire</p>"
        await sqlite_database.run(touch)
        await first(stream, b"fire")


async def test_a_view_in_which_only_clocks_differ_is_not_sent_again(
    sqlite_database: Database,
) -> None:
    live, count = Live(), [0]

    async def render() -> str:
        count[0] += 1
        return f'<p><time data-seconds="{count[0]}" datetime="PT1S">0:0{count[0]}</time></p>'

    async with live.watching(sqlite_database):
        stream = live.stream(render)
        await first(stream, b"0:01")
        live.wake()
        assert await first(stream, b":") == COMMENT


async def test_whoever_is_logged_out_loses_the_stream_within_a_second(web: Web) -> None:
    doctor = await web.as_("lind")
    secret = doctor.http.cookies["hearthline_session"]

    async def render() -> str | None:
        try:
            await web.database.run(judge, secret, Action.SEE_QUEUE, Asked(), NOW, is_activity=False)
        except CloudError:
            return None
        return "queue"

    stream = web.app.state.site.live.stream(render)
    await first(stream, b"data: queue")
    await web.database.run(revoke_all, named("lind"), NOW)
    assert await first(stream, b"gone") == server_sent("gone", "")
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_streams_end_when_the_process_ends(sqlite_database: Database) -> None:
    live = Live()

    async def render() -> str:
        return "x"

    async with live.watching(sqlite_database):
        stream = live.stream(render)
        await first(stream, b"data: x")
    async with asyncio.timeout(WITHIN):
        assert [part async for part in stream] == []


async def test_a_browser_that_leaves_cuts_no_query_off(sqlite_database: Database) -> None:
    live, done = Live(), asyncio.Event()

    async def render() -> str:
        await asyncio.sleep(0.05)
        await sqlite_database.run(touch)
        done.set()
        return "x"

    async with live.watching(sqlite_database):
        stream = live.stream(render)
        await anext(stream)
        reader = asyncio.ensure_future(first(stream, b"x"))
        await asyncio.sleep(0.01)
        reader.cancel()
        async with asyncio.timeout(WITHIN):
            await done.wait()


def test_a_line_break_in_the_view_cannot_forge_an_event() -> None:
    sent = server_sent("view", "a\nevent: gone\r\ndata: b\rc")
    assert sent == b"event: view\ndata: a\ndata: event: gone\ndata: data: b\ndata: c\n\n"
