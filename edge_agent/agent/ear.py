"""What the home's broker delivers: readings, presses, replies, and the bridge's list of devices.

The same press may be delivered twice, and a press may come before the list that explains it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from edge_agent.agent.faults import recorded
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.journal import Batch
from edge_agent.mqtt_client import Incoming
from edge_agent.terminals import Terminals
from edge_agent.timeline import Clock

Durable = Future[None] | None
"""Set once something is on the disk; None: nothing had to be."""
Do = Callable[[Outcome, Batch | None], Durable]
"""Journal and do what follows from an outcome, with what else belongs into the same commit."""

_NOTE = "list:"
_STAMP = b'"last_seen"'
"""A message with the bridge's own stamp in it is the same message when it comes again."""
_MOST_PRESSES = 5000


class Ear:
    """Takes each delivery to the heart once."""

    def __init__(
        self, heart: Heart, terminals: Terminals, now: Clock, do: Do, faults: set[str]
    ) -> None:
        self._heart = heart
        self._terminals = terminals
        self._now = now
        self._do = do
        self._faults = faults
        self._presses: dict[str, Durable] = {}
        self._lists: dict[str, bytes] = {}
        self._is_known = False
        self._until_known: Future[None] = Future()
        """Set once what came before the bridge's first list of devices is on the disk."""

    def remember(self, presses: Iterable[str], notes: dict[str, str]) -> None:
        """After a restart: the presses that were journaled, and the lists of devices."""
        self._presses = dict.fromkeys(presses)
        for key, text in notes.items():
            if key.startswith(_NOTE):
                topic, payload = key.removeprefix(_NOTE), text.encode()
                self._lists[topic] = _digest(topic, payload)
                self._heart.take(topic, payload, self._now(), retained=True)

    def take(self, message: Incoming) -> Durable:
        """One delivery; what is returned must be set before it is acknowledged, None: at once."""
        with recorded("message_failed", self._faults):
            heard = self._terminals.heard(message.topic, message.payload)
            if heard is None:
                return self._take(message)
            if not message.is_retained:
                reply = (heard.terminal, heard.text, heard.confidence)
                return self._do(self._heart.hear(*reply, self._now()), None)
        return None

    def _take(self, message: Incoming) -> Durable:
        now = self._now()
        topic, payload = message.topic, message.payload
        digest = _digest(topic, payload)
        key = digest.hex()
        if key in self._presses and (message.is_repeat or _STAMP in payload):
            return self._presses[key]
        is_list = topic.endswith("/bridge/devices")
        outcome = self._heart.take(topic, payload, now, retained=message.is_retained)
        if self._heart.decoder.is_waiting:
            return None if message.is_retained else self._until_known
        batch = self._note_list(topic, payload, digest) if is_list else None
        has_event = any(seen.is_event for seen in outcome.observations)
        if has_event:
            batch = batch or Batch()
            batch.presses.append((key, now))
        durable = self._do(outcome, batch)
        if has_event:
            self._keep_press(key, durable)
        if is_list and not self._is_known:
            self._is_known = True
            self._free_held(durable)
        return durable

    def _keep_press(self, key: str, durable: Durable) -> None:
        self._presses[key] = durable
        while len(self._presses) > _MOST_PRESSES:
            del self._presses[next(iter(self._presses))]

    def _free_held(self, durable: Durable) -> None:
        """What came before the list of devices was part of this commit."""
        if durable is None:
            self._until_known.set_result(None)
        else:
            durable.add_done_callback(lambda _: self._until_known.set_result(None))

    def _note_list(self, topic: str, payload: bytes, digest: bytes) -> Batch | None:
        """Keep a bridge's list: after a restart presses may come before it is told again."""
        if self._lists.get(topic) == digest or not _lists_devices(payload):
            return None
        self._lists[topic] = digest
        return Batch(notes={f"{_NOTE}{topic}": payload.decode()})


def _digest(topic: str, payload: bytes) -> bytes:
    return hashlib.sha256(topic.encode() + b"\0" + payload).digest()


def _lists_devices(payload: bytes) -> bool:
    try:
        listed = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(listed, list) and any(
        isinstance(one, dict) and "ieee_address" in one for one in listed
    )
