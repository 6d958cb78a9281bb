"""A property's name says what it is, which of several alike it is, and whether it is a secret.

`water_leak_alarm_2` is the second leak sensor of a device; `last_used_pin_code` opens a door.
"""

import re
from dataclasses import dataclass
from typing import Final

from vocabulary.rulebook import Names

_NOT_WORD = re.compile(r"[^\w%.]+|_")
_BETWEEN = re.compile(r"[_\W]+")
_NUMBERED = re.compile(r"^[a-z]{0,2}\d{1,3}$")
_MAX_REMEMBERED: Final = 4096
"""Names of properties; a home of 100 devices has about 300."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a name is made of."""

    base: str
    """The name without the words that only say which of several alike."""
    instance: str
    tokens: frozenset[str]
    is_secret: bool
    """It may carry a code or a network's name: neither read, kept nor forwarded."""
    is_silent: bool
    """It says nothing about the home."""


class Naming:
    """Takes names apart by the words of a rule file, each once."""

    def __init__(self, names: Names) -> None:
        self.never = frozenset(names.never_tokens)
        self.alarm_kinds = frozenset(names.alarm_kinds)
        self._words = frozenset(names.instance_words)
        self._groups = frozenset(names.instance_groups)
        self._ignore = frozenset(names.ignore)
        self._secret = frozenset(names.secret)
        self._secret_tokens = frozenset(names.secret_tokens)
        self._secret_pairs = tuple(frozenset(pair) for pair in names.secret_pairs)
        self._known: dict[str, Parts] = {}

    def parts(self, name: str) -> Parts:
        """The parts of a name, whatever its case."""
        found = self._known.get(name)
        if found is None:
            found = self._take_apart(name.casefold())
            if len(self._known) < _MAX_REMEMBERED:
                self._known[name] = found
        return found

    def _take_apart(self, name: str) -> Parts:
        base, instance = self._split(name)
        tokens = frozenset(_BETWEEN.split(name))
        return Parts(
            base,
            instance,
            tokens,
            is_secret=name in self._secret
            or not tokens.isdisjoint(self._secret_tokens)
            or any(tokens >= pair for pair in self._secret_pairs),
            is_silent=name in self._ignore,
        )

    def _split(self, name: str) -> tuple[str, str]:
        """`power_l1` → (`power`, `l1`); `channel_3_current` → (`current`, `channel_3`)."""
        tokens = name.split("_")
        head: list[str] = []
        tail: list[str] = []
        if len(tokens) > 2 and tokens[0] in self._groups and tokens[1].isdigit():  # noqa: PLR2004 - group, number, and something left
            head, tokens = tokens[:2], tokens[2:]
        while len(tokens) > 1 and (tokens[-1] in self._words or _NUMBERED.match(tokens[-1])):
            taken = 2 if len(tokens) > 2 and tokens[-2] in self._groups else 1  # noqa: PLR2004 - as above
            tail = tokens[-taken:] + tail
            tokens = tokens[:-taken]
        return "_".join(tokens), "_".join(head + tail)


def words(text: str) -> str:
    """A text as lower-case words between blanks, so that " bed " is found and "bedroom" is not."""
    return f" {' '.join(_NOT_WORD.sub(' ', text.casefold()).split())} "
