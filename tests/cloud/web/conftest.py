"""Each web test meets the same night; on SQLite, because its pages ask nothing of PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from cloud.db import Database
from tests.cloud.web.browser import Web, serving
from tests.cloud.web.world import World, a_night, settle


@pytest.fixture
async def web(sqlite_database: Database) -> AsyncIterator[Web]:
    """The application in the middle of the night."""

    def tell(connection: object) -> None:
        a_night(settle(connection))  # type: ignore[arg-type]  # a Connection

    await sqlite_database.run(tell)
    async with serving(sqlite_database) as web:
        yield web


@pytest.fixture
async def quiet_web(sqlite_database: Database) -> AsyncIterator[Web]:
    """The application on a night in which nothing has happened yet."""

    def tell(connection: object) -> World:
        return settle(connection)  # type: ignore[arg-type]  # a Connection

    await sqlite_database.run(tell)
    async with serving(sqlite_database) as web:
        yield web
