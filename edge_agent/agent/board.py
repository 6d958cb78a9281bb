"""The home's own programs see what the hub sees: retained topics under `hearthline/` on its broker.

All that is shown is made anew from the incidents and the lights whenever something has changed,
and only what differs is sent; so a restart, a broker that has forgotten, or a Home Assistant that
has just started need nothing but "show it all again". Nothing here is waited for.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from edge_agent.agent.faults import recorded
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.agent.home_assistant import (
    COVERAGE,
    INCIDENTS,
    RISK,
    STATUS,
    birth_topics,
    config_topic,
    discovery,
)
from edge_agent.agent.shown import (
    KEPT,
    is_silent_call,
    raised_slugs,
    seems_closed_at,
    shown_finding,
    shown_incident,
    summary,
)
from edge_agent.coverage import RiskCoverage, State
from edge_agent.mqtt_client import Incoming
from edge_agent.mqtt_ingest import Outgoing
from edge_agent.response import Changed, HubIncident
from edge_agent.timeline import Clock

ONLINE, OFFLINE = b"online", b"offline"
UNKNOWN = b"None"
"""What Home Assistant reads as "unknown": a risk that nobody watches is never shown as off."""
_LIGHTS_EVERY = timedelta(seconds=5)
_LOOK_EVERY = 1.0
"""Seconds, while an incident is shown: time alone may change what is to be seen of it."""
_KEEP_PUBLISHING = timedelta(seconds=60)
_KEEP_SHOWING = timedelta(days=1)
"""A broker that was away longer is shown everything again all the same, save what was removed."""
_NOT_THERE = frozenset({"no_device", "no_detector_yet"})

Publish = Callable[[Outgoing, str], None]


class Board:
    """What one home shows of itself on its own broker."""

    def __init__(  # noqa: PLR0913 - what an installer decides about it
        self,
        heart: Heart,
        publish: Publish,
        now: Clock,
        *,
        hub_id: str,
        faults: set[str],
        has_details: bool = False,
        prefix: str = "",
        translate: Callable[[str], str] = str,
    ) -> None:
        """`prefix`: where Home Assistant looks for discovery; empty: it is told nothing."""
        self._heart = heart
        self._publish = publish
        self._now = now
        self._hub_id = hub_id
        self._faults = faults
        self._has_details = has_details
        self._prefix = prefix
        self._births = birth_topics(prefix)
        self._translate = translate
        self._incidents: dict[UUID, HubIncident] = {}
        self._shown: dict[str, bytes | None] = {}
        """Last sent by topic; None: unknown, so it is sent again."""
        self._lights: list[RiskCoverage] = []
        self._lit_at: datetime | None = None
        self._wake = asyncio.Event()

    def remember(
        self,
        incidents: Iterable[HubIncident],
        just_closed: Iterable[HubIncident],
        died_at: datetime | None,
    ) -> None:
        """After a restart: what the hub before this one may have left on the broker."""
        now = self._now()
        for incident in (*just_closed, *incidents):
            self._incidents[incident.incident_id] = incident
            closed_at = seems_closed_at(incident, now)
            was_shown = closed_at is None or closed_at + KEPT >= (died_at or now)
            if was_shown and not is_silent_call(incident):
                self._shown[_topic(incident)] = None

    def take(self, message: Incoming) -> bool:
        """Whether the message was for the board: Home Assistant has started, or its own echo."""
        if message.topic == STATUS:
            return True  # no node of that name: it is the hub itself that it hears
        if message.topic not in self._births:
            return False
        if message.payload == ONLINE and not message.is_retained:
            self.renew()
        return True

    def follow(self, outcome: Outcome) -> None:
        """What has been decided, once it is journaled and done."""
        until = self._now() + _KEEP_PUBLISHING
        for finding in outcome.findings:
            shown = shown_finding(finding, has_details=self._has_details)
            if shown is not None:
                topic = f"hearthline/finding/{finding.slug}"
                self._publish(Outgoing(topic, _json(shown), until, needs_listener=False), "")
        for effect in outcome.effects:
            if isinstance(effect, Changed):
                self._incidents[effect.incident.incident_id] = effect.incident
        self._wake.set()

    def renew(self) -> None:
        """Show it all again: whoever looks may have seen nothing yet."""
        self._shown = dict.fromkeys(self._shown)
        self._wake.set()

    async def run(self) -> None:
        """Keep it up to date until cancelled."""
        while True:
            self._wake.clear()
            with recorded("board_failed", self._faults):
                self._refresh(self._now())
            wait = _LOOK_EVERY if self._incidents else _LIGHTS_EVERY.total_seconds()
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _refresh(self, now: datetime) -> None:
        if self._lit_at is None or now - self._lit_at >= _LIGHTS_EVERY:
            self._lights, self._lit_at = self._heart.lights(now), now
        view = self._view(now)
        for topic in [*view, *(gone for gone in self._shown if gone not in view)]:
            payload = view.get(topic, b"")
            if topic not in self._shown or self._shown[topic] != payload:
                self._show(topic, payload, now)
        self._forget(now)

    def _show(self, topic: str, payload: bytes, now: datetime) -> None:
        until = now + (_KEEP_SHOWING if topic.startswith("hearthline/") else _KEEP_PUBLISHING)
        message = Outgoing(topic, payload, until, is_retained=True, needs_listener=False)
        self._publish(message, topic)
        if payload:
            self._shown[topic] = payload
        else:
            del self._shown[topic]

    def _view(self, now: datetime) -> dict[str, bytes]:
        """All that is to be seen now, by topic."""
        known = self._incidents.values()
        raised = raised_slugs(known, self._heart.response.open_incidents, now)
        view = {
            STATUS: ONLINE,
            INCIDENTS: _json(summary(known, now)),
            COVERAGE: _json({light.slug: _coverage(light) for light in self._lights}),
        }
        for light in self._lights:
            if light.slug in raised or light.reason != "no_detector_yet":
                view[RISK.format(light.slug)] = _state(light, is_on=light.slug in raised)
        for incident in known:
            shown = shown_incident(incident, now, has_details=self._has_details)
            if shown is not None:
                view[_topic(incident)] = _json(shown)
        if self._prefix:
            watched = {light.slug for light in self._lights if light.reason not in _NOT_THERE}
            message = discovery(self._hub_id, watched, self._translate)
            view[config_topic(self._prefix, self._hub_id)] = _json(message)
        return view

    def _forget(self, now: datetime) -> None:
        """What is over here and shown nowhere any more."""
        for incident_id, incident in list(self._incidents.items()):
            is_shown = shown_incident(incident, now, has_details=False) is not None
            if incident_id not in self._heart.response.open_incidents and not is_shown:
                del self._incidents[incident_id]


def _topic(incident: HubIncident) -> str:
    return f"hearthline/incident/{incident.incident_id}"


def _coverage(light: RiskCoverage) -> dict[str, str]:
    """Without its values: they name devices."""
    return {"state": light.state.value, "reason": light.reason}


def _state(light: RiskCoverage, *, is_on: bool) -> bytes:
    if is_on:
        return b"ON"
    return UNKNOWN if light.state is State.BLIND else b"OFF"


def _json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()
