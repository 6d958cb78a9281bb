"""A request was lost, or a call went silent: the telephone company is asked what became of it.

Only when it says that there is no such call is the person called once more, as a repetition.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select, update

from cloud.paging.planning import try_again
from cloud.paging.rules import ATTEMPT_AT_MOST, Channel, PageStatus, told
from cloud.paging.sending import record_sent
from cloud.paging.store import NewId, Secrets, change_page, hold, wake
from cloud.paging.tables import page
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
    for one in found:
        if one.provider_id not in known:
            status = told(one.status) or PageStatus.QUEUED
            record_sent(connection, page_id, one.provider_id, now, status)
            return None
    values = {"ended_at": now, "lease_until": None, "token": None}
    held = change_page(connection, held, now, action="page_not_placed", values=values)
    return try_again(connection, held, now, new_id, secrets, send_at=now, is_repeat=True)


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


def end_silent_calls(connection: Connection, now: datetime, limit: int = 100) -> int:
    """Calls of which no end was ever told are over after five minutes; how many."""
    talking = (PageStatus.QUEUED, PageStatus.RINGING, PageStatus.ANSWERED)
    query = (
        select(page.c.id)
        .where(
            page.c.channel == Channel.VOICE,
            page.c.status.in_(talking),
            page.c.sent_at <= now - ATTEMPT_AT_MOST,
        )
        .limit(limit)
    )
    ended = 0
    for page_id in connection.execute(query).scalars().all():
        held = hold(connection, page_id)
        if held.page.status in talking:
            values = {
                "status": PageStatus.NO_ANSWER,
                "ended_at": now,
                "error": "no word of its end",
            }
            held = change_page(connection, held, now, action="page_silent", values=values)
            wake(connection, held, now)
            ended += 1
    return ended
