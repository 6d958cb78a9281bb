"""A danger that outlives the closing of its incident goes on under a linked one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from cloud.incidents.again import begins_anew, raised_again
from cloud.incidents.hub_columns import columns, told_of
from cloud.incidents.rules import HubPart, newly_raised, still_raised
from cloud.incidents.store import add_incident, change, part_of, write_audit
from cloud.incidents.tables import incident
from vocabulary.identity import successor
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import IncidentUp


@dataclass(frozen=True, slots=True)
class Onward:
    """Where it goes on what a hub told under the id of an incident that was closed before."""

    linked_id: UUID | None = None
    """An incident that was opened for it."""
    joined_id: UUID | None = None
    """One that was open for it already, and took it."""
    raised_again_at: datetime | None = None
    """When whoever holds that one is to be called about it."""
    begins_anew: bool = False
    """What that one's people are called for has grown by another critical risk."""


def after_closing(
    connection: Connection,
    closed: Row[Any],
    known: IncidentUp | None,
    message: IncidentUp,
    part: HubPart,
    now: datetime,
) -> Onward:
    """A hub that had not heard of the closing tells more: its successor takes it, or is opened.

    `closed`: the row as it was before this message.
    """
    query = (
        select(incident)
        .where(incident.c.linked_to == closed.id, incident.c.status != IncidentStatus.CLOSED)
        .with_for_update()
    )
    heir = connection.execute(query).first()
    if heir is not None:
        return _join(connection, closed, heir, known, message, part, now)
    is_news = newly_raised(known.findings if known else (), message.findings)
    is_threat = message.is_duress and not closed.is_duress
    if message.withdrawn or not (is_news or is_threat):
        return Onward()
    return Onward(linked_id=open_linked(connection, closed, message, now))


def _join(
    connection: Connection,
    closed: Row[Any],
    heir: Row[Any],
    known: IncidentUp | None,
    message: IncidentUp,
    part: HubPart,
    now: datetime,
) -> Onward:
    """Keep it in the open successor; whoever holds that has not heard of what is new in it."""
    # revisions count for each id by itself: what the hub tells of the heir itself comes first
    newer = columns(part, message, known) if heir.hub_revision == 0 else {}
    values = newer | {
        "severity": max(part.severity, heir.severity),
        "is_duress": part.is_duress or heir.is_duress,
        "hub_revision": heir.hub_revision,
    }
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
    heard = _together(known, part_of(heir))
    return Onward(
        joined_id=heir.id,
        raised_again_at=raised_again(connection, heir, heard, message, now),
        begins_anew=begins_anew(heir, heard, message),
    )


def _together(one: IncidentUp | None, other: IncidentUp | None) -> IncidentUp | None:
    """What the hub has told of both."""
    if one is None or other is None:
        return one or other
    return one.model_copy(update={"findings": [*one.findings, *other.findings]})


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
