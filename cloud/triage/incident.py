"""One incident with all that a responder needs beside it: the person, the home, who was asked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from cloud.care.service import Version, current
from cloud.households.lights import Light, lights
from cloud.households.service import get_organisation
from cloud.households.tables import contact_method, hub, person, relation
from cloud.incidents.rules import LATE_AFTER
from cloud.incidents.service import has_open_duress, raised_now
from cloud.incidents.tables import history, incident, note
from cloud.incidents.told import told_of
from cloud.paging.tables import page
from cloud.policy import Action, Actor, Target, can
from cloud.triage.evidence import Evidence, PageMark, Past, read_past
from cloud.triage.rules import QueueRow, age_in_years
from cloud.triage.service import (
    AnyRow,
    knows_people,
    queue_row,
    read_calls,
    read_homes,
    read_names,
    read_paged,
    read_ties,
    target_of,
)
from cloud.triage.together import Together, together
from vocabulary.incident import Disposition
from vocabulary.wire import FindingPart, IncidentUp

EARLIER: Final = 5
"""How many past incidents of the home are shown beside the present one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of the paging ledger: who was asked how, when, and what came of it."""

    at: datetime
    name: str
    role: str
    channel: str
    status: str
    ended_at: datetime | None
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down."""

    at: datetime
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody around the resident, with the number to call."""

    name: str
    label: str
    role: str
    phone: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A past incident of the same home; `id` only where the viewer may open it."""

    id: UUID | None
    number: str
    slug: str | None
    technical: str | None
    opened_at: datetime
    disposition: Disposition | None


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives there and how to get in."""

    resident: str
    age: int | None
    language: str
    phone: str
    address: str
    access: str
    conditions: tuple[str, ...]
    medicines: tuple[str, ...]
    knows_health: bool
    """Whether the viewer may know of the resident's health."""
    care: Version | None
    """What it is watched by now; None where no care profile has been kept."""
    lights: tuple[Light, ...]
    last_heard_at: datetime | None
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class IncidentView:
    """All that the incident page shows."""

    row: QueueRow
    target: Target
    zone: str
    household: Household | None
    told: IncidentUp | None
    is_still_seen: bool
    """The home still shows the risk: closing a critical one now opens a linked one (DESIGN §6)."""
    past: Past
    committed_at: datetime
    family_name: str
    family_at: datetime | None
    going_name: str
    going_at: datetime | None
    relative_name: str
    """Of the family who is going there as well."""
    relative_at: datetime | None
    label: str
    closed_at: datetime | None
    closed_by: str
    disposition: Disposition | None
    linked_to: UUID | None
    escalate_asked_at: datetime | None
    attempts: tuple[Attempt, ...]
    notes: tuple[Note, ...]
    earlier: tuple[Earlier, ...]
    gateway: str = ""
    """That does not answer, if that is what this technical incident is about."""
    care_profile: int | None = None
    """The version of the care profile that the hub does not follow, if that is what it is about."""
    lost_risks: tuple[str, ...] = ()
    """What nothing watches any more because of it."""
    is_threatened: bool = False
    """This, or another incident of the home that is not closed, is a silent call: do not call."""

    @property
    def together(self) -> Together | None:
        """What the vital signs add up to, for those who may know of health."""
        if self.household is None or not self.household.knows_health:
            return None
        care = self.household.care
        return together(self.past, care.home if care else None, self.row.opened_at)

    @property
    def joined(self) -> tuple[FindingPart, ...]:
        """The first finding of each other risk that was raised in it, in their order."""
        firsts: dict[str, FindingPart] = {}
        for part in self.told.findings if self.told else ():
            firsts.setdefault(part.slug, part)
        return tuple(part for slug, part in firsts.items() if slug != self.row.slug)

    @property
    def late(self) -> timedelta:
        """How long it took to reach the cloud."""
        return self.committed_at - self.row.opened_at

    @property
    def is_late(self) -> bool:
        return self.late > LATE_AFTER

    @property
    def evidence(self) -> Evidence:
        """What the strip of the last day shows."""
        marks = tuple(PageMark(one.at, one.name, one.status) for one in self.attempts)
        return Evidence(self.past, self.told, marks, self.row.opened_at, self.zone)


def read_incident(
    connection: Connection, incident_id: UUID, actor: Actor, now: datetime
) -> IncidentView:
    """One incident with all around it; the guard has let the actor in."""
    row = connection.execute(select(incident).where(incident.c.id == incident_id)).one()
    homes = read_homes(connection, {row.household_id})
    names = read_names(
        connection,
        {
            row.acknowledged_by,
            row.family_acknowledged_by,
            row.going_by,
            row.family_going_by,
            row.closed_by,
        },
    )
    past = connection.execute(
        select(history.c.body).where(history.c.incident_id == incident_id)
    ).scalar_one_or_none()
    home = homes.get(row.household_id)
    told = told_of(row.hub_part)
    is_alone = row.family_going_by in {None, row.going_by}
    here = [one for one in row.affected or () if one["cleared_at"] is None]
    return IncidentView(
        row=queue_row(row, homes, names, read_calls(connection, [row.id]), actor, now),
        target=target_of(row, read_ties(connection, actor), read_paged(connection, actor)),
        zone=(home or get_organisation(connection, row.organisation_id)).zone,
        household=_household(connection, home, actor, now) if home else None,
        told=told,
        is_still_seen=told is not None and bool(raised_now(row)),
        past=read_past(past),
        committed_at=row.committed_at,
        family_name=names.get(row.family_acknowledged_by, ""),
        family_at=row.family_acknowledged_at,
        going_name=names.get(row.going_by, ""),
        going_at=row.going_at,
        relative_name="" if is_alone else names.get(row.family_going_by, ""),
        relative_at=None if is_alone else row.family_going_at,
        label=row.label or "",
        closed_at=row.closed_at,
        closed_by=names.get(row.closed_by, ""),
        disposition=Disposition(row.disposition) if row.disposition else None,
        linked_to=row.linked_to,
        escalate_asked_at=row.escalate_asked_at,
        attempts=_attempts(connection, incident_id),
        notes=_notes(connection, incident_id),
        earlier=_earlier(connection, row, actor, now),
        gateway=next((one["gateway"] for one in here if one.get("gateway")), ""),
        care_profile=next((one["care_profile"] for one in here if "care_profile" in one), None),
        lost_risks=tuple(slug for one in here for slug in one.get("risks", ())),
        is_threatened=row.is_duress or has_open_duress(connection, row.household_id),
    )


def _household(connection: Connection, home: AnyRow, actor: Actor, now: datetime) -> Household:
    cares = knows_people(actor)
    hubs = connection.execute(
        select(hub).where(hub.c.household_id == home.id, ~hub.c.is_revoked)
    ).all()
    heard = max((one for one in hubs if one.last_heard_at), key=_heard, default=None)
    return Household(
        resident=home.resident_name,
        age=age_in_years(home.resident_born, now) if cares else None,
        language=home.resident_language,
        phone=home.resident_phone or "",
        address=home.address,
        access=home.access,
        conditions=tuple(home.conditions or ()) if cares else (),
        medicines=tuple(home.medicines or ()) if cares else (),
        knows_health=cares,
        care=current(connection, home.id) if cares else None,
        lights=lights(
            heard.coverage if heard else None, heard.last_heard_at if heard else None, now
        ),
        last_heard_at=heard.last_heard_at if heard else None,
        contacts=_contacts(connection, home.id, now),
    )


def _heard(one: AnyRow) -> datetime:
    at: datetime = one.last_heard_at
    return at


def _contacts(connection: Connection, household_id: UUID, now: datetime) -> tuple[Contact, ...]:
    rows = connection.execute(
        select(relation, person.c.name, person.c.id.label("who"))
        .join_from(relation, person, relation.c.person_id == person.c.id)
        .where(relation.c.household_id == household_id, person.c.is_active)
        .order_by(relation.c.role, relation.c.position)
    ).all()
    held = [
        row
        for row in rows
        if row.valid_from <= now and (row.valid_until is None or now < row.valid_until)
    ]
    phones = _phones(connection, [row.who for row in held])
    return tuple(Contact(r.name, r.label, r.role, phones.get(r.who, "")) for r in held)


def _phones(connection: Connection, people: Collection[UUID]) -> dict[UUID, str]:
    """The first voice number of each."""
    found: dict[UUID, str] = {}
    for row in connection.execute(
        select(contact_method)
        .where(contact_method.c.person_id.in_(list(people)), contact_method.c.channel == "voice")
        .order_by(contact_method.c.position)
    ):
        found.setdefault(row.person_id, row.address)
    return found


def _attempts(connection: Connection, incident_id: UUID) -> tuple[Attempt, ...]:
    rows = connection.execute(
        select(page, person.c.name)
        .join_from(page, person, page.c.person_id == person.c.id)
        .where(page.c.incident_id == incident_id)
        .order_by(page.c.created_at, page.c.id)
    )
    return tuple(
        Attempt(
            row.sent_at or row.created_at,
            row.name,
            row.role,
            row.channel,
            row.status,
            row.ended_at,
            row.is_repeat,
        )
        for row in rows
    )


def _notes(connection: Connection, incident_id: UUID) -> tuple[Note, ...]:
    rows = connection.execute(
        select(note.c.at, note.c.text, person.c.name)
        .join_from(note, person, note.c.person_id == person.c.id)
        .where(note.c.incident_id == incident_id)
        .order_by(note.c.at)
    )
    return tuple(Note(row.at, row.name, row.text) for row in rows)


def _earlier(
    connection: Connection, present: AnyRow, actor: Actor, now: datetime
) -> tuple[Earlier, ...]:
    if present.household_id is None or not knows_people(actor):
        return ()
    rows = connection.execute(
        select(incident)
        .where(
            incident.c.household_id == present.household_id,
            incident.c.id != present.id,
            incident.c.opened_at <= present.opened_at,
        )
        .order_by(incident.c.opened_at.desc())
        .limit(EARLIER)
    ).all()
    ties, paged = read_ties(connection, actor), read_paged(connection, actor)
    return tuple(
        Earlier(
            row.id
            if can(actor, Action.SEE_INCIDENT, target_of(row, ties, paged), now).is_allowed
            else None,
            row.number,
            row.slug,
            row.technical,
            row.opened_at,
            Disposition(row.disposition) if row.disposition else None,
        )
        for row in rows
    )
