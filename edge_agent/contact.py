"""An alarm's contact must hold before it counts: contacts chatter, are tested, are found closed.

What is the same for smoke, gas, carbon monoxide and water stands here once; how long each must
hold, and what it means, is the detector's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge_agent.detector import is_usable, late_by, may_clear
from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation

BLIP = timedelta(seconds=2)
"""RISKS §4, 1: "detector contact ≥ 2 s"; a shorter one is an electric blip. We hold the contacts of
gas and carbon monoxide to the same, so that a test button has time to say that it was one."""

CLEAR_FOR = timedelta(seconds=10)
"""A clear contact must last before the finding ends, so that flapping is one episode. Ours."""

TEST_FOR = timedelta(seconds=60)
"""While tested an alarm also reports danger; beyond this it is no test. Ours."""

Place = tuple[Kind, str, str]
"""Kind, device and instance: one device may tell smoke twice (its own contact and its interlink),
and the clear of the one must not end the other."""


@dataclass(slots=True)
class Test:
    """An alarm's test button, shared by all contacts of the device."""

    since: datetime | None = None
    is_on: bool = False


@dataclass(slots=True)
class Contact:
    """One contact: closed since when, and whether for long enough."""

    test: Test
    holds_for: timedelta
    room: str = ""
    on_since: datetime | None = None
    clear_since: datetime | None = None
    reported_at: datetime | None = None
    was_found: bool = False
    late_by_seconds: float = 0.0

    def starts_at(self) -> datetime | None:
        """When it will have held long enough; what a test makes has to outlast it."""
        if self.on_since is None:
            return None
        holds_at = self.on_since + self.holds_for
        if self.test.since is None or self.on_since <= self.test.since - BLIP:
            return holds_at
        return max(holds_at, self.test.since + TEST_FOR)

    def is_present(self, now: datetime) -> bool:
        starts_at = self.starts_at()
        if starts_at is None:
            return False
        if self.clear_since is None:
            return now >= starts_at
        return self.clear_since >= starts_at and now - self.clear_since < CLEAR_FOR

    def is_over(self, now: datetime) -> bool:
        """Whether it counts no more, whatever time and tests bring, until it closes anew."""
        if self.on_since is None:
            return True
        return self.clear_since is not None and now - self.clear_since >= CLEAR_FOR

    def read(self, seen: Observation, *, is_on: bool) -> None:
        """It was read, closed or open."""
        self.room = seen.room
        if not is_on:
            if self.on_since is not None and may_clear(seen, self.reported_at):
                self.clear_since = self.clear_since or seen.at
            return
        self.reported_at = seen.reported_at
        is_over = self.clear_since is not None and not self.is_present(seen.at)
        self.clear_since = None
        if self.on_since is None or is_over:
            self.on_since = seen.at
            self.was_found = seen.is_found
            self.late_by_seconds = late_by(seen)


@dataclass(slots=True)
class Contacts:
    """All contacts of one sort in a home."""

    holds_for: timedelta
    at: dict[Place, Contact] = field(init=False, default_factory=dict)
    tests: dict[str, Test] = field(init=False, default_factory=dict)
    """By device."""
    closed: set[Place] = field(init=False, default_factory=set)
    """Those that are closed or were a moment ago: usually none, so that asking costs nothing."""

    def observe(self, seen: Observation) -> None:
        """A contact closed or opened; a self-test marked as such never trips and never clears."""
        if is_usable(seen):
            self.read(seen, is_on=bool(seen.value))

    def read(self, seen: Observation, *, is_on: bool) -> None:
        """The contact that this reading is about was read, closed or open."""
        contact = self.of(seen)
        contact.read(seen, is_on=is_on)
        (self.closed.discard if contact.is_over(seen.at) else self.closed.add)(_place(seen))

    def observe_test(self, seen: Observation) -> None:
        """A test button was pressed or let go."""
        if seen.is_found or seen.value is None:
            return
        test = self.tests.setdefault(seen.device, Test())
        # one press, one minute: a test that is stuck "on" must not blind the alarm
        if seen.value and not test.is_on:
            test.since = seen.at
        test.is_on = bool(seen.value)

    def of(self, seen: Observation) -> Contact:
        """The contact that this reading is about."""
        place = _place(seen)
        if place not in self.at:
            test = self.tests.setdefault(seen.device, Test())
            self.at[place] = Contact(test, self.holds_for, seen.room)
        return self.at[place]

    def present(self, now: datetime) -> list[tuple[Kind, str, Contact]]:
        """Those that have held long enough: kind, device and contact."""
        if not self.closed:
            return []
        return [
            (kind, device, contact)
            for (kind, device, _), contact in self.at.items()
            if contact.is_present(now)
        ]

    def dues(self) -> Iterator[datetime]:
        """The instants at which one of them will count, or be over."""
        for contact in self.at.values():
            starts_at = contact.starts_at()
            if starts_at is not None:
                yield starts_at
            if contact.clear_since is not None:
                yield contact.clear_since + CLEAR_FOR


def _place(seen: Observation) -> Place:
    return seen.kind, seen.device, seen.instance


@dataclass(slots=True)
class Ailments:
    """What sensors say is wrong with themselves. They may be right all the same: it is only told.

    That a risk is then watched doubtfully is the business of coverage.
    """

    standing: set[tuple[Kind, str]] = field(init=False, default_factory=set)
    """Kind (end of life, fault) and device."""

    def observe(self, seen: Observation) -> None:
        if seen.value is None:
            return
        change = self.standing.discard if seen.value is False else self.standing.add
        change((seen.kind, seen.device))

    def facts(self, device: str) -> tuple[Fact, ...]:
        """What speaks against the device's word, if anything."""
        is_ailing = any(of == device for _, of in self.standing)
        return (Fact.of("fact.sensor_ails"),) if is_ailing else ()
