"""What the home's broker delivers: readings, presses, replies, and the bridge's list of devices.

The same press may be delivered twice, and a press may come before the list that explains it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.agent.faults import recorded
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.agent.learned import notes_of, recall
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
_ACK_LOST_WITHIN = timedelta(seconds=30)
"""A delivery that is repeated (DUP) was first made on a connection that has ended since. One that
we had journaled can only be unacknowledged there if its acknowledgement was on its way at the end;
a dead line is noticed after 1.5 keepalives of 15 s, so a press older than this was another one."""


@dataclass(frozen=True, slots=True)
class _Press:
    """The newest press that came as these bytes."""

    at: datetime
    durable: Durable = None


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
        self._presses: dict[str, _Press] = {}
        self._died_at: datetime | None = None
        self._lists: dict[str, bytes] = {}
        self._is_known = False
        self._until_known: Future[None] = Future()
        """Set once what came before the bridge's first list of devices is on the disk."""

    def remember(
        self, presses: Mapping[str, datetime], notes: Mapping[str, str], died_at: datetime | None
    ) -> None:
        """After a restart: the presses that were journaled, and the lists of devices.

        `died_at`: when the hub before this one was last known to live.
        """
        oldest_first = sorted(presses.items(), key=lambda press: press[1])
        self._presses = {key: _Press(at) for key, at in oldest_first}
        self._died_at = died_at
        for key, text in notes.items():
            if key.startswith(_NOTE):
                topic, payload = key.removeprefix(_NOTE), text.encode()
                self._lists[topic] = _digest(topic, payload)
                self._heart.take(topic, payload, self._now(), retained=True)
        recall(self._heart.decoder, notes)

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
        known = self._presses.get(key)
        if known is not None and (_STAMP in payload or self._is_repeat(message, known)):
            return known.durable
        is_list = topic.endswith("/bridge/devices")
        outcome = self._heart.take(topic, payload, now, retained=message.is_retained)
        if self._heart.decoder.is_waiting_for(topic):
            return None if message.is_retained else self._until_known
        batch = self._note_list(topic, payload, digest) if is_list else self._note_learned()
        has_event = any(seen.is_event for seen in outcome.observations)
        if has_event:
            batch = batch or Batch()
            batch.presses.append((key, now))
        durable = self._do(outcome, batch)
        if has_event:
            self._keep_press(key, _Press(now, durable))
        if is_list and not self._is_known:
            self._is_known = True
            self._free_held(durable)
        return durable

    def _is_repeat(self, message: Incoming, known: _Press) -> bool:
        """Without the bridge's stamp two presses are the same bytes: in doubt it is a new one."""
        if not message.is_repeat:
            return False
        if known.durable is not None and not known.durable.done():
            return True  # it waits for the disk, so nobody has acknowledged it
        ended_at = message.cut_at or self._died_at
        return ended_at is not None and known.at >= ended_at - _ACK_LOST_WITHIN

    def _keep_press(self, key: str, press: _Press) -> None:
        self._presses.pop(key, None)
        self._presses[key] = press
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

    def _note_learned(self) -> Batch | None:
        """Keep what devices have told of themselves: no bridge will list them after a restart."""
        notes = notes_of(self._heart.decoder)
        return Batch(notes=notes) if notes else None


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
