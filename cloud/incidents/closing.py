"""A person ends an incident with its outcome; what goes on in the home is not ended with it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete

from cloud.errors import Refused
from cloud.incidents.acting import acting, refuse
from cloud.incidents.linked import open_linked
from cloud.incidents.rules import Action, dispositions, judge, standing_of, still_raised
from cloud.incidents.store import end, part_of
from cloud.incidents.tables import history
from vocabulary.finding import Finding
from vocabulary.incident import Disposition, Role
from vocabulary.risk import Severity


def close(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    disposition: Disposition,
    now: datetime,
    role: Role | None = None,
) -> UUID | None:
    """End an incident with its outcome.

    Returns the id of the linked incident that was opened at once because the home still shows
    something critical (its policy is a copy of this one's, its escalation starts anew), or None.
    """
    row, as_role = acting(connection, incident_id, person_id, role)
    is_technical = row.technical is not None
    if disposition not in dispositions(is_technical=is_technical):
        raise Refused(f"incident {incident_id} cannot end as {disposition}: no person decides that")
    refuse(judge(standing_of(row), Action.CLOSE, as_role, person_id), row, Action.CLOSE, as_role)
    end(connection, row, now, f"person:{person_id}", disposition, person_id)
    message = part_of(row)
    goes_on = raised_now(row, disposition)
    if message is None or not goes_on:
        return None
    if max(finding.severity for finding in goes_on) < Severity.CRITICAL:
        return None
    return open_linked(connection, row, message, now)


def raised_now(row: Row[Any], disposition: Disposition | None = None) -> tuple[Finding, ...]:
    """What the home still shows of this incident: closing it would open a linked one (critical).

    `disposition`: with which it is closed, where that is known already.

    A linked incident of which the hub has told nothing since it was opened shows nothing: a person
    has now seen it twice.
    """
    message = part_of(row)
    if message is None or row.cleared_at is not None:
        return ()
    if row.linked_to is not None and row.hub_revision == 0:
        return ()
    return tuple(part.finding() for part in still_raised(message.findings, disposition))


def delete_old_history(connection: Connection, now: datetime) -> int:
    """Delete what a home has told of its past, 30 days after the incident closed; how many."""
    old = delete(history).where(history.c.delete_after <= now)
    return connection.execute(old).rowcount
