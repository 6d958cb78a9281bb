"""Sirens, lamps and valves obey what comes on `zigbee2mqtt/<name>/set`, if it is well said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.change import Value
from simulator.gestures import draws
from simulator.house import Device


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What a command did: the values that enter the cached state, and on or off."""

    values: Mapping[str, Value]
    is_on: bool


class NoConverter(ValueError):
    """The device cannot do that; says which key or value. Trying again is vain."""


_OFF = (False, "OFF", "off", "CLOSE", "CLOSED", "stop")
_BECOMES = {"CLOSE": "CLOSED", "LOCK": "LOCK", "UNLOCK": "UNLOCK"}
"""What a state reads after the command; the others read as they were said."""


def obey(device: Device, payload: bytes, attribute: str = "") -> Obeyed:
    """The effect of a command; raises `NoConverter`.

    `attribute`: the part after `/set/` in the topic, where there is one.
    """
    settable = device.model.settable()
    values: dict[str, Value] = {}
    is_on = False
    for key, value in _wishes(payload, attribute).items():
        entry = settable.get(key)
        if entry is None:
            raise NoConverter(f"{device.name}: no converter available for {key!r}")
        kept = _accepted(device, key, value, entry)
        if entry["type"] == "composite":
            is_on = is_on or kept.get("mode") not in _OFF
            continue
        values[key] = kept
        if key in ("state", "alarm"):
            is_on = kept not in _OFF
    if values.get("state") == "OFF" and "power" in device.quiet:
        values |= draws(device, 0)
    return Obeyed(values, is_on)


def _wishes(payload: bytes, attribute: str) -> dict[str, Any]:
    try:
        said = json.loads(payload)
    except ValueError:
        said = payload.decode("utf-8", "replace")
    if attribute:
        return {attribute: said}
    if isinstance(said, dict):
        return said
    return {"state": said}


def _accepted(device: Device, key: str, value: Value, entry: Mapping[str, Any]) -> Value:
    match entry["type"]:
        case "binary":
            return _one_of(device, key, value, [entry["value_on"], entry["value_off"]])
        case "enum":
            return _one_of(device, key, value, entry["values"])
        case "composite":
            return _composite(device, key, value, entry)
        case "numeric":
            return _number(device, key, value, entry)
        case _:
            return value


def _one_of(device: Device, key: str, value: Value, known: Sequence[Value]) -> Value:
    """JSON types count: 1 is not true."""
    wanted = value.upper() if key == "state" and isinstance(value, str) else value
    if not any(wanted == option and type(wanted) is type(option) for option in known):
        raise NoConverter(f"{device.name}: {key} = {value!r}, expected one of {known}")
    return _BECOMES.get(wanted, wanted) if key == "state" else wanted


def _composite(device: Device, key: str, value: Value, entry: Mapping[str, Any]) -> dict[str, Any]:
    parts = {part["property"]: part for part in entry["features"]}
    if not isinstance(value, dict) or set(value) - set(parts):
        raise NoConverter(f"{device.name}: {key} = {value!r}, expected some of {sorted(parts)}")
    return {name: _accepted(device, name, value[name], parts[name]) for name in value}


def _number(device: Device, key: str, value: Value, entry: Mapping[str, Any]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NoConverter(f"{device.name}: {key} = {value!r}, expected a number")
    low, high = entry.get("value_min", value), entry.get("value_max", value)
    if not low <= value <= high:
        raise NoConverter(f"{device.name}: {key} = {value}, expected {low} to {high}")
    return value
