"""A limit may be made stricter by anybody, looser only by a clinician who signs, and never wild."""

import pytest

from tests.vocabulary.test_home import MARGARETS
from vocabulary.home import HomeFileError, read_home
from vocabulary.vitals import ASCENDING, BOUNDS, VitalLimits

SIGNED = '[clinical]\nby = "Dr. Lind"\nsigned_at = 2026-11-02\n'
UNSIGNED = "[clinical]\n"


def limits(clinical: str) -> VitalLimits:
    return read_home(f"{MARGARETS}\n{clinical}").vital_limits


def test_without_a_clinician_the_published_limits_hold() -> None:
    assert read_home(MARGARETS).vital_limits == VitalLimits()
    assert VitalLimits().spo2 == (91, 93, 95)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("heart_rate_critical_low", 45, id="a floor raised"),
        pytest.param("heart_rate_high", 100, id="a ceiling lowered"),
        pytest.param("glucose_low", 4.5, id="a fraction"),
    ],
)
def test_stricter_needs_no_signature(name: str, value: float) -> None:
    stricter = limits(f"{UNSIGNED}[clinical.limits]\n{name} = {value}")
    assert getattr(stricter, name) == value


def test_looser_with_a_signature() -> None:
    assert limits(f"{SIGNED}[clinical.limits]\nheart_rate_low = 44").heart_rate_low == 44


def test_scale_2_is_switched_by_the_doctor() -> None:
    assert limits(f"{SIGNED}spo2_scale = 2").spo2 == (83, 85, 87)


def test_the_flag_alone_switches_no_scale() -> None:
    flagged = read_home(MARGARETS.replace('["dementia"]', '["copd_scale_2"]'))
    assert flagged.vital_limits.spo2_scale == 1


@pytest.mark.parametrize(
    ("clinical", "where", "what"),
    [
        pytest.param(
            f"{UNSIGNED}[clinical.limits]\nheart_rate_low = 44",
            "home.toml:20: clinical.limits.heart_rate_low",
            "expected by and signed_at",
            id="looser without a signature",
        ),
        pytest.param(
            '[clinical]\nby = "Dr. Lind"\n[clinical.limits]\nheart_rate_low = 44',
            "clinical.limits.heart_rate_low",
            "expected by and signed_at",
            id="a name without a date",
        ),
        pytest.param(
            f"{UNSIGNED}spo2_scale = 2",
            "home.toml:19: clinical.spo2_scale",
            "expected by and signed_at",
            id="the second scale without a signature",
        ),
        pytest.param(
            f"{UNSIGNED}fluid_limit_litres = 1.2",
            "home.toml:19: clinical.fluid_limit_litres",
            "expected by and signed_at",
            id="a fluid limit without a signature",
        ),
        pytest.param(
            f"{SIGNED}[clinical.limits]\nspo2_critical = 87",
            "home.toml:22: clinical.limits.spo2_critical: 87 %",
            "expected 88 to 95, whoever signs",
            id="below the lower cap",
        ),
        pytest.param(
            f"{SIGNED}[clinical.limits]\nheart_rate_high = nan",
            "clinical.limits.heart_rate_high",
            "expected 90 to 130",
            id="no number at all",
        ),
        pytest.param(
            f"{SIGNED}[clinical.limits]\npulse = 60",
            "home.toml:22: clinical.limits.pulse: no such limit",
            "heart_rate_low",
            id="a limit nobody knows",
        ),
        pytest.param(
            f"{SIGNED}[clinical.limits]\nheart_rate_critical_low = 50",
            "clinical.limits.heart_rate_critical_low",
            "cross, expected them apart",
            id="two limits that cross",
        ),
        pytest.param(
            '[clinical]\nsigned_at = "yesterday"',
            "home.toml:19: clinical.signed_at",
            "date",
            id="no date",
        ),
    ],
)
def test_a_wrong_limit_names_file_line_and_expectation(
    clinical: str, where: str, what: str
) -> None:
    with pytest.raises(HomeFileError) as refused:
        limits(clinical)
    assert where in str(refused.value)
    assert what in str(refused.value)


def test_every_default_lies_between_its_caps_and_below_the_next() -> None:
    plain = VitalLimits()
    for name, bound in BOUNDS.items():
        assert bound.least < bound.default < bound.most, name
    for names in ASCENDING:
        values = [getattr(plain, name) for name in names]
        assert values == sorted(set(values))
