"""Every benchmark ends with one JSON object on the last line of standard output (DESIGN §7)."""

import json
import math
import sys
import time
from dataclasses import dataclass, field
from typing import Any

LIMITS_HELD, LIMIT_MISSED, USAGE, CANNOT_RUN = 0, 1, 2, 77


@dataclass(slots=True)
class Report:
    """Collects figures and what could not be measured here."""

    began: float = field(default_factory=time.monotonic)
    skipped: list[str] = field(default_factory=list)

    def skip(self, what: str) -> None:
        """Say in print and in the report what was left out, and why."""
        sys.stderr.write(f"skipped: {what}\n")
        self.skipped.append(what)

    def print(self, figures: dict[str, Any]) -> None:
        """The object itself; unknown is `null`, never NaN."""
        whole = figures | {
            "schema": 1,
            "seconds": round(time.monotonic() - self.began, 3),
            "skipped": self.skipped,
        }
        sys.stdout.write(json.dumps(_without_nan(whole), allow_nan=False) + "\n")


def quantile(values: list[float], share: float) -> float | None:
    """The smallest value that `share` of them do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def spread(values: list[float]) -> dict[str, Any]:
    """How many, the middle one and the largest, to a thousandth."""
    p50 = quantile(values, 0.5)
    return {
        "n": len(values),
        "p50": None if p50 is None else round(p50, 3),
        "max": round(max(values), 3) if values else None,
    }


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
