"""A cuff or a meter sends the records of the Bluetooth health services; here they are written."""

from collections.abc import Callable, Mapping

from simulator.change import Value

_AT_NOON = bytes.fromhex("ea070b160c0000")
"""A clock that nobody ever set (2026-11-22 12:00): a hub goes by its own."""


def blood_pressure(state: Mapping[str, Value]) -> bytes:
    """2A35: mmHg and pulse; the mean is two thirds of the lower and one of the upper."""
    upper, lower = state["bp_systolic"], state["bp_diastolic"]
    values = (upper, lower, round((2 * lower + upper) / 3), state["bpm"])
    return b"\x04" + b"".join(_sfloat(value) for value in values)


def oximetry(state: Mapping[str, Value]) -> bytes:
    """2A5E: oxygen and pulse."""
    return b"\x00" + _sfloat(state["spo2"]) + _sfloat(state["bpm"])


def body_temperature(state: Mapping[str, Value]) -> bytes:
    """2A1C: degrees Celsius with one decimal."""
    tenths: int = round(state["body_temperature"] * 10)
    return b"\x00" + tenths.to_bytes(3, "little", signed=True) + b"\xff"


def glucose(state: Mapping[str, Value]) -> bytes:
    """2A18: mol/L, from a finger's capillary blood."""
    tenths: int = round(state["glucose"] * 10)
    value = ((-4 & 0xF) << 12 | tenths & 0xFFF).to_bytes(2, "little")
    return b"\x06" + b"\x01\x00" + _AT_NOON + value + b"\x11"


Record = tuple[str, str, Callable[[Mapping[str, Value]], bytes]]

RECORDS: Mapping[str, Record] = {
    "blood_pressure": ("1810", "2a35", blood_pressure),
    "oximetry": ("1822", "2a5e", oximetry),
    "body_temperature": ("1809", "2a1c", body_temperature),
    "glucose": ("1808", "2a18", glucose),
}
"""By house.toml's word: service, characteristic, and who writes the record."""


def _sfloat(value: float | None) -> bytes:
    """IEEE 11073 with one decimal where there is one; None is "not a number"."""
    if value is None:
        return b"\xff\x07"
    if value == int(value):
        return (int(value) & 0xFFF).to_bytes(2, "little")
    return ((-1 & 0xF) << 12 | round(value * 10) & 0xFFF).to_bytes(2, "little")
