"""A hub that can tell us nothing any more must not fail quietly: operations are told, once per hub.

A message about an incident that cannot be read or stored may be a call for help that is lost; a
disk that takes no more loses the next one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from cloud.households.tables import hub
from cloud.incidents.rules import derived_id
from cloud.incidents.technical import open_technical
from vocabulary.incident import Technical
from vocabulary.risk import Severity

_OPENS: Final = {
    "disk_full": Technical.DISK_FULL,
    "disk_read_only": Technical.HUB_FAULT,
    "disk_error": Technical.HUB_FAULT,
    "journal_unreadable": Technical.HUB_FAULT,
    "journal_in_memory": Technical.HUB_FAULT,
}
"""Faults of a heartbeat after which the hub may forget what it must tell."""


def tell_lost_incident(connection: Connection, hub_id: str, now: datetime) -> None:
    """What this hub told of an incident is not kept: somebody must look, and soon."""
    query = select(hub).where(hub.c.id == hub_id, hub.c.is_revoked.is_(False))
    sender = connection.execute(query).first()
    if sender is not None:
        _open(connection, sender, Technical.HUB_FAULT, Severity.HIGH, now)


def tell_faults(connection: Connection, sender: Any, faults: Iterable[str], now: datetime) -> None:
    """Open a technical incident for each kind of fault that the hub has not told before."""
    new = set(faults) - set(sender.faults or ())
    for technical in sorted({_OPENS[fault] for fault in new if fault in _OPENS}):
        _open(connection, sender, technical, Severity.MEDIUM, now)


def tell_not_followed(connection: Connection, sender: Any, revision: int, now: datetime) -> None:
    """A hub does not watch its home by that version of the care profile."""
    about = {"care_profile": revision}
    _open(connection, sender, Technical.HUB_FAULT, Severity.MEDIUM, now, about)


def _open(
    connection: Connection,
    sender: Any,
    technical: Technical,
    severity: Severity,
    now: datetime,
    about: Mapping[str, Any] | None = None,
) -> None:
    open_technical(
        connection,
        sender.organisation_id,
        technical,
        area=None,
        household_id=sender.household_id,
        hub_id=sender.id,
        severity=severity,
        new_id=lambda at: derived_id(at, sender.id, technical),
        now=now,
        about=about,
    )
