"""A newcomer meets a living home: people who can be called, and a week with its outcomes."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from cloud import audit
from cloud.db import Database
from cloud.errors import Conflict
from cloud.households.service import authenticate_hub, methods_of, relations_of
from cloud.households.tables import hub, person
from cloud.incidents.tables import downlink, history, incident, note
from cloud.oncall.service import on_call_now
from cloud.paging.tables import page
from cloud.seed import Roster, make_roster, seed_demo
from cloud.seed.people import HOUSEHOLD, ORGANISATION
from tests.town import NOON
from vocabulary.incident import Role

TOKENS = random.Random(1)


def _roster() -> Roster:
    return make_roster(lambda count: TOKENS.randbytes(count).hex())


def _seed(connection: Connection, roster: Roster) -> None:
    hashes = {one.login: f"hash of {one.password}" for one in roster.people}
    seed_demo(connection, NOON, random.Random(7), roster, hashes)


@pytest.fixture
def seeded(connection: Connection) -> Connection:
    _seed(connection, _roster())
    return connection


async def test_it_runs_on_both_databases(database: Database) -> None:
    await database.run(_seed, _roster())
    for chain in await database.run(audit.chains):
        assert await database.run(audit.verify, chain) is None


def test_every_incident_of_the_week_has_ended(seeded: Connection) -> None:
    rows = seeded.execute(select(incident).order_by(incident.c.opened_at)).all()
    assert [(row.slug or row.technical, row.disposition) for row in rows] == [
        ("fall", "resident_cancelled"),
        ("sos_call", "resolved_by_phone"),
        ("smoke_fire", "false_alarm"),
        ("hub_lost", "technical_fixed"),
        ("fall", "visited"),
        ("sos_call", "resolved_by_phone"),
    ]
    assert all(NOON - timedelta(days=7) < row.opened_at < NOON for row in rows)
    assert all(row.closed_at < NOON for row in rows)


def test_it_left_pages_notes_and_a_past(seeded: Connection) -> None:
    outcomes = set(seeded.execute(select(page.c.status)).scalars())
    assert {"acknowledged", "no_answer", "completed"} <= outcomes
    assert len(seeded.execute(select(note.c.id)).all()) == 5
    assert seeded.execute(select(history.c.incident_id)).first() is not None


def test_nothing_of_it_is_left_to_do(seeded: Connection) -> None:
    """The demo's hub has lived through none of it, and no call of last week is made now."""
    assert seeded.execute(select(downlink.c.event_id)).first() is None
    assert seeded.execute(select(hub.c.last_heard_at)).scalar() is None
    assert seeded.execute(select(page.c.id).where(page.c.status == "due")).first() is None


@pytest.mark.parametrize(
    ("role", "position"),
    [
        (Role.GP, 0),
        (Role.GP, 1),
        (Role.DESK, 0),
        (Role.DESK, 1),
        (Role.COMMUNITY, 0),
        (Role.OPERATIONS, 0),
        (Role.OPERATIONS, 1),
    ],
)
def test_somebody_is_on_duty_on_every_day(seeded: Connection, role: Role, position: int) -> None:
    for day in range(0, 60, 3):
        at = NOON + timedelta(days=day)
        assert on_call_now(seeded, ORGANISATION, role, position, at)


def test_first_line_and_backup_are_two_people(seeded: Connection) -> None:
    for role in (Role.GP, Role.DESK, Role.OPERATIONS):
        first, backup = (on_call_now(seeded, ORGANISATION, role, place, NOON) for place in (0, 1))
        assert set(first).isdisjoint(backup)


def test_everybody_can_be_called_by_a_number_made_for_fiction(seeded: Connection) -> None:
    for who in seeded.execute(select(person.c.id)).scalars().all():
        addresses = {one.address for one in methods_of(seeded, who)}
        assert len(addresses) == 1
        assert addresses.pop().startswith("+12025550")


def test_the_daughter_comes_first(seeded: Connection) -> None:
    family = relations_of(seeded, HOUSEHOLD, NOON, Role.FAMILY)
    assert [one.label for one in family] == ["daughter", "son"]


def test_each_run_has_log_ins_and_a_token_of_its_own(connection: Connection) -> None:
    one, other = _roster(), _roster()
    assert {p.password for p in one.people}.isdisjoint({p.password for p in other.people})
    _seed(connection, one)
    assert authenticate_hub(connection, one.hub_id, one.hub_token).household_id == HOUSEHOLD


def test_a_second_time_it_touches_nothing(seeded: Connection) -> None:
    with pytest.raises(Conflict):
        _seed(seeded, _roster())


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Shanghai", "America/New_York"])
def test_it_may_stand_anywhere(connection: Connection, zone: str) -> None:
    roster = _roster()
    hashes = {one.login: "h" for one in roster.people}
    seed_demo(connection, NOON, random.Random(7), roster, hashes, zone)
    assert len(connection.execute(select(incident.c.id)).all()) == 6
