"""A home at work: devices, resident, terminals, and stories told on demand."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from simulator.bridge import Bridge, Broker, Clock, Sent
from simulator.change import Change
from simulator.house import House
from simulator.resident import cache_at, live
from simulator.scenario import Scenario, Step, at_instant
from simulator.scenarios.fall import stand_up
from simulator.terminal import Answer, Resident, Terminals


@dataclass(slots=True)
class HomeAtWork:
    """One home on one broker. `run` for ever; tell stories beside it."""

    house: House
    seed: int
    broker: Broker
    clock: Clock
    speed: float = 1.0
    """How many seconds of the resident's life pass in one; messages carry the real instant."""
    resident: Resident = field(default_factory=Resident)
    bridge: Bridge = field(init=False)
    terminals: Terminals = field(init=False)
    told: Scenario | None = None
    """The story being told: until `resume` the resident does nothing else."""
    began_at: datetime | None = None
    """When that story began, if it did before the home was started."""
    started_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started_at = self.clock()
        cache = cache_at(self.house, self.seed, self.began_at or self.started_at)
        for step in self.told.earlier if self.told else ():
            cache.absorb(at_instant(step, self.started_at))
        self.bridge = Bridge(self.house, cache, self.broker, self.clock)
        rng = Random(f"terminal:{self.seed}")
        self.terminals = Terminals(self.broker, self.resident, self.clock, rng)

    async def run(self) -> None:
        """Never returns."""
        self.bridge.send_cached_states()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.bridge.run(), name="bridge")
            group.create_task(self.terminals.run(), name="terminals")
            group.create_task(self._live(), name="life")

    async def tell(self, scenario: Scenario, answer: Answer) -> datetime:
        """Play a scenario to its last step; gives the instant its criterion was met.

        For a quiet twin: the instant of its last step. See `begin` for not waiting to the end.
        """
        self.begin(scenario, answer)
        return await self.play(scenario.steps, scenario.criterion_after)

    def begin(self, scenario: Scenario, answer: Answer) -> None:
        """A story begins: the resident leaves off living and answers like this."""
        self.told = scenario
        self.resident.begin(answer)

    def resume(self) -> None:
        """The story is over: the resident goes on living."""
        self.told = self.began_at = None

    def start_of(self, scenario: Scenario) -> datetime:
        """When a story begins that is told now; raises `StartsWithHome` where that is too late."""
        if self.began_at is not None and self.told is not None and self.told.slug == scenario.slug:
            return self.began_at
        if scenario.starts_with_home:
            raise StartsWithHome(scenario)
        return self.clock()

    async def play(
        self,
        steps: Iterable[Step],
        criterion_after: timedelta | None = None,
        is_met: asyncio.Future[datetime] | None = None,
        start: datetime | None = None,
    ) -> datetime:
        """Let the steps happen at their time; resolves `is_met` as soon as the criterion is met.

        `start`: what `after` counts from, None: now.
        """
        start, met_at = start or self.clock(), None
        for step in sorted(steps, key=lambda step: step.after):
            if criterion_after is not None and met_at is None and step.after > criterion_after:
                met_at = await self._meet(start + criterion_after, is_met)
            await self._wait_until(start + step.after)
            sent = self.notice(step)
            if step.after == criterion_after:
                met_at = _resolve(is_met, sent.at)
        if met_at is None:
            met_at = await self._meet(start + (criterion_after or timedelta()), is_met)
        return met_at

    def notice(self, step: Step) -> Sent:
        """The step happens now."""
        return self.bridge.notice(
            Change(self.clock(), step.device, step.values, step.action, by_person=True)
        )

    async def stand_up(self) -> None:
        """The resident gets up and walks into the kitchen."""
        await self.play(stand_up(self.house))

    async def _meet(self, at: datetime, is_met: asyncio.Future[datetime] | None) -> datetime:
        await self._wait_until(at)
        return _resolve(is_met, at)

    async def _wait_until(self, at: datetime) -> None:
        await asyncio.sleep(max(0.0, (at - self.clock()).total_seconds()))

    async def _live(self) -> None:
        for change in live(self.house, self.seed, self.started_at, None):
            since_start = (change.at - self.started_at) / self.speed
            await self._wait_until(self.started_at + since_start)
            left = change if self.told is None else self.told.leaves(change)
            if left is not None:
                self.bridge.notice(replace(left, at=self.clock()))


class StartsWithHome(ValueError):
    """The story began before anyone watches, or asks something of the home file."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(
            f"{scenario.slug} ({scenario.name}) needs a home that is started with it: "
            f'make demo ARGS="--story {scenario.slug} --variant {scenario.name}"'
        )


def _resolve(is_met: asyncio.Future[datetime] | None, at: datetime) -> datetime:
    if is_met is not None and not is_met.done():
        is_met.set_result(at)
    return at
