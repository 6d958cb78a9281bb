"""A detector watches for one risk: it is told what is seen and asked what that means now.

`observe` remembers, `assess` judges and changes nothing; time comes as `seen.at` and as `now`.
The engine makes one raised and one cleared finding out of "present since", so no detector counts,
repeats or silences anything by itself. Silence is not safety: what was seen holds until a fresh
reading says otherwise, and whether the sensors still speak is the business of coverage.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation, Quality
from vocabulary.risk import Severity

LOOKBACK = timedelta(hours=24)
"""How far back a detector is fed after a restart unless it asks for more (DESIGN §5, Journal)."""

LATE_AFTER = timedelta(seconds=5)
"""A message older than this at receipt waited somewhere; a radio's own repeats take under 5 s."""

STALE_AFTER = timedelta(seconds=60)
"""A clear older than this says nothing about now (RELIABILITY INV-8); the figure is ours."""

WRONG_CLOCK_AFTER = timedelta(days=30)
"""Beyond the longest outage a hub buffers (RELIABILITY §1.5) the device's clock is wrong."""

_TRUSTED = frozenset({Quality.OK, Quality.UNKNOWN})

_NUMBERS = frozenset({float, int})
"""By exact type: for Python a claim is an int."""

LEAST_CONFIDENCE = 0.5
"""A device less sure of a measurement has not measured (signal quality, RISKS §4, 24). Ours."""

FOUND_WITHIN = timedelta(hours=1)
"""How old a measurement found at start may be by its own stamp: one of unknown age says nothing
about now, and would be raised anew at each start. Ours, as NEWS2 calls a sign fresh."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A detector's answer now: this variant is present, since then, for these reasons."""

    variant: str
    since: datetime
    """When the episode began: with slug, variant and device the key that de-duplicates it."""
    facts: tuple[Fact, ...]
    """Strongest first; a finding carries three."""
    missing: tuple[Fact, ...] = ()
    counter: tuple[Fact, ...] = ()
    severity: Severity | None = None
    """None: the severity of the variant's card."""
    room: str = ""
    device: str = ""
    score: float = 1.0
    was_found: bool = False
    late_by_seconds: float = 0.0


class Detector(Protocol):
    """What the engine asks of each of the 29."""

    @property
    def slug(self) -> str: ...
    @property
    def kinds(self) -> frozenset[Kind]:
        """Only observations of these kinds arrive, and each is followed by a question."""
        ...

    @property
    def lookback(self) -> timedelta: ...

    def observe(self, seen: Observation) -> None:
        """Remember what matters of one reading."""
        ...

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        """What is present now, one entry per variant and device; empty is nothing."""
        ...

    def due(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which the answer changes by itself, None if never."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A detector that minds where a reading comes from: the stove's power, not the kettle's."""

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        """Whether it wants readings of this kind from what stands there; no others arrive.

        Of one of its `kinds`, and asked once: the answer may depend on nothing else.
        """
        ...


def late_by(seen: Observation) -> float:
    """Seconds an event had waited when the hub learned of it; 0 when unknown or just now."""
    if seen.reported_at is None:
        return 0.0
    age = seen.at - seen.reported_at
    return age.total_seconds() if LATE_AFTER < age < WRONG_CLOCK_AFTER else 0.0


def is_usable(seen: Observation) -> bool:
    """Whether a reading may speak about now: known, plausible and not marked as stale."""
    return seen.quality in _TRUSTED and seen.value is not None


def number(seen: Observation) -> float | None:
    """The reading as a number; None where it is unknown, a word or a claim."""
    value = seen.value
    return float(value) if type(value) in _NUMBERS else None  # type: ignore[arg-type]  # just checked


def may_clear(seen: Observation, after: datetime | None) -> bool:
    """Whether a reassuring reading may end something that began with a report made at `after`.

    A retained or re-sent state is of unknown age, a late message tells of an earlier minute, and
    one reported before the danger was reported cannot have seen it (RELIABILITY INV-8, F4, F5).
    """
    if seen.is_found or not is_usable(seen):
        return False
    if seen.reported_at is None:
        return True
    if STALE_AFTER < seen.at - seen.reported_at < WRONG_CLOCK_AFTER:
        return False
    return after is None or seen.reported_at >= after


def measurement(seen: Observation) -> float | None:
    """The number of a reading that may speak for the body; None of any other.

    Not known, implausible or stale, hardly sure, or found at start and of unknown age.
    """
    if not is_usable(seen) or seen.confidence < LEAST_CONFIDENCE:
        return None
    return None if seen.is_found and not _is_recent(seen) else number(seen)


def _is_recent(seen: Observation) -> bool:
    reported_at = seen.reported_at
    return reported_at is not None and timedelta(0) <= seen.at - reported_at <= FOUND_WITHIN
