"""A program of ours, started as a process of its own so that it can die as in the field."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class DidNotStart(RuntimeError):
    """A process ended or stayed silent before it was ready; its log says why."""


class Program:
    """`python -m …` with its log in a file; killed, stopped and started again by process id."""

    def __init__(
        self,
        name: str,
        arguments: list[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.log = log
        self.environment = dict(environment or {})
        self._process: Process | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise DidNotStart(f"{self.name} has not been started")
        return self._process.pid

    async def start(self) -> None:
        """Start it; its output is appended to the log."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
                start_new_session=True,
            )

    async def run(self, time_limit: float = 180) -> str:
        """Run it to its end and return what it printed; raises `DidNotStart` on a bad end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *self.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment},
        )
        try:
            async with asyncio.timeout(time_limit):
                out, err = await process.communicate()
        except TimeoutError:
            raise DidNotStart(f"{self.name} took longer than {time_limit:.0f} s") from None
        finally:
            await _end(process)
        self.log.write_bytes(out + err)
        if process.returncode:
            raise DidNotStart(f"{self.name} ended with {process.returncode}: {_tail(err)}")
        return out.decode()

    async def says(self, word: str, time_limit: float = 90, since: int = 0) -> None:
        """Wait until the log holds `word` beyond byte `since`; raises `DidNotStart`."""
        try:
            async with asyncio.timeout(time_limit):
                while word.encode() not in self._logged(since):
                    if not self.is_running:
                        raise DidNotStart(f"{self.name} has ended: {_tail(self._logged(since))}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            said = _tail(self._logged(since))
            raise DidNotStart(f"{self.name} was not ready in {time_limit:.0f} s: {said}") from None

    @property
    def said(self) -> str:
        """All that it has logged."""
        return self._logged(0).decode(errors="replace")

    @property
    def logged_bytes(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def kill(self) -> None:
        """Kill -9: what a power cut looks like from inside."""
        if self.is_running:
            os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        if self._process is None:
            raise DidNotStart(f"{self.name} has not been started")
        return await self._process.wait()

    async def stop(self, patience: float = 8) -> None:
        """Ask it to end, insist after `patience` seconds."""
        if self._process is None:
            return
        if self.is_running:
            with suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(patience):
                    await self._process.wait()
            except TimeoutError:
                self.kill()
        await self._process.wait()

    def _logged(self, since: int) -> bytes:
        if not self.log.exists():
            return b""
        with self.log.open("rb") as log:
            log.seek(since)
            return log.read()


async def _end(process: Process) -> None:
    """However we leave, Ctrl-C while it starts included, nothing of ours goes on alone."""
    if process.returncode is None:
        process.kill()
        await process.wait()


def _tail(text: bytes, lines: int = 6) -> str:
    return " | ".join(text.decode(errors="replace").strip().splitlines()[-lines:]) or "(no word)"
