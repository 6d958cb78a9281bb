"""Zigbee2MQTT keeps each device's last state and publishes the whole of it with every message."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random

from simulator.change import Change, Value
from simulator.gateway import Message, gateway_retained
from simulator.house import House

BASE = "zigbee2mqtt"


__all__ = ["BASE", "Cache", "Message", "iso_8601"]


class Cache:
    """The state cache of one bridge.

    `is_whole` False plays a bridge set to `cache_state: false`: only what changed is published.
    """

    def __init__(self, house: House, seed: int = 0, *, is_whole: bool = True) -> None:
        self._house = house
        self._rng = Random(f"link:{house.seed}:{seed}")
        self._beside = Random(f"beside:{house.seed}:{seed}")
        self._is_whole = is_whole
        self.states: dict[str, dict[str, Value]] = {
            device.name: dict(device.quiet) for device in house.all_devices
        }

    def absorb(self, change: Change) -> None:
        """Remember the change without a message: how the cache looks when a bridge starts."""
        beside = self._house.gateway_device(change.device)
        known = change.values if beside is None else _only(change.values, beside.quiet)
        self.states[change.device].update(known)

    def messages(self, change: Change) -> list[Message]:
        """Remember the change and say it as its bridge, gateway or node does; at least once."""
        beside = self._house.gateway_device(change.device)
        if beside is None:
            return [self.message(change)]
        self.absorb(change)
        return list(beside.messages(change, self.states[change.device], self._beside))

    def message(self, change: Change) -> Message:
        """Remember the change and say it as the bridge of the hundred does."""
        state = self.states[change.device]
        state.update(change.values)
        said = dict(state) if self._is_whole else dict(change.values)
        if change.action:
            said["action"] = change.action
        said["linkquality"] = self._rng.randint(60, 220)
        said["last_seen"] = iso_8601(change.at)
        return Message(f"{BASE}/{change.device}", _json(said))

    def retained(self) -> list[Message]:
        """What the bridge publishes retained when it comes up, in its order."""
        availability = [
            Message(f"{BASE}/{device.name}/availability", b'{"state":"online"}', is_retained=True)
            for device in self._house.devices
        ]
        return [
            Message(f"{BASE}/bridge/state", b'{"state":"online"}', is_retained=True),
            Message(
                f"{BASE}/bridge/devices", _json(self._house.bridge_devices()), is_retained=True
            ),
            *availability,
            gateway_retained(),
            *(message for device in self._house.gateway_devices for message in device.retained()),
        ]


def _only(values: Mapping[str, Value], known: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for key, value in values.items() if key in known}


def iso_8601(at: datetime) -> str:
    """As Zigbee2MQTT's `last_seen: ISO_8601` prints an instant: UTC, milliseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _json(value: Value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
