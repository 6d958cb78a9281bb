"""An HTTP server that lives as long as a block of code, on any free port if none is named."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp

_GRACE = timedelta(seconds=1)
"""How long an answer that is on its way may take once the block has ended."""


class _Server(uvicorn.Server):
    """Leaves signals to the program it runs in, tells when it is up, and ends as soon as told."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()
        self.is_over = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    async def main_loop(self) -> None:
        tenths = 0
        while not await self.on_tick(tenths) and not self.is_over.is_set():
            tenths += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.is_over.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in (*self.servers, *(sockets or ())):
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if answering := set(self.server_state.tasks):
            _, late = await asyncio.wait(answering, timeout=_GRACE.total_seconds())
            for each in late:
                each.cancel()
        await asyncio.sleep(0)  # what was closed says so

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, port: int, protocol: type[asyncio.Protocol] | str = "auto"
) -> AsyncIterator[int]:
    """Serve on 127.0.0.1; gives the port. `port` 0: any free one. Raises OSError if it is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            app,
            http=protocol,
            lifespan="off",
            log_level="warning",
            access_log=False,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]), name=f"http-{port}")
        try:
            await server.is_up.wait()
            yield listener.getsockname()[1]
        finally:
            server.is_over.set()
            await task
