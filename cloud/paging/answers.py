"""What is said into a call after the first word: how things stand, and who is told more.

Who lives there, and where, is said to nobody but the person who has taken the incident by this
very attempt, while it is theirs.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cloud.errors import CloudError
from cloud.households.service import get_household, get_person
from cloud.incidents import service as incidents
from cloud.messages import Tongue
from cloud.paging import speech
from cloud.paging.rules import Deed, Press, Purpose
from cloud.paging.store import Held, brief, hold, record
from vocabulary.incident import IncidentStatus, Role


@dataclass(frozen=True, slots=True)
class Line:
    """Where this call comes from and goes back to."""

    keys_url: str
    """Where pressed keys are sent; the number of wrong presses so far is added."""
    from_number: str

    def keys(self, wrong: int) -> str:
        return f"{self.keys_url}?wrong={wrong}"


def afterwards(connection: Connection, held: Held, tongue: Tongue, line: Line, press: Press) -> str:
    """What is said after a deed, also after its replay: how things stand."""
    if press.deed is Deed.ESCALATE and _is_asked_of_others(held):
        return speech.tell_once(tongue, tongue.tell("Somebody else is being called."), _bye(tongue))
    if press.deed is Deed.CLOSE and held.incident.status == IncidentStatus.CLOSED:
        return speech.tell_once(tongue, tongue.tell("It is closed. Thank you."), _bye(tongue))
    if held.page.acknowledged_at is None:
        return speech.tell_once(tongue, _state(connection, held, tongue), _bye(tongue))
    return _hand_over(connection, held, tongue, line)


def invite(
    connection: Connection,
    held: Held,
    tongue: Tongue,
    line: Line,
    *,
    wrong: int,
    was_wrong: bool = False,
) -> str:
    """What the listener may do now: take it, or hear who has it."""
    is_question = held.page.purpose == Purpose.FOLLOW_UP and held.is_mine
    if held.page.acknowledged_at is not None and not is_question:
        return _hand_over(connection, held, tongue, line)
    if held.incident.status == IncidentStatus.OPEN or is_question:
        return speech.announce(tongue, brief(held), line.keys(wrong), was_wrong=was_wrong)
    return speech.tell_once(tongue, _state(connection, held, tongue), _bye(tongue))


def _hand_over(connection: Connection, held: Held, tongue: Tongue, line: Line) -> str:
    """Who and where: only for whom it was taken by this very attempt, while it is theirs."""
    is_family_only = held.incident.family_acknowledged_by == held.page.person_id
    if not held.is_mine and not (is_family_only and held.incident.status == IncidentStatus.OPEN):
        return speech.tell_once(tongue, _state(connection, held, tongue), _bye(tongue))
    handover = speech.Handover(
        role=held.role,
        is_family_only=not held.is_mine,
        is_duress=_is_threatened(connection, held) and held.role is not Role.FAMILY,
        is_going=held.incident.going_by == held.page.person_id,
    )
    if held.incident.household_id is not None:
        home = get_household(connection, held.incident.household_id)
        handover = speech.Handover(
            role=held.role,
            name=home.resident_name,
            address=home.address,
            access=home.access,
            is_duress=handover.is_duress,
            can_be_called=_can_be_called(connection, held, home.resident_phone),
            is_family_only=handover.is_family_only,
            is_going=handover.is_going,
        )
    return speech.hand_over(tongue, brief(held), handover, line.keys(0))


def _can_be_called(connection: Connection, held: Held, phone: str | None) -> bool:
    return bool(phone) and held.is_mine and not _is_threatened(connection, held)


def _is_asked_of_others(held: Held) -> bool:
    """Also told when it is replayed, and somebody may have taken it meanwhile.

    Of a silent call the family hears nothing more.
    """
    is_hidden = held.incident.is_duress and held.role is Role.FAMILY
    return is_hidden or held.incident.status == IncidentStatus.OPEN


def _is_threatened(connection: Connection, held: Held) -> bool:
    """Any silent call that is open in the home counts: its telephone rings for all of them."""
    row = held.incident
    return row.is_duress or incidents.has_open_duress(connection, row.household_id)


def connect_resident(
    connection: Connection, held: Held, tongue: Tongue, line: Line, now: datetime
) -> str:
    """Only who has acknowledged by this call is put through, and never into a threatened home."""
    if held.incident.household_id is None or held.page.acknowledged_at is None:
        return invite(connection, held, tongue, line, wrong=0)
    home = get_household(connection, held.incident.household_id)
    if not _can_be_called(connection, held, home.resident_phone):
        return invite(connection, held, tongue, line, wrong=0)
    record(connection, held, now, action="connected", actor=f"person:{held.page.person_id}")
    return speech.connect(tongue, home.resident_phone, line.from_number)


def refused(connection: Connection, held: Held, tongue: Tongue, refusal: CloudError) -> str:
    """What somebody hears whose deed came to nothing: who has it, or that it is over."""
    if isinstance(refusal, incidents.AlreadyAcknowledged):
        return speech.taken(tongue, held.incident.number, refusal.name)
    return _state(connection, hold(connection, held.page.id), tongue)


def _state(connection: Connection, held: Held, tongue: Tongue) -> str:
    row = held.incident
    if row.status == IncidentStatus.CLOSED:
        return speech.over(tongue, row.number)
    if row.status == IncidentStatus.ACKNOWLEDGED and not held.is_mine:
        return speech.taken(tongue, row.number, _name(connection, row.acknowledged_by))
    return tongue.tell("This call has already been used.")


def _name(connection: Connection, person_id: UUID | None) -> str:
    return get_person(connection, person_id).name if person_id else ""


def _bye(tongue: Tongue) -> str:
    return tongue.tell("Goodbye.")
