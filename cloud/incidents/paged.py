"""From the moment a page is about to leave, nothing but a person ends an incident."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cloud.incidents.store import change, lock_incident
from vocabulary.incident import IncidentStatus


def mark_dialling(connection: Connection, incident_id: UUID, now: datetime) -> IncidentStatus:
    """A page is about to be handed over: from now on nothing ends this incident by itself.

    Called in the transaction that claims the page; returns the status that decides whether it may
    still go out. The row stays locked until the commit, so an acknowledgement is before or after.
    """
    row = lock_incident(connection, incident_id)
    if row.page_begun_at is None and row.status == IncidentStatus.OPEN:
        change(
            connection,
            row,
            now,
            actor="system:paging",
            action="page_begun",
            values={"page_begun_at": now},
            tells_hub=False,
        )
    return IncidentStatus(row.status)


def mark_paged(connection: Connection, incident_id: UUID, now: datetime) -> None:
    """The provider has accepted the first page: the hub is told, once."""
    row = lock_incident(connection, incident_id)
    if row.first_page_at is not None:
        return
    change(
        connection,
        row,
        now,
        actor="system:paging",
        action="paged",
        values={"first_page_at": now, "page_begun_at": row.page_begun_at or now},
    )
