"""Who acts on an incident, in which role, and why not."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from cloud.errors import Conflict, Forbidden, NotFound
from cloud.households.service import Person, get_person
from cloud.incidents.rules import Action, Standing, Verdict, judge, standing_of
from cloud.incidents.store import lock_incident
from vocabulary.incident import RESPONDERS, Role


class AlreadyAcknowledged(Conflict):
    """Somebody else has it; says who, so that a late press hears "taken by Doctor Lind"."""

    def __init__(self, incident_id: UUID, person: Person, role: Role | None, at: datetime) -> None:
        super().__init__(f"incident {incident_id} is acknowledged by person {person.id}")
        self.incident_id = incident_id
        self.person_id = person.id
        self.name = person.name
        self.role = role
        self.at = at


class AlreadyClosed(Conflict):
    """The incident is over; only notes are still taken."""


class NotAcknowledged(Conflict):
    """Somebody must acknowledge it before it can be handed back or closed."""


def acting(
    connection: Connection, incident_id: UUID, person_id: UUID, role: Role | None
) -> tuple[Row[Any], Role]:
    """The incident's row, locked, and the role in which the person acts on it."""
    row = lock_incident(connection, incident_id)
    person = colleague(connection, row, person_id)
    return row, role or role_of(row, person)


def allowed(
    connection: Connection, incident_id: UUID, person_id: UUID, role: Role | None, action: Action
) -> tuple[Row[Any], Role]:
    """As `acting`, where that role may do so as the incident stands; raises why not."""
    row, as_role = acting(connection, incident_id, person_id, role)
    refuse(judge(standing_of(row), action, as_role, person_id), row, action, as_role)
    return row, as_role


def colleague(connection: Connection, row: Row[Any], person_id: UUID) -> Person:
    """A person of the incident's own organisation; raises `NotFound` for anybody else."""
    person = get_person(connection, person_id)
    if person.organisation_id != row.organisation_id or not person.is_active:
        raise NotFound(f"no incident {row.id}")  # another organisation's is not even known of
    return person


def role_of(row: Row[Any], person: Person) -> Role:
    """In which role a person acts who did not say: as they acknowledged, else their highest."""
    if row.acknowledged_by == person.id and row.acknowledged_role:
        return Role(row.acknowledged_role)
    if row.technical is not None and Role.OPERATIONS in person.roles:
        return Role.OPERATIONS
    ranked = sorted(person.roles, key=lambda role: (role not in RESPONDERS, role))
    if not ranked:
        raise Forbidden(f"person {person.id} has no role")
    return ranked[0]


def refuse(verdict: Verdict, row: Row[Any], action: Action, role: Role) -> None:
    """Raise what a verdict other than yes means, with the incident's id."""
    match verdict:
        case Verdict.NOT_YOURS:
            raise Forbidden(f"incident {row.id}: {action} is not for a {role}")
        case Verdict.NOT_YET:
            raise NotAcknowledged(f"incident {row.id}: acknowledge it first, then {action}")
        case Verdict.CLOSED:
            raise AlreadyClosed(f"incident {row.id} is closed")
        case _:
            return


def already_taken(connection: Connection, row: Row[Any], standing: Standing) -> AlreadyAcknowledged:
    """What to raise where `standing` says that somebody else has it."""
    assert standing.acknowledged_by is not None, "somebody has taken it"
    return AlreadyAcknowledged(
        row.id,
        get_person(connection, standing.acknowledged_by),
        Role(row.acknowledged_role) if row.acknowledged_role else None,
        row.acknowledged_at,
    )


def freed(row: Row[Any]) -> dict[str, Any]:
    """Whoever holds a lease on the row from before finds another fence and writes nothing."""
    return {"lease_by": None, "lease_until": None, "fence": row.fence + 1}
