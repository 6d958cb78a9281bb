"""A fall is asked about for 45 seconds; "fine" buys three minutes, and only standing up ends it."""

from datetime import datetime
from typing import Any

import pytest

from edge_agent.response import HubIncident, Response
from tests.stories import at, cloud_says, finding, local, only, response, seen
from vocabulary.incident import CheckOutcome, Disposition, IncidentStatus
from vocabulary.observation import Kind, Observation, Value

FALL = finding("fall", "hard_fall")
CALLED = ["say.help_called", "path_light on"]


def fallen(*flags: str, **also: Any) -> Response:
    home = response(*flags)
    home.on_finding(finding("fall", "hard_fall", **also), at(0))
    return home


def says(home: Response, text: str, second: float, confidence: float = 1.0) -> list[str]:
    return local(home.on_reply("living", text, confidence, at(second)))


def moves(
    home: Response, second: float, kind: Kind, before: Value, value: Value, **also: Any
) -> list[str]:
    """A sensor that said `before` earlier now says `value`."""
    room = also.pop("room", "Hall")
    home.on_observation(seen(-9, kind, before, room, **also), at(second))
    return local(home.on_observation(seen(second, kind, value, room, **also), at(second)))


def stands(home: Response, second: float) -> list[str]:
    return moves(home, second, Kind.POSTURE, "floor", "standing", room="Living room")


def state(incident: HubIncident) -> tuple[object, ...]:
    return incident.page_at, incident.withdrawn, incident.is_duress


def test_it_asks_at_once_and_again_and_pages_after_45_seconds() -> None:
    home = response()
    assert local(home.on_finding(FALL, at(0))) == ["say.fall_check"]
    assert only(home).page_at == at(45)
    assert local(home.tick(at(19))) == []
    assert local(home.tick(at(20))) == ["say.fall_check"]
    assert local(home.tick(at(45))) == CALLED
    assert only(home).check.outcome is CheckOutcome.SILENCE  # type: ignore[union-attr]  # a fall has one
    assert only(home).withdrawn is None


@pytest.mark.parametrize("score", [1.0, 0.8, 0.6, 0.5])
def test_silence_pages_whatever_the_score(score: float) -> None:
    home = fallen(score=score)
    home.tick(at(45))
    assert state(only(home)) == (at(45), None, False)


def test_help_is_called_now() -> None:
    home = fallen()
    assert says(home, "help me", 10) == CALLED
    assert only(home).page_at == at(10)
    assert local(home.tick(at(45))) == [], "told once"


def test_fine_moves_the_page_to_three_minutes_after_the_fall() -> None:
    home = fallen()
    assert says(home, "I'm fine", 10) == ["say.fall_fine"]
    assert state(only(home)) == (at(180), None, False)
    assert local(home.tick(at(45))) == []
    assert local(home.tick(at(180))) == CALLED


def test_fine_and_standing_up_withdraws_it() -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    assert stands(home, 60) == ["say.check_cancelled"]
    assert only(home).withdrawn is Disposition.RESIDENT_CANCELLED
    assert local(home.tick(at(400))) == []


def test_standing_up_and_then_fine_withdraws_it() -> None:
    home = fallen()
    assert stands(home, 8) == []
    assert says(home, "I'm fine", 10) == ["say.check_cancelled"]
    assert only(home).withdrawn is Disposition.RESIDENT_CANCELLED


def test_walking_on_after_standing_up_is_no_further_news() -> None:
    home = fallen()
    stands(home, 8)
    assert moves(home, 9, Kind.MOTION, False, True) == []
    assert only(home).upright_at == at(8)


def test_standing_up_without_a_word_cancels_nothing() -> None:
    home = fallen()
    stands(home, 8)
    home.tick(at(45))
    assert state(only(home)) == (at(45), None, False)


def test_standing_up_after_three_minutes_is_too_late() -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    home.tick(at(180))
    assert stands(home, 181) == []
    assert only(home).withdrawn is None


def test_standing_up_in_the_very_instant_of_the_page_is_too_late() -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    stands(home, 180)
    assert only(home).withdrawn is None


def test_unclear_and_faint_words_leave_the_page_where_it_is() -> None:
    home = fallen()
    assert says(home, "mumble", 5) == []
    assert says(home, "I'm fine", 6, confidence=0.5) == []
    assert only(home).page_at == at(45)
    home.tick(at(45))
    assert only(home).check.outcome is CheckOutcome.UNCLEAR  # type: ignore[union-attr]  # a fall has one


def test_fine_after_the_page_cancels_nothing() -> None:
    home = fallen()
    home.tick(at(45))
    assert says(home, "I'm fine", 50) == []
    assert state(only(home)) == (at(45), None, False)


def test_fine_in_the_instant_of_the_page_is_noted() -> None:
    home = fallen()
    assert says(home, "I'm fine", 45) == ["say.noted", *CALLED]
    assert only(home).withdrawn is None


def test_fine_after_the_cloud_has_paged_is_noted() -> None:
    home = fallen()
    paged = cloud_says(only(home), IncidentStatus.OPEN, first_page_at=at(9))
    home.on_incident_state(paged, at(9))
    assert says(home, "I'm fine", 10) == ["say.noted"]
    assert only(home).page_at == at(45)


def test_help_after_fine_is_heard() -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    assert says(home, "help, I can't get up", 90) == CALLED
    assert only(home).page_at == at(90)


def test_help_asked_for_again_is_not_answered_twice() -> None:
    home = fallen()
    says(home, "help", 10)
    assert says(home, "help!", 20) == []
    assert only(home).page_at == at(10)


def test_another_fall_after_fine_is_asked_about_anew_and_moved_no_further() -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    assert local(home.on_finding(finding("fall", "hard_fall", 60), at(60))) == ["say.fall_check"]
    assert only(home).page_at == at(105)
    assert says(home, "I'm fine", 70) == ["say.fall_fine"]
    assert only(home).page_at == at(105)
    assert stands(home, 80) == ["say.check_cancelled"]


def test_standing_before_the_second_fall_proves_nothing_after_it() -> None:
    home = fallen()
    stands(home, 8)
    says(home, "mumble", 9)
    home.on_finding(finding("fall", "soft_fall", 30), at(30))
    assert only(home).page_at == at(45), "an open question stands for both"


@pytest.mark.parametrize("word", ["I'm fine", "blue umbrella"])
def test_getting_up_after_the_first_fall_is_no_getting_up_after_the_second(word: str) -> None:
    home = fallen()
    stands(home, 12)
    home.on_finding(finding("fall", "hard_fall", 20), at(20))
    assert says(home, word, 30) == ["say.fall_fine"]
    assert only(home).withdrawn is None
    assert stands(home, 60) == ["say.check_cancelled"]


def test_a_blow_that_is_told_late_is_the_fall_she_got_up_from() -> None:
    """The watch weighs a blow for half a minute before it tells of it."""
    home = fallen()
    stands(home, 12)
    weighed = finding("fall", "hard_fall", 30, since=at(0), room="", device="watch")
    home.on_finding(weighed, at(30))
    assert says(home, "I'm fine", 40) == ["say.check_cancelled"]


def test_who_fell_again_in_the_hall_has_not_got_up_by_moving_there() -> None:
    home = fallen()
    home.on_finding(finding("fall", "hard_fall", 20, room="Hall", device="hall"), at(20))
    says(home, "I'm fine", 30)
    assert moves(home, 60, Kind.MOTION, False, True, room="Hall") == []
    assert moves(home, 70, Kind.MOTION, False, True, room="Kitchen") == ["say.check_cancelled"]


def test_another_fall_after_a_withdrawn_one_is_an_incident_of_its_own() -> None:
    home = fallen()
    says(home, "I'm fine", 5)
    stands(home, 9)
    assert local(home.on_finding(finding("fall", "hard_fall", 60), at(60))) == ["say.fall_check"]
    assert len(home.open_incidents) == 2


def test_another_fall_after_the_page_asks_nothing_more() -> None:
    home = fallen()
    home.tick(at(45))
    assert local(home.on_finding(finding("fall", "hard_fall", 60), at(60))) == []


def helped() -> Response:
    """A fall that was paged and that Doctor Lind has acknowledged."""
    home = fallen()
    home.tick(at(20))
    home.tick(at(45))
    taken = cloud_says(only(home), IncidentStatus.ACKNOWLEDGED, 1, first_page_at=at(45))
    home.on_incident_state(taken, at(60))
    return home


def test_another_fall_while_somebody_helps_is_asked_about_and_calls_again() -> None:
    home = helped()
    again = home.on_finding(finding("fall", "hard_fall", 600), at(600))
    assert local(again) == ["say.fall_check"]
    assert only(home).page_at == at(645)
    assert local(home.tick(at(620))) == ["say.fall_check"]
    assert local(home.tick(at(645))) == CALLED
    assert local(home.tick(at(825)))[:1] == ["say.plan_b 112"]


def test_fine_after_another_fall_ends_nothing_that_was_paged() -> None:
    home = helped()
    home.on_finding(finding("fall", "hard_fall", 600), at(600))
    assert says(home, "I'm fine", 610) == ["say.noted"]
    assert state(only(home)) == (at(645), None, False)


def test_a_long_lie_after_an_acknowledged_fall_calls_again() -> None:
    home = helped()
    effects = home.on_finding(finding("long_lie", "after_fall", 600), at(600))
    assert local(effects) == CALLED
    assert home.due(at(601)) == at(780)


SECRETS = [
    pytest.param("4711", CheckOutcome.FINE, id="the code"),
    pytest.param("four seven one one", CheckOutcome.FINE, id="the code in words"),
    pytest.param("fine, my blue umbrella", CheckOutcome.DURESS, id="the secret word"),
]


@pytest.mark.parametrize(("words", "outcome"), SECRETS)
def test_a_code_and_the_secret_word_never_travel(words: str, outcome: CheckOutcome) -> None:
    home = fallen()
    says(home, words, 10)
    incident = only(home)
    wire = incident.to_wire(incident.incident_id, "hub-1", at(11))
    assert wire.check is not None
    assert [(each.heard, each.outcome) for each in wire.check.replies] == [("", outcome)]
    for told in (incident.to_json(), wire.model_dump_json()):
        assert words not in told


def test_a_long_lie_joins_the_fall_and_pages_now() -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    effects = home.on_finding(finding("long_lie", "after_fall", 100), at(100))
    assert local(effects) == CALLED
    assert only(home).page_at == at(100)
    assert stands(home, 110) == [], "what has joined may not be cancelled by standing up"


def test_a_risk_that_may_not_be_cancelled_is_not_cancelled_with_the_fall() -> None:
    home = fallen()
    late = finding("long_lie", "after_fall", 5)
    home.on_finding(late, at(5))
    assert says(home, "I'm fine", 6) == ["say.noted"]
    assert state(only(home)) == (at(5), None, False)


UPRIGHT = [
    pytest.param((Kind.MOTION, False, True), {}, True, id="walks in the hall"),
    pytest.param((Kind.PRESENCE, False, True), {"room": "Kitchen"}, True, id="is in the kitchen"),
    pytest.param((Kind.BED_OCCUPIED, False, True), {"room": "Bedroom"}, True, id="lies in bed"),
    pytest.param(
        (Kind.CHAIR_OCCUPIED, False, True), {"room": "Living room"}, True, id="sits in a chair"
    ),
    pytest.param((Kind.POSTURE, "sitting", "standing"), {}, True, id="stands in the hall"),
    pytest.param(
        (Kind.MOTION, False, True), {"room": "Living room"}, False, id="moves where it lies"
    ),
    pytest.param((Kind.MOTION, False, True), {"room": "Garden"}, False, id="a cat in the garden"),
    pytest.param((Kind.MOTION, False, True), {"room": ""}, False, id="moves nobody knows where"),
    pytest.param((Kind.MOTION, True, True), {}, False, id="a presence told before is told again"),
    pytest.param((Kind.MOTION, None, True), {}, False, id="nothing known of before"),
    pytest.param((Kind.MOTION, True, False), {}, False, id="movement ends"),
    pytest.param((Kind.POSTURE, "standing", "standing"), {}, False, id="an old posture"),
    pytest.param((Kind.POSTURE, "lying", "sitting"), {}, False, id="sits on the floor"),
    pytest.param((Kind.MOTION, False, True), {"is_found": True}, False, id="a retained message"),
    pytest.param(
        (Kind.MOTION, False, True), {"reported_at": at(-99)}, False, id="a message of minutes ago"
    ),
    pytest.param((Kind.HUMIDITY, 40.0, 50.0), {}, False, id="something else"),
]


@pytest.mark.parametrize(("change", "also", "is_up"), UPRIGHT)
def test_what_shows_somebody_upright(
    change: tuple[Kind, Value, Value], also: dict[str, Any], is_up: bool
) -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    assert (moves(home, 60, *change, **also) == ["say.check_cancelled"]) is is_up


WHO = [
    pytest.param("pet", Kind.MOTION, "Hall", False, id="a pet walks elsewhere"),
    pytest.param("pet", Kind.POSTURE, "Hall", True, id="a pet does not stand"),
    pytest.param("two_residents", Kind.MOTION, "Hall", False, id="the other one walks"),
    pytest.param("two_residents", Kind.POSTURE, "Hall", False, id="the other one stands"),
    pytest.param("two_residents", Kind.POSTURE, "Living room", True, id="stands where it fell"),
]


@pytest.mark.parametrize(("flag", "kind", "room", "is_up"), WHO)
def test_whose_movement_it_is(flag: str, kind: Kind, room: str, is_up: bool) -> None:
    home = fallen(flag)
    says(home, "I'm fine", 10)
    before, after = ("floor", "standing") if kind is Kind.POSTURE else (False, True)
    assert (moves(home, 60, kind, before, after, room=room) != []) is is_up


def test_the_step_before_the_fall_may_arrive_after_it() -> None:
    home = fallen()
    assert stands(home, 4.9) == []
    assert says(home, "I'm fine", 10) == ["say.fall_fine"]


STEPS = [
    pytest.param(at(-10), ["say.fall_fine"], id="before the fall"),
    pytest.param(at(4.9), ["say.fall_fine"], id="hardly after it"),
    pytest.param(at(5), ["say.check_cancelled"], id="after it"),
    pytest.param(at(21), ["say.check_cancelled"], id="by a clock that is a second fast"),
    pytest.param(at(-10 * 365 * 86400), ["say.check_cancelled"], id="by a clock gone wrong"),
]


@pytest.mark.parametrize(("reported_at", "expected"), STEPS)
def test_a_step_that_waited_was_made_when_its_sensor_says(
    reported_at: datetime, expected: list[str]
) -> None:
    home = fallen()
    home.on_observation(seen(-60, Kind.MOTION, False, "Hall"), at(-60))
    step = seen(20, Kind.MOTION, True, "Hall", reported_at=reported_at)
    home.on_observation(step, at(20))
    assert says(home, "I'm fine", 30) == expected


def test_movement_concerns_no_other_incident() -> None:
    home = response()
    home.on_finding(finding("sos_call", "pressed"), at(0))
    assert stands(home, 60) == []


def replay(words: str, *, second: float, up_at: float | None) -> tuple[list[str], HubIncident]:
    """All that the home does after a fall that is answered with these words."""
    home = response()
    done = local(home.on_finding(FALL, at(0)))
    for now in range(1, 226):
        done += [f"{now} {each}" for each in local(home.tick(at(now)))]
        if now == second:
            done += says(home, words, now)
        if now == up_at:
            done += stands(home, now)
    return done, only(home)


@pytest.mark.parametrize("up_at", [None, 8, 30, 100, 179, 200])
@pytest.mark.parametrize("second", [1, 10, 21, 44])
def test_under_duress_the_home_does_to_the_byte_what_it_does_after_fine(
    second: float, up_at: float | None
) -> None:
    shown, ordinary = replay("I'm fine", second=second, up_at=up_at)
    hidden, threatened = replay("fine, where is my blue umbrella", second=second, up_at=up_at)
    assert hidden == shown
    assert threatened.actions == ordinary.actions
    assert state(threatened) == (at(second), None, True)


def test_after_a_cancel_under_duress_another_fall_is_its_own_as_after_fine() -> None:
    said = {}
    for words in ("I'm fine", "blue umbrella"):
        home = fallen()
        says(home, words, 5)
        stands(home, 9)
        said[words] = local(home.on_finding(finding("fall", "hard_fall", 60), at(60)))
        assert len(home.open_incidents) == 2
    assert said["I'm fine"] == said["blue umbrella"]


def test_a_retained_reading_after_a_restart_is_remembered_as_state() -> None:
    home = fallen()
    says(home, "I'm fine", 10)
    observed: Observation = seen(20, Kind.MOTION, False, "Hall")
    home.rehearse(observed)
    assert local(home.on_observation(seen(60, Kind.MOTION, True, "Hall"), at(60))) == [
        "say.check_cancelled"
    ]
