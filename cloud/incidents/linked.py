"""A danger that outlives the closing of its incident goes on under a linked one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from cloud.incidents.hub_columns import columns, told_of
from cloud.incidents.rules import HubPart, newly_raised, still_raised
from cloud.incidents.store import add_incident, change, write_audit
from cloud.incidents.tables import incident
from vocabulary.identity import successor
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import IncidentUp


def after_closing(
    connection: Connection,
    closed: Row[Any],
    known: IncidentUp | None,
    message: IncidentUp,
    part: HubPart,
    now: datetime,
) -> UUID | None:
    """A hub that had not heard of the closing tells more: its successor takes it, or is opened."""
    query = (
        select(incident)
        .where(incident.c.linked_to == closed.id, incident.c.status != IncidentStatus.CLOSED)
        .with_for_update()
    )
    heir = connection.execute(query).first()
    if heir is not None:
        # revisions count for each id by itself: what the hub tells of the heir itself comes first
        newer = columns(part, message) if heir.hub_revision == 0 else {}
        worst = max(part.severity, heir.severity)
        values = newer | {"severity": worst, "hub_revision": heir.hub_revision}
        change(
            connection,
            heir,
            now,
            actor=f"hub:{closed.hub_id}",
            action="hub_revised",
            values=values,
            body=told_of(part),
            tells_hub=False,
        )
        return None
    if message.withdrawn or not newly_raised(known.findings if known else (), message.findings):
        return None
    return open_linked(connection, closed, message, now)


def open_linked(
    connection: Connection, closed: Row[Any], message: IncidentUp, now: datetime
) -> UUID:
    """A new incident for what goes on in a home after a person has closed the first one."""
    raised = still_raised(message.findings) or message.findings[-1:]
    worst = max(raised, key=lambda one: Severity[one.severity.upper()])
    severity = Severity[worst.severity.upper()]
    heir_id = successor(closed.id)
    while connection.execute(select(incident.c.id).where(incident.c.id == heir_id)).first():
        heir_id = successor(heir_id)
    row = add_incident(
        connection,
        {
            "id": heir_id,
            "organisation_id": closed.organisation_id,
            "household_id": closed.household_id,
            "hub_id": closed.hub_id,
            "slug": worst.slug,
            "variant": worst.variant,
            "severity": severity,
            "chain": BY_SLUG[worst.slug].course(worst.variant, severity).chain,
            "status": IncidentStatus.OPEN,
            "hub_part": message.model_dump(mode="json"),
            "is_duress": message.is_duress,
            "room": worst.room,
            "opened_at": now,
            "committed_at": now,
            "page_at": now,
            "next_action_at": now,
            "linked_to": closed.id,
        },
    )
    write_audit(
        connection,
        row,
        now,
        actor="system:incidents",
        action="opened",
        body={"number": row.number, "linked_to": str(closed.id)},
    )
    return row.id  # type: ignore[no-any-return]  # a Uuid column
