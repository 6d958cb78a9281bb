"""Many homes speak at once; what waits is committed together, and only then receipted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from cloud.errors import CloudError, NotFound, Refused
from cloud.escalation.service import begin
from cloud.households.tables import hub
from cloud.incidents.hub_faults import tell_lost_incident
from cloud.incidents.intake import Received, Up, receive
from cloud.incidents.quarantine import count_refused
from vocabulary.wire import BadMessage, IncidentUp, Receipt, dump, load_json, parse_up

NewId = Callable[[datetime], UUID]

MOST_AT_ONCE = 50
"""Messages in one transaction, which share one flush. A critical one that comes meanwhile waits for
these: 50 new incidents took half a second on two shared cores."""

_FORGED = frozenset({"wrong_hub", "not_yours"})
"""Refused because of whose it is: nothing of this hub's own is lost."""
_RANK = {"receipt": 2, "hello": 3, "history": 4, "day": 5, "heartbeat": 6}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came: who really sent it, and what it says, or why it cannot be read."""

    hub_id: str
    payload: bytes
    message: Up | None = None
    refusal: str = ""
    """One word, when it cannot be read."""
    event_id: UUID | None = None
    """Also of an unreadable one where the id could be made out: its hub can be told."""
    kind: str = ""
    """What it announces to be, also where it cannot be read."""

    @property
    def rank(self) -> int:
        """What goes first: 0 a critical incident or a silent call, 1 any other."""
        if isinstance(self.message, IncidentUp):
            is_grave = self.message.severity == "critical" or self.message.is_duress
            return 0 if is_grave else 1
        return _RANK[self.message.kind] if self.message else max(_RANK.values()) + 1


@dataclass(slots=True)
class Answer:
    """What one hub may be told after the commit."""

    hub_id: str
    of: list[UUID] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def receipt(self, now: datetime, new_id: NewId) -> bytes:
        """The wire form. Each refused id stands in `of` too: it will not be looked at again."""
        return dump(
            Receipt(
                event_id=new_id(now),
                hub_id=self.hub_id,
                sent_at=now,
                of=self.of,
                refused=self.refused,
            )
        )


def read(hub_id: str, payload: bytes) -> Delivery:
    """Parse what came from `hub_id`; never raises."""
    try:
        message = parse_up(payload)
    except BadMessage as bad:
        kind = _told(payload, "kind")
        return Delivery(hub_id, payload, None, bad.reason, _event_id(payload), kind)
    return Delivery(hub_id, payload, message, "", message.event_id, message.kind)


def _event_id(payload: bytes) -> UUID | None:
    try:
        return UUID(_told(payload, "event_id"))
    except ValueError:
        return None


def _told(payload: bytes, key: str) -> str:
    try:
        told: Any = load_json(payload)
    except BadMessage:
        return ""
    found = told.get(key) if isinstance(told, dict) else None
    return found if isinstance(found, str) else ""


def keep(connection: Connection, deliveries: Sequence[Delivery], now: datetime) -> list[Answer]:
    """One transaction: keep every message, begin the escalations, say what may be receipted.

    Hub by hub, so that two of these never wait for each other crosswise; within a hub as they
    came. A message that is refused is counted and leaves the others alone.
    """
    answers: dict[str, Answer] = {}
    for delivery in sorted(deliveries, key=lambda one: one.hub_id):
        answer = answers.setdefault(delivery.hub_id, Answer(delivery.hub_id))
        try:
            if _keep_one(connection, delivery, now) and delivery.event_id:
                answer.of.append(delivery.event_id)
        except Refusal as refused:
            is_known = _count(connection, delivery, refused.reason, now)
            if is_known and delivery.event_id:
                answer.of.append(delivery.event_id)
                answer.refused[str(delivery.event_id)] = refused.reason
    return [one for one in answers.values() if one.of]


class Refusal(CloudError):
    """A message that will never be kept; `reason` in one word of a closed list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _keep_one(connection: Connection, delivery: Delivery, now: datetime) -> bool:
    message = delivery.message
    if message is None:
        raise Refusal(delivery.refusal)
    if message.hub_id != delivery.hub_id:
        raise Refusal("wrong_hub")
    try:
        received = receive(connection, delivery.hub_id, message, delivery.payload, now)
    except NotFound as unknown:
        raise Refusal("unknown_hub") from unknown
    except Refused as refused:
        raise Refusal("not_yours") from refused
    for incident_id in _to_escalate(received, message):
        begin(
            connection,
            incident_id,
            now,
            raised_again_at=received.raised_again_at,
            begins_anew=received.begins_anew,
        )
    # a hub keeps no heartbeat, hello or receipt: there is nothing that their receipt would empty
    return received.is_kept and message.kind in {"incident", "history", "day"}


def _to_escalate(received: Received, message: Up) -> Iterable[UUID]:
    if isinstance(message, IncidentUp) and received.applied and received.incident_id:
        yield received.incident_id
    for other_id in (received.linked_id, received.joined_id):
        if other_id:
            yield other_id


def _count(connection: Connection, delivery: Delivery, reason: str, now: datetime) -> bool:
    """Count it and, where an incident is lost with it, tell operations; whether we know its hub."""
    is_known = _knows(connection, delivery.hub_id)
    count_refused(connection, delivery.hub_id, reason, now, is_known=is_known)
    if is_known and delivery.kind == "incident" and reason not in _FORGED:
        tell_lost_incident(connection, delivery.hub_id, now)
    return is_known


def _knows(connection: Connection, hub_id: str) -> bool:
    query = select(hub.c.id).where(hub.c.id == hub_id, hub.c.is_revoked.is_(False))
    return connection.execute(query).first() is not None


def refuse(connection: Connection, delivery: Delivery, reason: str, now: datetime) -> list[Answer]:
    """Count a message that the database itself cannot hold, and tell its hub."""
    is_known = _count(connection, delivery, reason, now)
    if not is_known or delivery.event_id is None:
        return []
    return [Answer(delivery.hub_id, [delivery.event_id], {str(delivery.event_id): reason})]
