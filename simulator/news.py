"""What a play's onlooker hears of it: who spoke, what was switched, whose telephone rang."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.terminal import SAME_SENTENCE

Record = Mapping[str, Any]
"""One entry of the desk's lists (README) or of the telephone company's log."""


@dataclass(slots=True)
class News:
    """Gives each thing that happened once, as a line of plain text."""

    names: Mapping[str, str]
    """Number (E.164) → whose it is."""
    _told: set[str] = field(init=False, default_factory=set)

    def in_the_home(self, said: Iterable[Record], switched: Iterable[Record]) -> list[str]:
        """What the terminals said and what was switched, as far as it is new."""
        return self._new([*_sentences(said), *_switches(switched)])

    def on_the_telephone(self, calls: Iterable[Record], texts: Iterable[Record]) -> list[str]:
        """Each new state of each call and text message."""
        return self._new([*self._calls(calls), *self._texts(texts)])

    def _new(self, told: Iterable[tuple[str, str]]) -> list[str]:
        lines = []
        for key, line in told:
            if key not in self._told:
                self._told.add(key)
                lines.append(line)
        return lines

    def _calls(self, calls: Iterable[Record]) -> Iterator[tuple[str, str]]:
        for call in calls:
            state = call["outcome"] or call["status"].replace("-", " ")
            yield f"call {call['sid']} {state}", f"telephone: {self._named(call['to'])}: {state}"

    def _texts(self, texts: Iterable[Record]) -> Iterator[tuple[str, str]]:
        for text in texts:
            if text["direction"] == "inbound":
                line = f"text from {self._named(text['from'])}: {text['body']}"
            else:
                line = f"text to {self._named(text['to'])}: {text['body']}"
            yield f"text {text['sid']}", line

    def _named(self, number: str) -> str:
        return self.names.get(number, number)


def _sentences(said: Iterable[Record]) -> Iterator[tuple[str, str]]:
    """All terminals of a home speak at once: that is one sentence, not four."""
    spoken: list[list[Record]] = []
    for one in said:
        if not (spoken and _is_same_sentence(spoken[-1][0], one)):
            spoken.append([])
        spoken[-1].append(one)
    for several in spoken:
        first = several[0]
        terminals = " and ".join(sorted({one["terminal"] for one in several}))
        yield f"said {first['at']} {first['key']}", f"{terminals}: “{first['text']}”"


def _is_same_sentence(first: Record, second: Record) -> bool:
    apart = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    return apart < SAME_SENTENCE and (first["key"], first["text"]) == (
        second["key"],
        second["text"],
    )


def _switches(switched: Iterable[Record]) -> Iterator[tuple[str, str]]:
    for one in switched:
        state = f"refuses: {one['refused']}" if one["refused"] else _state(one)
        yield f"switched {one['at']} {one['device']}", f"{one['device']} {state}"


def _state(switched: Record) -> str:
    return "goes on" if switched["is_on"] else "goes off"
