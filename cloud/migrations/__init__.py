"""The schema moves forward one revision at a time, the same on SQLite and PostgreSQL.

`python -m cloud migrate` applies what is missing. A developer who changes a `tables.py` writes the
next revision with `python -m cloud.migrations "what it does"` and reads it before committing.
Revisions are numbered: 0001, 0002, …
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from cloud.schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).resolve().parent
_LOCK = 4_711_204
"""PostgreSQL advisory lock: of several programs that migrate at once, one does."""

# alembic is imported where it is needed: half a second that a restart does not have


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest revision; all in this transaction, or nothing."""
    from alembic import command  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(configuration(connection), "head")


def missing(connection: Connection) -> list[str]:
    """The revisions that are not applied yet, oldest first; [] is up to date.

    Raises `KeyError` naming a revision that this version of the program does not know: the
    database is newer than the program.
    """
    known = sorted(file.name.partition("_")[0] for file in (_FOLDER / "versions").glob("0*.py"))
    if not inspect(connection).has_table("alembic_version"):
        return known
    applied = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if applied is None:
        return known
    if applied not in known:
        raise KeyError(applied)
    return known[known.index(applied) + 1 :]


def differences(connection: Connection) -> list[object]:
    """Where the migrated schema is not what the tables.py files say; a test wants none."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def configuration(connection: Connection) -> "Config":
    """What alembic needs, without a file of its own."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
