"""What happens in the demo is shown as it happens: in colour at a terminal, plain elsewhere."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from simulator.house import build_house
from simulator.news import News
from simulator.scenarios import STORIES, find_scenario
from simulator.stack import Stack
from simulator.terminal import Answer

_WHOLE_STORY = 600.0
"""Seconds: the desk answers a story once its criterion has been met."""


@dataclass(slots=True)
class Stage:
    """Prints; `is_plain` without colours and boxes, `is_silent` to standard error only."""

    is_plain: bool = False
    is_silent: bool = False
    _console: Console = field(init=False)

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
            self._console.print(escape(_what_to_type()))

    async def watch(self, stack: Stack) -> None:
        """Show what the home says and whom the telephone company calls, until told to quit."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow(stack), name="follow what happens")
                if sys.stdin.isatty():
                    group.create_task(self._listen(stack, group), name="listen to what is typed")
        except* _Quit:
            pass

    async def _follow(self, stack: Stack) -> None:
        news = News({person.phone: person.name for person in stack.roster.people})
        while True:
            with suppress(httpx.HTTPError):  # a part that was killed is asked again
                said = (await stack.http.get(f"{stack.house_url}/said")).json()
                switched = (await stack.http.get(f"{stack.house_url}/switched")).json()
                for line in news.in_the_home(said["said"], switched["switched"]):
                    self.tell(escape(line))
                log = (await stack.http.get(f"{stack.phone_url}/_log")).json()
                for line in news.on_the_telephone(log["calls"], log["messages"]):
                    self.tell(escape(line))
            await asyncio.sleep(0.5)

    async def _listen(self, stack: Stack, group: asyncio.TaskGroup) -> None:
        """A story takes minutes: what is typed meanwhile is obeyed beside it."""
        async for words in _typed():
            group.create_task(self._obey(stack, words), name=" ".join(words))
        raise _Quit

    async def _obey(self, stack: Stack, words: list[str]) -> None:
        match words:
            case []:
                return
            case ["stand"]:
                if await self._ask(stack, "/stand_up", {}) is not None:
                    self.tell("the resident gets up and walks into the kitchen")
            case ["over"]:
                if await self._ask(stack, "/settle", {}) is not None:
                    await self._ask(stack, "/resume", {})
                    self.tell("the danger is over, the day goes on; a person closes the incident")
            case [story, *rest] if story in STORIES and (wish := _wish(story, rest)) is not None:
                told = await self._ask(stack, "/story", wish)
                if told is not None:
                    self.tell(escape(f"{told['story']} ({told['variant']}): {told['about']}"))
            case _:
                self.tell(escape(f"not understood: {' '.join(words)}"))
                self._console.print(escape(_what_to_type()))

    async def _ask(self, stack: Stack, route: str, wish: dict[str, str]) -> dict[str, Any] | None:
        """What the desk answers; None when it refused, which is told."""
        try:
            answer = await stack.http.post(
                f"{stack.house_url}{route}", json=wish, timeout=_WHOLE_STORY
            )
            body: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as why:
            log = stack.folder / "house.log"
            self.tell(escape(f"the home does not answer ({type(why).__name__}); its log: {log}"))
            return None
        if answer.is_success:
            return body
        self.tell(escape(str(body.get("error", answer.status_code))))
        return None


class _Quit(Exception):
    """Whoever watches has seen enough."""


async def _typed() -> AsyncIterator[list[str]]:
    """Each line's words, up to `quit` or the end of the input."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, lambda: lines.put_nowait(sys.stdin.readline()))
    try:
        while (line := await lines.get()) and line.strip() != "quit":
            yield line.split()
    finally:
        loop.remove_reader(sys.stdin)


def _wish(story: str, words: list[str]) -> dict[str, str] | None:
    """What the desk is asked for; None where a word is neither an answer nor a variant."""
    wish = {"story": story, "answer": Answer.SILENCE.value}
    for word in words:
        if word in STORIES[story]:
            wish["variant"] = word
        elif word in set(Answer):
            wish["answer"] = word
        else:
            return None
    return wish


def _what_to_type() -> str:
    house = build_house(1)
    ways = [
        story if variant == next(iter(variants)) else f"{story} {variant}"
        for story, variants in STORIES.items()
        for variant in variants
        if not find_scenario(house, story, variant).starts_with_home
    ]
    return (
        "Type what shall happen: " + ", ".join(ways) + ".\n"
        f"Behind it what the resident answers ({', '.join(Answer)}): fall help.\n"
        "Then: stand (gets up after a fall), over (the danger ends, the day goes on), quit."
    )
