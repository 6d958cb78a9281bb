"""A certified alarm is believed; heat is judged by its limit, or by a rise that only fire makes."""

from collections.abc import Sequence
from typing import Any

import pytest

from edge_agent.detectors.smoke_fire import SmokeFire
from edge_agent.engine import Engine
from tests.stories import at, play, play_with_restart, seen, told
from vocabulary.observation import Kind, Observation, Quality

RAISED, CLEARED = "smoke raised", "smoke cleared"
HOT, COOLED = "heat_rise raised", "heat_rise cleared"


def smoke(second: float, value: bool | None = True, **also: Any) -> Observation:
    return seen(second, Kind.SMOKE, value, "Kitchen", **also)


def button(second: float, value: bool) -> Observation:
    return seen(second, Kind.DEVICE_TEST, value, "Kitchen", device="smoke@Kitchen")


def warm(second: float, celsius: object, room: str = "Kitchen", **also: Any) -> Observation:
    return seen(second, Kind.TEMPERATURE, celsius, room, **also)  # type: ignore[arg-type]  # nonsense too


def rise(per_minute: float, *, minutes: float = 2, step: float = 10) -> list[Observation]:
    count = int(minutes * 60 / step)
    return [warm(n * step, 20 + per_minute * n * step / 60) for n in range(count + 1)]


SMOKE = [
    pytest.param([smoke(5)], [RAISED], id="the contact holds for two seconds"),
    pytest.param([smoke(5), smoke(6.5, False)], [], id="a blip of one and a half seconds"),
    pytest.param([smoke(5), smoke(7, False)], [RAISED, CLEARED], id="exactly two seconds"),
    pytest.param(
        [smoke(5), smoke(6, False), smoke(6.5), smoke(7.5, False)], [], id="two blips are no hold"
    ),
    pytest.param([smoke(5), smoke(40, False)], [RAISED, CLEARED], id="smoke that goes"),
    pytest.param(
        [smoke(5), smoke(20, False), smoke(25), smoke(60, False)],
        [RAISED, CLEARED],
        id="a flapping contact is one episode",
    ),
    pytest.param(
        [smoke(5), smoke(20, False), smoke(50)], [RAISED, CLEARED, RAISED], id="smoke comes back"
    ),
    pytest.param([smoke(5)], [RAISED], id="the alarm falls silent in the fire"),
    pytest.param(
        [smoke(5), smoke(6, False, instance="interlink"), smoke(60, False, instance="interlink")],
        [RAISED],
        id="the interlink of the same alarm is clear: its own contact is not",
    ),
    pytest.param([smoke(5), smoke(20, None)], [RAISED], id="unknown is no clear"),
    pytest.param([smoke(5), smoke(20, False, is_found=True)], [RAISED], id="a retained clear"),
    pytest.param(
        [smoke(5), smoke(90, False, reported_at=at(8))], [RAISED], id="a clear of a minute ago"
    ),
    pytest.param(
        [smoke(5, reported_at=at(5)), smoke(20, False, reported_at=at(4))],
        [RAISED],
        id="a clear reported before the smoke, overtaken on the way",
    ),
    pytest.param(
        [smoke(5, reported_at=at(5)), smoke(20, False, reported_at=at(19))],
        [RAISED, CLEARED],
        id="a clear reported after it",
    ),
    pytest.param([smoke(5, is_found=True)], [RAISED], id="found smoking at start"),
    pytest.param([smoke(5, quality=Quality.TEST)], [], id="marked as a test by the alarm"),
    pytest.param(
        [seen(5, Kind.BATTERY_LOW, True, "Kitchen"), seen(6, Kind.FAULT, True, "Kitchen")],
        [],
        id="a chirping battery is no smoke",
    ),
    pytest.param(
        [smoke(5), smoke(100, False)], [RAISED, CLEARED], id="cooking, steam, incense or dust"
    ),
    pytest.param(
        [seen(5, Kind.HEAT_ALARM, True, "Kitchen")], [HOT], id="a certified heat alarm trips"
    ),
]

TESTED = [
    pytest.param(
        [smoke(5), button(5, True), smoke(12, False), button(12, False)],
        [],
        id="the test button, pressed for seconds",
    ),
    pytest.param([button(5, True), smoke(6)], [RAISED], id="smoke that outlasts its test"),
    pytest.param(
        [button(5, True), smoke(100)], [RAISED], id="a test stuck on blinds for a minute only"
    ),
    pytest.param(
        [smoke(5), button(30, True)], [RAISED], id="the button pressed to silence real smoke"
    ),
    pytest.param([smoke(5), button(7, True)], [RAISED], id="pressed at once, two seconds after"),
    pytest.param(
        [
            *(button(5, True), smoke(5), button(9, False), smoke(9, False)),
            *(button(95, True), smoke(95), button(99, False), smoke(99, False)),
        ],
        [],
        id="tested twice",
    ),
    pytest.param(
        [
            seen(4, Kind.DEVICE_TEST, True, "Kitchen", device="smoke@Kitchen", is_found=True),
            smoke(5),
        ],
        [RAISED],
        id="a retained test is none",
    ),
]

HEAT = [
    pytest.param([warm(5, 57.0)], [HOT], id="57 degrees"),
    pytest.param([warm(5, 56.9)], [], id="just below 57 degrees"),
    pytest.param([warm(5, 60), warm(30, 52)], [HOT], id="not cool yet at 52 degrees"),
    pytest.param([warm(5, 60), warm(30, 49.9)], [HOT, COOLED], id="cooled below 50 degrees"),
    pytest.param([warm(5, 60), warm(30, 30, is_found=True)], [HOT], id="a retained cool reading"),
    pytest.param([warm(5, 60, is_found=True)], [HOT], id="found at 60 degrees"),
    pytest.param(rise(8.0), [HOT], id="eight degrees a minute for two minutes"),
    pytest.param(rise(7.8), [], id="just below eight degrees a minute"),
    pytest.param(rise(8.0, minutes=1.8), [], id="eight degrees a minute, not yet for two minutes"),
    pytest.param(rise(9.0, minutes=4, step=60), [HOT], id="a thermometer that reports each minute"),
    pytest.param(
        [*rise(9.0), warm(150, 27.0)], [HOT, COOLED], id="risen, and back near where it began"
    ),
    pytest.param([*rise(9.0), warm(150, 29.0)], [HOT], id="risen, and not back yet"),
    pytest.param(
        [warm(0, 20), warm(10, 45), warm(60, 45.1), warm(130, 45.2)], [], id="an oven is opened"
    ),
    pytest.param([warm(0, -5), warm(180, 21)], [], id="carried in from the cold: a jump"),
    pytest.param(
        [warm(0, 20), warm(100, 20.1), warm(130, 40)], [], id="a hot breath at the end is no rise"
    ),
    pytest.param(
        [warm(60 * n, 20 + 2 * n, "Bathroom") for n in range(6)], [], id="steam of a shower"
    ),
    pytest.param([warm(5, 61, "Garden")], [], id="sun on the thermometer outside"),
    pytest.param([warm(5, 70, guards="stove")], [], id="a thermometer over the stove"),
    pytest.param([warm(5, None), warm(6, "hot"), warm(7, True)], [], id="no number at all"),
    pytest.param([warm(5, 80, quality=Quality.IMPLAUSIBLE)], [], id="implausible"),
    pytest.param([warm(0, 20), warm(200, 20.5), warm(390, 20)], [], id="ordinary air"),
    pytest.param(
        [warm(n, 21) for n in range(0, 300, 20)], [], id="the same reading again and again"
    ),
    pytest.param(
        [warm(0, 20), warm(60, 29), warm(120, 39, is_found=True)], [], id="found, so no rise"
    ),
    pytest.param(
        [*rise(9.0), *(warm(130 + n, 60) for n in range(3)), warm(150, 40)],
        [HOT],
        id="both by limit and by rise: both must be over",
    ),
]


@pytest.mark.parametrize(("story", "expected"), [*SMOKE, *TESTED, *HEAT])
def test_story(story: Sequence[Observation], expected: list[str]) -> None:
    assert told(play(SmokeFire, story, 400)) == expected


@pytest.mark.parametrize("cut", [4, 5, 6, 7, 15, 21, 24, 28, 40])
def test_a_restart_is_invisible(cut: float) -> None:
    story = [smoke(5), smoke(20, False), smoke(25), smoke(32, False)]
    assert play_with_restart(SmokeFire, story, 60, cut) == play(SmokeFire, story, 60)


@pytest.mark.parametrize("cut", [10, 60, 115, 121, 200])
def test_a_restart_during_a_rise_is_invisible(cut: float) -> None:
    assert play_with_restart(SmokeFire, rise(9.0), 200, cut) == play(SmokeFire, rise(9.0), 200)


@pytest.mark.parametrize("step", [0.25, 1, 2, 3, 5, 10, 20])
def test_a_room_that_burns_is_seen_however_often_its_thermometer_speaks(step: float) -> None:
    assert told(play(SmokeFire, rise(8.0, step=step), 130)) == [HOT]
    assert play(SmokeFire, rise(7.8, minutes=4, step=step), 250) == []
    assert play(SmokeFire, rise(8.0, minutes=1.8, step=step), 130) == []


def test_two_that_speak_in_turn_for_each_reading_hide_no_rise() -> None:
    pairs = [seen for n in range(22) for seen in (warm(6 * n, 20 + n), warm(6 * n + 0.1, 20.1 + n))]
    assert told(play(SmokeFire, pairs, 140)) == [HOT]


@pytest.mark.parametrize("cut", [3, 61, 117, 121, 130])
def test_a_restart_during_a_rise_told_each_second_is_invisible(cut: float) -> None:
    """The journal keeps of a thermometer of whole degrees its changes only."""
    by_degrees = [warm(n, 20.0 + 12 * n // 60) for n in range(125)]
    journal = [each for n, each in enumerate(by_degrees) if n % 5 == 0 or each.at > at(cut)]
    whole = play(SmokeFire, by_degrees, 140)
    assert play_with_restart(SmokeFire, journal, 140, cut) == whole
    assert told(whole) == [HOT]


def probes(*celsius: tuple[float, float]) -> list[Observation]:
    """Two probes of one device, every ten seconds."""
    return [
        warm(10 * n, degrees, instance=probe)
        for n, both in enumerate(celsius)
        for probe, degrees in zip(("1", "2"), both, strict=True)
    ]


def test_the_cool_probe_of_a_device_ends_not_the_heat_of_the_other() -> None:
    story = probes(*((20 + 2 * n, 20) for n in range(25)))
    assert told(play(SmokeFire, story, 300)) == [HOT]
    assert told(play(SmokeFire, [*story, warm(250, 27, instance="1")], 300)) == [HOT, COOLED]


@pytest.mark.parametrize(("first", "second"), [("1", "2"), ("2", "1")])
def test_two_hot_probes_of_one_device_are_one_source_since_the_first_was_hot(
    first: str, second: str
) -> None:
    story = [warm(20, 60, instance=second), warm(5, 60, instance=first)]
    (raised,) = play(SmokeFire, story, 60)
    assert raised.since == at(5)
    detector = SmokeFire()
    for each in reversed(story):
        detector.observe(each)
    (present,) = detector.assess(at(60))
    assert present.since == at(5)
    assert "fact.two_sources" not in [fact.key for fact in present.facts]
    cooled = warm(80, 30, instance=first)
    assert told(play(SmokeFire, [*story, cooled], 100)) == [HOT], "the other is hot still"


def test_the_heat_of_a_stove_guard_is_the_stoves_own_risk() -> None:
    assert play(SmokeFire, [seen(5, Kind.HEAT_ALARM, True, "Kitchen", guards="stove")], 30) == []


def test_found_smoke_says_so() -> None:
    (found,) = play(SmokeFire, [smoke(5, is_found=True)], 10)
    assert found.was_found


def test_smoke_that_waited_in_the_session_says_how_old_it_is() -> None:
    (waited,) = play(SmokeFire, [smoke(60, reported_at=at(20))], 70)
    assert waited.late_by_seconds == 40.0


def test_two_sources_within_a_minute_confirm_each_other() -> None:
    story = [smoke(5), seen(40, Kind.SMOKE, True, "Hall")]
    findings = play(SmokeFire, story, 60)
    assert [f.device for f in findings] == ["smoke@Kitchen", "smoke@Hall"]
    assert "fact.two_sources" in [fact.key for fact in findings[-1].facts]


def test_two_sources_far_apart_do_not() -> None:
    story = [smoke(5), seen(100, Kind.SMOKE, True, "Hall")]
    facts = [fact.key for fact in play(SmokeFire, story, 120)[-1].facts]
    assert facts == ["fact.smoke_contact"]


def test_a_finding_says_what_was_missing_and_what_would_have_kept_it_away() -> None:
    (alone,) = play(SmokeFire, [smoke(5)], 10)
    assert [fact.key for fact in alone.missing] == ["fact.no_room_temperature"]
    assert [fact.key for fact in alone.counter] == ["fact.one_source", "fact.contact_would_clear"]
    (measured,) = play(SmokeFire, [warm(1, 21), smoke(5)], 10)
    assert measured.missing == ()


def test_heat_alarm_and_thermometer_of_one_device_are_one_finding() -> None:
    story = [
        seen(5, Kind.HEAT_ALARM, True, "Kitchen", device="both"),
        warm(8, 58, device="both"),
    ]
    assert told(play(SmokeFire, story, 30)) == [HOT]


def test_a_test_button_alone_has_nothing_due() -> None:
    engine = Engine([SmokeFire()])
    engine.observe(button(5, True))
    assert engine.due(at(5)) is None


def test_the_end_of_the_hold_and_of_the_clear_are_due() -> None:
    detector = SmokeFire()
    engine = Engine([detector])
    engine.observe(smoke(5))
    assert engine.due(at(5)) == at(7)
    engine.observe(smoke(20, False))
    assert engine.due(at(20)) == at(30)
    assert engine.due(at(31)) is None
