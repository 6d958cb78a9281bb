"""Poor air: fine dust that strains heart and lungs, a bedroom nobody airs, walls that stay damp.

Nothing here is an emergency: a tip by day, a line in the family's digest (RISKS §2).
Cooking, smoking, cleaning and smoke from outside make peaks; only a mean that stays high counts.
"""

import operator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import Assessment, may_clear, number
from edge_agent.signals.lasting import Lasting, Limit
from edge_agent.signals.mean_watch import MeanWatch
from edge_agent.signals.window_mean import WindowMean
from vocabulary.finding import Fact
from vocabulary.home import RoomType
from vocabulary.observation import Kind, Observation

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)

DUSTY_HOUR = Limit(75, operator.ge, eases=60)
"""RISKS §4: PM2.5, 1 h ≥ 75 µg/m³ (WHO AQG 2021, interim target-1 [V12]); eases: ours."""
DUSTY_DAY = Limit(15, operator.gt, eases=12)
"""RISKS §4: mean of 24 h > 15 µg/m³ (WHO AQG 2021 [V12]); eases: ours."""
STALE = Limit(1500, operator.ge, eases=1350, needs=timedelta(minutes=60))
"""RISKS §4, [D]: CO2 ≥ 1,500 ppm for 60 min; eases: ours."""
DAMP = Limit(70, operator.gt, eases=65, needs=DAY)
"""RISKS §4, [D]: relative humidity > 70 % for 24 h; eases: ours."""

DUST_HOLDS, CO2_HOLDS = timedelta(minutes=30), timedelta(minutes=30)
DAMP_HOLDS = timedelta(minutes=90)
"""How long one reading stands for the air. Dust and breath change within minutes, damp slowly, and
its sensors sleep for an hour (half as long again, as coverage waits for them). Ours."""

COOKED_WITHIN = HOUR
HEATING_WATTS = 50.0
"""The stove drew more than its standby within the hour (RISKS §5, 5)."""

NOT_THE_ROOM = frozenset(
    {"fridge", "freezer", "stove", "oven", "shower", "radiator", "boiler", "sauna", "letter_box"}
)
"""A sensor that stands in or at one of these tells nothing about the room's air."""


@dataclass(slots=True)
class Dust:
    """Fine dust at one sensor."""

    room: str
    hour: MeanWatch = field(
        default_factory=lambda: MeanWatch(WindowMean(HOUR, DUST_HOLDS), (DUSTY_HOUR,))
    )
    day: MeanWatch = field(
        default_factory=lambda: MeanWatch(WindowMean(DAY, DUST_HOLDS), (DUSTY_DAY,), every=HOUR)
    )
    """A digest need not be more punctual than to the hour."""


@dataclass(slots=True)
class Level:
    """Carbon dioxide or damp at one sensor."""

    room: str
    lasting: Lasting
    reading: float = 0.0


@dataclass(slots=True)
class AirQualityPoor:
    """Present per sensor."""

    slug: ClassVar[str] = "air_quality_poor"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.PM25, Kind.CO2, Kind.HUMIDITY, Kind.POWER, Kind.OPEN}
    )
    lookback: ClassVar[timedelta] = timedelta(hours=26)
    """A day of dust or damp, and the readings that stand for its first hour."""

    dust: dict[str, Dust] = field(init=False, default_factory=dict)
    stale: dict[str, Level] = field(init=False, default_factory=dict)
    damp: dict[str, Level] = field(init=False, default_factory=dict)
    stirring: set[tuple[Kind, str]] = field(init=False, default_factory=set)
    """What and where the air is not calm: usually nowhere, so that asking costs nothing."""
    cooked_at: datetime | None = field(init=False, default=None)
    open_windows: dict[str, str] = field(init=False, default_factory=dict)
    """Device → room."""

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        """The air of rooms, and what stirs it: a stove, a window."""
        match kind:
            case Kind.POWER:
                return guards == "stove"
            case Kind.OPEN:
                return guards == "window"
            case _:
                return guards not in NOT_THE_ROOM and room_type != RoomType.OUTDOOR

    def observe(self, seen: Observation) -> None:
        match seen.kind:
            case Kind.POWER:
                if (number(seen) or 0.0) >= HEATING_WATTS:
                    self.cooked_at = seen.at
            case Kind.OPEN:
                self._observe_window(seen)
            case _:
                self._observe_air(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        if not self.stirring:
            return ()
        found: list[Assessment] = []
        for kind, device in sorted(self.stirring):
            if kind is Kind.PM25:
                found += self._of_dust(device, now)
            elif kind is Kind.CO2:
                found += self._of_level("co2_stale", device, self.stale[device], now)
            else:
                found += self._of_level("damp", device, self.damp[device], now)
        return tuple(found)

    def due(self, now: datetime) -> datetime | None:
        watches = [watch for dust in self.dust.values() for watch in (dust.hour, dust.day)]
        levels = [*self.stale.values(), *self.damp.values()]
        instants = [watch.due(now) for watch in watches]
        instants += [level.lasting.met_at() for level in levels]
        return min((at for at in instants if at is not None and at > now), default=None)

    def _observe_window(self, seen: Observation) -> None:
        if seen.value is True:
            self.open_windows[seen.device] = seen.room
        elif seen.value is False:
            self.open_windows.pop(seen.device, None)

    def _observe_air(self, seen: Observation) -> None:
        reading = number(seen)
        # of unknown age or from an earlier minute: a mean is of what was known when
        if reading is None or not may_clear(seen, None):
            return
        match seen.kind:
            case Kind.PM25:
                if seen.device not in self.dust:
                    self.dust[seen.device] = Dust(seen.room)
                dust = self.dust[seen.device]
                dust.room = seen.room
                dust.hour.add(seen.at, reading)
                dust.day.add(seen.at, reading)
                is_calm = dust.hour.is_calm and dust.day.is_calm
            case Kind.CO2:
                is_calm = _take_in(self.stale, seen, reading, STALE, CO2_HOLDS)
            case _:
                is_calm = _take_in(self.damp, seen, reading, DAMP, DAMP_HOLDS)
        (self.stirring.discard if is_calm else self.stirring.add)((seen.kind, seen.device))

    def _of_dust(self, device: str, now: datetime) -> tuple[Assessment, ...]:
        dust = self.dust[device]
        facts: list[Fact] = []
        starts: list[datetime] = []
        for watch, key, limit in (
            (dust.hour, "fact.dust_hour", DUSTY_HOUR),
            (dust.day, "fact.dust_day", DUSTY_DAY),
        ):
            (lasting,) = watch.at(now)
            if lasting.since is None:
                continue
            starts.append(lasting.since)
            mean = watch.mean.mean(now)
            if mean is None:
                facts.append(Fact.of("fact.dust_unknown"))
            else:
                facts.append(Fact.of(key, value=round(mean, 1), limit=int(limit.value)))
        if not starts:
            return ()
        return (
            Assessment(
                variant="pm25",
                since=min(starts),
                facts=tuple(facts),
                missing=(Fact.of("fact.no_outdoor_air"),),
                counter=(*self._cooked(now), Fact.of("fact.dust_would_clear")),
                room=dust.room,
                device=device,
            ),
        )

    def _of_level(
        self, variant: str, device: str, level: Level, now: datetime
    ) -> tuple[Assessment, ...]:
        if level.lasting.since is None or not level.lasting.is_met(now):
            return ()
        limit, lasted = level.lasting.limit, level.lasting.lasted(now)
        if variant == "damp":
            hours = int(lasted / HOUR)
            fact = Fact.of("fact.damp", value=round(level.reading), limit=70, hours=hours)
        else:
            minutes = int(lasted / timedelta(minutes=1))
            fact = Fact.of(
                "fact.stale_air", value=round(level.reading), limit=1500, minutes=minutes
            )
        airs = level.room in self.open_windows.values()
        return (
            Assessment(
                variant=variant,
                since=level.lasting.since,
                facts=(fact,),
                counter=(
                    *((Fact.of("fact.window_open"),) if airs else ()),
                    Fact.of("fact.air_would_clear", value=int(limit.eases)),
                ),
                room=level.room,
                device=device,
            ),
        )

    def _cooked(self, now: datetime) -> tuple[Fact, ...]:
        is_lately = self.cooked_at is not None and now - self.cooked_at <= COOKED_WITHIN
        return (Fact.of("fact.stove_was_on"),) if is_lately else ()


def _take_in(
    levels: dict[str, Level],
    seen: Observation,
    reading: float,
    limit: Limit,
    holds_for: timedelta,
) -> bool:
    """Let a level know the reading; whether it is calm."""
    if seen.device not in levels:
        levels[seen.device] = Level(seen.room, Lasting(limit, holds_for))
    level = levels[seen.device]
    level.room, level.reading = seen.room, reading
    level.lasting.see(seen.at, reading)
    return level.lasting.since is None
