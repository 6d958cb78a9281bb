"""One module per risk, named by its slug: its stories and their quiet twins."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario
from simulator.scenarios import (
    air_quality_poor,
    blood_pressure_abnormal,
    body_temp_abnormal,
    co_exposure,
    entry_security,
    fall,
    gas_leak,
    glucose_abnormal,
    heart_rate_abnormal,
    indoor_temp_extreme,
    long_lie,
    missed_medication,
    power_failure,
    respiratory_abnormal,
    smoke_fire,
    sos_call,
    stove_unattended,
    water_leak,
)

Telling = Callable[[House], Scenario]

STORIES: Mapping[str, Mapping[str, Telling]] = {
    "sos_call": sos_call.STORIES,
    "smoke_fire": smoke_fire.STORIES,
    "co_exposure": co_exposure.STORIES,
    "gas_leak": gas_leak.STORIES,
    "water_leak": water_leak.STORIES,
    "stove_unattended": stove_unattended.STORIES,
    "indoor_temp_extreme": indoor_temp_extreme.STORIES,
    "air_quality_poor": air_quality_poor.STORIES,
    "power_failure": power_failure.STORIES,
    "fall": fall.STORIES,
    "long_lie": long_lie.STORIES,
    "entry_security": entry_security.STORIES,
    "missed_medication": missed_medication.STORIES,
    "heart_rate_abnormal": heart_rate_abnormal.STORIES,
    "blood_pressure_abnormal": blood_pressure_abnormal.STORIES,
    "respiratory_abnormal": respiratory_abnormal.STORIES,
    "body_temp_abnormal": body_temp_abnormal.STORIES,
    "glucose_abnormal": glucose_abnormal.STORIES,
}
"""Slug → variant → story. The first variant is the one that is told when none is named."""

TWINS: Mapping[str, Mapping[str, Telling]] = {
    "sos_call": sos_call.TWINS,
    "smoke_fire": smoke_fire.TWINS,
    "co_exposure": co_exposure.TWINS,
    "gas_leak": gas_leak.TWINS,
    "water_leak": water_leak.TWINS,
    "stove_unattended": stove_unattended.TWINS,
    "indoor_temp_extreme": indoor_temp_extreme.TWINS,
    "air_quality_poor": air_quality_poor.TWINS,
    "power_failure": power_failure.TWINS,
    "fall": fall.TWINS,
    "long_lie": long_lie.TWINS,
    "entry_security": entry_security.TWINS,
    "missed_medication": missed_medication.TWINS,
    "heart_rate_abnormal": heart_rate_abnormal.TWINS,
    "blood_pressure_abnormal": blood_pressure_abnormal.TWINS,
    "respiratory_abnormal": respiratory_abnormal.TWINS,
    "body_temp_abnormal": body_temp_abnormal.TWINS,
    "glucose_abnormal": glucose_abnormal.TWINS,
}
"""Slug → confounder of RISKS §5 → what it looks like; nothing may be raised by it."""


class NoSuchScenario(LookupError):
    """No scenario of that name; says which there are. Trying again is vain."""


def find_scenario(house: House, slug: str, name: str = "", *, is_twin: bool = False) -> Scenario:
    """The story or twin of that name, or the first one; raises `NoSuchScenario`."""
    table = TWINS if is_twin else STORIES
    if slug not in table:
        raise NoSuchScenario(f"no scenario for {slug!r}; there are: {', '.join(table)}")
    known = table[slug]
    name = name or next(iter(known))
    if name not in known:
        raise NoSuchScenario(f"{slug} has no scenario {name!r}; it has: {', '.join(known)}")
    return known[name](house)
