"""A text message that comes back must prove more than its sender's number, which anybody can fake.

It counts only with the code of one attempt, from the number that attempt was sent to. Ten wrong
codes lock the incident's codes, and the lock itself asks for the next people (RELIABILITY T6).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update

from cloud.errors import Conflict, Forbidden
from cloud.households.tables import contact_method
from cloud.incidents import service as incidents
from cloud.messages import Tongue
from cloud.paging import speech
from cloud.paging.deeds import decline, is_turned_away, take
from cloud.paging.rules import (
    START_WORDS,
    STOP_WORDS,
    WRONG_CODES,
    Channel,
    Deed,
    PageStatus,
    Purpose,
    read_reply,
)
from cloud.paging.store import Held, hold, is_first_time, language_of, record
from cloud.paging.tables import callback, page
from vocabulary.incident import IncidentStatus

CODE_LIVES = timedelta(minutes=60)
"""A medium incident promises an answer within 60 minutes (RISKS §2): so long its code is good."""
WRONG_CODE = "wrong_code"


def on_text(
    connection: Connection, from_number: str, body: str, message_id: str, now: datetime
) -> str:
    """An SMS has come in; what to answer, '' for nothing. Unknown numbers never get an answer."""
    word = body.strip().casefold()
    if word in STOP_WORDS | START_WORDS:
        _stop(connection, from_number, now if word in STOP_WORDS else None)
        return ""
    pages = _asked_lately(connection, from_number, now)
    if not pages or not message_id:
        return ""
    said = read_reply(body)
    if said is None:
        held = hold(connection, pages[0].id)
        tongue = language_of(connection, held)
        return tongue.tell("This was not understood. Please answer with the code of the message.")
    code, deed = said
    for row in pages:
        if row.code == code and not _is_locked(connection, row.incident_id):
            held = hold(connection, row.id)
            if is_turned_away(connection, held, now):
                return speech.no_longer_asked(language_of(connection, held))
            return _accept(connection, held, deed, message_id, now)
    return _count_wrong(connection, pages, message_id, now)


def _stop(connection: Connection, number: str, at: datetime | None) -> None:
    """STOP and START are the person's right; the carrier keeps to them in any case."""
    connection.execute(
        update(contact_method)
        .where(contact_method.c.channel == Channel.SMS, contact_method.c.address == number)
        .values(stopped_at=at)
    )


def _asked_lately(connection: Connection, number: str, now: datetime) -> list[Row[Any]]:
    """Attempts by SMS to that number whose codes are still good, the newest first."""
    never_sent = (PageStatus.DUE, PageStatus.CANCELLED)
    query = (
        select(page)
        .where(
            page.c.channel == Channel.SMS,
            page.c.address == number,
            page.c.purpose != Purpose.NOTICE,
            page.c.status.not_in(never_sent),
            func.coalesce(page.c.dialled_at, page.c.created_at) > now - CODE_LIVES,
        )
        .order_by(page.c.created_at.desc(), page.c.id.desc())
    )
    return list(connection.execute(query))


def _accept(connection: Connection, held: Held, deed: Deed, message_id: str, now: datetime) -> str:
    tongue = language_of(connection, held)
    if not is_first_time(connection, held, message_id, f"sms:{deed}", now):
        return ""
    if held.page.acknowledged_at is not None and deed is not Deed.ESCALATE:
        return _state(held, tongue)
    record(
        connection,
        held,
        now,
        action="code",
        body={"deed": deed},
        actor=f"person:{held.page.person_id}",
    )
    try:
        if deed is Deed.ESCALATE:
            decline(connection, held, now)
            return tongue.tell("Somebody else is being called.")
        take(connection, held, deed, "sms", now)
    except incidents.AlreadyAcknowledged as first:
        return speech.taken(tongue, held.incident.number, first.name)
    except (Conflict, Forbidden):
        return _state(hold(connection, held.page.id), tongue)
    return _state(hold(connection, held.page.id), tongue)


def _state(held: Held, tongue: Tongue) -> str:
    row = held.incident
    if row.status == IncidentStatus.CLOSED:
        return speech.over(tongue, row.number)
    if held.is_mine:
        return tongue.tell("Thank you. Incident {number} is yours.", number=row.number)
    if row.status == IncidentStatus.ACKNOWLEDGED:
        return speech.taken(tongue, row.number, "")
    return tongue.tell("Thank you. A responder is still being called as well.")


def _count_wrong(
    connection: Connection, pages: Sequence[Row[Any]], message_id: str, now: datetime
) -> str:
    """Against each incident that it may have been guessed for, always locked in the same order."""
    newest: dict[UUID, UUID] = {}
    for row in pages:
        newest.setdefault(row.incident_id, row.id)
    said = ""
    for incident_id in sorted(newest):
        held = hold(connection, newest[incident_id])
        if _is_counted(connection, held, message_id, now):
            said = language_of(connection, held).tell("This code is not valid.")
    return said


def _is_counted(connection: Connection, held: Held, message_id: str, now: datetime) -> bool:
    if not is_first_time(connection, held, message_id, WRONG_CODE, now):
        return False
    wrong = _wrong_codes(connection, held.incident.id)
    record(connection, held, now, action="code_wrong", body={"wrong": wrong})
    if wrong == WRONG_CODES and held.incident.status != IncidentStatus.CLOSED:
        record(connection, held, now, action="codes_locked")
        incidents.ask_escalation(connection, held.incident.id, None, now)
    return True


def _is_locked(connection: Connection, incident_id: UUID) -> bool:
    return _wrong_codes(connection, incident_id) >= WRONG_CODES


def _wrong_codes(connection: Connection, incident_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(callback)
        .join(page, page.c.id == callback.c.page_id)
        .where(page.c.incident_id == incident_id, callback.c.status == WRONG_CODE)
    )
    return connection.execute(query).scalar_one()
