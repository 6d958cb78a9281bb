"""What a relative's pages show: read in one transaction, shaped by what the resident allows."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, or_, select

from cloud.family.rules import Home, Story, state_of, story
from cloud.households.lights import lights
from cloud.households.tables import household, hub, person, relation
from cloud.incidents.tables import blindness, incident
from cloud.incidents.told import told_of
from cloud.policy import Tie, family_level
from vocabulary.incident import IncidentStatus, Role

HISTORY: Final = timedelta(days=30)
MOST: Final = 30
"""Past incidents on the page."""


def read_homes(connection: Connection, person_id: UUID, now: datetime) -> tuple[Home, ...]:
    """Every household that the person may see at `now`, by the resident's name."""
    ties: dict[UUID, list[Tie]] = {}
    for row in connection.execute(select(relation).where(relation.c.person_id == person_id)):
        tie = Tie(Role(row.role), row.sees, row.valid_from, row.valid_until)
        ties.setdefault(row.household_id, []).append(tie)
    levels = {home: family_level(tuple(found), now) for home, found in ties.items()}
    homes = [
        read_home(connection, home, level, now) for home, level in levels.items() if level != ""
    ]
    return tuple(sorted(homes, key=lambda home: (home.resident, home.id)))


def read_home(connection: Connection, household_id: UUID, level: str, now: datetime) -> Home:
    """One household for a relative of that level; the guard has let them in."""
    row = connection.execute(select(household).where(household.c.id == household_id)).one()
    heard = connection.execute(
        select(hub)
        .where(hub.c.household_id == household_id, ~hub.c.is_revoked)
        .order_by(hub.c.last_heard_at.is_(None), hub.c.last_heard_at.desc())
        .limit(1)
    ).one_or_none()
    stories = _stories(connection, household_id, level, now)
    is_open = [one for one in stories if one.is_open and not one.is_digest]
    last_heard_at = heard.last_heard_at if heard else None
    state, at = state_of(
        level, bool(is_open), last_heard_at, heard.proof_of_life_at if heard else None, now
    )
    shown = lights(heard.coverage if heard else None, last_heard_at, now)
    gone = _lost(connection, heard.id) if heard else frozenset[str]()
    return Home(
        id=row.id,
        resident=row.resident_name,
        zone=row.zone,
        level=level,
        state=state,
        at=at,
        open=tuple(is_open),
        noticed=tuple(one for one in stories if one.is_open and one.is_digest),
        past=tuple(one for one in stories if not one.is_open)[:MOST],
        lights=shown,
        lost=tuple(one for one in shown if one.state == "blind" and one.risk.slug in gone),
    )


def _lost(connection: Connection, hub_id: str) -> frozenset[str]:
    """Risks of which the family has been told that nothing watches them any more."""
    query = select(blindness.c.slug).where(
        blindness.c.hub_id == hub_id,
        blindness.c.told_at.is_not(None),
        blindness.c.ended_at.is_(None),
    )
    return frozenset(connection.execute(query).scalars())


def _stories(
    connection: Connection, household_id: UUID, level: str, now: datetime
) -> tuple[Story, ...]:
    rows = connection.execute(
        select(incident)
        .where(
            incident.c.household_id == household_id,
            incident.c.technical.is_(None),
            or_(
                incident.c.status != IncidentStatus.CLOSED,
                incident.c.opened_at > now - HISTORY,
            ),
        )
        .order_by(incident.c.opened_at.desc(), incident.c.id)
        .limit(2 * MOST)
    ).all()
    names = _names(connection, rows)
    found = [story(row, told_of(row.hub_part), names, level, now) for row in rows]
    return tuple(one for one in found if one is not None)


def _names(connection: Connection, rows: Collection[Row[Any]]) -> dict[UUID, str]:
    wanted = {
        who
        for row in rows
        for who in (
            row.acknowledged_by,
            row.family_acknowledged_by,
            row.going_by,
            row.family_going_by,
        )
        if who is not None
    }
    found = connection.execute(select(person.c.id, person.c.name).where(person.c.id.in_(wanted)))
    return {row.id: row.name for row in found}
