"""The table of all detectors; a card without one is shown as not watched, never as fine."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from edge_agent.cross_check import CrossChecked
from edge_agent.detector import Detector
from edge_agent.detectors.air_quality_poor import AirQualityPoor
from edge_agent.detectors.blood_pressure_abnormal import BloodPressureAbnormal
from edge_agent.detectors.body_temp_abnormal import BodyTempAbnormal
from edge_agent.detectors.co_exposure import CoExposure
from edge_agent.detectors.entry_security import EntrySecurity
from edge_agent.detectors.fall import Fall
from edge_agent.detectors.gas_leak import GasLeak
from edge_agent.detectors.glucose_abnormal import GlucoseAbnormal
from edge_agent.detectors.heart_rate_abnormal import HeartRateAbnormal
from edge_agent.detectors.indoor_temp_extreme import IndoorTempExtreme
from edge_agent.detectors.long_lie import LongLie
from edge_agent.detectors.missed_medication import MissedMedication
from edge_agent.detectors.power_failure import PowerFailure
from edge_agent.detectors.respiratory_abnormal import RespiratoryAbnormal
from edge_agent.detectors.smoke_fire import SmokeFire
from edge_agent.detectors.sos_call import SosCall
from edge_agent.detectors.stove_unattended import StoveUnattended
from edge_agent.detectors.water_leak import WaterLeak
from edge_agent.upright import Upright
from vocabulary.home import HomeFile


def _sos_call(_home: HomeFile) -> Detector:
    return SosCall()


def _smoke_fire(_home: HomeFile) -> Detector:
    return SmokeFire()


def _co_exposure(_home: HomeFile) -> Detector:
    return CoExposure()


def _gas_leak(_home: HomeFile) -> Detector:
    return GasLeak()


def _water_leak(_home: HomeFile) -> Detector:
    return WaterLeak()


def _stove_unattended(home: HomeFile) -> Detector:
    flags = home.resident.flags
    return StoveUnattended(has_dementia="dementia" in flags, has_pet="pet" in flags)


def _indoor_temp_extreme(_home: HomeFile) -> Detector:
    return IndoorTempExtreme()


def _air_quality_poor(_home: HomeFile) -> Detector:
    return AirQualityPoor()


def _power_failure(home: HomeFile) -> Detector:
    return PowerFailure(needs_oxygen="oxygen_device" in home.resident.flags)


def _fall(home: HomeFile) -> Detector:
    return Fall(has_pet="pet" in home.resident.flags)


def _long_lie(home: HomeFile) -> Detector:
    is_shared = bool(home.resident.flags & {"pet", "two_residents"})
    return LongLie(_fall(home), Upright(home), is_shared=is_shared)


def _entry_security(home: HomeFile) -> Detector:
    return EntrySecurity(ZoneInfo(home.home.zone))


def _heart_rate_abnormal(home: HomeFile) -> Detector:
    return HeartRateAbnormal(
        home.vital_limits,
        has_pacemaker="pacemaker" in home.resident.flags,
        has_fibrillation="atrial_fibrillation" in home.resident.flags,
    )


def _blood_pressure_abnormal(home: HomeFile) -> Detector:
    return BloodPressureAbnormal(home.vital_limits, are_two=_are_two(home))


def _respiratory_abnormal(home: HomeFile) -> Detector:
    is_noted = "copd_scale_2" in home.resident.flags
    return RespiratoryAbnormal(home.vital_limits, is_scale_2_noted=is_noted)


def _missed_medication(home: HomeFile) -> Detector:
    return MissedMedication(home.dose, ZoneInfo(home.home.zone))


def _body_temp_abnormal(home: HomeFile) -> Detector:
    return BodyTempAbnormal(home.vital_limits, are_two=_are_two(home))


def _glucose_abnormal(home: HomeFile) -> Detector:
    return GlucoseAbnormal(home.vital_limits, are_two=_are_two(home))


def _are_two(home: HomeFile) -> bool:
    return "two_residents" in home.resident.flags


DETECTORS: dict[str, Callable[[HomeFile], Detector]] = {
    "sos_call": _sos_call,
    "smoke_fire": _smoke_fire,
    "co_exposure": _co_exposure,
    "gas_leak": _gas_leak,
    "water_leak": _water_leak,
    "stove_unattended": _stove_unattended,
    "indoor_temp_extreme": _indoor_temp_extreme,
    "air_quality_poor": _air_quality_poor,
    "power_failure": _power_failure,
    "fall": _fall,
    "long_lie": _long_lie,
    "entry_security": _entry_security,
    "missed_medication": _missed_medication,
    "heart_rate_abnormal": _heart_rate_abnormal,
    "blood_pressure_abnormal": _blood_pressure_abnormal,
    "respiratory_abnormal": _respiratory_abnormal,
    "body_temp_abnormal": _body_temp_abnormal,
    "glucose_abnormal": _glucose_abnormal,
}
"""What makes the detector of each slug for one home."""

NOT_YET: Mapping[str, frozenset[str]] = {
    "water_leak": frozenset({"running_water"}),
    "long_lie": frozenset({"undetected"}),
    "entry_security": frozenset({"unexplained_entry"}),
    "heart_rate_abnormal": frozenset({"irregular"}),
}
"""Variants that the detector of their slug cannot tell yet: such a risk is never fully watched."""


CROSS_CHECKED = frozenset(
    {
        "heart_rate_abnormal",
        "blood_pressure_abnormal",
        "respiratory_abnormal",
        "body_temp_abnormal",
        "glucose_abnormal",
    }
)
"""What one vital sign shows is weighed beside all others (RISKS §4, NEWS2)."""


def all_detectors(home: HomeFile) -> list[Detector]:
    """A fresh one of each, knowing nothing yet."""
    return [_checked(make(home), home) for make in DETECTORS.values()]


def _checked(detector: Detector, home: HomeFile) -> Detector:
    if detector.slug not in CROSS_CHECKED:
        return detector
    on_oxygen = "oxygen_device" in home.resident.flags
    return CrossChecked(detector, home.vital_limits.spo2_scale, on_oxygen=on_oxygen)
