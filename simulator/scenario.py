"""A scenario is a story a detector must tell, or its quiet twin that it must not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge

from simulator.change import Change, Value
from simulator.gestures import arrival
from simulator.house import House
from simulator.resident import live


@dataclass(frozen=True, slots=True)
class Step:
    """So long after the story began, this device notices that."""

    after: timedelta
    device: str
    values: Mapping[str, Value] = field(default_factory=dict)
    action: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps, and when the criterion of RISKS is met by them."""

    slug: str
    name: str
    about: str
    steps: tuple[Step, ...]
    criterion_after: timedelta | None = None
    """When the criterion is met, counted from the beginning; None: a quiet twin, it never is."""
    settling: tuple[Step, ...] = ()
    """How the danger ends in the end: smoke blown away, a person helped up."""
    live_from: timedelta = timedelta(0)
    """A long hold has begun before anyone watches: what comes before this stands in the hub's
    journal at earlier instants, and only the rest is waited for (DESIGN §7: at most 6 minutes)."""

    @property
    def is_quiet(self) -> bool:
        return self.criterion_after is None

    @property
    def devices(self) -> frozenset[str]:
        """Whose readings the story tells; their idle ones would contradict it."""
        return frozenset(step.device for step in self.steps)

    def leaves(self, change: Change) -> Change | None:
        """What is left of a lived change while the story is told.

        The resident does nothing else; thermometers go on, save those that play a part, which only
        say that they are there.
        """
        if change.by_person:
            return None
        return replace(change, values={}) if change.device in self.devices else change

    def changes(self, start: datetime) -> list[Change]:
        """All steps at their instants."""
        return [at_instant(step, start) for step in self.steps]


def at_instant(step: Step, start: datetime) -> Change:
    """The step as it happens."""
    return Change(start + step.after, step.device, step.values, step.action, by_person=True)


def seconds(count: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=count)


def being_in(house: House, room: str) -> tuple[Step, ...]:
    """The resident is in that room when the story begins, and nowhere else."""
    return tuple(Step(timedelta(), device, values) for device, values in arrival(house, room))


def told_within_life(
    house: House, seed: int, scenario: Scenario, start: datetime, after: timedelta
) -> Iterator[Change]:
    """A day that runs into the story: life until `start`, then the story beside idle readings.

    From the local midnight before `start` until `start + after`.
    """
    midnight = start.astimezone(house.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return merge(
        _lived(live(house, seed, midnight, start + after), scenario, start),
        _in_order(scenario.changes(start)),
        key=lambda change: change.at,
    )


def _lived(life: Iterator[Change], scenario: Scenario, start: datetime) -> Iterator[Change]:
    for change in life:
        left = change if change.at < start else scenario.leaves(change)
        if left is not None:
            yield left


def _in_order(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.at)
