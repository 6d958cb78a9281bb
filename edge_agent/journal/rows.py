"""One reading as one row: 150,000 of them a day, read back in under two seconds after a restart."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from edge_agent.journal.schema import micros
from vocabulary.observation import Kind, Layer, Observation, Quality, Value

Source = tuple[str, str, str, str, str, str, str]
"""device, kind, instance, room, room_type, guards, layer."""
SOURCE_COLUMNS = "device, kind, instance, room, room_type, guards, layer"

_BOOL, _PLAIN, _VECTOR = 1, 2, 3
_IS_EVENT, _IS_FOUND = 8, 16
_QUALITY_SHIFT = 5
_QUALITIES = tuple(Quality)
_QUALITY_INDEX = {quality: index for index, quality in enumerate(_QUALITIES)}
_MEANT_BY = {
    sort | event | found | index << _QUALITY_SHIFT: (sort, bool(event), bool(found), quality)
    for sort in (0, _BOOL, _PLAIN, _VECTOR)
    for event in (0, _IS_EVENT)
    for found in (0, _IS_FOUND)
    for index, quality in enumerate(_QUALITIES)
}
"""All that `flags` can say: looked up, because 150,000 rows are waited for."""
_NONSENSE = (LookupError, ValueError, TypeError, OverflowError, OSError)
_at = datetime.fromtimestamp
"""Half the time of `schema.instant`. Of microseconds as a float none is lost before the year 2242:
until then two neighbouring floats lie less than half a microsecond apart."""


def source_of(seen: Observation) -> Source:
    """What stays the same from reading to reading."""
    return (
        seen.device,
        seen.kind.value,
        seen.instance,
        seen.room,
        seen.room_type,
        seen.guards,
        seen.layer.value,
    )


def pack(seen: Observation, source: int) -> tuple[Any, ...]:
    """at, source, value, flags, text, reported, confidence."""
    value, sort = _pack_value(seen.value)
    flags = sort | _QUALITY_INDEX[seen.quality] << _QUALITY_SHIFT
    if seen.is_event:
        flags |= _IS_EVENT
    if seen.is_found:
        flags |= _IS_FOUND
    return (
        micros(seen.at),
        source,
        value,
        flags,
        seen.text or None,
        None if seen.reported_at is None else micros(seen.reported_at),
        None if seen.confidence == 1.0 else seen.confidence,
    )


def unpack(sources: dict[int, Source], rows: Iterable[tuple[Any, ...]]) -> Iterator[Observation]:
    """Observations from rows of (at, source, value, flags, text, reported, confidence).

    A row that makes no sense is left out.
    """
    known = {}
    for key, (device, kind, instance_, room, room_type, guards, layer) in sources.items():
        with suppress(ValueError):
            known[key] = (device, Kind(kind), instance_, room, room_type, guards, Layer(layer))
    for at, source, value, flags, text, reported, confidence in rows:
        try:
            device, kind, instance_, room, room_type, guards, layer = known[source]
            sort, is_event, is_found, quality = _MEANT_BY[flags]
            seen = Observation(
                _at(at / 1e6, UTC),
                device,
                kind,
                value if sort == _PLAIN else _unpack_value(value, sort),
                room,
                room_type,
                guards,
                instance_,
                is_event,
                is_found,
                None if reported is None else _at(reported / 1e6, UTC),
                1.0 if confidence is None else confidence,
                text or "",
                layer,
                quality,
            )
        except _NONSENSE:
            continue  # a damaged row, or a kind that an older hub does not know
        yield seen


def _pack_value(value: Value) -> tuple[Any, int]:
    match value:
        case None:
            return None, 0
        case bool():
            return int(value), _BOOL
        case tuple():
            return json.dumps(value), _VECTOR
        case _:
            return value, _PLAIN


def _unpack_value(value: Any, sort: int) -> Value:
    match sort:
        case 1:
            return bool(value)
        case 3:
            return tuple(json.loads(value))
        case _:
            return None
