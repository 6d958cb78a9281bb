"""A developer has changed a table: write the revision that takes a database there.

`python -m cloud.migrations "what it does"` compares the tables.py files with a database that has
all revisions so far, and writes the next file under cloud/migrations/versions/.
"""

import sys

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from cloud.migrations import configuration, migrate


def main(message: str) -> None:
    """Write the next revision."""
    with create_engine("sqlite://").begin() as connection:
        migrate(connection)
        config = configuration(connection)
        count = len(list(ScriptDirectory.from_config(config).walk_revisions()))
        command.revision(config, message, autogenerate=True, rev_id=f"{count + 1:04d}")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit(f"usage: {sys.argv[0]} MESSAGE")
    main(sys.argv[1])
