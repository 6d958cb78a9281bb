"""Who lives where, which hub speaks for them, and who may be asked to help."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from cloud.errors import NotFound, Unauthenticated
from cloud.households.tables import (
    contact_method,
    household,
    hub,
    organisation,
    person,
    relation,
)
from vocabulary.incident import Role


@dataclass(frozen=True, slots=True)
class Hub:
    """One hub and whose home it watches."""

    id: str
    organisation_id: str
    household_id: UUID
    last_heard_at: datetime | None
    link_lost_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in, be paged, or both."""

    id: UUID
    organisation_id: str
    name: str
    language: str
    zone: str
    roles: tuple[Role, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class ContactMethod:
    """One way to reach a person."""

    id: UUID
    person_id: UUID
    channel: str
    """voice or sms"""
    address: str
    """E.164"""
    position: int


@dataclass(frozen=True, slots=True)
class Relation:
    """What a person is to a household, while it is valid."""

    id: UUID
    household_id: UUID
    person_id: UUID
    role: Role
    label: str
    position: int
    sees: str
    """alerts, summary or details"""


def get_household(connection: Connection, household_id: UUID) -> Row[Any]:
    """The household's row; raises `NotFound`."""
    found = connection.execute(select(household).where(household.c.id == household_id)).first()
    if found is None:
        raise NotFound(f"no household {household_id}")
    return found


def get_organisation(connection: Connection, organisation_id: str) -> Row[Any]:
    """The organisation's row; raises `NotFound`."""
    query = select(organisation).where(organisation.c.id == organisation_id)
    found = connection.execute(query).first()
    if found is None:
        raise NotFound(f"no organisation {organisation_id}")
    return found


def get_person(connection: Connection, person_id: UUID) -> Person:
    """Raises `NotFound`."""
    found = connection.execute(select(person).where(person.c.id == person_id)).first()
    if found is None:
        raise NotFound(f"no person {person_id}")
    return _person(found)


def find_hub(connection: Connection, hub_id: str) -> Hub | None:
    """A hub that may speak: known and not revoked."""
    query = select(hub).where(hub.c.id == hub_id, hub.c.is_revoked.is_(False))
    found = connection.execute(query).first()
    if found is None:
        return None
    return Hub(
        found.id,
        found.organisation_id,
        found.household_id,
        found.last_heard_at,
        found.link_lost_at,
    )


def authenticate_hub(connection: Connection, hub_id: str, token: str) -> Hub:
    """The hub that this bearer token belongs to; raises `Unauthenticated`, always alike."""
    query = select(hub.c.token_hash).where(hub.c.id == hub_id, hub.c.is_revoked.is_(False))
    kept = connection.execute(query).scalar() or token_hash("")
    is_right = hmac.compare_digest(kept, token_hash(token))
    known = find_hub(connection, hub_id)
    if not is_right or not token or known is None:
        raise Unauthenticated("no hub of that name has this token")
    return known


def token_hash(token: str) -> str:
    """What is kept of a hub's bearer token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def methods_of(
    connection: Connection, person_id: UUID, channel: str | None = None
) -> list[ContactMethod]:
    """How to reach a person, first choice first; what said STOP is left out."""
    query = (
        select(contact_method)
        .where(contact_method.c.person_id == person_id, contact_method.c.stopped_at.is_(None))
        .order_by(contact_method.c.position, contact_method.c.id)
    )
    if channel is not None:
        query = query.where(contact_method.c.channel == channel)
    return [
        ContactMethod(row.id, row.person_id, row.channel, row.address, row.position)
        for row in connection.execute(query)
    ]


def relations_of(
    connection: Connection, household_id: UUID, now: datetime, role: Role | None = None
) -> list[Relation]:
    """Who is related to a household at this moment, by role and place; inactive people left out."""
    query = _valid(now).where(relation.c.household_id == household_id)
    if role is not None:
        query = query.where(relation.c.role == role)
    return [_relation(row) for row in connection.execute(query)]


def lock_hub(connection: Connection, hub_id: str) -> Row[Any] | None:
    """The whole row of a hub that may speak, held until the transaction ends.

    So that nobody says at the same moment that it is silent.
    """
    query = select(hub).where(hub.c.id == hub_id, hub.c.is_revoked.is_(False)).with_for_update()
    return connection.execute(query).first()


def heard(connection: Connection, hub_id: str, now: datetime, told: Mapping[str, object]) -> None:
    """The hub has spoken: it is there. `told`: further columns of its row that it reported."""
    values = {"last_heard_at": now, "link_lost_at": None, **told}
    connection.execute(update(hub).where(hub.c.id == hub_id).values(**values))


def add_organisation(
    connection: Connection, organisation_id: str, name: str, zone: str, country: str
) -> None:
    """A care organisation: owns households, rotas and policies."""
    connection.execute(
        insert(organisation).values(id=organisation_id, name=name, zone=zone, country=country)
    )


def add_row(connection: Connection, table: Any, **values: object) -> None:
    """Insert a household, hub, person, contact method or relation as it is."""
    connection.execute(insert(table).values(**values))


def _valid(now: datetime) -> Any:
    return (
        select(relation)
        .join(person, person.c.id == relation.c.person_id)
        .where(
            person.c.is_active,
            relation.c.valid_from <= now,
            (relation.c.valid_until.is_(None)) | (relation.c.valid_until > now),
        )
        .order_by(relation.c.role, relation.c.position, relation.c.id)
    )


def _person(row: Row[Any]) -> Person:
    return Person(
        row.id,
        row.organisation_id,
        row.name,
        row.language,
        row.zone,
        tuple(Role(role) for role in row.roles),
        row.is_active,
    )


def _relation(row: Row[Any]) -> Relation:
    return Relation(
        row.id,
        row.household_id,
        row.person_id,
        Role(row.role),
        row.label,
        row.position,
        row.sees,
    )
