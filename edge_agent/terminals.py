"""A terminal speaks to the resident and listens; which make it is must not matter.

The port is what the hub needs of any terminal; the one here speaks over the home's broker:
`hearthline/terminal/<id>/say` and `…/heard` (JSON).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from edge_agent.response import Speak
from vocabulary.home import HomeFile
from vocabulary.sentences import render
from vocabulary.wire import BadMessage, load_json

_SAY, _HEARD = "hearthline/terminal/{}/say", "/heard"
_PREFIX = "hearthline/terminal/"
_LONGEST_HEARD = 4096
"""Bytes; a reply is a few words."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a terminal understood, and how sure it is."""

    terminal: str
    text: str
    confidence: float


class Terminals(Protocol):
    """All terminals of one home."""

    def say(self, speak: Speak, now: datetime) -> None:
        """Have it said; never waits."""

    def heard(self, topic: str, payload: bytes) -> Heard | None:
        """A reply, or None where the message is none."""


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)

    text: Annotated[str, StringConstraints(max_length=200)]
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class MqttTerminals:
    """Terminals that hang on the home's broker."""

    def __init__(
        self,
        home: HomeFile,
        language: str,
        publish: Callable[[str, bytes], None],
        translate: Callable[[str], str] = str,
    ) -> None:
        self._ids = tuple(terminal.id for terminal in home.terminal)
        self._language = language
        self._publish = publish
        self._translate = translate

    def say(self, speak: Speak, now: datetime) -> None:
        text = render(speak.key, dict(speak.values), self._translate)
        said = {"key": speak.key, "text": text, "language": self._language, "at": now.isoformat()}
        payload = json.dumps(said, ensure_ascii=False).encode()
        for terminal in speak.terminals or self._ids:
            self._publish(_SAY.format(terminal), payload)

    def heard(self, topic: str, payload: bytes) -> Heard | None:
        if not (topic.startswith(_PREFIX) and topic.endswith(_HEARD)):
            return None
        terminal = topic.removeprefix(_PREFIX).removesuffix(_HEARD)
        if terminal not in self._ids:
            return None
        try:
            reply = _Reply.model_validate(load_json(payload, _LONGEST_HEARD))
        except (BadMessage, ValidationError):
            return None
        return Heard(terminal, reply.text, reply.confidence)
