"""A floor that is wet for half a minute is a leak, whatever it is; who is there is told with it."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors.water_leak import WaterLeak
from edge_agent.engine import Engine
from tests.stories import at, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation, Quality

RAISED, CLEARED = "wet_floor raised", "wet_floor cleared"


def leak(
    second: float, value: bool | None = True, room: str = "Kitchen", **also: Any
) -> Observation:
    return seen(second, Kind.WATER_LEAK, value, room, **also)


def somebody(second: float, value: bool, room: str, kind: Kind = Kind.PRESENCE) -> Observation:
    return seen(second, kind, value, room)


STORIES = [
    pytest.param([leak(5)], [RAISED], id="wet for half a minute and on"),
    pytest.param([leak(5), leak(34, False)], [], id="mopped: wet for 29 seconds"),
    pytest.param([leak(5), leak(35, False)], [RAISED, CLEARED], id="wet for exactly 30 seconds"),
    pytest.param(
        [leak(5), leak(25, False), leak(60), leak(80, False)], [], id="mopped twice"
    ),
    pytest.param([leak(5)], [RAISED], id="a pet's bowl was spilled: wet until it is dried"),
    pytest.param([leak(5), leak(300, False)], [RAISED, CLEARED], id="and dried in the end"),
    pytest.param(
        [leak(5), leak(60, False), leak(66), leak(200, False)],
        [RAISED, CLEARED],
        id="drying in fits and starts is one episode",
    ),
    pytest.param(
        [seen(5, Kind.VIBRATION, True, "Bathroom"), seen(6, Kind.HUMIDITY, 95.0, "Bathroom")],
        [],
        id="a washing machine shakes and steams",
    ),
    pytest.param([leak(5)], [RAISED], id="the sensor drowns: its silence dries nothing"),
    pytest.param([leak(5), leak(60, None)], [RAISED], id="unknown is not dry"),
    pytest.param([leak(5), leak(60, False, is_found=True)], [RAISED], id="found dry"),
    pytest.param([leak(5), leak(120, False, reported_at=at(30))], [RAISED], id="dry before"),
    pytest.param([leak(5, is_found=True)], [RAISED], id="found wet"),
    pytest.param([leak(5, quality=Quality.TEST)], [], id="marked as a test"),
    pytest.param([leak(5, quality=Quality.IMPLAUSIBLE)], [], id="implausible"),
    pytest.param(
        [seen(5, Kind.WATER_FLOW, 12.0, "Bathroom"), seen(6, Kind.BATTERY_LOW, True, "Kitchen")],
        [],
        id="water that runs is not told yet",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("story", "expected"), STORIES)
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(play(WaterLeak, story, 400)) == expected


@pytest.mark.parametrize("cut", [4, 5, 20, 34, 35, 36, 50, 60, 63, 70, 90])
def test_a_restart_is_invisible(cut: float) -> None:
    story = [somebody(1, True, "Kitchen"), leak(5), leak(60, False), leak(66), leak(80, False)]
    assert play_with_restart(WaterLeak, story, 100, cut) == play(WaterLeak, story, 100)


def keys(story: Sequence[Observation]) -> tuple[list[str], list[str], list[str]]:
    """Facts, what was missing, and counter-reasons of the one finding."""
    (finding,) = play(WaterLeak, story, 60)
    parts = (finding.facts, finding.missing, finding.counter)
    facts, missing, counter = ([fact.key for fact in part] for part in parts)
    return facts, missing, counter


def test_a_finding_explains_itself() -> None:
    assert keys([leak(5)]) == (
        ["fact.floor_wet"],
        ["fact.room_not_watched"],
        ["fact.dry_would_clear"],
    )


@pytest.mark.parametrize("kind", [Kind.PRESENCE, Kind.MOTION])
def test_who_is_in_the_bathroom_may_slip_and_may_be_bathing(kind: Kind) -> None:
    assert keys([somebody(1, True, "Bathroom", kind), leak(5, room="Bathroom")]) == (
        ["fact.floor_wet", "fact.somebody_there"],
        [],
        ["fact.dry_would_clear", "fact.may_be_washing"],
    )


def test_in_the_kitchen_nobody_bathes() -> None:
    facts, _, counter = keys([somebody(1, True, "Kitchen"), leak(5)])
    assert facts == ["fact.floor_wet", "fact.somebody_there"]
    assert counter == ["fact.dry_would_clear"]


def test_who_has_left_is_not_there() -> None:
    story = [
        somebody(1, True, "Bathroom"),
        somebody(3, False, "Bathroom"),
        leak(5, room="Bathroom"),
    ]
    assert keys(story) == (["fact.floor_wet"], [], ["fact.dry_would_clear"])


def test_two_wet_sensors_are_two_findings() -> None:
    findings = play(WaterLeak, [leak(5), leak(20, room="Hall")], 60)
    assert [(f.room, f.at) for f in findings] == [("Kitchen", at(35)), ("Hall", at(50))]


def test_a_leak_that_waited_in_the_session_says_how_old_it_is() -> None:
    (waited,) = play(WaterLeak, [leak(60, reported_at=at(20))], 100)
    assert waited.late_by_seconds == 40.0


def test_the_end_of_the_hold_and_of_the_clear_are_due() -> None:
    engine = Engine([WaterLeak()])
    engine.observe(leak(5))
    assert engine.due(at(5)) == at(35)
    engine.observe(leak(50, False))
    assert engine.due(at(50)) == at(60)
