"""An incident's row: read under a lock, changed in one place, told to its hub and to watchers."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, update

from cloud import audit
from cloud.db import insert_once, touch
from cloud.errors import NotFound
from cloud.households.service import get_person
from cloud.incidents.rules import derived_id
from cloud.incidents.tables import downlink, history, incident, number_source
from vocabulary.incident import Disposition, IncidentStatus, Role
from vocabulary.wire import IncidentState, IncidentUp, dump

KEEP_HISTORY = timedelta(days=30)
"""The past of a home is deleted that long after its incident closed (DESIGN §6)."""


def get_incident(connection: Connection, incident_id: UUID) -> Row[Any]:
    """The incident's row as it is; raises `NotFound`."""
    query = select(incident).where(incident.c.id == incident_id)
    return _one(connection.execute(query).first(), incident_id)


def lock_incident(connection: Connection, incident_id: UUID) -> Row[Any]:
    """The row, held until the transaction ends so that nobody decides on an older state."""
    query = select(incident).where(incident.c.id == incident_id).with_for_update()
    return _one(connection.execute(query).first(), incident_id)


def _one(found: Row[Any] | None, incident_id: UUID) -> Row[Any]:
    if found is None:
        raise NotFound(f"no incident {incident_id}")
    return found


def part_of(row: Row[Any]) -> IncidentUp | None:
    """What the hub last told of it; None for a technical incident."""
    return IncidentUp.model_validate_json(json.dumps(row.hub_part)) if row.hub_part else None


def next_number(connection: Connection, organisation_id: str) -> str:
    """The next incident number of an organisation: "42"."""
    insert_once(connection, number_source, {"organisation_id": organisation_id, "last": 0})
    counted = (
        update(number_source)
        .where(number_source.c.organisation_id == organisation_id)
        .values(last=number_source.c.last + 1)
        .returning(number_source.c.last)
    )
    return str(connection.execute(counted).scalar_one())


def add_incident(connection: Connection, values: Mapping[str, Any]) -> Row[Any]:
    """A new incident's row, with its number."""
    number = next_number(connection, values["organisation_id"])
    connection.execute(insert(incident).values(number=number, **values))
    touch(connection)
    return get_incident(connection, values["id"])


def change(
    connection: Connection,
    row: Row[Any],
    now: datetime,
    *,
    actor: str,
    action: str,
    values: Mapping[str, Any],
    body: Mapping[str, audit.Value] | None = None,
    personal: Mapping[str, str] | None = None,
    tells_hub: bool = True,
) -> None:
    """Write columns of an incident, its audit row, and what its hub must be told of it."""
    told = {"cloud_revision": row.cloud_revision + 1, **values} if tells_hub else values
    if told:
        connection.execute(update(incident).where(incident.c.id == row.id).values(**told))
    write_audit(connection, row, now, actor=actor, action=action, body=body, personal=personal)
    if tells_hub:
        queue_state(connection, row.id, now)
    touch(connection)


def end(
    connection: Connection,
    row: Row[Any],
    now: datetime,
    actor: str,
    disposition: Disposition,
    person_id: UUID | None,
) -> None:
    """Close an incident, by a person or by the rule for what nobody was paged for."""
    change(
        connection,
        row,
        now,
        actor=actor,
        action="closed",
        values={
            "status": IncidentStatus.CLOSED,
            "closed_at": now,
            "closed_by": person_id,
            "disposition": disposition,
            "next_action_at": None,
            "lease_by": None,
            "lease_until": None,
            "fence": row.fence + 1,
        },
        body={"disposition": disposition},
    )
    connection.execute(
        update(history)
        .where(history.c.incident_id == row.id)
        .values(delete_after=now + KEEP_HISTORY)
    )


def write_audit(
    connection: Connection,
    row: Row[Any],
    now: datetime,
    *,
    actor: str,
    action: str,
    body: Mapping[str, audit.Value] | None = None,
    personal: Mapping[str, str] | None = None,
) -> None:
    """The audit row of something done about an incident."""
    audit.record(
        connection,
        organisation_id=row.organisation_id,
        household_id=row.household_id,
        at=now,
        actor=actor,
        action=action,
        incident_id=row.id,
        body=body,
        personal=personal,
    )


def queue_state(connection: Connection, incident_id: UUID, now: datetime, cause: str = "") -> None:
    """Queue the whole cloud part for the hub; an older one that still waits is not worth sending.

    `cause`: tells a repetition of the same revision (after a hello) from the first.
    """
    row = get_incident(connection, incident_id)
    if row.hub_id is None or row.slug is None:
        return  # a technical one is none of the hub's
    event_id = derived_id(now, row.id, row.cloud_revision, cause)
    connection.execute(
        delete(downlink).where(
            downlink.c.hub_id == row.hub_id,
            downlink.c.incident_id == row.id,
            downlink.c.kind == "incident_state",
            downlink.c.receipted_at.is_(None),
        )
    )
    queue_downlink(
        connection,
        row,
        IncidentState(
            event_id=event_id,
            hub_id=row.hub_id,
            sent_at=now,
            incident_id=row.id,
            revision=row.cloud_revision,
            number=row.number,
            status=IncidentStatus(row.status),
            first_page_at=row.first_page_at,
            acknowledged_at=row.acknowledged_at,
            acknowledged_role=Role(row.acknowledged_role) if row.acknowledged_role else None,
            acknowledged_name=_name(connection, row.acknowledged_by),
            closed_at=row.closed_at,
            disposition=Disposition(row.disposition) if row.disposition else None,
        ),
        now,
    )


def queue_downlink(connection: Connection, row: Row[Any], message: Any, now: datetime) -> None:
    """A row for what the hub must be told; it is sent after the commit and until its receipt."""
    insert_once(
        connection,
        downlink,
        {
            "event_id": message.event_id,
            "organisation_id": row.organisation_id,
            "hub_id": row.hub_id,
            "incident_id": row.id,
            "kind": message.kind,
            "payload": dump(message),
            "created_at": now,
            "next_send_at": now,
        },
    )


def _name(connection: Connection, person_id: UUID | None) -> str:
    return get_person(connection, person_id).name[:80] if person_id else ""
