"""The wired alarm on the stairs runs on its battery; and the short cut, the socket switched off."""

from collections.abc import Callable, Mapping

from simulator.house import House
from simulator.scenario import Scenario, Step, being_in, seconds

SLUG = "power_failure"
_MONITOR = "Stairs smoke alarm"
"""Wired to the mains, with a battery of its own: it says which of the two it lives on."""
_BEGIN = seconds(1)
_LOST_FOR = seconds(120)
"""2 min (RISKS §4, 8)."""
_LOST, _BACK = {"mains_power_connected": False}, {"mains_power_connected": True}
_DARK = {"power": 0.0, "current": 0.0}


def _failure(house: House, name: str, about: str, *flags: str) -> Scenario:
    steps = (
        *being_in(house, "Living room"),
        Step(_BEGIN, "TV", _DARK),
        Step(_BEGIN, _MONITOR, _LOST),
    )
    settling = (Step(seconds(0), _MONITOR, _BACK),)
    met = _BEGIN + _LOST_FOR
    return Scenario(SLUG, name, about, steps, met, settling, flags=frozenset(flags))


def mains_lost(house: House) -> Scenario:
    """The whole house has no power."""
    return _failure(house, "mains_lost", "The mains fail.")


def medical_device(house: House) -> Scenario:
    """The same, where somebody breathes by an oxygen concentrator."""
    about = "The mains fail in a home with an oxygen concentrator."
    return _failure(house, "medical_device", about, "oxygen_device")


def short_cut(house: House) -> Scenario:
    """Work on the line, or an empty pre-pay meter: well again within two minutes, twice."""
    steps = (
        *being_in(house, "Living room"),
        Step(_BEGIN, _MONITOR, _LOST),
        Step(_BEGIN + seconds(115), _MONITOR, _BACK),
        Step(seconds(150), _MONITOR, _LOST),
        Step(seconds(260), _MONITOR, _BACK),
    )
    return Scenario(SLUG, "short_cut", "The mains fail for less than two minutes.", steps)


def fuse(house: House) -> Scenario:
    """One fuse has gone: some plugs measure nothing, and the alarm has its power."""
    steps = (
        *being_in(house, "Living room"),
        *(Step(_BEGIN, plug, _DARK) for plug in ("TV", "Kettle", "Computer")),
        Step(seconds(240), _MONITOR, _BACK),
    )
    return Scenario(SLUG, "fuse", "The fuse of a few plugs has gone.", steps)


STORIES: Mapping[str, Callable[[House], Scenario]] = {
    "mains_lost": mains_lost,
    "medical_device": medical_device,
}
TWINS: Mapping[str, Callable[[House], Scenario]] = {"short_cut": short_cut, "fuse": fuse}
