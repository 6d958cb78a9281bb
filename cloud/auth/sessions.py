"""A session lives in the database, so that it can be ended from here at any moment.

The browser holds 256 random bits; we keep only their hash. Logging in always makes a new one
(rotation: a planted cookie is worth nothing). Times: RELIABILITY §5 row 5.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from cloud.db import touch
from cloud.households.tables import person, session
from cloud.policy import Actor
from vocabulary.incident import Role

SECRET_BYTES: Final = 32
RESPONDER_LIFE: Final = timedelta(hours=12)
FAMILY_LIFE: Final = timedelta(days=30)
"""A relative's own telephone stays logged in; each such session can be revoked."""
IDLE: Final = timedelta(minutes=15)
"""After this long without a request a session may still read, but not close an incident."""
SEEN_EVERY: Final = timedelta(seconds=30)
"""How finely activity is recorded: one write per half minute, not one per request."""

Entropy = Callable[[int], bytes]
"""Where random bytes come from: `secrets.token_bytes` in production."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who logs in."""

    id: UUID
    organisation_id: str
    name: str
    language: str
    zone: str
    roles: frozenset[Role]
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A valid session and whose it is. `csrf` must come back with every change."""

    id_hash: str
    person: Person
    csrf: str
    is_fresh: bool
    expires_at: datetime

    def actor(self, on_shift: frozenset[Role] = frozenset()) -> Actor:
        """The one who asks, as the policy knows them."""
        return Actor(
            person_id=self.person.id,
            organisation_id=self.person.organisation_id,
            roles=self.person.roles,
            on_shift=on_shift,
            is_fresh=self.is_fresh,
        )


def find_person(connection: Connection, login: str) -> Person | None:
    """The active person of that log-in name, or None."""
    row = connection.execute(
        select(person).where(person.c.login == login.strip().casefold(), person.c.is_active)
    ).one_or_none()
    return None if row is None else _person(row)


def open_session(connection: Connection, who: Person, now: datetime, entropy: Entropy) -> str:
    """Start a session; returns the cookie's secret, which is kept nowhere."""
    secret = entropy(SECRET_BYTES).hex()
    life = FAMILY_LIFE if who.roles <= {Role.FAMILY} else RESPONDER_LIFE
    connection.execute(
        session.insert().values(
            id_hash=hash_of(secret),
            organisation_id=who.organisation_id,
            person_id=who.id,
            csrf=entropy(SECRET_BYTES).hex(),
            created_at=now,
            seen_at=now,
            expires_at=now + life,
        )
    )
    return secret


def read_session(
    connection: Connection, secret: str, now: datetime, *, is_activity: bool
) -> Session | None:
    """The session behind a cookie, or None if unknown, revoked, expired or its person is gone.

    `is_activity`: a person did something; a live view that renews itself is none. Once idle, a
    session does not become fresh again by being used: only a new log-in makes a fresh one.
    """
    row = connection.execute(
        select(session.c.id_hash, session.c.csrf, session.c.seen_at, session.c.expires_at, person)
        .join_from(session, person, session.c.person_id == person.c.id)
        .where(
            session.c.id_hash == hash_of(secret),
            session.c.revoked_at.is_(None),
            session.c.expires_at > now,
            person.c.is_active,
        )
    ).one_or_none()
    if row is None:
        return None
    is_fresh = now - row.seen_at <= IDLE
    if is_activity and is_fresh and now - row.seen_at >= SEEN_EVERY:
        connection.execute(
            update(session).where(session.c.id_hash == row.id_hash).values(seen_at=now)
        )
    return Session(row.id_hash, _person(row), row.csrf, is_fresh, row.expires_at)


def revoke_session(connection: Connection, secret: str, now: datetime) -> None:
    """Log out: the cookie is worth nothing from this commit on, open live views end."""
    connection.execute(
        update(session)
        .where(session.c.id_hash == hash_of(secret), session.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    touch(connection)


def revoke_all(connection: Connection, person_id: UUID, now: datetime) -> int:
    """Log a person out everywhere; returns how many sessions ended."""
    ended = connection.execute(
        update(session)
        .where(session.c.person_id == person_id, session.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    touch(connection)
    return int(ended.rowcount)


def hash_of(secret: str) -> str:
    """What is kept of a secret of full entropy: SHA-256 needs no salt there."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        language=row.language,
        zone=row.zone,
        roles=frozenset(Role(role) for role in row.roles),
        password_hash=row.password_hash,
    )
