"""Codes are for programs; here stand the words that people read instead, one table per code.

All are texts of the message catalogue (`mark`): say them with `Tongue.tell`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from babel import lists

from cloud.households.lights import Light, Part
from cloud.messages import Tongue, mark
from vocabulary.devices_in_words import (
    IN_ROOM,
    NAMED,
    PLACES,
    SOME_DEVICE,
    THE_THING,
    THINGS,
    holds_address,
    is_called_so,
)
from vocabulary.incident import CheckOutcome, Disposition, Role, Technical
from vocabulary.names import RISK_NAMES
from vocabulary.risk import Severity
from vocabulary.sentences import render
from vocabulary.vitals import BOUNDS, VitalLimits
from vocabulary.wire import FactPart

VARIANTS: Final[dict[tuple[str, str], str]] = {
    ("smoke_fire", "smoke"): mark("smoke"),
    ("smoke_fire", "heat_rise"): mark("fast rise of heat"),
    ("co_exposure", "acute"): mark("acute"),
    ("co_exposure", "chronic_low"): mark("low, over a long time"),
    ("gas_leak", "warning"): mark("first stage"),
    ("gas_leak", "alarm"): mark("second stage"),
    ("water_leak", "wet_floor"): mark("wet floor"),
    ("water_leak", "running_water"): mark("water keeps running"),
    ("stove_unattended", "left_on"): mark("nobody in the kitchen"),
    ("stove_unattended", "overheat"): mark("overheating"),
    ("indoor_temp_extreme", "heat"): mark("heat"),
    ("indoor_temp_extreme", "cold"): mark("cold"),
    ("air_quality_poor", "pm25"): mark("fine dust"),
    ("air_quality_poor", "co2_stale"): mark("stale air"),
    ("air_quality_poor", "damp"): mark("damp"),
    ("power_failure", "mains_lost"): mark("mains lost"),
    ("power_failure", "medical_device"): mark("a medical device needs power"),
    ("fall", "hard_fall"): mark("hard fall"),
    ("fall", "soft_fall"): mark("slow fall or warning"),
    ("long_lie", "after_fall"): mark("after a fall"),
    ("long_lie", "undetected"): mark("no fall was seen"),
    ("sos_call", "pressed"): mark("button pressed"),
    ("sos_call", "pull_cord"): mark("cord pulled"),
    ("sos_call", "duress"): mark("silent call under threat"),
    ("voice_distress", "help_phrase"): mark("words of distress"),
    ("voice_distress", "distress_sound"): mark("sounds of distress"),
    ("night_exit", "exit"): mark("went out"),
    ("night_exit", "exit_no_return"): mark("went out and is not back"),
    ("not_returned", "overdue"): mark("overdue"),
    ("not_returned", "overdue_weather"): mark("overdue in dangerous weather"),
    ("entry_security", "left_open"): mark("door left open"),
    ("entry_security", "unexplained_entry"): mark("unexplained entry"),
    ("bathroom_overstay", "toilet"): mark("toilet"),
    ("bathroom_overstay", "shower"): mark("shower"),
    ("unusual_inactivity", "no_motion"): mark("no movement"),
    ("unusual_inactivity", "failure_to_rise"): mark("not out of bed"),
    ("sleep_disruption", "fragmented"): mark("broken sleep"),
    ("sleep_disruption", "night_agitation"): mark("restless at night"),
    ("sleep_disruption", "out_of_bed"): mark("long out of bed at night"),
    ("frequent_toileting", "day_night"): mark("by day and night"),
    ("frequent_toileting", "nocturia"): mark("at night"),
    ("low_oral_intake", "meals"): mark("meals"),
    ("low_oral_intake", "fluids"): mark("drinks"),
    ("missed_medication", "late"): mark("late"),
    ("missed_medication", "missed"): mark("missed"),
    ("missed_medication", "double_attempt"): mark("opened twice"),
    ("heart_rate_abnormal", "high"): mark("high"),
    ("heart_rate_abnormal", "low"): mark("low"),
    ("heart_rate_abnormal", "irregular"): mark("irregular"),
    ("blood_pressure_abnormal", "crisis"): mark("very high"),
    ("blood_pressure_abnormal", "low"): mark("low"),
    ("blood_pressure_abnormal", "postural_drop"): mark("drops on standing"),
    ("respiratory_abnormal", "spo2_low"): mark("low oxygen"),
    ("respiratory_abnormal", "resp_rate"): mark("breathing rate"),
    ("body_temp_abnormal", "fever"): mark("fever"),
    ("body_temp_abnormal", "low"): mark("low"),
    ("glucose_abnormal", "hypo"): mark("low"),
    ("glucose_abnormal", "hyper"): mark("high"),
    ("weight_change", "rapid_gain"): mark("fast gain"),
    ("weight_change", "loss"): mark("loss"),
    ("mobility_decline", "gait_speed"): mark("walking speed"),
    ("mobility_decline", "activity"): mark("activity"),
    ("social_isolation", "outings"): mark("outings"),
    ("social_isolation", "contact"): mark("contact"),
}

TECHNICAL: Final[dict[Technical, str]] = {
    Technical.HUB_LOST: mark("Hub does not answer"),
    Technical.LINK_LOST: mark("Link to the hub lost"),
    Technical.DEVICE_LOST: mark("Device does not answer"),
    Technical.PROVIDER_DOWN: mark("Telephone provider does not answer"),
    Technical.ROTA_GAP: mark("Nobody on duty"),
    Technical.WORKER_LATE: mark("Paging runs late"),
    Technical.DISK_FULL: mark("Disk is full"),
    Technical.HUB_FAULT: mark("Hub reports a fault"),
}

SEVERITIES: Final[dict[Severity, str]] = {
    Severity.CRITICAL: mark("Critical"),
    Severity.HIGH: mark("High"),
    Severity.MEDIUM: mark("Medium"),
    Severity.LOW: mark("Low"),
}

ROLES: Final[dict[Role, str]] = {
    Role.GP: mark("doctor"),
    Role.DESK: mark("duty desk"),
    Role.COMMUNITY: mark("community worker"),
    Role.FAMILY: mark("family"),
    Role.OPERATIONS: mark("technical service"),
}

DISPOSITIONS: Final[dict[Disposition, str]] = {
    Disposition.RESOLVED_BY_PHONE: mark("Settled by phone"),
    Disposition.VISITED: mark("Somebody visited"),
    Disposition.EMERGENCY_SERVICE: mark("Emergency service called"),
    Disposition.TO_HOSPITAL: mark("Taken to hospital"),
    Disposition.FALSE_ALARM: mark("Nothing had happened"),
    Disposition.TEST: mark("Test"),
    Disposition.NO_CONTACT: mark("Nobody could be reached"),
    Disposition.TECHNICAL_FIXED: mark("Technical fault mended"),
    Disposition.RESIDENT_CANCELLED: mark("The resident said all is well"),
    Disposition.RESOLVED_BEFORE_PAGE: mark("Ended by itself before anyone was called"),
}

OUTCOMES: Final[dict[CheckOutcome, str]] = {
    CheckOutcome.FINE: mark("said: I am fine"),
    CheckOutcome.HELP: mark("asked for help"),
    CheckOutcome.UNCLEAR: mark("answered, but unclear"),
    CheckOutcome.SILENCE: mark("no answer"),
    CheckOutcome.DURESS: mark("under threat (said the agreed word)"),
}

OPENED: Final[dict[str, str]] = {
    "front_door": mark("Front door"),
    "back_door": mark("Back door"),
    "door": mark("Door"),
    "inner_door": mark("Inner door"),
    "garage": mark("Garage"),
    "window": mark("Window"),
    "fridge": mark("Fridge"),
    "freezer": mark("Freezer"),
    "medicine": mark("Medicine drawer"),
    "wardrobe": mark("Wardrobe"),
    "letter_box": mark("Letter box"),
}
"""What a contact stands by, as the home file says it (`guards`)."""

CHANNELS: Final[dict[str, str]] = {
    "voice": mark("phone call"),
    "sms": mark("text message"),
}

PAGE_STATUSES: Final[dict[str, str]] = {
    "due": mark("about to be called"),
    "dialling": mark("dialling"),
    "queued": mark("handed to the phone company"),
    "ringing": mark("ringing"),
    "answered": mark("answered, no key pressed yet"),
    "completed": mark("call ended, not accepted"),
    "sent": mark("sent"),
    "delivered": mark("delivered, not answered"),
    "no_answer": mark("no answer"),
    "busy": mark("busy"),
    "failed": mark("could not be reached"),
    "declined": mark("declined"),
    "voicemail": mark("voicemail"),
    "unknown": mark("unknown whether it went out; being looked up"),
    "cancelled": mark("not needed any more"),
    "acknowledged": mark("accepted"),
}

LANGUAGES: Final[dict[str, str]] = {
    "en": mark("English"),
    "zh_CN": mark("Chinese"),
}

VITALS: Final[dict[str, str]] = {
    "heart_rate": mark("Heart rate"),
    "heart_rate_resting": mark("Resting heart rate"),
    "rhythm_irregular": mark("Irregular rhythm"),
    "respiration_rate": mark("Breathing rate"),
    "spo2": mark("Oxygen saturation"),
    "bp_systolic": mark("Blood pressure, upper"),
    "bp_diastolic": mark("Blood pressure, lower"),
    "bp_mean": mark("Blood pressure, mean"),
    "body_temperature": mark("Body temperature"),
    "glucose": mark("Blood sugar"),
    "weight": mark("Weight"),
}

LIMITS: Final[dict[str, str]] = {
    "heart_rate_critical_low": mark("Heart rate, critical at or below"),
    "heart_rate_low": mark("Heart rate, low at or below"),
    "heart_rate_high": mark("Heart rate, high from"),
    "heart_rate_critical_high": mark("Heart rate, critical from"),
    "systolic_critical_low": mark("Upper blood pressure, critical at or below"),
    "systolic_low": mark("Upper blood pressure, low at or below"),
    "systolic_crisis": mark("Upper blood pressure, very high from"),
    "systolic_critical_high": mark("Upper blood pressure, critical from"),
    "diastolic_crisis": mark("Lower blood pressure, very high from"),
    "systolic_postural_drop": mark("Upper blood pressure, drop on standing from"),
    "diastolic_postural_drop": mark("Lower blood pressure, drop on standing from"),
    "spo2_critical": mark("Oxygen saturation, critical at or below"),
    "spo2_low": mark("Oxygen saturation, low at or below"),
    "spo2_watch": mark("Oxygen saturation, watched at or below"),
    "spo2_scale_2_critical": mark("Oxygen saturation (scale 2), critical at or below"),
    "spo2_scale_2_low": mark("Oxygen saturation (scale 2), low at or below"),
    "spo2_scale_2_watch": mark("Oxygen saturation (scale 2), watched at or below"),
    "respiration_critical_low": mark("Breathing rate, critical at or below"),
    "respiration_high": mark("Breathing rate, high from"),
    "respiration_critical_high": mark("Breathing rate, critical from"),
    "temperature_low": mark("Body temperature, low at or below"),
    "temperature_fever": mark("Body temperature, fever from"),
    "temperature_high": mark("Body temperature, high fever from"),
    "fever_once": mark("Fever by one reading from"),
    "fever_twice": mark("Fever by two readings from"),
    "fever_rise": mark("Fever by a rise over their own usual of"),
    "glucose_critical_low": mark("Blood sugar, critical below"),
    "glucose_low": mark("Blood sugar, low below"),
    "glucose_high": mark("Blood sugar, high above"),
    "glucose_critical_high": mark("Blood sugar, very high above"),
}

FLAGS: Final[dict[str, str]] = {
    "dementia": mark("dementia"),
    "copd_scale_2": mark("COPD with a lower oxygen target"),
    "pacemaker": mark("pacemaker"),
    "atrial_fibrillation": mark("atrial fibrillation"),
    "insulin": mark("insulin"),
    "diuretics": mark("diuretics"),
    "heart_failure": mark("heart failure"),
    "oxygen_device": mark("oxygen at home"),
    "hearing_impaired": mark("hard of hearing"),
    "pet": mark("a pet"),
    "two_residents": mark("two residents"),
    "do_not_call_at_night": mark("not to be called at night"),
}
"""What the home file notes about a resident."""

ACTIONS: Final[dict[str, str]] = {
    "siren": mark("siren"),
    "path_light": mark("path light"),
    "light": mark("path light"),
    "gas_valve": mark("gas valve closed"),
    "water_valve": mark("main water valve closed"),
    "stove": mark("stove"),
    "say": mark("spoken"),
    "plan_b": mark("the home calls for help by itself"),
}

COVERAGE_PARTS: Final[dict[Part, str]] = {
    Part.BROKEN: mark("not watched: something does not work"),
    Part.MISSING: mark("not watched: needs a device that this home does not have"),
    Part.UNBUILT: mark("not watched: not built yet"),
    Part.UNKNOWN: mark("not known"),
    Part.DEGRADED: mark("watched in part"),
    Part.COVERED: mark("watched"),
}

FALSE_REASONS: Final[dict[str, str]] = {
    "cooking": mark("cooking"),
    "steam": mark("steam"),
    "pet": mark("a pet"),
    "visitor": mark("a visitor"),
    "pressed_by_mistake": mark("pressed by mistake"),
    "sitting_down": mark("sat or lay down"),
    "sensor_fault": mark("the sensor is at fault"),
    "test": mark("it was a test"),
    "other": mark("something else"),
}

HUB_FAULTS: Final[dict[str, str]] = {
    "disk_full": mark("its disk is full"),
    "disk_read_only": mark("its disk cannot be written"),
    "disk_error": mark("its disk fails"),
    "journal_unreadable": mark("its journal was damaged; it began a new one"),
    "journal_in_memory": mark("its journal is only in memory"),
    "clock_not_set": mark("its clock is not set"),
    "detector_failed": mark("a recogniser failed"),
    "board_failed": mark("what it shows to the home's own programs failed"),
    "bookkeeping_failed": mark("its bookkeeping failed"),
    "deed_failed": mark("something to be done in the home failed"),
    "heed_failed": mark("a message of ours could not be followed"),
    "history_failed": mark("the past could not be sent"),
    "housekeeping_failed": mark("its daily tidying failed"),
    "message_failed": mark("a message of the home could not be worked on"),
    "message_refused": mark("a message was refused for good"),
    "past_failed": mark("it could not go through all that was before its restart"),
    "tick_failed": mark("its regular check failed"),
}
"""Faults that a hub tells of itself in its heartbeat."""

QUARANTINE: Final[dict[str, str]] = {
    "size": mark("too large"),
    "not_utf8": mark("no text"),
    "not_json": mark("no JSON"),
    "depth": mark("nested too deeply"),
    "duplicate_key": mark("a key twice"),
    "nan": mark("no number"),
    "schema": mark("not of the agreed form"),
    "wrong_kind": mark("of another kind than announced"),
    "wrong_hub": mark("in the name of another hub"),
    "not_yours": mark("about what is another hub's"),
    "not_storable": mark("cannot be stored"),
    "fault": mark("stopped by a fault of ours"),
}
"""Why a hub's message was refused (`cloud.ingest.batch`)."""

HUB_SILENT: Final = mark("Not known: the home has not been heard since then.")
NEVER_TOLD: Final = mark("Not known: the home has not told yet.")
GATEWAY_GONE: Final = mark("Not watched: the gateway of its sensors does not answer.")
"""Three reasons of our own beside those the hub gives (`vocabulary.sentences.COVERAGE`)."""


def risk_name(slug: str | None, technical: str | None = None) -> str:
    """What happened, in a few words; an unknown code is shown as it is, never hidden."""
    if slug is not None:
        return RISK_NAMES.get(slug, slug)
    if technical in set(Technical):
        return TECHNICAL[Technical(technical)]
    return technical or ""


def variant_name(slug: str | None, variant: str | None) -> str:
    """Which way it shows itself; "" where nothing is known."""
    return VARIANTS.get((slug or "", variant or ""), variant or "")


def explain(speech: Tongue, fact: FactPart) -> str:
    """A reason in the reader's language; an unknown key is shown as it is, never dropped."""
    try:
        return render(fact.key, fact.values, speech.tell)
    except (KeyError, ValueError, IndexError):
        return fact.key


@unique
class Sight(StrEnum):
    """How closely a reader may know a device."""

    SORT = "sort"
    """What it is: a room, or a name that may hold one, is a detail that the resident keeps."""
    NAME = "name"
    """By name, or what it is and where."""
    TECHNICAL = "technical"
    """Make, model and address, too."""

    @staticmethod
    def of(level: str) -> "Sight":
        """Of a relative whom the resident lets see that much."""
        return Sight.NAME if level == "details" else Sight.SORT


def coverage_reason(speech: Tongue, light: Light, sight: Sight) -> str:
    """Why a risk is watched or not, in the reader's language; to relatives without an address."""
    if light.reason == "hub_silent":
        return speech.tell(HUB_SILENT)
    if light.reason == "never_told":
        return speech.tell(NEVER_TOLD)
    values = dict(light.values)
    if sight is not Sight.TECHNICAL and holds_address(str(values.get("bridge", ""))):
        return speech.tell(GATEWAY_GONE)
    said = {name: _whole(value) for name, value in values.items()}
    said["device"] = _device(speech, values, sight)
    return explain(speech, FactPart(key=f"coverage.{light.reason}", values=said))


def needed(speech: Tongue, light: Light) -> str:
    """The sorts of devices of which one would be needed; "" where the hub has not told them."""
    sorts = str(dict(light.values).get("needs", "")).split()
    things = [speech.tell(THINGS[sort]) for sort in sorts if sort in THINGS]
    return lists.format_list(things, style="or", locale=speech.locale) if things else ""


def _device(speech: Tongue, values: Mapping[str, str | float], sight: Sight) -> str:
    words = _in_words(speech, values, sight)
    if sight is not Sight.TECHNICAL:
        return words
    closer = " · ".join(str(values[key]) for key in ("model", "device") if key in values)
    return f"{words} ({closer})" if closer else words


def _in_words(speech: Tongue, values: Mapping[str, str | float], sight: Sight) -> str:
    """Its name, or what it is and where."""
    name, room, room_type = (str(values.get(key, "")) for key in ("name", "room", "room_type"))
    if name and sight is not Sight.SORT and not holds_address(name):
        return speech.tell(NAMED, name=name)
    sort = str(values.get("sort", ""))
    if sort not in THINGS:
        return speech.tell(SOME_DEVICE)
    thing = speech.tell(THINGS[sort])
    if not room or sight is Sight.SORT or holds_address(room):
        return speech.tell(THE_THING, thing=thing)
    if is_called_so(room, room_type):
        return speech.tell(PLACES[room_type], thing=thing)
    return speech.tell(IN_ROOM, thing=thing, room=room)


def _whole(value: str | float) -> str | float:
    """25.0 hours are 25 hours."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def page_status(speech: Tongue, status: str) -> str:
    """What became of a page; an unknown word is shown as it is."""
    return speech.tell(PAGE_STATUSES.get(status, status))


def label_name(label: str) -> str:
    """Why somebody calls it a false alarm; an unknown word is shown as it is."""
    return FALSE_REASONS.get(label, label)


@dataclass(frozen=True, slots=True)
class ChangedLimit:
    """A limit that is not the published one."""

    name: str
    value: float
    unit: str
    usual: float


def changed_limits(limits: VitalLimits) -> list[ChangedLimit]:
    """The limits that somebody has set for this resident."""
    return [
        ChangedLimit(LIMITS[name], getattr(limits, name), bound.unit, bound.default)
        for name, bound in BOUNDS.items()
        if getattr(limits, name) != bound.default
    ]
