"""What the heart decides is committed first, then done in the home, then sent: in this order.

A disk that does not answer in half a second is not waited for: the person comes first, and the
incident goes out from memory (RELIABILITY F15).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.agent.faults import recorded
from edge_agent.agent.heart import Heart, Outcome, is_pressing
from edge_agent.journal import Batch, IncidentRow, Journal, OutboxRow, Ticket
from edge_agent.log import Log
from edge_agent.mqtt_ingest import Outgoing
from edge_agent.response import Changed, Closed, Effect, HubIncident, Speak, Switch
from edge_agent.terminals import Terminals
from vocabulary.finding import Finding, FindingState
from vocabulary.risk import Severity
from vocabulary.wire import dump

PATIENCE_WITH_DISK = 0.5
"""Seconds; local action is due within two of the criterion (DESIGN §1)."""
_KEEP_SWITCHING = timedelta(minutes=10)
"""A siren's command is repeated this long while its bridge is away."""
_KEEP_SAYING = timedelta(seconds=30)
_MOST_WAITING = 1000

_log = Log("deeds")
Publish = Callable[[Outgoing, str], None]


class Deeds:
    """Commits, then acts, then sends."""

    def __init__(  # noqa: PLR0913 - each deed has its own addressee
        self,
        hub_id: str,
        journal: Journal,
        *,
        new_id: Callable[[datetime], UUID],
        publish: Publish,
        send: Callable[[OutboxRow], None],
        show: Callable[[Outcome], None],
        grew: Callable[[HubIncident], None],
        faults: set[str],
    ) -> None:
        """`publish` speaks to the home's broker, `send` to the cloud.

        `grew`: an incident that is new, or that another risk has joined. `show`: last of all, for
        whoever looks on; `faults`: where a deed that failed is recorded.
        """
        self._faults = faults
        self._hub_id = hub_id
        self._journal = journal
        self._new_id = new_id
        self._publish = publish
        self._send = send
        self._show = show
        self._grew = grew
        self._waiting: asyncio.Queue[tuple[Ticket, Callable[[], None]]] = asyncio.Queue(
            _MOST_WAITING
        )
        self.unfit = 0
        """Incidents that could not be put into the wire's form: a fault of ours."""

    def carry_out(
        self,
        outcome: Outcome,
        heart: Heart,
        terminals: Terminals,
        now: datetime,
        *,
        batch: Batch | None = None,
    ) -> "Future[None] | None":
        """Journal and do what follows; returns what is set once it is durable, None: nothing was.

        `batch` carries what else belongs into the same commit.
        """
        kept = [seen for seen in outcome.observations if self._journal.keeps(seen)]
        is_urgent = (
            batch is not None
            or bool(outcome.findings or outcome.effects)
            or any(is_pressing(seen) for seen in kept)
        )
        if not is_urgent:
            if kept:
                self._journal.keep(kept)
            return None
        batch = batch or Batch()
        batch.observations += kept
        batch.findings += outcome.findings
        changed = _newest_revisions(outcome.effects)
        batch.incidents += [_row(incident, now) for incident in changed]
        messages = [row for incident in changed if (row := self._message(incident, now))]
        batch.outbox += messages
        for effect in outcome.effects:
            if isinstance(effect, Closed):
                batch.closed.append((effect.incident_id, now))
                batch.released += [(f.slug, f.since) for f in effect.findings]
        ticket = self._journal.commit(batch)
        self._after(ticket, lambda: self._act(outcome, heart, terminals, messages, now))
        for incident in changed:
            if incident.revision == 1 or _has_new(incident, outcome.findings):
                self._grew(incident)
        return ticket.durable

    def post(self, row: OutboxRow) -> None:
        """Journal one message that follows from no finding, then send it."""
        ticket = self._journal.commit(Batch(outbox=[row]))
        self._after(ticket, lambda: self._send(row))

    async def run(self) -> None:
        """Act on what has been committed, in order, until cancelled."""
        while True:
            ticket, act = await self._waiting.get()
            try:
                async with asyncio.timeout(PATIENCE_WITH_DISK):
                    await asyncio.shield(asyncio.wrap_future(ticket.tried))
            except TimeoutError:
                _log.error("disk_hangs", seconds=PATIENCE_WITH_DISK)
            with recorded("deed_failed", self._faults):
                act()

    def _after(self, ticket: Ticket, act: Callable[[], None]) -> None:
        try:
            self._waiting.put_nowait((ticket, act))
        except asyncio.QueueFull:
            act()  # a thousand deeds behind a dead disk: the person comes first

    def _message(self, incident: HubIncident, now: datetime) -> OutboxRow | None:
        event_id = self._new_id(now)
        try:
            payload = dump(incident.to_wire(event_id, self._hub_id, now))
        except ValueError:
            self.unfit += 1
            _log.exception("incident_unfit_for_wire", incident_id=str(incident.incident_id))
            return None
        priority = 0 if incident.severity is Severity.CRITICAL else 1
        return OutboxRow(
            event_id, "incident", now, payload, incident.incident_id, incident.revision, priority
        )

    def _act(
        self,
        outcome: Outcome,
        heart: Heart,
        terminals: Terminals,
        messages: Sequence[OutboxRow],
        now: datetime,
    ) -> None:
        for effect in outcome.effects:
            match effect:
                case Switch():
                    self._switch(effect, heart, now)
                case Speak():
                    terminals.say(effect, now)
                case _:
                    continue
        for message in messages:
            self._send(message)
        self._show(outcome)

    def _switch(self, wanted: Switch, heart: Heart, now: datetime) -> None:
        fitting = [
            device
            for device in heart.devices
            if device.use == wanted.use and wanted.room in {"", device.room}
        ]
        for device in fitting:
            found = heart.decoder.command(
                device.address, wanted.use, is_on=wanted.is_on, pattern=wanted.pattern
            )
            if found is None:
                _log.error("device_cannot_switch", device=device.address, use=wanted.use)
                continue
            topic, payload = found
            message = Outgoing(topic, payload, now + _KEEP_SWITCHING)
            self._publish(message, f"{device.address}:{wanted.use}")


def say_on(publish: Publish, now: Callable[[], datetime]) -> Callable[[str, bytes], None]:
    """How the terminals' sentences get to the home's broker."""

    def say(topic: str, payload: bytes) -> None:
        publish(Outgoing(topic, payload, now() + _KEEP_SAYING), "")

    return say


def _newest_revisions(effects: Iterable[Effect]) -> list[HubIncident]:
    newest: dict[UUID, HubIncident] = {}
    for effect in effects:
        if isinstance(effect, Changed):
            newest[effect.incident.incident_id] = effect.incident
    return list(newest.values())


def _has_new(incident: HubIncident, findings: Iterable[Finding]) -> bool:
    """Whether it was joined by what it had not held before: a second press of a button is not."""
    known = Counter((one.slug, one.variant) for one in incident.findings)
    return any(
        known[one.slug, one.variant] == 1 and one in incident.findings
        for one in findings
        if one.state is FindingState.RAISED
    )


def _row(incident: HubIncident, now: datetime) -> IncidentRow:
    return IncidentRow(incident.incident_id, incident.revision, now, incident.to_json())
