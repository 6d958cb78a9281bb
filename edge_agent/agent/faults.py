"""A fault in one message must not take the next ones with it: recorded, told, and on it goes."""

from collections.abc import Iterator
from contextlib import contextmanager

from edge_agent.log import Log

_log = Log("hub")


@contextmanager
def recorded(fault: str, standing: set[str]) -> Iterator[None]:
    """Log an exception of the block with its trace and add `fault` to what heartbeats tell."""
    try:
        yield
    except Exception:  # noqa: BLE001 - the one place of the rim that catches everything
        standing.add(fault)
        _log.exception(fault)
