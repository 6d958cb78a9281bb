"""Each web test meets the same night; on SQLite, because its pages ask nothing of PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.cloud.web.browser import Web, serving
from tests.cloud.web.world import a_night, settle
from tests.databases import on_file


def the_night(connection: Connection) -> None:
    a_night(settle(connection))


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """The application in the middle of the night."""
    async with on_file(tmp_path, the_night) as database, serving(database) as web:
        yield web


@pytest.fixture
async def quiet_web(tmp_path: Path) -> AsyncIterator[Web]:
    """The application on a night in which nothing has happened yet."""
    async with on_file(tmp_path, settle) as database, serving(database) as web:
        yield web
