"""What a hub tells is kept once, whatever way and however often it comes.

Each uplink message about an incident is the whole hub part: a second delivery, an older revision
or another order of arrival leave the same row behind.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from cloud.db import insert_once, touch
from cloud.errors import NotFound, Refused
from cloud.households.service import Hub, find_hub, heard
from cloud.households.tables import hub as hub_table
from cloud.incidents.downlinks import receipted, repeat_states
from cloud.incidents.rules import (
    LATE_AFTER,
    REVIEW_AFTER,
    HubPart,
    hub_part,
    may_end_unpaged,
    newly_raised,
    still_raised,
)
from cloud.incidents.store import (
    KEEP_HISTORY,
    add_incident,
    change,
    end,
    lock_incident,
    part_of,
    queue_state,
    write_audit,
)
from cloud.incidents.tables import event, history, incident
from cloud.incidents.technical import hub_is_back
from vocabulary.identity import successor
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG
from vocabulary.wire import (
    CoveragePart,
    Day,
    Heartbeat,
    Hello,
    History,
    IncidentUp,
    Receipt,
)

Up = IncidentUp | Hello | Heartbeat | History | Day | Receipt


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


def receive(
    connection: Connection, hub_id: str, message: Up, payload: bytes, now: datetime
) -> Received:
    """Keep one message of a hub; `hub_id` is who really sent it: the topic, or the bearer token.

    Raises `NotFound` for a hub that is unknown or revoked and `Refused` for what no retry mends,
    both before anything is written.
    """
    sender = find_hub(connection, hub_id)
    if sender is None:
        raise NotFound(f"no hub {hub_id}")
    if message.hub_id != hub_id:
        raise Refused(f"hub {hub_id} speaks as {message.hub_id}")
    match message:
        case IncidentUp():
            received = _incident(connection, sender, message, payload, now)
        case Hello():
            received = _hello(connection, sender, message, now)
        case Heartbeat():
            received = _heartbeat(connection, sender, message, now)
        case History():
            received = _history(connection, sender, message, now)
        case Day():
            received = _day(connection, sender, message, payload, now)
        case Receipt():
            receipted(connection, hub_id, [*message.of, *_ids(message.refused)], now)
            received = Received(is_kept=False)
    listen_to(connection, sender, now)
    return received


def listen_to(connection: Connection, sender: Hub, now: datetime) -> None:
    """A hub has been heard: whatever said that it is silent is over."""
    if sender.link_lost_at is not None:
        hub_is_back(connection, sender, now)
    heard(connection, sender.id, now)


def _incident(
    connection: Connection, sender: Hub, message: IncidentUp, payload: bytes, now: datetime
) -> Received:
    before = _of_this_hub(connection, sender, message.incident_id)
    if not _store(connection, sender, message, payload, now):
        return Received(is_kept=True, incident_id=message.incident_id)
    if before is None:
        return _open(connection, sender, message, now)
    part = hub_part(message, _hub_columns(before), now)
    if part is None:
        return Received(is_kept=True, incident_id=before.id)
    known = part_of(before)
    change(
        connection,
        before,
        now,
        actor=f"hub:{sender.id}",
        action="hub_revised",
        values=_columns(part, message),
        body=_told(part),
        tells_hub=False,
    )
    if before.hub_revision == 0:
        queue_state(connection, before.id, now, "known")  # the hub has just opened it as well
    linked_id = None
    if before.status == IncidentStatus.CLOSED:
        linked_id = _after_closing(connection, before, known, message, part, now)
    elif part.revision == message.revision:
        _end_unpaged(connection, before.id, message, now)
    return Received(is_kept=True, applied=True, incident_id=before.id, linked_id=linked_id)


def _of_this_hub(connection: Connection, sender: Hub, incident_id: UUID) -> Row[Any] | None:
    try:
        row = lock_incident(connection, incident_id)
    except NotFound:
        return None
    if row.hub_id != sender.id:
        raise Refused(f"incident {incident_id} is not of hub {sender.id}")
    return row


def _open(connection: Connection, sender: Hub, message: IncidentUp, now: datetime) -> Received:
    part = hub_part(message, None, now)
    assert part is not None, "a first revision always applies"
    row = add_incident(
        connection,
        {
            "id": message.incident_id,
            "organisation_id": sender.organisation_id,
            "household_id": sender.household_id,
            "hub_id": sender.id,
            "status": IncidentStatus.OPEN,
            "opened_at": part.opened_at,
            "committed_at": now,
            "next_action_at": part.page_at or now + REVIEW_AFTER,
            **_columns(part, message),
        },
    )
    late = now - part.opened_at
    body = _told(part) | {"number": row.number}
    if late >= LATE_AFTER:
        body["late_by_seconds"] = round(late.total_seconds())
    write_audit(connection, row, now, actor=f"hub:{sender.id}", action="opened", body=body)
    queue_state(connection, row.id, now)
    _end_unpaged(connection, row.id, message, now)
    return Received(is_kept=True, applied=True, incident_id=row.id, is_new=True)


def _end_unpaged(
    connection: Connection, incident_id: UUID, message: IncidentUp, now: datetime
) -> None:
    """Close what the resident or a better reading has ended, if nobody has been paged yet."""
    row = lock_incident(connection, incident_id)
    was_paged = row.page_begun_at is not None or row.first_page_at is not None
    if row.status != IncidentStatus.OPEN or was_paged or row.is_duress:
        return
    if not may_end_unpaged(message, Severity(row.severity)):
        return
    assert message.withdrawn is not None, "the rule has looked at it"
    end(connection, row, now, f"hub:{row.hub_id}", Disposition(message.withdrawn), None)


def _after_closing(
    connection: Connection,
    closed: Row[Any],
    known: IncidentUp | None,
    message: IncidentUp,
    part: HubPart,
    now: datetime,
) -> UUID | None:
    """A hub that had not heard of the closing tells more: its successor takes it, or is opened."""
    query = (
        select(incident)
        .where(incident.c.linked_to == closed.id, incident.c.status != IncidentStatus.CLOSED)
        .with_for_update()
    )
    heir = connection.execute(query).first()
    if heir is not None:
        # revisions count for each id by itself: what the hub tells of the heir itself comes first
        newer = _columns(part, message) if heir.hub_revision == 0 else {}
        worst = max(part.severity, heir.severity)
        values = newer | {"severity": worst, "hub_revision": heir.hub_revision}
        change(
            connection,
            heir,
            now,
            actor=f"hub:{closed.hub_id}",
            action="hub_revised",
            values=values,
            body=_told(part),
            tells_hub=False,
        )
        return None
    if message.withdrawn or not newly_raised(known.findings if known else (), message.findings):
        return None
    return open_linked(connection, closed, message, now)


def open_linked(
    connection: Connection, closed: Row[Any], message: IncidentUp, now: datetime
) -> UUID:
    """A new incident for what goes on in a home after a person has closed the first one."""
    raised = still_raised(message.findings) or message.findings[-1:]
    worst = max(raised, key=lambda one: Severity[one.severity.upper()])
    heir_id = successor(closed.id)
    while connection.execute(select(incident.c.id).where(incident.c.id == heir_id)).first():
        heir_id = successor(heir_id)
    row = add_incident(
        connection,
        {
            "id": heir_id,
            "organisation_id": closed.organisation_id,
            "household_id": closed.household_id,
            "hub_id": closed.hub_id,
            "slug": worst.slug,
            "variant": worst.variant,
            "severity": Severity[worst.severity.upper()],
            "chain": BY_SLUG[worst.slug].chain,
            "status": IncidentStatus.OPEN,
            "hub_part": message.model_dump(mode="json"),
            "is_duress": message.is_duress,
            "room": worst.room,
            "opened_at": now,
            "committed_at": now,
            "page_at": now,
            "next_action_at": now,
            "linked_to": closed.id,
        },
    )
    write_audit(
        connection,
        row,
        now,
        actor="system:incidents",
        action="opened",
        body={"number": row.number, "linked_to": str(closed.id)},
    )
    return row.id  # type: ignore[no-any-return]  # a Uuid column


def _hello(connection: Connection, sender: Hub, message: Hello, now: datetime) -> Received:
    told: dict[str, object] = {"boot_id": message.boot_id, "software": message.software}
    told["coverage_at"] = min(message.sent_at, now)  # a hub whose clock went back starts anew
    if message.coverage:
        told["coverage"] = _coverage({}, message.coverage)
        touch(connection)
    heard(connection, sender.id, now, told)
    repeat_states(connection, sender.id, message.open_incidents, message.event_id, now)
    return Received(is_kept=True, applied=True)


def _heartbeat(connection: Connection, sender: Hub, message: Heartbeat, now: datetime) -> Received:
    query = select(hub_table).where(hub_table.c.id == sender.id).with_for_update()
    row = connection.execute(query).one()
    sent_at = min(message.sent_at, now)
    if row.coverage_at is not None and sent_at < row.coverage_at:
        return Received(is_kept=True)  # overtaken by a younger one: nothing in it is still true
    told: dict[str, object] = {
        "boot_id": message.boot_id,
        "coverage_at": sent_at,
        "queued": message.queued,
        "oldest_queued_seconds": message.oldest_queued_seconds,
        "devices": message.devices,
        "devices_silent": message.devices_silent,
        "refused": message.refused,
        "faults": list(message.faults),
    }
    if message.proof_of_life_at is not None:
        told["proof_of_life_at"] = min(message.proof_of_life_at, now)
    if message.coverage:
        told["coverage"] = _coverage(row.coverage or {}, message.coverage)
    if message.coverage or row.devices_silent != message.devices_silent:
        touch(connection)
    heard(connection, sender.id, now, told)
    return Received(is_kept=True, applied=True)


def _history(connection: Connection, sender: Hub, message: History, now: datetime) -> Received:
    row = _of_this_hub(connection, sender, message.incident_id)
    if row is None:
        return Received(is_kept=False)  # its incident is on the way; the hub repeats both
    if not _store(connection, sender, message, b"", now):  # the text itself must be deletable
        return Received(is_kept=True, incident_id=row.id)
    closed_for = row.closed_at + KEEP_HISTORY if row.closed_at else None
    query = select(history).where(history.c.incident_id == row.id)
    kept = connection.execute(query).first()
    if kept is not None and kept.since <= message.since and kept.until >= message.until:
        return Received(is_kept=True, incident_id=row.id)
    values = {
        "organisation_id": sender.organisation_id,
        "since": message.since,
        "until": message.until,
        "body": message.model_dump(mode="json", include={"episodes", "vitals"}),
        "delete_after": closed_for,
    }
    if kept is None:
        connection.execute(insert(history).values(incident_id=row.id, **values))
    else:
        of_this = history.c.incident_id == row.id
        connection.execute(update(history).where(of_this).values(**values))
    touch(connection)
    return Received(is_kept=True, applied=True, incident_id=row.id)


def _day(
    connection: Connection, sender: Hub, message: Day, payload: bytes, now: datetime
) -> Received:
    if not _store(connection, sender, message, payload, now):
        return Received(is_kept=True)
    query = select(hub_table.c.day).where(hub_table.c.id == sender.id).with_for_update()
    latest = connection.execute(query).scalar()
    if latest is None or latest["day"] <= message.day:
        body = message.model_dump(mode="json", exclude={"event_id", "hub_id", "schema_version"})
        heard(connection, sender.id, now, {"day": body})
        touch(connection)
    return Received(is_kept=True, applied=True)


def _store(
    connection: Connection,
    sender: Hub,
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


def _hub_columns(row: Row[Any]) -> HubPart:
    return HubPart(
        revision=row.hub_revision,
        slug=row.slug,
        variant=row.variant,
        severity=Severity(row.severity),
        room=row.room,
        is_duress=row.is_duress,
        opened_at=row.opened_at,
        page_at=row.page_at,
        cleared_at=row.cleared_at,
        withdrawn_at=row.withdrawn_at,
    )


def _columns(part: HubPart, message: IncidentUp) -> dict[str, Any]:
    is_newest = part.revision == message.revision
    told = {"hub_part": message.model_dump(mode="json")} if is_newest else {}
    return told | {
        "slug": part.slug,
        "variant": part.variant,
        "severity": part.severity,
        "chain": BY_SLUG[part.slug].chain,
        "hub_revision": part.revision,
        "is_duress": part.is_duress,
        "room": part.room,
        "page_at": part.page_at,
        "cleared_at": part.cleared_at,
        "withdrawn_at": part.withdrawn_at,
    }


def _told(part: HubPart) -> dict[str, str | int | float | bool | None]:
    return {
        "revision": part.revision,
        "slug": part.slug,
        "variant": part.variant,
        "severity": int(part.severity),
        "is_duress": part.is_duress,
        "page_at": part.page_at.isoformat() if part.page_at else None,
        "cleared_at": part.cleared_at.isoformat() if part.cleared_at else None,
        "withdrawn_at": part.withdrawn_at.isoformat() if part.withdrawn_at else None,
    }


def _coverage(known: dict[str, Any], told: list[CoveragePart]) -> dict[str, Any]:
    news = {one.slug: one.model_dump(mode="json", exclude={"slug"}) for one in told}
    return {**known, **news}


def _ids(refused: dict[str, str]) -> list[UUID]:
    found = []
    for text in refused:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
