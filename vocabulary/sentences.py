"""Every sentence the home speaks or a page shows, once, in English; other tongues translate it.

Keys: `say.…` is spoken by the hub, `fact.…` explains a finding, `coverage.…` says why a risk is not
fully watched. `{names}` stand for values. The English template is also the message id of the
gettext catalogue in `vocabulary/locale`, from which hub and cloud translate.
"""

from collections.abc import Callable, Iterable, Mapping

SAY: dict[str, str] = {
    "say.sos_help_called": "I heard you. I am calling for help now. Stay where you are.",
    "say.pin_noted": "Thank you, I heard your code. Somebody will still call to make sure.",
    "say.fall_check": "You may have fallen. Are you all right? Say yes, or say help.",
    "say.fall_fine": "Good. Please stand up when you are ready. I will wait until I see you up.",
    "say.stove_check": "The stove is on and nobody is in the kitchen. Are you looking after it?"
    " Please go there and say yes, or say help.",
    "say.answer_there": "Please go to the kitchen, look at the stove, and answer me there.",
    "say.stove_cut_off": "I am switching the stove off now.",
    "say.stove_overheats": "The stove is far too hot. I have switched it off. Leave the kitchen"
    " now. Help is called.",
    "say.cold_check": "It is too cold where you are. Please put the heating on and dress warmly."
    " Are you all right? Say yes, or say help.",
    "say.heat_check": "It is too hot where you are. Please drink some water and find a cooler room."
    " Are you all right? Say yes, or say help.",
    "say.put_off_minutes": "Good. I will look again in {minutes} minutes.",
    "say.put_off_hours": "Good. I will look again in {hours} hours.",
    "say.air_is_dusty": "The air is full of fine dust. Please open a window, unless it is smoky"
    " outside, and leave the room for a while.",
    "say.air_is_stale": "The air is stale. Please open a window for ten minutes.",
    "say.air_is_damp": "The air has been damp for a whole day. Please open the window twice a day"
    " and heat a little.",
    "say.heart_rate_check": "Your heart rate is unusual. Please sit down and measure again. "
    "Are you all right? Say yes, or say help.",
    "say.pressure_high_check": "Your blood pressure is very high. Please sit down, keep still, "
    "and measure again in five minutes. If your chest hurts, or you are short of breath, weak, or "
    "cannot speak or see well, say help. Are you all right? Say yes, or say help.",
    "say.pressure_low_check": "Your blood pressure is low. Please lie down, or sit down, and "
    "measure again. Are you all right? Say yes, or say help.",
    "say.pressure_drop_check": "Your blood pressure has dropped. Please sit down now, so that "
    "you do not fall, and stand up slowly later. Are you all right? Say yes, or say help.",
    "say.oxygen_check": "Your oxygen reading is low. Please sit down, warm your hand and measure "
    "again. Are you all right? Say yes, or say help.",
    "say.breathing_check": "Your breathing is unusual. Please sit down and rest, and measure "
    "again. Are you all right? Say yes, or say help.",
    "say.fever_check": "Your temperature is high. Please have nothing hot to drink, and measure "
    "again in ten minutes. Are you all right? Say yes, or say help.",
    "say.body_cold_check": "Your temperature is low. Please wrap up warmly, and measure again. "
    "Are you all right? Say yes, or say help.",
    "say.sugar_low_check": "Your blood sugar is low, or falling fast. Please drink a glass of "
    "juice now, and measure again in fifteen minutes. Can you do that? Say yes, or say help.",
    "say.sugar_high_check": "Your blood sugar is high. Please wash your hands and measure again. "
    "Are you all right? Say yes, or say help.",
    "say.check": "I noticed something unusual. Are you all right? Say yes, or say help.",
    "say.check_cancelled": "I see that you are all right. I am not calling anybody.",
    "say.noted": "Thank you. I will pass that on.",
    "say.power_is_out": "The power is out. Mind your step. If it stays so I will tell your family.",
    "say.power_is_still_out": "The power is still out. I am asking somebody to look in on you.",
    "say.medical_power_is_out": "Your device has no power. Use the spare now. I am calling help.",
    "say.left_open_check": "A door or window is open. Are you all right? Say yes, or say help.",
    "say.help_called": "I am calling for help now. Somebody will be with you on the line soon.",
    "say.dose_due": "It is time for your medicine. Have you taken it? Say yes, or say no.",
    "say.dose_noted": "Good. I have noted it.",
    "say.dose_missed": "Your medicine has not been taken. I am telling somebody.",
    "say.dose_double": "You have already had this medicine. Please do not take it again.",
    "say.family_told": "I am letting your family know.",
    "say.smoke_evacuate": "Smoke or fire! Leave the home now and close the doors. Help is called.",
    "say.gas_evacuate": "Gas! No flame and no light switch. Leave the home now. Help is called.",
    "say.co_evacuate": "Carbon monoxide! Leave the home now, into fresh air. Help is called.",
    "say.co_low": "There is a little carbon monoxide in the air. Please open a window now. "
    "I am letting your family know.",
    "say.water_check": "A floor is wet. Is that you, using water? Say yes, or say help.",
    "say.water_check_in": "The floor is wet here: {room}. Is that you, using water? "
    "Say yes, or say help.",
    "say.water_shut": "I am shutting off the water.",
    "say.smoke_cooking_noted": "Thank you. I am telling them that you are cooking. Open a window.",
    "say.helper_acknowledged": "{name} knows about it and is helping you now.",
    "say.helper_acknowledged_unnamed": "Somebody knows about it and is helping you now.",
    "say.plan_b": "Nobody has answered yet. If you can, call {number} now. I keep on trying.",
}
"""What the hub says aloud."""

FACTS: dict[str, str] = {
    "fact.sos_pressed": "The SOS button was pressed.",
    "fact.sos_pull_cord": "The pull cord was pulled.",
    "fact.sos_duress": "The SOS was given as a secret sign of being threatened.",
    "fact.sos_duress_spoken": "The secret word for being threatened was spoken.",
    "fact.sos_spoken": "Help was called for by voice.",
    "fact.sos_times": "Pressed {count} times in the last ten minutes.",
    "fact.sos_no_test": "No test of the button had been announced.",
    "fact.smoke_contact": "The smoke alarm has been reporting smoke for {seconds} seconds.",
    "fact.heat_contact": "The heat alarm has been reporting heat for {seconds} seconds.",
    "fact.heat_limit": "The air reached {celsius} °C; the limit is {limit} °C.",
    "fact.heat_rate": "The air grew warmer by {rate} °C a minute for two minutes, to {celsius} °C.",
    "fact.two_sources": "{count} sensors reported fire within a minute of each other.",
    "fact.one_source": "Only this one sensor reports fire.",
    "fact.no_room_temperature": "No thermometer in this room could confirm it.",
    "fact.contact_would_clear": "A clear report of the alarm itself would have ended it.",
    "fact.sensor_ails": "The sensor itself reports a fault or the end of its life.",
    "fact.co_contact": "The carbon monoxide alarm has been sounding for {seconds} seconds.",
    "fact.co_level": "The air holds {ppm} ppm of carbon monoxide.",
    "fact.co_dose": "As much carbon monoxide as {limit} ppm for {minutes} minutes was in the air.",
    "fact.no_co_contact": "The sensor's own alarm has not sounded.",
    "fact.no_co_measured": "No sensor measures how much carbon monoxide is in the air.",
    "fact.co_would_clear": "Less than {limit} ppm would have ended it.",
    "fact.co_garage": "The sensor is in a garage, where an engine or a charger may have run.",
    "fact.co_day": "Over 24 hours the air held {ppm} ppm of carbon monoxide; the limit is {limit}.",
    "fact.co_day_known": "At least {hours} of these 24 hours were measured.",
    "fact.co_day_would_clear": "A mean below {limit} ppm would have ended it.",
    "fact.gas_contact": "The gas alarm has been sounding for {seconds} seconds.",
    "fact.gas_share": "The air holds {percent} % of the gas that could explode.",
    "fact.no_gas_measured": "No sensor measures how much gas is in the air.",
    "fact.gas_would_clear": "Less than {limit} % would have ended it.",
    "fact.one_gas_source": "Only this one sensor reports gas.",
    "fact.floor_wet": "The floor has been wet for {seconds} seconds.",
    "fact.somebody_there": "Somebody is in that room and may slip.",
    "fact.may_be_washing": "Somebody may be bathing or washing there.",
    "fact.room_not_watched": "No sensor tells whether somebody is in that room.",
    "fact.dry_would_clear": "The sensor itself reporting dry would have ended it.",
    "fact.stove_on": "The stove has been on for {minutes} minutes.",
    "fact.oven_on": "The oven has been on for {minutes} minutes.",
    "fact.kitchen_empty": "Nobody was seen in the kitchen for {minutes} minutes.",
    "fact.stove_watts": "It draws {watts} W.",
    "fact.no_kitchen_sensor": "No sensor can tell whether somebody is in the kitchen.",
    "fact.kitchen_sensor_silent": "The kitchen's sensor saw somebody and has been silent since.",
    "fact.cook_would_clear": "Somebody in the kitchen, or the stove off, would have ended it.",
    "fact.stove_guard_hot": "The stove guard reports that the stove is too hot.",
    "fact.stove_hot": "The stove is at {celsius} °C; the limit is {limit} °C.",
    "fact.stove_rise": "The stove grows hotter by {rate} °C a minute, and is at {celsius} °C.",
    "fact.stove_would_cool": "A surface below {limit} °C would have ended it.",
    "fact.cold_for": "It has been colder than {limit} °C for {minutes} minutes.",
    "fact.heat_for": "It has been {limit} °C or more for {minutes} minutes.",
    "fact.room_mean": "The mean of the last 15 minutes is {celsius} °C.",
    "fact.room_unknown": "No sensor tells whether anybody is here; the room is judged by itself.",
    "fact.may_be_out": "Nobody has been seen since an outside door was shut.",
    "fact.one_thermometer": "No second thermometer in this room could confirm it.",
    "fact.cold_would_end": "A quarter of an hour at {limit} °C or more would have ended it.",
    "fact.heat_would_end": "A quarter of an hour below {limit} °C would have ended it.",
    "fact.dust_hour": "Fine dust was {value} µg/m³ on average over an hour; the limit is {limit}.",
    "fact.dust_day": "Fine dust was {value} µg/m³ on average over 24 hours; the limit is {limit}.",
    "fact.dust_unknown": "Fine dust was above its limit when the sensor was last heard.",
    "fact.no_outdoor_air": "Whether it is smoky outside is not known.",
    "fact.stove_was_on": "The stove was on within the last hour.",
    "fact.dust_would_clear": "Less on average would have kept it away; a peak does not count.",
    "fact.stale_air": "CO2 is at {value} ppm, and was at {limit} or more for {minutes} minutes.",
    "fact.damp": "The air is at {value} % humidity, and was above {limit} % for {hours} hours.",
    "fact.window_open": "A window in this room is open.",
    "fact.air_would_clear": "A reading below {value} in between would have ended it.",
    "fact.fall_reported": "The fall sensor reports a fall.",
    "fact.fall_warning": "The fall sensor reports a possible fall.",
    "fact.impact": "A blow of {g} g was followed by {seconds} seconds of little movement.",
    "fact.on_floor": "Somebody has been on the floor for {seconds} seconds.",
    "fact.low_posture": "Somebody has been low above the floor for {seconds} seconds.",
    "fact.device_confidence": "The sensor is {percent} % sure.",
    "fact.chair_taken": "The chair or bed in this room is occupied.",
    "fact.somebody_else": "More than one person was in the room.",
    "fact.pet_at_home": "A pet lives here and can look like a person lying low.",
    "fact.fall_no_doubt": "Nothing speaks against it: no seat is taken, nobody else is there.",
    "fact.no_movement_data": "The worn device sent no movement after the blow.",
    "fact.dose_not_taken": "The dose of {clock} was not taken {minutes} minutes after its time.",
    "fact.dose_time_critical": "It is a medicine that must be taken on time.",
    "fact.dose_twice": "The dose of {clock} was taken out {count} times.",
    "fact.dose_would_clear": "An opened dispenser or drawer, or the resident's word, would end it.",
    "fact.dose_one_lid": "A lid opened again within two minutes would have been one dose.",
    "fact.no_dispenser": "No dispenser reports; only an opened drawer could tell.",
    "fact.not_at_home": "The resident is not at home and may have the medicine with them.",
    "fact.no_upright": "Nobody was seen upright since.",
    "fact.worn_unknown": "It is not known whether the device was being worn.",
    "fact.not_up_since_fall": "Nobody has been seen upright for {minutes} minutes since a fall.",
    "fact.movement_not_counted": "Movement elsewhere does not count: others, or a pet, live here.",
    "fact.upright_would_end": "Being seen upright, or in another room, would have ended it.",
    "fact.mains_lost": "The mains have been off for {minutes} minutes.",
    "fact.medical_plug_off": "The plug of a medical device has been off for {minutes} minutes.",
    "fact.medical_plug_gone": "A medical device's plug has not answered for {minutes} minutes.",
    "fact.needs_oxygen": "The resident depends on an oxygen device.",
    "fact.hub_battery": "The hub's battery is at {percent} %; then nothing is watched any more.",
    "fact.devices_gone": "{count} devices have stopped answering since.",
    "fact.power_or_radio": "Whether it is its power or only its radio is not known.",
    "fact.no_hub_battery": "How long the hub's own battery will last is not known.",
    "fact.mains_elsewhere": "A plug still draws power: perhaps only a fuse, or one plug pulled.",
    "fact.power_would_be_back": "Power that came back in time would have kept this away.",
    "fact.door_left_open": "The outside door has been open for {minutes} minutes.",
    "fact.window_left_open": "The window has been open for {minutes} minutes.",
    "fact.cold_outside": "It is {celsius} °C outside.",
    "fact.is_night": "It is night.",
    "fact.no_outdoor_temperature": "How cold it is outside is not known.",
    "fact.may_be_airing": "A window that is opened to air the room looks just the same.",
    "fact.would_have_been_shut": "Shutting it in time would have kept this away.",
    "fact.heart_rate_high": "The heart beats {rate} times a minute; the limit is {limit}.",
    "fact.heart_rate_low": "The heart beats only {rate} times a minute; the limit is {limit}.",
    "fact.heart_rate_for": "It has been so for {minutes} minutes.",
    "fact.heart_rate_rest_unknown": "The device does not tell whether they were at rest.",
    "fact.pacemaker_known": "A pacemaker is known: a sensor on the skin may miss paced beats, and "
    "a slow pulse may mean that it fails.",
    "fact.fibrillation_known": "Atrial fibrillation is known: single readings swing widely.",
    "fact.spo2_low": "The oxygen saturation is {percent} %; the limit is {limit} %.",
    "fact.spo2_scale_2": "Judged by oxygen scale 2, which a doctor has set.",
    "fact.scale_2_not_set": "A lower oxygen target is noted, but no doctor has set scale 2.",
    "fact.spo2_disturbed": "Cold fingers, nail varnish, dark skin and movement change the reading.",
    "fact.respiration_fast": "{rate} breaths a minute; the limit is {limit}.",
    "fact.respiration_slow": "Only {rate} breaths a minute; the limit is {limit}.",
    "fact.respiration_disturbed": "Movement, talking and a second person change the reading.",
    "fact.pressure_high": "The blood pressure is {systolic}/{diastolic} mmHg; the limits are "
    "{upper} and {lower}.",
    "fact.pressure_again": "It was as high {minutes} minutes before.",
    "fact.pressure_low": "The blood pressure is only {systolic}/{diastolic} mmHg; the limit of the "
    "upper value is {limit}.",
    "fact.pressure_drop": "The blood pressure fell from {before} to {after} mmHg within {seconds} "
    "seconds.",
    "fact.pressure_half": "Only one of the two values of the blood pressure has come.",
    "fact.posture_unknown": "No device tells whether they stood up in between.",
    "fact.pressure_disturbed": "A cuff that does not fit, talking, pain and stairs change the "
    "reading; so does another person's arm.",
    "fact.either_resident": "Two people live here: it may be either of them.",
    "fact.temperature_high": "The body temperature is {celsius} °C; the limit is {limit} °C.",
    "fact.temperature_twice": "It was above the limit of two readings {minutes} minutes before, "
    "too.",
    "fact.temperature_low": "The body temperature is only {celsius} °C; the limit is {limit} °C.",
    "fact.temperature_skin": "It is measured on the skin, which is cooler than the body.",
    "fact.temperature_fever_disturbed": "A hot drink or a blanket before it, or another person's "
    "forehead, look just the same.",
    "fact.temperature_low_disturbed": "A thermometer put in the wrong place or taken out too early "
    "looks just the same.",
    "fact.glucose_low": "The blood sugar is only {mmol} mmol/L; the limit is {limit}.",
    "fact.glucose_falling": "The blood sugar is {mmol} mmol/L and falling: in {minutes} minutes it "
    "would be {forecast}.",
    "fact.glucose_high": "The blood sugar is {mmol} mmol/L; the limit is {limit}.",
    "fact.glucose_high_for": "It was as high {minutes} minutes before.",
    "fact.glucose_not_measured_low": "No low value has been measured yet: it is reckoned.",
    "fact.glucose_hypo_disturbed": "Lying on the sensor, or a new sensor, makes too low readings.",
    "fact.glucose_hyper_disturbed": "Sugar on the finger makes too high readings.",
    "fact.vital_single": "It is a single reading; no other stands beside it.",
    "fact.repeat_would_clear": "A good repeat reading would have ended it.",
    "fact.news2_total": "All vital signs together (NEWS2): at least {total} points from {count} of "
    "5 signs; the oldest is {minutes} minutes old.",
    "fact.news2_alone": "All vital signs together (NEWS2): at least {total} points from {count} of "
    "5 signs, 3 of them from one sign alone; the oldest is {minutes} minutes old.",
    "fact.news2_few": "Only {count} of 5 vital signs are from the last hour: too few to add up "
    "(NEWS2).",
    "fact.news2_not_asked": "Whether they are clear in their mind has not been asked.",
    "fact.news2_no_heart_rate": "No heart rate from the last hour.",
    "fact.news2_no_respiration_rate": "No breathing rate from the last hour.",
    "fact.news2_no_spo2": "No oxygen saturation from the last hour.",
    "fact.news2_no_bp_systolic": "No blood pressure from the last hour.",
    "fact.news2_no_body_temperature": "No body temperature from the last hour.",
}
"""Why a finding was raised, what was missing, what would have kept it away."""

COVERAGE: dict[str, str] = {
    "alive": "Watched: {device} has reported as expected.",
    "no_detector_yet": "Not watched: the hub cannot recognise this risk yet.",
    "no_device": "Not watched: no device in this home can see it.",
    "silent": "Not watched: {device} has been silent for too long.",
    "gateway_gone": "Not watched: the gateway {bridge} does not answer.",
    "offline": "Not watched: {device} is reported as offline.",
    "detector_failed": "Not watched reliably: the recogniser failed on a reading.",
    "never_heard": "Not watched: {device} has never been heard.",
    "faulty": "Not watched: {device} says that it is faulty.",
    "stuck": "Not watched: {device} has told the same number for too long.",
    "tampered": "Partly watched: {device} has been opened or taken off its place.",
    "end_of_life": "Partly watched: {device} is too old and must be replaced.",
    "battery_low": "Partly watched: the battery of {device} is low.",
    "battery_dying": "Partly watched: the battery of {device} will be empty in {days} days.",
    "not_heard_since": "Perhaps watched: {device} has not spoken since hub or gateway was away.",
    "unproven": "Probably watched: {device} only speaks when something happens.",
    "not_heard_yet": "Perhaps watched: {device} has not been heard since the hub started.",
    "not_every_form": "Partly watched: the hub cannot recognise every form of it yet.",
    "checked_daily": "Partly watched: {device} checks in only every {hours} hours.",
}
"""Reasons of `RiskCoverage.reason`, by the reason's own key."""

SENTENCES: dict[str, str] = {
    **SAY,
    **FACTS,
    **{f"coverage.{reason}": sentence for reason, sentence in COVERAGE.items()},
}


def _identity(template: str) -> str:
    return template


def render(
    key: str,
    values: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    translate: Callable[[str], str] = _identity,
) -> str:
    """The sentence of `key` with its values, translated by `translate(english template)`.

    A name without a value stays visible as `{name}`; raises `KeyError` for an unknown key.
    """
    template = translate(SENTENCES[key])
    return template.format_map(_Gaps(dict(values)))


class _Gaps(dict[str, object]):
    """A missing value is shown as missing instead of losing the whole sentence."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"
