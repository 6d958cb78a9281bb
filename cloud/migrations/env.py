"""Run by alembic: applies or writes revisions over the connection it is handed."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from cloud.db import Instant
from cloud.schema import metadata


def render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """A revision names no type of ours: it must still run when ours has changed."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
