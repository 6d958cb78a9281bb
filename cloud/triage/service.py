"""The queue as it is now, read in one transaction; every row passes the policy before it is shown.

Nothing is changed here: acting on an incident is `cloud.incidents.service`'s business.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from cloud.households.tables import household, person, relation
from cloud.incidents.tables import incident
from cloud.paging.rules import LIVE, Purpose
from cloud.paging.tables import page
from cloud.policy import Action, Actor, IncidentFacts, Target, Tie, can
from cloud.triage.rules import Call, QueueRow, age_in_years
from vocabulary.incident import RESPONDERS, IncidentStatus, Role
from vocabulary.risk import Severity

AnyRow = Row[Any]


def read_queue(connection: Connection, actor: Actor, now: datetime) -> list[QueueRow]:
    """Every incident that is not closed and that the actor may see, in no order."""
    rows = connection.execute(
        select(incident).where(
            incident.c.organisation_id == actor.organisation_id,
            incident.c.status != IncidentStatus.CLOSED,
        )
    ).all()
    ties, paged = read_ties(connection, actor), read_paged(connection, actor)
    seen = [
        row
        for row in rows
        if can(actor, Action.SEE_INCIDENT, target_of(row, ties, paged), now).is_allowed
    ]
    homes = read_homes(connection, {row.household_id for row in seen})
    names = read_names(connection, {row.acknowledged_by for row in seen})
    calls = read_calls(connection, [row.id for row in seen])
    return [queue_row(row, homes, names, calls, actor, now) for row in seen]


def queue_row(
    row: AnyRow,
    homes: Mapping[UUID, AnyRow],
    names: Mapping[UUID, str],
    calls: Mapping[UUID, tuple[Call, ...]],
    actor: Actor,
    now: datetime,
) -> QueueRow:
    """One incident in plain facts."""
    home = homes.get(row.household_id)
    cares = knows_people(actor)
    return QueueRow(
        id=row.id,
        number=row.number,
        slug=row.slug,
        variant=row.variant,
        technical=row.technical,
        severity=Severity(row.severity),
        status=IncidentStatus(row.status),
        opened_at=row.opened_at,
        page_at=row.page_at,
        first_page_at=row.first_page_at,
        cleared_at=row.cleared_at,
        acknowledged_at=row.acknowledged_at,
        is_duress=row.is_duress,
        room=row.room,
        area=(home.area if home else row.area) or "",
        resident=home.resident_name if home and cares else "",
        age=age_in_years(home.resident_born, now) if home and cares else None,
        holder=names.get(row.acknowledged_by, ""),
        holder_role=row.acknowledged_role or "",
        is_mine=row.acknowledged_by == actor.person_id,
        calls=calls.get(row.id, ()),
    )


def knows_people(actor: Actor) -> bool:
    """Whoever mends machines sees the home's address, but neither age, health nor history."""
    return bool(actor.roles & RESPONDERS)


def target_of(row: AnyRow, ties: Mapping[UUID, tuple[Tie, ...]], paged: Collection[UUID]) -> Target:
    """What the policy needs to know of an incident's row."""
    facts = IncidentFacts(
        status=IncidentStatus(row.status),
        is_technical=row.technical is not None,
        is_duress=row.is_duress,
        held_by=row.acknowledged_by,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        was_paged=row.id in paged,
    )
    return Target(row.organisation_id, ties.get(row.household_id, ()), facts)


def read_ties(connection: Connection, actor: Actor) -> Mapping[UUID, tuple[Tie, ...]]:
    """What binds the actor to households, by household."""
    found: dict[UUID, list[Tie]] = defaultdict(list)
    for row in connection.execute(select(relation).where(relation.c.person_id == actor.person_id)):
        tie = Tie(Role(row.role), row.sees, row.valid_from, row.valid_until)
        found[row.household_id].append(tie)
    return {home: tuple(ties) for home, ties in found.items()}


def read_paged(connection: Connection, actor: Actor) -> frozenset[UUID]:
    """The incidents, not closed, for which the actor has been paged."""
    rows = connection.execute(
        select(page.c.incident_id)
        .join_from(page, incident, page.c.incident_id == incident.c.id)
        .where(page.c.person_id == actor.person_id, incident.c.status != IncidentStatus.CLOSED)
    )
    return frozenset(rows.scalars())


def read_homes(connection: Connection, ids: Collection[UUID | None]) -> Mapping[UUID, AnyRow]:
    """Households by id."""
    wanted = [home for home in ids if home is not None]
    rows = connection.execute(select(household).where(household.c.id.in_(wanted)))
    return {row.id: row for row in rows}


def read_names(connection: Connection, ids: Collection[UUID | None]) -> Mapping[UUID, str]:
    """People's names by id."""
    wanted = [who for who in ids if who is not None]
    rows = connection.execute(select(person.c.id, person.c.name).where(person.c.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def read_calls(
    connection: Connection, incidents: Collection[UUID]
) -> Mapping[UUID, tuple[Call, ...]]:
    """Who is being called at this moment, by incident; not who is only let know of it."""
    rows = connection.execute(
        select(page.c.incident_id, page.c.role, page.c.status, person.c.name)
        .join_from(page, person, page.c.person_id == person.c.id)
        .where(
            page.c.incident_id.in_(list(incidents)),
            page.c.status.in_(list(LIVE)),
            page.c.purpose != Purpose.NOTICE,
        )
        .order_by(page.c.created_at)
    )
    found: dict[UUID, list[Call]] = defaultdict(list)
    for row in rows:
        found[row.incident_id].append(Call(row.name, row.role, row.status))
    return {which: tuple(calls) for which, calls in found.items()}
