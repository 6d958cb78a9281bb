"""Two minutes in the dark are a power failure, an hour is worse, and oxygen cannot wait."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.power_failure import PowerFailure
from tests.stories import at, home, play, play_with_restart, seen, told
from vocabulary.finding import Finding
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.risk import Severity

RAISED, CLEARED = "mains_lost raised", "mains_lost cleared"
STOPPED, STARTED = "medical_device raised", "medical_device cleared"
HOUR = 3600.0


def mains(second: float, is_lost: bool | None = True, **also: Any) -> Observation:
    return seen(second, Kind.MAINS_LOST, is_lost, "Hall", **also)


def plug(second: float, is_on: bool | None, guards: str = "oxygen") -> Observation:
    return seen(second, Kind.SWITCH_ON, is_on, "Bedroom", guards=guards, device="plug")


def answers(second: float, value: bool, guards: str = "", **also: Any) -> Observation:
    also.setdefault("device", "plug")
    return seen(second, Kind.ONLINE, value, "Bedroom", guards=guards, **also)


def battery(second: float, percent: object, guards: str = "hub") -> Observation:
    return seen(second, Kind.BATTERY, percent, "Hall", guards=guards)  # type: ignore[arg-type]  # nonsense too


MAINS = [
    pytest.param([mains(5)], 124, [], id="just under two minutes"),
    pytest.param([mains(5)], 125, [RAISED], id="two minutes"),
    pytest.param([mains(5), mains(124, False)], 300, [], id="back in time: work, or a meter paid"),
    pytest.param([mains(5), mains(125, False)], 300, [RAISED, CLEARED], id="back too late"),
    pytest.param([mains(5), mains(125, False)], 184, [RAISED], id="back, but not for a minute yet"),
    pytest.param(
        [mains(5), mains(60, False), mains(61)], 180, [], id="a flicker: the dark begins anew"
    ),
    pytest.param(
        [mains(5), mains(200, False), mains(240), mains(300, False), mains(350)],
        500,
        [RAISED],
        id="power that comes and goes is one failure",
    ),
    pytest.param([mains(5), mains(60, None)], 125, [RAISED], id="unknown is not back"),
    pytest.param([mains(5), mains(60, False, is_found=True)], 125, [RAISED], id="found well"),
    pytest.param(
        [mains(5, reported_at=at(5)), mains(60, False, reported_at=at(3))],
        125,
        [RAISED],
        id="well, reported before the failure",
    ),
    pytest.param([mains(5, quality=Quality.IMPLAUSIBLE)], 300, [], id="implausible"),
    pytest.param(
        [answers(5, False), plug(6, False, "tv")], 900, [], id="a tripped fuse takes a plug away"
    ),
]

MEDICAL = [
    pytest.param([plug(5, False)], 124, [], id="off for just under two minutes"),
    pytest.param([plug(5, False)], 125, [STOPPED], id="its plug is switched off"),
    pytest.param([plug(5, False), plug(60, True)], 300, [], id="and on again"),
    pytest.param(
        [plug(5, False), plug(200, True)], 300, [STOPPED, STARTED], id="on again too late"
    ),
    pytest.param([plug(5, None)], 300, [], id="unknown is not off"),
    pytest.param([answers(5, False, "oxygen")], 125, [STOPPED], id="its plug no longer answers"),
    pytest.param([answers(5, False, "cpap")], 125, [STOPPED], id="so with what helps asleep"),
    pytest.param([plug(5, False, "cpap")], 300, [], id="which is switched off in the morning"),
    pytest.param(
        [plug(5, False), answers(6, False, "oxygen")], 300, [STOPPED], id="both are one finding"
    ),
    pytest.param([mains(5, guards="oxygen")], 125, [STOPPED], id="it says so itself"),
    pytest.param(
        [mains(5), plug(6, False)], 300, [RAISED, STOPPED], id="with the mains of the whole house"
    ),
]


@pytest.mark.parametrize(("story", "until", "expected"), MAINS + MEDICAL)
def test_power_is_lost(story: Sequence[Observation], until: float, expected: list[str]) -> None:
    assert told(play(PowerFailure, story, until)) == expected


@pytest.mark.parametrize(("story", "until"), [each.values[:2] for each in MAINS + MEDICAL])
@pytest.mark.parametrize("cut", [4.0, 62.0, 130.0, 210.0])
def test_the_hub_restarts(story: Sequence[Observation], until: float, cut: float) -> None:
    until = max(until, cut)
    restarted = play_with_restart(PowerFailure, story, until, cut)
    assert told(restarted) == told(play(PowerFailure, story, until))


def test_whoever_needs_oxygen_needs_the_mains() -> None:
    made = DETECTORS["power_failure"](home("oxygen_device"))
    (found,) = play(lambda: made, [mains(5)], 5000)
    assert (found.variant, found.severity, found.at) == ("medical_device", Severity.HIGH, at(125))
    assert [fact.key for fact in found.facts][:2] == ["fact.mains_lost", "fact.needs_oxygen"]


def grows(story: Sequence[Observation], until: float) -> list[tuple[str, Finding]]:
    return [(f.severity.word, f) for f in play(PowerFailure, story, until)]


def test_a_monitor_that_falls_silent_in_the_dark_clears_nothing() -> None:
    assert [f.state for _, f in grows([mains(5)], 90_000)] == ["raised", "raised"]


def test_an_hour_is_worse() -> None:
    assert [word for word, _ in grows([mains(5)], HOUR + 4)] == ["medium"]
    (_, first), (word, second) = grows([mains(5)], HOUR + 5)
    assert (word, second.at, second.since) == ("high", at(HOUR + 5), first.since)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param([mains(5), battery(300, 30.0)], ["medium"], id="30 % is enough"),
        pytest.param([mains(5), battery(300, 29.9)], ["medium", "high"], id="29.9 % is not"),
        pytest.param(
            [mains(5), *(battery(300 + 60 * n, 29 + 2 * (n % 2)) for n in range(6))],
            ["medium", "high"],
            id="once low, it is not told twice",
        ),
        pytest.param([battery(0, 12.0), mains(5)], ["high"], id="it was low already"),
        pytest.param([mains(5), battery(300, 4.0, "")], ["medium"], id="another's battery"),
        pytest.param([mains(5), battery(300, "low")], ["medium"], id="nonsense"),
        pytest.param([battery(0, 12.0)], [], id="the mains are well"),
    ],
)
def test_a_hub_that_will_soon_be_dark_is_worse(
    story: Sequence[Observation], expected: list[str]
) -> None:
    assert [word for word, _ in grows(story, 1000)] == expected


def test_a_restart_within_the_hour_is_invisible() -> None:
    found = play_with_restart(PowerFailure, [mains(5)], HOUR + 10, 1800)
    assert [(f.severity.word, f.at) for f in found] == [
        ("medium", at(125)),
        ("high", at(HOUR + 5)),
    ]


def test_found_in_the_dark_counts_from_there_and_says_so() -> None:
    (found,) = play(PowerFailure, [mains(0, is_found=True)], 120)
    assert (found.at, found.was_found) == (at(120), True)


def keys(found: Finding) -> tuple[list[str], list[str], list[str]]:
    parts = (found.facts, found.missing, found.counter)
    facts, missing, counter = ([fact.key for fact in part] for part in parts)
    return facts, missing, counter


def test_it_explains_itself() -> None:
    gone = [answers(30 + n, False, device=f"lamp {n}") for n in range(9)]
    gone += [answers(60, True, device="lamp 0"), answers(1, False, device="old", is_found=True)]
    (found,) = play(PowerFailure, [mains(5), *gone], 125)
    assert keys(found) == (
        ["fact.mains_lost", "fact.devices_gone"],
        ["fact.no_hub_battery"],
        ["fact.power_would_be_back"],
    )
    assert found.facts[1].values == (("count", 8),)


def test_a_kettle_that_boils_tells_of_an_unplugged_device() -> None:
    kettle = seen(60, Kind.POWER, 2040.0, "Kitchen")
    (found,) = play(PowerFailure, [battery(0, 80.0), mains(5), kettle], 125)
    assert keys(found) == (
        ["fact.mains_lost"],
        [],
        ["fact.mains_elsewhere", "fact.power_would_be_back"],
    )


def test_a_plug_that_is_gone_may_be_well() -> None:
    (found,) = play(PowerFailure, [answers(5, False, "oxygen")], 125)
    assert keys(found)[1] == ["fact.power_or_radio", "fact.no_hub_battery"]


def test_what_comes_next_is_known() -> None:
    detector = PowerFailure()
    detector.observe(mains(5))
    assert detector.due(at(5)) == at(125)
    assert detector.due(at(125)) == at(HOUR + 5)
    detector.observe(mains(200, False))
    assert detector.due(at(200)) == at(260)
