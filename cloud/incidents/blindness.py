"""A critical risk that was watched and is not any more is news: to the family, and to operations.

A home that never had a sensor for it is told nothing: that stands on its page. Here is only noted
what a hub tells; whoever pages looks for what has lasted (`cloud.paging.notices`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from cloud.incidents.store import lock_incident
from cloud.incidents.tables import blindness
from cloud.incidents.technical import clear, lost_again
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import CoveragePart

SAME_WITHIN: Final = timedelta(hours=6)
"""Ours: blind again so soon is blind still; a sensor at the edge of its range is told of once."""

_WATCHED: Final = frozenset({"covered", "degraded"})
_NO_NEWS: Final = "no_detector_yet"
"""Of our own making: no device is lost."""


def follow_blindness(
    connection: Connection,
    sender: Row[Any],
    told: Iterable[CoveragePart],
    now: datetime,
) -> None:
    """Note which critical risks have become blind, or are watched again, since the last word."""
    before: Mapping[str, Any] = sender.coverage or {}
    for part in told:
        card = BY_SLUG.get(part.slug)
        if card is None or card.severity is not Severity.CRITICAL:
            continue
        was_watched = before.get(part.slug, {}).get("state") in _WATCHED
        if part.state != "blind":
            _end(connection, sender.id, part.slug, now)
        elif was_watched and part.reason != _NO_NEWS:
            _begin(connection, sender, part, now)


def _begin(connection: Connection, sender: Row[Any], part: CoveragePart, now: datetime) -> None:
    gateway = str(part.values.get("bridge", "")) if part.reason == "gateway_gone" else ""
    fresh = {"gateway": gateway, "since": now, "told_at": None, "ended_at": None}
    known = _row(connection, sender.id, part.slug)
    if known is None:
        connection.execute(
            insert(blindness).values(
                hub_id=sender.id,
                slug=part.slug,
                organisation_id=sender.organisation_id,
                household_id=sender.household_id,
                **fresh,
            )
        )
    elif known.told_at and known.ended_at and now - known.ended_at < SAME_WITHIN:
        _go_on(connection, known, gateway, now)
    elif known.ended_at:
        _change(connection, known, **fresh, incident_id=None)


def _go_on(connection: Connection, known: Row[Any], gateway: str, now: datetime) -> None:
    """The family knows already; operations are told again where they have put it aside."""
    row = None if known.incident_id is None else lock_incident(connection, known.incident_id)
    if row is None or row.status == IncidentStatus.CLOSED:
        again = {"since": now, "incident_id": None, "gateway": gateway}
        _change(connection, known, ended_at=None, **again)
        return
    _change(connection, known, ended_at=None)
    lost_again(connection, row, known.hub_id, now)


def _end(connection: Connection, hub_id: str, slug: str, now: datetime) -> None:
    known = _row(connection, hub_id, slug)
    if known is None or known.ended_at is not None:
        return
    _change(connection, known, ended_at=now)
    if known.incident_id is None:
        return
    others = select(blindness.c.slug).where(
        blindness.c.incident_id == known.incident_id, blindness.c.ended_at.is_(None)
    )
    if connection.execute(others).first() is None:
        clear(connection, lock_incident(connection, known.incident_id), hub_id, now)


def _row(connection: Connection, hub_id: str, slug: str) -> Row[Any] | None:
    return connection.execute(select(blindness).where(_is(hub_id, slug)).with_for_update()).first()


def _change(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(update(blindness).where(_is(row.hub_id, row.slug)).values(**values))


def _is(hub_id: str, slug: str) -> ColumnElement[bool]:
    return (blindness.c.hub_id == hub_id) & (blindness.c.slug == slug)
