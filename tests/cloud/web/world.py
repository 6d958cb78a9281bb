"""A small care organisation at 03:14 one night, told to the cloud the way hubs and people tell it.

Margaret Hale (London) has pressed her SOS button two minutes ago; Arthur Pym's kitchen is wet;
another organisation has a home of its own. Times are UTC; London is on UTC in March.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Connection, insert

from cloud.households.tables import contact_method, household, hub, organisation, person, relation
from cloud.incidents.service import mark_paged, open_technical, receive
from cloud.oncall.tables import schedule
from cloud.paging.tables import page
from vocabulary.incident import CheckOutcome, Disposition, Technical
from vocabulary.risk import Severity
from vocabulary.risks import RISKS
from vocabulary.wire import (
    ActionPart,
    CheckPart,
    CoveragePart,
    EpisodePart,
    FactPart,
    FindingPart,
    Heartbeat,
    History,
    IncidentUp,
    ReplyPart,
    VitalPart,
)

NOW = datetime(2026, 3, 5, 3, 14, 20, tzinfo=UTC)
PASSWORD = "a long winter evening"
CHEAP = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
"""The same algorithm as in production, at a cost that tests can pay."""
SPACE = UUID("6f1f7a0e-6c5e-4d0e-9a43-0c8f1d6a9a10")


def named(name: str) -> UUID:
    """A lasting id for whatever has that name in the story."""
    return uuid5(SPACE, name)


MARGARET, ARTHUR, ELSEWHERE = named("margaret"), named("arthur"), named("elsewhere")
SOS, FALL, LEAK, FAR = named("sos"), named("fall"), named("leak"), named("far")

PEOPLE: dict[str, tuple[str, list[str], str]] = {
    "lind": ("Dr Ana Lind", ["gp"], "north"),
    "osei": ("Dr Kofi Osei", ["gp"], "north"),
    "desk": ("Rosa Marsh", ["desk"], "north"),
    "worker": ("Tom Bright", ["community"], "north"),
    "ops": ("Nia Stone", ["operations"], "north"),
    "claire": ("Claire Hale", ["family"], "north"),
    "david": ("David Hale", ["family"], "north"),
    "joan": ("Joan Neighbour", ["family"], "north"),
    "pym": ("Petra Pym", ["family"], "north"),
    "stranger": ("Dr Far Away", ["gp", "desk"], "south"),
}


@dataclass(slots=True)
class World:
    """What the story can still add to."""

    connection: Connection
    revisions: dict[UUID, int] = field(default_factory=dict)
    count: int = 0

    def event_id(self) -> UUID:
        self.count += 1
        return named(f"event {self.count}")

    def tell(self, incident_id: UUID, **changed: Any) -> IncidentUp:
        """What Margaret's hub says of an incident; `changed` over an SOS two minutes ago."""
        revision = self.revisions.get(incident_id, 0) + 1
        self.revisions[incident_id] = revision
        said: dict[str, Any] = {
            "event_id": self.event_id(),
            "hub_id": "hub-margaret",
            "sent_at": NOW,
            "incident_id": incident_id,
            "revision": revision,
            "slug": "sos_call",
            "variant": "pressed",
            "severity": "critical",
            "opened_at": NOW - timedelta(seconds=134),
            "page_at": NOW - timedelta(seconds=134),
            "room": "Bathroom",
            "findings": [sos_finding()],
        }
        message = IncidentUp(**(said | changed))
        receive(self.connection, message.hub_id, message, message.model_dump_json().encode(), NOW)
        return message

    def page(self, incident_id: UUID, who: str, status: str, at: datetime, **more: Any) -> None:
        """A page in the ledger."""
        self.count += 1
        values: dict[str, Any] = {
            "id": named(f"page {self.count}"),
            "organisation_id": "north",
            "incident_id": incident_id,
            "person_id": named(who),
            "role": PEOPLE[who][1][0],
            "track": PEOPLE[who][1][0],
            "step": self.count,
            "channel": "voice",
            "address": "+15550100",
            "status": status,
            "digit": "7",
            "code": "123456",
            "token_hash": f"{self.count:064}",
            "created_at": at,
            "send_at": at,
            "sent_at": at,
        }
        self.connection.execute(insert(page).values(values | more))


def sos_finding(**changed: Any) -> FindingPart:
    """The button, with its reasons."""
    said: dict[str, Any] = {
        "slug": "sos_call",
        "variant": "pressed",
        "severity": "critical",
        "state": "raised",
        "at": NOW - timedelta(seconds=134),
        "since": NOW - timedelta(seconds=134),
        "room": "Bathroom",
        "facts": [
            FactPart(key="fact.sos_pressed"),
            FactPart(key="fact.sos_times", values={"count": 2}),
        ],
        "missing": [FactPart(key="fact.worn_unknown")],
        "counter": [FactPart(key="fact.chair_taken")],
    }
    return FindingPart.model_validate(said | changed, strict=False)


def fall_finding(**changed: Any) -> FindingPart:
    """A fall that the radar saw."""
    said: dict[str, Any] = {
        "slug": "fall",
        "variant": "hard_fall",
        "severity": "critical",
        "state": "raised",
        "at": NOW - timedelta(seconds=30),
        "since": NOW - timedelta(seconds=30),
        "room": "Hall",
        "facts": [FactPart(key="fact.fall_reported")],
        "score": 0.9,
    }
    return FindingPart.model_validate(said | changed, strict=False)


def check(outcome: CheckOutcome, heard: str = "") -> CheckPart:
    """A spoken check that ended with that outcome ten seconds ago."""
    at = NOW - timedelta(seconds=10)
    return CheckPart(
        started_at=NOW - timedelta(seconds=28),
        prompts=1,
        ended_at=at,
        outcome=outcome,
        replies=[ReplyPart(at=at, terminal="hall", heard=heard, confidence=0.9, outcome=outcome)],
    )


def settle(connection: Connection) -> World:
    """Two organisations with their people, homes, rota and hubs; no incident yet."""
    for code, name in (("north", "Northside Care"), ("south", "Southside Care")):
        connection.execute(
            insert(organisation).values(id=code, name=name, zone="Europe/London", country="GB")
        )
    kept = PasswordHash((CHEAP,)).hash(PASSWORD)
    for key, (name, roles, where) in PEOPLE.items():
        _person(connection, key, name, roles, where, kept)
    _home(connection, MARGARET, "north", "Margaret Hale", "margaret", "1942-06-01")
    _home(connection, ARTHUR, "north", "Arthur Pym", "arthur", "1938-11-20")
    _home(connection, ELSEWHERE, "south", "Sam Distant", "elsewhere", "1940-01-01")
    _relate(connection, MARGARET, "claire", "family", "daughter", sees="details")
    _relate(connection, MARGARET, "david", "family", "son", sees="summary", position=1)
    _relate(connection, MARGARET, "joan", "family", "neighbour", sees="alerts", position=2)
    _relate(connection, ARTHUR, "pym", "family", "daughter", sees="details")
    _relate(connection, MARGARET, "osei", "gp", "own doctor", sees="details")
    connection.execute(
        insert(schedule).values(
            id=named("gp rota"),
            organisation_id="north",
            name="Doctors",
            role="gp",
            position=0,
            zone="Europe/London",
            handoff_weekday=0,
            handoff_time="08:00",
            starts_on="2026-03-02",
            members=[str(named("lind"))],
        )
    )
    world = World(connection)
    heartbeat(world)
    return world


def heartbeat(world: World, **changed: Any) -> None:
    """Margaret's hub is well, has seen her four minutes ago, and watches three risks of 29."""
    watched = {"sos_call": "alive", "smoke_fire": "alive", "fall": "unproven"}
    lights = [
        CoveragePart(
            slug=risk.slug,
            state=("degraded" if risk.slug == "fall" else "covered")
            if risk.slug in watched
            else "blind",
            reason=watched.get(risk.slug, "no_detector_yet"),
            since=NOW - timedelta(days=3),
            values={"device": "Hall radar"} if risk.slug in watched else {},
        )
        for risk in RISKS
    ]
    said: dict[str, Any] = {
        "event_id": world.event_id(),
        "hub_id": "hub-margaret",
        "sent_at": NOW,
        "boot_id": "boot-1",
        "queued": 0,
        "coverage": lights,
        "proof_of_life_at": NOW - timedelta(minutes=4),
        "devices": 98,
        "devices_silent": 1,
    }
    message = Heartbeat(**(said | changed))
    receive(world.connection, "hub-margaret", message, message.model_dump_json().encode(), NOW)


def a_night(world: World) -> None:
    """The SOS with everything around it, a leak at Arthur's, and a provider that is down."""
    world.tell(
        SOS,
        check=None,
        actions=[ActionPart(at=NOW - timedelta(seconds=133), action="path_light", target="lamp")],
        pin_at=NOW - timedelta(seconds=120),
    )
    history(world, SOS)
    mark_paged(world.connection, SOS, NOW - timedelta(seconds=131))
    world.page(SOS, "lind", "no_answer", NOW - timedelta(seconds=131))
    world.page(SOS, "claire", "delivered", NOW - timedelta(seconds=130), channel="sms")
    world.page(SOS, "osei", "ringing", NOW - timedelta(seconds=70))
    leak = IncidentUp(
        event_id=world.event_id(),
        hub_id="hub-arthur",
        sent_at=NOW,
        incident_id=LEAK,
        revision=1,
        slug="water_leak",
        variant="wet_floor",
        severity="medium",
        opened_at=NOW - timedelta(minutes=12),
        page_at=NOW - timedelta(minutes=12),
        room="Kitchen",
        findings=[
            sos_finding(slug="water_leak", variant="wet_floor", severity="medium", room="Kitchen")
        ],
    )
    receive(world.connection, "hub-arthur", leak, leak.model_dump_json().encode(), NOW)
    open_technical(
        world.connection,
        "north",
        Technical.PROVIDER_DOWN,
        area=None,
        household_id=None,
        hub_id=None,
        severity=Severity.HIGH,
        new_id=lambda _: named("provider"),
        now=NOW - timedelta(minutes=2),
    )


def history(world: World, incident_id: UUID) -> None:
    """A plausible day before."""
    stays = (
        ("Bedroom", 26.0, 20.2),
        ("Bathroom", 20.2, 19.8),
        ("Kitchen", 19.8, 18.6),
        ("Living room", 18.6, 14.0),
        ("Kitchen", 14.0, 13.1),
        ("Living room", 11.2, 7.0),
        ("Bathroom", 7.0, 6.6),
        ("Bedroom", 6.6, 0.08),
        ("Bathroom", 0.08, 0.0),
    )

    def ago(hours: float) -> datetime:
        return NOW - timedelta(hours=hours)

    episodes = [
        EpisodePart(what="stay", place=room, since=ago(a), until=ago(b) if b else None)
        for room, a, b in stays
    ]
    episodes += [
        EpisodePart(what="bed", place="Bed", since=ago(26), until=ago(20.3)),
        EpisodePart(what="bed", place="Bed", since=ago(6.4), until=ago(0.1)),
        EpisodePart(what="outing", place="", since=ago(13.1), until=ago(11.2)),
        EpisodePart(what="open", place="Front door", since=ago(13.1), until=ago(13.05)),
        EpisodePart(what="open", place="Front door", since=ago(11.25), until=ago(11.2)),
    ]
    vitals = [
        VitalPart(at=ago(h), what="heart_rate", value=v, unit="1/min")
        for h, v in ((20, 71), (16, 78), (12, 84), (8, 76), (5, 62), (3, 60), (1, 63), (0.1, 96))
    ]
    vitals += [VitalPart(at=ago(h), what="spo2", value=v, unit="%") for h, v in ((18, 96), (9, 95))]
    message = History(
        event_id=world.event_id(),
        hub_id="hub-margaret",
        sent_at=NOW,
        incident_id=incident_id,
        since=ago(26),
        until=NOW,
        episodes=episodes,
        vitals=vitals,
    )
    receive(world.connection, "hub-margaret", message, message.model_dump_json().encode(), NOW)


def answered_fall(world: World, outcome: CheckOutcome, *, is_upright: bool) -> None:
    """A fall that was answered after ten seconds, "fine" or the agreed word under threat.

    `is_upright`: standing had been seen before, so that the home called it off at once; else the
    home believes that helpers are called three minutes after the fall.
    """
    fell_at = NOW - timedelta(seconds=20)
    first = fall_finding(at=fell_at, since=fell_at)
    in_time = fell_at + timedelta(minutes=3)
    shown = fell_at + timedelta(seconds=45) if is_upright else in_time
    said: dict[str, Any] = {
        "slug": "fall",
        "variant": "hard_fall",
        "opened_at": fell_at,
        "page_at": fell_at + timedelta(seconds=45),
        "shown_page_at": fell_at + timedelta(seconds=45),
        "room": "Hall",
        "findings": [first],
    }
    world.tell(FALL, **said)
    said["check"] = check(outcome, "I am fine" if outcome is CheckOutcome.FINE else "marigold")
    said |= {"page_at": shown, "shown_page_at": shown, "has_settled": is_upright}
    if outcome is CheckOutcome.DURESS:
        said |= {"is_duress": True, "page_at": NOW - timedelta(seconds=10)}
        said["findings"] = [
            first,
            sos_finding(
                variant="duress", room="Hall", facts=[FactPart(key="fact.sos_duress_spoken")]
            ),
        ]
    elif is_upright:
        said |= {
            "withdrawn": Disposition.RESIDENT_CANCELLED,
            "withdrawn_at": NOW - timedelta(seconds=10),
        }
    world.tell(FALL, **said)


def _person(  # noqa: PLR0913, PLR0917 - the columns
    connection: Connection, key: str, name: str, roles: list[str], where: str, kept: str
) -> None:
    connection.execute(
        insert(person).values(
            id=named(key),
            organisation_id=where,
            name=name,
            login=f"{key}@{where}.example",
            password_hash=kept,
            language="en",
            zone="Europe/London",
            roles=roles,
        )
    )
    connection.execute(
        insert(contact_method).values(
            id=named(f"{key} phone"),
            organisation_id=where,
            person_id=named(key),
            channel="voice",
            address=f"+1555010{list(PEOPLE).index(key)}",
            verified_at=NOW - timedelta(days=30),
        )
    )


def _home(  # noqa: PLR0913, PLR0917 - the columns
    connection: Connection, key: UUID, where: str, resident: str, code: str, born: str
) -> None:
    connection.execute(
        insert(household).values(
            id=key,
            organisation_id=where,
            resident_name=resident,
            resident_born=born,
            resident_phone="+15550150",
            resident_language="en",
            address="14 Larch Road, Flat 2\nLondon SW4 7AB",
            access="Key safe left of the door, code with the desk.",
            area="SW4",
            zone="Europe/London",
            conditions=["heart failure", "osteoporosis"],
            medicines=["apixaban 5 mg", "furosemide 40 mg"],
        )
    )
    connection.execute(
        insert(hub).values(
            id=f"hub-{code}",
            organisation_id=where,
            household_id=key,
            token_hash=json.dumps(code)[:64],
        )
    )


def _relate(  # noqa: PLR0913 - the columns
    connection: Connection,
    home: UUID,
    who: str,
    role: str,
    label: str,
    *,
    sees: str,
    position: int = 0,
) -> None:
    connection.execute(
        insert(relation).values(
            id=named(f"{who} at {home}"),
            organisation_id="north",
            household_id=home,
            person_id=named(who),
            role=role,
            label=label,
            position=position,
            sees=sees,
            valid_from=NOW - timedelta(days=100),
        )
    )
