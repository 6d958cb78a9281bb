"""What devices report without anybody doing anything: warmth, air, a fridge's hum, "still here"."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from simulator.change import Change, Value
from simulator.gestures import draws
from simulator.house import Device, House

_MINUTES: dict[str, tuple[float, float]] = {
    "climate": (8, 12),
    "air": (4, 6),
    "trv": (12, 18),
    "plug": (9, 11),
    "stove": (9, 11),
    "fall_radar": (9, 11),
    "radar": (9, 11),
    "light": (280, 320),
    "valve": (50, 60),
    "gas": (50, 60),
    "smoke": (50, 60),
    "co": (50, 60),
    "leak": (50, 60),
    "lock": (50, 60),
    "sos": (220, 240),
    "button": (220, 240),
    "siren": (220, 240),
    "cover": (220, 240),
}
"""Minutes between two check-ins, by role; 50 to 60 for the rest, as most sensors keep it."""

_OFFSETS = {
    "Bathroom": 1.2,
    "Living room": 0.6,
    "Bedroom": -0.8,
    "Hall": -0.9,
    "Guest room": -0.7,
}
"""Kelvins by which a room differs from the house's 21 °C."""


def readings(house: House, seed: int, since: datetime, until: datetime) -> Iterator[Change]:
    """Check-ins of every device between two instants, device by device."""
    for device in house.devices:
        rng = Random(f"readings:{seed}:{device.address}:{since.isoformat()}")
        shortest, longest = _MINUTES.get(device.role, (50, 60))
        at = since + timedelta(minutes=rng.uniform(0, longest))
        while at < until:
            values = _values(device, at.astimezone(house.zone), rng)
            yield Change(at, device.name, values)
            at += timedelta(minutes=rng.uniform(shortest, longest))


def _values(device: Device, local: datetime, rng: Random) -> dict[str, Value]:
    return {
        key: measure(device, local, rng)
        for key, measure in _MEASURES.items()
        if key in device.quiet
    } | _hum(device, local)


def _warmth(device: Device, local: datetime, rng: Random) -> float:
    """Coolest at 5, warmest at 17; two kelvins in all, far from any limit of RISKS §4, 6."""
    hours = local.hour + local.minute / 60
    swing = 0.9 * math.sin((hours - 11) / 24 * 2 * math.pi)
    return round(21.2 + _OFFSETS.get(device.room, 0) + swing + rng.gauss(0, 0.08), 2)


def _damp(device: Device, local: datetime, rng: Random) -> float:
    """Up after the morning's and the evening's wash, gone an hour later."""
    minutes = local.hour * 60 + local.minute
    shower = 0.0
    if device.room == "Bathroom":
        for start in (7 * 60 + 10, 22 * 60 + 20):
            shower = max(shower, 20 * math.exp(-((minutes - start - 15) ** 2) / (2 * 18**2)))
    return round(44 + shower + rng.gauss(0, 0.6), 1)


def _stale(_: Device, local: datetime, rng: Random) -> int:
    """A bedroom at night, window ajar: up to about 1,050 ppm."""
    hours = (local.hour + local.minute / 60 - 22.5) % 24
    filling = min(hours / 7, 1) if hours < 8.5 else max(0, 1 - (hours - 8.5))  # noqa: PLR2004
    return round(560 + 480 * filling + rng.gauss(0, 12))


def _dust(_: Device, local: datetime, rng: Random) -> int:
    """A little more while somebody cooks."""
    cooking = 14 if local.hour in (12, 18) else 0
    return max(1, round(6 + cooking + rng.gauss(0, 1.5)))


def _daylight(_: Device, local: datetime, rng: Random) -> int:
    hours = local.hour + local.minute / 60
    sun = max(0.0, math.sin((hours - 7) / 10 * math.pi)) if 7 < hours < 17 else 0  # noqa: PLR2004
    return round(4 + 260 * sun * rng.uniform(0.8, 1.1))


_MEASURES: dict[str, Callable[[Device, datetime, Random], Value]] = {
    "temperature": _warmth,
    "local_temperature": _warmth,
    "humidity": _damp,
    "co2": _stale,
    "eco2": _stale,
    "pm25": _dust,
    "voc_index": lambda _device, _local, rng: round(110 + rng.gauss(0, 8)),
    "illuminance": _daylight,
    "pressure": lambda _device, _local, rng: round(101.3 + rng.gauss(0, 0.05), 2),
}


def _hum(device: Device, local: datetime) -> dict[str, Value]:
    """Compressors: 15 minutes in 40."""
    if device.guards not in ("fridge_power", "freezer_power"):
        return {}
    minutes = local.hour * 60 + local.minute + (20 if device.guards == "freezer_power" else 0)
    return draws(device, 82.0 if minutes % 40 < 15 else 1.5)  # noqa: PLR2004 - 15 of 40 minutes
