"""A body has limits: beyond these a reading of the resident is somebody's business.

The defaults are published ones (NEWS2 chart 1 [V31], ADA [V34], AHA and ESC [V32]). A home file may
make any of them stricter; looser only a named clinician makes them, who signs and dates it
(RISKS §6 G9). The caps on both sides are ours [D]: beyond them no signature counts, and a clinician
who needs more must talk to whoever runs the system.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Any, Literal

Scale = Literal[1, 2]
"""Of oxygen saturation: 2 is for those whose target is 88 to 92 %, and only a doctor sets it."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How far one limit may be moved, and which way is stricter."""

    default: float
    least: float
    most: float
    unit: str
    is_floor: bool
    """Readings at or below it are too low: a higher floor is stricter. Else: a lower one is."""

    def is_looser(self, value: float) -> bool:
        """Whether `value` lets through what the default would not."""
        return value < self.default if self.is_floor else value > self.default


def _floor(default: float, least: float, most: float, unit: str) -> Any:
    return field(default=default, metadata={"bound": Bound(default, least, most, unit, True)})  # noqa: FBT003 - one of two sorts, named by the function


def _ceiling(default: float, least: float, most: float, unit: str) -> Any:
    return field(default=default, metadata={"bound": Bound(default, least, most, unit, False)})  # noqa: FBT003 - one of two sorts, named by the function


@dataclass(frozen=True, slots=True)
class VitalLimits:
    """The limits of RISKS §4, rows 22 to 26, for one resident.

    A reading *at* a limit passes it, save for glucose, where ADA counts what lies beyond.
    """

    # 22 heart rate: NEWS2 pulse, 3 points, 1 to 2, 2 and 3 [V31]
    heart_rate_critical_low: float = _floor(40, 30, 50, "1/min")
    heart_rate_low: float = _floor(50, 40, 60, "1/min")
    heart_rate_high: float = _ceiling(111, 90, 130, "1/min")
    heart_rate_critical_high: float = _ceiling(131, 110, 150, "1/min")
    # 23 blood pressure: NEWS2 systolic [V31]; ≥ 180 or ≥ 120 twice [V32]; drop on standing [K]
    systolic_critical_low: float = _floor(90, 70, 110, "mmHg")
    systolic_low: float = _floor(100, 80, 120, "mmHg")
    systolic_crisis: float = _ceiling(180, 140, 200, "mmHg")
    systolic_critical_high: float = _ceiling(220, 180, 240, "mmHg")
    diastolic_crisis: float = _ceiling(120, 90, 130, "mmHg")
    systolic_postural_drop: float = _ceiling(20, 10, 30, "mmHg")
    diastolic_postural_drop: float = _ceiling(10, 5, 20, "mmHg")
    # 24 oxygen and breath: NEWS2 SpO2 scales 1 and 2, respiration rate [V31][V33]
    spo2_critical: float = _floor(91, 88, 95, "%")
    spo2_low: float = _floor(93, 90, 96, "%")
    spo2_watch: float = _floor(95, 92, 98, "%")
    spo2_scale_2_critical: float = _floor(83, 80, 88, "%")
    spo2_scale_2_low: float = _floor(85, 82, 90, "%")
    spo2_scale_2_watch: float = _floor(87, 84, 92, "%")
    respiration_critical_low: float = _floor(8, 6, 11, "1/min")
    respiration_high: float = _ceiling(21, 18, 24, "1/min")
    respiration_critical_high: float = _ceiling(25, 21, 30, "1/min")
    # 25 temperature: NEWS2 [V31]; fever in old age: 37.8 once, 37.3 twice, +1.1 over one's own [K]
    temperature_low: float = _floor(35.0, 34.0, 36.0, "°C")
    temperature_fever: float = _ceiling(38.1, 37.0, 38.5, "°C")
    temperature_high: float = _ceiling(39.1, 38.0, 40.0, "°C")
    fever_once: float = _ceiling(37.8, 37.2, 38.5, "°C")
    fever_twice: float = _ceiling(37.3, 37.0, 38.0, "°C")
    fever_rise: float = _ceiling(1.1, 0.5, 2.0, "°C")
    # 26 glucose: ADA levels 1 and 2 [V34]; above 13.9 and 16.7 [K]
    glucose_critical_low: float = _floor(3.0, 2.5, 4.5, "mmol/L")
    glucose_low: float = _floor(3.9, 3.0, 6.0, "mmol/L")
    glucose_high: float = _ceiling(13.9, 8.0, 20.0, "mmol/L")
    glucose_critical_high: float = _ceiling(16.7, 11.0, 25.0, "mmol/L")

    spo2_scale: Scale = 1

    @property
    def spo2(self) -> tuple[float, float, float]:
        """Critical, low and watch on the resident's own scale."""
        if self.spo2_scale == 2:  # noqa: PLR2004 - the scale's name
            return self.spo2_scale_2_critical, self.spo2_scale_2_low, self.spo2_scale_2_watch
        return self.spo2_critical, self.spo2_low, self.spo2_watch


BOUNDS: Mapping[str, Bound] = {
    each.name: each.metadata["bound"] for each in fields(VitalLimits) if "bound" in each.metadata
}
"""Every limit that a home file may set, by name."""

ASCENDING: tuple[tuple[str, ...], ...] = (
    ("heart_rate_critical_low", "heart_rate_low", "heart_rate_high", "heart_rate_critical_high"),
    ("systolic_critical_low", "systolic_low", "systolic_crisis", "systolic_critical_high"),
    ("spo2_critical", "spo2_low", "spo2_watch"),
    ("spo2_scale_2_critical", "spo2_scale_2_low", "spo2_scale_2_watch"),
    ("respiration_critical_low", "respiration_high", "respiration_critical_high"),
    ("temperature_low", "fever_twice", "fever_once"),
    ("temperature_low", "temperature_fever", "temperature_high"),
    ("glucose_critical_low", "glucose_low", "glucose_high", "glucose_critical_high"),
)
"""Limits of one vital sign never cross: each is higher than the one before."""


def limits_with(changes: Mapping[str, float], spo2_scale: Scale = 1) -> VitalLimits:
    """The published limits with some of them changed."""
    return replace(VitalLimits(), **dict(changes), spo2_scale=spo2_scale)


def wrong_limit(changes: Mapping[str, float]) -> tuple[str, str] | None:
    """The first change that nobody may make, as (name, what is wrong and expected); None: fine."""
    for name, value in changes.items():
        bound = BOUNDS.get(name)
        if bound is None:
            return name, f"no such limit, expected one of: {', '.join(sorted(BOUNDS))}"
        if not bound.least <= value <= bound.most:
            said = f"{value:g} {bound.unit}, expected {bound.least:g} to {bound.most:g}"
            return name, f"{said}, whoever signs"
    whole = limits_with(changes)
    for names in ASCENDING:
        for lower, upper in pairwise(names):
            low, high = getattr(whole, lower), getattr(whole, upper)
            if low >= high:
                name = lower if lower in changes else upper
                return name, f"{lower} {low:g} and {upper} {high:g} cross, expected them apart"
    return None


def loosened(changes: Mapping[str, float]) -> list[str]:
    """The names of those that let through more than the published limit does."""
    return [name for name, value in changes.items() if BOUNDS[name].is_looser(value)]
