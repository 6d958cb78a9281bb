"""What a hub tells beside its incidents: that it lives, what it watches, and a home's past."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from cloud.db import insert_once, touch
from cloud.errors import NotFound, Refused
from cloud.incidents.blindness import follow_blindness
from cloud.incidents.clocks import past, sent, skew_of, told_skew
from cloud.incidents.downlinks import repeat_states
from cloud.incidents.following import follow_config
from cloud.incidents.hub_faults import tell_faults
from cloud.incidents.store import KEEP_HISTORY, lock_incident
from cloud.incidents.tables import event, history
from vocabulary.wire import CoveragePart, Day, Heartbeat, Hello, History, IncidentUp


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an uplink message."""

    is_kept: bool
    """Whether the hub may be told "I have committed this"."""
    applied: bool = False
    """Whether it changed anything: false for a repetition or an older revision."""
    incident_id: UUID | None = None
    is_new: bool = False
    linked_id: UUID | None = None
    """An incident that this message opened because the one it names had been closed before."""
    joined_id: UUID | None = None
    """The same, where one was open already: that has taken what this message tells."""
    raised_again_at: datetime | None = None
    """When whoever holds the incident is to be called: something critical has come anew."""
    begins_anew: bool = False
    """Something graver has joined what people are called for: they are called from the start."""
    told: Mapping[str, object] = field(default_factory=dict)
    """What the hub said of itself, as columns of its row."""


def take_hello(connection: Connection, sender: Row[Any], message: Hello, now: datetime) -> Received:
    """Answer with the state of all that is open; from now on its clock is believed anew."""
    told: dict[str, object] = {"boot_id": message.boot_id, "software": message.software}
    told |= told_skew(sender, message.sent_at, now, is_new=True)
    told["coverage_at"] = min(message.sent_at, now)  # a hub whose clock went back starts anew
    if message.coverage:
        parts = _placed(message, told, now)
        follow_blindness(connection, sender, parts, now)
        told["coverage"] = _coverage({}, parts)
        touch(connection)
    follow_config(connection, sender, message, now)
    repeat_states(connection, sender.id, message.open_incidents, message.event_id, now)
    return Received(is_kept=True, applied=True, told=told)


def take_heartbeat(
    connection: Connection, sender: Row[Any], message: Heartbeat, now: datetime
) -> Received:
    """Merge what it says into the hub's row, unless a younger one was here first."""
    sent_at = min(message.sent_at, now)
    if sender.coverage_at is not None and sent_at < sender.coverage_at:
        return Received(is_kept=True)  # overtaken by a younger one: nothing in it is still true
    clock = told_skew(sender, message.sent_at, now, is_new=False)
    told: dict[str, object] = {
        **clock,
        "boot_id": message.boot_id,
        "coverage_at": sent_at,
        "queued": message.queued,
        "oldest_queued_seconds": message.oldest_queued_seconds,
        "devices": message.devices,
        "devices_silent": message.devices_silent,
        "refused": message.refused,
        "faults": list(message.faults),
    }
    tell_faults(connection, sender, message.faults, now)
    if message.proof_of_life_at is not None:
        really_sent_at = sent(message.sent_at, skew_of(clock["skew_seconds"]), now)
        told["proof_of_life_at"] = past(message.proof_of_life_at, message.sent_at, really_sent_at)
    if message.coverage:
        parts = _placed(message, clock, now)
        follow_blindness(connection, sender, parts, now)
        told["coverage"] = _coverage(sender.coverage or {}, parts)
    is_seen = ("coverage", "devices_silent")  # now and then all lights are told, and nothing is new
    if any(told.get(name, getattr(sender, name)) != getattr(sender, name) for name in is_seen):
        touch(connection)
    return Received(is_kept=True, applied=True, told=told)


_Body = dict[str, list[dict[str, Any]]]
_KEYS: Final = {"episodes": ("what", "place", "since"), "vitals": ("what", "at")}
"""What makes two entries of a history the same one; the last of each says when it was."""


def take_history(
    connection: Connection, sender: Row[Any], message: History, now: datetime
) -> Received:
    """Keep the past of a home for one incident; a younger part goes on where an older one stood."""
    row = of_this_hub(connection, sender, message.incident_id)
    if row is None:
        return Received(is_kept=False)  # its incident is on the way; the hub repeats both
    if not store_event(connection, sender, message, b"", now):  # the text itself must be deletable
        return Received(is_kept=True, incident_id=row.id)
    closed_for = row.closed_at + KEEP_HISTORY if row.closed_at else None
    query = select(history).where(history.c.incident_id == row.id)
    kept = connection.execute(query).first()
    if kept is not None and kept.since <= message.since and kept.until >= message.until:
        return Received(is_kept=True, incident_id=row.id)
    body = message.model_dump(mode="json", include={"episodes", "vitals"})
    values = {
        "organisation_id": sender.organisation_id,
        "since": message.since if kept is None else min(kept.since, message.since),
        "until": message.until if kept is None else max(kept.until, message.until),
        "body": body
        if kept is None
        else _joined(kept.body, body, is_younger=message.until >= kept.until),
        "delete_after": closed_for,
    }
    if kept is None:
        connection.execute(insert(history).values(incident_id=row.id, **values))
    else:
        of_this = history.c.incident_id == row.id
        connection.execute(update(history).where(of_this).values(**values))
    touch(connection)
    return Received(is_kept=True, applied=True, incident_id=row.id)


def _joined(kept: _Body, told: _Body, *, is_younger: bool) -> _Body:
    """Both pasts in one; of what stands in both the younger knows more (a stay has ended)."""
    older, younger = (kept, told) if is_younger else (told, kept)
    joined = {}
    for part, names in _KEYS.items():
        both = {tuple(one[name] for name in names): one for one in (*older[part], *younger[part])}
        joined[part] = sorted(both.values(), key=lambda one: datetime.fromisoformat(one[names[-1]]))
    return joined


def take_day(
    connection: Connection, sender: Row[Any], message: Day, payload: bytes, now: datetime
) -> Received:
    """Keep the youngest daily digest."""
    if not store_event(connection, sender, message, payload, now):
        return Received(is_kept=True)
    if sender.day is not None and sender.day["day"] > message.day:
        return Received(is_kept=True)
    touch(connection)
    body = message.model_dump(mode="json", exclude={"event_id", "hub_id", "schema_version"})
    return Received(is_kept=True, applied=True, told={"day": body})


def of_this_hub(connection: Connection, sender: Row[Any], incident_id: UUID) -> Row[Any] | None:
    """Its row, locked; None if there is none. Raises `Refused` if another hub's."""
    try:
        row = lock_incident(connection, incident_id)
    except NotFound:
        return None
    if row.hub_id != sender.id:
        raise Refused(f"incident {incident_id} is not of hub {sender.id}")
    return row


def store_event(
    connection: Connection,
    sender: Row[Any],
    message: IncidentUp | History | Day,
    payload: bytes,
    now: datetime,
) -> bool:
    """Whether this message is new; another hub's event id is no way to silence this one."""
    is_new = insert_once(
        connection,
        event,
        {
            "event_id": message.event_id,
            "organisation_id": sender.organisation_id,
            "hub_id": sender.id,
            "kind": message.kind,
            "received_at": now,
            "payload": payload,
        },
    )
    if is_new:
        return True
    query = select(event.c.hub_id).where(event.c.event_id == message.event_id)
    if connection.execute(query).scalar_one() != sender.id:
        raise Refused(f"event {message.event_id} came from another hub before")
    return False


def _placed(
    message: Hello | Heartbeat, clock: Mapping[str, Any], now: datetime
) -> list[CoveragePart]:
    """The lights, each since when it really is so: the hub's clock may be wrong."""
    really_sent_at = sent(message.sent_at, skew_of(clock["skew_seconds"]), now)
    return [
        part.model_copy(update={"since": past(part.since, message.sent_at, really_sent_at)})
        for part in message.coverage
    ]


def _coverage(known: dict[str, Any], told: list[CoveragePart]) -> dict[str, Any]:
    news = {one.slug: one.model_dump(mode="json", exclude={"slug"}) for one in told}
    return {**known, **news}
