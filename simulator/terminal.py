"""A small box on a shelf speaks the hub's sentences, and somebody answers, or nobody does."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique
from random import Random
from typing import Any

import aiomqtt

from simulator.bridge import RECONNECT_S, Broker, heed_cancellation

log = logging.getLogger(__name__)

DURESS_WORD, PIN = "marigold", "4711"
"""What the simulated resident has agreed with the hub, where nothing else is told."""
SAY = "hearthline/terminal/+/say"
SAME_SENTENCE = timedelta(seconds=2)
"""All terminals of a home speak at once; that is one question, not four."""


@unique
class Answer(StrEnum):
    """How the resident takes being spoken to."""

    FINE = "fine"
    HELP = "help"
    UNCLEAR = "unclear"
    SILENCE = "silence"
    DURESS = "duress"
    PIN = "pin"


_WORDS: Mapping[str, Mapping[Answer, tuple[str, float]]] = {
    "en": {
        Answer.FINE: ("Yes, I am fine, thank you", 0.94),
        Answer.HELP: ("No, please help me", 0.91),
        Answer.UNCLEAR: ("mm the the blue one maybe", 0.31),
    },
    "zh_CN": {
        Answer.FINE: ("我没事，谢谢", 0.94),  # noqa: RUF001 - Chinese
        Answer.HELP: ("救命，请帮帮我", 0.91),  # noqa: RUF001 - Chinese
        Answer.UNCLEAR: ("嗯那个蓝色的", 0.31),
    },
}
"""What is heard, and how sure the recogniser is."""

DOSE_DUE = "say.dose_due"
_TAKEN: Mapping[str, tuple[str, float]] = {
    "en": ("Yes, I have taken it", 0.94),
    "zh_CN": ("吃了", 0.94),
}
"""Whether a tablet was taken is another question than how somebody is."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence a terminal spoke."""

    at: datetime
    terminal: str
    key: str
    text: str
    language: str = "en"

    @property
    def is_question(self) -> bool:
        return self.text.rstrip().endswith(("?", "？"))  # noqa: RUF001 - Chinese


@dataclass(slots=True)
class Resident:
    """Who answers. The first sentence of a story is answered, and each question after it."""

    answer: Answer = Answer.SILENCE
    duress_word: str = DURESS_WORD
    pin: str = PIN
    _last: Said | None = field(init=False, default=None)
    _is_new_story: bool = field(init=False, default=True)

    def begin(self, answer: Answer) -> None:
        """A story begins."""
        self.answer, self._is_new_story, self._last = answer, True, None

    def hears(self, said: Said) -> tuple[str, float] | None:
        """Words and the recogniser's confidence, or None for silence."""
        last, self._last = self._last, said
        if last is not None and last.key == said.key and said.at - last.at < SAME_SENTENCE:
            return None
        if not (said.is_question or self._is_new_story):
            return None
        self._is_new_story = False
        match self.answer:
            case Answer.SILENCE:
                return None
            case Answer.DURESS:
                # Said calmly, like "fine": whoever stands beside must not notice.
                return (self.duress_word, 0.94) if self.duress_word else None
            case Answer.PIN:
                return (self.pin, 0.94) if self.pin else None
            case _:
                return _words(self.answer, said)


def _words(answer: Answer, said: Said) -> tuple[str, float]:
    if answer is Answer.FINE and said.key == DOSE_DUE:
        return _TAKEN.get(said.language, _TAKEN["en"])
    return _WORDS.get(said.language, _WORDS["en"])[answer]


class Terminals:
    """All terminals of a home on one connection; records what they are told."""

    def __init__(
        self,
        broker: Broker,
        resident: Resident,
        clock: Callable[[], datetime],
        rng: Random,
        tell: Callable[[Said], None] = lambda said: log.info("%s: %s", said.terminal, said.text),
    ) -> None:
        self._broker = broker
        self._resident = resident
        self._clock = clock
        self._rng = rng
        self._tell = tell
        self.said: list[Said] = []
        self.is_connected = asyncio.Event()

    async def run(self) -> None:
        """Listen and answer, again after each loss of the broker. Never returns."""
        while True:
            try:
                await self._listen()
            except* (aiomqtt.MqttError, OSError) as lost:
                log.info("home broker lost: %s", lost.exceptions[0])
            finally:
                self.is_connected.clear()
            heed_cancellation()
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        async with self._broker.client() as client, asyncio.TaskGroup() as replies:
            await client.subscribe(SAY, qos=1)
            heed_cancellation()
            self.is_connected.set()
            async for message in client.messages:
                terminal = message.topic.value.split("/")[2]
                said = _sentence(terminal, message.payload, self._clock())
                if said is None:
                    continue
                self.said.append(said)
                self._tell(said)
                if heard := self._resident.hears(said):
                    replies.create_task(self._reply(client, terminal, *heard))

    async def _reply(
        self, client: aiomqtt.Client, terminal: str, text: str, confidence: float
    ) -> None:
        await asyncio.sleep(self._rng.uniform(1.5, 3.0))  # people think before they speak
        payload = json.dumps({"text": text, "confidence": confidence}, ensure_ascii=False)
        await client.publish(f"hearthline/terminal/{terminal}/heard", payload, qos=1)


def _sentence(terminal: str, payload: Any, at: datetime) -> Said | None:
    try:
        said = json.loads(payload)
        return Said(at, terminal, said["key"], said["text"], said.get("language", "en"))
    except (ValueError, KeyError, TypeError):
        log.warning("terminal %s was told something that is no sentence", terminal)
        return None
