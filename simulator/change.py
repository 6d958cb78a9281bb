"""Something happens at a device: a door opens, a button is pressed, a thermometer reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Value = Any
"""A value inside a Zigbee2MQTT payload: whatever JSON can hold."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a device noticed at an instant; an empty `values` is a check-in without news."""

    at: datetime
    device: str
    """The friendly name."""
    values: Mapping[str, Value] = field(default_factory=dict)
    action: str = ""
    """A press: in its own message only, never part of the cached state."""
    by_person: bool = False
    """The resident did it; left out while a story is played with the resident elsewhere."""
