"""A home small enough to know by heart: pendant, light, siren, thermometer, fall radar."""

import json
from datetime import datetime

PENDANT = "0x00000000000000a1"
LIGHT = "0x00000000000000a2"
SIREN = "0x00000000000000a3"
THERMOMETER = "0x00000000000000a4"
RADAR = "0x00000000000000a5"

HOME = f"""
[home]
zone = "Europe/Paris"
organisation = "hearth"
area = "75011"
emergency_number = "112"

[[room]]
name = "Hall"
type = "hall"

[[room]]
name = "Bedroom"
type = "bedroom"

[[device]]
match = {{path = "zigbee2mqtt", address = "{LIGHT}"}}
room = "Hall"
use = "path_light"

[[device]]
match = {{path = "zigbee2mqtt", address = "{SIREN}"}}
room = "Hall"
use = "siren"

[[device]]
match = {{path = "zigbee2mqtt", address = "{RADAR}"}}
room = "Bedroom"

[[device]]
match = {{path = "zigbee2mqtt", address = "{THERMOMETER}"}}
room = "Bedroom"

[[terminal]]
id = "hall"
room = "Hall"
"""


def _device(address: str, name: str, description: str, *exposes: dict[str, object]) -> object:
    return {
        "ieee_address": address,
        "friendly_name": name,
        "type": "EndDevice",
        "power_source": "Battery",
        "supported": True,
        "definition": {
            "vendor": "Plain",
            "model": name.upper(),
            "description": description,
            "exposes": list(exposes),
        },
    }


def _enum(name: str, values: list[str], access: int = 1) -> dict[str, object]:
    return {"type": "enum", "name": name, "property": name, "access": access, "values": values}


def _binary(
    name: str, on: object = True, off: object = False, access: int = 1
) -> dict[str, object]:
    return {
        "type": "binary",
        "name": name,
        "property": name,
        "access": access,
        "value_on": on,
        "value_off": off,
    }


def _number(name: str, unit: str) -> dict[str, object]:
    return {"type": "numeric", "name": name, "property": name, "access": 1, "unit": unit}


DEVICES = json.dumps(
    [
        _device(PENDANT, "pendant", "SOS button", _enum("action", ["single", "hold"])),
        _device(
            LIGHT,
            "lamp",
            "Light bulb",
            {"type": "light", "features": [_binary("state", "ON", "OFF", access=7)]},
        ),
        _device(SIREN, "siren", "Siren", _binary("alarm", "ON", "OFF", access=3)),
        _device(THERMOMETER, "thermometer", "Temperature sensor", _number("temperature", "°C")),
        _device(RADAR, "radar", "Fall detection radar", _binary("fall"), _binary("presence")),
    ]
).encode()


def pressed(at: datetime, action: str = "single") -> bytes:
    """What the bridge sends when the pendant is pressed."""
    return json.dumps({"action": action, "last_seen": at.isoformat(), "linkquality": 80}).encode()


def warm(celsius: float, at: datetime) -> bytes:
    """What the thermometer sends."""
    return json.dumps({"temperature": celsius, "last_seen": at.isoformat()}).encode()
