"""29 lights per home: is each risk really watched now, and if not, why and since when.

A light that the hub has not told about, or that it told too long ago, is not known; it is never
shown as watched (RELIABILITY INV-8).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from vocabulary.risk import Risk
from vocabulary.risks import RISKS

HEARD_WITHIN: Final = timedelta(seconds=90)
"""A hub is silent after three missed heartbeats (DESIGN §6: link lost)."""


@dataclass(frozen=True, slots=True)
class Light:
    """One risk in one home. `state`: covered, degraded, blind or unknown."""

    risk: Risk
    state: str
    reason: str
    since: datetime | None
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


def grouped(lights: Iterable[Light]) -> tuple[Group, ...]:
    """In the order of their first risk; a gateway that is gone is one line, not twenty-nine."""
    groups: dict[tuple[object, ...], list[Light]] = {}
    for light in lights:
        # what one gateway took away is one loss, though the hub may have noticed it bit by bit
        minute = light.since and light.since.replace(second=0, microsecond=0)
        when = None if light.reason == "gateway_gone" else minute
        groups.setdefault((light.state, light.reason, light.values, when), []).append(light)
    return tuple(
        Group(
            tuple(light.risk for light in here),
            min(here, key=lambda light: light.since.timestamp() if light.since else 0.0),
        )
        for here in groups.values()
    )


def _light(risk: Risk, part: Mapping[str, Any]) -> Light:
    state = str(part.get("state", "unknown"))
    since = part.get("since")
    return Light(
        risk,
        state if state in {"covered", "degraded", "blind"} else "unknown",
        str(part.get("reason", "")),
        datetime.fromisoformat(since) if isinstance(since, str) else None,
        tuple((part.get("values") or {}).items()),
    )
