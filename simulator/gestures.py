"""The same gesture in each maker's dialect: somebody is here, a door opens, the kettle boils."""

from collections.abc import Iterator, Mapping

from simulator.change import Value
from simulator.house import Device, House

SEATED_AFTER_S = 600
"""The strap calls somebody who stays put "sedentary"."""


_SEEN = (
    "presence",
    "occupancy",
    "movement",
    "motion_speed",
    "motion_direction",
    "state",
    "current_status",
    "distance",
    "target_distance",
)
"""Properties by which sensors say whether somebody is there."""


def sees_person(device: Device, *, is_moving: bool, distance: float = 2.0) -> dict[str, Value]:
    """What a motion sensor or radar reports of a person in front of it; `distance` in metres."""
    said: dict[str, Value] = {}
    known = device.quiet
    if "presence" in known:
        said["presence"] = True
    if "occupancy" in known:
        said["occupancy"] = True if device.role == "pir" else is_moving
    if "movement" in known:
        said["movement"] = "movement" if is_moving else "no_movement"
    if "motion_speed" in known:
        said["motion_speed"] = 12 if is_moving else 0
        said["motion_direction"] = "moving_forward" if is_moving else "standing_still"
    if "state" in known and "distance" in known:
        said["state"] = "move" if is_moving else "presence"
    if "current_status" in known:
        said["state"] = "presence"
        said["current_status"] = "approaching" if is_moving else "clear"
    for key in ("distance", "target_distance"):
        if key in known:
            said[key] = round(distance, 2)
    return said


def sees_nobody(device: Device) -> dict[str, Value]:
    """What the same sensor reports once nobody is there."""
    return {key: device.quiet[key] for key in _SEEN if key in device.quiet}


def opens(device: Device, *, is_open: bool) -> dict[str, Value]:
    """A contact: true means closed, on every make."""
    key = "garage_door_contact" if "garage_door_contact" in device.quiet else "contact"
    return {key: not is_open}


def draws(device: Device, watts: float) -> dict[str, Value]:
    """A metering plug or the stove guard under load."""
    said: dict[str, Value] = {"power": round(watts, 1)}
    if "current" in device.quiet:
        said["current"] = round(watts / 230, 2)
    return said


def seats(*, is_taken: bool, is_long: bool = False) -> dict[str, Value]:
    """The pressure strap under a bed or chair; "sedentary" after `SEATED_AFTER_S`."""
    if not is_taken:
        return {"pressure_state": "none", "current_pressure": 0}
    return {"pressure_state": "sedentary" if is_long else "sit", "current_pressure": 62}


def lights(*, is_on: bool) -> dict[str, Value]:
    """A lamp."""
    return {"state": "ON" if is_on else "OFF"}


def arrival(house: House, room: str) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """The resident is in `room` and nowhere else, whatever the sensors said before."""
    for device in house.find("pir", "radar", "fall_radar"):
        if device.room != room:
            yield device.name, sees_nobody(device)
    for device in house.find("seat"):
        yield device.name, seats(is_taken=False)
    for device in house.find("pir", "radar", "fall_radar", room=room):
        yield device.name, sees_person(device, is_moving=True)
