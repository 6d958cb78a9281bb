"""Beside the bridge a Bluetooth gateway and a few nodes speak, each in its maker's shape.

The gateway hands on frames and the records of the health services (Theengs, OpenMQTTGateway); a
node has one topic per entity and announces each, retained (ESPHome).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.change import Change, Value
from simulator.records_of_health import RECORDS

GATEWAY = "OMG"
"""The Bluetooth gateway's own name."""


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the broker."""

    topic: str
    payload: bytes
    is_retained: bool = False


@dataclass(frozen=True, slots=True)
class GatewayDevice:
    """One device that no bridge lists; rows of house.toml (`gateway_device`)."""

    name: str
    """What stories call it."""
    path: str
    """theengs or esphome."""
    address: str
    """Its MAC, or the node's name."""
    room: str
    role: str
    quiet: Mapping[str, Value]
    """What it says on a quiet day; these properties a story may set."""
    guards: str = ""
    use: str = ""
    says: Mapping[str, Any] = field(default_factory=dict)
    """What each of its frames carries beside: brand, model, name, the record it sends."""
    entities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """A node's entities: property → component and what its announcement says."""
    events: Mapping[str, Any] = field(default_factory=dict)
    """A node's event entity: its object and what its announcement says."""

    def retained(self) -> Iterator[Message]:
        """What a node announces when it comes up."""
        if self.path != "esphome":
            return
        yield Message(f"{self.address}/status", b"online", is_retained=True)
        for thing, entity in {**self.entities, **_SIGNAL}.items():
            yield self._announcement(entity["component"], thing, entity)
        if self.events:
            yield self._announcement("event", self.events["object"], self.events)

    def messages(
        self, change: Change, state: Mapping[str, Value], rng: Random
    ) -> Iterator[Message]:
        """What a change makes it say; without news that it is there."""
        speak = self._frame if self.path == "theengs" else self._states
        yield from speak(change, state, rng)

    def _frame(self, change: Change, state: Mapping[str, Value], rng: Random) -> Iterator[Message]:
        mac = self.address.replace(":", "")
        topic = f"home/{GATEWAY}/BTtoMQTT/{mac}"
        said: dict[str, Value] = {"id": self.address, "rssi": -rng.randint(48, 90), **self.says}
        record = said.pop("record", "")
        if record and change.values:
            service, characteristic, write = RECORDS[record]
            said |= {"service": service, "characteristic": characteristic}
            said |= {"read": write(state).hex(), "success": True}
        elif change.values:
            said |= state
        yield Message(topic, _json(said))

    def _states(
        self, change: Change, _state: Mapping[str, Value], rng: Random
    ) -> Iterator[Message]:
        for thing, value in change.values.items():
            if entity := self.entities.get(thing):
                yield self._state(entity["component"], thing, _text(value))
        if change.action:
            beside = {k: v for k, v in change.values.items() if k not in self.entities}
            topic = f"{self.address}/event/{self.events['object']}/state"
            yield Message(topic, _json({"event_type": change.action, **beside}))
            return
        yield self._state("sensor", "wifi_signal", str(-rng.randint(48, 75)))

    def _state(self, component: str, thing: str, text: str) -> Message:
        topic = f"{self.address}/{component}/{thing}/state"
        return Message(topic, text.encode(), is_retained=True)

    def _announcement(self, component: str, thing: str, said: Mapping[str, Any]) -> Message:
        own = {k: v for k, v in said.items() if k not in {"component", "object"}}
        message = {
            **own,
            "stat_t": f"{self.address}/{component}/{thing}/state",
            "avty_t": f"{self.address}/status",
            "uniq_id": f"ESP{component}{self.address}{thing}",
            "dev": {
                "ids": self.address,
                "name": self.address,
                "sw": "2026.9.1",
                "mdl": "esp32dev",
                "mf": "Espressif",
            },
        }
        topic = f"homeassistant/{component}/{self.address}/{thing}/config"
        return Message(topic, _json(message), is_retained=True)


_SIGNAL: Mapping[str, Mapping[str, Any]] = {
    "wifi_signal": {
        "component": "sensor",
        "name": "WiFi Signal",
        "dev_cla": "signal_strength",
        "unit_of_meas": "dBm",
        "ent_cat": "diagnostic",
    }
}
"""Most nodes tell it every minute: so one knows that they live."""


def gateway_retained() -> Message:
    """That the Bluetooth gateway is there."""
    return Message(f"home/{GATEWAY}/LWT", b"online", is_retained=True)


def gateway_devices(
    entries: list[dict[str, Any]], address: Callable[[], str]
) -> tuple[GatewayDevice, ...]:
    """The rows of house.toml; a Bluetooth device gets an address of its own."""
    return tuple(GatewayDevice(**{"address": address(), **entry}) for entry in entries)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    return "nan" if value is None else str(value)


def _json(value: Value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
