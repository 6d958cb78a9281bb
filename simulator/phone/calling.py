"""One call from the queue to its end: it rings, somebody answers, the document is played."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Protocol

from simulator.phone.conversation import Conversation, HungUp
from simulator.phone.people import Behaviour, Person
from simulator.phone.provider import Mood, Provider
from simulator.phone.records import FINAL, Call, basics
from simulator.phone.webhooks import Hook, WebhookFailed, Webhooks

_SETUP_S = 0.05
"""From the provider's acceptance to the network."""
_RINGING_S = 0.1
_REFUSED_AFTER_S = 0.5
_DEFAULT_TIMEOUT_S = 60.0
"""Twilio lets it ring so long where the request does not say."""
_NOBODY = Person(name="", behaviour=Behaviour.UNREACHABLE)


class Directory(Protocol):
    """Who has a number."""

    def get(self, number: str) -> Person | None: ...


@dataclass(slots=True)
class Calling:
    """Plays calls. Everything that varies is told: people, mood, clock, randomness, speech rate."""

    people: Callable[[], Directory]
    mood: Mood
    webhooks: Webhooks
    clock: Callable[[], datetime]
    characters_per_s: float
    _held: dict[str, list[Hook]] = field(default_factory=dict)

    async def play(self, call: Call) -> None:
        """From `queued` to a final status; never raises for what the far side does."""
        call.talk = asyncio.create_task(self._connect(call), name=f"talk-{call.sid}")
        try:
            call_ends = await asyncio.gather(call.talk, return_exceptions=True)
        except asyncio.CancelledError:
            call.talk.cancel()
            raise
        match call_ends:
            case [asyncio.CancelledError()]:
                call.status = call.end_as or "completed"
            case [HungUp()]:
                call.status = "completed"
            case [Exception() as broken]:
                call.errors.append(f"{type(broken).__name__}: {broken}")
                call.status = "completed" if call.answered_at else "failed"
            case _:
                pass
        if call.status not in FINAL:
            call.status = "completed"
        call.ended_at = self.clock()
        await self._tell(call, "completed")
        await self._let_go(call)

    async def _connect(self, call: Call) -> None:
        if call.provider is Provider.QUEUED:
            await asyncio.sleep(self.mood.queue_s)
        await asyncio.sleep(_SETUP_S)
        call.started_at = self.clock()
        call.status = "initiated"
        await self._tell(call, "initiated")
        if call.provider is Provider.NOTHING_RINGS:
            await self._pretend(call)
            return
        person = self.people().get(call.to) or _NOBODY
        call.person = person.name
        if not await self._rings(call, person):
            return
        call.status, call.answered_at = "in-progress", self.clock()
        if call.param("MachineDetection"):
            call.answered_by = "machine_start" if person.is_machine else "human"
        await self._tell(call, "answered")
        talk = Conversation(
            call, person, self.people, self.webhooks, self.clock, self.characters_per_s
        )
        await talk.hold()

    async def _rings(self, call: Call, person: Person) -> bool:
        """Whether somebody picked up; else the call has its final status."""
        if person.behaviour is Behaviour.UNREACHABLE:
            await asyncio.sleep(_RINGING_S)
            call.status = "failed"
            return False
        call.status = "ringing"
        await asyncio.sleep(_RINGING_S)
        await self._tell(call, "ringing")
        if person.behaviour in (Behaviour.BUSY, Behaviour.DECLINES):
            # A declined call comes back from most networks as busy.
            await asyncio.sleep(_REFUSED_AFTER_S)
            call.status = "busy"
            return False
        timeout = float(call.param("Timeout") or _DEFAULT_TIMEOUT_S)
        if not person.picks_up or person.answers_after_s > timeout:
            await asyncio.sleep(timeout)
            call.status = "no-answer"
            return False
        await asyncio.sleep(person.answers_after_s)
        return True

    async def _pretend(self, call: Call) -> None:
        """The provider says that all went well, and no telephone rang."""
        for status, event in (("ringing", "ringing"), ("in-progress", "answered")):
            call.status = status
            await self._tell(call, event)
            await asyncio.sleep(_RINGING_S)
        call.answered_at = self.clock()
        call.status = "completed"

    async def _tell(self, call: Call, event: str) -> None:
        """The status callback, if one was asked for this event."""
        url = call.param("StatusCallback")
        if not url or event not in (call.params.get("StatusCallbackEvent") or ["completed"]):
            return
        form = {
            **basics(call),
            "Timestamp": format_datetime(self.clock()),
            "SequenceNumber": str(call.sequence),
            "CallbackSource": "call-progress-events",
        }
        if event == "completed":
            form["CallDuration"] = str(call.duration_s)
            form["Duration"] = str(-(-call.duration_s // 60))
        call.sequence += 1
        method = call.param("StatusCallbackMethod", "POST").upper()
        await self._deliver(call, Hook(url, method, form, f"call:{call.sid}"))

    async def _deliver(self, call: Call, hook: Hook) -> None:
        match call.provider:
            case Provider.CALLBACKS_NEVER:
                return
            case Provider.CALLBACKS_REVERSED:
                self._held.setdefault(call.sid, []).append(hook)
                return
            case Provider.CALLBACKS_TWICE:
                await self._post(call, hook)
            case Provider.CALLBACKS_FORGED:
                false = {**hook.form, "CallStatus": "completed", "Digits": "44"}
                await self._post(call, Hook(hook.url, "POST", false, hook.about), is_forged=True)
            case _:
                pass
        await self._post(call, hook)

    async def _let_go(self, call: Call) -> None:
        for hook in reversed(self._held.pop(call.sid, [])):
            await self._post(call, hook)

    async def _post(self, call: Call, hook: Hook, *, is_forged: bool = False) -> None:
        try:
            await self.webhooks.ask(hook, is_forged=is_forged)
        except WebhookFailed as failed:
            if not is_forged:
                call.errors.append(str(failed))
