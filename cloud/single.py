"""Two processes on one SQLite file would each miss what the other commits; so there is one."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url


class AlreadyRunning(RuntimeError):
    """Another process of ours holds this database; stop it first."""


@contextmanager
def only_one(database_url: str) -> Iterator[None]:
    """Hold the SQLite file's lock; it goes with the process, also by kill -9.

    Raises `AlreadyRunning`.
    """
    name = make_url(database_url).database
    assert name, "the settings have seen to it that there is a file"
    with Path(f"{name}.lock").open("w", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise AlreadyRunning(f"{name} is in use by another `python -m cloud`") from taken
        yield
