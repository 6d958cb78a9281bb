"""Text messages out and in, and the rules by which people answer them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from simulator.phone.log import Log
from simulator.phone.people import Behaviour, People
from simulator.phone.provider import Provider
from simulator.phone.records import VERSION, Text
from simulator.phone.twiml import BadTwiml, Sms, parse_twiml
from simulator.phone.webhooks import Hook, WebhookFailed, Webhooks

_ON_THE_WAY_S = 0.1


@dataclass(slots=True)
class Texting:
    """Delivers texts both ways."""

    people: Callable[[], People]
    webhooks: Webhooks
    log: Log
    clock: Callable[[], datetime]
    rng: Random
    account_sid: str
    webhook_url: str
    """Where incoming texts are posted; empty: nowhere."""

    def sid(self) -> str:
        return f"SM{self.rng.getrandbits(128):032x}"

    async def deliver(self, text: Text) -> None:
        """From `queued` to `delivered` or `undelivered`; then perhaps an answer."""
        await asyncio.sleep(_ON_THE_WAY_S)
        text.status, text.sent_at = "sent", self.clock()
        await self._tell(text)
        person = self.people().get(text.to)
        await asyncio.sleep(_ON_THE_WAY_S)
        is_lost = person is None or person.behaviour is Behaviour.UNREACHABLE
        if text.provider is Provider.NOTHING_RINGS:
            text.status = "delivered"
        elif is_lost:
            text.status = "undelivered"
        else:
            text.status, text.has_arrived = "delivered", True
        await self._tell(text)
        self.log.write(text.logged())
        if person is None or not text.has_arrived:
            return
        for rule in person.sms:
            if reply := rule.answer(text.body):
                await asyncio.sleep(rule.after_s)
                await self.receive(text.to, text.from_, reply)
                return

    async def receive(self, from_: str, to: str, body: str) -> Text:
        """Somebody texts our number: post it to the webhook and send what it answers."""
        sid = self.sid()
        text = Text(sid, self.account_sid, to, from_, body, self.clock(), direction="inbound")
        text.status, text.has_arrived = "received", True
        self.log.texts[sid] = text
        self.log.write(text.logged())
        if not self.webhook_url:
            return text
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self.account_sid,
            "From": from_,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": VERSION,
        }
        try:
            answer = await self.webhooks.ask(Hook(self.webhook_url, "POST", form, f"sms:{sid}"))
            verbs = parse_twiml(answer).verbs if answer.strip() else ()
        except (WebhookFailed, BadTwiml) as failed:
            self.log.write({"kind": "sms_error", "sid": sid, "error": str(failed)})
            return text
        for verb in verbs:
            if isinstance(verb, Sms):
                await self._reply(verb, to, from_)
        return text

    async def _reply(self, verb: Sms, ours: str, theirs: str) -> None:
        at, sid = self.clock(), self.sid()
        reply = Text(sid, self.account_sid, verb.to or theirs, ours, verb.body, at)
        reply.direction, reply.status, reply.has_arrived = "outbound-reply", "delivered", True
        reply.sent_at = at
        self.log.texts[sid] = reply
        self.log.write(reply.logged())

    async def _tell(self, text: Text) -> None:
        if not text.status_callback or text.provider is Provider.CALLBACKS_NEVER:
            return
        form = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "AccountSid": text.account_sid,
            "MessageStatus": text.status,
            "SmsStatus": text.status,
            "From": text.from_,
            "To": text.to,
            "ApiVersion": VERSION,
        }
        hook = Hook(text.status_callback, "POST", form, f"sms:{text.sid}")
        times = 2 if text.provider is Provider.CALLBACKS_TWICE else 1
        for _ in range(times):
            try:
                await self.webhooks.ask(hook)
            except WebhookFailed as failed:
                self.log.write({"kind": "sms_error", "sid": text.sid, "error": str(failed)})
