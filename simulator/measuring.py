"""An old person measures: weight and sugar before breakfast, the cuff after it, tablets when due.

Quiet values, within every limit of RISKS §4 (22 to 27), and quiet air beside the stove and boiler.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from simulator.change import Change, Value
from simulator.day import Activity
from simulator.house import House

_ASLEEP = ("sleep", "nap")


def measured(house: House, seed: int, day: date, plan: tuple[Activity, ...]) -> Iterator[Change]:
    """What the devices beside the bridge notice on one local day."""
    person = _Person(house, Random(f"measuring:{seed}:{day.isoformat()}"), day)
    yield from person.morning(plan)
    yield from person.evening(plan)
    yield from person.band(plan)
    yield from person.breath(plan)
    yield from person.air(plan)


@dataclass(slots=True)
class _Person:
    house: House
    rng: Random
    day: date

    def morning(self, plan: tuple[Activity, ...]) -> Iterator[Change]:
        breakfast, eating = _first(plan, "breakfast"), _first(plan, "eat")
        weight = round(71.4 + max(-0.3, min(self.rng.gauss(0, 0.12), 0.3)), 2)
        yield from self._measure("scale", _first(plan, "dress").since, 120, weight=weight)
        yield from self._measure("glucose", breakfast.since, 60, glucose=self._about(6.0, 0.3))
        yield from self._cuff_and_clip(eating)
        warmth = round(36.5 + self.rng.uniform(-0.15, 0.15), 1)
        yield from self._measure("thermometer", eating.since, 520, body_temperature=warmth)
        yield from self._dose("morning", breakfast.since + timedelta(minutes=12))

    def evening(self, plan: tuple[Activity, ...]) -> Iterator[Change]:
        supper = _first(plan, "supper")
        yield from self._cuff_and_clip(next(a for a in plan if a.since >= supper.until))
        yield from self._dose("evening", supper.since + timedelta(minutes=14))

    def band(self, plan: tuple[Activity, ...]) -> Iterator[Change]:
        """Every five minutes: slower asleep, a little quicker out of doors."""
        for device in self.house.beside("band"):
            for activity, at in self._through(plan, 300):
                resting = 60 if activity.doing in _ASLEEP else 72
                beats = resting + (8 if activity.doing == "outing" else 0)
                yield Change(at, device.name, {"bpm": round(self._about(beats, 2))})

    def breath(self, plan: tuple[Activity, ...]) -> Iterator[Change]:
        """Whoever lies still in the bedroom is counted once a minute."""
        for device in self.house.beside("breath_radar"):
            stays = [a for a in plan if a.room == device.room and a.doing in _ASLEEP]
            for activity, at in self._through(tuple(stays), 60):
                said: dict[str, Value] = {"person_information": True}
                said["respiratory_rate"] = round(self._about(14.5, 0.6), 1)
                said["heart_rate"] = round(self._about(58, 1.5))
                yield Change(at, device.name, said, by_person=True)
                if activity.until < plan[-1].until and at + timedelta(seconds=60) > activity.until:
                    yield Change(activity.until, device.name, dict(device.quiet), by_person=True)
            yield from self._check_ins(device.name, plan, {})

    def air(self, plan: tuple[Activity, ...]) -> Iterator[Change]:
        """No gas, no poison, and a dispenser that is there."""
        for device in self.house.beside("gas_meter", "co_meter", "dispenser"):
            yield from self._check_ins(device.name, plan, dict(device.quiet))

    def _cuff_and_clip(self, sitting: Activity) -> Iterator[Change]:
        """Five minutes after sitting down, as one is told to."""
        pulse = round(self._about(70, 2))
        upper, lower = round(self._about(127, 4)), round(self._about(76, 2))
        said = {"bp_systolic": upper, "bp_diastolic": lower, "bpm": pulse}
        yield from self._measure("cuff", sitting.since, 300, **said)
        oxygen = min(98, max(96, round(self._about(97, 0.5))))
        yield from self._measure("oximeter", sitting.since, 420, spo2=oxygen, bpm=pulse)

    def _dose(self, slot: str, at: datetime) -> Iterator[Change]:
        """Taken with the meal, before the home would remind of it."""
        at += timedelta(seconds=self.rng.uniform(60, 200))
        for device in self.house.beside("dispenser"):
            yield Change(at, device.name, {"slot": slot}, action="taken", by_person=True)

    def _measure(
        self, role: str, since: datetime, after: float, **values: Value
    ) -> Iterator[Change]:
        at = since + timedelta(seconds=after + self.rng.uniform(0, 20))
        for device in self.house.beside(role):
            yield Change(at, device.name, values, by_person=True)

    def _check_ins(
        self, name: str, plan: tuple[Activity, ...], values: dict[str, Value]
    ) -> Iterator[Change]:
        at = plan[0].since + timedelta(seconds=self.rng.uniform(0, 600))
        while at < plan[-1].until:
            yield Change(at, name, values)
            at += timedelta(seconds=self.rng.uniform(540, 660))

    def _through(
        self, plan: tuple[Activity, ...], seconds: float
    ) -> Iterator[tuple[Activity, datetime]]:
        for activity in plan:
            at = activity.since + timedelta(seconds=self.rng.uniform(1, seconds))
            while at < activity.until:
                yield activity, at
                at += timedelta(seconds=seconds)

    def _about(self, middle: float, spread: float) -> float:
        """Near the middle, never further off than three spreads."""
        off = max(-3 * spread, min(self.rng.gauss(0, spread), 3 * spread))
        return round(middle + off, 1)


def _first(plan: tuple[Activity, ...], doing: str) -> Activity:
    return next(activity for activity in plan if activity.doing == doing)
