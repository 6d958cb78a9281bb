"""What a telephone call tells us, and what we say into it.

Each callback is authenticated before it comes here (signature), bound to its attempt (token, call
id) and kept once by (call id, what it said): a replay finds its row and changes nothing. An
acknowledgement is a person's key press of the digit that only this call has spoken.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, update

from cloud.errors import CloudError, Conflict, Forbidden, NotFound, Refused
from cloud.households.service import get_household, get_person
from cloud.incidents import service as incidents
from cloud.messages import Tongue
from cloud.paging import speech
from cloud.paging.rules import (
    LIVE,
    WRONG_PRESSES,
    Deed,
    PageStatus,
    Press,
    Purpose,
    moved,
    read_keys,
    token_is_alive,
    told,
)
from cloud.paging.store import (
    Held,
    brief,
    change_page,
    ends_in_vain,
    find_by_token,
    hold,
    is_first_time,
    language_of,
    record,
    wake,
)
from cloud.paging.tables import page
from vocabulary.incident import IncidentStatus, Role
from vocabulary.risk import Severity


class UnknownAttempt(NotFound):
    """No attempt has this token, or it has died; calling back again is vain."""


class OtherCall(Forbidden):
    """The callback names another call than the one this attempt placed."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where this call comes from and goes back to."""

    keys_url: str
    """Where pressed keys are sent; the number of wrong presses so far is added."""
    from_number: str

    def keys(self, wrong: int) -> str:
        return f"{self.keys_url}?wrong={wrong}"


def on_answer(
    connection: Connection, token: str, provider_id: str, line: Line, now: datetime
) -> str:
    """Somebody, or something, has answered: the TwiML to play. Never an acknowledgement."""
    held = _attempt(connection, token, provider_id, now)
    tongue = language_of(connection, held)
    if is_first_time(connection, held, provider_id, "answer", now):
        held = _move(connection, held, provider_id, PageStatus.ANSWERED, now)
    return _invite(connection, held, tongue, line, wrong=0)


def on_status(
    connection: Connection, token: str, provider_id: str, word: str, now: datetime
) -> bool:
    """The provider tells how the call or SMS goes; whether it changed anything."""
    held = _attempt(connection, token, provider_id, now)
    status = told(word)
    if status is None or not is_first_time(connection, held, provider_id, word, now):
        return False
    before = held.page.status
    held = _move(connection, held, provider_id, status, now)
    if held.page.status != before and ends_in_vain(held):
        wake(connection, held, now)
    return bool(held.page.status != before)


def on_keys(
    connection: Connection,
    token: str,
    provider_id: str,
    pressed: str,
    wrong: int,
    line: Line,
    now: datetime,
) -> str:
    """Keys were pressed; the TwiML to play next. `wrong`: wrong presses so far in this call."""
    held = _attempt(connection, token, provider_id, now)
    tongue = language_of(connection, held)
    press = read_keys(pressed, held.page.digit)
    if press.deed is Deed.REPEAT:
        return _invite(connection, held, tongue, line, wrong=wrong)
    if press.deed is Deed.CONFERENCE:
        return _connect(connection, held, tongue, line, now)
    said = f"wrong:{wrong}" if press.deed is Deed.WRONG else f"digits:{pressed}"
    is_first = is_first_time(connection, held, provider_id, said, now, {"digits": pressed[:8]})
    if press.deed is Deed.WRONG:
        if is_first:
            record(connection, held, now, action="keys_wrong", body={"wrong": wrong + 1})
        if wrong + 1 >= WRONG_PRESSES:
            return speech.tell_once(tongue, tongue.tell("That was not right."), _bye(tongue))
        return _invite(connection, held, tongue, line, wrong=wrong + 1, was_wrong=True)
    if is_first:
        held = _move(connection, held, provider_id, PageStatus.ANSWERED, now)
        held = _note_keys(connection, held, pressed, now)
        refusal = _do(connection, held, press, now)
        if refusal is not None:
            return speech.tell_once(tongue, _refused(connection, held, tongue, refusal))
        held = hold(connection, held.page.id)
    return _after(connection, held, tongue, line, press)


def confirm(connection: Connection, held: Held, now: datetime) -> Held:
    """The helper says that it is in hand: the follow-up is answered."""
    values = {"status": PageStatus.ACKNOWLEDGED, "acknowledged_at": now}
    held = change_page(connection, held, now, action="follow_up_confirmed", values=values)
    wake(connection, held, now)
    return held


def take(connection: Connection, held: Held, deed: Deed, by: str, now: datetime) -> Held:
    """Acknowledge (or go) for the paged person, by this attempt. Raises what incidents raise."""
    if held.page.purpose == Purpose.FOLLOW_UP and held.is_mine:
        if deed is Deed.GOING:
            _go(connection, held, by, now)
        return confirm(connection, held, now)
    who, role = held.page.person_id, held.role
    incidents.acknowledge(connection, held.incident.id, who, role, by, held.page.id, now)
    if deed is Deed.GOING:
        _go(connection, held, by, now)
    values = {"status": PageStatus.ACKNOWLEDGED, "acknowledged_at": now}
    return change_page(connection, held, now, action="page_acknowledged", values=values)


def _go(connection: Connection, held: Held, by: str, now: datetime) -> None:
    incidents.going_there(
        connection, held.incident.id, held.page.person_id, held.role, by, held.page.id, now
    )


def decline(connection: Connection, held: Held, now: datetime) -> Held:
    """The paged person wants somebody else: the next people are asked at once."""
    if held.page.purpose == Purpose.FOLLOW_UP:
        incidents.hand_back(connection, held.incident.id, held.page.person_id, now, held.role)
    else:
        incidents.ask_escalation(connection, held.incident.id, held.page.person_id, now, held.role)
    if PageStatus(held.page.status) not in LIVE | {PageStatus.DELIVERED}:
        return held
    values = {"status": PageStatus.DECLINED, "ended_at": now}
    return change_page(connection, held, now, action="page_declined", values=values)


def _attempt(connection: Connection, token: str, provider_id: str, now: datetime) -> Held:
    """The attempt that a callback belongs to, both rows locked."""
    found = find_by_token(connection, token)
    if found is None or not token_is_alive(found.created_at, found.ended_at, now):
        raise UnknownAttempt("no attempt listens to this callback")
    held = hold(connection, found.id)
    if not provider_id or held.page.provider_id not in {None, provider_id}:
        raise OtherCall(f"page {found.id} belongs to another call")
    return held


_NOT_SENT: Final = frozenset({PageStatus.DUE, PageStatus.CANCELLED})


def _move(
    connection: Connection, held: Held, provider_id: str, status: PageStatus, now: datetime
) -> Held:
    """Move a page's status up; a callback that overtakes the provider's answer adopts its call."""
    before = PageStatus(held.page.status)
    if before in _NOT_SENT:
        return held
    new = moved(before, status)
    values: dict[str, Any] = {"status": new} if new != before else {}
    if held.page.provider_id is None:
        values["provider_id"] = provider_id
    if held.page.sent_at is None:
        values |= {"sent_at": now, "lease_until": None, "token": None}
    if held.page.ended_at is None and status not in LIVE:
        values["ended_at"] = now
    if not values:
        return held
    is_first_word = held.page.sent_at is None
    held = change_page(
        connection, held, now, action="page_status", values=values, body={"status": status}
    )
    if is_first_word:
        incidents.mark_paged(connection, held.incident.id, now)
    return held


def _note_keys(connection: Connection, held: Held, pressed: str, now: datetime) -> Held:
    connection.execute(
        update(page)
        .where(page.c.id == held.page.id)
        .values(keys=f"{held.page.keys or ''} {pressed}".strip()[-16:])
    )
    record(
        connection,
        held,
        now,
        action="keys",
        body={"keys": pressed},
        actor=f"person:{held.page.person_id}",
    )
    return hold(connection, held.page.id)


def _do(connection: Connection, held: Held, press: Press, now: datetime) -> CloudError | None:
    """Do what was pressed, inside this transaction; the reason why not, which changes nothing."""
    try:
        match press.deed:
            case Deed.ACKNOWLEDGE | Deed.GOING:
                take(connection, held, press.deed, "voice", now)
            case Deed.ESCALATE:
                decline(connection, held, now)
            case Deed.CLOSE:
                _close(connection, held, press, now)
    except (Conflict, Forbidden, Refused) as refused:
        return refused
    return None


def _close(connection: Connection, held: Held, press: Press, now: datetime) -> None:
    if not held.is_mine or held.incident.severity > Severity.MEDIUM:
        raise Forbidden(f"incident {held.incident.id} is not closed by telephone")
    assert press.disposition is not None
    incidents.close(
        connection, held.incident.id, held.page.person_id, press.disposition, now, held.role
    )
    change_page(
        connection,
        held,
        now,
        action="page_acknowledged",
        values={"status": PageStatus.ACKNOWLEDGED, "acknowledged_at": now},
    )


def _after(connection: Connection, held: Held, tongue: Tongue, line: Line, press: Press) -> str:
    """What is said after a deed, also after its replay: how things stand."""
    if press.deed is Deed.ESCALATE:
        return speech.tell_once(tongue, tongue.tell("Somebody else is being called."), _bye(tongue))
    if press.deed is Deed.CLOSE and held.incident.status == IncidentStatus.CLOSED:
        return speech.tell_once(tongue, tongue.tell("It is closed. Thank you."), _bye(tongue))
    if held.page.acknowledged_at is None:
        return speech.tell_once(tongue, _state(connection, held, tongue), _bye(tongue))
    return _hand_over(connection, held, tongue, line)


def _invite(
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
        is_duress=held.incident.is_duress and held.role is not Role.FAMILY,
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
            can_be_called=_can_be_called(held, home.resident_phone),
            is_family_only=handover.is_family_only,
            is_going=handover.is_going,
        )
    return speech.hand_over(tongue, brief(held), handover, line.keys(0))


def _can_be_called(held: Held, phone: str | None) -> bool:
    return bool(phone) and held.is_mine and not held.incident.is_duress


def _connect(connection: Connection, held: Held, tongue: Tongue, line: Line, now: datetime) -> str:
    """Only who has acknowledged by this call is put through, and never into a threatened home."""
    if held.incident.household_id is None or held.page.acknowledged_at is None:
        return _invite(connection, held, tongue, line, wrong=0)
    home = get_household(connection, held.incident.household_id)
    if not _can_be_called(held, home.resident_phone):
        return _invite(connection, held, tongue, line, wrong=0)
    record(connection, held, now, action="connected", actor=f"person:{held.page.person_id}")
    return speech.connect(tongue, home.resident_phone, line.from_number)


def _refused(connection: Connection, held: Held, tongue: Tongue, refusal: CloudError) -> str:
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
