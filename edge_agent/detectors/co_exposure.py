"""Carbon monoxide: an alarm has tripped, or what was measured adds up to what an alarm must tell.

It has no smell and feels like flu. An alarm's contact is believed as it is (EN 50291 [V10][V11]);
our own sum of the readings beside it speaks at the start of each of the standard's bands, and a
day's mean tells of the little that leaks for weeks (WHO 2021 [V12]). Hydrogen from a charging
battery, an engine in the garage or a sensor at its end may mimic it: that is told, never believed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.contact import BLIP, Ailments, Contact, Contacts
from edge_agent.detector import LOOKBACK, Assessment, is_usable, late_by, may_clear, number
from edge_agent.signals.dose import Dose
from edge_agent.signals.window_mean import ENOUGH, WindowMean
from vocabulary.finding import Fact
from vocabulary.home import RoomType
from vocabulary.observation import Kind, Observation

DOSE_PPM, DOSE_FOR, HARMLESS_PPM = 100.0, timedelta(minutes=10), 40.0
"""EN 50291: 100 ppm 10 to 40 min, 50 ppm 60 to 90 min, 300 ppm within 3 min, 30 ppm not within 120;
we speak at the start of each band (RISKS §4). One dose passes through them all: 600 ppm · min above
40 ppm is 10 min at 100, 60 min at 50, 2.3 min at 300, and never at 30. What lies between the bands
is judged alike, and a spray's spike of seconds is far from it. The form is ours."""

GOOD_PPM = 30.0
"""Below what the standard calls no danger a finding ends."""

HOLDS_FOR = timedelta(hours=1)
"""Most sensors tell each change and check in hourly: so long a reading stands. Ours."""

DAY = timedelta(hours=24)
DAY_PPM = 3.5
"""RISKS §4: 24 h mean ≥ 4 mg/m³, which is 3.5 ppm at 25 °C (WHO 2021 [V12]). It is the mean of what
was known, and there is none unless 18 of the 24 hours were (`ENOUGH`)."""
DAY_OVER_PPM = 3.0
"""Below this the day counts as clean again; ours, so that it cannot flap."""


def _dose() -> Dose:
    return Dose(DOSE_PPM, DOSE_FOR, HARMLESS_PPM, HOLDS_FOR)


@dataclass(slots=True)
class Air:
    """What one sensor measured."""

    ppm: float = 0.0
    room: str = ""
    reported_at: datetime | None = None
    heard_at: datetime | None = None
    dose: Dose = field(default_factory=_dose)
    day: WindowMean = field(default_factory=lambda: WindowMean(DAY, HOLDS_FOR))
    high_since: datetime | None = None
    """Since when a reading has come with a day's mean too high."""
    day_ppm: float = 0.0
    """The last mean of a day that was known."""
    was_found: bool = False
    late_by_seconds: float = 0.0

    def read(self, seen: Observation, ppm: float) -> None:
        """More is always believed; less only where it can speak of now."""
        may_end = may_clear(seen, self.reported_at)
        if ppm < self.ppm and not may_end:
            return
        if self.ppm < GOOD_PPM <= ppm:
            self.was_found, self.late_by_seconds = seen.is_found, late_by(seen)
        self.ppm, self.room, self.reported_at = ppm, seen.room, seen.reported_at
        self.dose.add(seen.at, ppm)
        if may_end and ppm < GOOD_PPM and self.dose.full_since:
            self.dose.empty()
        # how it was found says nothing about how long it has been so
        if not seen.is_found:
            self._read_day(seen.at, ppm, may_end=may_end)

    def day_mean(self, now: datetime) -> float | None:
        """A day's mean, for as long as the last reading speaks of it; None where none is too high.

        Once too high it is so until a reading ends it: less than a day of data does not.
        """
        if self.high_since is None and not self.ppm and not self.day.weighted:
            return None  # nearly always: clean air all day
        heard_at = self.heard_at
        mean = None if heard_at is None else self.day.mean(min(now, heard_at + HOLDS_FOR))
        if self.high_since is None and (mean is None or mean < DAY_PPM):
            return None
        return self.day_ppm if mean is None else mean

    def _read_day(self, at: datetime, ppm: float, *, may_end: bool) -> None:
        self.heard_at = at
        self.day.add(at, ppm)
        mean = self.day.mean(at)
        if mean is None:
            return
        self.day_ppm = mean
        if mean >= DAY_PPM:
            self.high_since = self.high_since or at
        elif mean < DAY_OVER_PPM and may_end:
            self.high_since = None


@dataclass(slots=True)
class CoExposure:
    """Present per device, so that two sensors are two findings of one incident."""

    slug: ClassVar[str] = "co_exposure"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.CARBON_MONOXIDE, Kind.CO, Kind.DEVICE_TEST, Kind.END_OF_LIFE, Kind.FAULT}
    )
    lookback: ClassVar[timedelta] = LOOKBACK + HOLDS_FOR
    """A day's mean after a restart needs the whole day and the reading that it began with."""

    contacts: Contacts = field(init=False, default_factory=lambda: Contacts(BLIP))
    airs: dict[tuple[str, str], Air] = field(init=False, default_factory=dict)
    """By device and instance."""
    ailments: Ailments = field(init=False, default_factory=Ailments)
    garages: set[str] = field(init=False, default_factory=set)
    """The sensors where an engine may run."""

    def observe(self, seen: Observation) -> None:
        if seen.room_type == RoomType.GARAGE:
            self.garages.add(seen.device)
        match seen.kind:
            case Kind.CARBON_MONOXIDE:
                self.contacts.observe(seen)
            case Kind.CO:
                self._observe_air(seen)
            case Kind.DEVICE_TEST:
                self.contacts.observe_test(seen)
            case _:
                self.ailments.observe(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        acute = [self._of_contact(*each[1:], now) for each in self.contacts.present(now)]
        told = {each.device for each in acute}
        acute += [
            self._of_dose(device, air, since)
            for (device, _), air in self.airs.items()
            if device not in told and (since := air.dose.full_at(now))
        ]
        chronic = [
            self._of_day(device, air, mean, air.high_since or now)
            for (device, _), air in self.airs.items()
            if (mean := air.day_mean(now)) is not None
        ]
        return (*acute, *chronic)

    def due(self, now: datetime) -> datetime | None:
        instants = list(self.contacts.dues())
        instants += [at for air in self.airs.values() if (at := air.dose.due())]
        return min((at for at in instants if at > now), default=None)

    def _observe_air(self, seen: Observation) -> None:
        ppm = number(seen)
        if ppm is None or not is_usable(seen):
            return
        place = (seen.device, seen.instance)
        if place not in self.airs:
            self.airs[place] = Air()
        self.airs[place].read(seen, ppm)

    def _of_contact(self, device: str, contact: Contact, now: datetime) -> Assessment:
        assert contact.on_since is not None
        seconds = int((now - contact.on_since).total_seconds())
        measured = [air.ppm for (of, _), air in self.airs.items() if of == device]
        level = tuple(Fact.of("fact.co_level", ppm=ppm) for ppm in measured)
        return Assessment(
            variant="acute",
            since=contact.on_since,
            facts=(Fact.of("fact.co_contact", seconds=seconds), *level),
            missing=() if measured else (Fact.of("fact.no_co_measured"),),
            counter=(Fact.of("fact.contact_would_clear"), *self._doubts(device)),
            room=contact.room,
            device=device,
            was_found=contact.was_found,
            late_by_seconds=contact.late_by_seconds,
        )

    def _of_dose(self, device: str, air: Air, since: datetime) -> Assessment:
        minutes = DOSE_FOR // timedelta(minutes=1)
        return Assessment(
            variant="acute",
            since=since,
            facts=(
                Fact.of("fact.co_dose", limit=DOSE_PPM, minutes=minutes),
                Fact.of("fact.co_level", ppm=air.ppm),
            ),
            missing=(Fact.of("fact.no_co_contact"),),
            counter=(Fact.of("fact.co_would_clear", limit=GOOD_PPM), *self._doubts(device)),
            room=air.room,
            device=device,
            was_found=air.was_found,
            late_by_seconds=air.late_by_seconds,
        )

    def _of_day(self, device: str, air: Air, mean: float, since: datetime) -> Assessment:
        hours = round(ENOUGH * (DAY / timedelta(hours=1)))
        return Assessment(
            variant="chronic_low",
            since=since,
            facts=(
                Fact.of("fact.co_day", ppm=round(mean, 1), limit=DAY_PPM),
                Fact.of("fact.co_day_known", hours=hours),
            ),
            counter=(Fact.of("fact.co_day_would_clear", limit=DAY_OVER_PPM), *self._doubts(device)),
            room=air.room,
            device=device,
        )

    def _doubts(self, device: str) -> tuple[Fact, ...]:
        """What can mimic it; a reason to look, never one to wait."""
        garage = (Fact.of("fact.co_garage"),) if device in self.garages else ()
        return (*self.ailments.facts(device), *garage)
