"""The wrist band feels a pulse far too fast, or far too slow; and the stairs, and a loose strap."""

from collections.abc import Callable, Mapping, Sequence

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "heart_rate_abnormal"
_BAND = "Wrist band"
_BEGIN = seconds(1)
_SETTLES = seconds(5)
"""A single reading counts once nothing more has come for so long."""
_EVERY_S = 30


def high(house: House) -> Scenario:
    """Sitting still, 142 a minute: three points in NEWS2 (RISKS §4, 22: from 131)."""
    return _pulse(house, "high", 142, "The heart races at 142 a minute, at rest.")


def low(house: House) -> Scenario:
    """37 a minute (RISKS §4, 22: up to 40)."""
    return _pulse(house, "low", 37, "The heart beats 37 times a minute.")


def _pulse(house: House, name: str, rate: int, about: str) -> Scenario:
    steps = (*being_in(house, "Living room"), *_felt([rate] * 8, _EVERY_S))
    return Scenario(SLUG, name, about, steps, _BEGIN + _SETTLES, settling=_felt([74] * 14, 30))


def _felt(rates: Sequence[int], every_s: float) -> tuple[Step, ...]:
    return tuple(
        Step(_BEGIN + seconds(every_s * n), _BAND, {"bpm": rate}) for n, rate in enumerate(rates)
    )


def stairs(house: House) -> Scenario:
    """Up the stairs twice: quick for eight minutes, and then quiet again."""
    rates = [96, 112, 122, 126, 124, 118, 114, 112, 104, 92, 84]
    steps = (*being_in(house, "Hall"), *_felt(rates, 60))
    return Scenario(SLUG, "stairs", "The stairs quicken the pulse, for minutes.", steps)


def loose_strap(house: House) -> Scenario:
    """The strap slips: one wild sample among good ones."""
    rates = [72, 73, 71, 72, 188, 72, 74, 36, 73, 72, 71, 72]
    steps = (*being_in(house, "Living room"), *_felt(rates, 2))
    return Scenario(SLUG, "loose_strap", "The strap slips and the pulse seems to jump.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {"high": high, "low": low}
TWINS: Mapping[str, Callable[[House], Scenario]] = {"stairs": stairs, "loose_strap": loose_strap}
