"""A page that stays open is told of every change at once, and says so when it cannot be told.

One watcher per process listens to the database and wakes all open streams; each renders its own
view again and sends it only if it differs. A comment every 15 s keeps proxies from closing it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Final

from cloud.db import Database

RENEW: Final = timedelta(seconds=10)
"""Without a change a view is rendered anew after this long: waiting times and freshness age."""
GATHER: Final = timedelta(milliseconds=50)
"""A burst of commits is shown once."""
COMMENT: Final = b": still here\n\n"
CLOCKS: Final = re.compile(r"<time data-seconds=[^>]*>[^<]*</time>")
"""Running clocks tick in the browser; a view in which only they differ is not sent again."""
RECONNECT: Final = b"retry: 2000\n\n"

Render = Callable[[], Awaitable[str | None]]
"""The present view as HTML; None when the viewer may not see it any more."""


class Live:
    """Wakes the open streams of this process after each commit that people should see."""

    def __init__(self) -> None:
        self._streams: set[asyncio.Event] = set()
        self._rendering: set[asyncio.Task[str | None]] = set()
        self._is_closing = False

    @asynccontextmanager
    async def watching(self, database: Database) -> AsyncIterator[None]:
        """Watch the database for as long as the context is open; streams end with it."""
        async with asyncio.TaskGroup() as tasks:
            watcher = tasks.create_task(self._watch(database), name="live")
            try:
                yield
            finally:
                self.close()
                watcher.cancel()
                await asyncio.gather(*self._rendering, return_exceptions=True)

    async def _watch(self, database: Database) -> None:
        async with database.watching() as changed:
            while True:
                await changed.wait()
                changed.clear()
                self.wake()

    def wake(self) -> None:
        """Something has changed."""
        for stream in self._streams:
            stream.set()

    def close(self) -> None:
        """End every stream; browsers come back after two seconds, to whoever serves then."""
        self._is_closing = True
        self.wake()

    @contextmanager
    def _listening(self) -> Iterator[asyncio.Event]:
        changed = asyncio.Event()
        self._streams.add(changed)
        try:
            yield changed
        finally:
            self._streams.discard(changed)

    async def stream(self, render: Render) -> AsyncIterator[bytes]:
        """Server-sent events: `view` with the HTML after each change, at last `gone` when revoked.

        The permission is asked anew at each rendering, so a removed relative sees nothing more.
        """
        last: str | None = None
        yield RECONNECT
        with self._listening() as changed:
            while not self._is_closing:
                changed.clear()
                view = await self._whole(render)
                if view is None:
                    yield server_sent("gone", "")
                    return
                steady = CLOCKS.sub("", view)
                yield COMMENT if steady == last else server_sent("view", view)
                last = steady
                try:
                    async with asyncio.timeout(RENEW.total_seconds()):
                        await changed.wait()
                except TimeoutError:
                    continue
                await asyncio.sleep(GATHER.total_seconds())

    async def _whole(self, render: Render) -> str | None:
        """Render to the end even when the browser leaves meanwhile.

        A query that is cut off in its middle would hold SQLite's only write lock until its
        connection is torn down, and somebody else's page would wait for it.
        """
        task = asyncio.ensure_future(render())
        self._rendering.add(task)
        task.add_done_callback(self._rendering.discard)
        return await asyncio.shield(task)


def server_sent(name: str, data: str) -> bytes:
    """One event in the form of the standard: every line of the data with its own prefix."""
    lines = data.splitlines() or [""]
    return (f"event: {name}\n" + "".join(f"data: {line}\n" for line in lines) + "\n").encode()
