"""29 lights per home: is each risk really watched now, and if not, why and since when.

A light that the hub has not told about, or that it told too long ago, is not known; it is never
shown as watched (RELIABILITY INV-8).
"""

from collections.abc import Mapping
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
