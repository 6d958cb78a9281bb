"""How well one device alone would watch one risk: what keeps it from it, the worst first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from edge_agent.coverage.life import Life
from edge_agent.coverage.state import Known, State, Values
from vocabulary.observation import Kind
from vocabulary.risk import Need, Risk, Severity

DAILY: Final = timedelta(hours=6)
"""A critical risk whose only sensor checks in less often is at best degraded (DESIGN §5)."""

_AILMENTS: Final = (
    (Kind.TAMPER, "tampered"),
    (Kind.END_OF_LIFE, "end_of_life"),
    (Kind.BATTERY_LOW, "battery_low"),
)
"""With these it may still see: degraded. What somebody must mend first stands first."""

Trouble = tuple[State, str, datetime, Values]
"""State, reason, since when, what the reason's sentence names beside the device."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A device as one look at it finds it."""

    device: Known
    known_since: datetime
    overdue_since: datetime | None = None
    """From when on its silence has been longer than is normal for it."""
    was_heard_out: bool = False
    """Whether we could have heard a word of it in so long a silence."""
    days_left: int | None = None
    """Until its battery is empty, where these are few."""
    stuck: Mapping[Kind, datetime] = field(default_factory=dict)
    """Which of its numbers have stopped changing, since when."""
    life: Life = field(default_factory=Life)

    def troubles(self, card: Risk, now: datetime) -> Iterator[Trouble]:
        """None at all: it watches this risk."""
        yield from self._blinding(card, now)
        yield from self._degrading(card, now)

    def _blinding(self, card: Risk, now: datetime) -> Iterator[Trouble]:
        life = self.life
        if (since := life.gone_since(now)) is not None:
            yield State.BLIND, "offline", since, ()
        if self.overdue_since is not None and self.was_heard_out:
            yield State.BLIND, "silent" if life.at else "never_heard", self.overdue_since, ()
        if (since := life.ails_since(Kind.FAULT)) is not None:
            yield State.BLIND, "faulty", since, ()
        stuck = [self.stuck[kind] for kind in _kinds_met(self.device, card) if kind in self.stuck]
        if stuck:
            yield State.BLIND, "stuck", min(stuck), ()

    def _degrading(self, card: Risk, now: datetime) -> Iterator[Trouble]:
        for kind, reason in _AILMENTS:
            if (since := self.life.ails_since(kind)) is not None:
                yield State.DEGRADED, reason, since, ()
        if self.days_left is not None:
            yield State.DEGRADED, "battery_dying", now, (("days", self.days_left),)
        if self.overdue_since is not None:
            yield State.DEGRADED, "not_heard_since", self.overdue_since, ()
        expect_every = self.device.expect_every
        if expect_every is None:
            yield State.DEGRADED, "unproven", self.known_since, ()
        elif self.life.at is None:
            yield State.DEGRADED, "not_heard_yet", self.known_since, ()
        elif card.severity is Severity.CRITICAL and expect_every > DAILY:
            hours = round(expect_every / timedelta(hours=1), 1)
            yield State.DEGRADED, "checked_daily", now, (("hours", hours),)


def meets(device: Known, need: Need) -> bool:
    """Whether the device would carry that evidence, where it stands."""
    if not set(need.kinds) & set(device.kinds):
        return False
    is_there = need.room_type in {"", device.room_type} and device.guards not in need.not_guards
    return is_there and (not need.guards or device.guards in need.guards)


def _kinds_met(device: Known, card: Risk) -> frozenset[Kind]:
    """By which of its kinds this device would see this risk."""
    needs = (need for need in card.needs if meets(device, need))
    return frozenset(kind for need in needs for kind in need.kinds if kind in device.kinds)
