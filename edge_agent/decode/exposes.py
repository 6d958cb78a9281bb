"""A Zigbee2MQTT device describes itself: a list of entries, some in groups of features.

The list is written by others and may hold anything; what is not understood is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from edge_agent.decode.naming import Naming, words

_GROUPS: Final = frozenset({"light", "switch", "lock", "cover", "climate", "fan"})
_MAX_ENTRIES: Final = 600
"""The richest definition known describes about 200 entries; more is a bomb, not a device."""
_MAX_NESTING: Final = 4

_STATE: Final = 1
_SET: Final = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a device says of itself."""

    property: str
    """The key in its messages."""
    name: str
    """What it is; without the endpoint that `property` carries."""
    base: str
    """The name without the words that only say which of several alike."""
    instance: str
    """Which of several alike: the endpoint, or what the name carries."""
    endpoint: str
    tokens: frozenset[str]
    type: str
    unit: str
    values: tuple[str, ...]
    value_on: Any
    value_off: Any
    is_readable: bool
    is_settable: bool
    category: str
    feature: str
    about: str
    """Its own description, as the device puts it."""
    is_secret: bool
    """It may carry a code: never read."""
    is_silent: bool
    """It says nothing about the home."""
    parts: Mapping[str, "Entry"] = field(default_factory=dict)
    """What a composite holds."""
    device_class: str = ""
    """Home Assistant's word for what it is, where the device claims one."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a device says it is."""

    vendor: str
    model: str
    about: str
    entries: tuple[Entry, ...]
    features: frozenset[str]
    names: frozenset[str]
    """Names and bases of all entries, and the feature groups."""


def read_definition(raw: object, naming: Naming) -> Definition:
    """The definition in one element of `bridge/devices`; garbage becomes an empty one."""
    held = raw if isinstance(raw, dict) else {}
    exposes = held.get("exposes")
    entries = tuple(_entries(exposes if isinstance(exposes, list) else [], "", naming, 0))
    entries = entries[:_MAX_ENTRIES]
    features = frozenset(entry.feature for entry in entries if entry.feature)
    known = {entry.name for entry in entries} | {entry.base for entry in entries}
    return Definition(
        vendor=_text(held.get("vendor")),
        model=_text(held.get("model")),
        about=words(_text(held.get("description"), 400)),
        entries=entries,
        features=features,
        names=frozenset(known | features),
    )


def _entries(raw: list[Any], feature: str, naming: Naming, depth: int) -> Iterator[Entry]:
    if depth > _MAX_NESTING:
        return
    for item in raw[:_MAX_ENTRIES]:
        if not isinstance(item, dict):
            continue
        kind = _text(item.get("type"))
        inner = item.get("features")
        features = inner if isinstance(inner, list) else []
        if kind in _GROUPS or (features and kind != "composite"):
            yield from _entries(features, kind or feature, naming, depth + 1)
            continue
        parts: dict[str, Entry] = {}
        if kind == "composite":
            parts = {e.property: e for e in _entries(features, "", naming, depth + 1)}
        entry = _entry(item, kind, feature, parts, naming)
        if entry is not None:
            yield entry


def _entry(
    item: dict[str, Any], kind: str, feature: str, parts: dict[str, Entry], naming: Naming
) -> Entry | None:
    name = _text(item.get("name"))
    prop = _text(item.get("property")) or name
    if not prop:
        return None
    name = name or prop
    lower = name.casefold()
    found = naming.parts(lower)
    access = item.get("access")
    bits = access if isinstance(access, int) else _STATE
    values = item.get("values")
    return Entry(
        property=prop,
        name=lower,
        base=found.base,
        instance=_text(item.get("endpoint")) or found.instance,
        endpoint=_text(item.get("endpoint")),
        tokens=found.tokens,
        type=kind,
        unit=_text(item.get("unit")).strip(),
        values=tuple(v for v in values if isinstance(v, str)) if isinstance(values, list) else (),
        value_on=_scalar(item.get("value_on")),
        value_off=_scalar(item.get("value_off")),
        is_readable=bool(bits & _STATE),
        is_settable=bool(bits & _SET),
        category=_text(item.get("category")),
        feature=feature,
        about=_text(item.get("description"), 400),
        is_secret=found.is_secret or naming.parts(prop).is_secret,
        is_silent=found.is_silent,
        parts=parts,
    )


def _text(value: object, longest: int = 120) -> str:
    return value[:longest] if isinstance(value, str) else ""


def _scalar(value: object) -> bool | int | float | str | None:
    return value if isinstance(value, bool | int | float | str) else None
