"""Checking a password is slow on purpose (0.3 s of one core); nothing else may wait for it.

argon2 runs in two threads of its own, so a burst of log-ins never holds up a page or a live view.
An unknown log-in is checked against a decoy, so that it takes as long as a wrong password.
"""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from cloud.errors import Busy

THREADS: Final = 2
MOST_WAITING: Final = 16
"""Log-ins that may queue for a thread: about 2.5 s at 0.3 s each; more are sent away (429)."""
LONGEST: Final = 256
"""Characters of a password that are looked at; a longer one is wrong."""


class Passwords:
    """Hashes and checks passwords off the event loop."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        """`hasher`: the library's defaults (64 MiB, 3 rounds) unless a test needs a cheap one."""
        self._hash = PasswordHash((hasher or Argon2Hasher(),))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._decoy: str | None = None

    def hash(self, password: str) -> str:
        """The form in which a password is kept. Slow: for seeding and tests, not on the loop."""
        return self._hash.hash(password)

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Whether `password` fits `kept`; None (nobody of that name) costs as much and is False.

        Raises `Busy` when too many wait already.
        """
        if self._waiting >= MOST_WAITING + THREADS:
            raise Busy("too many people log in at this moment; try again in a few seconds")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._check, password, kept)
        finally:
            self._waiting -= 1

    def _check(self, password: str, kept: str | None) -> bool:
        if self._decoy is None:
            self._decoy = self._hash.hash(secrets.token_urlsafe(16))
        try:
            fits = self._hash.verify(password[:LONGEST], kept or self._decoy)
        except UnknownHashError:
            return False
        return fits and kept is not None and len(password) <= LONGEST

    def close(self) -> None:
        """End the threads; a check that runs is finished first."""
        self._threads.shutdown(wait=True)
