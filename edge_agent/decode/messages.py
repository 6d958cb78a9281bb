"""Any client of the home's broker may send anything: a message, or a counted refusal."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vocabulary.wire import deepest

MAX_BYTES: Final = 65_536
"""No device message comes near; the largest known (a week's heating plan) is about 8 kB."""
MAX_LIST_BYTES: Final = 4_194_304
"""bridge/devices of several hundred devices."""
_MAX_DEPTH: Final = 16
_MAX_BRACKETS: Final = 16
"""With no more opening brackets than this a message cannot nest deeper than is allowed."""
_EARLIEST: Final = datetime(2015, 1, 1, tzinfo=UTC)
"""Before Zigbee2MQTT existed: a clock that was never set."""
_AHEAD: Final = timedelta(days=1)
"""A stamp later than this is no clock that is a little off, but nonsense."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLIS: Final = (1_420_070_400_000, 7_258_118_400_000)
_LONGEST_STAMP: Final = 40
_BLANK: Final = " \t\n\r"
"""What JSON lets stand around a message (RFC 8259)."""


class Parser:
    """JSON of bounded size and depth, without duplicate keys; refusals are counted by reason."""

    def __init__(self, refused: Counter[str]) -> None:
        self._refused = refused
        self._decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=self._no_number)
        self._plain = json.JSONDecoder(parse_constant=self._no_number)

    def read(self, payload: bytes) -> Any:
        """The message, or None after counting why not."""
        if len(payload) > MAX_BYTES:
            self._refused["size"] += 1
            return None
        is_flat = payload.rfind(b"{") <= 0 and b"[" not in payload  # most are
        if not is_flat and payload.count(b"{") + payload.count(b"[") > _MAX_BRACKETS:
            text = payload.decode("utf-8", "replace")
            if deepest(text) > _MAX_DEPTH:
                self._refused["depth"] += 1
                return None
        return self._read(payload, self._decoder)

    def read_list(self, payload: bytes) -> list[Any] | None:
        """A list of the bridge (devices, groups), or None."""
        if len(payload) > MAX_LIST_BYTES:
            self._refused["size"] += 1
            return None
        found = self._read(payload, self._plain)
        if found is None or isinstance(found, list):
            return found
        self._refused["not_a_list"] += 1
        return None

    def _read(self, payload: bytes, decoder: json.JSONDecoder) -> Any:
        try:
            text = payload.decode().strip(_BLANK)
            found, end = decoder.raw_decode(text)  # as `decode`, without looking for blanks
            return found if end == len(text) else decoder.decode(text)
        except (ValueError, RecursionError) as broken:
            reason = next((r for kind, r in _REASONS if isinstance(broken, kind)), "not_json")
            self._refused[reason] += 1
            return None

    def _no_number(self, _name: str) -> None:
        """NaN and Infinity are no readings: unknown, like null; the rest of the message counts."""
        self._refused["nan"] += 1


def instant(stamp: object, at: datetime, refused: Counter[str]) -> datetime | None:
    """`last_seen` in any of Zigbee2MQTT's forms (ISO 8601 or milliseconds), if it can be true."""
    if isinstance(stamp, str):
        found = _from_text(stamp)
    elif isinstance(stamp, int) and _MILLIS[0] < stamp < _MILLIS[1]:
        found = _EPOCH + timedelta(milliseconds=stamp)
    else:
        return None
    if found is None or found < _EARLIEST:
        return None
    if found - at > _AHEAD:
        refused["future_stamp"] += 1
        return None
    return found


def clean(text: str, longest: int) -> str:
    """A text that can be stored and shown: bounded, without half characters or control codes."""
    short = text[:longest]
    if short.isprintable():
        return short
    whole = short.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else " " for char in whole)


class _DuplicateKeyError(ValueError):
    """A key stands twice: the message could mean either."""


_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (UnicodeDecodeError, "not_utf8"),
    (_DuplicateKeyError, "duplicate_key"),
    (RecursionError, "depth"),
)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


def _from_text(stamp: str) -> datetime | None:
    if len(stamp) > _LONGEST_STAMP:
        return None
    try:
        found = datetime.fromisoformat(stamp)
        if found.tzinfo is UTC:
            return found
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
