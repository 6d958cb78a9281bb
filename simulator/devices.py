"""Every make of device has a dialect of its own; here are the ones that stand in the house.

The records are definitions as Zigbee2MQTT publishes them on `zigbee2mqtt/bridge/devices`, with one
payload of a quiet day each (data/zigbee2mqtt.jsonl; MIT, see the licence beside it).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from simulator.change import Value

UNCACHED = frozenset({"linkquality", "last_seen", "update", "pin_code", "action"})
"""Keys that are stamped afresh on each message, or that no quiet home publishes."""

QUIET: Mapping[str, Value] = {
    "alarm_state": "normal",
    "battery_low": False,
    "battery_state": "high",
    "brightness": 180,
    "contact": True,
    "current_pressure": 0,
    "device_temperature": 24,
    "fall_down_status": "none",
    "humidity": 45,
    "illuminance": 12,
    "local_temperature": 20.8,
    "motion_direction": "standing_still",
    "motion_speed": 0,
    "occupied_heating_setpoint": 20.5,
    "power": 0,
    "current": 0,
    "radar_scene": "default",
    "target_distance": 0,
    "temperature": 21.0,
    "temporary_mute": False,
    "tumble_switch": "ON",
    "siren_for_automation_only": "stop",
}
"""What a quiet day reads, where the record's own value was drawn at random."""


@dataclass(frozen=True, slots=True)
class Model:
    """One make: its definition as published, and the state of a quiet day."""

    name: str
    """Vendor and model, as house.toml names it."""
    published: Mapping[str, Any]
    """The element of `bridge/devices`, still with the record's own address and name."""
    quiet: Mapping[str, Value]

    @property
    def is_battery(self) -> bool:
        return bool(self.published["power_source"] == "Battery")

    def settable(self) -> dict[str, dict[str, Any]]:
        """Property → its `exposes` entry, for all that a `…/set` may write (access bit 2)."""
        found: dict[str, dict[str, Any]] = {}
        for entry in self.published["definition"]["exposes"]:
            for part in (entry, *entry.get("features", ())):
                if part.get("access", 0) & 2 and part.get("property"):
                    found[part["property"]] = part
        return found


@cache
def models() -> Mapping[str, Model]:
    """All records by vendor and model."""
    text = resources.files("simulator").joinpath("data/zigbee2mqtt.jsonl").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        record = json.loads(line)
        definition = record["device"]["definition"]
        name = f"{definition['vendor']} {definition['model']}"
        quiet = {
            key: QUIET.get(key, value)
            for key, value in record["normal"].items()
            if key not in UNCACHED
        }
        found[name] = Model(name, record["device"], quiet)
    return found
