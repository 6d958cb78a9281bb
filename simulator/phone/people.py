"""People with telephones: they answer, or do not; they press a key, the wrong one, or none."""

import re
from enum import StrEnum, unique
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


@unique
class Behaviour(StrEnum):
    """What somebody does when the telephone rings."""

    ACKNOWLEDGES = "acknowledges"
    GOING = "going"
    ESCALATES = "escalates"
    WRONG_DIGIT = "wrong_digit"
    SAYS_NOTHING = "says_nothing"
    HANGS_UP = "hangs_up"
    LATE = "late"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINES = "declines"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    """The provider does not even take the number."""


_KEYS = {
    Behaviour.ACKNOWLEDGES: ("4{digit}",),
    Behaviour.LATE: ("4{digit}",),
    Behaviour.GOING: ("7{digit}",),
    Behaviour.ESCALATES: ("5",),
    Behaviour.WRONG_DIGIT: ("4{wrong}",),
}
_LATE_S = 65.0
"""Longer than one step of an escalation: the next person has been called by then."""
_MACHINE_S = 40.0
"""How long a voicemail records."""


class SmsRule(BaseModel):
    """An answer to a text message: where `pattern` is found, `reply` goes back.

    `reply` may use the groups of the pattern, as in `re.Match.expand`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str
    reply: str
    after_s: Annotated[float, Field(ge=0)] = 1.0

    def answer(self, body: str) -> str | None:
        found = re.search(self.pattern, body)
        return None if found is None else found.expand(self.reply)


class Person(BaseModel):
    """Somebody with a telephone number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    behaviour: Behaviour = Behaviour.NO_ANSWER
    answers_after_s: Annotated[float, Field(ge=0)] = 1.5
    presses_after_s: Annotated[float, Field(ge=0)] | None = None
    """After the digit was spoken; for `late` after the call was answered. Default 1, late 65."""
    keys: tuple[str, ...] | None = None
    """What is pressed at the first, second, … prompt; `{digit}` is the spoken one, `{wrong}` never.

    The last is pressed again at each further prompt; an empty string presses nothing.
    """
    greeting_s: Annotated[float, Field(ge=0)] = 2.0
    """How long a machine speaks before it listens."""
    tones: str = ""
    """What a machine's beeps sound like to somebody who waits for keys; empty: like nothing."""
    hangs_up_after_s: Annotated[float, Field(ge=0)] | None = None
    talks_s: Annotated[float, Field(ge=0)] = 2.0
    """How long a conversation lasts once two people are joined."""
    sms: tuple[SmsRule, ...] = ()

    @property
    def picks_up(self) -> bool:
        return self.behaviour not in {
            Behaviour.NO_ANSWER,
            Behaviour.BUSY,
            Behaviour.DECLINES,
            Behaviour.UNREACHABLE,
            Behaviour.INVALID,
        }

    @property
    def is_machine(self) -> bool:
        return self.behaviour is Behaviour.VOICEMAIL

    @property
    def patience_s(self) -> float:
        """How long they stay on the line."""
        if self.hangs_up_after_s is not None:
            return self.hangs_up_after_s
        match self.behaviour:
            case Behaviour.HANGS_UP:
                return 2.0
            case Behaviour.VOICEMAIL:
                return _MACHINE_S
            case _:
                return 300.0

    @property
    def reaction_s(self) -> float:
        if self.presses_after_s is not None:
            return self.presses_after_s
        return _LATE_S if self.behaviour is Behaviour.LATE else 1.0

    def keys_at(self, prompt: int, digit: str) -> str:
        """What is pressed at the prompt of that number (from 0); `digit` as heard, or ""."""
        if self.is_machine:
            return self.tones
        script = self.keys if self.keys is not None else _KEYS.get(self.behaviour, ())
        if not script:
            return ""
        keys = script[min(prompt, len(script) - 1)]
        if "{" in keys and not digit:
            return ""
        wrong = str((int(digit) + 1) % 10) if digit else ""
        return keys.replace("{digit}", digit).replace("{wrong}", wrong)


People = dict[str, Person]
PEOPLE: TypeAdapter[People] = TypeAdapter(People)
"""The people file: number (E.164) → person."""
