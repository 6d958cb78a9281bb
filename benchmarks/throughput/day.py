"""The day that is measured: what the simulated home's bridge says from midnight to midnight.

A day that says little, or the same again and again, would flatter whoever reads it: `check` refuses
one.
"""

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator.cache import BASE, Cache, Message, iso_8601
from simulator.house import Device, House, build_house
from simulator.past import past_lines
from simulator.trace import Line

SEED = 1
MIDNIGHT = datetime(2026, 2, 4, tzinfo=UTC)
"""The end of the day: a Tuesday in winter, with an errand, cooking and a night in it."""
A_DAY = timedelta(days=1)
FEWEST_PROPERTIES = 5
"""The median of what a message holds; a mains-powered plug or radar says 10 to 17."""
MOST_REPEATS = 0.20
_STAMP = "last_seen"
_LINK_QUALITY = "linkquality"


class FlatteringDayError(RuntimeError):
    """The simulated day is easier than a home's; figures from it would say nothing."""


@dataclass(frozen=True, slots=True)
class Day:
    """One house and what it said."""

    house: House
    retained: tuple[Message, ...]
    """What the broker holds before: the bridge, its list of devices, who is online."""
    lines: tuple[Line, ...]
    """The day itself, in order."""

    @property
    def median_properties(self) -> float:
        return statistics.median(len(json.loads(line.message.payload)) for line in self.lines)

    @property
    def repeats(self) -> float:
        """Share of messages that are their device's last one but for the stamp."""
        return self._share_saying_again(_STAMP)

    @property
    def unchanged(self) -> float:
        """Share of messages that bring no reading but another link quality: check-ins."""
        return self._share_saying_again(_STAMP, _LINK_QUALITY)

    def check(self) -> None:
        """Raises `FlatteringDayError`."""
        if self.median_properties < FEWEST_PROPERTIES:
            raise FlatteringDayError(f"a median of {self.median_properties} properties a message")
        if self.repeats > MOST_REPEATS:
            raise FlatteringDayError(f"{self.repeats:.0%} of the messages repeat the last one")

    def first(self, count: int) -> "Day":
        """No more than so many messages of it."""
        return replace(self, lines=self.lines[:count])

    def ending(self, at: datetime, days: int = 1) -> Iterator[Line]:
        """The day so many times, the last one ending at `at`; every stamp moves with it."""
        for past in reversed(range(days)):
            by = at - MIDNIGHT - past * A_DAY
            yield from (_moved(line, by) for line in self.lines)

    def retained_lines(self, at: datetime) -> list[Line]:
        """What the broker holds before, as lines of a trace."""
        return [Line(at, message) for message in self.retained]

    def press(self, button: str, at: datetime) -> Message:
        """Somebody presses this button: as its bridge says it, at an instant nobody else has."""
        said = {"action": "single", "last_seen": iso_8601(at)}
        return Message(f"{BASE}/{self.house.device(button).name}", json.dumps(said).encode())

    def write_home_file(self, folder: Path) -> Path:
        path = folder / "home.toml"
        path.write_text(self.house.home_file(), "utf-8")
        return path

    def _share_saying_again(self, *besides: str) -> float:
        last: dict[str, object] = {}
        count = 0
        for line in self.lines:
            said = json.loads(line.message.payload)
            for key in besides:
                said.pop(key, None)
            count += last.get(line.message.topic) == said
            last[line.message.topic] = said
        return count / len(self.lines)


def record(devices: int) -> Day:
    """A day of so many devices: of some of the house's hundred, or of all of them repeatedly."""
    lived_in = _house_of(devices)
    house = replace(lived_in, devices=_spread(lived_in.devices, devices))
    topics = {f"{BASE}/{device.name}" for device in house.devices}
    lines = past_lines(lived_in, SEED, 1.0, MIDNIGHT)
    said = tuple(line for line in lines if line.message.topic in topics)
    return Day(house, tuple(Cache(house, SEED).retained()), said)


def _spread(devices: tuple[Device, ...], count: int) -> tuple[Device, ...]:
    """So many of them, from all over the house."""
    return tuple(devices[number * len(devices) // count] for number in range(count))


def _house_of(devices: int) -> House:
    """The house; with more devices than it has, each once more under another address."""
    house = build_house(SEED)
    copies = [_another(copy) for copy in range(2, -(-devices // len(house.devices)) + 1)]
    return replace(house, devices=sum(copies, house.devices))


def _another(copy: int) -> tuple[Device, ...]:
    """The same devices once more, under other addresses and names."""
    again = build_house(SEED + copy).devices
    return tuple(replace(device, name=f"{device.name} {copy}") for device in again)


def _moved(line: Line, by: timedelta) -> Line:
    at = line.at + by
    payload = line.message.payload.replace(iso_8601(line.at).encode(), iso_8601(at).encode())
    return Line(at, replace(line.message, payload=payload))
