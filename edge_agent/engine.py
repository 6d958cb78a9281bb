"""One reading goes to the few detectors that care; a change of mind becomes exactly one finding.

The engine asks the critical detectors first. A detector that throws is recorded and left out of
that question, the others go on: this is the one place where the heart catches, because a fault in
one of 29 recognisers must not blind the other 28 (RELIABILITY F20). It is not hidden: `failed`
makes the risk count as not watched.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Literal, TypeVar

from edge_agent.detector import Assessment, Choosy, Detector
from vocabulary.finding import Finding, FindingState
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Risk, Severity
from vocabulary.risks import BY_SLUG

MOST_FACTS = 3
"""A page is read in seconds: the three strongest reasons, not all of them (DESIGN §5)."""

Place = tuple[str, str]
"""Variant and device: where a risk is raised once and cleared once."""

Source = tuple[Kind, str, str]
"""Kind, what the device stands by, type of room: by which a detector minds a reading or not."""

T = TypeVar("T")
Step = Literal["reading", "asking", "due"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A detector's last fault: when, what it threw, how often, and whether it still throws.

    It stands until the same `step` works again: whoever throws at each reading and answers calmly
    when asked every second is not well.
    """

    at: datetime
    what: str
    count: int
    step: Step
    is_standing: bool = True


@dataclass(slots=True)
class _Watched:
    """A detector with its card and what it has raised, by variant and device."""

    detector: Detector
    card: Risk
    raised: dict[Place, Finding] = field(default_factory=dict)
    latest: dict[Place, datetime] = field(default_factory=dict)
    """The newest episode ever raised there: an old one is never raised twice."""
    asked_at: datetime | None = None
    """When it was last asked, if it has been told nothing since: it would answer the same."""


class Engine:
    """All detectors of one home."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        """Raises `KeyError` for a detector without a card in the catalogue."""
        self.watched = {d.slug: _Watched(d, BY_SLUG[d.slug]) for d in detectors}
        self.failed: dict[str, Failure] = {}
        self._put_in_order()

    def join(self, others: "Engine") -> None:
        """From now on ask these detectors, too, with all that they remember and have raised."""
        self.watched |= others.watched
        self.failed |= others.failed
        self._put_in_order()

    def _put_in_order(self) -> None:
        by_need = sorted(self.watched.values(), key=lambda each: -each.card.severity)
        self._in_order = tuple(by_need)
        self._by_kind: dict[Kind, tuple[_Watched, ...]] = {
            kind: tuple(each for each in by_need if kind in each.detector.kinds)
            for kind in frozenset[Kind]().union(*(each.detector.kinds for each in by_need))
        }
        self.kinds = frozenset(self._by_kind)
        """What some detector listens for."""
        self._by_source: dict[Source, tuple[_Watched, ...]] = {}

    def observe(self, seen: Observation) -> list[Finding]:
        """Tell the detectors that mind this reading, and ask them at `seen.at`."""
        listening = self._minding(seen)
        if not listening:
            return []
        findings: list[Finding] = []
        at = seen.at
        for watched in listening:
            detector = watched.detector
            try:
                # before as well: what had lasted long enough when this came depends on no tick
                if watched.asked_at != at and ((present := detector.assess(at)) or watched.raised):
                    findings += _news(watched, present, at)
                watched.asked_at = None
                detector.observe(seen)
                if (present := detector.assess(at)) or watched.raised:
                    findings += _news(watched, present, at)
                watched.asked_at = at
            except Exception as fault:  # noqa: BLE001 - see the module's second paragraph
                self._fails(watched.card.slug, "reading", fault, at)
                continue
            if self.failed:
                self._works(watched.card.slug, "reading")
        return findings

    def tick(self, now: datetime) -> list[Finding]:
        """Ask everyone."""
        findings: list[Finding] = []
        for watched in self._in_order:
            findings += self._attempt(watched, "asking", now, partial(_ask, watched, now), [])
        return findings

    def rehearse(self, seen: Observation) -> None:
        """Feed what the journal holds after a restart; nothing is asked, nothing is raised."""
        for watched in self._minding(seen):
            watched.asked_at = None
            try:
                watched.detector.observe(seen)
            except Exception as fault:  # noqa: BLE001 - see the module's second paragraph
                self._fails(watched.card.slug, "reading", fault, seen.at)
                continue
            if self.failed:
                self._works(watched.card.slug, "reading")

    def adopt(self, raised: Iterable[Finding]) -> None:
        """Take over what the journal holds as raised and cleared, oldest first.

        Findings of closed incidents belong here too, followed by `release`: an adopted (slug,
        variant, device, since) is not raised again. A slug without a detector is passed over.
        """
        for finding in raised:
            if watched := self.watched.get(finding.slug):
                watched.asked_at = None
                _keep(watched, finding)

    def release(self, slug: str, since: datetime) -> None:
        """A person closed the incident: what ends so, up to `since`, may come anew when newer.

        A level that still stands (smoke) stays raised: only its own clear report ends it.
        """
        watched = self.watched.get(slug)
        if watched is None or not (watched.card.latches or watched.card.ends_on_site):
            return
        watched.asked_at = None
        for place, finding in list(watched.raised.items()):
            if finding.since <= since:
                del watched.raised[place]

    def due(self, now: datetime) -> datetime | None:
        """The next instant at which some detector's answer changes by itself."""
        dues = [
            self._attempt(watched, "due", now, partial(watched.detector.due, now), None)
            for watched in self._in_order
        ]
        return min((at for at in dues if at is not None), default=None)

    def _minding(self, seen: Observation) -> tuple[_Watched, ...]:
        """Critical first. A home has few sources, so each is looked into once."""
        source = (seen.kind, seen.guards, seen.room_type)
        minding = self._by_source.get(source)
        if minding is None:
            listening = self._by_kind.get(seen.kind, ())
            minding = tuple(each for each in listening if _minds(each.detector, source))
            self._by_source[source] = minding
        return minding

    def _attempt(
        self, watched: _Watched, step: Step, now: datetime, do: Callable[[], T], instead: T
    ) -> T:
        try:
            done = do()
        except Exception as fault:  # noqa: BLE001 - see the module's second paragraph
            self._fails(watched.card.slug, step, fault, now)
            return instead
        if self.failed:
            self._works(watched.card.slug, step)
        return done

    def _fails(self, slug: str, step: Step, fault: Exception, now: datetime) -> None:
        count = self.failed[slug].count + 1 if slug in self.failed else 1
        what = f"{type(fault).__name__}: {fault}"
        self.failed[slug] = Failure(now, what, count, step)

    def _works(self, slug: str, step: Step) -> None:
        failure = self.failed.get(slug)
        if failure is not None and failure.step == step:
            self.failed[slug] = replace(failure, is_standing=False)


def _minds(detector: Detector, source: Source) -> bool:
    return not isinstance(detector, Choosy) or detector.minds(*source)


def _ask(watched: _Watched, now: datetime) -> list[Finding]:
    present = watched.detector.assess(now)
    return _news(watched, present, now) if present or watched.raised else []


def _news(watched: _Watched, present: tuple[Assessment, ...], now: datetime) -> list[Finding]:
    judged = [(each, _severity(watched.card, each)) for each in present]
    news: list[Finding] = []
    for each, severity in judged:
        if _is_news(watched, each, severity):
            news.append(_raise(watched.card, each, severity, now))
            _keep(watched, news[-1])
    if not watched.card.latches:
        standing = {(each.variant, each.device) for each in present}
        for place in [place for place in watched.raised if place not in standing]:
            news.append(replace(watched.raised[place], state=FindingState.CLEARED, at=now))
            _keep(watched, news[-1])
    return news


def _severity(card: Risk, present: Assessment) -> Severity:
    return present.severity or card.variant(present.variant).severity


def _is_news(watched: _Watched, present: Assessment, severity: Severity) -> bool:
    """New here, worse than before, or (a latched risk) another episode: a further press, a fall."""
    place = (present.variant, present.device)
    raised = watched.raised.get(place)
    if raised is None:
        latest = watched.latest.get(place)
        return latest is None or present.since > latest
    if severity > raised.severity:
        return True
    return watched.card.latches and present.since > raised.since


def _raise(card: Risk, present: Assessment, severity: Severity, now: datetime) -> Finding:
    return Finding(
        slug=card.slug,
        variant=present.variant,
        severity=severity,
        state=FindingState.RAISED,
        at=now,
        since=present.since,
        room=present.room,
        device=present.device,
        facts=present.facts[:MOST_FACTS],
        missing=present.missing[:MOST_FACTS],
        counter=present.counter[:MOST_FACTS],
        score=present.score,
        was_found=present.was_found,
        late_by_seconds=present.late_by_seconds,
    )


def _keep(watched: _Watched, finding: Finding) -> None:
    place = (finding.variant, finding.device)
    if finding.state is FindingState.CLEARED:
        watched.raised.pop(place, None)
        return
    watched.raised[place] = finding
    watched.latest[place] = max(finding.since, watched.latest.get(place, finding.since))
