"""Each of the 29 risks is covered, degraded or blind, with the reason and since when.

DESIGN §5, Coverage. Nothing is taken for granted: a device not heard since the start is not yet
proof, a retained message proves no life, and a sensor that says it is broken watches nothing.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from edge_agent.coverage.life import MOST_GAPS, SPEAKS_OF_ITSELF, Gap, Life
from edge_agent.coverage.state import Known, RiskCoverage, State, Values
from edge_agent.coverage.watcher import Watcher, meets
from edge_agent.detectors import DETECTORS, NOT_YET
from vocabulary.devices_in_words import sort_of
from vocabulary.home import HomeFile
from vocabulary.observation import Kind, Observation
from vocabulary.risk import Need, Risk
from vocabulary.risks import RISKS

PATIENCE = 1.5
"""Times the profile's longest normal silence; then a device is overdue (DESIGN §5)."""

LEARNED_AT_MOST = 4
"""Times the profile's: what a week with a flat battery may teach (ours; RISKS §4: caps bound what
is learned)."""

_RANK = {State.COVERED: 2, State.DEGRADED: 1, State.BLIND: 0}
_NONE = timedelta(0)

Rhythm = Callable[[str, datetime], timedelta | None]
"""A device's own longest usual silence, of one that began at an instant; None: not yet learned."""


def nothing_learned(_address: str, _since: datetime) -> timedelta | None:
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
    dying: Mapping[str, int] = field(default_factory=dict)
    """Device → days until its battery will be empty, where these are few."""
    stuck: Mapping[tuple[str, Kind], datetime] = field(default_factory=dict)
    """Device and kind → since when a number that should change has not."""
    told: dict[str, RiskCoverage] = field(init=False, default_factory=dict)
    """The last answers: a light that has not changed keeps its `since`."""
    known_since: dict[str, datetime] = field(init=False, default_factory=dict)
    """Device → when it was first told of: from then on it should have spoken."""
    deaf: deque[Gap] = field(init=False, default_factory=lambda: deque(maxlen=MOST_GAPS))
    """When the hub itself was not there to hear."""
    _devices: dict[str, Known] = field(init=False, default_factory=dict)
    _lives: dict[str, Life] = field(init=False, default_factory=dict)

    def observe(self, device: str, at: datetime) -> None:
        """A device has spoken by itself at `at`."""
        life = self._lives.get(device)
        if life is None:
            self._lives[device] = Life(at)
        elif life.at is None or at > life.at:
            life.at = at

    def read(self, seen: Observation) -> None:
        """As `observe`, but told the reading: what was found proves no life, "offline" ends it."""
        if seen.kind in SPEAKS_OF_ITSELF:
            self._life(seen.device).heed(seen)
            if seen.kind is Kind.ONLINE:
                return
        if not seen.is_found:
            self.observe(seen.device, seen.at)

    def known(self, devices: Iterable[Known]) -> None:
        """All devices that the bridges have told of; replaces what was known before."""
        self._devices = {device.address: device for device in devices}

    def restore(
        self,
        told: Iterable[RiskCoverage],
        known_since: Mapping[str, datetime],
        deaf: Iterable[Gap],
    ) -> None:
        """After a restart: what the lights were, since when each device is known, when we slept."""
        self.told = {light.slug: light for light in told}
        self.known_since = dict(known_since)
        self.deaf.extend(deaf)

    def assess(self, now: datetime, failing: Collection[str] = ()) -> list[RiskCoverage]:
        """The lights now, in the catalogue's order; `failing`: detectors that throw."""
        since = self.known_since
        self.known_since = {address: since.get(address, now) for address in self._devices}
        watchers = [self._watcher(device, now) for device in self._devices.values()]
        lights = [self._light(card, watchers, now, failing) for card in RISKS]
        for index, light in enumerate(lights):
            told = self.told.get(light.slug)
            if told is not None and (told.state, told.reason) == (light.state, light.reason):
                lights[index] = replace(light, since=told.since)
        self.told = {light.slug: light for light in lights}
        return lights

    def silent(self, now: datetime) -> int:
        """How many devices have been silent for too long, or are reported as offline.

        Not those behind a gateway that is gone: that is one fault, not a hundred.
        """
        here = [
            self._watcher(device, now)
            for device in self._devices.values()
            if self._gone_since(device.bridge, now) is None
        ]
        return sum(one.was_heard_out or one.life.gone_since(now) is not None for one in here)

    def _life(self, device: str) -> Life:
        life = self._lives.get(device)
        if life is None:
            life = self._lives[device] = Life()
        return life

    def _gone_since(self, device: str, now: datetime) -> datetime | None:
        life = self._lives.get(device)
        return None if life is None else life.gone_since(now)

    def _light(
        self, card: Risk, watchers: list[Watcher], now: datetime, failing: Collection[str]
    ) -> RiskCoverage:
        if card.slug not in self.detectors:
            return RiskCoverage(card.slug, State.BLIND, "no_detector_yet", now)
        if card.slug in failing:
            return RiskCoverage(card.slug, State.BLIND, "detector_failed", now)
        untold = self.not_yet.get(card.slug, frozenset())
        needs = [n for n in card.needs if not n.variants or not untold.issuperset(n.variants)]
        lights = [
            self._seen_by(watcher, card, now)
            for watcher in watchers
            if any(meets(watcher.device, need) for need in needs)
        ]
        nothing = RiskCoverage(card.slug, State.BLIND, "no_device", now, _sorts(needs))
        best = max(lights, key=lambda light: _RANK[light.state], default=nothing)
        if untold and best.state is State.COVERED:
            return replace(best, state=State.DEGRADED, reason="not_every_form")
        return best

    def _seen_by(self, watcher: Watcher, card: Risk, now: datetime) -> RiskCoverage:
        """How well one device alone would watch this risk."""
        bridge = watcher.device.bridge
        gone_since = self._gone_since(bridge, now)
        if gone_since is not None:
            gone: Values = (("bridge", bridge),)
            return RiskCoverage(card.slug, State.BLIND, "gateway_gone", gone_since, gone)
        named: Values = (("device", watcher.device.address),)
        worst = next(watcher.troubles(card, now), None)
        if worst is None:
            return RiskCoverage(card.slug, State.COVERED, "alive", now, named)
        state, reason, since, more = worst
        return RiskCoverage(card.slug, state, reason, since, (*named, *more))

    def _watcher(self, device: Known, now: datetime) -> Watcher:
        """The device, with how long it has been quiet against what is normal for it."""
        life = self._lives.get(device.address) or Life()
        known_since = self.known_since.get(device.address, now)
        quiet_since = life.at or known_since
        overdue_at = quiet_since + self._patience(device, quiet_since)
        is_overdue = device.expect_every is not None and now > overdue_at
        deaf = self._deaf(device, quiet_since, now) if is_overdue else _NONE
        return Watcher(
            device=device,
            known_since=known_since,
            overdue_since=overdue_at if is_overdue else None,
            was_heard_out=is_overdue and now > overdue_at + deaf,
            days_left=self.dying.get(device.address),
            stuck={k: at for (address, k), at in self.stuck.items() if address == device.address},
            life=life,
        )

    def _patience(self, device: Known, quiet_since: datetime) -> timedelta:
        """How long it may be silent, by its profile and by its own rhythm (DESIGN §5)."""
        expect_every = device.expect_every or _NONE
        learned = self.rhythm(device.address, quiet_since) or _NONE
        return max(expect_every * PATIENCE, min(learned, expect_every * LEARNED_AT_MOST))

    def _deaf(self, device: Known, since: datetime, until: datetime) -> timedelta:
        """How long a word of that device could not have reached us meanwhile."""
        bridge = self._lives.get(device.bridge)
        gaps = [*self.deaf, *(bridge.away if bridge else ())]
        shared = (min(end, until) - max(begin, since) for begin, end in gaps)
        return sum((max(one, _NONE) for one in shared), _NONE)


def _sorts(needs: Iterable[Need]) -> Values:
    """What sorts of devices would see it: words of `vocabulary.devices_in_words`."""
    sorts = [
        sort_of((kind,), guards)
        for need in needs
        for kind in need.kinds
        for guards in need.guards or ("",)
    ]
    return (("needs", " ".join(dict.fromkeys(filter(None, sorts)))),)
