"""A scenario is a story a detector must tell, or its quiet twin that it must not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge

from simulator.change import Change, Value
from simulator.gestures import arrival
from simulator.house import House
from simulator.resident import live

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Step:
    """So long after the story began, this device notices that."""

    after: timedelta
    device: str
    values: Mapping[str, Value] = field(default_factory=dict)
    action: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """A medicine that the home file must name: due so long after the story began."""

    after: timedelta
    name: str
    slot: str = ""
    is_time_critical: bool = False


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
    through: frozenset[str] = frozenset()
    """Risks that are raised on the way: before a long lie there is a fall."""
    hours: tuple[int, int] | None = None
    """Local hours between which alone it can happen: a night, a day; None: at any time."""
    is_lived: bool = False
    """The resident's day goes on beside it: only what plays a part is told by the story."""
    flags: frozenset[str] = frozenset()
    """What the home file must say of the resident."""
    doses: tuple[Dose, ...] = ()
    """In the home file instead of the house's own."""
    stages: tuple[str, ...] = ()
    """Other variants of the risk that are raised on the way, in their order."""

    @property
    def is_quiet(self) -> bool:
        return self.criterion_after is None

    @property
    def starts_with_home(self) -> bool:
        """Whether its home must be started with it: its past or its home file tells part of it."""
        return bool(self.live_from or self.flags or self.doses)

    @property
    def devices(self) -> frozenset[str]:
        """Whose readings the story tells; their idle ones would contradict it."""
        return frozenset(step.device for step in self.steps)

    def leaves(self, change: Change) -> Change | None:
        """What is left of a lived change while the story is told.

        The resident does nothing else, unless `is_lived`; thermometers go on, save those that play
        a part, which only say that they are there.
        """
        if change.by_person and not self.is_lived:
            return None
        return replace(change, values={}) if change.device in self.devices else change

    def changes(self, start: datetime) -> list[Change]:
        """All steps at their instants."""
        return [at_instant(step, start) for step in self.steps]

    @property
    def earlier(self) -> tuple[Step, ...]:
        """What has happened before anyone watches."""
        return tuple(step for step in self.steps if step.after < self.live_from)

    def home_file(self, house: House, start: datetime, language: str = "en") -> str:
        """The house's home file, with what this story needs of it."""
        doses = [_as_told(dose, start.astimezone(house.zone)) for dose in self.doses]
        return house.home_file(language, sorted(self.flags), doses or None)


def at_instant(step: Step, start: datetime) -> Change:
    """The step as it happens."""
    return Change(start + step.after, step.device, step.values, step.action, by_person=True)


def seconds(count: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=count)


def being_in(house: House, room: str) -> tuple[Step, ...]:
    """The resident is in that room when the story begins, and nowhere else."""
    return tuple(Step(timedelta(), device, values) for device, values in arrival(house, room))


def told_within_life(  # noqa: PLR0913, PLR0917 - whose day, and from when to when
    house: House,
    seed: int,
    scenario: Scenario,
    start: datetime,
    after: timedelta,
    since: datetime | None = None,
) -> Iterator[Change]:
    """A day that runs into the story: life until `start`, then the story beside idle readings.

    From `since` (None: the local midnight before `start`) until `start + after`.
    """
    midnight = start.astimezone(house.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    until = start + after
    return merge(
        _lived(live(house, seed, since or midnight, until), scenario, start),
        [change for change in _in_order(scenario.changes(start)) if change.at < until],
        key=lambda change: change.at,
    )


def _as_told(dose: Dose, began_at: datetime) -> dict[str, Value]:
    """An entry of the home file; `at` is the local time of day."""
    at = began_at + dose.after
    entry: dict[str, Value] = {"name": dose.name, "at": at.strftime("%H:%M:%S")}
    entry["days"] = [_DAYS[at.weekday()]]  # yesterday it was not in the plan
    if dose.slot:
        entry["slot"] = dose.slot
    if dose.is_time_critical:
        entry["time_critical"] = True
    return entry


def _lived(life: Iterator[Change], scenario: Scenario, start: datetime) -> Iterator[Change]:
    for change in life:
        left = change if change.at < start else scenario.leaves(change)
        if left is not None:
            yield left


def _in_order(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.at)
