"""The pure parts of one home put together: a message or a moment goes in, what follows comes out.

No clock, no disk, no network in here: the rim around it journals, acts and sends.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from edge_agent.catch_up import CatchUp
from edge_agent.coverage import SPEAKS_OF_ITSELF, Coverage, RiskCoverage
from edge_agent.decode import Decoder, KnownDevice, Profiles
from edge_agent.detector import LOOKBACK, Detector
from edge_agent.detectors import all_detectors
from edge_agent.detectors.missed_medication import SAID
from edge_agent.engine import Engine
from edge_agent.episodes import KINDS as EPISODIC
from edge_agent.episodes import Episodes
from edge_agent.response import Changed, Closed, Effect, HubIncident
from edge_agent.response.response import Response
from vocabulary.finding import Finding
from vocabulary.home import HomeFile
from vocabulary.incident import Disposition
from vocabulary.observation import LEVEL_ALARMS, Kind, Observation
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import IncidentState, Say

SIGNS_OF_LIFE = frozenset(
    {
        Kind.MOTION,
        Kind.PRESENCE,
        Kind.OPEN,
        Kind.BUTTON,
        Kind.SOS,
        Kind.BED_OCCUPIED,
        Kind.CHAIR_OCCUPIED,
    }
)
BOOKED = SIGNS_OF_LIFE | SPEAKS_OF_ITSELF | EPISODIC
"""What coverage, episodes or the last sign of life need each reading of."""


@dataclass(slots=True)
class Outcome:
    """What one message or one moment led to."""

    observations: list[Observation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


class Past(Protocol):
    """The readings that a journal held when a hub started."""

    def readings(self, kinds: Collection[Kind]) -> Iterator[Observation]:
        """All of these kinds, oldest first."""
        ...

    def last_words(self, besides: Collection[Kind]) -> Iterator[Observation]:
        """The newest of each source of all other kinds: it shows that its device lived."""
        ...


class Heart:
    """One home's decoder, detectors, response, coverage and episodes."""

    def __init__(  # noqa: PLR0913 - what an installer and a resident have told the hub
        self,
        home: HomeFile,
        profiles: Profiles,
        new_id: Callable[[datetime], UUID],
        *,
        pin: str = "",
        duress_word: str = "",
        detectors: Iterable[Detector] | None = None,
    ) -> None:
        self.home = home
        self.decoder = Decoder(home, profiles)
        watched = list(all_detectors(home) if detectors is None else detectors)
        self._watched = watched
        self.engine = Engine(watched)
        self.behind: CatchUp | None = None
        """After a restart: the detectors that have not joined the engine yet."""
        self.response = Response(home, BY_SLUG, new_id, pin, duress_word)
        self._heeded = self.engine.kinds | self.response.kinds
        self.coverage = Coverage(home)
        self.episodes = Episodes()
        self.lookback = max((each.lookback for each in watched), default=LOOKBACK)
        self._devices: list[KnownDevice] = []
        self._devices_revision = 0
        self.last_sign_of_life: datetime | None = None
        self.bookkeeping_fault = ""
        """What coverage or episodes last threw; empty: nothing since the start."""

    @property
    def devices(self) -> list[KnownDevice]:
        """All devices known now; asked of the decoder again only when it knows others."""
        revision = self.decoder.revision
        if revision != self._devices_revision:
            self._devices_revision = revision
            self._devices = self.decoder.devices()
            self._attempt(partial(self.coverage.known, self._devices))
        return self._devices

    def take(self, topic: str, payload: bytes, at: datetime, *, retained: bool) -> Outcome:
        """One message of the home, received at `at`."""
        outcome = Outcome(self.decoder.decode(topic, payload, at, retained=retained))
        heeded, felt = self._heeded, self.response.kinds
        for seen in outcome.observations:
            if seen.kind not in heeded:
                continue  # most of what a home says
            if findings := self.engine.observe(seen):
                self._follow(outcome, findings, at)
            if seen.kind in felt and (effects := self.response.on_observation(seen, at)):
                outcome.effects += effects
        if self.behind is not None:
            self.behind.miss(outcome.observations)
        self._book_all(outcome.observations)
        return self._whole(outcome) if outcome.effects else outcome

    def hear(self, terminal: str, text: str, confidence: float, now: datetime) -> Outcome:
        """A reply at a terminal."""
        outcome = Outcome(effects=self.response.on_reply(terminal, text, confidence, now))
        if has_said_taken(outcome.effects):
            said = taken_by_word(terminal, now)
            outcome.observations.append(said)
            self._follow(outcome, self.engine.observe(said), now)
            if self.behind is not None:
                self.behind.miss([said])
        return self._whole(outcome)

    def heed(self, told: IncidentState | Say, now: datetime) -> Outcome:
        """What the cloud says of an incident, or wants said."""
        if isinstance(told, Say):
            return Outcome(effects=self.response.on_say(told, now))
        return self._whole(Outcome(effects=self.response.on_incident_state(told, now)))

    def tick(self, now: datetime) -> Outcome:
        """Time alone has passed."""
        outcome = Outcome()
        self._follow(outcome, self.engine.tick(now), now)
        outcome.effects += self.response.tick(now)
        return self._whole(outcome)

    def due(self, now: datetime) -> datetime | None:
        """When `tick` will have something to say next."""
        dues = (self.engine.due(now), self.response.due(now))
        return min((at for at in dues if at is not None), default=None)

    def go_ahead(self, past: Past, unasked_since: datetime) -> None:
        """After a restart: the critical detectors live through the past, the others come later.

        `unasked_since`: see `CatchUp`; all that came before it was judged by a hub before this one.
        """
        others = [each for each in self._watched if not _is_critical(each)]
        self.engine = Engine([each for each in self._watched if _is_critical(each)])
        needed = self.engine.kinds | self.response.kinds | BOOKED
        self.rehearse(past.last_words(needed))
        self.rehearse(past.readings(needed))
        engine = Engine(others)
        self.behind = CatchUp(engine, past.readings(engine.kinds), unasked_since)

    def catch_up(self, most: int) -> Iterator[None]:
        """Let the others live through what they have missed, so many readings at each step."""
        while self.behind is not None and self.behind.go_on(most):
            yield

    def join(self, now: datetime) -> Outcome:
        """The others have caught up: from now on they are asked like everybody else."""
        outcome = Outcome()
        if self.behind is not None:
            findings = self.behind.arrive(now)
            self.engine.join(self.behind.engine)
            self.behind = None
            self._follow(outcome, findings, now)
        return self._whole(outcome)

    def rehearse(self, readings: Iterable[Observation]) -> None:
        """After a restart: live through the journal's readings again, without doing anything."""
        listened, felt = self.engine.kinds, self.response.kinds
        for seen in readings:
            self._book(seen)
            if seen.kind in listened:
                self.engine.rehearse(seen)
            if seen.kind in felt:
                self.response.rehearse(seen)

    def remember(
        self, findings: Iterable[Finding], released: Iterable[tuple[str, datetime]]
    ) -> None:
        """After a restart: what was raised, and what a person closed since."""
        findings, released = list(findings), list(released)
        for engine in self._engines():
            engine.adopt(findings)
            for slug, since in released:
                engine.release(slug, since)

    def restore(
        self,
        incidents: Iterable[HubIncident],
        just_closed: Iterable[HubIncident],
        died_at: datetime | None,
        now: datetime,
    ) -> Outcome:
        """After a restart: what is open, and what ended shortly before the hub died."""
        return self._whole(
            Outcome(effects=self.response.restore(incidents, now, just_closed, died_at))
        )

    def lights(self, now: datetime) -> list[RiskCoverage]:
        """The 29 lights; a recogniser that throws counts as not watching."""
        _ = self.devices  # coverage is told of new ones
        return self.coverage.assess(now, self.failing())

    def failing(self) -> list[str]:
        """The slugs of the detectors that throw."""
        faults = [fault for engine in self._engines() for fault in engine.failed.items()]
        return [slug for slug, fault in faults if fault.is_standing]

    def horizon(self, now: datetime) -> datetime:
        """From when on the readings must be lived through again."""
        return now - max(self.lookback, timedelta(hours=24))

    def _attempt(self, booking: Callable[[], None]) -> None:
        """What is written down about a home must not cost the press that came with it."""
        try:
            booking()
        except Exception as fault:  # noqa: BLE001 - as in the engine: recorded, and on it goes
            self._own_up(fault)

    def _own_up(self, fault: Exception) -> None:
        self.bookkeeping_fault = f"{type(fault).__name__}: {fault}"

    def _book_all(self, told: list[Observation]) -> None:
        """Of all the others of a message one shows as well that its device lives."""
        spoke = ""
        for seen in told:
            if seen.kind in BOOKED:
                self._book(seen)
            elif seen.device != spoke and not seen.is_found:
                spoke = seen.device
                self._book(seen)

    def _book(self, seen: Observation) -> None:
        try:
            self.coverage.read(seen)
            self.episodes.observe(seen)
        except Exception as fault:  # noqa: BLE001 - as in `_attempt`, for each of a message's readings
            self._own_up(fault)
        if seen.kind in SIGNS_OF_LIFE and not seen.is_found and seen.value is not False:
            self.last_sign_of_life = seen.at

    def _follow(self, outcome: Outcome, findings: list[Finding], now: datetime) -> None:
        for finding in findings:
            outcome.findings.append(finding)
            outcome.effects += self.response.on_finding(finding, now)

    def _whole(self, outcome: Outcome) -> Outcome:
        for effect in outcome.effects:
            if isinstance(effect, Closed):
                for finding in effect.findings:
                    for engine in self._engines():
                        engine.release(finding.slug, finding.since)
        return outcome

    def _engines(self) -> list[Engine]:
        return [self.engine] if self.behind is None else [self.engine, self.behind.engine]


def _is_critical(detector: Detector) -> bool:
    return BY_SLUG[detector.slug].severity is Severity.CRITICAL


def has_said_taken(effects: Iterable[Effect]) -> bool:
    """Whether a reminder to take a medicine has just been answered with "I have"."""
    ended = [each.incident for each in effects if isinstance(each, Changed)]
    by_word = Disposition.RESIDENT_CANCELLED
    return any(i.slug == "missed_medication" and i.withdrawn is by_word for i in ended)


def taken_by_word(terminal: str, now: datetime) -> Observation:
    """The resident's word about a medicine, journaled as a reading: said, not seen (RISKS §5)."""
    return Observation(
        now, f"terminal:{terminal}", Kind.MEDICATION_TAKEN, value=True, is_event=True, text=SAID
    )


def is_pressing(seen: Observation) -> bool:
    """Whether somebody may wait for what follows: an event, or a level that reads alarming."""
    return seen.is_event or (seen.kind in LEVEL_ALARMS and seen.value not in {False, None})
