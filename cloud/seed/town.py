"""One organisation, one home, its hub, everybody who may help, and their rotas."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select, update

from cloud import audit
from cloud.errors import Conflict
from cloud.escalation.policies import TECHNICAL, default_policy
from cloud.escalation.tables import escalation_policy
from cloud.households.service import add_organisation, token_hash
from cloud.households.tables import (
    contact_method,
    household,
    hub,
    organisation,
    person,
    relation,
)
from cloud.incidents.tables import downlink
from cloud.oncall.tables import schedule
from cloud.seed.people import HOUSEHOLD, ORGANISATION, Roster, Seeded, made_up_id
from cloud.seed.week import live_a_week
from vocabulary.incident import Role
from vocabulary.risk import Chain, Severity

ZONE: Final = "Europe/Berlin"
"""Where the simulated house stands."""
AREA: Final = "10115"

_ROTAS = (Role.GP, Role.DESK, Role.COMMUNITY, Role.OPERATIONS)


def seed_demo(
    connection: Connection,
    now: datetime,
    rng: Random,
    roster: Roster,
    hashes: Mapping[str, str],
    zone: str = ZONE,
) -> None:
    """Fill an empty database. `hashes`: log-in → password hash, made before: argon2 is slow.

    Raises `Conflict` when the organisation is there already.
    """
    must_be_empty(connection)
    arrived_at = now - timedelta(days=60)
    add_organisation(connection, ORGANISATION, "Northside Care", zone, "DE")
    _move_in(connection, roster, zone)
    for one in roster.people:
        _hire(connection, one, hashes[one.login], zone)
    _relate(connection, roster, arrived_at)
    _plan_rotas(connection, roster, zone, now)
    _write_policies(connection, arrived_at)
    for household_id in (None, HOUSEHOLD):
        audit.record(
            connection,
            organisation_id=ORGANISATION,
            household_id=household_id,
            at=arrived_at,
            actor="system:seed",
            action="seeded",
            body={"people": len(roster.people)},
        )
    live_a_week(connection, now, rng, roster, ZoneInfo(zone))
    # the hub of the demo has lived through none of this and would not know what is meant
    connection.execute(delete(downlink))
    quiet = {"last_heard_at": None, "link_lost_at": None, "lost_at": None, "boot_id": None}
    connection.execute(update(hub).where(hub.c.id == roster.hub_id).values(**quiet))


def must_be_empty(connection: Connection) -> None:
    """Raises `Conflict` when the made-up organisation is there already."""
    if connection.execute(select(organisation).where(organisation.c.id == ORGANISATION)).first():
        raise Conflict(f"organisation {ORGANISATION} is there already; seed an empty database")


def _move_in(connection: Connection, roster: Roster, zone: str) -> None:
    connection.execute(
        insert(household).values(
            id=HOUSEHOLD,
            organisation_id=ORGANISATION,
            resident_name="Margaret Hale",
            resident_born="1941-04-17",
            resident_phone="+12025550199",
            resident_language="en",
            address="12 Linden Row, third door on the left",
            access="Key safe by the garage; the bell is broken, knock.",
            area=AREA,
            zone=zone,
            conditions=["heart failure", "osteoporosis"],
            medicines=["ramipril 5 mg", "furosemide 40 mg", "vitamin D"],
        )
    )
    connection.execute(
        insert(hub).values(
            id=roster.hub_id,
            organisation_id=ORGANISATION,
            household_id=HOUSEHOLD,
            token_hash=token_hash(roster.hub_token),
        )
    )


def _hire(connection: Connection, one: Seeded, password_hash: str, zone: str) -> None:
    connection.execute(
        insert(person).values(
            id=one.id,
            organisation_id=ORGANISATION,
            name=one.name,
            login=one.login,
            password_hash=password_hash,
            zone=zone,
            roles=[one.role],
        )
    )
    for position, channel in enumerate(("voice", "sms")):
        connection.execute(
            insert(contact_method).values(
                id=made_up_id(f"{channel} of {one.login}"),
                organisation_id=ORGANISATION,
                person_id=one.id,
                channel=channel,
                address=one.phone,
                position=position,
            )
        )


def _relate(connection: Connection, roster: Roster, since: datetime) -> None:
    daughter, son = roster.all_of(Role.FAMILY)[:2]
    doctor = roster.all_of(Role.GP)[0]
    visitor = roster.all_of(Role.COMMUNITY)[0]
    for one, role, label, position, sees in (
        (daughter, Role.FAMILY, "daughter", 0, "details"),
        (son, Role.FAMILY, "son", 1, "summary"),
        (doctor, Role.GP, "own doctor", 0, "details"),
        (visitor, Role.COMMUNITY, "community worker", 0, "details"),
    ):
        connection.execute(
            insert(relation).values(
                id=made_up_id(f"{label} of Margaret Hale"),
                organisation_id=ORGANISATION,
                household_id=HOUSEHOLD,
                person_id=one.id,
                role=role,
                label=label,
                position=position,
                sees=sees,
                valid_from=since,
            )
        )


def _plan_rotas(connection: Connection, roster: Roster, zone: str, now: datetime) -> None:
    """First line and backup change places each Monday; who is alone in a role is always on duty."""
    started = (now - timedelta(days=70)).date()
    for role in _ROTAS:
        people = [str(one.id) for one in roster.all_of(role)]
        for position in range(len(people)):
            connection.execute(
                insert(schedule).values(
                    id=made_up_id(f"{role} rota {position}"),
                    organisation_id=ORGANISATION,
                    name=f"{role} {'first line' if position == 0 else 'backup'}",
                    role=role,
                    position=position,
                    zone=zone,
                    starts_on=started.isoformat(),
                    members=people[position:] + people[:position],
                )
            )


def _write_policies(connection: Connection, saved_at: datetime) -> None:
    """The chains of RISKS §2, as the organisation's own, for each severity."""
    for chain in (*Chain, TECHNICAL):
        for severity in Severity:
            policy = default_policy(chain, severity)
            connection.execute(
                insert(escalation_policy).values(
                    id=made_up_id(f"policy {chain} {severity}"),
                    organisation_id=ORGANISATION,
                    chain=chain,
                    severity=severity,
                    body=policy.model_dump(mode="json"),
                    saved_at=saved_at,
                )
            )
