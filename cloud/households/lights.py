"""29 lights per home: is each risk really watched now, and if not, why and since when.

A light that the hub has not told about, or that it told too long ago, is not known; it is never
shown as watched (RELIABILITY INV-8).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final

from vocabulary.risk import Risk
from vocabulary.risks import RISKS

STANDING: Final = frozenset(
    {
        "alive",
        "no_detector_yet",
        "no_device",
        "not_every_form",
        "unproven",
        "not_heard_yet",
        "never_heard",
        "checked_daily",
        "battery_dying",
    }
)
"""Reasons that are so because of what the home has, not because something happened: that the hub
has told of them since its start is no news to anybody."""

HEARD_WITHIN: Final = timedelta(seconds=90)
"""A hub is silent after three missed heartbeats (DESIGN §6: link lost)."""


@dataclass(frozen=True, slots=True)
class Light:
    """One risk in one home. `state`: covered, degraded, blind or unknown."""

    risk: Risk
    state: str
    reason: str
    since: datetime | None
    """None where nothing happened: it has always been so."""
    values: tuple[tuple[str, str | float | int], ...] = ()
    """What the reason's sentence names."""


def lights(
    coverage: Mapping[str, Mapping[str, Any]] | None, last_heard_at: datetime | None, now: datetime
) -> tuple[Light, ...]:
    """All 29, in the catalogue's order. `coverage`: slug → what the hub told (`CoveragePart`)."""
    told = coverage or {}
    is_silent = last_heard_at is None or now - last_heard_at > HEARD_WITHIN
    found = []
    for risk in RISKS:
        part = told.get(risk.slug)
        if part is None:
            found.append(Light(risk, "unknown", "never_told", None))
        elif is_silent:
            found.append(Light(risk, "unknown", "hub_silent", last_heard_at))
        else:
            found.append(_light(risk, part))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Group:
    """Lights that are as they are for one and the same reason: told in one line."""

    risks: tuple[Risk, ...]
    first: Light

    @property
    def since(self) -> datetime | None:
        return self.first.since


_OF_NO_DEVICE: Final = frozenset({"not_every_form"})
"""Reasons that lie in the hub, whatever device would see the risk."""


@unique
class Part(StrEnum):
    """What belongs together on a page: what nobody watches is told by its cause."""

    BROKEN = "broken"
    """It was made to be watched, and something does not work."""
    MISSING = "missing"
    """No device of this home can see it."""
    UNBUILT = "unbuilt"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    COVERED = "covered"

    @staticmethod
    def of(light: Light) -> "Part":
        """Where a light stands."""
        if light.state != "blind":
            return Part(light.state)
        return _CAUSES.get(light.reason, Part.BROKEN)


_CAUSES: Final = {"no_device": Part.MISSING, "no_detector_yet": Part.UNBUILT}


def parted(lights: Iterable[Light]) -> tuple[tuple[Part, tuple[Light, ...]], ...]:
    """The parts that are not empty: what somebody can mend comes first, what is well last."""
    found = tuple(lights)
    parts = ((part, tuple(one for one in found if Part.of(one) is part)) for part in Part)
    return tuple((part, here) for part, here in parts if here)


def grouped(lights: Iterable[Light]) -> tuple[Group, ...]:
    """In the order of their first risk; a gateway that is gone is one line, not twenty-nine."""
    groups: dict[tuple[object, ...], list[Light]] = {}
    for light in lights:
        # what one gateway took away is one loss, though the hub may have noticed it bit by bit
        minute = light.since and light.since.replace(second=0, microsecond=0)
        when = None if light.reason == "gateway_gone" else minute
        values = () if light.reason in _OF_NO_DEVICE else light.values
        groups.setdefault((light.state, light.reason, values, when), []).append(light)
    return tuple(
        Group(
            tuple(light.risk for light in here),
            min(here, key=lambda light: light.since.timestamp() if light.since else 0.0),
        )
        for here in groups.values()
    )


def _light(risk: Risk, part: Mapping[str, Any]) -> Light:
    state = str(part.get("state", "unknown"))
    reason = str(part.get("reason", ""))
    since = None if reason in STANDING else part.get("since")
    return Light(
        risk,
        state if state in {"covered", "degraded", "blind"} else "unknown",
        reason,
        datetime.fromisoformat(since) if isinstance(since, str) else None,
        tuple((part.get("values") or {}).items()),
    )
