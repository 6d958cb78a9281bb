"""What every test needs: no event loop lies about that nobody would close."""

import asyncio


def pytest_configure() -> None:
    """Say that this thread has no loop.

    Else, up to Python 3.13, pytest-asyncio's question for the current loop makes one, nobody closes
    it, and the warning fails whichever test runs when it is collected.
    """
    asyncio.set_event_loop(None)
