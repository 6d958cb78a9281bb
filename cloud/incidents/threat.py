"""Whoever threatens a resident stands beside every telephone of that home."""

from uuid import UUID

from sqlalchemy import Connection, select

from cloud.incidents.tables import incident
from vocabulary.incident import IncidentStatus


def has_open_duress(connection: Connection, household_id: UUID | None) -> bool:
    """Whether any silent call of that home is not closed: then nobody calls the home."""
    if household_id is None:
        return False
    query = select(incident.c.id).where(
        incident.c.household_id == household_id,
        incident.c.is_duress.is_(True),
        incident.c.status != IncidentStatus.CLOSED,
    )
    return connection.execute(query.limit(1)).first() is not None
