"""The stove is on: somebody is there, somebody looked in, or nobody knows."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors import DETECTORS
from edge_agent.detectors.stove_unattended import StoveUnattended
from tests.stories import Make, at, home, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation, Quality, Value
from vocabulary.risk import Severity

M = 60.0
LEFT, LEFT_CLEARED = "left_on raised", "left_on cleared"
HOT, COOLED = "overheat raised", "overheat cleared"


def stove(minute: float, watts: Value, guards: str = "stove", **also: Any) -> Observation:
    return seen(minute * M, Kind.POWER, watts, "Kitchen", guards=guards, device=guards, **also)


def cook(minute: float, is_there: Value, kind: Kind = Kind.PRESENCE, **also: Any) -> Observation:
    return seen(minute * M, kind, is_there, "Kitchen", **also)


def surface(second: float, celsius: float, **also: Any) -> Observation:
    return seen(second, Kind.SURFACE_TEMPERATURE, celsius, "Kitchen", guards="stove", **also)


def at_home(*flags: str) -> Make:
    return lambda: DETECTORS["stove_unattended"](home(*flags))


LEAVES = [cook(0, is_there=True), stove(1, 1200.0), cook(2, is_there=False)]
"""Alone from minute 2 on."""


@pytest.mark.parametrize(
    ("story", "until", "expected"),
    [
        pytest.param(LEAVES, 12, [LEFT], id="ten minutes alone"),
        pytest.param(LEAVES, 11.9, [], id="not quite"),
        pytest.param([*LEAVES, cook(9, is_there=True), cook(10, is_there=False)], 19.9, [],
                     id="somebody looked in"),
        pytest.param([*LEAVES, cook(9, is_there=True), cook(10, is_there=False)], 20, [LEFT],
                     id="and went away"),
        pytest.param([*LEAVES, cook(15, is_there=True)], 16, [LEFT, LEFT_CLEARED], id="is back"),
        pytest.param([*LEAVES, stove(11, 0.5)], 14, [], id="off in time"),
        pytest.param([*LEAVES, stove(14, 0.5)], 17, [LEFT, LEFT_CLEARED], id="off too late"),
        pytest.param([cook(0, is_there=False), stove(1, 49.9)], 60, [], id="standby"),
        pytest.param([cook(0, is_there=False), stove(1, 50.0)], 11, [LEFT], id="50 W is heat"),
        pytest.param(
            [*LEAVES, *(stove(3 + n / 2, 0.0 if n % 2 else 900.0) for n in range(20))], 12, [LEFT],
            id="a hot plate that goes on and off by itself",
        ),
        pytest.param([cook(0, is_there=True), stove(1, 800.0)], 40, [], id="slow cooking, watched"),
        pytest.param(
            [cook(0, is_there=False), cook(0, 1.0, Kind.PERSON_COUNT), stove(1, 800.0)], 40, [],
            id="a visitor cooks where the radar sees nobody move",
        ),
        pytest.param([cook(0, is_there=False), stove(1, 2000.0)], 11, [LEFT],
                     id="a paw on the keys"),
        pytest.param([cook(0, is_there=False), stove(1, 1500.0, "kettle")], 60, [], id="a kettle"),
        pytest.param([cook(0, is_there=False), stove(1, 900.0, "oven")], 45.9, [], id="an oven"),
        pytest.param([cook(0, is_there=False), stove(1, 900.0, "oven")], 46, [LEFT],
                     id="an oven for 45 minutes"),
        pytest.param([stove(1, 900.0)], 45.9, [], id="a kitchen nobody watches"),
        pytest.param([stove(1, 900.0)], 46, [LEFT], id="for as long as an oven may"),
        pytest.param([cook(0, is_there=True), stove(1, 900.0)], 54.9, [], id="last word: somebody"),
        pytest.param([cook(0, is_there=True), stove(1, 900.0)], 55, [LEFT],
                     id="and the sensor has died since"),
        pytest.param([seen(0, Kind.PRESENCE, True, "Hall"), *LEAVES], 12, [LEFT],
                     id="somebody in the hall attends nothing"),
    ],
)  # fmt: skip
def test_left_on(story: list[Observation], until: float, expected: list[str]) -> None:
    assert told(play(StoveUnattended, story, until * M)) == expected


@pytest.mark.parametrize(
    ("story", "until", "expected"),
    [
        pytest.param([surface(0, 280.0)], 1, [HOT], id="280 °C"),
        pytest.param([surface(0, 279.9)], 1, [], id="279.9 °C"),
        pytest.param([surface(0, 300.0), surface(60, 210.0)], 80, [HOT], id="does not flap"),
        pytest.param([surface(0, 300.0), surface(60, 199.0)], 80, [HOT, COOLED], id="has cooled"),
        pytest.param([surface(0, 180.0), surface(15, 190.0), surface(30, 200.0)], 31, [HOT],
                     id="40 °C a minute past 200 °C"),
        pytest.param([surface(0, 181.0), surface(15, 190.0), surface(30, 200.0)], 31, [],
                     id="38 °C a minute"),
        pytest.param([surface(0, 20.0), surface(30, 60.0), surface(60, 100.0)], 61, [],
                     id="water comes to the boil"),
        pytest.param([surface(0, 60.0), surface(60, 230.0)], 61, [], id="a pan put before it"),
        pytest.param([surface(0, 180.0), surface(15, 170.0), surface(30, 230.0)], 31, [],
                     id="a step back"),
        pytest.param([surface(0, 300.0), surface(60, 20.0, is_found=True)], 80, [HOT],
                     id="found cool"),
        pytest.param([surface(0, 300.0), surface(120, 20.0, reported_at=at(-10))], 140, [HOT],
                     id="cool as it was before"),
    ],
)  # fmt: skip
def test_overheat(story: list[Observation], until: float, expected: list[str]) -> None:
    assert told(play(StoveUnattended, story, until)) == expected


def guard(second: float, is_hot: bool, **also: Any) -> Observation:
    also |= {"guards": "stove", "device": "guard"}
    return seen(second, Kind.HEAT_ALARM, is_hot, "Kitchen", **also)


def test_the_guard_says_too_hot() -> None:
    findings = play(StoveUnattended, [guard(0, is_hot=True), guard(60, is_hot=False)], 70)
    assert told(findings) == [HOT, COOLED]
    assert findings[0].severity is Severity.HIGH
    elsewhere = seen(0, Kind.HEAT_ALARM, True, "Hall", guards="")
    assert play(StoveUnattended, [elsewhere], 10) == []


@pytest.mark.parametrize(
    "cool",
    [
        pytest.param(guard(20, is_hot=False, is_found=True), id="found cool"),
        pytest.param(guard(20, is_hot=False, reported_at=at(-1)), id="reported before the heat"),
        pytest.param(guard(90, is_hot=False, reported_at=at(10)), id="late"),
    ],
)
def test_a_guard_that_does_not_speak_of_now_cools_nothing(cool: Observation) -> None:
    hot = guard(0, is_hot=True, reported_at=at(0))
    assert told(play(StoveUnattended, [hot, cool], 100)) == [HOT]


def test_with_dementia_five_minutes() -> None:
    assert told(play(at_home("dementia"), LEAVES, 7 * M)) == [LEFT]
    assert play(at_home("dementia"), LEAVES, 7 * M - 1) == []


def test_a_pet_before_the_motion_sensor_is_no_cook() -> None:
    cat = [cook(0, is_there=False), stove(1, 900.0), cook(2, is_there=True, kind=Kind.MOTION)]
    assert told(play(at_home("pet"), cat, 11 * M)) == [LEFT]
    assert play(StoveUnattended, cat, 11 * M) == []


@pytest.mark.parametrize(
    "off",
    [
        pytest.param(seen(8 * M, Kind.SWITCH_ON, False, "Kitchen", guards="stove", device="stove"),
                     id="switched off at its guard"),
        pytest.param(seen(8 * M, Kind.STOVE_CUTOFF, True, "Kitchen", guards="stove",
                          device="stove"), id="the guard has cut it off"),
    ],
)  # fmt: skip
def test_what_is_cut_off_is_off_at_once(off: Observation) -> None:
    assert play(StoveUnattended, [*LEAVES, off], 30 * M) == []


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"is_found": True}, id="found"),
        pytest.param({"reported_at": at(-2 * 3600)}, id="of two hours ago"),
        pytest.param({"reported_at": at(3 * M)}, id="of some minutes ago"),
    ],
)
@pytest.mark.parametrize(
    "presence",
    [
        pytest.param({"kind": Kind.PRESENCE}, id="a radar"),
        pytest.param({"kind": Kind.MOTION, "device": "PIR"}, id="another sensor"),
    ],
)
@pytest.mark.parametrize("minute", [9, 15])
def test_who_was_in_the_kitchen_some_time_ago_attends_nothing(
    minute: float, presence: dict[str, Any], how: dict[str, Any]
) -> None:
    story = [*LEAVES, cook(minute, is_there=True, **presence, **how)]
    assert told(play(StoveUnattended, story, 30 * M, every=5.0)) == [LEFT]


def test_a_cook_who_was_found_there_is_told_of_by_the_next_word() -> None:
    story = [*LEAVES, cook(5, is_there=True, is_found=True), cook(6, is_there=True)]
    assert play(StoveUnattended, story, 30 * M, every=5.0) == []


def channel(minute: float, watts: float, instance: str) -> Observation:
    return stove(minute, watts, "hob", instance=instance)


def switch(minute: float, instance: str, **also: Any) -> Observation:
    also |= {"guards": "hob", "device": "hob", "instance": instance}
    return seen(minute * M, Kind.SWITCH_ON, False, "Kitchen", **also)


EMPTY = cook(0, is_there=False)


@pytest.mark.parametrize(
    ("story", "until", "expected"),
    [
        pytest.param(
            [EMPTY, *(channel(5 * n, 1800, "1") for n in range(12)),
             *(channel(5 * n, 0, "2") for n in range(12))],
            60,
            [LEFT],
            id="the other channel is idle",
        ),
        pytest.param([EMPTY, channel(0, 1800, "1"), switch(1, "2")], 30, [LEFT],
                     id="the other is switched off"),
        pytest.param([EMPTY, channel(0, 1800, ""), switch(1, "2")], 30, [LEFT],
                     id="one of the outlets is, of which the meter tells the sum"),
        pytest.param([EMPTY, channel(0, 1800, "1"), switch(1, "1")], 30, [], id="its own is"),
        pytest.param([EMPTY, channel(0, 1800, "1"), channel(0, 900, "2"), switch(1, "")], 30, [],
                     id="the whole of it is"),
        pytest.param([EMPTY, channel(0, 1800, ""), channel(0, 1800, "1"), switch(1, "")], 30, [],
                     id="and what it draws in all goes with it"),
        pytest.param([EMPTY, channel(0, 1800, "1"), switch(1, "", is_found=True)], 30, [LEFT],
                     id="found off"),
        pytest.param([EMPTY, channel(0, 1800, "1"), channel(3, 900, "2"), switch(20, "1")], 30,
                     [LEFT], id="the second plate stays on"),
        pytest.param(
            [EMPTY, channel(0, 1800, "1"), channel(3, 900, "2"), switch(20, "1"), switch(25, "2")],
            30,
            [LEFT, LEFT_CLEARED],
            id="both plates",
        ),
        pytest.param([switch(0, ""), EMPTY], 30, [], id="what never heated is off"),
    ],
)  # fmt: skip
def test_each_channel_is_on_or_off_by_itself(
    story: list[Observation], until: float, expected: list[str]
) -> None:
    assert told(play(StoveUnattended, story, until * M, every=5.0)) == expected


def test_two_plates_of_one_hob_are_one_finding_of_the_one_that_was_left_first() -> None:
    story = [EMPTY, channel(3, 900, "2"), channel(1, 1800, "1")]
    (raised,) = play(StoveUnattended, story, 20 * M)
    assert (raised.device, raised.since) == ("hob", at(60))
    detector = StoveUnattended()
    for each in (EMPTY, channel(3, 900, "2"), channel(1, 1800, "1")):
        detector.observe(each)
    (present,) = detector.assess(at(20 * M))
    assert present.since == at(60)


def test_a_cool_probe_does_not_cool_the_hot_one_beside_it() -> None:
    story = [surface(0, 300.0, instance="left"), surface(5, 90.0, instance="right")]
    story += [surface(20, 310.0, instance="left"), surface(25, 290.0, instance="right")]
    assert told(play(StoveUnattended, story, 60)) == [HOT]
    story += [surface(70, 150.0, instance="left"), surface(75, 150.0, instance="right")]
    assert told(play(StoveUnattended, story, 90)) == [HOT, COOLED]


def test_in_use_is_as_good_as_power() -> None:
    def in_use(minute: float, is_used: bool) -> Observation:
        return seen(minute * M, Kind.IN_USE, is_used, "Kitchen", guards="hob", device="hob")

    story = [cook(0, is_there=False), in_use(1, is_used=True), in_use(14, is_used=False)]
    assert told(play(StoveUnattended, story, 15 * M)) == [LEFT, LEFT_CLEARED]


@pytest.mark.parametrize(
    "off",
    [
        pytest.param(stove(14, 0.0, is_found=True), id="found off"),
        pytest.param(stove(14, 0.0, quality=Quality.STALE), id="stale"),
        pytest.param(stove(14, None), id="unknown"),
        pytest.param(stove(14, "off"), id="a word"),
    ],
)
def test_what_does_not_speak_of_now_clears_nothing(off: Observation) -> None:
    assert told(play(StoveUnattended, [*LEAVES, off], 30 * M)) == [LEFT]


def test_a_stove_found_on_counts_from_now() -> None:
    found = [cook(0, is_there=False, is_found=True), stove(0, 1200.0, is_found=True)]
    (raised,) = play(StoveUnattended, found, 10 * M)
    assert raised.was_found


@pytest.mark.parametrize("cut", [0.5, 2.5, 6, 11.75, 12, 13])
@pytest.mark.parametrize(
    "story",
    [
        [*LEAVES, cook(15, is_there=True)],
        [*LEAVES, surface(100, 180.0), surface(115, 190.0), surface(130, 200.0)],
    ],
    ids=["left on", "overheats"],
)
def test_a_restart_is_invisible(story: Sequence[Observation], cut: float) -> None:
    whole = play(StoveUnattended, story, 16 * M, every=5.0)
    assert play_with_restart(StoveUnattended, story, 16 * M, cut * M, every=5.0) == whole
    assert len(whole) == 2


def test_it_explains_itself() -> None:
    (raised,) = play(StoveUnattended, LEAVES, 12 * M)
    assert [fact.key for fact in raised.facts] == [
        "fact.stove_on",
        "fact.kitchen_empty",
        "fact.stove_watts",
    ]
    assert raised.facts[1].values == (("minutes", 10),)
    assert raised.counter
    (unseen,) = play(StoveUnattended, [stove(1, 900.0)], 46 * M)
    assert [fact.key for fact in unseen.missing] == ["fact.no_kitchen_sensor"]
    (silent,) = play(StoveUnattended, [cook(0, is_there=True), stove(1, 900.0)], 55 * M)
    assert [fact.key for fact in silent.missing] == ["fact.kitchen_sensor_silent"]


def test_it_knows_when_its_answer_changes() -> None:
    detector = StoveUnattended()
    assert detector.due(stove(0, 1.0).at) is None
    for each in LEAVES:
        detector.observe(each)
    assert detector.due(LEAVES[-1].at) == stove(12, 1.0).at
    detector.observe(stove(13, 0.0))
    assert detector.due(stove(13, 0.0).at) == stove(15, 0.0).at
