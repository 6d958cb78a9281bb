"""A Bluetooth gateway hands on what it hears, decoded: one topic per device, one property per key.

What a property means stands in the decoder's own table (`_rules/theengs.toml`). Several gateways
hear one frame, and a beacon repeats itself: the same frame is one reading.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from edge_agent.decode.devices import KnownDevice
from edge_agent.decode.gatt import read_characteristic
from edge_agent.decode.messages import Parser, clean
from edge_agent.decode.reading import Reader
from edge_agent.decode.speakers import Speaker, Speakers, Told
from vocabulary.observation import Kind, Observation

_BASE: Final = "home"
_CHANNEL: Final = "BTtoMQTT"
_LEVELS: Final = 4
_LONGEST: Final = 64
_PACKETS: Final = ("packet", "packet_id", "pid")
_SAME_PACKET: Final = timedelta(seconds=60)
"""A beacon repeats a packet for some seconds; a number of 8 bits comes again after many minutes."""
_SAME_CONTENT: Final = timedelta(seconds=1)
"""Without a packet number: two gateways hear one frame within this."""
_AVAILABILITY: Final = {b"online": True, b"offline": False}


class TheengsPath:
    """Turns the messages of all Bluetooth gateways of a home into observations."""

    name: Final = "theengs"

    def __init__(self, speakers: Speakers, refused: Counter[str]) -> None:
        self._speakers = speakers
        self._refused = refused
        self._parser = Parser(refused)
        self._reader = Reader(speakers, speakers.naming, refused)
        self._table = {name: row for row in speakers.book.property for name in row.name}
        self._frames: dict[str, tuple[object, str, datetime]] = {}

    @property
    def revision(self) -> int:
        return self._speakers.revision

    def owns(self, topic: str) -> bool:
        """`home/<gateway>/BTtoMQTT/<MAC>` and `home/<gateway>/LWT`."""
        levels = topic.split("/")
        if levels[0] != _BASE or not all(levels[1:]):
            return False
        is_frame = len(levels) == _LEVELS and levels[2] == _CHANNEL
        return is_frame or (len(levels) == _LEVELS - 1 and levels[2] == "LWT")

    def devices(self) -> list[KnownDevice]:
        """All devices that have been heard and tell something of the home."""
        return list(self._speakers.devices())

    def decode(
        self, topic: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        """The observations of one frame, or that a gateway has come or gone."""
        levels = topic.split("/")
        gateway = clean(levels[1], _LONGEST)
        if len(levels) < _LEVELS:
            return self._availability(gateway, payload, at, retained=retained)
        message = self._parser.read(payload)
        if not isinstance(message, dict):
            return [] if message is None else self._nothing("not_an_object")
        address = _address(levels[3])
        speaker = self._speakers.meet(address, address, clean(levels[3], _LONGEST))
        if speaker is None:
            return self._nothing("too_many_devices")
        if self._is_known(address, message, at):
            return self._nothing("duplicate")
        self._introduce(speaker, gateway, message)
        said = self._said(message)
        self._speakers.describe(speaker, self._told(message, said))
        return self._reader.read(speaker.entity, said, at, retained=retained)

    def _availability(
        self, gateway: str, payload: bytes, at: datetime, *, retained: bool
    ) -> list[Observation]:
        is_online = _AVAILABILITY.get(payload[:16].strip().lower())
        if is_online is None:
            return self._nothing("unknown_value")
        self._speakers.hear_of(gateway, is_online=is_online)
        return [Observation(at, gateway, Kind.ONLINE, is_online, is_found=retained)]

    def _introduce(self, speaker: Speaker, gateway: str, message: dict[str, Any]) -> None:
        """Its make, its model, or at least the name that it calls out."""
        model = _text(message, "model_id") or _text(message, "model")
        name = speaker.model or _text(message, "name")
        sort = _text(message, "type")
        self._speakers.identify(speaker, _text(message, "brand"), model or name, sort)
        self._speakers.relay(speaker, gateway)

    def _said(self, message: dict[str, Any]) -> dict[str, Any]:
        """Its properties and what a characteristic holds; a press stands apart."""
        said: dict[str, Any] = {}
        for name, value in (self._unpacked(message) | message).items():
            row = self._table.get(name)
            if row is not None and row.is_press:
                said["action"] = str(value) if type(value) in {int, str} else ""
            elif name not in {"action", "last_seen"} and not isinstance(value, dict | list):
                said[name] = value
        return said

    def _unpacked(self, message: dict[str, Any]) -> dict[str, Any]:
        uuid, read = message.get("characteristic"), message.get("read")
        if not isinstance(uuid, str) or not isinstance(read, str):
            return {}
        found = read_characteristic(uuid, read) if message.get("success") is not False else None
        if found is None:
            self._refused["unknown_value"] += 1
        return dict(found or {})

    def _told(self, message: dict[str, Any], said: dict[str, Any]) -> list[Told]:
        """How each property describes itself: its type by its value, its unit by the table."""
        told = []
        for name, value in said.items():
            sort = _TYPES.get(type(value))
            if sort is None or name == "action" or len(name) > _LONGEST or not name.isprintable():
                continue
            row = self._table.get(name)
            unit = row.unit if row is not None else ""
            if row is not None and row.unit_from:
                unit = _text(message, row.unit_from)
            told.append(Told(name, name, sort, unit))
        return told

    def _is_known(self, address: str, message: dict[str, Any], at: datetime) -> bool:
        """Whether this frame has been told already, by another gateway or by itself."""
        packet = next((message[key] for key in _PACKETS if key in message), None)
        silent = self._speakers.naming.parts
        content = repr(sorted((k, v) for k, v in message.items() if not silent(k).is_silent))
        last = self._frames.get(address)
        window = _SAME_CONTENT if packet is None else _SAME_PACKET
        if last is not None and last[:2] == (packet, content) and at - last[2] <= window:
            return True
        self._frames[address] = (packet, content, at)
        return False

    def _nothing(self, reason: str) -> list[Observation]:
        self._refused[reason] += 1
        return []


_TYPES: Final = {bool: "binary", int: "numeric", float: "numeric", str: "text"}


def _address(level: str) -> str:
    """The MAC as people write it; any other identity as it stands."""
    plain = clean(level, _LONGEST).casefold().replace(":", "")
    is_mac = len(plain) == 12 and set(plain) <= set("0123456789abcdef")  # noqa: PLR2004 - six bytes
    return ":".join(plain[at : at + 2] for at in range(0, 12, 2)) if is_mac else plain


def _text(message: dict[str, Any], key: str) -> str:
    value = message.get(key)
    return clean(value, _LONGEST) if isinstance(value, str) else ""
