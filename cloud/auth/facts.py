"""What the policy must know before it can decide: read from the database, judged elsewhere."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, exists, select

from cloud.households.tables import household, relation
from cloud.incidents.seeming import seeming
from cloud.incidents.tables import incident
from cloud.incidents.told import told_of
from cloud.paging.tables import page
from cloud.policy import IncidentFacts, Target, Tie
from vocabulary.incident import IncidentStatus, Role


def incident_target(connection: Connection, incident_id: UUID, person_id: UUID) -> Target | None:
    """An incident and what binds the person to its household; None if there is no such incident."""
    row = connection.execute(select(incident).where(incident.c.id == incident_id)).one_or_none()
    if row is None:
        return None
    ties = _ties(connection, row.household_id, person_id) if row.household_id else ()
    return Target(row.organisation_id, ties, _facts(connection, row, person_id))


def household_target(
    connection: Connection,
    household_id: UUID,
    person_id: UUID,
    now: datetime,
    incident_id: UUID | None = None,
) -> Target | None:
    """A household, and one of its incidents if asked for; None if either is unknown.

    A silent call that no check preceded has no trace in the home (RISKS §5), so for the family
    there is no such incident at all.
    """
    row = connection.execute(
        select(household.c.organisation_id).where(household.c.id == household_id)
    ).one_or_none()
    if row is None:
        return None
    ties = _ties(connection, household_id, person_id)
    if incident_id is None:
        return Target(row.organisation_id, ties)
    found = connection.execute(
        select(incident).where(
            incident.c.id == incident_id, incident.c.household_id == household_id
        )
    ).one_or_none()
    if found is None:
        return None
    facts = _facts(connection, found, person_id)
    if not found.is_duress:
        return Target(row.organisation_id, ties, facts)
    told = told_of(found.hub_part)
    if told is None or told.check is None:
        return None
    seems_over = seeming(found, told, now).status is IncidentStatus.CLOSED
    return Target(row.organisation_id, ties, replace(facts, seems_over=seems_over))


def _ties(connection: Connection, household_id: UUID, person_id: UUID) -> tuple[Tie, ...]:
    rows = connection.execute(
        select(relation).where(
            relation.c.household_id == household_id, relation.c.person_id == person_id
        )
    )
    return tuple(Tie(Role(row.role), row.sees, row.valid_from, row.valid_until) for row in rows)


def _facts(connection: Connection, row: Row[tuple[object, ...]], person_id: UUID) -> IncidentFacts:
    was_paged = connection.execute(
        select(exists().where(page.c.incident_id == row.id, page.c.person_id == person_id))
    ).scalar_one()
    return IncidentFacts(
        status=IncidentStatus(row.status),
        is_technical=row.technical is not None,
        is_duress=row.is_duress,
        held_by=row.acknowledged_by,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        was_paged=bool(was_paged),
    )
