"""A worried daughter reads which device is meant in words, never by its address.

`sort_of` says in one word what a device is, by what it observes and what it stands by; the words
for it and for the places are texts of the message catalogue, as all sentences are.
"""

import re
from collections.abc import Collection
from typing import Final

from vocabulary.observation import Kind

THINGS: Final[dict[str, str]] = {
    "smoke_alarm": "smoke alarm",
    "co_alarm": "carbon monoxide alarm",
    "gas_alarm": "gas alarm",
    "heat_alarm": "heat alarm",
    "leak_sensor": "leak sensor",
    "stove_guard": "stove guard",
    "fall_sensor": "fall sensor",
    "sos_button": "SOS button",
    "dispenser": "medicine dispenser",
    "blood_pressure_monitor": "blood pressure monitor",
    "glucose_meter": "blood sugar meter",
    "oximeter": "finger oximeter",
    "body_thermometer": "body thermometer",
    "scale": "body scale",
    "bed_sensor": "bed sensor",
    "chair_sensor": "chair sensor",
    "breathing_sensor": "breathing sensor",
    "heart_rate_sensor": "heart rate sensor",
    "worn_sensor": "worn sensor",
    "door_lock": "door lock",
    "door_contact": "door contact",
    "window_contact": "window contact",
    "fridge_contact": "fridge contact",
    "medicine_contact": "contact of the medicine drawer",
    "contact": "contact sensor",
    "presence_sensor": "presence sensor",
    "motion_sensor": "motion sensor",
    "sound_sensor": "sound sensor",
    "air_sensor": "air sensor",
    "thermometer": "room thermometer",
    "siren": "siren",
    "water_meter": "water meter",
    "valve": "valve",
    "plug": "plug",
    "power_sensor": "power cut sensor",
    "button": "button",
}
"""What a device is, by the word of `sort_of`."""

SOME_DEVICE: Final = "one of the devices"
"""Where the hub tells nothing more of it."""
NAMED: Final = "“{name}”"
"""A device by the name that the home gave it."""
THE_THING: Final = "the {thing}"
IN_ROOM: Final = "the {thing} ({room})"
"""A room by the name that the home gave it, where that is not simply what the room is for."""

PLACES: Final[dict[str, str]] = {
    "kitchen": "the {thing} in the kitchen",
    "bathroom": "the {thing} in the bathroom",
    "toilet": "the {thing} in the toilet",
    "bedroom": "the {thing} in the bedroom",
    "living": "the {thing} in the living room",
    "dining": "the {thing} in the dining room",
    "hall": "the {thing} in the hall",
    "stairs": "the {thing} on the stairs",
    "study": "the {thing} in the study",
    "utility": "the {thing} in the utility room",
    "storage": "the {thing} in the storage room",
    "garage": "the {thing} in the garage",
}
"""By `RoomType`; only for a room that the home calls so itself (`is_called_so`)."""

_CALLED: Final[dict[str, frozenset[str]]] = {
    "kitchen": frozenset({"kitchen", "厨房"}),
    "bathroom": frozenset({"bathroom", "浴室", "卫生间"}),
    "toilet": frozenset({"toilet", "厕所"}),
    "bedroom": frozenset({"bedroom", "卧室"}),
    "living": frozenset({"living room", "客厅"}),
    "dining": frozenset({"dining room", "餐厅"}),
    "hall": frozenset({"hall", "门厅"}),
    "stairs": frozenset({"stairs", "楼梯"}),
    "study": frozenset({"study", "书房"}),
    "utility": frozenset({"utility room", "杂物间"}),
    "storage": frozenset({"storage room", "storage", "储藏室"}),
    "garage": frozenset({"garage", "车库"}),
}

_BY_KIND: Final[tuple[tuple[Kind, str], ...]] = (
    (Kind.STOVE_CUTOFF, "stove_guard"),
    (Kind.SMOKE, "smoke_alarm"),
    (Kind.CARBON_MONOXIDE, "co_alarm"),
    (Kind.GAS, "gas_alarm"),
    (Kind.GAS_LEL, "gas_alarm"),
    (Kind.CO, "co_alarm"),
    (Kind.HEAT_ALARM, "heat_alarm"),
    (Kind.WATER_LEAK, "leak_sensor"),
    (Kind.FALL, "fall_sensor"),
    (Kind.MEDICATION_TAKEN, "dispenser"),
    (Kind.BP_SYSTOLIC, "blood_pressure_monitor"),
    (Kind.GLUCOSE, "glucose_meter"),
    (Kind.SPO2, "oximeter"),
    (Kind.BODY_TEMPERATURE, "body_thermometer"),
    (Kind.WEIGHT, "scale"),
    (Kind.BED_OCCUPIED, "bed_sensor"),
    (Kind.CHAIR_OCCUPIED, "chair_sensor"),
    (Kind.RESPIRATION_RATE, "breathing_sensor"),
    (Kind.HEART_RATE, "heart_rate_sensor"),
    (Kind.IMPACT, "worn_sensor"),
    (Kind.ACCELERATION, "worn_sensor"),
    (Kind.STEPS, "worn_sensor"),
    (Kind.SOS, "sos_button"),
    (Kind.LOCK, "door_lock"),
    (Kind.OPEN, "contact"),
    (Kind.POSTURE, "presence_sensor"),
    (Kind.PRESENCE, "presence_sensor"),
    (Kind.PERSON_COUNT, "presence_sensor"),
    (Kind.MOTION, "motion_sensor"),
    (Kind.SOUND, "sound_sensor"),
    (Kind.SIREN_ON, "siren"),
    (Kind.WATER_FLOW, "water_meter"),
    (Kind.WATER_VOLUME, "water_meter"),
    (Kind.VALVE, "valve"),
    (Kind.PM25, "air_sensor"),
    (Kind.CO2, "air_sensor"),
    (Kind.TEMPERATURE, "thermometer"),
    (Kind.HUMIDITY, "thermometer"),
    (Kind.POWER, "plug"),
    (Kind.SWITCH_ON, "plug"),
    (Kind.MAINS_LOST, "power_sensor"),
    (Kind.BUTTON, "button"),
)
"""What a device of several kinds is first of all: the first of these that it has."""

_CONTACTS: Final[dict[str, str]] = {
    "front_door": "door_contact",
    "back_door": "door_contact",
    "door": "door_contact",
    "inner_door": "door_contact",
    "garage": "door_contact",
    "window": "window_contact",
    "fridge": "fridge_contact",
    "medicine": "medicine_contact",
}
_STOVES: Final = frozenset({"stove", "hob", "oven"})

_ADDRESS: Final = re.compile(
    r"0x[0-9a-f]{4,}|(?<![0-9a-z])[0-9a-f]{12,}(?![0-9a-z])|(?:[0-9a-f]{2}[:-]){3,}[0-9a-f]{2}",
    re.IGNORECASE,
)


def sort_of(kinds: Collection[Kind], guards: str = "") -> str:
    """A key of `THINGS`, or "" for a device of none of these sorts."""
    if guards in _STOVES:
        return "stove_guard"
    sort = next((sort for kind, sort in _BY_KIND if kind in kinds), "")
    return _CONTACTS.get(guards, sort) if sort == "contact" else sort


def holds_address(name: str) -> bool:
    """Whether a name is, or holds, the address of a device: that is no name for people."""
    return _ADDRESS.search(name) is not None


def is_called_so(room: str, room_type: str) -> bool:
    """Whether the home's name for a room is just the word for what it is for."""
    return room.strip().casefold() in _CALLED.get(room_type, frozenset())
