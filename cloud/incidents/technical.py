"""Silence is an alarm: a hub, a link, a provider or a rota that fails is told to operations.

A power cut silences a whole district: what fails in one area is one incident that names each home.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from cloud import audit
from cloud.db import touch
from cloud.households.service import get_household
from cloud.households.tables import hub
from cloud.incidents.store import add_incident, change, end, write_audit
from cloud.incidents.tables import incident
from vocabulary.incident import Disposition, IncidentStatus, Technical
from vocabulary.risk import Severity

NewId = Callable[[datetime], UUID]

LINK_LOST = timedelta(seconds=90)
HUB_LOST = timedelta(seconds=180)
"""RELIABILITY §1.5: path loss known in 90 s, a home fully lost in 180 s."""
TELL_AGAIN = timedelta(hours=1)
"""A hub that is still silent after its incident was closed is told again that long after."""
CALM = timedelta(minutes=5)
"""Ours: whoever holds an area's incident is called no more often about each home that joins it."""
FLAPPING = timedelta(hours=1)
"""Ours: the same about what has failed there before, was well again and failed once more."""
CHAIN = "technical"
"""What a technical incident has in place of a risk's response chain."""


def open_technical(
    connection: Connection,
    organisation_id: str,
    technical: Technical,
    *,
    area: str | None,
    household_id: UUID | None,
    hub_id: str | None,
    severity: Severity,
    new_id: NewId,
    now: datetime,
    about: Mapping[str, Any] | None = None,
) -> UUID:
    """The open incident of this fault in this area (or of this hub, or organisation).

    Opened if there is none; else the hub is added to it, and its severity may rise; whoever holds
    it is called about that. Its escalation begins when it is claimed: `next_action_at` is now and
    it has no policy yet. `about`: what else is told of this hub's part in it.
    """
    found = connection.execute(
        select(incident)
        .where(
            incident.c.organisation_id == organisation_id,
            incident.c.technical == technical,
            incident.c.status != IncidentStatus.CLOSED,
            _same_place(area, hub_id),
        )
        .with_for_update()
    ).first()
    if found is not None:
        _join(connection, found, household_id, hub_id, severity, now, about or {})
        return found.id  # type: ignore[no-any-return]  # a Uuid column
    row = add_incident(
        connection,
        {
            "id": new_id(now),
            "organisation_id": organisation_id,
            "household_id": household_id,
            "hub_id": hub_id,
            "technical": technical,
            "area": area,
            "severity": severity,
            "chain": CHAIN,
            "status": IncidentStatus.OPEN,
            "opened_at": now,
            "committed_at": now,
            "page_at": now,
            "next_action_at": now,
            "affected": [_affected(household_id, hub_id, now, about or {})] if hub_id else [],
        },
    )
    body: dict[str, audit.Value] = {
        "number": row.number,
        "technical": technical,
        "severity": int(severity),
        "hub": hub_id,
    }
    write_audit(connection, row, now, actor="system:watch", action="opened", body=body)
    return row.id  # type: ignore[no-any-return]  # a Uuid column


def _same_place(area: str | None, hub_id: str | None) -> ColumnElement[bool]:
    if area is not None:
        return incident.c.area == area
    alone = incident.c.hub_id.is_(None) if hub_id is None else incident.c.hub_id == hub_id
    return incident.c.area.is_(None) & alone


def _affected(
    household_id: UUID | None, hub_id: str, now: datetime, about: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        **about,
        "hub_id": hub_id,
        "household_id": str(household_id) if household_id else None,
        "since": now.isoformat(),
        "cleared_at": None,
    }


def _join(
    connection: Connection,
    row: Row[Any],
    household_id: UUID | None,
    hub_id: str | None,
    severity: Severity,
    now: datetime,
    about: Mapping[str, Any],
) -> None:
    affected = list(row.affected or [])
    is_there = hub_id is None or any(
        one["hub_id"] == hub_id and one["cleared_at"] is None and one.items() >= about.items()
        for one in affected
    )
    if is_there and severity <= row.severity:
        return
    pause = CALM
    if severity > row.severity:
        pause = timedelta()
    elif any(one["hub_id"] == hub_id for one in affected):
        pause = FLAPPING
    if not is_there:
        assert hub_id is not None, "without a hub it is there"
        affected = [one for one in affected if one["hub_id"] != hub_id]
        affected.append(_affected(household_id, hub_id, now, about))
    values: dict[str, Any] = {
        "affected": affected,
        "severity": max(severity, row.severity),
        "cleared_at": None,
        **_told_later(row, now, pause),
    }
    if len({one["household_id"] for one in affected}) > 1:
        values |= {"household_id": None, "hub_id": None}  # no longer one home's
    body: dict[str, audit.Value] = {"hub": hub_id, "severity": int(values["severity"])}
    change(
        connection,
        row,
        now,
        actor="system:watch",
        action="spread",
        values=values,
        body=body,
        tells_hub=False,
    )


def _told_later(row: Row[Any], now: datetime, pause: timedelta) -> dict[str, datetime]:
    """When whoever is asked anyway, or holds it, is asked about what has joined it.

    At once, but never twice within `pause`: a power cut takes a whole district, home by home.
    """
    if row.status == IncidentStatus.OPEN:
        return {} if pause else {"next_action_at": now}
    last = row.spread_at
    if last is None:
        at = now
    elif last > now:
        at = min(last, now + pause)
    else:
        at = max(now, last + pause)
    return {"spread_at": at, "next_action_at": min(row.next_action_at, at)}


def supervise_hubs(
    connection: Connection,
    now: datetime,
    new_id: NewId,
    *,
    listening_since: datetime | None = None,
    link_lost: timedelta = LINK_LOST,
    hub_lost: timedelta = HUB_LOST,
) -> list[UUID]:
    """Look for silent hubs; returns the technical incidents that this opened or widened.

    `listening_since`: since when somebody listens; a cloud that just started blames nobody yet.
    A hub that was never heard is not installed yet and is not missed.
    """
    ears = listening_since or now - 2 * hub_lost
    silent = select(hub).where(hub.c.is_revoked.is_(False)).with_for_update(skip_locked=True)
    if ears <= now - link_lost:
        fresh = silent.where(hub.c.link_lost_at.is_(None), hub.c.last_heard_at <= now - link_lost)
        for row in connection.execute(fresh.order_by(hub.c.id)).all():
            _lose_link(connection, row, now)
    if ears > now - hub_lost:
        return []
    untold = or_(hub.c.lost_at.is_(None), hub.c.lost_at <= now - TELL_AGAIN)
    gone = silent.where(
        hub.c.link_lost_at.is_not(None), hub.c.last_heard_at <= now - hub_lost, untold
    )
    told: dict[UUID, None] = {}
    for row in connection.execute(gone.order_by(hub.c.id)).all():
        told[_lose_hub(connection, row, new_id, now)] = None
    return list(told)


def _lose_link(connection: Connection, row: Row[Any], now: datetime) -> None:
    connection.execute(update(hub).where(hub.c.id == row.id).values(link_lost_at=now))
    _write(connection, row, now, "link_lost")
    touch(connection)


def _lose_hub(connection: Connection, row: Row[Any], new_id: NewId, now: datetime) -> UUID:
    home = get_household(connection, row.household_id)
    in_danger = connection.execute(
        select(incident.c.id).where(
            incident.c.household_id == row.household_id,
            incident.c.slug.is_not(None),
            incident.c.status != IncidentStatus.CLOSED,
            or_(incident.c.severity == Severity.CRITICAL, incident.c.is_duress),
        )
    ).first()
    is_grave = home.has_medical_device or in_danger is not None
    connection.execute(update(hub).where(hub.c.id == row.id).values(lost_at=now))
    return open_technical(
        connection,
        row.organisation_id,
        Technical.HUB_LOST,
        area=home.area,
        household_id=row.household_id,
        hub_id=row.id,
        severity=Severity.HIGH if is_grave else Severity.MEDIUM,
        new_id=new_id,
        now=now,
    )


def hub_is_back(connection: Connection, sender: Row[Any], now: datetime) -> None:
    """A hub that was silent speaks: its entry in the lost ones is cleared.

    When all are back the incident says so; it ends by itself only if nobody has been paged for it.
    """
    connection.execute(update(hub).where(hub.c.id == sender.id).values(lost_at=None))
    _write(connection, sender, now, "link_back")
    touch(connection)
    query = (
        select(incident)
        .where(
            incident.c.organisation_id == sender.organisation_id,
            incident.c.technical == Technical.HUB_LOST,
            incident.c.status != IncidentStatus.CLOSED,
        )
        .order_by(incident.c.id)
        .with_for_update()
    )
    for row in connection.execute(query).all():
        clear(connection, row, sender.id, now)


def clear(connection: Connection, row: Row[Any], hub_id: str, now: datetime) -> None:
    """What failed at this hub is well again; an incident of which nobody has been told ends."""
    affected = list(row.affected or [])
    if not any(one["hub_id"] == hub_id and one["cleared_at"] is None for one in affected):
        return
    affected = [
        {**one, "cleared_at": one["cleared_at"] or now.isoformat()}
        if one["hub_id"] == hub_id
        else one
        for one in affected
    ]
    are_all_back = all(one["cleared_at"] for one in affected)
    change(
        connection,
        row,
        now,
        actor=f"hub:{hub_id}",
        action="cleared",
        values={"affected": affected, "cleared_at": now if are_all_back else None},
        body={"hub": hub_id, "all": are_all_back},
        tells_hub=False,
    )
    was_paged = row.page_begun_at is not None or row.first_page_at is not None
    if are_all_back and not was_paged and row.status == IncidentStatus.OPEN:
        end(connection, row, now, "system:watch", Disposition.RESOLVED_BEFORE_PAGE, None)


def lost_again(connection: Connection, row: Row[Any], hub_id: str, now: datetime) -> None:
    """What had cleared at this hub has failed again, while the incident of it is still open."""
    affected = [
        {**one, "cleared_at": None} if one["hub_id"] == hub_id else one
        for one in row.affected or []
    ]
    change(
        connection,
        row,
        now,
        actor=f"hub:{hub_id}",
        action="spread",
        values={"affected": affected, "cleared_at": None, **_told_later(row, now, FLAPPING)},
        body={"hub": hub_id, "severity": row.severity},
        tells_hub=False,
    )


def _write(connection: Connection, of: Row[Any], now: datetime, action: str) -> None:
    audit.record(
        connection,
        organisation_id=of.organisation_id,
        household_id=of.household_id,
        at=now,
        actor="system:watch" if action == "link_lost" else f"hub:{of.id}",
        action=action,
        body={"hub": of.id},
    )
