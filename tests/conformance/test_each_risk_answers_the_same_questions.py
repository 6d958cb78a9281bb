"""For each of the 29 cards the same questions; what is missing is named.

Whether its files exist, its stories are raised in time and say what speaks against them, its quiet
twins stay quiet, asking changes nothing, an empty house raises nothing, a restart is invisible.
"""

from collections import Counter
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from random import Random

import pytest

from edge_agent.coverage import Coverage
from edge_agent.detectors import DETECTORS, NOT_YET
from edge_agent.engine import Engine
from simulator.scenarios import STORIES, TWINS
from tests.conformance.told import AFTERNOON, Told, hear, live, tell
from tests.stories import home, journaled
from vocabulary.finding import Finding, FindingState
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG, RISKS

HEARD_WITHIN = timedelta(seconds=1)
"""The hub asks each second; a reading itself is judged at once."""
CUTS = 3
"""Restarts tried in each story, at instants drawn by its name."""

MOST_ASKED = 25
"""Readings of a story after which a detector is compared with itself: a day's memory is large."""

WATCHED = [risk.slug for risk in RISKS if risk.slug in DETECTORS]
UNWATCHED = [risk.slug for risk in RISKS if risk.slug not in DETECTORS]
RISKY = [
    pytest.param(  # what is asked of one story is asked in one place: there it is told once
        slug, name, id=f"{slug}/{name}", marks=pytest.mark.xdist_group(f"{slug}/{name}")
    )
    for slug in WATCHED
    for name in STORIES.get(slug, ())
]
QUIET = [
    pytest.param(slug, name, id=f"{slug}/{name}")
    for slug in WATCHED
    for name in TWINS.get(slug, ())
]


@pytest.mark.parametrize("slug", UNWATCHED)
def test_what_has_no_detector_is_shown_as_not_watched(slug: str) -> None:
    lights = {light.slug: light for light in Coverage(home()).assess(AFTERNOON)}
    assert (lights[slug].state, lights[slug].reason) == ("blind", "no_detector_yet")


@pytest.mark.parametrize("slug", WATCHED)
def test_an_empty_house_raises_nothing(slug: str) -> None:
    engine = Engine([DETECTORS[slug](home())])
    for minutes in range(0, 3 * 24 * 60, 10):
        now = AFTERNOON + timedelta(minutes=minutes)
        assert engine.tick(now) == []
        due = engine.due(now)
        assert due is None or due > now
        assert due is None or engine.tick(due) == []


@pytest.mark.parametrize(("slug", "name"), RISKY)
def test_its_story_is_raised_once_and_in_time(slug: str, name: str) -> None:
    story = tell(slug, name, is_twin=False)
    found = _found(story, Engine(story.all()))
    raised = [one for one in found if _is_raised(one) and one.slug not in story.scenario.through]
    expected = [(slug, variant) for variant in (*story.scenario.stages, name)]
    assert [(one.slug, one.variant) for one in raised] == expected
    late = raised[-1].at - story.criterion_at
    assert timedelta(0) <= late <= max(BY_SLUG[slug].notice, HEARD_WITHIN), late


@pytest.mark.parametrize(("slug", "name"), RISKY)
def test_its_finding_says_why_and_what_would_have_kept_it_away(slug: str, name: str) -> None:
    raised = [found for found in _found_alone(slug, name) if _is_raised(found)]
    for found in raised:
        assert found.facts, "no reason"
        assert found.counter, "nothing that would have kept it away"


@pytest.mark.parametrize(("slug", "name"), QUIET)
def test_its_quiet_twin_is_quiet(slug: str, name: str) -> None:
    twin = tell(slug, name, is_twin=True)
    found = _found(twin, Engine(twin.all()))
    assert [one for one in found if one.slug not in twin.scenario.through] == []


@pytest.mark.parametrize(("slug", "name"), RISKY)
def test_asking_changes_nothing(slug: str, name: str) -> None:
    story = tell(slug, name, is_twin=False)
    detector = story.detector()
    heard = [seen for seen in story.seen if seen.kind in detector.kinds]
    asked = [number for number, seen in enumerate(heard) if seen.at > story.asked_from]
    asked_after = set(asked[:: max(1, len(asked) // MOST_ASKED)])
    for number, seen in enumerate(heard):
        detector.observe(seen)
        if number in asked_after:
            before = deepcopy(detector)
            detector.assess(seen.at)
            detector.assess(seen.at + timedelta(hours=1))
            detector.due(seen.at)
            assert detector == before, seen


@pytest.mark.parametrize(("slug", "name"), RISKY)
def test_a_restart_is_invisible(slug: str, name: str) -> None:
    story = tell(slug, name, is_twin=False)
    whole, kept = _found_alone(slug, name), journaled(story.seen)
    rng, span = Random(f"{slug}/{name}"), (story.until - story.asked_from).total_seconds()
    for _ in range(CUTS):
        cut = story.asked_from + timedelta(seconds=round(rng.uniform(0, span)))
        before = [found for found in whole if found.at <= cut]
        engine = Engine([story.detector()])
        engine.adopt(before)
        for seen in kept:
            if seen.at <= cut:
                engine.rehearse(seen)
        after = [*engine.tick(cut), *live(engine, story.seen, cut, story.until, story.watched_from)]
        assert _short(before + after) == _short(whole), cut


@pytest.mark.parametrize("slug", WATCHED)
def test_what_is_critical_is_believed_from_the_first_minute(slug: str) -> None:
    """No critical variant needs anything learned: a hub that knows one day raises its story."""
    critical = {v.name for v in BY_SLUG[slug].variants if v.severity is Severity.CRITICAL}
    assert critical & _told_variants(slug) <= set(STORIES[slug])


def _told_variants(slug: str) -> set[str]:
    return {v.name for v in BY_SLUG[slug].variants} - NOT_YET.get(slug, frozenset())


def _found(story: Told, engine: Engine) -> list[Finding]:
    return list(hear(story, engine))


@cache
def _found_alone(slug: str, name: str) -> list[Finding]:
    """What its own detector finds."""
    story = tell(slug, name, is_twin=False)
    return _found(story, Engine([story.detector()]))


def _is_raised(found: Finding) -> bool:
    return found.state is FindingState.RAISED


def _short(found: list[Finding]) -> Counter[tuple[str, str, str, datetime, datetime, str]]:
    return Counter(
        (one.slug, one.variant, one.device, one.since, one.at, one.state) for one in found
    )
