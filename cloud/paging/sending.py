"""Between "we are about to call" and "the telephone company has it" everything may die.

So the row says `dialling`, committed, before the request leaves. Whoever finds such a row after its
lease asks the provider whether the call was placed before anybody is called again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from cloud.db import touch
from cloud.incidents.rules import called_as
from cloud.incidents.service import mark_dialling, mark_paged
from cloud.incidents.tables import incident
from cloud.messages import Tongue
from cloud.paging.planning import TRIES_PER_ASK, try_again
from cloud.paging.rules import (
    DIAL_LEASE,
    NOTICE_AGAIN,
    REPEAT_AFTER,
    Channel,
    PageStatus,
    Purpose,
    moved,
)
from cloud.paging.speech import Briefing
from cloud.paging.store import (
    Held,
    NewId,
    Secrets,
    brief,
    change_page,
    ends_in_vain,
    hold,
    language_of,
    wake,
)
from cloud.paging.tables import page
from vocabulary.incident import Role
from vocabulary.risk import Severity

CLOCKS_DIFFER = timedelta(seconds=60)
"""A provider's clock may be this far from ours when a lost request is looked up."""


@unique
class Todo(StrEnum):
    """What a claimed page needs."""

    SEND = "send"
    LOOK_UP = "look_up"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A page of which this worker is in charge until its lease ends."""

    page_id: UUID
    incident_id: UUID
    todo: Todo
    channel: Channel
    to: str
    since: datetime
    """From when on to look up."""
    token: str
    code: str
    role: Role
    tongue: Tongue
    briefing: Briefing


@dataclass(frozen=True, slots=True)
class DuePage:
    """A page that waits for a free line."""

    page_id: UUID
    is_critical: bool


def due_pages(connection: Connection, now: datetime, limit: int) -> list[DuePage]:
    """What is to be sent or looked up: silent calls, the most severe, who waits longest."""
    query = (
        select(page.c.id, incident.c.severity, incident.c.is_duress)
        .join(incident, incident.c.id == page.c.incident_id)
        .where(_is_due(now))
        .order_by(
            incident.c.is_duress.desc(),
            incident.c.severity.desc(),
            incident.c.technical.is_not(None),
            incident.c.opened_at,
            page.c.send_at,
        )
        .limit(limit)
    )
    found = connection.execute(query)
    return [DuePage(row.id, called_as(row) is Severity.CRITICAL) for row in found]


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Comparing with a bound instant, so that the index of due pages is used."""
    is_free = or_(page.c.lease_until.is_(None), page.c.lease_until <= now)
    return or_(
        and_(page.c.status == PageStatus.DUE, page.c.send_at <= now),
        and_(page.c.status == PageStatus.DIALLING, page.c.lease_until <= now),
        and_(
            page.c.status == PageStatus.UNKNOWN,
            page.c.ended_at.is_(None),
            page.c.send_at <= now,
            is_free,
        ),
    )


def claim_page(
    connection: Connection, page_id: UUID, now: datetime, allowed: Sequence[str] | None = None
) -> Claimed | None:
    """Take charge of one page and commit that before anything leaves; None: nothing to do.

    `allowed`: prefixes of numbers that may be called (toll fraud); None allows all.
    """
    held = hold(connection, page_id)
    is_still_due = connection.execute(
        select(page.c.id).where(page.c.id == page_id, _is_due(now))
    ).first()
    if is_still_due is None:
        return None
    if held.page.status != PageStatus.DUE:
        return _claim_look_up(connection, held, now)
    if not held.is_wanted:
        values = {"status": PageStatus.CANCELLED, "ended_at": now, "token": None}
        change_page(connection, held, now, action="page_cancelled", values=values)
        return None
    if allowed is not None and not held.page.address.startswith(tuple(allowed)):
        _fail(connection, held, now, "country not allowed")
        return None
    if held.page.purpose != Purpose.NOTICE:
        mark_dialling(connection, held.incident.id, now)
    values = {
        "status": PageStatus.DIALLING,
        "dialled_at": now,
        "lease_until": now + DIAL_LEASE,
    }
    held = change_page(connection, held, now, action="page_dialling", values=values)
    return _claimed(connection, held, Todo.SEND)


def _claim_look_up(connection: Connection, held: Held, now: datetime) -> Claimed:
    """A worker has died, or an answer was lost: the outcome is unknown until looked up."""
    values: dict[str, Any] = {"status": PageStatus.UNKNOWN, "lease_until": now + DIAL_LEASE}
    if held.page.status == PageStatus.DIALLING:
        values["error"] = "the worker died while dialling"
    held = change_page(connection, held, now, action="page_look_up", values=values)
    return _claimed(connection, held, Todo.LOOK_UP)


def _claimed(connection: Connection, held: Held, todo: Todo) -> Claimed:
    return Claimed(
        page_id=held.page.id,
        incident_id=held.incident.id,
        todo=todo,
        channel=Channel(held.page.channel),
        to=held.page.address,
        since=(held.page.dialled_at or held.page.created_at) - CLOCKS_DIFFER,
        token=held.page.token or "",
        code=held.page.code,
        role=held.role,
        tongue=language_of(connection, held),
        briefing=brief(held),
    )


def record_sent(
    connection: Connection,
    page_id: UUID,
    provider_id: str,
    now: datetime,
    status: PageStatus = PageStatus.QUEUED,
) -> None:
    """The provider has it; a callback may have come before this answer and said more already."""
    held = hold(connection, page_id)
    new = moved(PageStatus(held.page.status), status)
    values: dict[str, Any] = {
        "status": new,
        "provider_id": held.page.provider_id or provider_id,
        "sent_at": held.page.sent_at or now,
        "lease_until": None,
        "token": None,
    }
    if new not in {PageStatus.QUEUED, PageStatus.RINGING, PageStatus.ANSWERED}:
        values["ended_at"] = held.page.ended_at or now
    body = {"provider_id": provider_id, "status": new}
    held = change_page(connection, held, now, action="page_sent", values=values, body=body)
    if held.page.purpose != Purpose.NOTICE:
        mark_paged(connection, held.incident.id, now)
    if ends_in_vain(held):
        wake(connection, held, now)


def record_unknown(connection: Connection, page_id: UUID, reason: str, now: datetime) -> None:
    """No answer, or one that says nothing about whether it was taken: to be looked up at once."""
    held = hold(connection, page_id)
    if held.page.status != PageStatus.DIALLING:
        return  # a callback has told meanwhile that it was taken
    values = {
        "status": PageStatus.UNKNOWN,
        "error": reason[:80],
        "send_at": now,
        "lease_until": None,
    }
    change_page(connection, held, now, action="page_unknown", values=values, body={"error": reason})


def record_failed(
    connection: Connection,
    page_id: UUID,
    reason: str,
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
    *,
    can_retry: bool,
) -> UUID | None:
    """The provider has certainly not taken it. Returns the next attempt's page, if there is one."""
    held = hold(connection, page_id)
    if held.page.status != PageStatus.DIALLING:
        return None
    wait = _repeat_after(held)
    if not can_retry or wait is None:
        _fail(connection, held, now, reason)
        return None
    values = {"status": PageStatus.FAILED, "error": reason[:80], "ended_at": now, "token": None}
    held = change_page(
        connection, held, now, action="page_failed", values=values, body={"error": reason}
    )
    send_at = now + wait
    return try_again(connection, held, now, new_id, secrets, send_at=send_at, is_repeat=False)


def _repeat_after(held: Held) -> timedelta | None:
    """How long to wait before the same person is tried again; None: it is the next one's turn."""
    is_notice = held.page.purpose == Purpose.NOTICE
    tries = held.page.attempt if is_notice else held.page.attempt % TRIES_PER_ASK
    if tries < len(REPEAT_AFTER):
        return REPEAT_AFTER[tries]
    return NOTICE_AGAIN if is_notice else None


def _fail(connection: Connection, held: Held, now: datetime, reason: str) -> None:
    values = {
        "status": PageStatus.FAILED,
        "error": reason[:80],
        "ended_at": now,
        "lease_until": None,
        "token": None,
    }
    held = change_page(
        connection, held, now, action="page_failed", values=values, body={"error": reason[:80]}
    )
    wake(connection, held, now)
    touch(connection)
