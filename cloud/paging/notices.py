"""A family that trusts a smoke alarm must hear, once, that nothing listens to it any more.

One SMS to each relative and one technical incident for operations, per home and per gateway that is
gone, when a critical risk has stayed blind. The silence of a whole hub is another story (hub_lost).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update

from cloud import audit
from cloud.households.service import methods_of, relations_of
from cloud.households.tables import hub
from cloud.incidents.service import lock_incident, open_technical
from cloud.incidents.tables import blindness
from cloud.incidents.technical import LINK_LOST
from cloud.paging.planning import insert_page
from cloud.paging.rules import Channel, Purpose
from cloud.paging.store import NewId, Secrets
from cloud.paging.tables import page
from vocabulary.incident import Role, Technical
from vocabulary.risk import Severity

BLIND_FOR: Final = timedelta(minutes=10)
"""Ours: a hub or gateway that was restarted is back long before, and nobody was written to."""
TRACK: Final = "family_notice"
_AT_ONCE: Final = 200


def tell_blind_risks(
    connection: Connection,
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
    blind_for: timedelta = BLIND_FOR,
) -> list[UUID]:
    """Plan what is to be told of risks that have stayed blind; the technical incidents of them.

    A hub that is silent itself tells nothing of its home now, so its risks wait until it speaks.
    """
    homes: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in _untold(connection, now, blind_for):
        homes[row.hub_id].append(row)
    return [
        incident_id
        for rows in homes.values()
        for incident_id in _tell_home(connection, rows, now, new_id, secrets)
    ]


def _untold(connection: Connection, now: datetime, blind_for: timedelta) -> Sequence[Row[Any]]:
    query = (
        select(blindness)
        .join(hub, hub.c.id == blindness.c.hub_id)
        .where(
            blindness.c.incident_id.is_(None),
            blindness.c.ended_at.is_(None),
            blindness.c.since <= now - blind_for,
            hub.c.is_revoked.is_(False),
            hub.c.last_heard_at > now - LINK_LOST,
        )
        .order_by(blindness.c.hub_id, blindness.c.slug)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True, of=blindness)
    )
    return connection.execute(query).all()


def _tell_home(
    connection: Connection,
    rows: Sequence[Row[Any]],
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
) -> list[UUID]:
    """One technical incident for each gateway that is gone, one for all else; one SMS a person."""
    by_gateway: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_gateway[row.gateway].append(row)
    told = [
        _tell_operations(connection, gateway, lost, now, new_id)
        for gateway, lost in by_gateway.items()
    ]
    news = [row for row in rows if row.told_at is None]
    if news:
        _tell_family(connection, told[0], news, now, new_id, secrets)
    return told


def _tell_operations(
    connection: Connection, gateway: str, rows: Sequence[Row[Any]], now: datetime, new_id: NewId
) -> UUID:
    first = rows[0]
    incident_id = open_technical(
        connection,
        first.organisation_id,
        Technical.DEVICE_LOST,
        area=f"{first.hub_id}:{gateway}"[:80] if gateway else None,
        household_id=first.household_id,
        hub_id=first.hub_id,
        severity=Severity.HIGH,
        new_id=new_id,
        now=now,
        about={"gateway": gateway, "risks": _blind_by(connection, first.hub_id, gateway)},
    )
    for row in rows:
        connection.execute(
            update(blindness)
            .where(blindness.c.hub_id == row.hub_id, blindness.c.slug == row.slug)
            .values(told_at=row.told_at or now, incident_id=incident_id)
        )
    return incident_id


def _blind_by(connection: Connection, hub_id: str, gateway: str) -> list[str]:
    """All critical risks of this home that are blind for this cause, told before or not."""
    query = select(blindness.c.slug).where(
        blindness.c.hub_id == hub_id,
        blindness.c.gateway == gateway,
        blindness.c.ended_at.is_(None),
    )
    return sorted(connection.execute(query).scalars())


def _tell_family(
    connection: Connection,
    incident_id: UUID,
    rows: Sequence[Row[Any]],
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
) -> None:
    row = lock_incident(connection, incident_id)
    household_id = rows[0].household_id
    number, written = _notices_so_far(connection, incident_id), 0
    for relative in relations_of(connection, household_id, now, Role.FAMILY):
        for method in methods_of(connection, relative.person_id, Channel.SMS)[:1]:
            values = {
                "person_id": relative.person_id,
                "role": Role.FAMILY,
                "purpose": Purpose.NOTICE,
                "track": TRACK,
                "step": 0,
                "round": number,
                "attempt": 0,
                "channel": method.channel,
                "address": method.address,
            }
            written += insert_page(connection, row, values, now, new_id, secrets) is not None
    audit.record(
        connection,
        organisation_id=row.organisation_id,
        household_id=household_id,
        at=now,
        actor="system:paging",
        action="blind_risks_told",
        incident_id=incident_id,
        body={"risks": " ".join(one.slug for one in rows), "messages": written},
    )


def _notices_so_far(connection: Connection, incident_id: UUID) -> int:
    """Each notice about one incident has a number of its own, so that none is swallowed."""
    query = select(func.max(page.c.round)).where(
        page.c.incident_id == incident_id, page.c.track == TRACK
    )
    last = connection.execute(query).scalar()
    return 0 if last is None else last + 1
