"""One reading, the few detectors that care, exactly one finding; a fault in one stays its own."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

import pytest

from edge_agent.detector import LOOKBACK, Assessment
from edge_agent.detectors import DETECTORS, all_detectors
from edge_agent.engine import Engine
from tests.cost import A_MICROSECOND, Piece, cost_in_steps
from tests.stories import at, home, seen, told
from vocabulary.finding import Fact, Finding, FindingState
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG


@dataclass(slots=True)
class Wet:
    """A detector as plain as can be: it is wet while the newest reading says so."""

    slug: ClassVar[str] = "water_leak"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.WATER_LEAK, Kind.WATER_FLOW})
    lookback: ClassVar[timedelta] = LOOKBACK

    variant: str = "wet_floor"
    severity: Severity | None = None
    since: datetime | None = field(init=False, default=None)
    throws: bool = field(init=False, default=False)

    def observe(self, seen: Observation) -> None:
        if seen.kind is Kind.WATER_FLOW:
            raise ValueError("no such flow")
        self.since = (self.since or seen.at) if seen.value else None

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        if self.throws:
            raise RuntimeError(f"broken at {now:%S}")
        facts = tuple(Fact.of(f"fact.{n}") for n in range(5))
        if self.since is None:
            return ()
        return (Assessment(self.variant, self.since, facts, severity=self.severity),)

    def due(self, now: datetime) -> datetime | None:
        if self.throws:
            raise RuntimeError
        return now + timedelta(seconds=7)


@dataclass(slots=True)
class Press(Wet):
    """The same for a risk that latches."""

    slug: ClassVar[str] = "sos_call"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.SOS})

    def observe(self, seen: Observation) -> None:
        self.since = seen.at if seen.value else None


def wet(second: float, value: bool = True) -> Observation:
    return seen(second, Kind.WATER_LEAK, value)


def press(second: float, value: bool = True) -> Observation:
    return seen(second, Kind.SOS, value)


def test_raised_once_and_cleared_once() -> None:
    engine = Engine([Wet()])
    findings = [
        f for each in (wet(1), wet(2), wet(3, False), wet(4, False)) for f in engine.observe(each)
    ]
    assert told([*findings, *engine.tick(at(9))]) == ["wet_floor raised", "wet_floor cleared"]
    assert [f.at for f in findings] == [at(1), at(3)]
    assert findings[1].since == at(1)


def test_a_reading_nobody_listens_for_reaches_nobody() -> None:
    engine = Engine([Wet()])
    assert engine.observe(seen(1, Kind.HUMIDITY, 50.0)) == []
    engine.rehearse(seen(1, Kind.HUMIDITY, 50.0))
    assert engine.tick(at(2)) == []


def test_a_finding_carries_the_three_strongest_facts_and_its_card_s_severity() -> None:
    engine = Engine([Wet()])
    (found,) = engine.observe(wet(1))
    assert [fact.key for fact in found.facts] == ["fact.0", "fact.1", "fact.2"]
    assert found.severity is BY_SLUG["water_leak"].variant("wet_floor").severity


def test_a_level_whose_beginning_the_journal_no_longer_holds_is_not_raised_again() -> None:
    engine = Engine([Wet()])
    engine.adopt([_raised(1)])
    engine.rehearse(wet(90_000))
    assert engine.tick(at(90_001)) == []


def test_a_worse_severity_is_news_and_a_milder_one_is_not() -> None:
    detector = Wet()
    engine = Engine([detector])
    engine.observe(wet(1))
    detector.severity = Severity.HIGH
    assert [f.severity for f in engine.tick(at(2))] == [Severity.HIGH]
    detector.severity = Severity.LOW
    assert engine.tick(at(3)) == []


def test_a_latched_risk_is_never_cleared_and_raised_again_only_by_a_newer_episode() -> None:
    engine = Engine([Press(variant="pressed")])
    assert len(engine.observe(press(1))) == 1
    assert engine.observe(press(2, False)) == []
    assert len(engine.observe(press(3))) == 1


def test_a_released_press_is_not_raised_again_but_a_new_one_is() -> None:
    engine = Engine([Press(variant="pressed")])
    (first,) = engine.observe(press(1))
    engine.release("sos_call", first.since)
    assert engine.tick(at(2)) == []
    assert told(engine.observe(press(9))) == ["pressed raised"]


def test_release_reaches_back_only_as_far_as_it_is_told() -> None:
    engine = Engine([Press(variant="pressed")])
    engine.observe(press(5))
    engine.release("sos_call", at(1))
    assert engine.tick(at(6)) == []


def test_a_level_that_still_stands_is_not_released_by_closing() -> None:
    engine = Engine([Wet()])
    engine.observe(wet(1))
    engine.release("water_leak", at(9))
    assert told(engine.observe(wet(10, False))) == ["wet_floor cleared"]


def test_release_of_a_risk_without_a_detector_changes_nothing() -> None:
    engine = Engine([])
    engine.release("long_lie", at(1))
    assert engine.tick(at(2)) == []


def _raised(second: float) -> Finding:
    return Engine([Wet()]).observe(wet(second))[0]


def test_what_the_journal_holds_as_raised_is_not_raised_again() -> None:
    engine = Engine([Wet()])
    engine.adopt([_raised(1)])
    engine.rehearse(wet(1))
    assert engine.tick(at(5)) == []
    assert told(engine.observe(wet(6, False))) == ["wet_floor cleared"]


def test_what_the_journal_holds_as_cleared_may_be_raised_by_a_newer_episode_only() -> None:
    engine = Engine([Wet()])
    gone = _raised(1)
    engine.adopt([gone, replace(gone, state=FindingState.CLEARED)])
    engine.rehearse(wet(1))
    assert engine.tick(at(2)) == []
    engine.observe(wet(3, False))
    assert told(engine.observe(wet(4))) == ["wet_floor raised"]


def test_findings_of_a_risk_nobody_watches_any_more_are_passed_over() -> None:
    engine = Engine([])
    engine.adopt([_raised(1)])
    assert engine.tick(at(2)) == []


def test_rehearsal_raises_nothing_and_the_next_question_does() -> None:
    engine = Engine([Wet()])
    engine.rehearse(wet(1))
    assert told(engine.tick(at(5))) == ["wet_floor raised"]


def test_a_detector_that_throws_is_recorded_and_the_others_go_on() -> None:
    broken, sound = Wet(), Press(variant="pressed")
    broken.throws = True
    engine = Engine([broken, sound])
    engine.rehearse(press(1))
    assert told(engine.tick(at(2))) == ["pressed raised"]
    failure = engine.failed["water_leak"]
    assert (failure.what, failure.count, failure.is_standing) == (
        "RuntimeError: broken at 02",
        1,
        True,
    )


def test_a_detector_that_throws_clears_nothing() -> None:
    detector = Wet()
    engine = Engine([detector])
    engine.observe(wet(1))
    detector.throws = True
    assert engine.tick(at(2)) == []
    detector.throws = False
    assert engine.tick(at(3)) == []
    assert not engine.failed["water_leak"].is_standing


def test_a_detector_that_throws_at_a_reading_is_counted() -> None:
    engine = Engine([Wet()])
    engine.observe(seen(1, Kind.WATER_FLOW, 3.0))
    engine.observe(seen(2, Kind.WATER_FLOW, 3.0))
    assert engine.failed["water_leak"].count == 2


def test_who_throws_at_each_reading_is_not_well_because_a_question_is_answered() -> None:
    engine = Engine([Wet()])
    engine.observe(seen(1, Kind.WATER_FLOW, 3.0))
    engine.tick(at(2))
    engine.due(at(2))
    assert engine.failed["water_leak"].is_standing
    engine.observe(wet(3))
    assert not engine.failed["water_leak"].is_standing


def test_what_had_come_true_is_told_even_if_the_reading_that_came_then_is_too_much() -> None:
    engine = Engine([Wet()])
    engine.rehearse(wet(1))
    assert told(engine.observe(seen(2, Kind.WATER_FLOW, 3.0))) == ["wet_floor raised"]
    assert engine.failed["water_leak"].is_standing


def test_a_variant_that_the_card_does_not_have_is_the_detector_s_fault() -> None:
    engine = Engine([Wet(variant="flood")])
    assert engine.observe(wet(1)) == []
    assert "water_leak has no variant" in engine.failed["water_leak"].what


def test_a_detector_without_a_card_is_refused_at_once() -> None:
    class Unheard(Wet):
        slug: ClassVar[str] = "boredom"

    with pytest.raises(KeyError):
        Engine([Unheard()])


def test_critical_risks_are_asked_first() -> None:
    calm, urgent = Wet(), Press(variant="pressed")
    engine = Engine([calm, urgent])
    engine.rehearse(wet(1))
    engine.rehearse(press(1))
    assert [f.slug for f in engine.tick(at(2))] == ["sos_call", "water_leak"]


def test_the_earliest_deadline_counts_and_a_broken_one_does_not() -> None:
    detector = Wet()
    engine = Engine([detector])
    assert engine.due(at(1)) == at(8)
    detector.throws = True
    assert engine.due(at(1)) is None


def test_each_slug_of_the_table_has_a_card_and_a_detector_of_that_name() -> None:
    detectors = all_detectors(home("pet"))
    assert [each.slug for each in detectors] == list(DETECTORS)
    assert set(DETECTORS) <= set(BY_SLUG)
    assert all(each.lookback >= LOOKBACK for each in detectors)


PIECE = 250


def cost_of(readings: list[Observation]) -> float:
    """Steps of a plain loop per reading (`tests.cost`)."""

    def begin() -> list[Piece]:
        engine = Engine(all_detectors(home()))
        pieces = (readings[first : first + PIECE] for first in range(0, len(readings), PIECE))
        return [partial(_observe_each, engine, piece) for piece in pieces]

    return cost_in_steps(begin) / len(readings)


def _observe_each(engine: Engine, readings: list[Observation]) -> None:
    for each in readings:
        engine.observe(each)


def test_a_reading_nobody_listens_for_costs_under_half_a_microsecond_of_a_quiet_core() -> None:
    """Measured: 0.13 µs."""
    readings = [seen(n, Kind.PRESSURE, 1013.0) for n in range(5000)]
    assert cost_of(readings) < A_MICROSECOND / 2


def test_a_thermometer_s_reading_costs_under_ten_microseconds_of_a_quiet_core() -> None:
    """Fire, the warmth of forty thermometers in one room, doors in the cold. Measured: 6.4 µs."""
    readings = [
        seen(2 * n, Kind.TEMPERATURE, 20 + n % 7 / 10, device=f"t{n % 40}") for n in range(5000)
    ]
    assert cost_of(readings) < 10 * A_MICROSECOND


@dataclass(slots=True)
class Counted(Wet):
    """Counts how often it was asked."""

    asked: int = field(init=False, default=0)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        self.asked += 1
        return Wet.assess(self, now)


@dataclass(slots=True)
class Downstairs(Counted):
    """Minds the cellar, and whatever stands by the boiler."""

    sources: set[tuple[Kind, str, str]] = field(init=False, default_factory=set)

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        assert (kind, guards, room_type) not in self.sources, "asked once"
        self.sources.add((kind, guards, room_type))
        return room_type == "cellar" or guards == "boiler"


def test_a_detector_hears_and_is_asked_of_no_place_but_those_it_minds() -> None:
    detector = Downstairs()
    engine = Engine([detector])
    for second in (1, 2):
        assert engine.observe(seen(second, Kind.WATER_LEAK, True, "Kitchen")) == []
        engine.rehearse(seen(second, Kind.WATER_LEAK, True, "Kitchen"))
    assert (detector.asked, detector.since) == (0, None)
    by_the_boiler = seen(3, Kind.WATER_LEAK, True, "Kitchen", guards="boiler")
    assert told(engine.observe(by_the_boiler)) == ["wet_floor raised"]
    assert told(engine.observe(replace(wet(4, False), room_type="cellar"))) == ["wet_floor cleared"]
    assert told(engine.observe(wet(5))) == []


def test_the_readings_of_one_message_are_asked_about_once_each_and_once_before() -> None:
    counted = Counted()
    engine = Engine([counted])
    for instance in ("left", "right", "middle"):
        engine.observe(seen(0, Kind.WATER_LEAK, False, instance=instance))
    assert counted.asked == 4
    engine.rehearse(seen(0, Kind.WATER_LEAK, True))
    engine.observe(seen(0, Kind.WATER_LEAK, True))
    assert counted.asked == 6
