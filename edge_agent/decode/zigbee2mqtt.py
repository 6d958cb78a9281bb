"""Zigbee2MQTT tells the state of a home in JSON; what it means becomes observations.

Pure: bytes, topic and time come in, observations come out; nothing is raised, whatever is sent.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from edge_agent.decode.commands import command
from edge_agent.decode.devices import Entity, KnownDevice, Registry
from edge_agent.decode.messages import MAX_BYTES, Parser, clean
from edge_agent.decode.naming import Naming
from edge_agent.decode.reading import Heard, Reader, hear, observation
from edge_agent.decode.slots import Meaning
from vocabulary.home import HomeFile
from vocabulary.observation import Kind, Layer, Observation
from vocabulary.profiles import Profiles

PATH: Final = "zigbee2mqtt"

_MAX_HELD: Final = 1000
"""Messages kept until the bridge has told its devices: a session's backlog comes before it."""
_MAX_HELD_BYTES: Final = 2_000_000
_MAX_UNHEARD: Final = 64
_LONGEST_NAME: Final = 64
_STARTS_JSON: Final = frozenset('-0123456789"[{')
_COMMANDS: Final = frozenset({"set", "get"})
_JSON_WORDS: Final = frozenset({"true", "false", "null"})
_AVAILABILITY: Final = frozenset(
    {b"online", b"offline", b'{"state":"online"}', b'{"state":"offline"}'}
)


class Zigbee2MqttPath:
    """Turns the messages of one bridge into observations."""

    def __init__(
        self, home: HomeFile, profiles: Profiles, refused: Counter[str], base: str = PATH
    ) -> None:
        self.refused = refused
        """What was not used, by reason."""
        self.revision = 0
        """Moves on whenever the bridge has told other devices."""
        self.unheard: dict[str, int] = {}
        """Names that speak but are in no list of the bridge → how often (at most 64 names)."""
        self._base = base
        self._book = profiles.books[PATH]
        naming = Naming(self._book.names)
        self._registry = Registry(base, home, profiles, self._book, naming)
        self._parser = Parser(self.refused)
        self._reader = Reader(self._registry, naming, self.refused)
        self._groups: frozenset[str] = frozenset()
        self._is_online: bool | None = None
        self._last_list = b""
        self._held: list[tuple[str, bytes, bool]] = []
        self._held_bytes = 0

    def owns(self, topic: str) -> bool:
        """Whether a topic is the bridge's or one of its devices'."""
        return topic.partition("/")[0] == self._base

    @property
    def is_waiting(self) -> bool:
        """Whether messages are kept because the bridge has not told its devices yet.

        Until then a message should not be acknowledged to the home's broker: a press may be in it.
        """
        return not self._registry.is_known

    def decode(
        self, topic: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        """The observations of one message, in its order; [] for anything that tells nothing.

        `at`: receipt on the hub's own timeline (aware). Never raises.
        """
        entity = self._registry.by_topic.get(topic)
        if entity is None or topic.endswith(("/action", "/availability")):
            return self._elsewhere(topic, payload, at, retained=retained)
        return self._state(entity, payload, at, retained=retained)

    def devices(self) -> Iterator[KnownDevice]:
        """All devices that the bridge has told."""
        return self._registry.known_devices()

    def command(
        self, address: str, action: str, *, is_on: bool, pattern: str = ""
    ) -> tuple[str, bytes] | None:
        """Topic and payload that switch a device; None where it offers no such thing.

        `action`: siren, path_light, gas_valve or water_valve; a valve is open when it is on.
        `pattern`: "call" for the siren's call for people, else its evacuation pattern.
        """
        entity = self._registry.by_address.get(address.casefold())
        if entity is None:
            return None
        definition = self._registry.sense(entity).definition
        body = command(self._book.command, definition, action, is_on=is_on, pattern=pattern)
        return None if body is None else (f"{entity.topic}/set", body)

    def _state(
        self, entity: Entity, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        message = self._parser.read(payload)
        if type(message) is not dict:
            return [] if message is None else self._nothing("not_an_object")
        if "action" in message and "last_seen" in message:  # else two presses may look alike
            if payload == entity.last_press_payload:
                return self._nothing("duplicate")
            entity.last_press_payload = payload
        return self._reader.read(entity, message, at, retained=retained)

    def _elsewhere(
        self, topic: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        """Everything but the plain state of a known device."""
        name = topic.partition("/")[2]
        if name.startswith("bridge/"):
            return self._bridge(name.removeprefix("bridge/"), payload, at, retained=retained)
        entity = self._registry.by_topic.get(topic)
        parent_topic, _, last = topic.rpartition("/")
        parent = self._registry.by_topic.get(parent_topic)
        if entity is not None and not (parent and _is_of_parent(payload, last)):
            return self._state(entity, payload, at, retained=retained)
        if parent is not None:
            return self._below(parent, last, payload, at, retained=retained)
        return self._unknown(topic, name, payload, retained=retained)

    def _unknown(
        self, topic: str, name: str, payload: bytes, *, retained: bool
    ) -> list[Observation]:
        """A command, a group, a device before its introduction, or somebody else."""
        if not _COMMANDS.isdisjoint(name.split("/")[1:]) or name in self._groups:
            return []
        if self.is_waiting:
            self._hold(topic, payload, retained=retained)
            return []
        shown = clean(name, _LONGEST_NAME)
        if shown in self.unheard or len(self.unheard) < _MAX_UNHEARD:
            self.unheard[shown] = self.unheard.get(shown, 0) + 1
        return self._nothing("unknown_device")

    def _below(
        self, entity: Entity, last: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        """`<name>/availability`, `<name>/action`, or one property (Zigbee2MQTT's attributes)."""
        if len(payload) > MAX_BYTES:
            return self._nothing("size")
        if last == "availability":
            return self._availability(entity, payload, at, retained=retained)
        sense = self._registry.sense(entity)
        text = payload.decode("utf-8", "replace")
        if last == "action":
            hear(entity, at, None, retained=retained)
            return self._reader.press(entity, sense, text, Heard(at, None, retained), "topic")
        if last not in sense.table:
            return [] if last in _COMMANDS else self._nothing("unknown_topic")
        is_json = text[:1] in _STARTS_JSON or text in _JSON_WORDS
        value = self._parser.read(payload) if is_json else text
        return self._reader.read(entity, {last: value}, at, retained=retained)

    def _availability(
        self, entity: Entity, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        is_online = self._online(payload)
        if is_online is None:
            return self._nothing("unknown_value")
        meaning = Meaning(Kind.ONLINE, is_online, "", Layer.RULES)
        return [observation(entity, meaning, Heard(at, None, retained))]

    def _bridge(
        self, name: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        if name == "devices":
            return list(self._told_devices(payload, at))
        if name == "groups":
            listed = self._parser.read_list(payload) or []
            names = (g.get("friendly_name") for g in listed if isinstance(g, dict))
            self._groups = frozenset(n for n in names if isinstance(n, str))
        if name != "state":
            return []
        is_online = self._online(payload)
        if is_online is None:
            return self._nothing("unknown_value")
        if is_online and self._is_online is False:
            self._reader.online_since = at
            for entity in self._registry.by_address.values():
                entity.has_spoken = False
        self._is_online = is_online
        return [Observation(at, self._base, Kind.ONLINE, is_online, is_found=retained)]

    def _told_devices(self, payload: bytes, at: datetime) -> Iterator[Observation]:
        """Take over the bridge's list, then read what had come before it."""
        if payload == self._last_list:
            return
        listed = self._parser.read_list(payload)
        if listed is None or not self._registry.update(listed, self.refused):
            return
        self._last_list = payload
        self.revision += 1
        held, self._held, self._held_bytes = self._held, [], 0
        for topic, waiting, retained in held:
            yield from self.decode(topic, waiting, at, retained=retained)

    def _online(self, payload: bytes) -> bool | None:
        """`online`, `offline` or {"state": …}; None for anything else."""
        word: object = payload[:32].strip().decode("utf-8", "replace")
        if payload.lstrip()[:1] == b"{":
            message = self._parser.read(payload)
            word = message.get("state") if isinstance(message, dict) else None
        return {"online": True, "offline": False}.get(word) if isinstance(word, str) else None

    def _hold(self, topic: str, payload: bytes, *, retained: bool) -> None:
        is_full = self._held_bytes + len(payload) > _MAX_HELD_BYTES
        if len(payload) > MAX_BYTES or is_full or len(self._held) >= _MAX_HELD:
            self.refused["size" if len(payload) > MAX_BYTES else "held_overflow"] += 1
            return
        self._held.append((topic, payload, retained))
        self._held_bytes += len(payload)

    def _nothing(self, reason: str) -> list[Observation]:
        self.refused[reason] += 1
        return []


def _is_of_parent(payload: bytes, last: str) -> bool:
    """Whether a message on `a/action` is about the device `a`, not about one named `a/action`.

    A state is an object of several keys; an action is a bare word; availability is a word or an
    object with nothing but its state.
    """
    text = payload.strip()
    if last == "availability":
        return text.replace(b" ", b"") in _AVAILABILITY
    return last == "action" and not text.startswith(b"{")
