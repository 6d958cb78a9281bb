"""A home is watched as its care profile says, or somebody knows that it is not.

A hub says at each hello which version it follows. One that follows another (a new hub, a journal
that was lost) is told the present one again; one that had it and still does not follow it, or that
refuses it, is a fault of which operations are told (RELIABILITY INV-13).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, delete, or_, select

from cloud import audit
from cloud.db import insert_once
from cloud.households.service import get_household
from cloud.incidents.hub_faults import tell_not_followed
from cloud.incidents.rules import derived_id
from cloud.incidents.tables import downlink
from vocabulary.wire import Config, Hello, dump

WITHIN: Final = timedelta(hours=1)
"""Ours: a hub starts anew with each profile that it takes, so one that loses it is not told more
often than `TIMES` in so long."""
TIMES: Final = 2


def queue_config(
    connection: Connection,
    home: Row[Any],
    hub_id: str,
    revision: int,
    home_toml: str,
    now: datetime,
    *cause: object,
) -> None:
    """Tell a hub of this version; an older one that still waits is not worth sending.

    `cause`: tells a repetition of the same version from the first.
    """
    connection.execute(
        delete(downlink).where(_configs_of(hub_id), downlink.c.receipted_at.is_(None))
    )
    event_id = derived_id(now, home.id, hub_id, revision, *cause)
    message = Config(
        event_id=event_id, hub_id=hub_id, sent_at=now, revision=revision, home_toml=home_toml
    )
    insert_once(
        connection,
        downlink,
        {
            "event_id": event_id,
            "organisation_id": home.organisation_id,
            "hub_id": hub_id,
            "kind": message.kind,
            "payload": dump(message),
            "created_at": now,
            "next_send_at": now,
        },
    )


def follow_config(connection: Connection, sender: Row[Any], message: Hello, now: datetime) -> None:
    """Heed what a hello says of the version followed; a home without one is as it was set up."""
    home = get_household(connection, sender.household_id)
    if not home.home_toml or message.config_revision == home.config_revision:
        return
    lately = or_(downlink.c.receipted_at.is_(None), downlink.c.created_at > now - WITHIN)
    query = select(downlink.c.receipted_at).where(_configs_of(sender.id), lately)
    told = connection.execute(query).scalars().all()
    if None in told:
        return  # on its way
    if len(told) < TIMES:
        text, cause = home.home_toml, ("hello", message.event_id)
        queue_config(connection, home, sender.id, home.config_revision, text, now, *cause)
        return
    tell_not_followed(connection, sender, home.config_revision, now)


def refused_config(
    connection: Connection, sender: Row[Any], refused: Collection[UUID], now: datetime
) -> None:
    """A hub that will not follow a version keeps what it had: operations must know."""
    query = select(downlink.c.event_id).where(
        _configs_of(sender.id),
        downlink.c.event_id.in_(refused),
        downlink.c.receipted_at.is_(None),  # so it is the newest: only that one waits
    )
    if not refused or connection.execute(query).first() is None:
        return
    revision: int = get_household(connection, sender.household_id).config_revision
    audit.record(
        connection,
        organisation_id=sender.organisation_id,
        household_id=sender.household_id,
        at=now,
        actor=f"hub:{sender.id}",
        action="care_profile_refused",
        body={"version": revision},
    )
    tell_not_followed(connection, sender, revision, now)


def _configs_of(hub_id: str) -> ColumnElement[bool]:
    return (downlink.c.hub_id == hub_id) & (downlink.c.kind == "config")
