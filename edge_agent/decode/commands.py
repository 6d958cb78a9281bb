"""Switching a siren, a light, a valve or a stove by the entry with which the device offers it."""

import json
from collections.abc import Iterable

from edge_agent.decode.exposes import Definition, Entry
from vocabulary.profile import Json
from vocabulary.rulebook import Setting


def offers(settings: tuple[Setting, ...], definition: Definition) -> frozenset[str]:
    """What a device lets us switch: siren, path_light, gas_valve, water_valve, stove."""
    uses = {use for setting in settings for use in setting.use}
    return frozenset(
        use
        for use in uses
        if command(settings, definition, use, is_on=True, pattern="") is not None
    )


def command(
    settings: Iterable[Setting], definition: Definition, use: str, *, is_on: bool, pattern: str
) -> bytes | None:
    """The payload that switches, by the first record that fits the device; None: it cannot.

    `pattern`: "" is the ordinary (evacuation) pattern, "call" the siren's call for people.
    """
    for setting in settings:
        if use not in setting.use:
            continue
        for entry in definition.entries:
            if not _is_for(setting, entry):
                continue
            body = _body(setting, entry, definition, is_on=is_on, pattern=pattern)
            if body is not None:
                return json.dumps(body).encode()
    return None


def _is_for(setting: Setting, entry: Entry) -> bool:
    return (
        entry.is_settable
        and entry.type == setting.type
        and entry.name in setting.name
        and (not setting.feature or entry.feature in setting.feature)
    )


def _body(
    setting: Setting, entry: Entry, definition: Definition, *, is_on: bool, pattern: str
) -> dict[str, Json | dict[str, Json]] | None:
    wanted = setting.call if pattern == "call" and setting.call else setting.on
    words = wanted if is_on else setting.off
    extra = setting.also if is_on else {}
    if setting.type == "binary":
        value = entry.value_on if is_on else entry.value_off
        if value is None:
            return None
        known = {e.property for e in definition.entries if e.is_settable}
        return {entry.property: value, **{k: v for k, v in extra.items() if k in known}}
    if setting.type == "enum":
        chosen = next((word for word in words if word in entry.values), None)
        return None if chosen is None else {entry.property: chosen}
    mode = entry.parts.get("mode")
    chosen = next((word for word in words if mode and word in mode.values), None)
    if chosen is None:
        return None
    inner: dict[str, Json] = {"mode": chosen}
    inner.update({k: v for k, v in extra.items() if k in entry.parts})
    return {entry.property: inner}
