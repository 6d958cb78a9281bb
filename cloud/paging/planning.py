"""Asking a person means choosing a number, and writing the attempt down before dialling it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from cloud.db import insert_once, touch
from cloud.households.service import ContactMethod, methods_of
from cloud.incidents.store import write_audit
from cloud.paging.rules import NOTICE_AGAIN, REPEAT_AFTER, Ask, Channel, PageStatus, Purpose
from cloud.paging.store import Held, NewId, Secrets, token_hash, wake
from cloud.paging.tables import page

TRIES_PER_ASK = 10
"""Room in the attempt's number for repeating a request whose outcome was unknown or "later"."""


def plan_pages(
    connection: Connection,
    row: Row[Any],
    ask: Ask,
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
) -> list[UUID]:
    """Rows for one ask, due at once; the ids of those that are new.

    The first time a person is asked in a step they are called and written to; after that called.
    Who has no number for what the step says is reached by the other channel.
    """
    planned = [
        insert_page(
            connection,
            row,
            {
                "person_id": ask.person_id,
                "role": ask.role,
                "purpose": ask.purpose,
                "track": ask.track,
                "step": ask.step,
                "round": ask.round,
                "attempt": ask.attempt * TRIES_PER_ASK,
                "channel": method.channel,
                "address": method.address,
            },
            now,
            new_id,
            secrets,
        )
        for method in _choose(methods_of(connection, ask.person_id), ask)
    ]
    return [page_id for page_id in planned if page_id is not None]


def insert_page(
    connection: Connection,
    row: Row[Any],
    values: dict[str, Any],
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
) -> UUID | None:
    """One page's row, with secrets of its own; None when this attempt is planned already."""
    page_id, token = new_id(now), secrets.token()
    whole = {
        "id": page_id,
        "organisation_id": row.organisation_id,
        "incident_id": row.id,
        "status": PageStatus.DUE,
        "digit": secrets.digit(),
        "code": secrets.code(),
        "token": token,
        "token_hash": token_hash(token),
        "created_at": now,
        "send_at": now,
        **values,
    }
    if not insert_once(connection, page, whole):
        return None
    write_audit(
        connection,
        row,
        now,
        actor="system:escalation",
        action="page_planned",
        body={
            "page": str(page_id),
            "person": str(whole["person_id"]),
            "role": whole["role"],
            "channel": whole["channel"],
            "track": whole["track"],
            "step": whole["step"],
            "round": whole["round"],
            "attempt": whole["attempt"],
            "is_repeat": bool(whole.get("is_repeat", False)),
        },
    )
    touch(connection)
    return page_id


def try_again(
    connection: Connection,
    held: Held,
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
    *,
    send_at: datetime,
    is_repeat: bool,
) -> UUID | None:
    """The same person again by the same number, as a new attempt with secrets of its own.

    None when nobody wants it now, or when it has been tried often enough: then the escalation goes
    on at once. A notice is never given up: nobody else would be told in its place.
    """
    attempt = held.page.attempt + 1
    if not held.is_wanted:
        return None
    if held.page.purpose == Purpose.NOTICE:
        is_new = attempt <= len(REPEAT_AFTER)
        send_at = send_at if is_new else max(send_at, now + NOTICE_AGAIN)
    elif attempt % TRIES_PER_ASK == 0:
        wake(connection, held, now)
        return None
    kept = ("person_id", "role", "purpose", "track", "step", "round", "channel", "address")
    values = {name: getattr(held.page, name) for name in kept}
    values |= {
        "attempt": attempt,
        "send_at": send_at,
        "is_repeat": is_repeat or held.page.is_repeat,
    }
    return insert_page(connection, held.incident, values, now, new_id, secrets)


def _choose(methods: Sequence[ContactMethod], ask: Ask) -> list[ContactMethod]:
    calls = [method for method in methods if method.channel == Channel.VOICE]
    texts = [method for method in methods if method.channel == Channel.SMS]
    chosen: list[ContactMethod] = []
    if Channel.VOICE in ask.channels and calls:
        chosen.append(calls[ask.attempt % len(calls)])
    if Channel.SMS in ask.channels and texts and (ask.attempt == 0 or not chosen):
        chosen.append(texts[0])
    return chosen or [*calls, *texts][:1]
