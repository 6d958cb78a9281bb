"""Somebody takes an incident upon them, goes there, takes it over, or gives it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from cloud.audit import Value
from cloud.incidents.acting import (
    AlreadyClosed,
    acting,
    allowed,
    already_taken,
    colleague,
    freed,
    refuse,
)
from cloud.incidents.rules import Action, Verdict, called_as, first_follow_up, judge
from cloud.incidents.seeming import is_still_hidden, standing_for
from cloud.incidents.store import change, lock_incident
from vocabulary.incident import IncidentStatus, Role


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
    values: dict[str, Any] = {"going_by": person_id, "going_at": now} if is_first else {}
    if role is Role.FAMILY and row.family_going_by is None:
        values |= {"family_going_by": person_id, "family_going_at": now}
    change(
        connection,
        row,
        now,
        actor=f"person:{person_id}",
        action="going",
        values=values,
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
    person = colleague(connection, row, person_id)
    standing = standing_for(row, role, now)
    verdict = judge(standing, action, role, person_id)
    if verdict is Verdict.TAKEN:
        raise already_taken(connection, row, standing)
    refuse(verdict, row, action, role)
    is_open = standing.status is IncidentStatus.OPEN
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
            "next_action_at": now + first_follow_up(called_as(row)),
            **freed(row),
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
    row, _ = allowed(connection, incident_id, person_id, role, Action.HAND_BACK)
    _reopen(connection, row, now, f"person:{person_id}", "handed_back")


def ask_escalation(
    connection: Connection,
    incident_id: UUID,
    person_id: UUID | None,
    now: datetime,
    role: Role | None = None,
) -> None:
    """Ask for other people now (key 5, the button): whoever holds it gives it back with that.

    Raises `AlreadyAcknowledged` where somebody else holds it: then nobody is called. No person: the
    system asks.
    """
    values: dict[str, Any] = {"escalate_asked_at": now, "next_action_at": now}
    if person_id is None:
        row = lock_incident(connection, incident_id)
        if row.status == IncidentStatus.CLOSED:
            raise AlreadyClosed(f"incident {incident_id} is closed")
        _ask(connection, row, now, "system:paging", values, {})
        return
    row, as_role = acting(connection, incident_id, person_id, role)
    standing = standing_for(row, as_role, now)
    verdict = judge(standing, Action.ESCALATE, as_role, person_id)
    if verdict is Verdict.TAKEN:
        raise already_taken(connection, row, standing)
    refuse(verdict, row, Action.ESCALATE, as_role)
    actor = f"person:{person_id}"
    if row.status == IncidentStatus.ACKNOWLEDGED and row.acknowledged_by == person_id:
        _reopen(connection, row, now, actor, "handed_back")
        row = lock_incident(connection, incident_id)
    elif standing.status is IncidentStatus.ACKNOWLEDGED:  # a silent call that seemed theirs
        values |= {"family_acknowledged_at": None, "family_acknowledged_by": None, **_NO_RELATIVE}
    _ask(connection, row, now, actor, values, {"role": as_role})


def _ask(
    connection: Connection,
    row: Row[Any],
    now: datetime,
    actor: str,
    values: dict[str, Any],
    body: dict[str, Value],
) -> None:
    change(
        connection,
        row,
        now,
        actor=actor,
        action=Action.ESCALATE,
        values=values,
        body=body,
        tells_hub=False,
    )


def reopen_by_timer(connection: Connection, incident_id: UUID, now: datetime) -> bool:
    """Whoever acknowledged gave no word at the follow-up: open again. False: no longer so."""
    row = lock_incident(connection, incident_id)
    if row.status != IncidentStatus.ACKNOWLEDGED:
        return False
    _reopen(connection, row, now, "system:escalation", "reopened")
    return True


_NO_RELATIVE: Final = {"family_going_by": None, "family_going_at": None}


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
            **({} if is_still_hidden(row, now) else _NO_RELATIVE),
            "next_action_at": now,
            **freed(row),
        },
        body={"before": str(row.acknowledged_by)},
    )
