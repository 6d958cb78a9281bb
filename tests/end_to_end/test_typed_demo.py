"""A newcomer types `make demo`, then a story, and watches a doctor being rung; then quits."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("end_to_end"), pytest.mark.timeout(500)]

UP, STORY, END = 240.0, 120.0, 60.0
"""Seconds: all programs are started; from the story's word to the doctor's key; tidied up."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(slots=True)
class AtTheTerminal:
    """Somebody at a terminal of 120 columns: types, and reads what is shown."""

    process: subprocess.Popen[bytes]
    terminal: int
    shown: str = field(init=False, default="")

    def types(self, line: str) -> None:
        os.write(self.terminal, f"{line}\n".encode())

    def sees(self, pattern: str, within: float) -> None:
        """Waits until it is shown; fails with all that was shown instead."""
        until = time.monotonic() + within
        while not re.search(pattern, self.shown):
            left = until - time.monotonic()
            assert left > 0, f"{pattern!r} was not shown in {within} s:\n{self.shown}"
            if select.select([self.terminal], [], [], left)[0]:
                self.shown += COLOURS.sub("", os.read(self.terminal, 65536).decode())


@pytest.fixture
def newcomer() -> Iterator[AtTheTerminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "demo"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(theirs)
    try:
        yield AtTheTerminal(process, ours)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(END)
        os.close(ours)


def test_what_is_typed_happens_and_quit_ends_it(newcomer: AtTheTerminal) -> None:
    newcomer.sees("Type what shall happen: .*sos_call", UP)
    newcomer.types("long_lie")
    newcomer.sees(r"needs a home that is started with it: make demo ARGS=", 20)
    newcomer.types("nonsense [red]")
    newcomer.sees(r"not understood: nonsense \[red\]", 20)
    newcomer.types("sos_call")
    newcomer.sees(r"telephone: Doctor [^:]*: in progress", STORY)
    newcomer.sees(r"“Doctor [^:]* knows about it and is helping you now.”", STORY)
    newcomer.types("over")
    newcomer.sees("the danger is over", 20)
    newcomer.types("quit")
    newcomer.sees("tidying up", END)
    assert newcomer.process.wait(END) == 0
