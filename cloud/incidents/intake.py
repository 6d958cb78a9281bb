"""What a hub tells is kept once, whatever way and however often it comes.

Each uplink message about an incident is the whole hub part: a second delivery, an older revision
or another order of arrival leave the same row behind.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from cloud.errors import NotFound, Refused
from cloud.households.service import heard, lock_hub
from cloud.incidents.again import begins_anew, raised_again
from cloud.incidents.clocks import skew_of
from cloud.incidents.downlinks import receipted
from cloud.incidents.following import refused_config
from cloud.incidents.hub_columns import columns, hub_columns, told_of
from cloud.incidents.linked import after_closing
from cloud.incidents.reports import (
    Received,
    of_this_hub,
    store_event,
    take_day,
    take_heartbeat,
    take_hello,
    take_history,
)
from cloud.incidents.rules import LATE_AFTER, REVIEW_AFTER, hub_part, may_end_unpaged
from cloud.incidents.store import (
    add_incident,
    change,
    end,
    lock_incident,
    part_of,
    queue_state,
    write_audit,
)
from cloud.incidents.technical import hub_is_back
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.risk import Severity
from vocabulary.wire import Day, Heartbeat, Hello, History, IncidentUp, Receipt

__all__ = ["Received", "Up", "listen_to", "receive"]

Up = IncidentUp | Hello | Heartbeat | History | Day | Receipt


def receive(
    connection: Connection, hub_id: str, message: Up, payload: bytes, now: datetime
) -> Received:
    """Keep one message of a hub; `hub_id` is who really sent it: the topic, or the bearer token.

    Raises `NotFound` for a hub that is unknown or revoked and `Refused` for what no retry mends,
    both before anything is written.
    """
    sender = lock_hub(connection, hub_id)
    if sender is None:
        raise NotFound(f"no hub {hub_id}")
    if message.hub_id != hub_id:
        raise Refused(f"hub {hub_id} speaks as {message.hub_id}")
    match message:
        case IncidentUp():
            received = _incident(connection, sender, message, payload, now)
        case Hello():
            received = take_hello(connection, sender, message, now)
        case Heartbeat():
            received = take_heartbeat(connection, sender, message, now)
        case History():
            received = take_history(connection, sender, message, now)
        case Day():
            received = take_day(connection, sender, message, payload, now)
        case Receipt():
            refused = _ids(message.refused)
            refused_config(connection, sender, refused, now)
            receipted(connection, hub_id, [*message.of, *refused], now)
            received = Received(is_kept=False)
    listen_to(connection, sender, now, received.told)
    return received


def listen_to(
    connection: Connection, sender: Row[Any], now: datetime, told: Mapping[str, object]
) -> None:
    """A hub has been heard: whatever said that it is silent is over. `told`: its own columns."""
    if sender.link_lost_at is not None:
        hub_is_back(connection, sender, now)
    heard(connection, sender.id, now, told)


def _incident(
    connection: Connection, sender: Row[Any], message: IncidentUp, payload: bytes, now: datetime
) -> Received:
    before = of_this_hub(connection, sender, message.incident_id)
    if not store_event(connection, sender, message, payload, now):
        return Received(is_kept=True, incident_id=message.incident_id)
    if before is None:
        return _open(connection, sender, message, now)
    part = hub_part(message, hub_columns(before), now, skew_of(sender.skew_seconds))
    if part is None:
        return Received(is_kept=True, incident_id=before.id)
    known = part_of(before)
    change(
        connection,
        before,
        now,
        actor=f"hub:{sender.id}",
        action="hub_revised",
        values=columns(part, message, known),
        body=told_of(part),
        tells_hub=False,
    )
    if before.hub_revision == 0:
        queue_state(connection, before.id, now, "known")  # the hub has just opened it as well
    again_at = None
    if before.status == IncidentStatus.CLOSED:
        onward = after_closing(connection, before, known, message, part, now)
        return Received(
            is_kept=True,
            applied=True,
            incident_id=before.id,
            linked_id=onward.linked_id,
            joined_id=onward.joined_id,
            raised_again_at=onward.raised_again_at,
            begins_anew=onward.begins_anew,
        )
    if part.revision == message.revision:
        _end_unpaged(connection, before.id, message, now)
        again_at = raised_again(connection, before, known, message, now)
    return Received(
        is_kept=True,
        applied=True,
        incident_id=before.id,
        raised_again_at=again_at,
        begins_anew=begins_anew(before, known, message),
    )


def _open(connection: Connection, sender: Row[Any], message: IncidentUp, now: datetime) -> Received:
    part = hub_part(message, None, now, skew_of(sender.skew_seconds))
    assert part is not None, "a first revision always applies"
    row = add_incident(
        connection,
        {
            "id": message.incident_id,
            "organisation_id": sender.organisation_id,
            "household_id": sender.household_id,
            "hub_id": sender.id,
            "status": IncidentStatus.OPEN,
            "opened_at": part.opened_at,
            "committed_at": now,
            "next_action_at": part.page_at or now + REVIEW_AFTER,
            **columns(part, message, None),
        },
    )
    late = now - part.opened_at
    body = told_of(part) | {"number": row.number}
    if late >= LATE_AFTER:
        body["late_by_seconds"] = round(late.total_seconds())
    write_audit(connection, row, now, actor=f"hub:{sender.id}", action="opened", body=body)
    queue_state(connection, row.id, now)
    _end_unpaged(connection, row.id, message, now)
    return Received(is_kept=True, applied=True, incident_id=row.id, is_new=True)


def _end_unpaged(
    connection: Connection, incident_id: UUID, message: IncidentUp, now: datetime
) -> None:
    """Close what the resident or a better reading has ended, if nobody has been paged yet."""
    row = lock_incident(connection, incident_id)
    was_paged = row.page_begun_at is not None or row.first_page_at is not None
    if row.status != IncidentStatus.OPEN or was_paged or row.is_duress:
        return
    if not may_end_unpaged(message, Severity(row.severity)):
        return
    assert message.withdrawn is not None, "the rule has looked at it"
    end(connection, row, now, f"hub:{row.hub_id}", Disposition(message.withdrawn), None)


def _ids(refused: dict[str, str]) -> list[UUID]:
    found = []
    for text in refused:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
