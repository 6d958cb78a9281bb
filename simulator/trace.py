r"""A trace is a home's broker, written down: one message a line, in the bytes that went by.

Columns, parted by tabs: milliseconds since the Unix epoch, topic, payload, and `r` if the message
was retained. Tab, newline, carriage return and backslash in a payload are written `\t \n \r \\`.
Files whose name ends in `.xz` are packed.
"""

import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from simulator.cache import Message

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPES = ((b"\\", b"\\\\"), (b"\t", b"\\t"), (b"\n", b"\\n"), (b"\r", b"\\r"))
_PLAIN = {ord("t"): 9, ord("n"): 10, ord("r"): 13, ord("\\"): 92}
_BACKSLASH = ord("\\")


@dataclass(frozen=True, slots=True)
class Line:
    """A message and when the hub received it."""

    at: datetime
    message: Message


class BadTrace(ValueError):
    """A line is no trace line; says which. Trying again is vain."""


def write_trace(path: Path, lines: Iterable[Line]) -> int:
    """Write a trace; how many lines it got."""
    count = 0
    with _open(path, "wb") as file:
        for line in lines:
            file.write(format_line(line))
            count += 1
    return count


def read_trace(path: Path) -> Iterator[Line]:
    """The lines of a trace; raises `BadTrace` with the line number."""
    with _open(path, "rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                yield parse_line(raw)
            except ValueError as broken:
                raise BadTrace(f"{path.name}:{number}: {broken}") from broken


def format_line(line: Line) -> bytes:
    """One line of the file, with its newline."""
    millis = (line.at - _EPOCH) // timedelta(milliseconds=1)
    payload = line.message.payload
    for plain, escaped in _ESCAPES:
        payload = payload.replace(plain, escaped)
    columns = [str(millis).encode(), line.message.topic.encode(), payload]
    if line.message.is_retained:
        columns.append(b"r")
    return b"\t".join(columns) + b"\n"


def parse_line(raw: bytes) -> Line:
    """The message of one line; ValueError says what is wrong with it."""
    columns = raw.rstrip(b"\n").split(b"\t")
    match columns:
        case [millis, topic, payload]:
            is_retained = False
        case [millis, topic, payload, b"r"]:
            is_retained = True
        case _:
            raise ValueError(f"{len(columns)} columns, expected 3, or 4 with a last r")
    at = _EPOCH + timedelta(milliseconds=int(millis))
    return Line(at, Message(topic.decode(), _unescape(payload), is_retained))


def _unescape(payload: bytes) -> bytes:
    if b"\\" not in payload:
        return payload
    plain, is_escaped = bytearray(), False
    for byte in payload:
        if is_escaped:
            if byte not in _PLAIN:
                raise ValueError(f"backslash before {chr(byte)!r}")
            plain.append(_PLAIN[byte])
            is_escaped = False
        elif byte == _BACKSLASH:
            is_escaped = True
        else:
            plain.append(byte)
    if is_escaped:
        raise ValueError("a backslash ends the payload")
    return bytes(plain)


def _open(path: Path, mode: str) -> IO[bytes]:
    if path.suffix == ".xz":
        return lzma.open(path, mode, preset=1 if mode == "wb" else None)  # type: ignore[return-value]  # LZMAFile reads and writes bytes
    return path.open(mode)
