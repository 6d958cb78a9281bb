"""A home speaks in a thousand dialects; inside Hearthline one thing seen has one word."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique


@unique
class Kind(StrEnum):
    """What is observed. One name per meaning, in house units (see `UNITS`)."""

    # alarms
    SMOKE = "smoke"
    HEAT_ALARM = "heat_alarm"
    CARBON_MONOXIDE = "carbon_monoxide"
    GAS = "gas"
    WATER_LEAK = "water_leak"
    FREEZE = "freeze"
    FALL = "fall"
    SOS = "sos"
    TAMPER = "tamper"
    ALARM = "alarm"
    ALARM_MUTED = "alarm_muted"
    DEVICE_TEST = "device_test"
    END_OF_LIFE = "end_of_life"
    # people
    MOTION = "motion"
    PRESENCE = "presence"
    PERSON_COUNT = "person_count"
    POSTURE = "posture"
    DISTANCE = "distance"
    HEIGHT = "height"
    GAIT_SPEED = "gait_speed"
    VIBRATION = "vibration"
    TILT = "tilt"
    SOUND = "sound"
    NOISE = "noise"
    IMPACT = "impact"
    ACCELERATION = "acceleration"
    BED_OCCUPIED = "bed_occupied"
    CHAIR_OCCUPIED = "chair_occupied"
    AT_HOME = "at_home"
    TAG_SEEN = "tag_seen"
    TAG_ROOM = "tag_room"
    WORN = "worn"
    LOCATION = "location"
    # openings and access
    OPEN = "open"
    LOCK = "lock"
    DOORBELL = "doorbell"
    BUTTON = "button"
    COVER_POSITION = "cover_position"
    VALVE = "valve"
    # room
    TEMPERATURE = "temperature"
    SURFACE_TEMPERATURE = "surface_temperature"
    PROBE_TEMPERATURE = "probe_temperature"
    HUMIDITY = "humidity"
    PRESSURE = "pressure"
    ILLUMINANCE = "illuminance"
    CO = "co"
    CO2 = "co2"
    GAS_LEL = "gas_lel"
    PM1 = "pm1"
    PM25 = "pm25"
    PM10 = "pm10"
    VOC = "voc"
    VOC_PPB = "voc_ppb"
    VOC_INDEX = "voc_index"
    FORMALDEHYDE = "formaldehyde"
    SMOKE_DENSITY = "smoke_density"
    SETPOINT = "setpoint"
    HVAC_MODE = "hvac_mode"
    # supply
    POWER = "power"
    ENERGY = "energy"
    CURRENT = "current"
    VOLTAGE = "voltage"
    SWITCH_ON = "switch_on"
    IN_USE = "in_use"
    STOVE_CUTOFF = "stove_cutoff"
    MAINS_LOST = "mains_lost"
    WATER_FLOW = "water_flow"
    WATER_VOLUME = "water_volume"
    GAS_VOLUME = "gas_volume"
    SIREN_ON = "siren_on"
    # vitals
    HEART_RATE = "heart_rate"
    HEART_RATE_RESTING = "heart_rate_resting"
    RHYTHM_IRREGULAR = "rhythm_irregular"
    RESPIRATION_RATE = "respiration_rate"
    SPO2 = "spo2"
    BP_SYSTOLIC = "bp_systolic"
    BP_DIASTOLIC = "bp_diastolic"
    BP_MEAN = "bp_mean"
    BODY_TEMPERATURE = "body_temperature"
    GLUCOSE = "glucose"
    WEIGHT = "weight"
    STEPS = "steps"
    SLEEP_STAGE = "sleep_stage"
    SLEEP_DURATION = "sleep_duration"
    MEDICATION_TAKEN = "medication_taken"
    # device
    BATTERY = "battery"
    BATTERY_LOW = "battery_low"
    ONLINE = "online"
    FAULT = "fault"
    LINK_QUALITY = "link_quality"
    # anything nobody has a word for yet: kept and shown, never used for a risk
    READING = "reading"


UNITS: dict[Kind, str] = {
    Kind.DISTANCE: "m",
    Kind.HEIGHT: "m",
    Kind.GAIT_SPEED: "m/s",
    Kind.NOISE: "dB",
    Kind.IMPACT: "g",
    Kind.ACCELERATION: "m/s²",
    Kind.COVER_POSITION: "%",
    Kind.TEMPERATURE: "°C",
    Kind.SURFACE_TEMPERATURE: "°C",
    Kind.PROBE_TEMPERATURE: "°C",
    Kind.HUMIDITY: "%",
    Kind.PRESSURE: "hPa",
    Kind.ILLUMINANCE: "lx",
    Kind.CO: "ppm",
    Kind.CO2: "ppm",
    Kind.GAS_LEL: "%LEL",
    Kind.PM1: "µg/m³",
    Kind.PM25: "µg/m³",
    Kind.PM10: "µg/m³",
    Kind.VOC: "µg/m³",
    Kind.VOC_PPB: "ppb",
    Kind.FORMALDEHYDE: "µg/m³",
    Kind.SETPOINT: "°C",
    Kind.POWER: "W",
    Kind.ENERGY: "kWh",
    Kind.CURRENT: "A",
    Kind.VOLTAGE: "V",
    Kind.WATER_FLOW: "L/min",
    Kind.WATER_VOLUME: "L",
    Kind.GAS_VOLUME: "m³",
    Kind.HEART_RATE: "1/min",
    Kind.HEART_RATE_RESTING: "1/min",
    Kind.RESPIRATION_RATE: "1/min",
    Kind.SPO2: "%",
    Kind.BP_SYSTOLIC: "mmHg",
    Kind.BP_DIASTOLIC: "mmHg",
    Kind.BP_MEAN: "mmHg",
    Kind.BODY_TEMPERATURE: "°C",
    Kind.GLUCOSE: "mmol/L",
    Kind.WEIGHT: "kg",
    Kind.SLEEP_DURATION: "min",
    Kind.BATTERY: "%",
}
"""House unit per numeric kind; a kind that is not here has none."""

VITALS = frozenset(
    {
        Kind.HEART_RATE,
        Kind.HEART_RATE_RESTING,
        Kind.RHYTHM_IRREGULAR,
        Kind.RESPIRATION_RATE,
        Kind.SPO2,
        Kind.BP_SYSTOLIC,
        Kind.BP_DIASTOLIC,
        Kind.BP_MEAN,
        Kind.BODY_TEMPERATURE,
        Kind.GLUCOSE,
        Kind.WEIGHT,
    }
)
"""Journaled every one; shown on the strip; sent in `history`."""

LEVEL_ALARMS = frozenset(
    {
        Kind.SMOKE,
        Kind.HEAT_ALARM,
        Kind.CARBON_MONOXIDE,
        Kind.GAS,
        Kind.WATER_LEAK,
        Kind.MAINS_LOST,
        Kind.FALL,
    }
)
"""True while the danger lasts: found retained and alarming, they raise (DESIGN §5)."""


@unique
class Layer(StrEnum):
    """Which layer of knowledge gave a reading its meaning, surest first (DEVICES §4)."""

    OVERRIDE = "override"
    EXACT = "exact"
    FAMILY = "family"
    RULES = "rules"
    GENERIC = "generic"


@unique
class Quality(StrEnum):
    """How far a reading can be believed."""

    OK = "ok"
    STALE = "stale"
    IMPLAUSIBLE = "implausible"
    TEST = "test"
    UNKNOWN = "unknown"


Value = bool | float | str | tuple[float, ...] | None
"""True or False for a claim, a number in house units, a word, a vector; `None` is unknown."""


@dataclass(slots=True)
class Observation:
    """One reading, in house units. Not frozen: this is the hot path, and nobody writes to it."""

    at: datetime
    """Receipt on the hub's own timeline (aware, UTC). The device's own time is only data."""
    device: str
    """The device's lasting address (IEEE address, MAC), never its changeable name."""
    kind: Kind
    value: Value
    room: str = ""
    """The home's name for the room; empty where the home file does not say."""
    room_type: str = ""
    """kitchen, bathroom, toilet, bedroom, hall, living, stairs, outdoor …; empty is unknown."""
    guards: str = ""
    """What the device stands by in this home: front_door, fridge, stove, bed, shower …"""
    instance: str = ""
    """Which of several alike on one device: l1, left, zone_2."""
    is_event: bool = False
    """An event happened once, at `at`; anything else is a state that holds until the next one."""
    is_found: bool = False
    """A retained message or cached state: how things were found, of unknown age, not news."""
    reported_at: datetime | None = None
    """The device's or bridge's own stamp, where it gave one."""
    confidence: float = 1.0
    """How sure the device is; below 1 for a warning stage."""
    text: str = ""
    """What a word adds: the press of a button, the class of a sound, the sort of SOS."""
    layer: Layer = Layer.RULES
    quality: Quality = Quality.OK
