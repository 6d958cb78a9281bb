"""What a hub must still be told: every 10 s until its receipt, and all of it after a hello."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select, update

from cloud.households.tables import hub
from cloud.incidents.store import queue_state
from cloud.incidents.tables import downlink, incident
from vocabulary.incident import IncidentStatus

REPEAT = timedelta(seconds=10)
"""DESIGN §6 Ownership."""


@dataclass(frozen=True, slots=True)
class Downlink:
    """A message that waits for its hub."""

    event_id: UUID
    hub_id: str
    kind: str
    payload: bytes


def due_downlinks(
    connection: Connection,
    now: datetime,
    limit: int,
    *,
    hub_id: str | None = None,
    repeat: timedelta = REPEAT,
) -> list[Downlink]:
    """What to send now, oldest first; each is put off by `repeat`, so that nobody else sends it.

    A hub that has not been heard of for 90 s is left in peace: its hello brings everything back.
    `hub_id`: only that hub's, due or not: it is on the line right now.
    """
    query = (
        select(downlink)
        .join(hub, hub.c.id == downlink.c.hub_id)
        .where(downlink.c.receipted_at.is_(None), hub.c.is_revoked.is_(False))
        .order_by(downlink.c.next_send_at, downlink.c.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=downlink)
    )
    if hub_id is not None:
        query = query.where(downlink.c.hub_id == hub_id)
    else:
        query = query.where(downlink.c.next_send_at <= now, hub.c.link_lost_at.is_(None))
    found = [
        Downlink(row.event_id, row.hub_id, row.kind, row.payload)
        for row in connection.execute(query)
    ]
    if found:
        sent = downlink.c.event_id.in_([one.event_id for one in found])
        connection.execute(update(downlink).where(sent).values(next_send_at=now + repeat))
    return found


def receipted(
    connection: Connection, hub_id: str, event_ids: Iterable[UUID], now: datetime
) -> None:
    """The hub has these; only its own can be told done."""
    connection.execute(
        update(downlink)
        .where(
            downlink.c.event_id.in_(list(event_ids)),
            downlink.c.hub_id == hub_id,
            downlink.c.receipted_at.is_(None),
        )
        .values(receipted_at=now)
    )


def repeat_states(
    connection: Connection,
    hub_id: str,
    believed_open: Iterable[UUID],
    hello_id: UUID,
    now: datetime,
) -> None:
    """After a hello: the state of all that is open here, and of all that the hub believes open."""
    connection.execute(
        update(downlink)
        .where(downlink.c.hub_id == hub_id, downlink.c.receipted_at.is_(None))
        .values(next_send_at=now)
    )
    concerns = (incident.c.status != IncidentStatus.CLOSED) | incident.c.id.in_(list(believed_open))
    query = select(incident.c.id).where(
        incident.c.hub_id == hub_id, incident.c.slug.is_not(None), concerns
    )
    for incident_id in connection.execute(query.order_by(incident.c.id)).scalars().all():
        queue_state(connection, incident_id, now, f"hello {hello_id}")
