"""A cuff, a thermometer, a drop of blood: what the home asks for, and what each answer may do."""

from dataclasses import replace

import pytest

from edge_agent.response import Response
from tests.stories import at, cleared, finding, local, only, response, revisions
from vocabulary.finding import Finding
from vocabulary.incident import Disposition
from vocabulary.risk import Severity

CRITICAL, HIGH, MEDIUM = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM
HELP = ["say.help_called", "path_light on"]


def spoken(hub: Response, until: int, since: int = 0) -> dict[int, list[str]]:
    """What the home says and does, by the second."""
    said = {second: local(hub.tick(at(second))) for second in range(since + 1, until + 1)}
    return {second: each for second, each in said.items() if each}


def worse(known: Finding, severity: Severity, second: float) -> Finding:
    return replace(known, severity=severity, at=at(second))


@pytest.mark.parametrize(
    ("slug", "variant", "severity", "said", "page_at"),
    [
        ("blood_pressure_abnormal", "crisis", CRITICAL, "say.pressure_high_check", 45),
        ("blood_pressure_abnormal", "crisis", HIGH, "say.pressure_high_check", 45),
        ("blood_pressure_abnormal", "crisis", MEDIUM, "say.pressure_high_check", 600),
        ("blood_pressure_abnormal", "low", CRITICAL, "say.pressure_low_check", 45),
        ("blood_pressure_abnormal", "low", HIGH, "say.pressure_low_check", 120),
        ("blood_pressure_abnormal", "postural_drop", HIGH, "say.pressure_drop_check", 120),
        ("body_temp_abnormal", "fever", HIGH, "say.fever_check", 120),
        ("body_temp_abnormal", "fever", MEDIUM, "say.fever_check", 900),
        ("body_temp_abnormal", "low", HIGH, "say.body_cold_check", 120),
        ("glucose_abnormal", "hypo", CRITICAL, "say.sugar_low_check", 20),
        ("glucose_abnormal", "hypo", HIGH, "say.sugar_low_check", 20),
        ("glucose_abnormal", "hypo", MEDIUM, "say.sugar_low_check", 1200),
        ("glucose_abnormal", "hyper", HIGH, "say.sugar_high_check", 120),
        ("glucose_abnormal", "hyper", MEDIUM, "say.sugar_high_check", 120),
    ],
)
def test_the_resident_is_asked_first_and_silence_calls_somebody(
    slug: str, variant: str, severity: Severity, said: str, page_at: int
) -> None:
    hub = response()
    assert local(hub.on_finding(finding(slug, variant, severity=severity), at(0))) == [said]
    assert only(hub).page_at == at(page_at)
    assert spoken(hub, page_at)[page_at] == HELP


def test_a_first_high_pressure_is_asked_for_again_after_five_minutes() -> None:
    hub = response()
    high = finding("blood_pressure_abnormal", "crisis", severity=MEDIUM)
    hub.on_finding(high, at(0))
    assert spoken(hub, 310) == {300: ["say.pressure_high_check"]}
    hub.on_finding(worse(high, HIGH, 320), at(320))
    assert only(hub).page_at == at(365)


def test_a_good_repeat_ends_it_and_i_am_fine_does_not() -> None:
    hub = response()
    high = finding("blood_pressure_abnormal", "crisis", severity=MEDIUM)
    hub.on_finding(high, at(0))
    assert local(hub.on_reply("hall", "I'm fine", 1.0, at(10))) == ["say.noted"]
    assert only(hub).page_at == at(600)
    (ended,) = revisions(hub.on_finding(cleared(high, 330), at(330)))
    assert ended.withdrawn is Disposition.RESOLVED_BEFORE_PAGE


@pytest.mark.parametrize("words", ["help", "my chest hurts", "no"])
def test_what_the_resident_feels_makes_a_crisis_critical(words: str) -> None:
    hub = response()
    hub.on_finding(finding("blood_pressure_abnormal", "crisis", severity=MEDIUM), at(0))
    assert local(hub.on_reply("hall", words, 1.0, at(10))) == HELP
    assert (only(hub).severity, only(hub).page_at) == (CRITICAL, at(10))


def test_help_makes_nothing_else_more_than_it_is() -> None:
    hub = response()
    hub.on_finding(finding("body_temp_abnormal", "fever", severity=MEDIUM), at(0))
    hub.on_reply("hall", "help", 1.0, at(10))
    assert (only(hub).severity, only(hub).page_at) == (MEDIUM, at(10))


def test_juice_gives_a_quarter_of_an_hour_once() -> None:
    hub = response()
    low = finding("glucose_abnormal", "hypo", severity=HIGH)
    hub.on_finding(low, at(0))
    assert local(hub.on_reply("hall", "yes", 1.0, at(10))) == ["say.put_off_minutes 15"]
    assert only(hub).page_at == at(910)
    (ended,) = revisions(hub.on_finding(cleared(low, 880), at(880)))
    assert ended.withdrawn is Disposition.RESOLVED_BEFORE_PAGE


def test_juice_that_does_not_bring_it_up_calls_the_doctor() -> None:
    hub = response()
    hub.on_finding(finding("glucose_abnormal", "hypo", severity=HIGH), at(0))
    hub.on_reply("hall", "yes", 1.0, at(10))
    assert spoken(hub, 920, since=10) == {910: HELP}


def test_below_three_the_promise_of_juice_counts_no_more() -> None:
    hub = response()
    low = finding("glucose_abnormal", "hypo", severity=HIGH)
    hub.on_finding(low, at(0))
    hub.on_reply("hall", "yes", 1.0, at(10))
    again = local(hub.on_finding(worse(low, CRITICAL, 300), at(300)))
    assert again == ["say.sugar_low_check"]
    assert only(hub).page_at == at(320)
    assert local(hub.on_reply("hall", "yes", 1.0, at(310))) == ["say.noted"]
    assert spoken(hub, 330, since=310) == {320: HELP}


def test_falling_towards_low_it_asks_first_and_calls_once_it_is_there() -> None:
    hub = response()
    soon = finding("glucose_abnormal", "hypo", severity=MEDIUM)
    hub.on_finding(soon, at(0))
    assert local(hub.on_reply("hall", "yes", 1.0, at(10))) == ["say.noted"]
    there = local(hub.on_finding(worse(soon, HIGH, 400), at(400)))
    assert there == ["say.sugar_low_check"]
    assert only(hub).page_at == at(420)
    assert local(hub.on_reply("hall", "yes", 1.0, at(410))) == ["say.put_off_minutes 15"]


def test_a_question_that_still_runs_is_asked_anew_when_its_answer_may_do_something_else() -> None:
    hub = response()
    soon = finding("glucose_abnormal", "hypo", severity=MEDIUM)
    hub.on_finding(soon, at(0))
    assert local(hub.on_finding(worse(soon, HIGH, 400), at(400))) == ["say.sugar_low_check"]
    assert local(hub.on_reply("hall", "yes", 1.0, at(410))) == ["say.put_off_minutes 15"]


def test_a_threatened_resident_is_helped_although_the_home_shows_nothing() -> None:
    plain, secret = response(), response()
    for hub in (plain, secret):
        hub.on_finding(finding("glucose_abnormal", "hypo", severity=HIGH), at(0))
    said = local(plain.on_reply("hall", "yes", 1.0, at(10)))
    assert local(secret.on_reply("hall", "blue umbrella", 1.0, at(10))) == said
    assert only(secret).page_at == at(10)
