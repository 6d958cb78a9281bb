"""What every test needs: no event loop lies about that nobody would close."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog


def pytest_configure() -> None:
    """Say that this thread has no loop.

    Else, up to Python 3.13, pytest-asyncio's question for the current loop makes one, nobody closes
    it, and the warning fails whichever test runs when it is collected.
    """
    asyncio.set_event_loop(None)


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A program started inside a test may set where logs go; the next test starts from nothing."""
    yield
    structlog.reset_defaults()
