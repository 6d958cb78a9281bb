"""What is waited for by the minute survives a restart and seldom asking, as seconds do.

As `test_heart_properties.py`, with hours for minutes: limits of two minutes to an hour are met.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.detectors import all_detectors
from edge_agent.engine import Engine
from tests.edge_agent.test_heart_properties import key
from tests.stories import at, home, journaled, seen
from vocabulary.finding import Finding, FindingState
from vocabulary.observation import Kind, Observation

BOTH = st.sampled_from([True, True, False, None])
SOURCES: list[tuple[Kind, str, str, st.SearchStrategy[Any]]] = [
    (Kind.OPEN, "Hall", "front_door", BOTH),
    (Kind.OPEN, "Kitchen", "window", BOTH),
    (Kind.OPEN, "Kitchen", "fridge", BOTH),
    (Kind.PM25, "Kitchen", "", st.sampled_from([8.0, 62.0, 75.0, 300.0])),
    (Kind.CO2, "Kitchen", "", st.sampled_from([600.0, 1400.0, 1500.0, 1500.0, 1900.0])),
    (Kind.POWER, "Kitchen", "stove", st.sampled_from([0.0, 49.9, 50.0, 1200.0])),
    (Kind.CO, "Kitchen", "", st.sampled_from([0.0, 29.0, 45.0, 60.0, 110.0, 400.0, None])),
    (Kind.PRESENCE, "Kitchen", "", BOTH),
    (Kind.MOTION, "Kitchen", "", BOTH),
    (Kind.SURFACE_TEMPERATURE, "Kitchen", "stove", st.sampled_from([90.0, 190.0, 279.0, 280.0])),
    (Kind.PRESENCE, "Hall", "", BOTH),
    (Kind.TEMPERATURE, "Kitchen", "", st.sampled_from([9.0, 9.0, 11.9, 15.0, 21.0, 31.0, 36.0])),
    (Kind.TEMPERATURE, "Hall", "", st.sampled_from([11.0, 11.0, 16.2, 21.0])),
    (Kind.TEMPERATURE, "Garden", "", st.sampled_from([-3.0, 4.9, 5.0, 12.0])),
    (Kind.FALL, "Bedroom", "", BOTH),
    (Kind.POSTURE, "Bedroom", "", st.sampled_from(["floor", "low", "standing", "unknown"])),
    (Kind.MOTION, "Kitchen", "", st.booleans()),
    (Kind.PRESENCE, "Bedroom", "", st.booleans()),
    (Kind.MAINS_LOST, "Hall", "", BOTH),
    (Kind.BATTERY, "Hall", "hub", st.sampled_from([90.0, 30.0, 29.0, 5.0])),
    (Kind.SWITCH_ON, "Bedroom", "oxygen", st.booleans()),
    (Kind.ONLINE, "Bedroom", "oxygen", st.booleans()),
    (Kind.POWER, "Kitchen", "kettle", st.sampled_from([0.0, 2000.0])),
]
"""Kind, room, what the device stands by, what it may say."""

UNTIL = 2 * 3600
EVERY = 20
SETTLED = 300
"""No clear has to last longer before it counts."""


@st.composite
def readings(draw: st.DrawFn) -> list[Observation]:
    """Two hours of a home in which things last."""
    second, made = draw(st.sampled_from([0.0, 0.0, 60.0])), []
    for _ in range(draw(st.integers(1, 12))):
        second += draw(st.sampled_from([0.0, 5.0, 30.0, 90.0, 120.0, 200.0, 300.0, 600.0, 1800.0]))
        kind, room, guards, values = draw(st.sampled_from(SOURCES))
        is_found = draw(st.sampled_from([False] * 5 + [True]))
        made.append(
            seen(
                second,
                kind,
                draw(values),
                room,
                guards=guards,
                device=f"{kind}@{room}@{guards}",
                is_found=is_found,
            )
        )
    return [each for each in made if each.at <= at(UNTIL)]


def live(
    engine: Engine, story: Sequence[Observation], since: int, until: int, every: int = EVERY
) -> Iterator[Finding]:
    """Told each reading after `since`, asked now and then."""
    waiting = [each for each in story if at(since) < each.at]
    for second in range(since + every, until + 1, every):
        while waiting and waiting[0].at <= at(second):
            yield from engine.observe(waiting.pop(0))
        yield from engine.tick(at(second))


@settings(max_examples=120, deadline=None)
@given(story=readings(), cut=st.integers(0, UNTIL // EVERY), thinned=st.booleans())
def test_a_restart_at_any_minute_gives_the_same_findings(
    story: list[Observation], cut: int, thinned: bool
) -> None:
    died = cut * EVERY
    unharmed = Engine(all_detectors(home()))
    before = list(live(unharmed, story, -EVERY, died))
    whole = [*before, *live(unharmed, story, died, UNTIL)]
    engine = Engine(all_detectors(home()))
    engine.adopt(before)
    heard = [each for each in story if each.at <= at(died)]
    for each in journaled(heard) if thinned else heard:
        engine.rehearse(each)
    after = [*engine.tick(at(died)), *live(engine, story, died, UNTIL)]
    assert Counter(map(key, before + after)) == Counter(map(key, whole))


@settings(max_examples=60, deadline=None)
@given(story=readings(), every=st.sampled_from([EVERY * 3, EVERY * 30]))
def test_nothing_that_lasts_is_missed_by_asking_seldom(
    story: list[Observation], every: int
) -> None:
    def raised(step: int) -> set[tuple[str, str, str]]:
        found = live(Engine(all_detectors(home())), story, -step, UNTIL, step)
        return {(f.slug, f.variant, f.device) for f in found if f.state is FindingState.RAISED}

    assert raised(every) == raised(EVERY)


@settings(max_examples=60, deadline=None)
@given(story=readings(), silence=st.integers(1, 100_000))
def test_nothing_that_lasts_is_cleared_by_silence(story: list[Observation], silence: int) -> None:
    """Once whatever was clearing has cleared, what stands goes on standing."""
    engine = Engine(all_detectors(home()))
    list(live(engine, story, -EVERY, UNTIL + SETTLED))
    findings = engine.tick(at(UNTIL + SETTLED) + timedelta(seconds=silence))
    assert all(each.state is FindingState.RAISED for each in findings)
