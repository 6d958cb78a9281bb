"""A house is rooms, and devices that each stand somewhere for a reason."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from simulator.change import Value
from simulator.devices import Model, models
from simulator.gateway import GatewayDevice, gateway_devices

COORDINATOR = "0x00124b0024c0ffee"


@dataclass(frozen=True, slots=True)
class Room:
    """A place people name; `floor` decides which way one walks."""

    name: str
    type: str
    floor: int


@dataclass(frozen=True, slots=True)
class Device:
    """One device where it stands. `role` is what it does in this home; rows of house.toml."""

    name: str
    """Friendly name: what its topic is called. May hold blanks, slashes, any script."""
    address: str
    model: Model
    room: str
    role: str
    guards: str
    use: str
    quiet: Mapping[str, Value]
    """The cached state at the start of a quiet day."""
    path: str = "zigbee2mqtt"


@dataclass(frozen=True, slots=True)
class House:
    """Rooms, devices and what the hub is told about them."""

    seed: int
    facts: Mapping[str, Any]
    """What the home file says beside rooms and devices, under the same names."""
    rooms: tuple[Room, ...]
    devices: tuple[Device, ...]
    """Those behind the bridge."""
    gateway_devices: tuple[GatewayDevice, ...] = ()
    """Those that a Bluetooth gateway hears, and nodes."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.facts["zone"])

    @property
    def terminals(self) -> Mapping[str, str]:
        """Terminal id → room."""
        return {terminal["id"]: terminal["room"] for terminal in self.facts["terminal"]}

    @property
    def all_devices(self) -> tuple[Device | GatewayDevice, ...]:
        """Behind the bridge and beside it."""
        return (*self.devices, *self.gateway_devices)

    def device(self, name: str) -> Device:
        """The device of that name behind the bridge; KeyError names it."""
        for device in self.devices:
            if device.name == name:
                return device
        raise KeyError(f"no device {name!r} in the house")

    def gateway_device(self, name: str) -> GatewayDevice | None:
        """The device of that name beside the bridge; None: it stands behind it, or nowhere."""
        return next((device for device in self.gateway_devices if device.name == name), None)

    def may_say(self, name: str) -> frozenset[str]:
        """What a story may set on a device, `action` included; KeyError: no such device."""
        beside = self.gateway_device(name)
        if beside is not None:
            return frozenset(beside.quiet) | (
                frozenset({"action", "slot"}) if beside.events else set()
            )
        return frozenset(
            part["property"]
            for entry in self.device(name).model.published["definition"]["exposes"]
            for part in (entry, *entry.get("features", ()))
            if "property" in part
        )

    def beside(self, *roles: str) -> Iterator[GatewayDevice]:
        """Devices beside the bridge, of these roles."""
        return (device for device in self.gateway_devices if device.role in roles)

    def find(self, *roles: str, room: str = "", guards: str = "") -> Iterator[Device]:
        """Devices of these roles, in that room or anywhere, guarding that or anything."""
        for device in self.devices:
            if device.role in roles and room in ("", device.room) and guards in ("", device.guards):
                yield device

    def bridge_devices(self) -> list[dict[str, Any]]:
        """What Zigbee2MQTT publishes, retained, on `zigbee2mqtt/bridge/devices`."""
        coordinator = {
            "ieee_address": COORDINATOR,
            "type": "Coordinator",
            "network_address": 0,
            "supported": True,
            "friendly_name": "Coordinator",
            "definition": None,
            "interview_state": "SUCCESSFUL",
        }
        return [coordinator] + [
            {
                **device.model.published,
                "ieee_address": device.address,
                "friendly_name": device.name,
                "network_address": number + 1,
            }
            for number, device in enumerate(self.devices)
        ]

    def home_file(
        self,
        language: str = "en",
        flags: Sequence[str] = (),
        doses: Sequence[Mapping[str, Value]] | None = None,
    ) -> str:
        """The home file (TOML) that tells a hub about this house.

        `flags`: of the resident; `doses` instead of the house's own.
        """
        lines = ["# Written by the simulator.", "[home]"]
        lines += [f"{key} = {_toml(value)}" for key, value in self.facts.items() if key in _HOME]
        for room in self.rooms:
            lines += ["", "[[room]]", f"name = {_toml(room.name)}", f"type = {_toml(room.type)}"]
        for device in self.all_devices:
            match = f'match = {{ path = "{device.path}", address = {_toml(device.address)} }}'
            lines += ["", "[[device]]", f"{match}  # {device.name}"]
            if device.path != "zigbee2mqtt":  # a bridge with names tells them itself
                lines.append(f"name = {_toml(device.name)}")
            for key in ("room", "guards", "use"):
                if value := getattr(device, key):
                    lines.append(f"{key} = {_toml(value)}")
        tables = {"terminal": self.facts["terminal"], "dose": doses or self.facts["dose"]}
        for table, entries in tables.items():
            for entry in entries:
                lines += ["", f"[[{table}]]"]
                lines += [
                    f"{key} = {value if key == 'at' else json.dumps(value, ensure_ascii=False)}"
                    for key, value in entry.items()
                ]
        lines += ["", "[resident]", f"language = {_toml(language)}"]
        lines += [f"flags = {json.dumps(list(flags))}"] if flags else []
        lines += [""]
        return "\n".join(lines)


_HOME = ("zone", "latitude", "longitude", "organisation", "area")


def _toml(value: str | float) -> str:
    """A JSON string is a TOML basic string."""
    return json.dumps(value, ensure_ascii=False)


def build_house(seed: int = 1, zone: str = "") -> House:
    """The house of data/house.toml; the seed gives the addresses and the batteries.

    `zone`: where on Earth it stands, if not where the file says.
    """
    text = resources.files("simulator").joinpath("data/house.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    rng = Random(f"house:{seed}")
    known = models()
    devices = tuple(_device(entry, known[entry["model"]], rng) for entry in raw["device"])
    facts = {**raw, "dose": [{**dose, "at": f"{dose['at']}:00"} for dose in raw["dose"]]}
    facts["zone"] = zone or raw["zone"]
    rooms = tuple(Room(**room) for room in raw["room"])
    far = Random(f"beside:{seed}")
    beside = gateway_devices(raw["gateway_device"], lambda: _mac(far))
    return House(seed, facts, rooms, devices, beside)


def _mac(rng: Random) -> str:
    return ":".join(f"{byte:02X}" for byte in (0xD0, *rng.randbytes(5)))


def _device(entry: Mapping[str, Any], model: Model, rng: Random) -> Device:
    address = f"0x{rng.getrandbits(64):016x}"
    quiet = {**model.quiet, **_role_state(entry["role"]), **entry.get("state", {})}
    if "battery" in quiet:
        quiet["battery"] = rng.randint(55, 100)
    return Device(
        name=entry["name"],
        address=address,
        model=model,
        room=entry.get("room", ""),
        role=entry["role"],
        guards=entry.get("guards", ""),
        use=entry.get("use", ""),
        quiet=quiet,
    )


def _role_state(role: str) -> dict[str, Value]:
    match role:
        case "plug":
            return {"state": "ON", "power": 0.6, "current": 0.01, "energy": 120.5, "voltage": 230}
        case "light":
            return {"state": "OFF"}
        case "cover":
            return {"state": "OPEN", "position": 100}
        case _:
            return {}
