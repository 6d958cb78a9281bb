"""An answered call: the company fetches the document, speaks it, and listens for keys."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urljoin

from simulator.phone.hearing import spoken_digit
from simulator.phone.people import Behaviour, Person
from simulator.phone.provider import Provider
from simulator.phone.records import Call, basics
from simulator.phone.twiml import (
    BadTwiml,
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    Sms,
    Verb,
    parse_twiml,
)
from simulator.phone.webhooks import Hook, WebhookFailed, Webhooks

_PLAYED_S = 2.0
"""How long a recording is taken to be."""
_MAX_DOCUMENTS = 40
"""Documents of one call: a loop without end is a fault of the customer's."""


class Directory(Protocol):
    """Who has a number."""

    def get(self, number: str) -> Person | None: ...


class HungUp(Exception):
    """The call is over."""


@dataclass(slots=True)
class Conversation:
    """One answered call."""

    call: Call
    person: Person
    people: Callable[[], Directory]
    webhooks: Webhooks
    clock: Callable[[], datetime]
    characters_per_s: float
    prompt: int = field(init=False, default=0)
    documents: int = field(init=False, default=0)

    async def hold(self) -> None:
        """Until somebody hangs up or the document ends; raises `HungUp`."""
        try:
            async with asyncio.timeout(self.person.patience_s):
                if self.person.is_machine:
                    await asyncio.sleep(self.person.greeting_s)
                inline = self.call.param("Twiml")
                if inline:
                    await self._play(self._parse(inline), self.call.param("Url"))
                else:
                    method = self.call.param("Method", "POST").upper()
                    await self._follow(self.call.param("Url"), method, {})
        except TimeoutError:
            # The person or machine has hung up.
            raise HungUp from None

    async def _follow(self, url: str, method: str, extra: dict[str, str]) -> None:
        """Fetch a document and play it; never comes back, for it replaces the last one."""
        self.documents += 1
        if self.documents > _MAX_DOCUMENTS:
            self.call.errors.append(f"more than {_MAX_DOCUMENTS} documents")
            raise HungUp
        hook = Hook(url, method, {**basics(self.call), **extra}, f"call:{self.call.sid}")
        try:
            if extra and self.call.provider is Provider.CALLBACKS_FORGED:
                await self._forge(hook)
            document = self._parse(await self.webhooks.ask(hook))
        except WebhookFailed as failed:
            # Twilio says "an application error has occurred" and hangs up.
            self.call.errors.append(f"11200: {failed}")
            raise HungUp from failed
        await self._play(document, url)
        raise HungUp

    async def _forge(self, hook: Hook) -> None:
        try:
            await self.webhooks.ask(hook, is_forged=True)
        except WebhookFailed:
            return

    def _parse(self, text: str) -> Document:
        try:
            document = parse_twiml(text)
        except (BadTwiml, ValueError) as broken:
            self.call.errors.append(str(broken))
            raise HungUp from broken
        self.call.errors += [f"12200: <{tag}> is no verb" for tag in document.unknown]
        return document

    async def _play(self, document: Document, base: str) -> None:
        for verb in document.verbs:
            await self._perform(verb, base)

    async def _perform(self, verb: Verb, base: str) -> None:
        match verb:
            case Say() | Play() | Pause():
                await self._speak(verb)
            case Gather():
                await self._gather(verb, base)
            case Redirect():
                await self._follow(urljoin(base, verb.url), verb.method, {})
            case Dial():
                await self._dial(verb, base)
            case Hangup() | Reject():
                raise HungUp
            case Sms():
                self.call.errors.append("12200: <Message> in a call")

    async def _speak(self, verb: Say | Play | Pause) -> None:
        if isinstance(verb, Say):
            self.call.spoken.append(verb.text)
        await asyncio.sleep(self._seconds(verb))

    def _seconds(self, verb: Say | Play | Pause) -> float:
        match verb:
            case Say(text=text, loop=loop):
                return len(text) * loop / self.characters_per_s
            case Play(loop=loop):
                return _PLAYED_S * loop
            case Pause(seconds=seconds):
                return seconds

    async def _gather(self, gather: Gather, base: str) -> None:
        """Speak and listen at once: a key cuts the voice short."""
        keys, after_s = self._reaction(gather)
        self.prompt += 1
        spoken_s = sum(self._seconds(prompt) for prompt in gather.prompts)
        self.call.spoken += [prompt.text for prompt in gather.prompts if isinstance(prompt, Say)]
        if not keys or not gather.takes_keys or after_s > spoken_s + gather.timeout_s:
            await asyncio.sleep(spoken_s + gather.timeout_s)
            if gather.action_on_empty:
                await self._submit(gather, base, "", "")
            return
        await asyncio.sleep(after_s)
        digits, finished_on = _collected(keys, gather)
        self.call.keys.append(keys)
        if not finished_on and len(digits) != gather.num_digits:
            await asyncio.sleep(gather.timeout_s)
        await self._submit(gather, base, digits, finished_on)

    def _reaction(self, gather: Gather) -> tuple[str, float]:
        """Which keys are pressed, and how many seconds after the prompt began."""
        text = " ".join(prompt.text for prompt in gather.prompts if isinstance(prompt, Say))
        digit, known_at = spoken_digit(text)
        if not digit:
            digit, _ = spoken_digit(" ".join(self.call.spoken))
        keys = self.person.keys_at(self.prompt, digit)
        listened_s = (known_at or len(text)) / self.characters_per_s
        after_s = listened_s + self.person.reaction_s
        if self.person.behaviour is Behaviour.LATE and self.call.answered_at is not None:
            not_before = self.call.answered_at + timedelta(seconds=self.person.reaction_s)
            after_s = max(listened_s, (not_before - self.clock()).total_seconds())
        return keys, after_s

    async def _submit(self, gather: Gather, base: str, digits: str, finished_on: str) -> None:
        extra = {"Digits": digits, "FinishedOnKey": finished_on, "msg": "Gather End"}
        await self._follow(urljoin(base, gather.action) or base, gather.method, extra)

    async def _dial(self, dial: Dial, base: str) -> None:
        """Ring the others one after the other, or enter the conference room."""
        status, began = "failed", self.clock()
        if dial.conference:
            self.call.joined.append(f"conference:{dial.conference}")
            await asyncio.sleep(self.person.talks_s)
            status = "completed"
        for number in dial.numbers:
            status = await self._ring_other(number, dial.timeout_s)
            if status == "completed":
                break
        if dial.action:
            seconds = round((self.clock() - began).total_seconds())
            extra = {"DialCallStatus": status, "DialCallDuration": str(seconds)}
            await self._follow(urljoin(base, dial.action), dial.method, extra)

    async def _ring_other(self, number: str, timeout_s: float) -> str:
        other = self.people().get(number)
        if other is None or other.behaviour is Behaviour.UNREACHABLE:
            return "failed"
        if other.behaviour in (Behaviour.BUSY, Behaviour.DECLINES):
            return "busy"
        if not other.picks_up or other.answers_after_s > timeout_s:
            await asyncio.sleep(timeout_s)
            return "no-answer"
        await asyncio.sleep(other.answers_after_s)
        self.call.joined.append(number)
        await asyncio.sleep(min(self.person.talks_s, other.talks_s))
        return "completed"


def _collected(keys: str, gather: Gather) -> tuple[str, str]:
    """The digits that count, and the key that ended them, if one did."""
    digits = ""
    for key in keys:
        if gather.finish_on_key and key in gather.finish_on_key:
            return digits, key
        digits += key
        if len(digits) == gather.num_digits:
            break
    return digits, ""
