"""What a lived day looks like to the devices: steps in the hall, somebody here, nobody there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from simulator.cache import Cache
from simulator.change import Change
from simulator.chores import CHORES, Noticing
from simulator.day import OUT, Activity, plan_day
from simulator.gestures import lights, opens, sees_nobody, sees_person
from simulator.house import House
from simulator.measuring import measured
from simulator.readings import readings

_STEP = timedelta(seconds=5)
"""From one room into the next, at an old person's pace."""
_STILL = ("sleep", "nap")
_LIGHT_HOURS = range(8, 17)
"""A November day, all year: simpler, and no harm."""


def live(house: House, seed: int, since: datetime, until: datetime | None) -> Iterator[Change]:
    """All that devices notice from `since` (included) to `until` (not), in order.

    `until` None: for ever. The same for the same house and seed.
    """
    day = since.astimezone(house.zone).date()
    while True:
        for change in changes_of(house, seed, day):
            if until is not None and change.at >= until:
                return
            if change.at >= since:
                yield change
        day += timedelta(days=1)


def cache_at(house: House, seed: int, at: datetime, *, is_whole: bool = True) -> Cache:
    """The bridge's state cache as a day and the hours before `at` have left it."""
    cache = Cache(house, seed, is_whole=is_whole)
    today = at.astimezone(house.zone).date()
    for day in (today - timedelta(days=1), today):
        for change in changes_of(house, seed, day):
            if change.at < at:
                cache.absorb(change)
    return cache


def changes_of(house: House, seed: int, day: date) -> list[Change]:
    """One local day, in order; the same for the same house, seed and date."""
    plan = plan_day(seed, day, house.zone)
    on = Noticing(house, Random(f"life:{seed}:{day.isoformat()}"))
    resident = _Resident(house, on)
    for before, activity in zip((None, *plan), plan, strict=False):
        resident.go(before, activity)
    changes = on.noticed + list(readings(house, seed, plan[0].since, plan[-1].until))
    changes += measured(house, seed, day, plan)
    return sorted(changes, key=lambda change: change.at)


@dataclass(slots=True)
class _Resident:
    house: House
    on: Noticing

    def go(self, before: Activity | None, activity: Activity) -> None:
        """Walk there, be there, do it. A day begins in bed, where the last one ended."""
        at = activity.since
        if before is not None and before.room != activity.room:
            self._leave(before.room, at)
            at = self._walk(before.room, activity.room, at)
        if activity.room != OUT:
            self._enter(activity, at)
            self._stay(activity, at)
        if chore := CHORES.get(activity.doing):
            chore(self.on, activity, at)

    def _walk(self, here: str, there: str, at: datetime) -> datetime:
        for place in self._way(here, there):
            at = self.on.later(at + _STEP, 0, 4)
            if place not in (here, there):
                self._pass(place, at)
        return self.on.later(at + _STEP, 0, 4)

    def _way(self, here: str, there: str) -> list[str]:
        """Kitchen and dining room share a door; else by the hall, and up or down the stairs."""
        if {here, there} == {"Kitchen", "Dining room"}:
            return []
        floors = {room.name: room.floor for room in self.house.rooms} | {OUT: 0}
        lobbies = ["Hall", "Stairs"]
        if floors[here] == floors[there]:
            return [lobbies[floors[here]]]
        return lobbies if floors[here] == 0 else lobbies[::-1]

    def _pass(self, room: str, at: datetime) -> None:
        for device in self.house.find("pir", room=room):
            self.on.say(at, device, sees_person(device, is_moving=True))
            self.on.say(self.on.later(at, 60, 65), device, sees_nobody(device))
        if self._is_dark(at):
            for device in self.house.find("light", room=room):
                self.on.say(at, device, lights(is_on=True))
                self.on.say(self.on.later(at, 90, 120), device, lights(is_on=False))

    def _enter(self, activity: Activity, at: datetime) -> None:
        is_moving = activity.doing != "sleep"
        for device in self.house.find("radar", "fall_radar", "pir", room=activity.room):
            if is_moving or device.role != "pir":
                self.on.say(at, device, sees_person(device, is_moving=is_moving))
        for device in self.house.find("contact", room=activity.room, guards="inner_door"):
            self.on.say(at + timedelta(seconds=3), device, opens(device, is_open=False))
            going = activity.until - timedelta(seconds=2)
            self.on.say(going, device, opens(device, is_open=True))
        if self._is_dark(at) and activity.doing not in _STILL:
            for device in self.house.find("light", room=activity.room):
                self.on.say(at, device, lights(is_on=True))
                self.on.say(self.on.later(activity.until, 1, 4), device, lights(is_on=False))

    def _leave(self, room: str, at: datetime) -> None:
        if room == OUT:
            return
        for device in self.house.find("radar", "fall_radar", room=room):
            self.on.say(self.on.later(at, 6, 15), device, sees_nobody(device))
        for device in self.house.find("pir", room=room):
            self.on.say(self.on.later(at, 60, 80), device, sees_nobody(device))

    def _stay(self, activity: Activity, at: datetime) -> None:
        """Radars see still people too, and often; a PIR only who moves, every few minutes."""
        is_still = activity.doing in _STILL
        for device in self.house.find("radar", "fall_radar", room=activity.room):
            pause = (150, 600) if is_still else (25, 60)
            when = self.on.later(at, *pause)
            while when < activity.until:
                is_moving = not is_still and self.on.rng.choice((True, False))
                distance = self.on.rng.uniform(0.8, 3.5)
                said = sees_person(device, is_moving=is_moving, distance=distance)
                self.on.say(when, device, said)
                when = self.on.later(when, *pause)
        for device in self.house.find("pir", room=activity.room):
            pause = (2400, 5400) if is_still else (100, 220)
            when = self.on.later(at, *pause)
            while when < activity.until - timedelta(seconds=70):
                self.on.say(when, device, sees_person(device, is_moving=True))
                self.on.say(self.on.later(when, 60, 65), device, sees_nobody(device))
                when = self.on.later(when + timedelta(seconds=66), *pause)

    def _is_dark(self, at: datetime) -> bool:
        return at.astimezone(self.house.zone).hour not in _LIGHT_HOURS
