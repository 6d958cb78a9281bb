"""Missed medication: a dose is due by the clock on the wall, and nobody has opened box or drawer.

The home reminds three times, then somebody is told (RISKS §4). An opened drawer counts as taken
only where no dispenser tells more: who dusts the drawer has not taken a tablet. What the resident
says is recorded as said, not as seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from edge_agent.detector import Assessment, is_usable
from vocabulary.finding import Fact
from vocabulary.home import Dose
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity

MISSED_AFTER = timedelta(minutes=60)
CRITICAL_AFTER = timedelta(minutes=30)
"""RISKS §4: `missed` at +60 min, time-critical drugs +30 min (30 for Parkinson's drugs: [K])."""

EARLY = timedelta(minutes=60)
"""Taken this long before its time it is that dose; dispensers let it be 5 min to 5 h (RISKS §4)."""

ONE_OPENING = timedelta(minutes=2)
"""A lid opened and shut again is one taking: tablets are dropped and picked up. Ours."""

DAY = timedelta(days=1)
KEPT = timedelta(hours=25)
"""A dose of yesterday is answered by its next one; a day has up to 25 hours."""

SAID = "said"
"""The text of a taking that the resident only told of (RISKS §5: "recorded as said, not seen")."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Due:
    """One dose at one instant, and until when it can be made good: the next of its name."""

    number: int
    """In the home file's order. A name may tell an illness; a number tells nothing."""
    dose: Dose
    at: datetime
    until: datetime

    @property
    def missed_at(self) -> datetime:
        return self.at + (CRITICAL_AFTER if self.dose.time_critical else MISSED_AFTER)

    @property
    def clock(self) -> str:
        """The local time by which people know it."""
        return self.dose.at.strftime("%H:%M")

    @property
    def place(self) -> str:
        """Where the engine keeps it apart from the other doses."""
        return f"dose {self.number}"


@dataclass(frozen=True, slots=True)
class Taking:
    """A dispenser emptied (`slot` where it says which), a drawer opened, or "I have taken it"."""

    at: datetime
    device: str
    room: str
    slot: str
    is_seen: bool
    """A dispenser saw it; a drawer was only opened."""
    is_said: bool = False


@dataclass(slots=True)
class MissedMedication:
    """Present per dose, which stands in the place of a device."""

    doses: tuple[Dose, ...]
    zone: ZoneInfo

    slug: ClassVar[str] = "missed_medication"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.MEDICATION_TAKEN, Kind.OPEN, Kind.AT_HOME, Kind.ONLINE}
    )
    """The last shows no more than that the home is heard, where no door and no phone does."""
    lookback: ClassVar[timedelta] = KEPT + EARLY + timedelta(hours=1)

    heard_since: datetime | None = field(init=False, default=None)
    """When the home was first heard: what was due before that nobody could have seen taken."""
    takings: list[Taking] = field(init=False, default_factory=list)
    """Of the last day, oldest first."""
    has_dispenser: bool = field(init=False, default=False)
    is_at_home: bool | None = field(init=False, default=None)
    quiet_until: datetime | None = field(init=False, default=None)
    """Until then nothing is due and nothing was taken twice, so that asking costs nothing."""

    def observe(self, seen: Observation) -> None:
        if self.heard_since is None:
            self.heard_since = seen.at
        if not seen.is_found and is_usable(seen):
            self._remember(seen)
        if self.quiet_until is None or self.quiet_until <= seen.at:
            self.quiet_until = self._quiet_until(seen.at)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        if self.quiet_until is not None and now < self.quiet_until:
            return ()
        return tuple(self._present(now))

    def due(self, now: datetime) -> datetime | None:
        instants = [
            at for due in self._around(now, ahead=DAY) for at in (due.at, due.missed_at, due.until)
        ]
        return min((at for at in instants if at > now), default=None)

    def _remember(self, seen: Observation) -> None:
        if seen.kind is Kind.AT_HOME:
            self.is_at_home = seen.value is True
        elif seen.kind is Kind.MEDICATION_TAKEN and seen.value is not False:
            is_said = seen.text == SAID
            slot = "" if is_said else seen.text or seen.instance
            self._take(seen, slot, is_seen=not is_said, is_said=is_said)
        elif seen.kind is Kind.OPEN and seen.guards == "medicine" and seen.value is True:
            self._take(seen, "", is_seen=False)

    def _present(self, now: datetime) -> list[Assessment]:
        if not self.doses or self.heard_since is None:
            return []
        found: list[Assessment] = []
        for due in self._around(now):
            if due.at - EARLY < self.heard_since:
                continue
            taken = [one for one in self._counted() if self._is_for(one, due)]
            if now >= due.at and not taken:
                found.append(self._of_open(due, now))
            found += self._of_double(due, taken, now)
        return found

    def _quiet_until(self, now: datetime) -> datetime | None:
        """Until when the answer stays as it is, if it is that nothing is present; else None."""
        return None if self._present(now) else self.due(now) or now + DAY

    def _take(self, seen: Observation, slot: str, *, is_seen: bool, is_said: bool = False) -> None:
        self.has_dispenser = self.has_dispenser or is_seen
        self.takings = [one for one in self.takings if seen.at - one.at <= KEPT + EARLY]
        same = [
            one
            for one in self.takings
            if (one.device, one.slot) == (seen.device, slot) and seen.at - one.at <= ONE_OPENING
        ]
        if not same:
            made = Taking(seen.at, seen.device, seen.room, slot, is_seen, is_said)
            self.takings.append(made)
            self.quiet_until = None

    def _counted(self) -> list[Taking]:
        is_drawer_enough = not self.has_dispenser
        return [one for one in self.takings if one.is_seen or one.is_said or is_drawer_enough]

    def _is_for(self, taking: Taking, due: Due) -> bool:
        """Whether it answers this dose: in its window, of its slot, and of no nearer dose."""
        if not due.at - EARLY <= taking.at < due.until:
            return False
        if due.dose.slot and taking.slot:
            return due.dose.slot == taking.slot
        others = [
            other
            for other in self._around(taking.at, ahead=EARLY)
            if other.number != due.number and not (other.dose.slot and taking.slot)
        ]
        mine = abs(taking.at - due.at)
        return all(mine <= abs(taking.at - other.at) for other in others)

    def _around(self, now: datetime, ahead: timedelta = timedelta(0)) -> Iterator[Due]:
        """The doses that can be open at `now`, and those due until `ahead` later."""
        today = now.astimezone(self.zone).date()
        for number, dose in enumerate(self.doses, start=1):
            for back in (-1, 0, 1):
                day = today + timedelta(days=back)
                if DAYS[day.weekday()] not in dose.days:
                    continue
                at = self._instant(day, dose.at)
                until = self._next(dose, day)
                if at <= now + ahead + EARLY and now < until:
                    yield Due(number, dose, at, until)

    def _next(self, dose: Dose, day: date) -> datetime:
        """From when on a taking is the next of its name; a day on, also in a rarer plan."""
        return self._instant(day + DAY, dose.at) - EARLY

    def _instant(self, day: date, at: time) -> datetime:
        """Local time of day: skipped by summer time it is an hour later, twice the first time."""
        return datetime.combine(day, at, self.zone).astimezone(ZoneInfo("UTC"))

    def _of_open(self, due: Due, now: datetime) -> Assessment:
        minutes = int((now - due.at).total_seconds() // 60)
        is_missed = now >= due.missed_at
        is_critical = due.dose.time_critical
        away = (Fact.of("fact.not_at_home"),) if self.is_at_home is False else ()
        return Assessment(
            variant="missed" if is_missed else "late",
            since=due.missed_at if is_missed else due.at,
            facts=(
                Fact.of("fact.dose_not_taken", clock=due.clock, minutes=minutes),
                *((Fact.of("fact.dose_time_critical"),) if is_critical else ()),
            ),
            missing=() if self.has_dispenser else (Fact.of("fact.no_dispenser"),),
            counter=(*away, Fact.of("fact.dose_would_clear")),
            severity=Severity.HIGH if is_missed and is_critical else None,
            device=due.place,
        )

    def _of_double(self, due: Due, taken: list[Taking], now: datetime) -> Iterator[Assessment]:
        """Emptied twice for one dose; only a dispenser that says so can tell."""
        again = [one for one in taken if one.is_seen][1:]
        if not again or now >= due.until:
            return
        first = again[0]
        yield Assessment(
            variant="double_attempt",
            since=first.at,
            facts=(Fact.of("fact.dose_twice", clock=due.clock, count=1 + len(again)),),
            counter=(Fact.of("fact.dose_one_lid"),),
            room=first.room,
            device=due.place,
        )
