"""What a telephone call tells us.

Each callback is authenticated before it comes here (signature), bound to its attempt (token, call
id) and kept once by (call id, what it said): a replay finds its row and changes nothing. An
acknowledgement is a person's key press of the digit that only this call has spoken.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, update

from cloud.errors import Forbidden, NotFound
from cloud.incidents import service as incidents
from cloud.messages import Tongue
from cloud.paging import speech
from cloud.paging.answers import Line, afterwards, connect_resident, invite, refused
from cloud.paging.deeds import do, is_turned_away
from cloud.paging.rules import (
    ADOPTED,
    LIVE,
    WRONG_PRESSES,
    Deed,
    PageStatus,
    moved,
    read_keys,
    token_is_alive,
    told,
)
from cloud.paging.store import (
    Held,
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


class UnknownAttempt(NotFound):
    """No attempt has this token, or it has died; calling back again is vain."""


class OtherCall(Forbidden):
    """The callback names another call than the one this attempt placed."""


def on_answer(
    connection: Connection, token: str, provider_id: str, line: Line, now: datetime
) -> str:
    """Somebody, or something, has answered: the TwiML to play. Never an acknowledgement."""
    held = _attempt(connection, token, provider_id, now)
    tongue = language_of(connection, held)
    if is_first_time(connection, held, provider_id, "answer", now):
        held = _move(connection, held, provider_id, PageStatus.ANSWERED, now)
    if is_turned_away(connection, held, now):
        return speech.tell_once(tongue, speech.no_longer_asked(tongue))
    return invite(connection, held, tongue, line, wrong=0)


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


def on_told(
    connection: Connection, page_id: UUID, provider_id: str, word: str, now: datetime
) -> bool:
    """The provider, asked how a silent call stands, has answered; whether that changed anything."""
    held = hold(connection, page_id)
    status = told(word)
    if status is None or held.page.provider_id != provider_id:
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
    if is_turned_away(connection, held, now):
        return speech.tell_once(tongue, speech.no_longer_asked(tongue))
    return _pressed(connection, held, tongue, provider_id, pressed, wrong, line, now)


def _pressed(
    connection: Connection,
    held: Held,
    tongue: Tongue,
    provider_id: str,
    pressed: str,
    wrong: int,
    line: Line,
    now: datetime,
) -> str:
    press = read_keys(pressed, held.page.digit)
    if press.deed is Deed.REPEAT:
        return invite(connection, held, tongue, line, wrong=wrong)
    if press.deed is Deed.CONFERENCE:
        return connect_resident(connection, held, tongue, line, now)
    said = f"wrong:{wrong}" if press.deed is Deed.WRONG else f"digits:{pressed}"
    is_first = is_first_time(connection, held, provider_id, said, now, {"digits": pressed[:8]})
    if press.deed is Deed.WRONG:
        if is_first:
            record(connection, held, now, action="keys_wrong", body={"wrong": wrong + 1})
        if wrong + 1 >= WRONG_PRESSES:
            return speech.tell_once(
                tongue, tongue.tell("That was not right."), tongue.tell("Goodbye.")
            )
        return invite(connection, held, tongue, line, wrong=wrong + 1, was_wrong=True)
    if is_first:
        held = _move(connection, held, provider_id, PageStatus.ANSWERED, now)
        held = _note_keys(connection, held, pressed, now)
        refusal = do(connection, held, press, now)
        if refusal is not None:
            return speech.tell_once(tongue, refused(connection, held, tongue, refusal))
        held = hold(connection, held.page.id)
    return afterwards(connection, held, tongue, line, press)


def _attempt(connection: Connection, token: str, provider_id: str, now: datetime) -> Held:
    """The attempt that a callback belongs to, both rows locked."""
    found = find_by_token(connection, token)
    if found is None or not token_is_alive(
        found.dialled_at or found.created_at, found.ended_at, now
    ):
        raise UnknownAttempt("no attempt listens to this callback")
    held = hold(connection, found.id)
    if not provider_id:
        raise OtherCall(f"page {found.id} is told of without a call")
    if held.page.provider_id in {None, provider_id}:
        return held
    if held.page.error != ADOPTED:
        raise OtherCall(f"page {found.id} belongs to another call")
    return _corrected(connection, held, provider_id, now)


def _corrected(connection: Connection, held: Held, provider_id: str, now: datetime) -> Held:
    """The attempt's own token is better proof than a look-up: it had found another page's call."""
    values: dict[str, Any] = {"provider_id": provider_id, "error": None}
    if held.page.acknowledged_at is None and held.page.status not in _DECIDED:
        values |= {"status": PageStatus.QUEUED, "ended_at": None}
    body = {"before": held.page.provider_id, "provider_id": provider_id}
    return change_page(
        connection, held, now, action="page_call_corrected", values=values, body=body
    )


_NOT_SENT: Final = frozenset({PageStatus.DUE, PageStatus.CANCELLED})
_DECIDED: Final = frozenset({PageStatus.DECLINED, PageStatus.CANCELLED})
"""What a person has said, or what was never sent, no other call changes."""


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
