"""The company as a whole: who subscribes, what mood it is in, what it has accepted."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from simulator.phone.calling import Calling
from simulator.phone.log import Log
from simulator.phone.people import People
from simulator.phone.provider import Mood, Provider
from simulator.phone.records import FINAL, Call, Text
from simulator.phone.texting import Texting
from simulator.phone.webhooks import Webhooks


@dataclass(slots=True)
class Company:
    """Accepts calls and texts and plays them in `group`."""

    account_sid: str
    auth_token: str = field(repr=False)
    people: People
    clock: Callable[[], datetime]
    rng: Random
    group: asyncio.TaskGroup
    log: Log
    sms_webhook: str = ""
    characters_per_s: float = 15.0
    """How fast the voice speaks; people speak about 15 characters a second."""
    mood: Mood = field(default_factory=Mood)
    webhooks: Webhooks = field(init=False)
    calling: Calling = field(init=False)
    texting: Texting = field(init=False)
    _under_way: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(self.auth_token, self.log, self.clock)
        self.calling = Calling(
            lambda: self.people,
            self.mood,
            self.webhooks,
            self.clock,
            self.characters_per_s,
        )
        self.texting = Texting(
            lambda: self.people,
            self.webhooks,
            self.log,
            self.clock,
            self.rng,
            self.account_sid,
            self.sms_webhook,
        )

    def accept_call(self, params: dict[str, list[str]], provider: Provider) -> Call:
        """Take a call into the queue; it rings by itself."""
        sid = f"CA{self.rng.getrandbits(128):032x}"
        to, from_ = params["To"][0], params["From"][0]
        call = Call(sid, self.account_sid, to, from_, params, self.clock(), provider)
        self.log.calls[sid] = call
        self._start(self._play(call), f"call-{sid}")
        return call

    def accept_text(self, params: dict[str, list[str]], provider: Provider) -> Text:
        """Take a text; it arrives by itself."""
        sid = self.texting.sid()
        to, from_, body = (params[name][0] for name in ("To", "From", "Body"))
        text = Text(sid, self.account_sid, to, from_, body, self.clock(), provider)
        text.status_callback = params.get("StatusCallback", [""])[0]
        self.log.texts[sid] = text
        self._start(self.texting.deliver(text), f"text-{sid}")
        return text

    async def done_with(self, sid: str) -> None:
        """Until a call or text is over, its last callbacks included."""
        if under_way := [task for task in self._under_way if task.get_name().endswith(sid)]:
            await asyncio.wait(under_way)

    async def close(self) -> None:
        """The lights go out: whatever was under way is dropped."""
        dropped = list(self._under_way)
        for task in dropped:
            task.cancel()
        await asyncio.gather(*dropped, return_exceptions=True)
        for call in self.log.calls.values():
            if call.status not in FINAL:
                self.log.write(call.logged())
        await self.webhooks.close()
        self.log.close()

    def _start(self, work: Coroutine[None, None, None], name: str) -> None:
        task = self.group.create_task(work, name=name)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _play(self, call: Call) -> None:
        await self.calling.play(call)
        self.log.write(call.logged())
