"""A node announces each entity on a topic of its own: its name, its unit, what it claims to be.

Read strictly: anybody in the home may write there. No template is ever evaluated; an entity that
has one is a generic reading.
"""

from dataclasses import dataclass
from typing import Any, Final

from edge_agent.decode.messages import clean
from edge_agent.decode.speakers import Told

PREFIX: Final = "homeassistant"
STATE_LEVELS: Final = 4
"""`<node>/<component>/<object>/state`"""
_LONGEST: Final = 120
_WILDCARDS: Final = frozenset("+#")
_TYPES: Final = {"sensor": "numeric", "binary_sensor": "binary", "event": "event"}
_ABBREVIATIONS: Final = {
    "stat_t": "state_topic",
    "val_tpl": "value_template",
    "dev_cla": "device_class",
    "unit_of_meas": "unit_of_measurement",
    "ent_cat": "entity_category",
    "pl_on": "payload_on",
    "pl_off": "payload_off",
    "dev": "device",
}


@dataclass(frozen=True, slots=True)
class Announcement:
    """One entity of one node."""

    node: str
    object: str
    told: Told
    vendor: str
    model: str


def read_announcement(component: str, message: dict[str, Any]) -> Announcement | None:
    """What an announcement says; None for one that is not a plain node's."""
    said = {_ABBREVIATIONS.get(key, key): value for key, value in message.items()}
    base = _text(said, "~")
    levels = _text(said, "state_topic").replace("~", base).split("/")
    is_plain = len(levels) == STATE_LEVELS and all(levels) and levels[3] == "state"
    is_plain = is_plain and _WILDCARDS.isdisjoint(levels)
    if not is_plain or levels[1] != component:
        return None
    node, _, thing, _ = levels
    device = said.get("device")
    maker = device if isinstance(device, dict) else {}
    told = Told(
        property=thing,
        name=_text(said, "name") or thing,
        type="text" if said.get("value_template") is not None else plain_type(component),
        unit=_text(said, "unit_of_measurement"),
        device_class=_text(said, "device_class"),
        category=_text(said, "entity_category"),
        on=_text(said, "payload_on") or "ON",
        off=_text(said, "payload_off") or "OFF",
        component=component,
    )
    vendor = _text(maker, "mf") or _text(maker, "manufacturer")
    return Announcement(node, thing, told, vendor, _text(maker, "mdl") or _text(maker, "model"))


def unannounced(component: str, thing: str) -> Told:
    """What an entity without announcement can be: its name says all."""
    on, off = ("ON", "OFF") if component == "binary_sensor" else ("", "")
    return Told(thing, thing, plain_type(component), on=on, off=off, component=component)


def plain_type(component: str) -> str:
    """What a component's payloads are, where no template changes them."""
    return _TYPES.get(component, "text")


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    return clean(value, _LONGEST) if isinstance(value, str) else ""
