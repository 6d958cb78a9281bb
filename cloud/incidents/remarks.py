"""What people say and ask about an incident: it changes neither its state nor its severity."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert

from cloud.audit import Value
from cloud.errors import Refused
from cloud.incidents.acting import acting, allowed, refuse
from cloud.incidents.rules import Action, derived_id, judge
from cloud.incidents.seeming import standing_for
from cloud.incidents.store import change, queue_downlink
from cloud.incidents.tables import note as note_table
from vocabulary.incident import Role
from vocabulary.wire import HistoryRequest

LONGEST_NOTE = 4000
"""Characters: a page of text."""


FALSE_REASONS = (
    "cooking",
    "steam",
    "pet",
    "visitor",
    "pressed_by_mistake",
    "sitting_down",
    "sensor_fault",
    "test",
    "other",
)
"""Why somebody says that it was a false alarm: from the confounders of RISKS §5."""


LONGEST_HISTORY_DAYS = 30


def note(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    text: str,
    now: datetime,
    role: Role | None = None,
) -> UUID:
    """Add a note; also to a closed incident. The same words twice at one instant are one note."""
    said = text.strip()
    if not said or len(said) > LONGEST_NOTE or "\x00" in said:
        raise Refused(f"a note on incident {incident_id} has 1 to {LONGEST_NOTE} characters")
    row, _ = allowed(connection, incident_id, person_id, role, Action.NOTE)
    note_id = derived_id(now, incident_id, person_id, said)
    connection.execute(
        insert(note_table).values(
            id=note_id,
            organisation_id=row.organisation_id,
            incident_id=incident_id,
            person_id=person_id,
            at=now,
            text=said,
        )
    )
    change(
        connection,
        row,
        now,
        actor=f"person:{person_id}",
        action="note",
        values={},
        body={"note": str(note_id)},
        personal={"text": said},
        tells_hub=False,
    )
    return note_id


def label_false(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    reason: str,
    now: datetime,
    role: Role | None = None,
) -> None:
    """Say "false alarm because …": a label; it closes, lowers and delays nothing."""
    if reason not in FALSE_REASONS:
        raise Refused(f"incident {incident_id}: the reason must be one of {FALSE_REASONS}")
    _mark(connection, incident_id, person_id, now, role, Action.LABEL, {"label": reason})


def request_history(
    connection: Connection,
    incident_id: UUID,
    days: int,
    person_id: UUID,
    now: datetime,
    role: Role | None = None,
) -> None:
    """Ask the hub for 1 to 30 days of the past, for one incident."""
    wanted = Action.REQUEST_HISTORY
    row, _ = allowed(connection, incident_id, person_id, role, wanted)
    if row.hub_id is None or row.slug is None or not 1 <= days <= LONGEST_HISTORY_DAYS:
        raise Refused(
            f"incident {incident_id} has 1 to {LONGEST_HISTORY_DAYS} days of a home's past"
        )
    asked = HistoryRequest(
        event_id=derived_id(now, incident_id, "history", days),
        hub_id=row.hub_id,
        sent_at=now,
        incident_id=incident_id,
        days=days,
    )
    queue_downlink(connection, row, asked, now)
    change(
        connection,
        row,
        now,
        actor=f"person:{person_id}",
        action=wanted,
        values={},
        body={"days": days},
        tells_hub=False,
    )


def _mark(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    now: datetime,
    role: Role | None,
    action: Action,
    values: dict[str, Any],
) -> None:
    row, as_role = acting(connection, incident_id, person_id, role)
    refuse(judge(standing_for(row, as_role, now), action, as_role, person_id), row, action, as_role)
    told: dict[str, Value] = {"role": as_role}
    if "label" in values:
        told["label"] = values["label"]
    change(
        connection,
        row,
        now,
        actor=f"person:{person_id}",
        action=action,
        values=values,
        body=told,
        tells_hub=False,
    )
