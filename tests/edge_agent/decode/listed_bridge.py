"""A Zigbee2MQTT bridge as it looks from the hub: a list of devices, then messages."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edge_agent.decode import Decoder, Profiles
from vocabulary.home import read_home
from vocabulary.observation import Kind, Observation

FOLDER = Path(__file__).parents[3] / "device_profiles"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOME = """
[home]
zone = "Europe/Paris"
organisation = "care"
area = "75011"
[[room]]
name = "Bad"
type = "bathroom"
[[room]]
name = "Küche"
type = "kitchen"
"""


def profile_files() -> dict[str, str]:
    return {
        path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
        for path in FOLDER.rglob("*.toml")
    }


def binary(name: str, on: Any = True, off: Any = False, **more: Any) -> dict[str, Any]:
    return {"type": "binary", "name": name, "property": name, "access": 1} | {
        "value_on": on,
        "value_off": off,
        **more,
    }


def enum(name: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": name, "property": name, "access": 1, "values": values, **more}


def numeric(name: str, unit: str = "", **more: Any) -> dict[str, Any]:
    return {
        "type": "numeric",
        "name": name,
        "property": name,
        "access": 1,
        "unit": unit,
        **more,
    }


def device(address: str, name: str, *exposes: Mapping[str, Any], **said: Any) -> dict[str, Any]:
    """One element of bridge/devices; `said`: vendor, model, description, power_source."""
    definition = {
        "vendor": said.get("vendor", "Somebody"),
        "model": said.get("model", "X1"),
        "description": said.get("description", "a sensor"),
        "exposes": list(exposes),
    }
    return {
        "ieee_address": address,
        "friendly_name": name,
        "type": "EndDevice",
        "power_source": said.get("power_source", "Battery"),
        "definition": definition,
    }


class Bridge:
    """Plays the broker's side: lists devices, lets them speak, returns what the hub understands."""

    def __init__(self, profiles: Profiles, home: str = HOME) -> None:
        self.decoder = Decoder(read_home(home), profiles)
        self.now = NOON

    def lists(self, *devices: Mapping[str, Any], retained: bool = True) -> list[Observation]:
        return self.send("bridge/devices", json.dumps(devices), retained=retained)

    def says(self, name: str, message: Mapping[str, Any], **how: bool) -> list[Observation]:
        return self.send(name, json.dumps(message), **how)

    def send(
        self, name: str, payload: str | bytes, *, retained: bool = False, after: float = 1.0
    ) -> list[Observation]:
        self.now += timedelta(seconds=after)
        raw = payload.encode() if isinstance(payload, str) else payload
        return self.decoder.decode(f"zigbee2mqtt/{name}", raw, self.now, retained=retained)

    def alone(
        self, message: Mapping[str, Any], *exposes: Mapping[str, Any], **said: Any
    ) -> dict[str, Any]:
        """What one message of a device that describes itself so means: kind → value."""
        self.lists(device("0x01", "one", *exposes, **said))
        return meant(self.says("one", message))


def meant(observations: list[Observation]) -> dict[str, Any]:
    """Kind, with its instance where it has one → value."""
    return {
        f"{seen.kind}@{seen.instance}" if seen.instance else str(seen.kind): seen.value
        for seen in observations
    }


def events(observations: list[Observation]) -> list[tuple[Kind, str]]:
    return [(seen.kind, seen.text) for seen in observations if seen.is_event]
