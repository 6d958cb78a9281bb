"""Twice a minute the hub says that it is alive, what it can see, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent import SOFTWARE
from edge_agent.agent.heart import Heart
from edge_agent.coverage import RiskCoverage
from edge_agent.decode import KnownDevice
from edge_agent.journal import Journal
from vocabulary.devices_in_words import sort_of
from vocabulary.wire import CoveragePart, Heartbeat, Hello

ALL_LIGHTS_EVERY = timedelta(minutes=10)
"""Ours: a heartbeat has no receipt; what the cloud lost behind its broker is told again so soon."""
_MOST_FAULTS = 16
_LONGEST = 120
"""Characters of a value on the wire."""


@dataclass(slots=True)
class Report:
    """Composes hello and heartbeat; remembers what of the coverage the cloud was told."""

    hub_id: str
    boot_id: str
    config_revision: int
    new_id: Callable[[datetime], UUID]
    faults: set[str] = field(default_factory=set)
    """Standing faults of the hub itself, beside the journal's: clock_not_set, handler_failed."""
    _told: dict[str, CoveragePart] = field(init=False, default_factory=dict)
    _all_told_at: datetime | None = field(init=False, default=None)

    def hello(self, heart: Heart, now: datetime) -> Hello:
        """The first words of a connection: all lights, all open incidents."""
        lights = coverage_parts(heart, now)
        self._told, self._all_told_at = {light.slug: light for light in lights}, now
        return Hello(
            event_id=self.new_id(now),
            hub_id=self.hub_id,
            sent_at=now,
            boot_id=self.boot_id,
            software=SOFTWARE,
            coverage=lights,
            open_incidents=list(heart.response.open_incidents)[:64],
            config_revision=self.config_revision,
        )

    def heartbeat(  # noqa: PLR0913, PLR0917 - what each part of the hub has to tell
        self,
        heart: Heart,
        journal: Journal,
        queued: int,
        oldest: timedelta,
        dropped: int,
        now: datetime,
    ) -> Heartbeat:
        """The next heartbeat, with the lights that changed since the last one that arrived.

        Every ten minutes all of them: that the broker has it does not mean that the cloud has.
        """
        lights = coverage_parts(heart, now)
        changed = [one for one in lights if self._told.get(one.slug) != one]
        if self._all_told_at is None or now - self._all_told_at >= ALL_LIGHTS_EVERY:
            changed = lights
        return Heartbeat(
            event_id=self.new_id(now),
            hub_id=self.hub_id,
            sent_at=now,
            boot_id=self.boot_id,
            queued=queued,
            oldest_queued_seconds=max(0.0, oldest.total_seconds()),
            coverage=changed,
            proof_of_life_at=heart.last_sign_of_life,
            devices=len(heart.devices),
            devices_silent=heart.coverage.silent(now),
            refused=sum(heart.decoder.refused.values()) + dropped,
            faults=sorted(self.faults | journal.faults | _failed(heart))[:_MOST_FAULTS],
        )

    def arrived(self, beat: Heartbeat) -> None:
        """That heartbeat was handed over: its lights need not be told again."""
        self._told |= {light.slug: light for light in beat.coverage}
        if len(beat.coverage) == len(self._told):
            self._all_told_at = beat.sent_at


def coverage_parts(heart: Heart, now: datetime) -> list[CoveragePart]:
    """All lights in the wire's form, each device told so that people know which it is."""
    devices = {device.address: device for device in heart.devices}
    return [
        CoveragePart(
            slug=light.slug,
            state=light.state.value,
            reason=light.reason,
            since=light.since,
            values={**_in_words(devices.get(_device(light))), **dict(light.values)},
        )
        for light in heart.lights(now)
    ]


def _device(light: RiskCoverage) -> str:
    return str(dict(light.values).get("device", ""))


def _in_words(device: KnownDevice | None) -> dict[str, str]:
    """Its name, what it is, where it stands, make and model: as far as they are known."""
    if device is None:
        return {}
    said = {
        "name": device.given_name,
        "sort": sort_of(device.kinds, device.guards),
        "room": device.room,
        "room_type": device.room_type,
        "model": f"{device.vendor} {device.model}".strip(),
    }
    return {key: text[:_LONGEST] for key, text in said.items() if text}


def _failed(heart: Heart) -> set[str]:
    failed = {"detector_failed"} if heart.failing() else set[str]()
    return failed | ({"bookkeeping_failed"} if heart.bookkeeping_fault else set())
