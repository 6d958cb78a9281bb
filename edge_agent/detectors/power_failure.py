"""Power failure: the house is dark and grows cold, and what helps somebody breathe stands still.

The mains count as lost when a device that is fed by them and lives on without them says so (RISKS
§4). A medical device counts as cut off already when its own plug is off or no longer answers: one
cannot wait to learn why. A plug of anything else that drops out is a tripped fuse at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, is_usable, late_by, may_clear, number
from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Severity

LOST_FOR = timedelta(minutes=2)
"""RISKS §4: "mains lost ≥ 2 min"; shorter cuts are switching, or a meter being topped up."""

BACK_FOR = timedelta(seconds=60)
"""Power must be back as long before the finding ends: it often comes back for seconds. Ours."""

LONG = timedelta(minutes=60)
LOW_PERCENT = 30.0
"""RISKS §4: "60 min or hub battery < 30 % → community worker"."""

GONE_WITHIN = timedelta(minutes=5)
"""RISKS §7: devices that go silent within 5 min of a power failure belong to it."""

NEVER_OFF = frozenset({"oxygen", "ventilator", "medical"})
"""What a device stands by that somebody's life hangs on (the home file's `guards`)."""
MEDICAL = NEVER_OFF | {"cpap"}
"""The same, with what helps only asleep and is rightly switched off each morning. Ours."""
HUB = "hub"
"""The hub's own supply, with its battery."""


@dataclass(slots=True)
class Cut:
    """Power that a device says is gone, or was a moment ago."""

    kind: Kind
    since: datetime
    room: str
    is_medical: bool
    reported_at: datetime | None
    was_found: bool
    late_by_seconds: float
    back_since: datetime | None = None

    def is_present(self, now: datetime) -> bool:
        starts_at = self.since + LOST_FOR
        if self.back_since is None:
            return now >= starts_at
        return self.back_since >= starts_at and now - self.back_since < BACK_FOR


@dataclass(slots=True)
class PowerFailure:
    """Present per device; `mains_lost` grows severe with time, or as the hub's battery runs low."""

    needs_oxygen: bool = False
    """The resident's life hangs on a device that needs the mains (`oxygen_device`)."""

    slug: ClassVar[str] = "power_failure"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.MAINS_LOST, Kind.SWITCH_ON, Kind.ONLINE, Kind.BATTERY, Kind.POWER}
    )
    lookback: ClassVar[timedelta] = LOOKBACK

    cuts: dict[tuple[str, Kind], Cut] = field(init=False, default_factory=dict)
    gone: dict[str, datetime] = field(init=False, default_factory=dict)
    """Devices that no longer answer, since when."""
    drew_at: dict[str, datetime] = field(init=False, default_factory=dict)
    """When a plug last measured that something draws power."""
    hub_percent: float | None = field(init=False, default=None)

    def minds(self, kind: Kind, guards: str, room_type: str) -> bool:
        """Of batteries the hub's own, of switches those that are never off."""
        del room_type
        match kind:
            case Kind.BATTERY:
                return guards == HUB
            case Kind.SWITCH_ON:
                return guards in NEVER_OFF
            case _:
                return True

    def observe(self, seen: Observation) -> None:
        if not is_usable(seen):
            return
        match seen.kind:
            case Kind.BATTERY:
                self.hub_percent = number(seen)
            case Kind.POWER:
                if not seen.is_found and (number(seen) or 0.0) > 0:
                    self.drew_at[seen.device] = seen.at
            case Kind.SWITCH_ON:
                self._observe_cut(seen, is_lost=seen.value is False)
            case Kind.ONLINE:
                self._observe_answer(seen)
            case _:
                self._observe_cut(seen, is_lost=seen.value is True)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        return self._present(now) if self.cuts else ()

    def due(self, now: datetime) -> datetime | None:
        instants: list[datetime] = []
        for cut in self.cuts.values():
            instants += [cut.since + LOST_FOR, cut.since + LONG]
            if cut.back_since is not None:
                instants.append(cut.back_since + BACK_FOR)
        return min((at for at in instants if at > now), default=None)

    def _present(self, now: datetime) -> tuple[Assessment, ...]:
        present = [(device, c) for (device, _), c in self.cuts.items() if c.is_present(now)]
        first: dict[str, Cut] = {}
        for device, cut in sorted(present, key=lambda each: each[1].since):
            first.setdefault(device, cut)
        return tuple(self._assessed(device, cut, now) for device, cut in first.items())

    def _observe_answer(self, seen: Observation) -> None:
        is_gone = seen.value is False
        if seen.guards in MEDICAL:
            self._observe_cut(seen, is_lost=is_gone)
        if not is_gone:
            self.gone.pop(seen.device, None)
        elif not seen.is_found:
            self.gone.setdefault(seen.device, seen.at)

    def _observe_cut(self, seen: Observation, *, is_lost: bool) -> None:
        place = (seen.device, seen.kind)
        known = self.cuts.get(place)
        if not is_lost:
            if known is not None and may_clear(seen, known.reported_at):
                self._back(place, known, seen.at)
            return
        if known is None or (known.back_since is not None and not known.is_present(seen.at)):
            self.cuts[place] = Cut(
                seen.kind,
                seen.at,
                seen.room,
                seen.guards in MEDICAL,
                seen.reported_at,
                seen.is_found,
                late_by(seen),
            )
            return
        known.back_since, known.reported_at = None, seen.reported_at

    def _back(self, place: tuple[str, Kind], known: Cut, at: datetime) -> None:
        if known.is_present(at):
            known.back_since = known.back_since or at
        else:
            del self.cuts[place]

    def _assessed(self, device: str, cut: Cut, now: datetime) -> Assessment:
        is_medical = cut.is_medical or self.needs_oxygen
        return Assessment(
            variant="medical_device" if is_medical else "mains_lost",
            since=cut.since,
            facts=tuple(self._facts(cut, now)),
            missing=tuple(self._missing(cut)),
            counter=tuple(self._counter(cut)),
            severity=None if is_medical else self._severity(cut, now),
            room=cut.room,
            device=device,
            was_found=cut.was_found,
            late_by_seconds=cut.late_by_seconds,
        )

    def _severity(self, cut: Cut, now: datetime) -> Severity:
        return Severity.HIGH if now - cut.since >= LONG or self._is_low() else Severity.MEDIUM

    def _is_low(self) -> bool:
        return self.hub_percent is not None and self.hub_percent < LOW_PERCENT

    def _facts(self, cut: Cut, now: datetime) -> Iterable[Fact]:
        minutes = int((now - cut.since) / timedelta(minutes=1))
        if cut.kind is Kind.SWITCH_ON:
            yield Fact.of("fact.medical_plug_off", minutes=minutes)
        elif cut.kind is Kind.ONLINE:
            yield Fact.of("fact.medical_plug_gone", minutes=minutes)
        else:
            yield Fact.of("fact.mains_lost", minutes=minutes)
        if self.needs_oxygen:
            yield Fact.of("fact.needs_oxygen")
        if self._is_low():
            yield Fact.of("fact.hub_battery", percent=round(self.hub_percent or 0.0))
        count = sum(1 for at in self.gone.values() if at >= cut.since - GONE_WITHIN)
        if count:
            yield Fact.of("fact.devices_gone", count=count)

    def _missing(self, cut: Cut) -> Iterable[Fact]:
        if cut.kind is Kind.ONLINE:
            yield Fact.of("fact.power_or_radio")
        if self.hub_percent is None:
            yield Fact.of("fact.no_hub_battery")

    def _counter(self, cut: Cut) -> Iterable[Fact]:
        """What speaks against it is told to whoever is asked; it takes nothing back."""
        if cut.kind is Kind.MAINS_LOST and any(at > cut.since for at in self.drew_at.values()):
            yield Fact.of("fact.mains_elsewhere")
        yield Fact.of("fact.power_would_be_back")
