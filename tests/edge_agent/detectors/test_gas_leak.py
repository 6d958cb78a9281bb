"""An alarm's contact is believed; a measured share of the explosive limit must last."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors.gas_leak import GasLeak
from edge_agent.engine import Engine
from tests.stories import at, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.risk import Severity

DEVICE = "detector"
WARNED, CALM = "warning raised", "warning cleared"
RAISED, CLEARED = "alarm raised", "alarm cleared"


def gas(second: float, value: bool | None = True, **also: Any) -> Observation:
    also.setdefault("device", DEVICE)
    return seen(second, Kind.GAS, value, "Kitchen", **also)


def share(second: float, percent: Any, **also: Any) -> Observation:
    also.setdefault("device", DEVICE)
    return seen(second, Kind.GAS_LEL, percent, "Kitchen", **also)


def button(second: float, value: bool) -> Observation:
    return seen(second, Kind.DEVICE_TEST, value, "Kitchen", device=DEVICE)


CONTACT = [
    pytest.param([gas(5)], [RAISED], id="the contact holds for two seconds"),
    pytest.param([gas(5), gas(6.5, False)], [], id="a blip of one and a half seconds"),
    pytest.param([gas(5), gas(60, False)], [RAISED, CLEARED], id="gas that goes"),
    pytest.param(
        [gas(5), gas(20, False), gas(25), gas(60, False)],
        [RAISED, CLEARED],
        id="a flapping contact is one episode",
    ),
    pytest.param([gas(5), gas(20, None)], [RAISED], id="unknown is no clear"),
    pytest.param([gas(5), gas(20, False, is_found=True)], [RAISED], id="a retained clear"),
    pytest.param([gas(5, is_found=True)], [RAISED], id="found sounding"),
    pytest.param([gas(5, quality=Quality.TEST)], [], id="marked as a test by the alarm"),
    pytest.param(
        [gas(5), button(5, True), gas(12, False), button(12, False)], [], id="the test button"
    ),
    pytest.param([button(5, True), gas(6)], [RAISED], id="gas that outlasts its test"),
]

SHARE = [
    pytest.param([share(5, 5.0)], [WARNED], id="5 % for 60 s and on"),
    pytest.param([share(5, 5.0), share(64, 4.9)], [], id="5 % for 59 s"),
    pytest.param([share(5, 5.0), share(65, 0.0)], [WARNED, CALM], id="5 % for exactly 60 s"),
    pytest.param([share(5, 4.9)], [], id="a sensor that has drifted to 4.9 %"),
    pytest.param([share(n * 20, n * 0.4) for n in range(12)], [], id="and drifts slowly there"),
    pytest.param([share(5, 9.9), share(30, 0.0)], [], id="a spray of half a minute below 10 %"),
    pytest.param([share(5, 40.0), share(14, 0.0)], [], id="a spray into the sensor, for 9 s"),
    pytest.param([share(5, 10.0), share(15, 0.0)], [RAISED, CLEARED], id="10 % for exactly 10 s"),
    pytest.param([share(5, 10.0)], [RAISED, WARNED], id="10 % is both, the worse one first"),
    pytest.param(
        [share(5, 10.0), share(30, 8.0)], [RAISED, WARNED], id="not clearly better at 8 % yet"
    ),
    pytest.param(
        [share(5, 10.0), share(30, 7.9)], [RAISED, CLEARED, WARNED], id="better: 7.9 % warns only"
    ),
    pytest.param(
        [share(5, 6.0), share(70, 4.0), share(100, 3.9)], [WARNED, CALM], id="over below 4 %"
    ),
    pytest.param([share(5, 6.0), share(40, 4.0), share(50, 6.0)], [WARNED], id="a hold anew"),
    pytest.param([share(5, 12.0, is_found=True)], [RAISED, WARNED], id="found at 12 %"),
    pytest.param([share(5, 12.0), share(8, 0, is_found=True)], [RAISED, WARNED], id="found clean"),
    pytest.param(
        [share(5, 12.0), share(100, 0.0, reported_at=at(30))],
        [RAISED, WARNED],
        id="a clean reading of a minute ago",
    ),
    pytest.param([share(5, 12.0)], [RAISED, WARNED], id="the sensor falls silent in the gas"),
    pytest.param(
        [share(5, None), share(6, "much"), share(7, True)], [], id="no number at all"
    ),
    pytest.param([share(5, 90, quality=Quality.IMPLAUSIBLE)], [], id="implausible"),
    pytest.param(
        [gas(5), share(6, 12.0), share(60, 0.0)],
        [RAISED],
        id="clean by measure, and the alarm still sounds",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("story", "expected"), [*CONTACT, *SHARE])
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(play(GasLeak, story, 300)) == expected


@pytest.mark.parametrize("cut", [4, 5, 12, 15, 16, 29, 31, 64, 66, 90])
def test_a_restart_is_invisible(cut: float) -> None:
    story = [share(5, 10.0), share(30, 7.9), gas(40), gas(44, False), share(90, 1.0)]
    assert play_with_restart(GasLeak, story, 130, cut) == play(GasLeak, story, 130)


def test_a_warning_is_as_urgent_as_an_alarm() -> None:
    """The house is left at the warning; whoever comes must not wait for the morning."""
    (warned,) = play(GasLeak, [share(5, 5.0)], 70)
    assert (warned.variant, warned.severity) == ("warning", Severity.CRITICAL)


def test_a_worn_out_sensor_is_believed_and_it_is_told() -> None:
    story = [
        seen(1, Kind.END_OF_LIFE, True, "Kitchen", device=DEVICE),
        seen(2, Kind.FAULT, None, "Kitchen", device=DEVICE),
        gas(5),
    ]
    (finding,) = play(GasLeak, story, 10)
    assert [fact.key for fact in finding.counter] == [
        "fact.contact_would_clear",
        "fact.one_gas_source",
        "fact.sensor_ails",
    ]
    assert [fact.key for fact in finding.missing] == ["fact.no_gas_measured"]


def test_a_mended_sensor_has_no_ailment() -> None:
    story = [
        seen(1, Kind.FAULT, True, "Kitchen", device=DEVICE),
        seen(2, Kind.FAULT, False, "Kitchen", device=DEVICE),
        gas(5),
    ]
    (finding,) = play(GasLeak, story, 10)
    assert "fact.sensor_ails" not in [fact.key for fact in finding.counter]


def test_two_sensors_are_not_alone() -> None:
    findings = play(GasLeak, [gas(5), gas(8, device="other")], 20)
    assert [finding.device for finding in findings] == [DEVICE, "other"]
    assert "fact.one_gas_source" not in [fact.key for fact in findings[-1].counter]


def test_what_was_measured_stands_beside_the_alarm() -> None:
    (finding,) = play(GasLeak, [share(1, 3.0), gas(5)], 10)
    assert [(fact.key, dict(fact.values)) for fact in finding.facts] == [
        ("fact.gas_contact", {"seconds": 2}),
        ("fact.gas_share", {"percent": 3.0}),
    ]
    assert finding.missing == ()


def test_gas_that_waited_in_the_session_says_how_old_it_is() -> None:
    (waited,) = play(GasLeak, [gas(60, reported_at=at(20))], 70)
    assert waited.late_by_seconds == 40.0


def test_the_ends_of_the_holds_are_due() -> None:
    engine = Engine([GasLeak()])
    engine.observe(share(5, 12.0))
    assert engine.due(at(5)) == at(15)
    assert engine.due(at(15)) == at(65)
    assert engine.due(at(65)) is None
