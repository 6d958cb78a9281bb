"""What chores do to a house: breakfast opens a fridge, a visit rings a bell, laundry shakes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from simulator.change import Change, Value
from simulator.day import Activity
from simulator.gestures import draws, opens, seats
from simulator.house import Device, House

_KETTLE_W, _MICROWAVE_W, _TV_W, _COMPUTER_W, _RADIO_W = 2050, 1150, 105, 48, 9
_STOVE_W = (900.0, 1200.0, 1700.0)
_STANDBY_W = 0.6
_STOVE_OFF_BEFORE_LEAVING = timedelta(minutes=3)
_WASH = timedelta(minutes=75)


@dataclass(slots=True)
class Noticing:
    """Collects what devices notice, while somebody is about."""

    house: House
    rng: Random
    noticed: list[Change] = field(default_factory=list)

    def say(self, at: datetime, device: Device, values: dict[str, Value], action: str = "") -> None:
        """The resident did something."""
        self.noticed.append(Change(at, device.name, values, action, by_person=True))

    def by_itself(self, at: datetime, device: Device, values: dict[str, Value]) -> None:
        """A machine did something, whoever had started it."""
        self.noticed.append(Change(at, device.name, values))

    def later(self, at: datetime, shortest: float, longest: float) -> datetime:
        """Between `shortest` and `longest` seconds after."""
        return at + timedelta(seconds=self.rng.uniform(shortest, longest))

    def run(self, guards: str, at: datetime, until: datetime, watts: float) -> None:
        """A plug draws power for a while."""
        for device in self.house.find("plug", guards=guards):
            self.say(at, device, draws(device, watts * self.rng.uniform(0.97, 1.03)))
            self.say(until, device, draws(device, _STANDBY_W))

    def open(self, guards: str, at: datetime, seconds: float) -> None:
        """A door, drawer or cupboard is opened and shut again."""
        for device in self.house.find("contact", guards=guards):
            self.say(at, device, opens(device, is_open=True))
            self.say(self.later(at, seconds, seconds * 1.5), device, opens(device, is_open=False))

    def sit(self, guards: str, at: datetime, until: datetime) -> None:
        """Bed or chair; who sleeps through midnight does not get up for it."""
        for device in self.house.find("seat", guards=guards):
            self.say(self.later(at, 20, 60), device, seats(is_taken=True))
            long_at = self.later(at, 660, 700)
            if long_at < until:
                self.say(long_at, device, seats(is_taken=True, is_long=True))
            if not self._is_midnight(until):
                self.say(until - timedelta(seconds=4), device, seats(is_taken=False))

    def front_door(self, at: datetime) -> None:
        """Unlocked, opened, shut, locked: about 20 seconds."""
        lock = next(self.house.find("lock"))
        door = next(self.house.find("contact", guards="front_door"))
        unlocked = {"state": "UNLOCK", "lock_state": "unlocked"}
        locked = {"state": "LOCK", "lock_state": "locked"}
        self.say(at, lock, unlocked, action="manual_unlock")
        self.say(at + timedelta(seconds=3), door, opens(door, is_open=True))
        shut = self.later(at, 9, 14)
        self.say(shut, door, opens(door, is_open=False))
        self.say(shut + timedelta(seconds=4), lock, locked, action="manual_lock")

    def _is_midnight(self, at: datetime) -> bool:
        local = at.astimezone(self.house.zone)
        return (local.hour, local.minute) == (0, 0)


def _sleep(on: Noticing, activity: Activity, at: datetime) -> None:
    on.sit("bed", at, activity.until)


def _rest(on: Noticing, activity: Activity, at: datetime) -> None:
    on.sit("chair", at, activity.until)


def _tv(on: Noticing, activity: Activity, at: datetime) -> None:
    on.sit("chair", at, activity.until)
    on.run("tv", at, activity.until - timedelta(seconds=20), _TV_W)


def _desk(on: Noticing, activity: Activity, at: datetime) -> None:
    on.run("computer", at, activity.until - timedelta(seconds=10), _COMPUTER_W)


def _dress(on: Noticing, _: Activity, at: datetime) -> None:
    on.open("wardrobe", on.later(at, 60, 120), 90)


def _breakfast(on: Noticing, activity: Activity, at: datetime) -> None:
    on.open("fridge", on.later(at, 40, 90), 12)
    on.run("kettle", on.later(at, 100, 140), on.later(at, 290, 330), _KETTLE_W)
    on.open("fridge", on.later(at, 400, 600), 8)
    on.open("medicine", on.later(at, 650, 800), 15)
    on.run("radio", on.later(at, 900, 950), activity.until, _RADIO_W)


def _cook(on: Noticing, activity: Activity, at: datetime) -> None:
    """The stove goes off three minutes before its cook leaves."""
    on.open("fridge", on.later(at, 30, 60), 15)
    on.open("fridge", on.later(at, 200, 300), 10)
    stove = next(on.house.find("stove"))
    when, off_at = on.later(at, 240, 300), activity.until - _STOVE_OFF_BEFORE_LEAVING
    while when < off_at:
        watts = on.rng.choice(_STOVE_W) * on.rng.uniform(0.95, 1.05)
        on.say(when, stove, draws(stove, watts))
        when = on.later(when, 90, 150)
    on.say(off_at, stove, draws(stove, 0))


def _supper(on: Noticing, _: Activity, at: datetime) -> None:
    on.open("fridge", on.later(at, 40, 90), 14)
    on.run("microwave", on.later(at, 300, 330), on.later(at, 480, 500), _MICROWAVE_W)
    on.open("fridge", on.later(at, 600, 700), 9)
    on.open("medicine", on.later(at, 800, 950), 14)


def _tea(on: Noticing, _: Activity, at: datetime) -> None:
    on.run("kettle", on.later(at, 30, 60), on.later(at, 200, 240), _KETTLE_W)


def _dishes(on: Noticing, _: Activity, at: datetime) -> None:
    on.open("fridge", on.later(at, 60, 120), 10)


def _laundry(on: Noticing, _: Activity, at: datetime) -> None:
    """Heats for 18 minutes, turns for the rest, and shakes the floor."""
    machine = next(on.house.find("plug", guards="washing_machine"))
    shake = next(on.house.find("vibration"))
    start = on.later(at, 240, 300)
    for number, minute in enumerate(range(0, 75, 3)):
        when = start + timedelta(minutes=minute)
        watts = 1900.0 if minute in range(6, 24) else 180.0
        on.by_itself(when, machine, draws(machine, watts * on.rng.uniform(0.9, 1.1)))
        on.by_itself(when, shake, {"vibration": number % 2 == 0})
    on.by_itself(start + _WASH, machine, draws(machine, _STANDBY_W))
    on.by_itself(start + _WASH, shake, {"vibration": False})


def _let_in(on: Noticing, _: Activity, at: datetime) -> None:
    on.say(at, next(on.house.find("button", guards="doorbell")), {}, action="single")
    on.front_door(on.later(at, 25, 40))


def _let_out(on: Noticing, _: Activity, at: datetime) -> None:
    on.front_door(on.later(at, 20, 40))


def _outing(on: Noticing, activity: Activity, at: datetime) -> None:
    on.front_door(at)
    on.front_door(activity.until - timedelta(seconds=25))


Chore = Callable[[Noticing, Activity, datetime], None]

CHORES: Mapping[str, Chore] = {
    "sleep": _sleep,
    "nap": _rest,
    "read": _rest,
    "visit": _rest,
    "tv": _tv,
    "desk": _desk,
    "dress": _dress,
    "breakfast": _breakfast,
    "cook": _cook,
    "supper": _supper,
    "tea": _tea,
    "dishes": _dishes,
    "laundry": _laundry,
    "let_in": _let_in,
    "let_out": _let_out,
    "outing": _outing,
}
"""By `Activity.doing`; the rest leaves no more trace than being there."""
