"""A node of one's own making has one topic per entity, and says there no more than a bare value.

What the value means stands in the entity's name and, where the node announces itself, in its class
and unit (`_rules/esphome.toml`).
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from edge_agent.decode.actions import Press
from edge_agent.decode.devices import KnownDevice
from edge_agent.decode.discovery import PREFIX, STATE_LEVELS, read_announcement, unannounced
from edge_agent.decode.messages import MAX_BYTES, Parser, clean
from edge_agent.decode.reading import Heard, Reader, event, hear, observation
from edge_agent.decode.slots import Meanings, Slot, plain
from edge_agent.decode.speakers import Speaker, Speakers, Told
from vocabulary.observation import Kind, Observation

_CONFIG_LEVELS: Final = 5
"""`homeassistant/<component>/<node>/<object>/config`"""
_STATUS_LEVELS: Final = 2
"""`<node>/status`"""
_LONGEST: Final = 64
_MAX_ANNOUNCED: Final = 2000
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?([eE][+-]?[0-9]{1,2})?")
_UNKNOWN: Final = frozenset({"", "nan", "inf", "-inf", "none", "unknown", "unavailable"})
_AVAILABILITY: Final = {b"online": True, b"offline": False}
_TAKEN_NAMES: Final = frozenset({"action", "last_seen"})
"""Names that stand for something else where a message has several properties."""


class EsphomePath:
    """Turns the messages of all nodes of a home into observations."""

    name: Final = "esphome"

    def __init__(self, speakers: Speakers, refused: Counter[str]) -> None:
        self._speakers = speakers
        self._refused = refused
        self._parser = Parser(refused)
        self._reader = Reader(speakers, speakers.naming, refused)
        topics = speakers.book.node
        self._observed = frozenset(topics.observed)
        self._components = self._observed | frozenset(topics.silent)
        self._strangers = frozenset(topics.strangers)
        self._announced: dict[str, tuple[str, str]] = {}
        """Topic of an announcement → node and property, for its withdrawal."""

    @property
    def revision(self) -> int:
        return self._speakers.revision

    def owns(self, topic: str) -> bool:
        """A node's states and its status, and its announcements."""
        levels = topic.split("/")
        if not all(levels):
            return False
        if levels[0] == PREFIX:
            return len(levels) == _CONFIG_LEVELS and levels[4] == "config"
        if levels[0] in self._strangers:
            return False
        if len(levels) == _STATUS_LEVELS:
            return levels[1] == "status"
        is_state = len(levels) == STATE_LEVELS and levels[3] == "state"
        return is_state and levels[1] in self._components

    def devices(self) -> list[KnownDevice]:
        """All nodes that have been heard and tell something of the home."""
        return list(self._speakers.devices())

    def decode(
        self, topic: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        """The observations of one message; [] for an announcement."""
        if len(payload) > MAX_BYTES:
            return self._nothing("size")
        levels = [clean(level, _LONGEST) for level in topic.split("/")]
        if levels[0] == PREFIX:
            return self._announcement(topic, levels[1], payload)
        if len(levels) == _STATUS_LEVELS:
            return self._availability(levels[0], payload, at, retained=retained)
        node, component, thing, _ = levels
        if component not in self._observed:
            return []
        return self._entity(node, component, thing, payload, Heard(at, None, retained))

    def _entity(
        self, node: str, component: str, thing: str, payload: bytes, heard: Heard
    ) -> list[Observation]:
        """One entity has a new state, or something has happened to it."""
        speaker = self._meet(node)
        if speaker is None:
            return self._nothing("too_many_devices")
        told = self._told(speaker, component, thing)
        if told is None:
            return self._nothing("unknown_key")
        if told.type == "event":
            return self._event(speaker, told, payload, heard)
        value = self._value(told, payload)
        hear(speaker.entity, heard.at, None, retained=heard.is_found)
        if value is None:
            return []
        message = {told.property: value}
        return self._reader.read(speaker.entity, message, heard.at, retained=heard.is_found)

    def _announcement(self, topic: str, component: str, payload: bytes) -> list[Observation]:
        """An entity describes itself, or is withdrawn; those of other programs are left alone."""
        if component not in self._observed:
            return []
        if not payload:
            node, name = self._announced.pop(topic, ("", ""))
            if node in self._speakers.by_address:
                self._speakers.withdraw(self._speakers.by_address[node], name)
            return []
        message = self._parser.read(payload)
        if not isinstance(message, dict):
            return [] if message is None else self._nothing("not_an_object")
        found = read_announcement(component, message)
        if found is None or found.node in self._strangers or found.node == PREFIX:
            return []
        speaker = self._meet(found.node)
        if speaker is None:
            return self._nothing("too_many_devices")
        name = _property(speaker, component, found.object)
        self._speakers.identify(speaker, found.vendor, found.model)
        self._speakers.describe(speaker, [replace(found.told, property=name)])
        if len(self._announced) < _MAX_ANNOUNCED:
            self._announced[topic] = (speaker.entity.address, name)
        return []

    def _availability(
        self, node: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        is_online = _AVAILABILITY.get(payload.strip().lower())
        if is_online is None:
            return self._nothing("unknown_value")
        return [Observation(at, node.casefold(), Kind.ONLINE, is_online, is_found=retained)]

    def _meet(self, node: str) -> Speaker | None:
        speaker = self._speakers.meet(node.casefold(), node)
        if speaker is not None:
            self._speakers.relay(speaker, speaker.entity.address)
        return speaker

    def _told(self, speaker: Speaker, component: str, thing: str) -> Told | None:
        """How the entity has described itself; one that has not goes by its name alone."""
        name = _property(speaker, component, thing)
        if name not in speaker.told:
            plainly = replace(unannounced(component, thing), property=name)
            self._speakers.describe(speaker, [plainly])
        return speaker.told.get(name)

    def _value(self, told: Told, payload: bytes) -> float | str | None:
        """The bare value; None where nothing is known, which is counted where it is nonsense."""
        try:
            text = payload.decode().strip()
        except UnicodeDecodeError:
            self._refused["not_utf8"] += 1
            return None
        if text.casefold() in _UNKNOWN:
            self._refused["nan"] += 1
            return None
        if told.type != "numeric":
            return text
        if _NUMBER.fullmatch(text) is None:
            self._refused["unknown_value"] += 1
            return None
        return float(text)

    def _event(
        self, speaker: Speaker, told: Told, payload: bytes, heard: Heard
    ) -> list[Observation]:
        """Something has happened once; found retained it is no news."""
        message = self._parser.read(payload)
        said = message.get("event_type") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(said, str):
            return [] if message is None else self._nothing("unknown_value")
        hear(speaker.entity, heard.at, None, retained=heard.is_found)
        sense = self._speakers.sense(speaker.entity)
        slot = sense.table.get(told.property)
        if slot is None:
            return []
        meanings, which = self._happened(slot, clean(said, _LONGEST))
        if meanings is None:
            return self._nothing("unknown_value")
        if heard.is_found:
            return self._nothing("found_event")
        found = []
        for meaning in meanings:
            if meaning.kind is Kind.SOS and meaning.value is True:
                found.append(event(speaker.entity, sense.actions.sos(meaning.layer), heard))
            elif meaning.kind is Kind.READING:
                found.append(observation(speaker.entity, meaning, heard))
            elif meaning.value is True or isinstance(meaning.value, str):
                where = _named(message, slot) or which or meaning.instance
                press = Press(meaning.kind, meaning.value, where, layer=meaning.layer)
                found.append(event(speaker.entity, press, heard))
        return found

    def _happened(self, slot: Slot, said: str) -> tuple[Meanings | None, str]:
        """What an event's word means, and which slot it names: `slot_3_taken`, `taken_morning`."""
        word = plain(said)
        if word in slot.words:
            return slot.words[word], ""
        parts = self._speakers.naming.parts(word)
        if parts.instance and parts.base in slot.words:
            return slot.words[parts.base], parts.instance.removeprefix("slot_")
        return ((slot.generic(said),), "") if slot.is_generic else (None, "")

    def _nothing(self, reason: str) -> list[Observation]:
        self._refused[reason] += 1
        return []


def _property(speaker: Speaker, component: str, thing: str) -> str:
    """An entity's own name, unless one of another sort has it already."""
    held = speaker.told.get(thing)
    is_free = held is None or held.component == component
    return thing if is_free and thing not in _TAKEN_NAMES else f"{component}_{thing}"


def _named(message: dict[str, Any], slot: Slot) -> str:
    """The slot that the event names beside its word."""
    for key in slot.slot_from:
        value = message.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return clean(str(value), _LONGEST)
    return ""
