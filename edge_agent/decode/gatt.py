"""Medical Bluetooth devices speak in the records of their standard; a gateway hands on the bytes.

One reader per characteristic of the Bluetooth health services, each giving values by the names of
the rules (`_rules/theengs.toml`, "what a characteristic holds"). A special value (not a number, not
at this resolution) is no value.
"""

from collections.abc import Callable, Iterator
from typing import Final

Values = dict[str, float | bool]

_MAX_HEX: Final = 1024
"""No record of these services is longer than 512 bytes."""
_SFLOAT_SPECIAL: Final = frozenset({0x7FE, 0x7FF, 0x800, 0x801, 0x802})
_FLOAT_SPECIAL: Final = frozenset({0x7FFFFE, 0x7FFFFF, 0x800000, 0x800001, 0x800002})
_KPA_IN_MMHG: Final = 7.500617
_POUND_KG: Final = 0.45359237
_TIMESTAMP_BYTES: Final = 7
_CONTROL_SOLUTION: Final = (0xA, 4)
"""Sample type and location by which a glucose meter says that it tested itself."""
_CONTACT: Final = 0b110
_NO_CONTACT: Final = 0b100
"""The strap can tell whether it touches skin, and it does not."""
_NOT_WEIGHED: Final = 0xFFFF


def read_characteristic(uuid: str, text: str) -> Values | None:
    """What a record holds; None for one that is unknown, broken or too short."""
    read = _READERS.get(_short(uuid))
    if read is None or len(text) > _MAX_HEX:
        return None
    try:
        return read(_Record(bytes.fromhex(text)))
    except ValueError:
        return None


class _Record:
    """Bytes, taken from the front; ValueError where there are too few."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def whole(self, size: int = 1) -> int:
        """An unsigned number, least byte first."""
        if len(self._raw) < size:
            raise ValueError("the record is too short")
        taken, self._raw = self._raw[:size], self._raw[size:]
        return int.from_bytes(taken, "little")

    def sfloat(self) -> float | None:
        """IEEE 11073: 12 bits of mantissa, 4 bits of decimal exponent."""
        return _decimal(self.whole(2), 12, _SFLOAT_SPECIAL)

    def float(self) -> float | None:
        """IEEE 11073: 24 bits of mantissa, 8 bits of decimal exponent."""
        return _decimal(self.whole(4), 24, _FLOAT_SPECIAL)


def _heart_rate(record: _Record) -> Values:
    flags = record.whole()
    rate = record.whole(2 if flags & 1 else 1)
    has_no_contact = flags & _CONTACT == _NO_CONTACT
    return {} if has_no_contact else {"bpm": float(rate)}


def _blood_pressure(record: _Record) -> Values:
    flags = record.whole()
    factor = _KPA_IN_MMHG if flags & 1 else 1.0
    names = ("bp_systolic", "bp_diastolic", "bp_mean")
    found = {name: _times(record.sfloat(), factor) for name in names}
    if flags & 0b10:
        record.whole(_TIMESTAMP_BYTES)
    found["bpm"] = record.sfloat() if flags & 0b100 else None
    if flags & 0b1000:
        record.whole()
    values = dict(_present(found))
    if flags & 0b10000:
        values["rhythm_irregular"] = bool(record.whole(2) & 0b100)
    return values


def _oximetry(record: _Record) -> Values:
    record.whole()
    return dict(_present({"spo2": record.sfloat(), "bpm": record.sfloat()}))


def _body_temperature(record: _Record) -> Values:
    is_fahrenheit = record.whole() & 1
    value = record.float()
    if value is not None and is_fahrenheit:
        value = round((value - 32) / 1.8, 2)
    return dict(_present({"body_temperature": value}))


def _weight(record: _Record) -> Values:
    is_imperial = record.whole() & 1
    raw = record.whole(2)
    if raw == _NOT_WEIGHED:
        return {}
    return {"body_weight": round(raw * 0.01 * _POUND_KG if is_imperial else raw * 0.005, 3)}


def _glucose(record: _Record) -> Values:
    flags = record.whole()
    record.whole(2 + _TIMESTAMP_BYTES + (2 if flags & 1 else 0))
    if not flags & 0b10:
        return {}
    value, sample = record.sfloat(), record.whole()
    if sample & 0xF == _CONTROL_SOLUTION[0] or sample >> 4 == _CONTROL_SOLUTION[1]:
        return {}
    if flags & 0b100:
        return dict(_present({"glucose_mmol": _times(value, 1e3)}))
    return dict(_present({"glucose_mg": _times(value, 1e5)}))


_READERS: Final[dict[str, Callable[[_Record], Values]]] = {
    "2a37": _heart_rate,
    "2a35": _blood_pressure,
    "2a5e": _oximetry,
    "2a5f": _oximetry,
    "2a1c": _body_temperature,
    "2a9d": _weight,
    "2a18": _glucose,
}


def _short(uuid: str) -> str:
    """`00002a35-0000-1000-8000-00805f9b34fb`, `0x2A35` and `2a35` are one."""
    head = uuid.casefold().removeprefix("0x").partition("-")[0]
    return head.removeprefix("0000") if len(head) > 4 else head  # noqa: PLR2004 - 16 bits in hex


def _decimal(raw: int, mantissa_bits: int, special: frozenset[int]) -> float | None:
    mantissa, exponent = raw & ((1 << mantissa_bits) - 1), raw >> mantissa_bits
    if mantissa in special:
        return None
    exponent_bits = 4 if mantissa_bits == 12 else 8  # noqa: PLR2004 - SFLOAT and FLOAT
    mantissa -= (mantissa >> (mantissa_bits - 1)) << mantissa_bits
    exponent -= (exponent >> (exponent_bits - 1)) << exponent_bits
    return float(f"{mantissa}e{exponent}")


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, 2)


def _present(found: dict[str, float | None]) -> Iterator[tuple[str, float]]:
    return ((name, value) for name, value in found.items() if value is not None)
