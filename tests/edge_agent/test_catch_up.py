"""After a restart the critical detectors go ahead; nobody can tell it from what is raised, or when.

The others join a little later, with all that was said meanwhile, and a hub may be killed first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.catch_up import CatchUp
from edge_agent.detector import Detector
from edge_agent.detectors import all_detectors
from edge_agent.engine import Engine
from tests.edge_agent import test_slow_holds
from tests.edge_agent.test_heart_properties import key, live, readings
from tests.stories import at, home, journaled, seen, told
from vocabulary.finding import Finding
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG


def _is_critical(detector: Detector) -> bool:
    return BY_SLUG[detector.slug].severity is Severity.CRITICAL


@dataclass(slots=True)
class Hub:
    """What a hub does with its engines from a restart on, without the hub."""

    story: Sequence[Observation]
    unasked_since: datetime
    every: int = 1
    """Seconds between two questions."""
    engine: Engine = field(init=False)
    behind: CatchUp = field(init=False)
    second: int = field(init=False)

    def wake(
        self, second: int, heard: Sequence[Observation], raised: Sequence[Finding]
    ) -> list[Finding]:
        everybody = all_detectors(home())
        self.engine = Engine([each for each in everybody if _is_critical(each)])
        others = Engine([each for each in everybody if not _is_critical(each)])
        for each in heard:
            self.engine.rehearse(each)
        self.behind = CatchUp(others, iter(heard), self.unasked_since)
        self.engine.adopt(raised)
        others.adopt(raised)
        self.second = second
        return self.engine.tick(at(second))

    def live(self, until: int, slices: Iterable[int] = ()) -> list[Finding]:
        """Question by question, and in between the others live through a part of the past."""
        parts, findings = iter(slices), list[Finding]()
        for second in range(self.second + self.every, until + 1, self.every):
            for each in self.story:
                if at(second - self.every) < each.at <= at(second):
                    findings += self.engine.observe(each)
                    self.behind.miss([each])
            findings += self.engine.tick(at(second))
            most = next(parts, 0)
            if most:
                self.behind.go_on(most)
        self.second = until
        return findings

    def join(self) -> list[Finding]:
        findings = _arrive(self.behind, self.second)
        self.engine.join(self.behind.engine)
        return findings


UNTIL = 260
SLICES = st.lists(st.integers(0, 4), max_size=6)


@settings(max_examples=100, deadline=None)
@given(
    story=readings(),
    cut=st.integers(0, UNTIL - 20),
    late=st.integers(0, 20),
    lost=st.booleans(),
    thinned=st.booleans(),
    slices=SLICES,
)
def test_whoever_joins_late_finds_what_it_would_have_found(  # noqa: PLR0913, PLR0917 - one of each
    story: list[Observation], cut: int, late: int, lost: bool, thinned: bool, slices: list[int]
) -> None:
    whole = list(live(Engine(all_detectors(home())), story, -1, UNTIL))
    before = [each for each in whole if each.at <= at(cut)]
    if lost:  # killed after the readings' commit and before that of the findings they led to
        before = [each for each in before if each.at < at(cut)]
    heard = [each for each in story if each.at <= at(cut)]
    hub = Hub(story, unasked_since=at(cut + 0.001))
    after = hub.wake(cut, journaled(heard) if thinned else heard, before)
    after += hub.live(cut + late, slices)
    after += hub.join()
    after += hub.live(UNTIL)
    _assert_same(before + after, whole)


@settings(max_examples=100, deadline=None)
@given(
    story=readings(),
    cut=st.integers(0, UNTIL - 20),
    killed=st.integers(0, 9),
    late=st.integers(0, 9),
    slices=SLICES,
)
def test_a_hub_killed_again_before_they_joined_loses_and_doubles_nothing(
    story: list[Observation], cut: int, killed: int, late: int, slices: list[int]
) -> None:
    whole = list(live(Engine(all_detectors(home())), story, -1, UNTIL))
    found = [each for each in whole if each.at <= at(cut)]
    hub = Hub(story, unasked_since=at(cut + 0.001))
    found += hub.wake(cut, [each for each in story if each.at <= at(cut)], found)
    found += hub.live(cut + killed, slices)

    again = cut + killed
    found += hub.wake(again, [each for each in story if each.at <= at(again)], found)
    found += hub.live(again + late, slices)
    found += hub.join()
    found += hub.live(UNTIL)
    _assert_same(found, whole)


STEPS = st.integers(0, 300).map(lambda step: step * test_slow_holds.EVERY)


@settings(max_examples=60, deadline=None)
@given(story=test_slow_holds.readings(), cut=STEPS, late=st.sampled_from([0, 20, 60, 600]))
def test_what_is_waited_for_by_the_minute_is_raised_in_time_by_the_late(
    story: list[Observation], cut: int, late: int
) -> None:
    until, every = test_slow_holds.UNTIL, test_slow_holds.EVERY
    whole = list(test_slow_holds.live(Engine(all_detectors(home())), story, -every, until))
    before = [each for each in whole if each.at <= at(cut)]
    hub = Hub(story, unasked_since=at(cut + 0.001), every=every)
    after = hub.wake(cut, [each for each in story if each.at <= at(cut)], before)
    after += hub.live(cut + late)
    after += hub.join()
    after += hub.live(until)
    _assert_same(before + after, whole, timedelta(seconds=every))


def _assert_same(
    found: list[Finding], whole: list[Finding], within: timedelta = timedelta(seconds=1)
) -> None:
    """The same, at the same instants; `within`: how often a hub that lives on asks."""
    assert Counter(map(key, found)) == Counter(map(key, whole))
    pairs = zip(sorted(found, key=_in_order), sorted(whole, key=_in_order), strict=True)
    assert all(abs(one.at - other.at) <= within for one, other in pairs)


def _in_order(each: Finding) -> tuple[object, ...]:
    return (*key(each), each.at)


def _arrive(behind: CatchUp, second: float) -> list[Finding]:
    while behind.go_on(3):
        continue
    return behind.arrive(at(second))


def _wet(second: float, value: bool = True) -> Observation:
    return seen(second, Kind.WATER_LEAK, value, "Kitchen")


def _others() -> Engine:
    return Engine([each for each in all_detectors(home()) if not _is_critical(each)])


def test_a_floor_that_was_wet_at_the_kill_is_raised_at_its_own_instant() -> None:
    behind = CatchUp(_others(), iter([_wet(0)]), unasked_since=at(10))
    behind.miss([seen(29, Kind.MOTION, True, "Kitchen")])
    (leak,) = _arrive(behind, 33)
    assert (leak.slug, leak.since, leak.at) == ("water_leak", at(0), at(30))


def test_a_hold_that_is_over_at_the_very_instant_of_joining_is_raised() -> None:
    behind = CatchUp(_others(), iter([_wet(0)]), unasked_since=at(10))
    (leak,) = _arrive(behind, 30)
    assert leak.at == at(30)


def test_a_leak_that_came_and_went_while_they_were_behind_is_told_with_its_end() -> None:
    """Wet counts after 30 s, dry after 10."""
    behind = CatchUp(_others(), iter([_wet(0)]), unasked_since=at(29))
    behind.miss([_wet(31, value=False), seen(32, Kind.SMOKE, True)])
    found = _arrive(behind, 45)
    assert told(found) == ["wet_floor raised", "wet_floor cleared"]
    assert [each.at for each in found] == [at(30), at(41)]


def test_what_ended_before_the_kill_is_not_told_again() -> None:
    behind = CatchUp(_others(), iter([_wet(0), _wet(40, value=False)]), unasked_since=at(50))
    assert _arrive(behind, 60) == []


def test_what_a_killed_hub_had_heard_before_they_joined_is_asked_about() -> None:
    """It had started at second 29; the leak ended at 31, the hub at 45."""
    behind = CatchUp(_others(), iter([_wet(0), _wet(31, value=False)]), unasked_since=at(29))
    found = _arrive(behind, 45)
    assert told(found) == ["wet_floor raised", "wet_floor cleared"]
    assert [each.at for each in found] == [at(30), at(41)]


def test_the_past_is_lived_through_in_parts_and_before_the_present() -> None:
    behind = CatchUp(_others(), iter([_wet(second) for second in range(5)]), unasked_since=at(5))
    behind.miss([_wet(20, value=False), _wet(40)])
    lived = []
    while behind.go_on(2):
        lived.append(behind.lived)
    assert lived == [2, 4, 6]
    assert behind.lived == 7
    (leak,) = behind.arrive(at(71))
    assert (leak.since, leak.at) == (at(40), at(70))


def test_a_past_that_cannot_be_read_to_its_end_costs_nothing_of_the_present() -> None:
    behind = CatchUp(_others(), iter([_wet(second) for second in range(5)]), unasked_since=at(5))
    behind.miss([_wet(20, value=False), _wet(40)])
    behind.go_on(2)
    (leak,) = behind.arrive(at(71))
    assert (leak.since, leak.at) == (at(40), at(70))
