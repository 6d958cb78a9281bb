"""A risk has one name that people read, on a helper's page as on the resident's own wall display.

All are texts of the message catalogue, as the sentences are.
"""

RISK_NAMES: dict[str, str] = {
    "smoke_fire": "Smoke or fire",
    "co_exposure": "Carbon monoxide",
    "gas_leak": "Gas leak",
    "water_leak": "Water leak",
    "stove_unattended": "Stove left on",
    "indoor_temp_extreme": "Too hot or too cold indoors",
    "air_quality_poor": "Poor air",
    "power_failure": "Power cut",
    "fall": "Fall",
    "long_lie": "Lying on the floor for long",
    "sos_call": "SOS call",
    "voice_distress": "Call for help by voice",
    "night_exit": "Left home at night",
    "not_returned": "Not come home",
    "entry_security": "Door open or somebody came in",
    "bathroom_overstay": "Too long in the bathroom",
    "unusual_inactivity": "Unusually still",
    "sleep_disruption": "Disturbed sleep",
    "frequent_toileting": "Going to the toilet often",
    "low_oral_intake": "Eating or drinking too little",
    "missed_medication": "Missed medicine",
    "heart_rate_abnormal": "Heart rate",
    "blood_pressure_abnormal": "Blood pressure",
    "respiratory_abnormal": "Breathing or oxygen",
    "body_temp_abnormal": "Body temperature",
    "glucose_abnormal": "Blood sugar",
    "weight_change": "Weight change",
    "mobility_decline": "Walking less well",
    "social_isolation": "Seeing few people",
}
"""What may happen, in a few words, by the card's slug."""

DISPLAY_NAMES: dict[str, str] = {
    "open_incidents": "Open incidents",
    "highest_severity": "Highest severity",
    "latest_finding": "Latest finding",
    "coverage": "Watched: {risk}",
}
"""What a display of the home itself calls the rest of what the hub tells it."""
