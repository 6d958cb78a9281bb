"""Too little oxygen at the finger clip, too quick a breath at the radar; or so it only seems."""

from collections.abc import Callable, Mapping, Sequence

from simulator.change import Value
from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "respiratory_abnormal"
_CLIP = "Pulse oximeter"
_RADAR = "Bedroom breath radar"
_BEGIN = seconds(1)
_SETTLES = seconds(5)
"""A single reading counts once nothing more has come for so long."""
_EVERY_S = 3
"""The radar counts anew every few seconds; the third sample makes a median (RISKS §4, 24)."""


def spo2_low(house: House) -> Scenario:
    """The clip shows 87 %, once (RISKS §4, 24: up to 91)."""
    shown: dict[str, Value] = {"spo2": 87, "bpm": 84}
    steps = (*being_in(house, "Dining room"), Step(_BEGIN, _CLIP, shown))
    about = "The finger clip shows 87 % oxygen."
    better: dict[str, Value] = {"spo2": 97, "bpm": 76}
    settling = tuple(Step(seconds(60 * n), _CLIP, better) for n in range(7))
    return Scenario(SLUG, "spo2_low", about, steps, _BEGIN + _SETTLES, settling)


def resp_rate(house: House) -> Scenario:
    """In bed, 28 breaths a minute for two minutes (RISKS §4, 24: from 25)."""
    steps = (*being_in(house, "Bedroom"), *_breathing([28] * 40))
    about = "The bedroom radar counts 28 breaths a minute."
    third = _BEGIN + seconds(2 * _EVERY_S)
    return Scenario(SLUG, "resp_rate", about, steps, third, settling=_breathing([15] * 120))


def _breathing(rates: Sequence[int]) -> tuple[Step, ...]:
    return tuple(
        Step(
            _BEGIN + seconds(_EVERY_S * n),
            _RADAR,
            {"person_information": True, "respiratory_rate": rate, "heart_rate": 68},
        )
        for n, rate in enumerate(rates)
    )


def cold_fingers(house: House) -> Scenario:
    """The clip warms up: two low samples among good ones."""
    percents = [96, 97, 88, 97, 90, 97, 96, 97]
    samples = tuple(
        Step(_BEGIN + seconds(2 * n), _CLIP, {"spo2": percent, "bpm": 72})
        for n, percent in enumerate(percents)
    )
    steps = (*being_in(house, "Dining room"), *samples)
    return Scenario(SLUG, "cold_fingers", "Cold fingers make two low samples.", steps)


def watched(house: House) -> Scenario:
    """94 %: shown to whoever looks, no reason to call anybody."""
    step = Step(_BEGIN, _CLIP, {"spo2": 94, "bpm": 72})
    steps = (*being_in(house, "Dining room"), step)
    return Scenario(SLUG, "watched", "The finger clip shows 94 %.", steps)


def turning_over(house: House) -> Scenario:
    """Turning over in bed looks like quick breath for a sample or two."""
    rates = [15, 16, 15, 31, 34, 15, 14, 15, 16, 15]
    steps = (*being_in(house, "Bedroom"), *_breathing(rates))
    return Scenario(SLUG, "turning_over", "Turning over in bed disturbs the radar.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {
    "spo2_low": spo2_low,
    "resp_rate": resp_rate,
}
TWINS: Mapping[str, Callable[[House], Scenario]] = {
    "cold_fingers": cold_fingers,
    "watched": watched,
    "turning_over": turning_over,
}
