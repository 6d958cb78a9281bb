"""One old person's day: sleep, the toilet at night, meals, an errand, the television, bed."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

OUT = "out"
"""The place of somebody who has left the house."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What the resident does, where, from when to when (aware, UTC)."""

    since: datetime
    until: datetime
    room: str
    doing: str


def plan_day(seed: int, day: date, zone: ZoneInfo) -> tuple[Activity, ...]:
    """The local day from midnight to midnight without a gap; the same for the same seed and date.

    Kept plausible and quiet: no stay in the bathroom of 20 minutes (RISKS §4, 16), nobody leaves a
    kitchen with the stove on (5), no door opens at night (13), outings last under 100 minutes (14).
    """
    plan = _Plan(Random(f"day:{seed}:{day.isoformat()}"), day, zone)
    _night(plan)
    _morning(plan)
    _noon(plan)
    _afternoon(plan)
    _evening(plan)
    return tuple(plan.activities)


@dataclass(slots=True)
class _Plan:
    rng: Random
    day: date
    zone: ZoneInfo
    activities: list[Activity] = field(default_factory=list)
    at: datetime = field(init=False)
    last_toilet: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.last_toilet = self.local(0, 0)

    def local(self, hour: int, minute: int) -> datetime:
        """A local time of this day, as UTC; one that summer time skips falls after the gap."""
        return datetime.combine(self.day, time(hour, minute), self.zone).astimezone(UTC)

    def do(self, room: str, doing: str, shortest: float, longest: float) -> None:
        """Some minutes between `shortest` and `longest`."""
        seconds = round(self.rng.uniform(shortest, longest) * 60)
        self.until(room, doing, self.at + timedelta(seconds=seconds))

    def until(self, room: str, doing: str, end: datetime) -> None:
        if end <= self.at:
            return
        self.activities.append(Activity(self.at, end, room, doing))
        if doing == "toilet":
            self.last_toilet = end
        self.at = end

    def rest_until(self, hour: int, minute: int) -> None:
        """Reading, desk, television, and the toilet every two hours, until about that time."""
        end = self.local(hour, minute)
        while self.at < end:
            if self.at - self.last_toilet > timedelta(minutes=110):
                self.do("Toilet", "toilet", 3, 6)
            room, doing = self.rng.choice(
                [("Living room", "read"), ("Study", "desk"), ("Living room", "tv")]
            )
            minutes = min(self.rng.uniform(30, 55), (end - self.at) / timedelta(minutes=1))
            self.do(room, doing, max(minutes, 5), max(minutes, 5))


def _night(plan: _Plan) -> None:
    wake = plan.local(6, 45) + timedelta(minutes=plan.rng.uniform(0, 40))
    trips = sorted(plan.rng.uniform(1.2, 5.5) for _ in range(plan.rng.choice([0, 1, 1, 1, 2])))
    for hours in trips:
        start = plan.local(0, 0) + timedelta(hours=hours)
        if start - plan.at > timedelta(minutes=50) and wake - start > timedelta(minutes=50):
            plan.until("Bedroom", "sleep", start)
            plan.do("Bathroom", "toilet", 4, 7)
    plan.until("Bedroom", "sleep", wake)


def _morning(plan: _Plan) -> None:
    plan.do("Bathroom", "wash", 12, 17)
    plan.do("Bedroom", "dress", 7, 11)
    plan.do("Kitchen", "breakfast", 20, 28)
    plan.do("Dining room", "eat", 14, 22)
    plan.rest_until(9, 40)
    if plan.day.weekday() in (0, 3):
        plan.do("Utility room", "laundry", 8, 12)
    plan.do("Toilet", "toilet", 3, 6)
    if plan.rng.random() < 0.8:  # noqa: PLR2004 - four days in five
        plan.do(OUT, "outing", 45, 90)
        plan.do("Hall", "coat", 2, 3)
    plan.rest_until(11, 50)


def _noon(plan: _Plan) -> None:
    plan.do("Kitchen", "cook", 28, 38)
    plan.do("Dining room", "eat", 18, 26)
    plan.do("Kitchen", "dishes", 7, 11)
    plan.do("Toilet", "toilet", 3, 6)
    plan.do("Living room", "nap", 35, 60)
    plan.do("Kitchen", "tea", 8, 12)


def _afternoon(plan: _Plan) -> None:
    if plan.day.weekday() in (2, 6):
        plan.rest_until(15, 0)
        plan.do("Hall", "let_in", 2, 3)
        plan.do("Living room", "visit", 60, 90)
        plan.do("Hall", "let_out", 2, 3)
    plan.rest_until(17, 50)


def _evening(plan: _Plan) -> None:
    plan.do("Kitchen", "supper", 20, 28)
    plan.do("Dining room", "eat", 14, 20)
    plan.do("Toilet", "toilet", 3, 6)
    plan.do("Living room", "tv", 55, 75)
    plan.do("Kitchen", "tea", 6, 9)
    plan.do("Living room", "tv", 55, 75)
    plan.do("Toilet", "toilet", 3, 6)
    plan.until("Living room", "tv", plan.local(22, 0) + timedelta(minutes=plan.rng.uniform(0, 25)))
    plan.do("Bathroom", "wash", 9, 13)
    midnight = datetime.combine(plan.day + timedelta(days=1), time(), plan.zone)
    plan.until("Bedroom", "sleep", midnight.astimezone(UTC))
