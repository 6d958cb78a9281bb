"""One device has spoken: its message becomes observations, by look-up in its compiled table.

What counts as news is decided here: a press once, a call for help told as a state when it begins,
and nothing of what was only found.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from edge_agent.decode.actions import Press
from edge_agent.decode.devices import Entity, Sense
from edge_agent.decode.meaning import Table
from edge_agent.decode.messages import instant
from edge_agent.decode.naming import Naming
from edge_agent.decode.slots import Meaning, Meanings, Slot, believable, generic_slot
from vocabulary.observation import Kind, Observation, Quality

_RESEND_WINDOW: Final = timedelta(seconds=60)
"""After its restart a bridge re-sends what it had cached, device by device, within seconds."""
_FRESH: Final = timedelta(seconds=5)
"""A message whose own stamp is this young is news, even then."""
_SAME_PRESS: Final = timedelta(seconds=2)
"""One press told on two topics (`<name>` and `<name>/action`)."""
_MAX_KEYS: Final = 800
"""Properties per device; the richest definition known has about 200."""
_LONGEST_KEY: Final = 64
_LARGEST: Final = 1e15
_TEST: Final = Kind.DEVICE_TEST
"""Looked up once: in Python 3.11 a member of an Enum costs four times a plain name."""
_STATE: Final = False
"""`is_event` of a reading, positional for speed."""


@dataclass(slots=True)
class Heard:
    """When a message came, when its device spoke, and whether it is only how things were.

    Not frozen, as `Observation`: there is one for each message, and nobody writes to it.
    """

    at: datetime
    reported_at: datetime | None = None
    is_found: bool = False


class Senses(Protocol):
    """Whoever knows what the words of a device mean."""

    def sense(self, entity: Entity) -> Sense: ...


class Reader:
    """Reads the messages of the devices of one path."""

    def __init__(self, registry: Senses, naming: Naming, refused: Counter[str]) -> None:
        self.online_since: datetime | None = None
        """When the bridge came back, after it had been away."""
        self._registry = registry
        self._naming = naming
        self._refused = refused

    def read(
        self, entity: Entity, message: dict[str, Any], at: datetime, *, retained: bool
    ) -> list[Observation]:
        """The observations of a message of one device, in its order."""
        sense = entity.sense or self._registry.sense(entity)
        if sense.guarded:
            message = self._permitted(sense, message)
        stamp = message.get("last_seen")
        reported = None if stamp is None else instant(stamp, at, self._refused)
        is_found = retained or (
            not entity.has_spoken and self._is_resent(entity, at, reported, message)
        )
        heard = Heard(at, reported, is_found)
        hear(entity, at, reported, retained=retained)
        found: list[Observation] = []
        action = message.get("action")
        if action:
            found = self.press(entity, sense, action, heard, "json")
        has_called = bool(found) and found[0].kind is Kind.SOS
        self._properties(entity, sense, message, heard, found)
        return found if not has_called else _once(found)

    def press(
        self, entity: Entity, sense: Sense, action: object, heard: Heard, channel: str
    ) -> list[Observation]:
        """A press is news once: not when found retained, not told again on the other topic."""
        if not isinstance(action, str):
            return []
        press = sense.actions.read(action)
        if press is None:
            return []
        if heard.is_found:
            self._refused["found_event"] += 1
            return []
        if entity.last_press is not None:
            last, last_at, told = entity.last_press
            if last == action and told != channel and heard.at - last_at <= _SAME_PRESS:
                entity.last_press = None
                self._refused["duplicate"] += 1
                return []
        entity.last_press = (action, heard.at, channel)
        return [event(entity, press, heard)]

    def _permitted(self, sense: Sense, message: dict[str, Any]) -> dict[str, Any]:
        """The message without what its own guards forbid."""
        kept = dict(message)
        for name, (path, wanted) in sense.guarded:
            said = message.get(path)
            if name in kept and not (type(said) is type(wanted) and said == wanted):
                del kept[name]
                self._refused["guarded"] += 1
        return kept

    def _properties(
        self,
        entity: Entity,
        sense: Sense,
        message: dict[str, Any],
        heard: Heard,
        found: list[Observation],
    ) -> None:
        """The hot path: dictionary look-ups and one object per reading."""
        at, reported, is_found = heard.at, heard.reported_at, heard.is_found
        address, guards = entity.address, entity.guards
        room, room_type = entity.room, entity.room_type
        table = sense.table
        for name, value in message.items():
            if value is None:
                continue
            slot = table[name] if name in table else self._unannounced(table, name)
            if slot is None:
                continue
            number, sort = slot.numeric, type(value)
            if number is not None and (sort is float or sort is int):
                reading = believable(number, value)
                if reading is None:
                    found += self._implausible(entity, slot, value, heard)
                    continue
                found.append(
                    Observation(
                        at,
                        address,
                        number.kind,
                        reading,
                        room,
                        room_type,
                        guards,
                        number.instance,
                        _STATE,
                        is_found,
                        reported,
                        1.0,
                        number.text,
                        number.layer,
                    )
                )
                continue
            meanings = slot.known.get(value) if sort is bool or sort is str else None
            for meaning in self._meanings(slot, value) if meanings is None else meanings:
                if meaning.is_edge:
                    found += self._edge(entity, sense, meaning, heard)
                elif meaning.kind is _TEST:  # a test is known before what it sets off
                    found.insert(0, observation(entity, meaning, heard))
                else:
                    found.append(observation(entity, meaning, heard))

    def _meanings(self, slot: Slot, value: Any) -> Meanings:
        """What a value means that the slot does not know; () where nobody does: it is counted."""
        meanings: Meanings | None = None
        if type(value) is str:
            meanings = slot.text(value)
        elif type(value) is int or type(value) is float:
            meanings = slot.numbers.get(value)
        elif type(value) is list:
            meanings = slot.listed(value)
        if meanings is None:
            self._refused["unknown_value"] += 1
            return ()
        return meanings

    def _edge(
        self, entity: Entity, sense: Sense, meaning: Meaning, heard: Heard
    ) -> list[Observation]:
        """Help called by a truth value: a call when it becomes true, nothing while it stays so."""
        which = (
            meaning.instance if meaning.kind is Kind.SOS else f"{meaning.kind}/{meaning.instance}"
        )
        was_on = entity.levels.get(which, False)
        is_on = meaning.value is True
        entity.levels[which] = is_on
        if not is_on or was_on:
            return []
        if heard.is_found:
            self._refused["found_event"] += 1
            return []
        if meaning.kind is Kind.SOS:
            return [event(entity, sense.actions.sos(meaning.layer), heard)]
        press = Press(meaning.kind, value=True, text=meaning.instance, layer=meaning.layer)
        return [event(entity, press, heard)]

    def _implausible(
        self, entity: Entity, slot: Slot, value: float, heard: Heard
    ) -> list[Observation]:
        """A number nobody can believe is kept and shown, and never used for a risk."""
        if slot.numeric is not None and value in slot.numeric.drop:
            return []
        self._refused["implausible"] += 1
        if not -_LARGEST < value < _LARGEST:
            return []
        seen = observation(entity, slot.generic(value), heard)
        seen.quality = Quality.IMPLAUSIBLE
        return [seen]

    def _unannounced(self, table: Table, name: str) -> Slot | None:
        """A key that the device never described: kept as a reading, unless it may be a secret."""
        if len(table) >= _MAX_KEYS or len(name) > _LONGEST_KEY or not name.isprintable():
            self._refused["unknown_key"] += 1
            return None
        parts = self._naming.parts(name)
        is_shut = name == "action" or parts.is_silent or parts.is_secret
        slot = None if is_shut else generic_slot(name)
        table[name] = slot
        return slot

    def _is_resent(
        self, entity: Entity, at: datetime, reported: datetime | None, message: dict[str, Any]
    ) -> bool:
        """Whether this is the state that the bridge had cached before its restart.

        It sends each device's once. A press is never cached, so a message with one is news; so is
        one whose own stamp is of now, or has moved on since the device was last heard.
        """
        since = self.online_since
        if since is None or at - since > _RESEND_WINDOW or message.get("action"):
            return False
        if reported is None:
            return True
        if abs(at - reported) <= _FRESH:
            return False
        return entity.reported_at is None or reported <= entity.reported_at


def hear(entity: Entity, at: datetime, reported: datetime | None, *, retained: bool) -> None:
    """Remember that a device has spoken; a retained message only says when it once did."""
    entity.has_spoken = True
    if reported is not None:
        entity.reported_at = reported
    if not retained:
        entity.last_seen_at = at
    elif entity.last_seen_at is None and reported is not None:
        entity.last_seen_at = min(reported, at)


def observation(entity: Entity, meaning: Meaning, heard: Heard) -> Observation:
    """A meaning at its time and place."""
    return Observation(
        heard.at,
        entity.address,
        meaning.kind,
        meaning.value,
        entity.room,
        entity.room_type,
        entity.guards,
        meaning.instance,
        _STATE,
        heard.is_found,
        heard.reported_at,
        meaning.confidence,
        meaning.text,
        meaning.layer,
        meaning.quality,
    )


def event(entity: Entity, press: Press, heard: Heard) -> Observation:
    """A press at its time and place."""
    return Observation(
        at=heard.at,
        device=entity.address,
        kind=press.kind,
        value=press.value,
        room=entity.room,
        room_type=entity.room_type,
        guards=entity.guards,
        instance=press.instance,
        is_event=True,
        reported_at=heard.reported_at,
        text=press.text,
        layer=press.layer,
    )


def _once(found: list[Observation]) -> list[Observation]:
    """A keypad tells one call by its action and by its state: it is one call."""
    return [found[0], *(seen for seen in found[1:] if seen.kind is not Kind.SOS)]
