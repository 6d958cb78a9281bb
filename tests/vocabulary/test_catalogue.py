"""The catalogue says what RISKS says: 29 risks, 64 variants, and budgets that add up."""

from datetime import timedelta

import pytest

from vocabulary.observation import UNITS, Kind
from vocabulary.risk import Cancel, Chain, Severity
from vocabulary.risks import BY_SLUG, RISKS


def test_there_are_29_risks_with_64_variants() -> None:
    assert len(RISKS) == 29
    assert len(BY_SLUG) == 29
    assert [risk.number for risk in RISKS] == list(range(1, 30))
    assert sum(len(risk.variants) for risk in RISKS) == 64


def test_the_budgets_add_up_to_what_is_promised() -> None:
    assert sum(risk.prompts_per_week for risk in RISKS) == pytest.approx(5.0, abs=0.05)
    assert sum(risk.pages_per_week for risk in RISKS) == pytest.approx(0.57, abs=0.005)


def test_what_may_page_a_doctor_by_night_without_a_check_is_never_cancelled_by_words() -> None:
    for risk in RISKS:
        if risk.severity is Severity.CRITICAL and risk.asks_before_paging is None:
            assert risk.cancel is not Cancel.BY_ANSWER or risk.slug == "voice_distress", risk.slug


@pytest.mark.parametrize(
    ("slug", "page_within", "asks"),
    [
        pytest.param("sos_call", 3, None, id="a press pages within 3 s and asks nothing"),
        pytest.param("smoke_fire", 3, None, id="smoke pages within 3 s and asks nothing"),
        pytest.param("fall", 60, 45, id="a fall is asked about for 45 s"),
        pytest.param("long_lie", 5, None, id="a long lie pages within 5 s"),
        pytest.param("unusual_inactivity", 30, 300, id="WELFARE asks for 5 min"),
    ],
)
def test_the_first_page_is_promised(slug: str, page_within: float, asks: float | None) -> None:
    risk = BY_SLUG[slug]
    assert risk.page_within == timedelta(seconds=page_within)
    assert risk.asks_before_paging == (None if asks is None else timedelta(seconds=asks))


def test_only_falls_and_button_presses_latch() -> None:
    assert {risk.slug for risk in RISKS if risk.latches} == {"fall", "sos_call"}


def test_nothing_pages_in_a_digest_except_a_reminder_to_eat() -> None:
    paging = {risk.slug for risk in RISKS if risk.chain is Chain.DIGEST and risk.page_within}
    assert paging == {"low_oral_intake"}


def test_every_risk_says_what_it_needs_in_known_kinds() -> None:
    for risk in RISKS:
        assert risk.needs, risk.slug
        assert all(isinstance(kind, Kind) for need in risk.needs for kind in need.kinds)


def test_an_unknown_variant_names_the_ones_there_are() -> None:
    with pytest.raises(KeyError, match="it has: hard_fall, soft_fall"):
        BY_SLUG["fall"].variant("tumble")


def test_units_belong_to_kinds_that_exist() -> None:
    assert set(UNITS) <= set(Kind)


@pytest.mark.parametrize(
    ("slug", "variant", "severity", "chain", "page_after", "limit"),
    [
        pytest.param("fall", "hard_fall", "CRITICAL", "person", 45, 60, id="a fall, as its card"),
        pytest.param(
            "indoor_temp_extreme", "cold", "MEDIUM", "home", 45, 60, id="17 °C: asked, then family"
        ),
        pytest.param(
            "indoor_temp_extreme", "cold", "HIGH", "welfare", 300, 360, id="15 °C: asked for 5 min"
        ),
        pytest.param(
            "indoor_temp_extreme", "cold", "CRITICAL", "person", 45, 60, id="11 °C: a doctor"
        ),
        pytest.param(
            "power_failure", "mains_lost", "MEDIUM", "home", 780, 840, id="family at 15 min"
        ),
        pytest.param(
            "power_failure", "mains_lost", "HIGH", "visit", 0, 60, id="an hour: somebody goes there"
        ),
        pytest.param(
            "power_failure", "medical_device", "HIGH", "person", 0, 60, id="an oxygen device stops"
        ),
        pytest.param("stove_unattended", "left_on", "HIGH", "home", 300, 310, id="asked for 5 min"),
        pytest.param("stove_unattended", "overheat", "HIGH", "fire", 0, 10, id="a pan burns"),
        pytest.param("co_exposure", "chronic_low", "MEDIUM", "home", 0, 60, id="a fitter by day"),
        pytest.param("co_exposure", "acute", "CRITICAL", "fire", 0, 3, id="carbon monoxide: out"),
        pytest.param("water_leak", "wet_floor", "MEDIUM", "home", 30, 60, id="asked for 30 s"),
        pytest.param("entry_security", "left_open", "MEDIUM", "home", 60, 70, id="for a minute"),
        pytest.param("missed_medication", "late", "MEDIUM", "home", 3600, 3660, id="at +60 min"),
        pytest.param(
            "heart_rate_abnormal", "high", "HIGH", "vital", 120, 180, id="two minutes to repeat it"
        ),
        pytest.param(
            "heart_rate_abnormal", "low", "CRITICAL", "vital", 45, 60, id="one repeat within 60 s"
        ),
        pytest.param(
            "respiratory_abnormal", "spo2_low", "HIGH", "vital", 120, 180, id="92 %: as well"
        ),
        pytest.param(
            "blood_pressure_abnormal", "crisis", "MEDIUM", "vital", 600, 660, id="measure again"
        ),
        pytest.param(
            "blood_pressure_abnormal",
            "crisis",
            "HIGH",
            "vital",
            45,
            105,
            id="it was measured again",
        ),
        pytest.param(
            "blood_pressure_abnormal", "crisis", "CRITICAL", "vital", 45, 60, id="220: at once"
        ),
        pytest.param("blood_pressure_abnormal", "low", "HIGH", "vital", 120, 180, id="91 to 100"),
        pytest.param(
            "body_temp_abnormal", "fever", "MEDIUM", "vital", 900, 960, id="the hot drink is gone"
        ),
        pytest.param("body_temp_abnormal", "low", "HIGH", "vital", 120, 180, id="35.0"),
        pytest.param("glucose_abnormal", "hypo", "CRITICAL", "vital", 20, 30, id="below 3.0"),
        pytest.param("glucose_abnormal", "hypo", "HIGH", "vital", 20, 30, id="juice now"),
        pytest.param("glucose_abnormal", "hypo", "MEDIUM", "vital", 1200, 1260, id="it falls"),
        pytest.param("glucose_abnormal", "hyper", "HIGH", "vital", 120, 180, id="wash your hands"),
    ],
)
def test_a_variant_or_a_severity_may_have_a_course_of_its_own(  # noqa: PLR0913, PLR0917 - a row
    slug: str, variant: str, severity: str, chain: str, page_after: float, limit: float
) -> None:
    card, how = BY_SLUG[slug], Severity[severity]
    course = card.course(variant, how)
    assert (course.chain, course.page_after.total_seconds()) == (chain, page_after)
    assert card.first_page_within(variant, how) == timedelta(seconds=limit)
    assert card.longest_wait >= course.page_after


@pytest.mark.parametrize(
    ("slug", "variant", "severity", "minutes", "room"),
    [
        pytest.param("stove_unattended", "left_on", "HIGH", 10, "kitchen", id="beside the stove"),
        pytest.param("indoor_temp_extreme", "heat", "MEDIUM", 240, "", id="four hours to air"),
        pytest.param("indoor_temp_extreme", "heat", "HIGH", 0, "", id="the room must change"),
        pytest.param("indoor_temp_extreme", "cold", "CRITICAL", 0, "", id="so much the more"),
    ],
)
def test_fine_may_put_a_page_off_for_a_while(
    slug: str, variant: str, severity: str, minutes: float, room: str
) -> None:
    course = BY_SLUG[slug].course(variant, Severity[severity])
    assert (course.cancel is Cancel.PUTS_OFF) == bool(minutes)
    assert (course.puts_off, course.answered_in) == (timedelta(minutes=minutes), room)
    assert BY_SLUG[slug].longest_wait >= course.page_after + course.puts_off


def test_what_a_day_has_gathered_takes_a_day_to_go() -> None:
    card = BY_SLUG["co_exposure"]
    assert card.rests_for("chronic_low", Severity.MEDIUM) == timedelta(hours=24)
    assert card.rests_for("acute", Severity.CRITICAL) == timedelta(0)


def test_no_course_lets_a_word_cancel_what_its_card_does_not() -> None:
    for risk in RISKS:
        by_word = {Cancel.BY_ANSWER, Cancel.BY_ANSWER_AND_UPRIGHT}
        assert risk.cancel in by_word or all(
            course.cancel not in by_word for course in risk.courses.values()
        ), risk.slug
        assert {name for name, _ in risk.courses} <= {"", *(v.name for v in risk.variants)}


def test_words_end_a_dose_that_is_late_but_none_that_was_missed_or_doubled() -> None:
    card = BY_SLUG["missed_medication"]
    rights = {each.name: card.course(each.name, each.severity).cancel for each in card.variants}
    assert rights == {
        "late": Cancel.BY_ANSWER,
        "missed": Cancel.NEVER,
        "double_attempt": Cancel.NEVER,
    }
