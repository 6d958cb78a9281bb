"""A home's link to the world can be cut: a TCP proxy between hub and cloud that does so."""

import asyncio
from contextlib import suppress


class Link:
    """Carries bytes from a port of its own to a target; `cut` drops what flows and refuses more."""

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def port(self) -> int:
        return self._port

    async def start(self) -> None:
        """Listen on a free loopback port (the same one again after a cut)."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """The cable is out: what is open is reset, what is tried is refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def restore(self) -> None:
        """The cable is in again."""
        if self._server is None:
            await self.start()

    async def stop(self) -> None:
        await self.cut()

    async def _carry(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        try:
            far_in, far_out = await asyncio.open_connection(*self._target)
        except OSError:
            near_out.transport.abort()
            return
        self._open |= {near_out, far_out}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pour(near_in, far_out), name="link up")
                both.create_task(_pour(far_in, near_out), name="link down")
        finally:
            self._open -= {near_out, far_out}
            for writer in (near_out, far_out):
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(65536):
            target.write(chunk)
            await target.drain()
    with suppress(OSError, RuntimeError):
        if target.can_write_eof():
            target.write_eof()
