"""What must hold whatever a home sends: no doubling, no losing, no all-clear out of silence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.detectors import all_detectors
from edge_agent.engine import Engine
from edge_agent.response import Changed, Effect, HubIncident, Response, Speak, Switch
from tests.stories import ROOMS, at, cloud_says, finding, home, journaled, local, seen
from vocabulary.finding import Finding, FindingState
from vocabulary.identity import uuid7
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.observation import LEVEL_ALARMS, VITALS, Kind, Observation, Quality, Value
from vocabulary.risk import Cancel
from vocabulary.risks import BY_SLUG, RISKS
from vocabulary.wire import MAX_BYTES, dump

VALUES: dict[Kind, st.SearchStrategy[Value]] = {
    Kind.SMOKE: st.sampled_from([True, True, False, None]),
    Kind.HEAT_ALARM: st.sampled_from([True, False]),
    Kind.DEVICE_TEST: st.booleans(),
    Kind.TEMPERATURE: st.sampled_from([19.0, 21.0, 30.0, 38.0, 47.0, 49.0, 56.9, 57.0, 80.0]),
    Kind.CARBON_MONOXIDE: st.sampled_from([True, True, False, None]),
    Kind.CO: st.sampled_from([0.0, 29.0, 60.0, 400.0, 2000.0, None]),
    Kind.GAS: st.sampled_from([True, True, False, None]),
    Kind.GAS_LEL: st.sampled_from([0.0, 3.9, 4.5, 5.0, 8.0, 12.0, None]),
    Kind.WATER_LEAK: st.sampled_from([True, True, False, None]),
    Kind.PRESENCE: st.booleans(),
    Kind.END_OF_LIFE: st.booleans(),
    Kind.SOS: st.just(True),
    Kind.FALL: st.sampled_from([True, True, False, None]),
    Kind.POSTURE: st.sampled_from(["standing", "sitting", "lying", "floor", "low", "unknown"]),
    Kind.IMPACT: st.sampled_from([1.0, 2.5, 4.0]),
    Kind.ACCELERATION: st.sampled_from([9.8, 9.9, 14.0]),
    Kind.STEPS: st.sampled_from([100.0, 110.0]),
    Kind.WORN: st.booleans(),
    Kind.CHAIR_OCCUPIED: st.booleans(),
    Kind.PERSON_COUNT: st.sampled_from([0.0, 1.0, 2.0]),
    Kind.MOTION: st.booleans(),
    Kind.HEART_RATE: st.sampled_from([38.0, 70.0, 70.0, 120.0, 140.0, None]),
    Kind.SPO2: st.sampled_from([85.0, 92.0, 94.0, 97.0]),
    Kind.RESPIRATION_RATE: st.sampled_from([8.0, 9.0, 16.0, 22.0, 30.0]),
    Kind.BP_SYSTOLIC: st.sampled_from([85.0, 95.0, 104.0, 125.0, 185.0, 225.0]),
    Kind.BP_DIASTOLIC: st.sampled_from([60.0, 75.0, 122.0]),
    Kind.BODY_TEMPERATURE: st.sampled_from([34.5, 36.6, 37.4, 38.2, 39.5]),
    Kind.GLUCOSE: st.sampled_from([2.5, 3.5, 4.0, 6.0, 14.5, 18.0, None]),
}
EVENTS = {Kind.SOS, Kind.IMPACT}


@st.composite
def readings(draw: st.DrawFn) -> list[Observation]:
    """Two minutes of a home in trouble: alarms, clears, old messages, nonsense."""
    second, made = 0.0, []
    for _ in range(draw(st.integers(1, 14))):
        second += draw(st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0]))
        kind = draw(st.sampled_from(list(VALUES)))
        made.append(
            seen(
                second,
                kind,
                draw(VALUES[kind]),
                draw(st.sampled_from(["Kitchen", "Hall"])),
                device=draw(st.sampled_from(["one", "two"])),
                is_event=kind in EVENTS,
                is_found=draw(st.sampled_from([False, False, False, True])),
                confidence=draw(st.sampled_from([1.0, 1.0, 0.6])) if kind is Kind.FALL else 1.0,
                text=draw(st.sampled_from(["pressed", "duress"])) if kind is Kind.SOS else "",
                quality=draw(st.sampled_from([Quality.OK] * 5 + [Quality.STALE])),
            )
        )
    return made


def key(each: Finding) -> tuple[str, str, str, datetime, str]:
    return each.slug, each.variant, each.device, each.since, each.state


def live(engine: Engine, story: Sequence[Observation], since: int, until: int) -> Iterator[Finding]:
    """Told each reading after `since`, asked each second."""
    waiting = [each for each in story if at(since) < each.at]
    for second in range(since + 1, until + 1):
        while waiting and waiting[0].at <= at(second):
            yield from engine.observe(waiting.pop(0))
        yield from engine.tick(at(second))


UNTIL = 260


@settings(max_examples=150, deadline=None)
@given(story=readings(), cut=st.integers(0, UNTIL), lost=st.booleans(), thinned=st.booleans())
def test_a_restart_at_any_moment_gives_the_same_findings(
    story: list[Observation], cut: int, lost: bool, thinned: bool
) -> None:
    unharmed = Engine(all_detectors(home()))
    before = list(live(unharmed, story, -1, cut))
    whole = [*before, *live(unharmed, story, cut, UNTIL)]
    if lost:  # killed after the readings' commit and before that of the findings they led to
        before = [each for each in before if each.at < at(cut)]
    engine = Engine(all_detectors(home()))
    engine.adopt(before)
    heard = [each for each in story if each.at <= at(cut)]
    for each in journaled(heard) if thinned else heard:
        engine.rehearse(each)
    after = [*engine.tick(at(cut)), *live(engine, story, cut, UNTIL)]
    assert Counter(map(key, before + after)) == Counter(map(key, whole))


@settings(max_examples=60, deadline=None)
@given(story=readings(), step=st.sampled_from([1, 7, 60]))
def test_no_danger_is_missed_by_asking_seldom(story: list[Observation], step: int) -> None:
    def asked_every(seconds: int) -> set[tuple[str, str]]:
        engine, found = Engine(all_detectors(home())), list[Finding]()
        for now in range(0, UNTIL, seconds):
            for each in story:
                if at(now - seconds) < each.at <= at(now):
                    found += engine.observe(each)
            found += engine.tick(at(now))
        return {(f.slug, f.room) for f in found if _is_raised(f)}

    assert asked_every(step) == asked_every(1)


def _is_raised(each: Finding) -> bool:
    return each.state is FindingState.RAISED


@settings(max_examples=60, deadline=None)
@given(story=readings(), asked=st.lists(st.integers(0, UNTIL), max_size=4))
def test_asking_changes_nothing(story: list[Observation], asked: list[int]) -> None:
    for detector in all_detectors(home()):
        for each in story:
            if each.kind in detector.kinds:
                detector.observe(each)
        before = deepcopy(detector)
        answers = [detector.assess(at(second)) for second in asked]
        for second in asked:
            detector.due(at(second))
        assert detector == before
        assert [detector.assess(at(second)) for second in asked] == answers


@settings(max_examples=60, deadline=None)
@given(story=readings(), silence=st.integers(1, 100_000))
def test_silence_clears_nothing(story: list[Observation], silence: int) -> None:
    again = _measured_again(story)
    clears = [
        replace(each, is_found=True) if again[n] or _reassures(each) else each
        for n, each in enumerate(story)
    ]
    engine = Engine(all_detectors(home()))
    findings = [found for each in clears for found in engine.observe(each)]
    findings += engine.tick(clears[-1].at + timedelta(seconds=silence))
    assert all(_is_raised(each) for each in findings)


def _measured_again(story: list[Observation]) -> list[bool]:
    """Any repeat of a vital sign may reassure: too high a sugar is no longer too low."""
    known, again = set[tuple[str, Kind]](), list[bool]()
    for each in story:
        kind = Kind.BP_SYSTOLIC if each.kind is Kind.BP_DIASTOLIC else each.kind
        again.append(each.kind in VITALS and (each.device, kind) in known)
        known.add((each.device, kind))
    return again


def _reassures(each: Observation) -> bool:
    limit = {Kind.TEMPERATURE: 57.0, Kind.CO: 60.0, Kind.GAS_LEL: 12.0}.get(each.kind)
    if limit is not None:
        return isinstance(each.value, float) and each.value < limit
    return each.kind in LEVEL_ALARMS and not each.value


# The response


@dataclass
class Ids:
    """UUIDs in order, so that a restarted home makes the same ones."""

    made: int = 0

    def __call__(self, now: datetime) -> UUID:
        self.made += 1
        return uuid7(now, self.made.to_bytes(10, "big"))


WORDS = ["I'm fine", "help", "mumble", "4711", "blue umbrella", "only cooking", ""]
SHOWN = [card for card in RISKS if card.slug in {"smoke_fire", "fall", "sos_call", "long_lie"}]
CARDS = [*SHOWN, *SHOWN, *RISKS]

Op = tuple[str, float, Any]


def ops(*kinds: str, most: int = 16) -> st.SearchStrategy[list[Op]]:
    """What may happen to a response: name, seconds later, detail."""
    step = st.sampled_from([0.0, 1.0, 4.0, 9.0, 20.0, 45.0, 61.0])
    each = st.sampled_from(CARDS).flatmap(
        lambda card: st.tuples(st.just(card.slug), st.sampled_from([v.name for v in card.variants]))
    )
    detail: dict[str, st.SearchStrategy[Any]] = {
        "raise": st.tuples(each, st.sampled_from(["a", "b"]), st.sampled_from(list(ROOMS))),
        "clear": st.tuples(st.integers(0, 9), st.just(""), st.just("")),
        "say": st.sampled_from(WORDS),
        "up": st.sampled_from([Kind.MOTION, Kind.POSTURE]),
        "cloud": st.tuples(st.integers(0, 3), st.sampled_from(list(IncidentStatus))),
        "tick": st.none(),
    }
    one = st.one_of([st.tuples(st.just(kind), step, detail[kind]) for kind in kinds])
    return st.lists(one, min_size=1, max_size=most)


def act(hub: Response, op: Op, second: float) -> list[Effect]:  # noqa: PLR0911 - one case per way in
    """One thing happens to a home."""
    name, _, detail = op
    match name:
        case "raise":
            (slug, variant), device, room = detail
            found = finding(slug, variant, second, device=device, room=room)
            return hub.on_finding(found, at(second))
        case "clear":
            raised = [f for i in hub.open_incidents.values() for f in i.standing()]
            if not raised:
                return []
            gone = raised[detail[0] % len(raised)]
            return hub.on_finding(
                replace(gone, state=FindingState.CLEARED, at=at(second)), at(second)
            )
        case "say":
            return hub.on_reply("hall", detail, 1.0, at(second))
        case "up":
            was, is_now = ("floor", "standing") if detail is Kind.POSTURE else (False, True)
            hub.on_observation(seen(second, detail, was, "Hall"), at(second))
            return hub.on_observation(seen(second, detail, is_now, "Hall"), at(second))
        case "cloud":
            number, status = detail
            chosen = list(hub.open_incidents.values())[number : number + 1]
            return [
                effect
                for each in chosen
                for effect in hub.on_incident_state(
                    cloud_says(each, status, each.cloud.revision + 1), at(second)
                )
            ]
        case _:
            return hub.tick(at(second))


def run(hub: Response, story: Sequence[Op], second: float = 0) -> Iterator[list[Effect]]:
    for op in story:
        second += op[1]
        yield act(hub, op, second)


def a_home(made: Ids | None = None) -> Response:
    return Response(home(), BY_SLUG, made or Ids(), "4711", "blue umbrella")


ALL = ("raise", "clear", "say", "up", "cloud", "tick")


@settings(max_examples=200, deadline=None)
@given(story=ops(*ALL))
def test_an_incident_only_ever_gets_more_severe_and_keeps_its_page(story: list[Op]) -> None:
    hub, last = a_home(), dict[UUID, HubIncident]()
    for effects in run(hub, story):
        for now in [each.incident for each in effects if isinstance(each, Changed)]:
            before = last.get(now.incident_id)
            assert now.revision == (before.revision + 1 if before else 1)
            if before:
                assert now.severity >= before.severity
                assert _keeps_page(before, now)
            last[now.incident_id] = now
        for each in hub.open_incidents.values():
            assert HubIncident.from_json(each.to_json()) == each
            assert len(dump(each.to_wire(each.incident_id, "hub-1", at(0)))) < MAX_BYTES
            must_page = any(BY_SLUG[f.slug].page_within is not None for f in each.findings)
            assert (each.page_at is not None) or not must_page


def _keeps_page(before: HubIncident, now: HubIncident) -> bool:
    """`page_at` never moves back, but once, after "fine": for a fall, and where it puts off.

    What is raised in an acknowledged incident has a page of its own, when the first is over.
    """
    if before.page_at is None or now.page_at is None or now.page_at <= before.page_at:
        return True
    if now.is_called_again and not before.is_called_again:
        return now.handed_back_at is not None and before.page_at <= now.handed_back_at
    may_move = before.course.cancel in {Cancel.BY_ANSWER_AND_UPRIGHT, Cancel.PUTS_OFF}
    return may_move and now.has_moved and not before.has_moved


@settings(max_examples=150, deadline=None)
@given(story=ops("raise", "up", "cloud", "tick"))
def test_without_a_word_nothing_is_ever_cancelled(story: list[Op]) -> None:
    hub = a_home()
    for _ in run(hub, story):
        assert all(each.withdrawn is None for each in hub.open_incidents.values())


@settings(max_examples=150, deadline=None)
@given(story=ops(*ALL))
def test_nothing_that_may_not_be_cancelled_ever_is(story: list[Op]) -> None:
    hub = a_home()
    for _ in run(hub, story):
        for each in hub.open_incidents.values():
            if each.withdrawn is Disposition.RESIDENT_CANCELLED:
                rights = {BY_SLUG[f.slug].cancel for f in each.findings if _is_raised(f)}
                assert rights <= {Cancel.BY_ANSWER, Cancel.BY_ANSWER_AND_UPRIGHT}
                assert not each.is_duress
                assert each.withdrawn_at is not None
                assert each.page_at is not None
                assert each.withdrawn_at < each.page_at


@settings(max_examples=150, deadline=None)
@given(story=ops(*ALL), cut=st.integers(0, 16))
def test_a_restart_of_the_response_is_invisible(story: list[Op], cut: int) -> None:
    first, second = story[:cut], story[cut:]
    made, before = Ids(), sum(op[1] for op in story[:cut])
    whole = a_home(made)
    list(run(whole, first))
    restarted = a_home(Ids(made.made))
    for op in first:
        if op[0] == "up":
            restarted.rehearse(seen(0, op[2], op[2] is Kind.MOTION or "standing", "Hall"))
    stored = [HubIncident.from_json(i.to_json()) for i in whole.open_incidents.values()]
    again = restarted.restore(stored, at(before))
    due_now = whole.tick(at(before))
    once_more = len(again) - len(due_now)
    assert again[once_more:] == due_now
    for each in again[:once_more]:  # what may not have been done before the restart
        assert isinstance(each, Switch) or each == Speak((), "say.sos_help_called")
    assert list(run(restarted, second, before)) == list(run(whole, second, before))
    assert restarted.open_incidents == whole.open_incidents


@settings(max_examples=200, deadline=None)
@given(
    story=ops("say", "up", "tick", most=10),
    secret=st.integers(0, 10),
    second_fall=st.integers(0, 10),
)
def test_the_home_cannot_be_told_apart_from_one_that_was_answered_fine(
    story: list[Op], secret: int, second_fall: int
) -> None:
    shown = _shown(story, secret, second_fall, "I'm fine")
    hidden = _shown(story, secret, second_fall, "fine, my blue umbrella")
    assert hidden == shown


def _shown(story: list[Op], secret: int, second_fall: int, words: str) -> list[list[str]]:
    """All that a home does after a fall, for as long as plan B is not due (never for duress)."""
    hub, second, done = a_home(), 0.0, list[list[str]]()
    fall: Op = ("raise", 0.0, (("fall", "hard_fall"), "a", "Living room"))
    told = [fall, *(op for op in story if op[2] != "blue umbrella")]
    told.insert(1 + secret % len(told), ("say", 1.0, words))
    told.insert(1 + second_fall % len(told), fall)
    for op in told:
        if second + op[1] >= 180:
            break
        second += op[1]
        done.append(local(act(hub, op, second)))
    return done
