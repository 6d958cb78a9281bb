"""The web server is one part among others: it says when it serves, and stops when told."""

import asyncio
from contextlib import nullcontext
from socket import socket

import uvicorn
from fastapi import FastAPI


class WebServer(uvicorn.Server):
    """uvicorn as one task among others: signals are not its own, and one can wait for `is_up`."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,  # seconds: live views never end by themselves
            timeout_keep_alive=30,
            limit_concurrency=1000,
        )
        super().__init__(config)
        self.is_up = asyncio.Event()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]  # any context manager
        return nullcontext()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """As uvicorn's; a port that is taken ends the process."""
        await super().startup(sockets)
        self.is_up.set()
