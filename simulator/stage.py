"""What happens in the demo is shown as it happens: in colour at a terminal, plain elsewhere."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from simulator.scenarios import STORIES
from simulator.stack import Stack


@dataclass(slots=True)
class Stage:
    """Prints; `is_plain` without colours and boxes, `is_silent` to standard error only."""

    is_plain: bool = False
    is_silent: bool = False
    _console: Console = field(init=False)
    _seen: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._console = Console(
            stderr=self.is_silent, no_color=self.is_plain, highlight=False, soft_wrap=True
        )

    def tell(self, line: str) -> None:
        """One line of progress, with the local time of day."""
        clock = time.strftime("%H:%M:%S")
        self._console.print(f"[dim]{clock}[/dim] {line}")

    def figures(self, figures: dict[str, Any]) -> None:
        """The outcome of a story as a table."""
        table = Table("figure", "value", title=f"{figures['story']}, seconds from the criterion")
        for name, value in figures.items():
            table.add_row(name, "-" if value is None else str(value))
        self._console.print(table)

    def welcome(self, stack: Stack, *, pin: str, duress_word: str) -> None:
        """Where to look and how to log in."""
        rows = Table.grid(padding=(0, 2))
        rows.add_row("Triage (doctors, duty desk)", f"{stack.cloud_url}/triage")
        rows.add_row("Family", f"{stack.cloud_url}/home")
        for person in stack.roster.people:
            rows.add_row(f"{person.name} ({person.role})", f"{person.login}  {person.password}")
        rows.add_row("The resident's PIN and duress word", f"{pin}  {duress_word}")
        rows.add_row("Logs", str(stack.folder))
        if self.is_plain:
            self._console.print(rows)
        else:
            self._console.print(Panel(rows, title="Hearthline is up", expand=False))
        if sys.stdin.isatty():
            stories = ", ".join(STORIES)
            self._console.print(
                f"Type a story ({stories}), with an answer if you like (fall help), "
                "or: stand, quit. Ctrl-C ends."
            )

    async def watch(self, stack: Stack) -> None:
        """Show what the home says and whom the telephone company calls, until interrupted."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follow(stack), name="follow what happens")
            if sys.stdin.isatty():
                both.create_task(self._obey(stack), name="obey what is typed")

    async def _follow(self, stack: Stack) -> None:
        while True:
            with suppress(httpx.HTTPError):
                said = (await stack.http.get(f"{stack.house_url}/said")).json()
                switched = (await stack.http.get(f"{stack.house_url}/switched")).json()
                calls = (await stack.http.get(f"{stack.phone_url}/_log")).json()
                for key, line in _news(said, switched, calls):
                    if key not in self._seen:
                        self._seen.add(key)
                        self.tell(line)
            await asyncio.sleep(0.5)

    async def _obey(self, stack: Stack) -> None:
        typed: asyncio.Queue[str] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(
            sys.stdin, lambda: typed.put_nowait(sys.stdin.readline())
        )
        while True:
            words = (await typed.get()).split()
            if words == ["quit"]:
                raise asyncio.CancelledError
            if words == ["stand"]:
                await stack.http.post(f"{stack.house_url}/stand_up")
            elif words and words[0] in STORIES:
                answer = words[1] if len(words) > 1 else "silence"
                await stack.http.post(
                    f"{stack.house_url}/story",
                    json={"story": words[0], "answer": answer, "twin": False},
                    timeout=120,
                )
            elif words:
                self.tell(f"no such word; there are: {', '.join(STORIES)}, stand, quit")


def _news(
    said: dict[str, Any], switched: dict[str, Any], calls: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    for one in said["said"]:
        yield f"said {one['at']} {one['terminal']}", f"{one['terminal']} says: {one['text']}"
    for one in switched["switched"]:
        state = "on" if one["is_on"] else "off"
        yield f"switched {one['at']} {one['device']}", f"{one['device']} goes {state}"
    for one in calls["calls"]:
        keys = f", keys {' '.join(one['keys'])}" if one["keys"] else ""
        line = f"telephone: {one['person']} ({one['to']}): {one['status']}{keys}"
        yield f"call {one['sid']} {line}", line
