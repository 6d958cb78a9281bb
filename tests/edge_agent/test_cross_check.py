"""What the other signs add up to stands beside a finding, and makes it more urgent, never less."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from edge_agent.cross_check import CrossChecked
from edge_agent.detector import LOOKBACK, Assessment, Detector
from edge_agent.detectors import CROSS_CHECKED, DETECTORS, all_detectors
from edge_agent.detectors.heart_rate_abnormal import HeartRateAbnormal
from edge_agent.detectors.respiratory_abnormal import RespiratoryAbnormal
from edge_agent.engine import Engine
from tests.stories import at, home, play, play_with_restart, seen
from vocabulary.finding import Fact, Finding
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.risk import Severity

CALM = {
    Kind.HEART_RATE: 70.0,
    Kind.RESPIRATION_RATE: 16.0,
    Kind.BP_SYSTOLIC: 125.0,
    Kind.BODY_TEMPERATURE: 36.8,
}


class _Mild:
    """A finding of medium severity as soon as a temperature is told."""

    slug: ClassVar[str] = "body_temp_abnormal"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.BODY_TEMPERATURE})
    lookback: ClassVar[timedelta] = LOOKBACK

    def __init__(self) -> None:
        self.since: datetime | None = None

    def observe(self, seen: Observation) -> None:
        self.since = seen.at

    def assess(self, _now: datetime) -> tuple[Assessment, ...]:
        if self.since is None:
            return ()
        fact = Fact.of("fact.vital_single")
        return (Assessment("fever", self.since, (fact,), severity=Severity.MEDIUM),)

    def due(self, _now: datetime) -> datetime | None:
        return None


def clip() -> Detector:
    return CrossChecked(RespiratoryAbnormal())


def measured(*others: tuple[Kind, float], oxygen: float = 93.0) -> list[Observation]:
    """All signs within a minute, the oxygen last; `others` instead of the calm ones."""
    told = {**CALM, **dict(others)}
    story = [seen(n, kind, value, device=f"{kind}") for n, (kind, value) in enumerate(told.items())]
    return [*story, seen(20, Kind.SPO2, oxygen, device="clip")]


def raised(story: Sequence[Observation], make: Any = clip, until: float = 60) -> list[Finding]:
    return [f for f in play(make, story, until) if f.state == "raised" and f.device == "clip"]


@pytest.mark.parametrize(
    ("others", "severity", "total"),
    [
        pytest.param((), "high", 2, id="93 % alone: as its own limit says"),
        pytest.param(((Kind.HEART_RATE, 115.0),), "high", 4, id="4 points"),
        pytest.param(
            ((Kind.HEART_RATE, 115.0), (Kind.BODY_TEMPERATURE, 39.5), (Kind.BP_SYSTOLIC, 105.0)),
            "critical",
            7,
            id="7 points are an emergency",
        ),
        pytest.param(
            ((Kind.HEART_RATE, 115.0), (Kind.BODY_TEMPERATURE, 39.5)),
            "high",
            6,
            id="6 points are not one yet",
        ),
    ],
)
def test_together_they_decide_how_urgent_it_is(
    others: tuple[tuple[Kind, float], ...], severity: str, total: int
) -> None:
    (found,) = raised(measured(*others))
    assert found.severity.word == severity
    assert found.facts[0].key == "fact.spo2_low"
    assert dict(found.facts[1].values)["total"] == total
    assert [fact.key for fact in found.missing] == ["fact.news2_not_asked", "fact.vital_single"]


def test_three_points_from_another_sign_alone_are_urgent() -> None:
    def mild() -> Detector:
        return CrossChecked(_Mild())

    story = [each for each in measured(oxygen=97) if each.kind is not Kind.HEART_RATE]
    (found,) = play(mild, story, 40)
    assert found.severity.word == "medium"
    (found,) = play(mild, measured((Kind.HEART_RATE, 135.0), oxygen=97), 40)[-1:]
    assert (found.severity.word, found.facts[1].key) == ("high", "fact.news2_alone")


def test_too_few_signs_say_so_and_change_nothing() -> None:
    (found,) = raised([seen(20, Kind.SPO2, 93.0, device="clip")])
    assert found.severity.word == "high"
    assert [fact.key for fact in found.missing] == ["fact.vital_single", "fact.news2_few"]
    assert dict(found.missing[1].values) == {"count": 1}


def test_a_missing_sign_is_named_and_counts_nothing() -> None:
    story = [each for each in measured() if each.kind is not Kind.BP_SYSTOLIC]
    (found,) = raised(story)
    assert dict(found.facts[1].values) == {"total": 2, "count": 4, "minutes": 0}
    assert found.missing[0].key == "fact.news2_no_bp_systolic"


def test_signs_older_than_an_hour_do_not_count() -> None:
    story = [*measured((Kind.BODY_TEMPERATURE, 39.5), oxygen=97)]
    (found,) = raised([*story, seen(3700, Kind.SPO2, 93.0, device="clip")], until=3720)
    assert "fact.news2_few" in [fact.key for fact in found.missing]


def test_a_sign_that_arrives_later_makes_it_worse() -> None:
    story = measured((Kind.HEART_RATE, 115.0), (Kind.BODY_TEMPERATURE, 39.5))
    later = seen(40, Kind.BP_SYSTOLIC, 95.0, device="cuff")
    assert [f.severity.word for f in raised([*story, later])] == ["high", "critical"]


def test_what_cannot_be_believed_does_not_count() -> None:
    doubtful = seen(5, Kind.BP_SYSTOLIC, 60.0, device="cuff", quality=Quality.IMPLAUSIBLE)
    old = seen(6, Kind.BP_SYSTOLIC, 60.0, device="cuff", is_found=True)
    dated = seen(7, Kind.BP_SYSTOLIC, 60.0, device="cuff", is_found=True, reported_at=at(-3595))
    (found,) = raised([*measured(), doubtful, old])
    assert dict(found.facts[1].values)["total"] == 2
    (found,) = raised([*measured(), dated])
    assert dict(found.facts[1].values)["total"] == 2, "an hour and thirty seconds old when judged"


def test_oxygen_at_home_and_the_second_scale_are_counted() -> None:
    def on_oxygen() -> Detector:
        return CrossChecked(RespiratoryAbnormal(), on_oxygen=True)

    (found,) = raised(measured(), on_oxygen)
    assert dict(found.facts[1].values)["total"] == 4


def test_every_vital_sign_of_a_home_is_cross_checked() -> None:
    made = all_detectors(home("oxygen_device"))
    checked = {each.slug for each in made if isinstance(each, CrossChecked)}
    assert checked == CROSS_CHECKED & set(DETECTORS)
    assert all(each.on_oxygen for each in made if isinstance(each, CrossChecked))


def test_it_has_nothing_due_of_its_own() -> None:
    engine = Engine([CrossChecked(HeartRateAbnormal())])
    engine.observe(seen(0, Kind.BP_SYSTOLIC, 95.0, device="cuff"))
    assert engine.due(at(0)) is None


@pytest.mark.parametrize("cut", [3, 20, 24, 25, 40, 50])
def test_a_restart_is_invisible(cut: float) -> None:
    story = measured((Kind.HEART_RATE, 115.0), (Kind.BODY_TEMPERATURE, 39.5))
    story.append(seen(40, Kind.BP_SYSTOLIC, 95.0, device="cuff"))
    assert play_with_restart(clip, story, 60, cut) == play(clip, story, 60)
