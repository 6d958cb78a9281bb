"""The revisions lead to exactly the tables that the programs speak of, on both databases."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, Integer, Uuid, select, text
from sqlalchemy.exc import DBAPIError

import cloud
from cloud.db import Database
from cloud.incidents.tables import incident
from cloud.migrations import configuration, differences, migrate, missing
from cloud.schema import metadata
from tests.databases import bare_postgres

BEFORE_RELATIVES = "0005"
"""The revision before the one that keeps which relative is going."""


@pytest.fixture(params=["sqlite", "postgres"])
async def bare(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without a single table."""
    if request.param == "sqlite":
        opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'bare.db'}")
        yield opened
        await opened.close()
        return
    async with bare_postgres(request.getfixturevalue("postgres_server")) as url:
        opened = Database(url)
        yield opened
        await opened.close()


async def test_the_revisions_make_the_tables_of_the_programs(bare: Database) -> None:
    assert await bare.run(missing) != []
    await bare.run(migrate)
    assert await bare.run(missing) == []
    assert await bare.run(differences) == []


async def test_migrating_twice_changes_nothing(bare: Database) -> None:
    await bare.run(migrate)
    await bare.run(migrate)
    assert await bare.run(missing) == []


async def test_a_migration_that_fails_leaves_nothing(bare: Database) -> None:
    def cut(connection: Connection) -> None:
        migrate(connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await bare.run(cut)
    assert await bare.run(missing) != []


async def test_relatives_who_were_going_when_it_was_migrated_still_go(bare: Database) -> None:
    anna, lind = UUID(int=1), UUID(int=2)

    def before(connection: Connection) -> None:
        command.upgrade(configuration(connection), BEFORE_RELATIVES)
        connection.execute(text("INSERT INTO organisation VALUES ('o', 'o', 'UTC', 'GB')"))
        for who in (anna, lind):
            columns = "id, organisation_id, name, language, zone, roles, is_active"
            values = f"'{who.hex}', 'o', 'n', 'en', 'UTC', '[]', true"
            connection.execute(text(f"INSERT INTO person ({columns}) VALUES ({values})"))
        for number, (going, role, knows) in enumerate(
            [(anna, "gp", anna), (anna, "family", None), (lind, "gp", anna), (lind, "gp", None)]
        ):
            seen = f"'{knows.hex}'" if knows else "NULL"
            connection.execute(
                text(
                    "INSERT INTO incident (id, organisation_id, number, slug, severity, chain,"
                    " status, hub_revision, cloud_revision, is_duress, room, opened_at,"
                    " committed_at, fence, acknowledged_by, acknowledged_role,"
                    " going_by, going_at, family_acknowledged_by)"
                    f" VALUES ('{UUID(int=number).hex}', 'o', '{number}', 'fall', 4, 'person',"
                    " 'closed', 1, 1, false, '', 0, 0, 0,"
                    f" '{(anna if role == 'family' else lind).hex}', '{role}',"
                    f" '{going.hex}', 7, {seen})"
                )
            )

    def after(connection: Connection) -> list[tuple[UUID | None, int | None]]:
        command.upgrade(configuration(connection), "head")
        query = text(
            "SELECT family_going_by AS who, family_going_at AS at FROM incident ORDER BY number"
        ).columns(who=Uuid(), at=Integer())
        return [(row.who, row.at) for row in connection.execute(query)]

    await bare.run(before)
    assert await bare.run(after) == [(anna, 7), (anna, 7), (None, None), (None, None)]

    def back(connection: Connection) -> None:
        command.downgrade(configuration(connection), BEFORE_RELATIVES)

    await bare.run(back)
    assert (await bare.run(missing))[0] > BEFORE_RELATIVES
    assert await bare.run(after) == [(anna, 7), (anna, 7), (None, None), (None, None)]


async def test_a_database_newer_than_the_program_is_noticed(bare: Database) -> None:
    def from_the_future(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await bare.run(migrate)
    await bare.run(from_the_future)
    with pytest.raises(KeyError, match="9999"):
        await bare.run(missing)


async def test_the_audit_cannot_be_changed_after_migrating(bare: Database) -> None:
    def tamper(connection: Connection) -> None:
        connection.execute(text("INSERT INTO organisation VALUES ('o', 'o', 'UTC', 'GB')"))
        row = "organisation_id, chain, sequence, at, actor, action, body, previous, hash"
        values = "'o', 'c', 1, 0, 'a', 'a', '{}', '', ''"
        connection.execute(text(f"INSERT INTO audit ({row}) VALUES ({values})"))
        connection.execute(text("UPDATE audit SET action = 'other'"))

    await bare.run(migrate)
    with pytest.raises(DBAPIError, match="append only"):
        await bare.run(tamper)


async def test_an_incident_from_before_is_kept_as_it_was(bare: Database) -> None:
    """A fault that somebody holds while the program is renewed."""

    def from_before(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0004")
        connection.execute(text("INSERT INTO organisation VALUES ('o', 'o', 'UTC', 'GB')"))
        columns = "id, organisation_id, number, technical, severity, chain, status, hub_revision, "
        columns += "cloud_revision, is_duress, room, opened_at, committed_at, next_action_at, fence"
        values = f"'{UUID(int=1).hex}', 'o', '1', 'hub_lost', 2, 'technical', 'acknowledged', "
        values += "0, 1, false, '', 0, 0, 0, 0"
        connection.execute(text(f"INSERT INTO incident ({columns}) VALUES ({values})"))

    def now(connection: Connection) -> tuple[str, datetime | None]:
        row = connection.execute(select(incident)).one()
        return row.number, row.spread_at

    await bare.run(from_before)
    await bare.run(migrate)
    assert await bare.run(now) == ("1", None)


def test_no_table_is_forgotten() -> None:
    """Every tables.py of the cloud adds its tables to the schema that is migrated."""
    folder = Path(str(cloud.__file__)).parent
    source = (folder / "schema.py").read_text()
    for file in folder.glob("*/tables.py"):
        assert f"import cloud.{file.parent.name}.tables" in source
    assert "organisation" in metadata.tables


def test_every_table_belongs_to_an_organisation() -> None:
    """Save the counters of what nobody owns."""
    without = {
        name
        for name, table in metadata.tables.items()
        if "organisation_id" not in table.c and name != "organisation"
    }
    assert without == {"quarantine"}
