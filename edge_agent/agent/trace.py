r"""A trace is a home's broker written down: milliseconds, topic, payload, and `r` if retained.

Tab-separated, one message a line; tab, newline, carriage return and backslash in a payload are
written `\t \n \r \\`. Files whose name ends in `.xz` are packed (DESIGN §7).
"""

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_agent.errors import HubError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = {"t": b"\t", "n": b"\n", "r": b"\r", "\\": b"\\"}


class TraceError(HubError):
    """A trace cannot be read; says which line. Trying again is vain."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message and when it was received."""

    at: datetime
    topic: str
    payload: bytes
    is_retained: bool


def read_trace(path: Path) -> Iterator[Line]:
    """The lines of a trace, as they stand; raises `TraceError`."""
    number = 0
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
            for number, raw in enumerate(file, start=1):  # noqa: B007 - named in the error
                if raw.strip():
                    yield _line(raw.rstrip(b"\n"))
    except (OSError, EOFError, lzma.LZMAError, ValueError, OverflowError) as broken:
        raise TraceError(f"{path}:{number}: {broken}, expected a trace line") from broken


def _line(raw: bytes) -> Line:
    columns = raw.split(b"\t")
    if len(columns) not in {3, 4} or columns[3:] not in ([], [b"r"], [b""]):
        raise ValueError(f"{len(columns)} columns")
    at = _EPOCH + timedelta(milliseconds=int(columns[0]))
    return Line(at, columns[1].decode(), _unescape(columns[2]), columns[3:] == [b"r"])


def _unescape(payload: bytes) -> bytes:
    if b"\\" not in payload:
        return payload
    first, *rest = payload.split(b"\\")
    plain = [first]
    parts = iter(rest)
    for part in parts:
        if not part:  # two backslashes in a row: one of the payload's own
            following = next(parts, None)
            if following is None:
                raise ValueError("a backslash ends the payload")
            plain += [b"\\", following]
            continue
        meant = _PLAIN.get(chr(part[0]))
        if meant is None:
            raise ValueError(f"backslash before {chr(part[0])!r}")
        plain += [meant, part[1:]]
    return b"".join(plain)
