"""A home is protected only as far as its sensors still speak; each risk says whether it is watched.

Covered, degraded or blind, with the reason and since when (DESIGN §5, Coverage). Nothing is taken
for granted: a device not heard since the start is not yet proof, a retained message proves no life.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Protocol

from edge_agent.detectors import DETECTORS, NOT_YET
from vocabulary.home import HomeFile
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Need, Risk, Severity
from vocabulary.risks import RISKS

PATIENCE = 1.5
"""Times the profile's longest normal silence; then a device is overdue (DESIGN §5)."""

DAILY = timedelta(hours=6)
"""A critical risk whose only sensor checks in less often is at best degraded (DESIGN §5)."""


@unique
class State(StrEnum):
    """How far a risk is watched."""

    COVERED = "covered"
    DEGRADED = "degraded"
    BLIND = "blind"


_RANK = {State.COVERED: 2, State.DEGRADED: 1, State.BLIND: 0}


Values = tuple[tuple[str, str | float], ...]


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """One of the 29 lights."""

    slug: str
    state: State
    reason: str
    """A key of `vocabulary.sentences.COVERAGE`."""
    since: datetime
    values: Values = ()


class Known(Protocol):
    """What coverage reads of a device the bridge has told of (`decode.KnownDevice`)."""

    @property
    def address(self) -> str: ...
    @property
    def kinds(self) -> Collection[Kind]: ...
    @property
    def room_type(self) -> str: ...
    @property
    def guards(self) -> str: ...
    @property
    def bridge(self) -> str: ...
    @property
    def expect_every(self) -> timedelta | None: ...


@dataclass(slots=True)
class Heard:
    """What is known of one device's or bridge's life."""

    at: datetime | None = None
    offline_since: datetime | None = None


Rhythm = Callable[[str, datetime], timedelta | None]
"""A device's own longest usual silence at an instant, once it has been learned; None until then."""


def nothing_learned(_address: str, _now: datetime) -> timedelta | None:
    """The profile alone decides."""
    return None


@dataclass(slots=True)
class Coverage:
    """The lights of one home."""

    home: HomeFile
    rhythm: Rhythm = nothing_learned
    detectors: Collection[str] = field(default_factory=lambda: frozenset(DETECTORS))
    not_yet: Mapping[str, frozenset[str]] = field(default_factory=lambda: NOT_YET)
    """Variants of these detectors that nobody can recognise yet."""
    _devices: dict[str, Known] = field(init=False, default_factory=dict)
    _heard: dict[str, Heard] = field(init=False, default_factory=dict)
    _told: dict[str, RiskCoverage] = field(init=False, default_factory=dict)
    """The last answers: a light that has not changed keeps its `since`."""

    def observe(self, device: str, at: datetime) -> None:
        """A device has spoken by itself at `at`."""
        heard = self._heard.get(device)
        if heard is None:
            self._heard[device] = Heard(at)
        elif heard.at is None or at > heard.at:
            heard.at = at

    def read(self, seen: Observation) -> None:
        """As `observe`, but told the reading: what was found proves no life, "offline" ends it."""
        if seen.kind is Kind.ONLINE:
            heard = self._heard.setdefault(seen.device, Heard())
            is_offline = seen.value is False
            heard.offline_since = (heard.offline_since or seen.at) if is_offline else None
        elif not seen.is_found:
            self.observe(seen.device, seen.at)

    def known(self, devices: Iterable[Known]) -> None:
        """All devices that the bridges have told of; replaces what was known before."""
        self._devices = {device.address: device for device in devices}

    def assess(self, now: datetime, failing: Collection[str] = ()) -> list[RiskCoverage]:
        """The lights now, in the catalogue's order; `failing`: detectors that throw."""
        lights = [self._light(card, now, failing) for card in RISKS]
        for index, light in enumerate(lights):
            told = self._told.get(light.slug)
            if told is not None and (told.state, told.reason) == (light.state, light.reason):
                lights[index] = replace(light, since=told.since)
        self._told = {light.slug: light for light in lights}
        return lights

    def _light(self, card: Risk, now: datetime, failing: Collection[str]) -> RiskCoverage:
        if card.slug not in self.detectors:
            return RiskCoverage(card.slug, State.BLIND, "no_detector_yet", now)
        if card.slug in failing:
            return RiskCoverage(card.slug, State.BLIND, "detector_failed", now)
        untold = self.not_yet.get(card.slug, frozenset())
        needs = [n for n in card.needs if not n.variants or not untold.issuperset(n.variants)]
        lights = [
            self._seen_by(device, card, now)
            for device in self._devices.values()
            if any(_meets(device, need) for need in needs)
        ]
        nothing = RiskCoverage(card.slug, State.BLIND, "no_device", now)
        best = max(lights, key=lambda light: _RANK[light.state], default=nothing)
        if untold and best.state is State.COVERED:
            return replace(best, state=State.DEGRADED, reason="not_every_form")
        return best

    def _seen_by(self, device: Known, card: Risk, now: datetime) -> RiskCoverage:
        """How well one device alone would watch this risk."""
        named: Values = (("device", device.address),)
        bridge = self._heard.get(device.bridge, Heard())
        heard = self._heard.get(device.address, Heard())
        if bridge.offline_since is not None:
            gone: Values = (("bridge", device.bridge),)
            return RiskCoverage(card.slug, State.BLIND, "gateway_gone", bridge.offline_since, gone)
        if heard.offline_since is not None:
            return RiskCoverage(card.slug, State.BLIND, "offline", heard.offline_since, named)
        if device.expect_every is None:
            return RiskCoverage(card.slug, State.DEGRADED, "unproven", now, named)
        if heard.at is None:
            return RiskCoverage(card.slug, State.DEGRADED, "not_heard_yet", now, named)
        return self._by_rhythm(device, device.expect_every, heard.at, card, now)

    def _by_rhythm(
        self, device: Known, expect_every: timedelta, heard_at: datetime, card: Risk, now: datetime
    ) -> RiskCoverage:
        """By how long it has been silent, against what is usual for it."""
        named: Values = (("device", device.address),)
        usual = self.rhythm(device.address, now) or timedelta(0)
        overdue_at = heard_at + max(expect_every * PATIENCE, usual)
        if now > overdue_at:
            return RiskCoverage(card.slug, State.BLIND, "silent", overdue_at, named)
        if card.severity is Severity.CRITICAL and expect_every > DAILY:
            hours = round(expect_every / timedelta(hours=1), 1)
            slow: Values = (*named, ("hours", hours))
            return RiskCoverage(card.slug, State.DEGRADED, "checked_daily", now, slow)
        return RiskCoverage(card.slug, State.COVERED, "alive", now, named)


def _meets(device: Known, need: Need) -> bool:
    if not set(need.kinds) & set(device.kinds):
        return False
    is_there = need.room_type in {"", device.room_type}
    return is_there and (not need.guards or device.guards in need.guards)
