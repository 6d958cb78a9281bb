"""The schema moves forward one revision at a time, the same on SQLite and PostgreSQL.

`python -m cloud migrate` applies what is missing. A developer who changes a `tables.py` writes the
next revision with `python -m cloud.migrations "what it does"` and reads it before committing.
"""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from cloud.schema import metadata

_FOLDER = Path(__file__).resolve().parent
_LOCK = 4_711_204
"""PostgreSQL advisory lock: of several programs that migrate at once, one does."""


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest revision; all in this transaction, or nothing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(configuration(connection), "head")


def missing(connection: Connection) -> list[str]:
    """The revisions that are not applied yet, newest first; [] is up to date.

    Raises `KeyError` naming a revision that this version of the program does not know: the
    database is newer than the program.
    """
    script = ScriptDirectory.from_config(configuration(connection))
    applied = MigrationContext.configure(connection).get_current_revision()
    known = {one.revision for one in script.walk_revisions()}
    if applied is not None and applied not in known:
        raise KeyError(applied)
    return [one.revision for one in script.iterate_revisions("head", applied)]


def differences(connection: Connection) -> list[object]:
    """Where the migrated schema is not what the tables.py files say; a test wants none."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def configuration(connection: Connection) -> Config:
    """What alembic needs, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
