"""Cold and heat count where somebody is, as a mean of 15 minutes, for as long as RISKS says."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from edge_agent.detectors.indoor_temp_extreme import IndoorTempExtreme
from edge_agent.engine import Engine
from tests.stories import play, play_with_restart, seen, told
from vocabulary.finding import Finding, FindingState
from vocabulary.observation import Kind, Observation, Quality, Value
from vocabulary.risk import Severity

M = 60.0
COLD, HEAT, WARM_AGAIN = "cold raised", "heat raised", "cold cleared"


def room(
    *stretches: tuple[float, float, float], name: str = "Living room", **also: Any
) -> list[Observation]:
    """°C, from minute, to minute, told every five minutes."""
    return [
        seen((since + 5 * n) * M, Kind.TEMPERATURE, celsius, name, **also)
        for celsius, since, until in stretches
        for n in range(int((until - since) / 5))
    ]


def is_in(minute: float, name: str = "Living room", value: Value = True) -> Observation:
    return seen(minute * M, Kind.PRESENCE, value, name)


def found(story: Iterable[Observation], minutes: float) -> list[Finding]:
    return play(IndoorTempExtreme, story, minutes * M, every=60.0)


HERE = [is_in(0)]
"""In the living room throughout."""


@pytest.mark.parametrize(
    ("celsius", "minutes", "variant", "severity"),
    [
        pytest.param(17.9, 120, "cold", Severity.MEDIUM, id="below 18 °C for 2 h"),
        pytest.param(15.9, 60, "cold", Severity.HIGH, id="below 16 °C for 1 h"),
        pytest.param(11.9, 30, "cold", Severity.CRITICAL, id="below 12 °C for 30 min"),
        pytest.param(26.0, 120, "heat", Severity.MEDIUM, id="26 °C for 2 h"),
        pytest.param(30.0, 120, "heat", Severity.HIGH, id="30 °C for 2 h"),
        pytest.param(35.0, 30, "heat", Severity.CRITICAL, id="35 °C for 30 min"),
    ],
)
def test_a_limit_and_its_while(
    celsius: float, minutes: int, variant: str, severity: Severity
) -> None:
    """The mean is 15 minutes old before it reads so, the first three quarters of it unknown."""
    story = [*HERE, *room((celsius, 0, 200))]
    met = 12 + minutes
    assert found(story, met - 1) == []
    (raised,) = found(story, met)
    assert (raised.variant, raised.severity) == (variant, severity)


@pytest.mark.parametrize(
    ("celsius", "minutes"),
    [
        pytest.param(18.0, 300, id="18 °C is no cold"),
        pytest.param(25.9, 300, id="25.9 °C is no heat"),
        pytest.param(16.0, 120, id="16 °C for 2 h less the mean"),
        pytest.param(29.9, 120, id="29.9 °C likewise"),
    ],
)
def test_just_below(celsius: float, minutes: int) -> None:
    assert found([*HERE, *room((celsius, 0, 400))], minutes) == []


def test_it_grows_worse_within_one_episode() -> None:
    story = [*HERE, *room((15.0, 0, 90), (11.0, 90, 300))]
    raised = found(story, 150)
    assert [each.severity for each in raised] == [Severity.HIGH, Severity.CRITICAL]
    assert len({each.since for each in raised}) == 1


@pytest.mark.parametrize(
    ("story", "until", "expected"),
    [
        pytest.param([*HERE, *room((21.0, 0, 60), (15.0, 60, 75), (21.0, 75, 300))], 300, [],
                     id="airing"),
        pytest.param([*HERE, *room((15.0, 0, 90), (21.0, 90, 200))], 200, [COLD, WARM_AGAIN],
                     id="warm again"),
        pytest.param([*HERE, *room((15.0, 0, 90), (16.2, 90, 200))], 100, [COLD],
                     id="does not flap at the limit"),
        pytest.param([*HERE, *room((21.0, 0, 300)), *room((9.0, 0, 300), name="Bedroom")], 300, [],
                     id="the cold is where nobody is"),
        pytest.param([is_in(0, "Bedroom"), *room((21.0, 0, 300)),
                      *room((9.0, 0, 300), name="Bedroom")], 300, [COLD], id="or somebody is"),
        pytest.param([*HERE, *room((40.0, 0, 300), device="sunny"),
                      *room((22.0, 0, 300), device="shady")], 300, [], id="sun on one of two"),
        pytest.param([*HERE, *room((40.0, 0, 300), guards="radiator")], 300, [],
                     id="over the radiator"),
        pytest.param([is_in(0, "Garden"), *room((2.0, 0, 300), name="Garden")], 300, [],
                     id="it is cold outside"),
        pytest.param([*HERE, is_in(1, "Hall"), *room((15.0, 0, 300))], 300, [],
                     id="no thermometer where somebody is"),
        pytest.param([*HERE, is_in(40, value=False), is_in(40, "Hall"),
                      is_in(46, "Hall", value=False), is_in(46), *room((15.0, 0, 300))], 90,
                     [COLD], id="a short trip ends nothing"),
        pytest.param([*HERE, is_in(80, value=False), is_in(80, "Hall"), *room((15.0, 0, 300))],
                     300, [COLD], id="nor does a room that nobody measures"),
    ],
)  # fmt: skip
def test_rooms(story: list[Observation], until: float, expected: list[str]) -> None:
    assert told(found(story, until)) == expected


def door(minute: float, is_open: bool) -> Observation:
    return seen(minute * M, Kind.OPEN, is_open, "Hall", guards="front_door")


LEAVES = [
    is_in(0),
    is_in(1, value=False),
    is_in(1, "Hall"),
    door(2, is_open=True),
    door(3, is_open=False),
    is_in(4, "Hall", value=False),
]


def test_an_empty_home_may_be_cold() -> None:
    cold = [*room((14.0, 0, 300)), *room((14.0, 0, 300), name="Hall")]
    assert found([*LEAVES, *cold], 300) == []
    back = [*LEAVES, door(100, is_open=True), door(101, is_open=False), is_in(102)]
    assert told(found([*back, *cold], 180)) == [COLD]


def test_whoever_comes_home_to_a_single_room_is_at_home() -> None:
    def here(minute: float, value: bool = True) -> Observation:
        return is_in(minute, "Hall", value)

    trip = [here(0), door(2, is_open=True), door(3, is_open=False), here(4, value=False)]
    back = [door(100, is_open=True), door(101, is_open=False), here(103)]
    cold = room((14.0, 0, 300), name="Hall")
    assert found([*trip, *cold], 300) == []
    assert told(found([*trip, *back, *cold], 180)) == [COLD]


def test_a_telephone_that_was_found_away_may_have_come_home_since() -> None:
    away = seen(1, Kind.AT_HOME, False, "", device="phone", is_found=True)
    assert told(found([is_in(0), away, *room((15.0, 0, 100))], 100)) == [COLD]


def test_who_stays_at_home_when_somebody_leaves_is_at_home() -> None:
    story = [is_in(0, "Bedroom"), *LEAVES[1:], *room((14.0, 0, 300), name="Bedroom")]
    carer = [each for each in story if each.room != "Living room"]
    assert told(found([*carer, is_in(5, "Bedroom", value=False), is_in(6, "Bedroom")], 120)) == [
        COLD
    ]


def test_where_nobody_tells_the_room_each_is_judged_and_it_is_said() -> None:
    story = [*room((15.0, 0, 100)), *room((21.0, 0, 100), name="Bedroom")]
    (raised,) = found([*story, *room((5.0, 0, 100), name="Garden")], 100)
    assert (raised.variant, raised.room) == ("cold", "Living room")
    assert "fact.room_unknown" in [fact.key for fact in raised.missing]


def moves(minute: float, name: str, value: Value = True, **also: Any) -> Observation:
    return seen(minute * M, Kind.MOTION, value, name, **also)


def step(minute: float, name: str = "Hall") -> list[Observation]:
    """A movement, and its end as a motion sensor tells it."""
    return [moves(minute, name), moves(minute + 1.5, name, value=False)]


ICY = room((10.0, 0, 360), name="Bedroom")
"""Nothing watches the bedroom but a thermometer."""
WARM = room((21.0, 0, 1500))
ICY_LONG = room((10.0, 0, 1500), name="Bedroom")


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="no sensor of people"),
        pytest.param(step(1), id="a step in the hall"),
        pytest.param([moves(1, "Hall")], id="a sensor that never tells of its end"),
        pytest.param([each for n in range(17) for each in step(20 * n)], id="again and again"),
        pytest.param(step(60), id="after it was told"),
    ],
)
def test_a_step_in_the_hall_tells_not_where_somebody_sits(steps: list[Observation]) -> None:
    raised = found([*ICY, *steps], 300)
    assert [(each.variant, each.severity, each.room) for each in raised] == [
        ("cold", Severity.CRITICAL, "Bedroom")
    ]
    assert raised[0].at <= seen(45 * M, Kind.MOTION, True).at
    assert "fact.room_unknown" in [fact.key for fact in raised[0].missing]


@pytest.mark.parametrize(
    ("seen_last", "quiet_until", "raised_by"),
    [
        pytest.param([is_in(0), is_in(30, value=False)], 80, 90, id="a presence that ended"),
        pytest.param(step(30, "Living room"), 185, 200, id="a movement, and nothing after it"),
        pytest.param([*step(30, "Living room"), *step(32)], 68, 80, id="and on into the hall"),
        pytest.param([moves(30, "Living room")], 185, 195, id="a movement that never ends"),
        pytest.param(
            [*step(30, "Living room"), *step(100, "Living room")], 255, 270, id="a later one"
        ),
    ],
)
def test_whoever_was_seen_in_the_warm_may_sit_in_the_cold_unseen(
    seen_last: list[Observation], quiet_until: float, raised_by: float
) -> None:
    story = [*seen_last, *WARM, *room((21.0, 0, 35), (10.0, 35, 500), name="Bedroom")]
    assert found(story, quiet_until) == []
    assert [(each.severity, each.room) for each in found(story, raised_by)] == [
        (Severity.CRITICAL, "Bedroom")
    ]


@pytest.mark.parametrize(
    "people",
    [
        pytest.param([is_in(0)], id="the radar sees them in the living room"),
        pytest.param([is_in(5 * n, value=n % 2 == 0) for n in range(300)], id="on and off"),
        pytest.param(
            [each for n in range(14) for each in step(100 * n, "Living room")],
            id="they move a little every hour and a half",
        ),
        pytest.param([is_in(0, "Kitchen")], id="they are where no thermometer stands"),
    ],
)
def test_a_cold_guest_room_that_nothing_watches(people: list[Observation]) -> None:
    assert found([*people, *WARM, *ICY_LONG], 1400) == []


def test_a_sleeper_whom_no_motion_shows_is_not_in_the_guest_room() -> None:
    guest = room((10.0, 0, 700), name="Kitchen")
    assert found([*step(0, "Bedroom"), *room((19.0, 0, 700), name="Bedroom"), *guest], 600) == []


def test_who_is_seen_again_in_the_warm_is_out_of_the_cold() -> None:
    story = [*step(1), *ICY_LONG, *WARM, is_in(100)]
    assert told(found(story, 99)) == [COLD]
    assert told(found(story, 140)) == [COLD, WARM_AGAIN]


def test_who_is_seen_where_no_thermometer_stands_may_come_back_to_the_cold() -> None:
    story = [*step(1), *ICY_LONG, is_in(100, "Kitchen")]
    assert told(found(story, 400)) == [COLD]


def test_a_cold_room_is_told_once_whatever_is_measured_elsewhere() -> None:
    """They are in the cold living room: the guest room that is as cold is not told as well."""
    story = [is_in(0), *room((15.0, 0, 300)), *room((15.0, 0, 300), name="Bedroom")]
    assert [each.room for each in found(story, 300)] == ["Living room"]


def test_a_cold_room_stays_cold_when_its_people_are_seen_at_last() -> None:
    raised = found([*ICY, is_in(100, "Bedroom")], 300)
    assert [(each.state, each.severity) for each in raised] == [
        (FindingState.RAISED, Severity.CRITICAL),
        (FindingState.RAISED, Severity.CRITICAL),
        (FindingState.CLEARED, Severity.CRITICAL),
    ]
    assert {each.at for each in raised[1:]} == {is_in(100).at}, "told of the person, not the room"


def test_nobody_is_left_in_a_room_that_nothing_watches_when_all_have_gone_out() -> None:
    cold = [*room((14.0, 0, 300)), *room((14.0, 0, 300), name="Bedroom")]
    assert found([*LEAVES, *cold], 300) == []
    back = [door(100, is_open=True), door(101, is_open=False), *step(103)]
    assert [each.room for each in found([*LEAVES, *back, *cold], 300)] == ["Bedroom"]


def test_what_motion_sees_no_more_the_presence_of_the_same_device_may_see() -> None:
    """A radar with a motion sensor in it: that nothing moves takes nobody out of the room."""
    both = [
        seen(0, Kind.PRESENCE, True, device="both"),
        seen(0, Kind.MOTION, True, device="both"),
        seen(M, Kind.MOTION, False, device="both"),
    ]
    assert found([*both, *WARM, *ICY_LONG], 1400) == []
    out = [door(2, is_open=True), door(3, is_open=False)]
    assert told(found([*both, *out, *room((15.0, 0, 200))], 200)) == [COLD]


@pytest.mark.parametrize("cut", [20, 44, 46, 100, 160, 190, 230])
def test_a_restart_changes_nothing_of_rooms_that_nothing_watches(cut: int) -> None:
    story = [*step(30, "Living room"), is_in(250), *WARM, *ICY_LONG]
    whole = play(IndoorTempExtreme, story, 300 * M, every=60.0)
    assert play_with_restart(IndoorTempExtreme, story, 300 * M, cut * M, every=60.0) == whole
    assert told(whole) == [COLD, WARM_AGAIN]


def test_a_thermometer_that_falls_silent_counts_as_nothing_and_ends_nothing() -> None:
    assert found([*HERE, *room((17.0, 0, 20))], 1000) == []
    assert told(found([*HERE, *room((15.0, 0, 90))], 1500)) == [COLD]


@pytest.mark.parametrize(
    "also",
    [{"is_found": True}, {"quality": Quality.STALE}, {"quality": Quality.IMPLAUSIBLE}],
    ids=["found", "stale", "implausible"],
)
def test_what_does_not_speak_of_now_counts_as_nothing(also: dict[str, Any]) -> None:
    assert found([*HERE, *room((5.0, 0, 100), **also)], 100) == []
    warm = room((21.0, 90, 200), **also)
    assert told(found([*HERE, *room((15.0, 0, 90)), *warm], 200)) == [COLD]


@pytest.mark.parametrize("value", [None, "cold", True], ids=["unknown", "a word", "a claim"])
def test_nonsense_is_no_reading(value: Value) -> None:
    nonsense = [seen(n * 5 * M, Kind.TEMPERATURE, value) for n in range(20)]
    assert found([*HERE, *nonsense], 100) == []


@pytest.mark.parametrize("cut", [1, 13, 40, 71, 72, 80, 95, 130])
def test_a_restart_is_invisible(cut: int) -> None:
    trip = [is_in(30, value=False), is_in(30, "Hall"), is_in(36, "Hall", value=False), is_in(36)]
    story: Sequence[Observation] = [*HERE, *trip, *room((15.0, 0, 100), (21.0, 100, 150))]
    whole = play(IndoorTempExtreme, story, 150 * M, every=60.0)
    split = play_with_restart(IndoorTempExtreme, story, 150 * M, cut * M, every=60.0)
    assert split == whole
    assert told(whole) == [COLD, WARM_AGAIN]


def test_it_explains_itself() -> None:
    window = seen(0, Kind.OPEN, True, guards="window")
    (raised,) = found([*HERE, window, *room((15.0, 0, 100))], 72)
    assert [(fact.key, fact.values) for fact in raised.facts] == [
        ("fact.cold_for", (("limit", 16), ("minutes", 60))),
        ("fact.room_mean", (("celsius", 15.0),)),
    ]
    assert [fact.key for fact in raised.missing] == ["fact.one_thermometer"]
    assert [fact.key for fact in raised.counter] == ["fact.window_open", "fact.cold_would_end"]


def test_a_room_whose_only_thermometer_was_carried_away_stays_hot_and_breaks_nothing() -> None:
    engine = Engine([IndoorTempExtreme()])
    hot = room((31.0, 0, 150), name="Kitchen", device="one")
    assert told(finding for each in hot for finding in engine.observe(each)) == [HEAT]
    gone = seen(150 * M, Kind.TEMPERATURE, 21.0, "Bedroom", device="one")
    assert [(each.room, each.state) for each in engine.observe(gone)] == [
        ("Kitchen", FindingState.RAISED),
        ("Kitchen", FindingState.CLEARED),
    ]
    assert engine.tick(gone.at) == []
    assert engine.failed == {}


def test_it_is_looked_at_each_minute_while_it_is_cold_and_not_otherwise() -> None:
    detector = IndoorTempExtreme()
    detector.observe(is_in(0))
    detector.observe(seen(30, Kind.TEMPERATURE, 21.0))
    assert detector.due(is_in(1).at) is None
    detector.observe(seen(60, Kind.TEMPERATURE, 15.0))
    assert detector.due(seen(70, Kind.TEMPERATURE, 15.0).at) == is_in(2).at
