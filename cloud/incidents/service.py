"""Everything that people, timers and hubs may do to an incident; each function one transaction.

Every function takes the row's lock first, asks `rules.judge`, and writes the change, its audit
row and what the hub must be told together, or nothing at all.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert

from cloud.audit import Value
from cloud.errors import Conflict, Forbidden, NotFound, Refused
from cloud.households.service import Person, get_person
from cloud.incidents.downlinks import Downlink, due_downlinks, receipted
from cloud.incidents.intake import Received, open_linked, receive
from cloud.incidents.rules import (
    Action,
    Verdict,
    derived_id,
    dispositions,
    first_follow_up,
    judge,
    still_raised,
)
from cloud.incidents.store import (
    change,
    end,
    get_incident,
    lock_incident,
    part_of,
    queue_downlink,
    standing_of,
)
from cloud.incidents.tables import history
from cloud.incidents.tables import note as note_table
from cloud.incidents.technical import open_technical, supervise_hubs
from vocabulary.finding import Finding
from vocabulary.incident import RESPONDERS, Disposition, IncidentStatus, Role
from vocabulary.risk import Severity
from vocabulary.wire import HistoryRequest

__all__ = [
    "AcknowledgeResult",
    "AlreadyAcknowledged",
    "AlreadyClosed",
    "Downlink",
    "NotAcknowledged",
    "Received",
    "acknowledge",
    "ask_escalation",
    "close",
    "delete_old_history",
    "due_downlinks",
    "get_incident",
    "going_there",
    "hand_back",
    "label_false",
    "lock_incident",
    "mark_dialling",
    "mark_paged",
    "note",
    "open_technical",
    "raised_now",
    "receipted",
    "receive",
    "reopen_by_timer",
    "request_history",
    "supervise_hubs",
    "take_over",
]


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


@dataclass(frozen=True, slots=True)
class AcknowledgeResult:
    """What an acknowledgement did."""

    incident_id: UUID
    number: str
    person_id: UUID
    name: str
    role: Role
    at: datetime
    is_family_only: bool = False
    """A family member on a critical incident: their own track stops, the incident stays open."""
    is_repeat: bool = False
    """The same person had acknowledged before: nothing changed."""


def acknowledge(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    role: Role,
    by: str,
    page_id: UUID | None,
    now: datetime,
) -> AcknowledgeResult:
    """One person's deliberate act on one incident. `by`: voice, sms or web; `page_id`: the attempt.

    Raises `AlreadyAcknowledged`, `AlreadyClosed`, `Forbidden` or `NotFound`.
    """
    return _take(connection, incident_id, person_id, role, Action.ACKNOWLEDGE, now, by, page_id)


def going_there(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    role: Role,
    by: str,
    page_id: UUID | None,
    now: datetime,
) -> AcknowledgeResult:
    """Say "I am going there": acknowledges an open incident; on a taken one it only says so."""
    result = _take(connection, incident_id, person_id, role, Action.GOING, now, by, page_id)
    row = lock_incident(connection, incident_id)
    is_first = row.going_by is None
    change(
        connection,
        row,
        now,
        actor=f"person:{person_id}",
        action="going",
        values={"going_by": person_id, "going_at": now} if is_first else {},
        body={"role": role, "by": by, "is_first": is_first},
        tells_hub=False,
    )
    return result


def take_over(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    role: Role,
    by: str,
    now: datetime,
) -> AcknowledgeResult:
    """From now on this person is the one who has acknowledged, whoever it was before."""
    return _take(connection, incident_id, person_id, role, Action.TAKE_OVER, now, by, None)


def _take(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    role: Role,
    action: Action,
    now: datetime,
    by: str,
    page_id: UUID | None,
) -> AcknowledgeResult:
    row = lock_incident(connection, incident_id)
    person = _colleague(connection, row, person_id)
    verdict = judge(standing_of(row), action, role, person_id)
    if verdict is Verdict.TAKEN:
        raise AlreadyAcknowledged(
            incident_id,
            get_person(connection, row.acknowledged_by),
            Role(row.acknowledged_role) if row.acknowledged_role else None,
            row.acknowledged_at,
        )
    _refuse(verdict, row, action, role)
    is_open = row.status == IncidentStatus.OPEN
    result = AcknowledgeResult(
        incident_id,
        row.number,
        person_id,
        person.name,
        role,
        now,
        is_family_only=verdict is Verdict.FAMILY_ONLY,
        is_repeat=verdict is Verdict.ALREADY,
    )
    if verdict is Verdict.ALREADY or (action is Action.GOING and not is_open):
        return result
    body: dict[str, Value] = {"role": role, "by": by, "page": str(page_id) if page_id else None}
    actor = f"person:{person_id}"
    if verdict is Verdict.FAMILY_ONLY:
        values = {"family_acknowledged_at": now, "family_acknowledged_by": person_id}
        is_first = row.family_acknowledged_at is None
        change(
            connection,
            row,
            now,
            actor=actor,
            action="family_acknowledged",
            values=values if is_first else {},
            body=body,
            tells_hub=False,
        )
        return result
    change(
        connection,
        row,
        now,
        actor=actor,
        action="acknowledged" if is_open else "taken_over",
        values={
            "status": IncidentStatus.ACKNOWLEDGED,
            "acknowledged_at": now,
            "acknowledged_by": person_id,
            "acknowledged_role": role,
            "escalate_asked_at": None,
            "next_action_at": now + first_follow_up(Severity(row.severity)),
            **_freed(row),
        },
        body=body,
    )
    return result


def hand_back(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID,
    now: datetime,
    role: Role | None = None,
) -> None:
    """Say "I cannot": the incident is open again and its paging starts anew at once."""
    row = lock_incident(connection, incident_id)
    person = _colleague(connection, row, person_id)
    as_role = role or _role(row, person)
    _refuse(
        judge(standing_of(row), Action.HAND_BACK, as_role, person_id),
        row,
        Action.HAND_BACK,
        as_role,
    )
    _reopen(connection, row, now, f"person:{person_id}", "handed_back")


def reopen_by_timer(connection: Connection, incident_id: UUID, now: datetime) -> bool:
    """Whoever acknowledged gave no word at the follow-up: open again. False: no longer so."""
    row = lock_incident(connection, incident_id)
    if row.status != IncidentStatus.ACKNOWLEDGED:
        return False
    _reopen(connection, row, now, "system:escalation", "reopened")
    return True


def _reopen(connection: Connection, row: Row[Any], now: datetime, actor: str, action: str) -> None:
    change(
        connection,
        row,
        now,
        actor=actor,
        action=action,
        values={
            "status": IncidentStatus.OPEN,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "acknowledged_role": None,
            "going_by": None,
            "going_at": None,
            "next_action_at": now,
            **_freed(row),
        },
        body={"before": str(row.acknowledged_by)},
    )


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
    row = lock_incident(connection, incident_id)
    person = _colleague(connection, row, person_id)
    as_role = role or _role(row, person)
    _refuse(judge(standing_of(row), Action.NOTE, as_role, person_id), row, Action.NOTE, as_role)
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


def ask_escalation(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID | None,
    now: datetime,
    role: Role | None = None,
) -> None:
    """Ask for the next people now (key 5, the button). No person: the system asks."""
    values = {"escalate_asked_at": now, "next_action_at": now}
    if person_id is not None:
        _mark(connection, incident_id, person_id, now, role, Action.ESCALATE, values)
        return
    row = lock_incident(connection, incident_id)
    if row.status == IncidentStatus.CLOSED:
        raise AlreadyClosed(f"incident {incident_id} is closed")
    change(
        connection,
        row,
        now,
        actor="system:paging",
        action=Action.ESCALATE,
        values=values,
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
    row = lock_incident(connection, incident_id)
    person = _colleague(connection, row, person_id)
    as_role = role or _role(row, person)
    _refuse(judge(standing_of(row), action, as_role, person_id), row, action, as_role)
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
    row = lock_incident(connection, incident_id)
    person = _colleague(connection, row, person_id)
    as_role = role or _role(row, person)
    is_technical = row.technical is not None
    if disposition not in dispositions(is_technical=is_technical):
        raise Refused(f"incident {incident_id} cannot end as {disposition}: no person decides that")
    _refuse(judge(standing_of(row), Action.CLOSE, as_role, person_id), row, Action.CLOSE, as_role)
    end(connection, row, now, f"person:{person_id}", disposition, person_id)
    message = part_of(row)
    if message is None or not raised_now(row):
        return None
    if max(finding.severity for finding in raised_now(row)) < Severity.CRITICAL:
        return None
    return open_linked(connection, row, message, now)


def raised_now(row: Row[Any]) -> tuple[Finding, ...]:
    """What the home still shows of this incident: closing it would open a linked one (critical).

    A linked incident of which the hub has told nothing since it was opened shows nothing: a person
    has now seen it twice.
    """
    message = part_of(row)
    if message is None or row.cleared_at is not None:
        return ()
    if row.linked_to is not None and row.hub_revision == 0:
        return ()
    return tuple(part.finding() for part in still_raised(message.findings))


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


def request_history(
    connection: Connection,
    incident_id: UUID,
    days: int,
    person_id: UUID,
    now: datetime,
    role: Role | None = None,
) -> None:
    """Ask the hub for 1 to 30 days of the past, for one incident."""
    row = lock_incident(connection, incident_id)
    person = _colleague(connection, row, person_id)
    as_role = role or _role(row, person)
    wanted = Action.REQUEST_HISTORY
    _refuse(judge(standing_of(row), wanted, as_role, person_id), row, wanted, as_role)
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


LONGEST_HISTORY_DAYS = 30


def delete_old_history(connection: Connection, now: datetime) -> int:
    """Delete what a home has told of its past, 30 days after the incident closed; how many."""
    old = delete(history).where(history.c.delete_after <= now)
    return connection.execute(old).rowcount


def _colleague(connection: Connection, row: Row[Any], person_id: UUID) -> Person:
    person = get_person(connection, person_id)
    if person.organisation_id != row.organisation_id or not person.is_active:
        raise NotFound(f"no incident {row.id}")  # another organisation's is not even known of
    return person


def _role(row: Row[Any], person: Person) -> Role:
    """In which role a person acts who did not say: as they acknowledged, else their highest."""
    if row.acknowledged_by == person.id and row.acknowledged_role:
        return Role(row.acknowledged_role)
    if row.technical is not None and Role.OPERATIONS in person.roles:
        return Role.OPERATIONS
    ranked = sorted(person.roles, key=lambda role: (role not in RESPONDERS, role))
    if not ranked:
        raise Forbidden(f"person {person.id} has no role")
    return ranked[0]


def _refuse(verdict: Verdict, row: Row[Any], action: Action, role: Role) -> None:
    match verdict:
        case Verdict.NOT_YOURS:
            raise Forbidden(f"incident {row.id}: {action} is not for a {role}")
        case Verdict.NOT_YET:
            raise NotAcknowledged(f"incident {row.id}: acknowledge it first, then {action}")
        case Verdict.CLOSED:
            raise AlreadyClosed(f"incident {row.id} is closed")
        case _:
            return


def _freed(row: Row[Any]) -> dict[str, Any]:
    """Whoever holds a lease on the row from before finds another fence and writes nothing."""
    return {"lease_by": None, "lease_until": None, "fence": row.fence + 1}
