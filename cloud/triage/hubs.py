"""A hub that is in trouble says so itself; what it says is shown to those who can mend it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from cloud.households.tables import household, hub
from cloud.incidents.clocks import skew_of
from cloud.incidents.tables import quarantine
from cloud.policy import Action, Actor, Target, can

WAITS_TOO_LONG: Final = timedelta(seconds=60)
"""[D] A message that waits this long in a connected hub is not just on its way."""


@dataclass(frozen=True, slots=True)
class HubRow:
    """What is wrong with one hub, as far as it or our own ears tell."""

    id: str
    household_id: UUID
    address: str
    last_heard_at: datetime | None
    lost_since: datetime | None
    """When its last word was heard, while the link is lost."""
    queued: int
    waits: timedelta
    """Age of the oldest queued message."""
    refused: int
    """Messages that it refused at the home's broker since it started."""
    faults: tuple[str, ...]
    skew: timedelta
    """How far its clock is behind; negative: ahead."""
    quarantined: tuple[tuple[str, int], ...]
    """Messages of it that the cloud refused: reason, count."""

    @property
    def is_well(self) -> bool:
        """Nothing of it needs anybody."""
        return not (
            self.lost_since
            or self.waits >= WAITS_TOO_LONG
            or self.refused
            or self.faults
            or self.skew
            or self.quarantined
        )


@dataclass(frozen=True, slots=True)
class Hubs:
    """The hubs of an organisation: the troubled ones, and how many are well."""

    troubled: tuple[HubRow, ...]
    well: int


def read_hubs(connection: Connection, actor: Actor, now: datetime) -> Hubs | None:
    """The organisation's hubs, those whose link is lost first; None: not the actor's to see."""
    if not can(actor, Action.SEE_HUBS, Target(actor.organisation_id), now).is_allowed:
        return None
    refused = _quarantined(connection)
    rows = connection.execute(
        select(
            hub.c.id,
            hub.c.household_id,
            household.c.address,
            hub.c.last_heard_at,
            hub.c.link_lost_at,
            hub.c.queued,
            hub.c.oldest_queued_seconds,
            hub.c.refused,
            hub.c.faults,
            hub.c.skew_seconds,
        )
        .join_from(hub, household, hub.c.household_id == household.c.id)
        .where(hub.c.organisation_id == actor.organisation_id, hub.c.is_revoked.is_(False))
        .order_by(hub.c.link_lost_at.is_(None), hub.c.last_heard_at, hub.c.id)
    )
    hubs = [
        HubRow(
            id=row.id,
            household_id=row.household_id,
            address=row.address or "",
            last_heard_at=row.last_heard_at,
            lost_since=row.last_heard_at if row.link_lost_at else None,
            queued=row.queued or 0,
            waits=timedelta(seconds=row.oldest_queued_seconds or 0.0),
            refused=row.refused or 0,
            faults=tuple(row.faults or ()),
            skew=skew_of(row.skew_seconds),
            quarantined=refused.get(row.id, ()),
        )
        for row in rows
    ]
    troubled = tuple(one for one in hubs if not one.is_well)
    return Hubs(troubled, len(hubs) - len(troubled))


def _quarantined(connection: Connection) -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    query = select(quarantine.c.hub_id, quarantine.c.reason, quarantine.c["count"]).order_by(
        quarantine.c["count"].desc(), quarantine.c.reason
    )
    for hub_id, reason, times in connection.execute(query):
        found[hub_id].append((reason, times))
    return {hub_id: tuple(counts) for hub_id, counts in found.items()}
