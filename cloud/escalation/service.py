"""An escalation is a row with a deadline: claimed for a while, decided on, given a new deadline.

Whoever claims a row gets a lease and a fencing number. A worker that died, or slept through its
lease, finds another number when it comes back, and writes nothing (RELIABILITY F29, F35).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Connection, Row, func, or_, select, update

from cloud.db import touch
from cloud.escalation.follow_up import raise_again
from cloud.escalation.policies import Policy, Who, default_policy
from cloud.escalation.progress import Progress
from cloud.escalation.rules import decide, longest_wait, paging_begins
from cloud.escalation.situation import Decision, PageFact, Situation
from cloud.escalation.tables import escalation_policy
from cloud.households.service import get_household, get_organisation, relations_of
from cloud.incidents.rules import called_as
from cloud.incidents.service import get_incident, lock_incident, open_technical, reopen_by_timer
from cloud.incidents.store import write_audit
from cloud.incidents.tables import incident, note
from cloud.oncall.service import Rota, gaps_ahead, load_rota
from cloud.oncall.tables import schedule
from cloud.paging.rules import Channel, PageStatus, Purpose
from cloud.paging.service import plan_pages
from cloud.paging.store import Secrets
from cloud.paging.tables import page
from vocabulary.incident import IncidentStatus, Role, Technical
from vocabulary.risk import Chain, Severity

NewId = Callable[[datetime], UUID]

LEASE: Final = timedelta(seconds=10)
"""A step takes milliseconds; whoever holds a row longer is taken for dead."""
TOLD_AFTER: Final = 3 * LEASE
"""A step that is so much overdue because it fails has failed three times (INV-7)."""
_REACHES_BACK: Final = timedelta(hours=2)
"""Older pages of an incident change nothing any more for whom to ask next."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One worker's right to take the next step of one incident."""

    incident_id: UUID
    worker: str
    fence: int
    due_since: datetime


def begin(
    connection: Connection,
    incident_id: UUID,
    now: datetime,
    *,
    raised_again_at: datetime | None = None,
    begins_anew: bool = False,
) -> None:
    """Give an open incident its own copy of its policy, and its first deadline.

    Idempotent: call it whenever a hub's message has changed an incident. Until the first page the
    deadline follows `page_at`; a chain or severity that has changed brings its own policy, and what
    `begins_anew` the first step. Whoever has acknowledged it is called at `raised_again_at` about
    what came anew.
    """
    row = lock_incident(connection, incident_id)
    if row.status == IncidentStatus.ACKNOWLEDGED and raised_again_at is not None:
        _raise_again(connection, row, raised_again_at)
    if row.status != IncidentStatus.OPEN:
        return
    policy, is_new = _own_policy(connection, row)
    is_new = is_new or begins_anew
    starts_at = _starts_at(connection, row, policy, now)
    soonest = now + longest_wait(called_as(row))
    deadline = min(starts_at, soonest) if policy.tracks else row.next_action_at
    if row.page_begun_at is not None:
        deadline = now if is_new else row.next_action_at
    values: dict[str, Any] = {"next_action_at": deadline}
    if is_new:
        values["policy"] = policy.model_dump(mode="json")
        values["progress"] = _progress(connection, row, is_new=True).model_dump(mode="json")
    connection.execute(update(incident).where(incident.c.id == incident_id).values(**values))
    if is_new or deadline != row.next_action_at:
        touch(connection)


def _raise_again(connection: Connection, row: Row[Any], at: datetime) -> None:
    progress = raise_again(_progress(connection, row, is_new=False), at)
    values = {
        "progress": progress.model_dump(mode="json"),
        "next_action_at": min(row.next_action_at, at),
    }
    connection.execute(update(incident).where(incident.c.id == row.id).values(**values))
    touch(connection)


def claim_due(connection: Connection, now: datetime, worker: str, limit: int = 50) -> list[Claim]:
    """Take due incidents: silent calls first, then the most severe, then whoever waits longest.

    Rows that another worker holds are passed by without waiting for it.
    """
    is_free = or_(incident.c.lease_until.is_(None), incident.c.lease_until <= now)
    query = (
        select(incident.c.id, incident.c.fence, incident.c.next_action_at)
        .where(
            incident.c.status != IncidentStatus.CLOSED, incident.c.next_action_at <= now, is_free
        )
        .order_by(
            incident.c.is_duress.desc(),
            incident.c.severity.desc(),
            incident.c.technical.is_not(None),
            incident.c.opened_at,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claims = [
        Claim(row.id, worker, row.fence + 1, row.next_action_at)
        for row in connection.execute(query)
    ]
    for claim in claims:
        connection.execute(
            update(incident)
            .where(incident.c.id == claim.incident_id)
            .values(fence=claim.fence, lease_by=worker, lease_until=now + LEASE)
        )
    return claims


def step(
    connection: Connection,
    claim: Claim,
    now: datetime,
    new_id: NewId,
    secrets: Secrets,
    allowed: Sequence[str] | None = None,
) -> list[UUID]:
    """Decide on one claimed incident, in one transaction: pages, deadline, audit. The new pages.

    A claim that has been overtaken changes nothing. `allowed`: prefixes of numbers that may be
    called; who has no such number is passed by like somebody without a number. None allows all.
    """
    row = lock_incident(connection, claim.incident_id)
    if (row.fence, row.lease_by) != (claim.fence, claim.worker):
        return []
    policy, is_new = _own_policy(connection, row)
    situation = _situation(connection, row, policy, now, allowed)
    decision = decide(policy, _progress(connection, row, is_new=is_new), situation, now)
    values: dict[str, Any] = {
        "progress": decision.progress.model_dump(mode="json"),
        "next_action_at": decision.next_action_at or row.next_action_at,
        "lease_by": None,
        "lease_until": None,
    }
    if is_new:
        values["policy"] = policy.model_dump(mode="json")
    connection.execute(update(incident).where(incident.c.id == row.id).values(**values))
    if decision.reopens:
        reopen_by_timer(connection, row.id, now)
    planned = [
        page_id
        for ask in decision.asks
        for page_id in plan_pages(connection, row, ask, now, new_id, secrets)
    ]
    if decision.must_reach and not planned:
        reopen_by_timer(connection, row.id, now)
    _record(connection, row, decision, now)
    _tell_operations(connection, row, decision, now, new_id)
    return planned


def tell_failing_step(
    connection: Connection, claim: Claim, now: datetime, new_id: NewId
) -> UUID | None:
    """A step that fails each time it is tried asks nobody: operations must hear of it.

    Once per home; None while it may still be a hiccup, or where it is what tells so that fails.
    """
    row = get_incident(connection, claim.incident_id)
    if now - claim.due_since < TOLD_AFTER or row.technical == Technical.WORKER_LATE:
        return None
    return open_technical(
        connection,
        row.organisation_id,
        Technical.WORKER_LATE,
        area=None,
        household_id=row.household_id,
        hub_id=row.hub_id,
        severity=Severity.HIGH if row.severity == Severity.CRITICAL else Severity.MEDIUM,
        new_id=new_id,
        now=now,
    )


def watch_rotas(
    connection: Connection, now: datetime, new_id: NewId, allowed: Sequence[str] | None = None
) -> list[UUID]:
    """Tell operations of every first line that will be empty, or mute, within 72 hours."""
    organisations = select(schedule.c.organisation_id).distinct()
    return [
        open_technical(
            connection,
            organisation_id,
            Technical.ROTA_GAP,
            area=f"rota:{gap.role}",
            household_id=None,
            hub_id=None,
            severity=Severity.MEDIUM,
            new_id=new_id,
            now=now,
        )
        for organisation_id in connection.execute(organisations).scalars().all()
        for gap in gaps_ahead(connection, organisation_id, now, allowed=allowed)
    ]


def _own_policy(connection: Connection, row: Row[Any]) -> tuple[Policy, bool]:
    """The incident's own copy; a fresh one (True) where it has none or has changed its chain.

    A policy that cannot be read is replaced by the catalogue's: an incident without one would be
    an incident without anybody.
    """
    kind = _kind(row)
    if row.policy is not None:
        try:
            own = Policy.model_validate(row.policy)
        except ValidationError:
            own = None
        if own is not None and (own.chain, own.severity) in {kind, ("", None)}:
            return own, False
    return _organisations_policy(connection, row.organisation_id, *kind), True


def _kind(row: Row[Any]) -> tuple[str, Severity]:
    """Chain and severity by which people are called.

    A threat is answered like a press, even where it was told in answer to a dripping tap; what is
    critical already keeps its chain: a fire still asks the desk first.
    """
    severity = Severity(row.severity)
    if row.is_duress and severity < Severity.CRITICAL:
        return Chain.PERSON, Severity.CRITICAL
    return row.chain, severity


def _organisations_policy(
    connection: Connection, organisation_id: str, chain: str, severity: Severity
) -> Policy:
    query = (
        select(escalation_policy.c.body)
        .where(
            escalation_policy.c.organisation_id == organisation_id,
            escalation_policy.c.chain == chain,
            or_(escalation_policy.c.severity == severity, escalation_policy.c.severity.is_(None)),
        )
        .order_by(escalation_policy.c.severity.is_(None))
    )
    body = connection.execute(query).scalars().first()
    found = default_policy(chain, severity)
    if body is not None:
        # refused when it was saved; a row changed by hand since must not silence a home
        with suppress(ValidationError):
            found = Policy.model_validate(body)
    return found.model_copy(update={"chain": chain, "severity": severity})


def _progress(connection: Connection, row: Row[Any], *, is_new: bool) -> Progress:
    """How far it has come; under a new policy everybody is asked anew, with keys of their own."""
    known = _known_progress(connection, row)
    return known.model_copy(update={"tracks": {}}) if is_new else known


def _known_progress(connection: Connection, row: Row[Any]) -> Progress:
    """Where it cannot be read everybody is asked anew, under numbers that no page of it has yet.

    With the key of an earlier page the same page would count as planned already, and nobody be
    asked.
    """
    if row.progress is None:
        return Progress()
    try:
        return Progress.model_validate(row.progress)
    except ValidationError:
        of_this = select(func.max(page.c.round)).where(page.c.incident_id == row.id)
        last = connection.execute(of_this).scalar()
        number = 0 if last is None else last + 1
        return Progress(rounds=number, watches=number, raises=number)


def _starts_at(connection: Connection, row: Row[Any], policy: Policy, now: datetime) -> datetime:
    """When paging begins; a grave incident without a `page_at` waits for nothing."""
    page_at = row.page_at
    if page_at is None:
        return now
    return paging_begins(policy, page_at, _zone(connection, row))


def _zone(connection: Connection, row: Row[Any]) -> ZoneInfo:
    if row.household_id is not None:
        name = get_household(connection, row.household_id).zone
    else:
        name = get_organisation(connection, row.organisation_id).zone
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError):
        return ZoneInfo("UTC")


def _situation(
    connection: Connection,
    row: Row[Any],
    policy: Policy,
    now: datetime,
    allowed: Sequence[str] | None,
) -> Situation:
    rota = load_rota(connection, row.organisation_id, now, now, allowed)
    return Situation(
        status=IncidentStatus(row.status),
        severity=called_as(row),
        starts_at=_starts_at(connection, row, policy, now),
        people={who.key: _reach(connection, row, rota, who, now) for who in _asked(policy)},
        not_kept=_not_kept(rota, policy),
        pages=_pages(connection, row, now),
        is_duress=row.is_duress,
        family_has_acknowledged=row.family_acknowledged_at is not None,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_role=Role(row.acknowledged_role) if row.acknowledged_role else None,
        escalate_asked_at=row.escalate_asked_at,
        spread_at=row.spread_at,
        last_deed_at=_last_deed(connection, row),
    )


def _asked(policy: Policy) -> list[Who]:
    return [who for track in policy.tracks for one in track.steps for who in one.who]


def _not_kept(rota: Rota, policy: Policy) -> frozenset[str]:
    """Backups that the organisation has never planned; a missing first line is always a gap."""
    return frozenset(
        who.key
        for who in _asked(policy)
        if who.schedule and who.position > 0 and not rota.keeps(who.schedule, who.position)
    )


def _reach(
    connection: Connection, row: Row[Any], rota: Rota, who: Who, now: datetime
) -> tuple[UUID, ...]:
    if who.schedule is not None:
        return rota.on_call(who.schedule, who.position, now)
    if who.pool is not None:
        return rota.pool(who.pool, now)
    if row.household_id is None:
        return ()
    related = relations_of(connection, row.household_id, now, who.role)
    here = related[who.position : who.position + 1]
    return tuple(one.person_id for one in here if one.person_id in rota.reachable)


def _pages(connection: Connection, row: Row[Any], now: datetime) -> tuple[PageFact, ...]:
    query = (
        select(page)
        .where(page.c.incident_id == row.id, page.c.created_at > now - _REACHES_BACK)
        .order_by(page.c.created_at)
    )
    return tuple(
        PageFact(
            person_id=one.person_id,
            channel=Channel(one.channel),
            status=PageStatus(one.status),
            purpose=Purpose(one.purpose),
            track=one.track,
            step=one.step,
            round=one.round,
            at=one.sent_at or one.send_at,
        )
        for one in connection.execute(query)
    )


def _last_deed(connection: Connection, row: Row[Any]) -> datetime | None:
    """When the acknowledger last wrote a note or said that they are going."""
    if row.acknowledged_by is None:
        return None
    query = (
        select(note.c.at)
        .where(note.c.incident_id == row.id, note.c.person_id == row.acknowledged_by)
        .order_by(note.c.at.desc())
        .limit(1)
    )
    noted_at = connection.execute(query).scalar()
    going_at = row.going_at if row.going_by == row.acknowledged_by else None
    return max((at for at in (noted_at, going_at) if at is not None), default=None)


def _record(connection: Connection, row: Row[Any], decision: Decision, now: datetime) -> None:
    for missed in decision.missed:
        write_audit(
            connection,
            row,
            now,
            actor="system:escalation",
            action="step_reached_nobody",
            body={"track": missed.track, "step": missed.step, "round": missed.round},
        )


def _tell_operations(
    connection: Connection, row: Row[Any], decision: Decision, now: datetime, new_id: NewId
) -> None:
    """A rota or provider that failed an incident is an incident itself, one per organisation."""
    for technical in sorted(decision.technical):
        if row.technical == technical:
            continue  # it is the one that tells so
        open_technical(
            connection,
            row.organisation_id,
            technical,
            area=None,
            household_id=None,
            hub_id=None,
            severity=Severity.HIGH if called_as(row) is Severity.CRITICAL else Severity.MEDIUM,
            new_id=new_id,
            now=now,
        )
