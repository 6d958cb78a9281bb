"""A request was lost, or a call went silent: the telephone company is asked what became of it.

Only when it says that there is no such call is the person called once more, as a repetition.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, exists, or_, select, update

from cloud.paging.planning import try_again
from cloud.paging.rules import (
    ADOPTED,
    ATTEMPT_AT_MOST,
    SILENT_AFTER,
    Channel,
    PageStatus,
    told,
)
from cloud.paging.sending import record_sent
from cloud.paging.store import Held, NewId, Secrets, change_page, hold, wake
from cloud.paging.tables import callback, page
from cloud.paging.transports import Found

LOOK_UP_AGAIN = timedelta(seconds=2)


def record_found(
    connection: Connection,
    page_id: UUID,
    found: Sequence[Found],
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
) -> UUID | None:
    """What a look-up told: adopt the call that nobody else has, or ask the person once more.

    Returns the new attempt's page, if one was needed; it says that it is a repetition.
    """
    held = hold(connection, page_id)
    if held.page.status != PageStatus.UNKNOWN or held.page.ended_at is not None:
        return None  # a callback has told meanwhile
    ids = [one.provider_id for one in found]
    query = select(page.c.provider_id).where(page.c.provider_id.in_(ids))
    known = set(connection.execute(query).scalars())
    unclaimed = [one for one in found if one.provider_id not in known]
    if unclaimed and _is_ambiguous(connection, held):
        _leave_to_callbacks(connection, held, now)
        return None
    values = {"ended_at": now, "lease_until": None, "token": None}
    if unclaimed:
        status = told(unclaimed[0].status) or PageStatus.QUEUED
        connection.execute(update(page).where(page.c.id == page_id).values(error=ADOPTED))
        record_sent(connection, page_id, unclaimed[0].provider_id, now, status)
        return None
    held = change_page(connection, held, now, action="page_not_placed", values=values)
    return try_again(connection, held, now, new_id, secrets, send_at=now, is_repeat=True)


def _is_ambiguous(connection: Connection, held: Held) -> bool:
    """Whether a call to that number may as well be another page's, whose answer is not in yet."""
    is_open = or_(
        page.c.status == PageStatus.DIALLING,
        (page.c.status == PageStatus.UNKNOWN) & page.c.ended_at.is_(None),
    )
    query = select(page.c.id).where(
        page.c.id != held.page.id,
        page.c.address == held.page.address,
        page.c.channel == held.page.channel,
        is_open,
    )
    return connection.execute(query.limit(1)).first() is not None


def _leave_to_callbacks(connection: Connection, held: Held, now: datetime) -> None:
    """Each call's own callback tells whose it is; whoever hears none for long looks no more.

    The escalation goes on meanwhile, so nobody waits for it.
    """
    if now < (held.page.dialled_at or held.page.created_at) + ATTEMPT_AT_MOST:
        postpone_look_up(connection, held.page.id, now)
        return
    values = {"ended_at": now, "lease_until": None, "token": None}
    change_page(connection, held, now, action="page_not_told", values=values)


def postpone_look_up(connection: Connection, page_id: UUID, now: datetime) -> None:
    """The provider does not even tell: ask again soon, and let the next person be called now."""
    held = hold(connection, page_id)
    if held.page.status != PageStatus.UNKNOWN:
        return
    connection.execute(
        update(page)
        .where(page.c.id == page_id)
        .values(send_at=now + LOOK_UP_AGAIN, lease_until=None)
    )
    if held.page.error != _TOLD_ESCALATION:
        connection.execute(update(page).where(page.c.id == page_id).values(error=_TOLD_ESCALATION))
        wake(connection, held, now)


_TOLD_ESCALATION = "unknown, and the provider does not tell"


_IN_FLIGHT = (PageStatus.QUEUED, PageStatus.RINGING, PageStatus.ANSWERED)
_ASK_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Silent:
    """A call under way of which nothing has been heard for a while."""

    page_id: UUID
    provider_id: str


def claim_silent_calls(connection: Connection, now: datetime, limit: int = 20) -> list[Silent]:
    """Calls to ask the provider about, by their own id; the longest silent first.

    Of two workers one asks: whoever claims a call has it for a few seconds.
    """
    since = now - SILENT_AFTER
    has_news = exists().where(callback.c.page_id == page.c.id, callback.c.at > since)
    query = (
        select(page.c.id, page.c.provider_id)
        .where(
            page.c.channel == Channel.VOICE,
            page.c.status.in_(_IN_FLIGHT),
            page.c.provider_id.is_not(None),
            page.c.sent_at <= since,
            or_(page.c.lease_until.is_(None), page.c.lease_until <= now),
            ~has_news,
        )
        .order_by(page.c.sent_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    silent = [Silent(row.id, row.provider_id) for row in connection.execute(query)]
    ids = [one.page_id for one in silent]
    lease = update(page).where(page.c.id.in_(ids)).values(lease_until=now + _ASK_AGAIN)
    if ids:
        connection.execute(lease)
    return silent


def end_silent_calls(connection: Connection, now: datetime, limit: int = 100) -> int:
    """Calls of which no end was ever told are over after five minutes; how many."""
    query = (
        select(page.c.id)
        .where(
            page.c.channel == Channel.VOICE,
            page.c.status.in_(_IN_FLIGHT),
            page.c.sent_at <= now - ATTEMPT_AT_MOST,
        )
        .limit(limit)
    )
    ended = 0
    for page_id in connection.execute(query).scalars().all():
        held = hold(connection, page_id)
        if held.page.status in _IN_FLIGHT:
            values = {
                "status": PageStatus.NO_ANSWER,
                "ended_at": now,
                "error": "no word of its end",
            }
            held = change_page(connection, held, now, action="page_silent", values=values)
            wake(connection, held, now)
            ended += 1
    return ended
