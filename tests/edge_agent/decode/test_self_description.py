"""Any Zigbee model works without a profile: the rules by which a self-description is read."""

from typing import Any

import pytest

from edge_agent.decode import Profiles
from tests.edge_agent.decode.listed_bridge import HOME, Bridge, binary, device, enum, meant, numeric
from vocabulary.observation import Kind, Layer


@pytest.mark.parametrize(
    ("entry", "message", "expected"),
    [
        pytest.param(binary("smoke"), {"smoke": True}, {"smoke": True}, id="smoke"),
        pytest.param(binary("smoke"), {"smoke": False}, {"smoke": False}, id="no smoke"),
        pytest.param(
            binary("water_leak", "Leak", "Dry"),
            {"water_leak": "Leak"},
            {"water_leak": True},
            id="a leak in the device's own words",
        ),
        pytest.param(
            binary("battery_low", "Low", "Normal"),
            {"battery_low": "Low"},
            {"battery_low": True},
            id="low in the device's own words",
        ),
        pytest.param(
            binary("power_outage", "outage_detected", "none"),
            {"power_outage": "outage_detected"},
            {"mains_lost": True},
            id="mains lost in the device's own words",
        ),
        pytest.param(
            binary("mains_power_connected"),
            {"mains_power_connected": False},
            {"mains_lost": True},
            id="the opposite is named",
        ),
        pytest.param(binary("smoke"), {"smoke": 1}, {}, id="1 is not true"),
        pytest.param(binary("smoke"), {"smoke": "true"}, {}, id="a word is not true"),
        pytest.param(binary("gas", 1, 0), {"gas": 1}, {"gas": True}, id="unless the device says 1"),
        pytest.param(
            binary("gas_leak_alarm"), {"gas_leak_alarm": True}, {"gas": True}, id="by words"
        ),
        pytest.param(
            binary("smoke_sensor_fault"),
            {"smoke_sensor_fault": True},
            {"reading@smoke_sensor_fault": True},
            id="a fault of the smoke sensor is no smoke",
        ),
        pytest.param(binary("fall"), {"fall": True}, {"fall": True}, id="a boolean fall"),
    ],
)
def test_a_boolean_means_what_its_name_says(
    bridge: Bridge, entry: dict[str, Any], message: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert bridge.alone(message, entry) == expected


@pytest.mark.parametrize(
    ("on", "off", "shut", "ajar"),
    [
        pytest.param(False, True, True, False, id="value_on is false"),
        pytest.param(True, False, True, False, id="value_on is true"),
        pytest.param("ON", "OFF", "ON", "OFF", id="value_on is a word"),
    ],
)
def test_a_contact_is_closed_when_true_whatever_it_calls_on(
    bridge: Bridge, on: Any, off: Any, shut: Any, ajar: Any
) -> None:
    contact = binary("contact", on, off)
    assert bridge.alone({"contact": shut}, contact) == {"open": False}
    assert bridge.alone({"contact": ajar}, contact) == {"open": True}


def test_a_setting_is_no_observation(bridge: Bridge) -> None:
    entries = (
        binary("smoke_alarm_enabled", access=3),
        binary("high_temperature", access=7),
        numeric("presence_sensitivity", access=3),
        binary("self_test", access=3, category="config"),
        binary("tamper", access=1, category="diagnostic"),
        numeric("reporting_interval", "s", category="config"),
    )
    message = {
        "smoke_alarm_enabled": True,
        "high_temperature": True,
        "presence_sensitivity": 4,
        "self_test": True,
        "tamper": True,
        "reporting_interval": 60,
    }
    assert bridge.alone(message, *entries) == {"tamper": True}


@pytest.mark.parametrize(
    ("entry", "value", "expected"),
    [
        pytest.param(
            enum("state", "none", "presence", "move"),
            "move",
            {"presence": True},
            id="a radar moves",
        ),
        pytest.param(
            enum("motion_state", "none", "small", "large"),
            "none",
            {"presence": False},
            id="nobody there",
        ),
        pytest.param(
            enum("x", "absence", "peaceful", "static"),
            "peaceful",
            {"presence": True},
            id="any name",
        ),
        pytest.param(
            enum("smoke_state", "normal", "alarm"), "alarm", {"smoke": True}, id="smoke alarm"
        ),
        pytest.param(
            enum("co_status", "normal", "alarm"),
            "alarm",
            {"carbon_monoxide": True},
            id="CO alarm",
        ),
        pytest.param(
            enum("gas_state", "alarm", "normal"), "normal", {"gas": False}, id="no gas alarm"
        ),
        pytest.param(
            enum("smoke_state", "alarm", "none", "detecting"),
            "detecting",
            {},
            id="still measuring says nothing",
        ),
        pytest.param(
            enum("status", "normal", "fall_warning", "fall_alarm"),
            "fall_alarm",
            {"fall": True},
            id="a fall under any name",
        ),
        pytest.param(
            enum("pressure_tend", "normal", "rise", "fall"),
            "fall",
            {"reading@pressure_tend": "fall"},
            id="the barometer falls, nobody else",
        ),
        pytest.param(
            enum("lock_state", "not_fully_locked", "locked", "unlocked"),
            "not_fully_locked",
            {"lock": "jammed"},
            id="a lock that jams",
        ),
        pytest.param(
            enum("window", "open", "closed", "tilted"),
            "tilted",
            {"open": True},
            id="tilted is open",
        ),
        pytest.param(
            enum("water_warning", "none", "alarm"),
            "alarm",
            {"reading@water_warning": "alarm"},
            id="a plant without water is no leak",
        ),
        pytest.param(
            enum("leakage_alarm", "normal", "alarm"),
            "alarm",
            {"reading@leakage_alarm": "alarm"},
            id="current leaks from a breaker, not water",
        ),
        pytest.param(
            enum("running_state", "idle", "heat", "cool"),
            "heat",
            {"reading@running_state": "heat"},
            id="heating is no heat alarm",
        ),
    ],
)
def test_an_enumeration_means_what_its_values_say(
    bridge: Bridge, entry: dict[str, Any], value: str, expected: dict[str, Any]
) -> None:
    assert bridge.alone({entry["name"]: value}, entry) == expected


def test_one_enumeration_may_tell_several_kinds(bridge: Bridge) -> None:
    state = enum("alert_state", "safe", "smoke", "carbon_monoxide", "smoke_test", "silenced")
    bridge.lists(device("0x01", "one", state))
    assert meant(bridge.says("one", {"alert_state": "smoke"}))["smoke"] is True
    assert meant(bridge.says("one", {"alert_state": "carbon_monoxide"})) == {
        "device_test": False,
        "carbon_monoxide": True,
    }
    quiet = meant(bridge.says("one", {"alert_state": "safe"}))
    assert quiet == {"device_test": False, "smoke": False, "carbon_monoxide": False}
    assert meant(bridge.says("one", {"alert_state": "silenced"})) == {}, "a hushed fire is a fire"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("water_shortage,water_leakage", {"water_leak": True}, id="one of them leaks"),
        pytest.param("strange,water_leakage", {"water_leak": True}, id="beside something strange"),
        pytest.param("water_shortage,fail_safe", {"water_leak": False}, id="none of them leaks"),
        pytest.param("water_shortage,strange", {}, id="who knows"),
    ],
)
def test_several_words_at_once_are_each_understood(
    bridge: Bridge, value: str, expected: dict[str, Any]
) -> None:
    valve = enum("abnormal", "normal", "water_leakage", "water_shortage,water_leakage")
    assert bridge.alone({"abnormal": value}, valve) == expected


def test_a_thermostats_window_is_a_guess_and_no_door(bridge: Bridge) -> None:
    heating = {"type": "climate", "features": [numeric("local_temperature", "°C")]}
    window = binary("window_open")
    guessed = bridge.alone({"window_open": True}, heating, window)
    assert guessed == {"reading@window_open": True}
    assert bridge.alone({"window_open": True}, window, description="sensor") == {"open": True}


def test_a_warning_stage_is_a_fall_with_less_confidence(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", enum("fall_down_status", "none", "maybe_fall", "fall")))
    (warning,) = bridge.says("one", {"fall_down_status": "maybe_fall"})
    (fall,) = bridge.says("one", {"fall_down_status": "fall"})
    assert (warning.value, warning.confidence, warning.text) == (True, 0.6, "warning")
    assert (fall.value, fall.confidence, fall.is_event) == (True, 1.0, False)


def test_a_radar_that_knows_postures_tells_all_of_it(bridge: Bridge) -> None:
    values = ("Unoccupied", "Occupied", "Sitting", "On the bed", "Low posture", "Falling")
    bridge.lists(device("0x01", "one", enum("status", *values), numeric("breathing_rate")))
    down = meant(bridge.says("one", {"status": "Falling", "breathing_rate": 14}))
    assert down == {
        "fall": True,
        "posture": "floor",
        "bed_occupied": False,
        "presence": True,
        "respiration_rate": 14,
    }
    asleep = meant(bridge.says("one", {"status": "On the bed"}))
    assert asleep == {"fall": False, "posture": "lying", "bed_occupied": True, "presence": True}


@pytest.mark.parametrize(
    ("entry", "value", "expected"),
    [
        pytest.param(numeric("gas", "%LEL"), 12, {"gas_lel": 12}, id="gas as a concentration"),
        pytest.param(numeric("gas", "m³"), 12, {"gas_volume": 12}, id="gas as a meter"),
        pytest.param(numeric("voltage", "mV"), 2981, {"voltage": 2.981}, id="millivolts"),
        pytest.param(numeric("pressure", "kPa"), 101.3, {"pressure": 1013.0}, id="kilopascals"),
        pytest.param(numeric("temperature", "°F"), 212, {"temperature": 100.0}, id="Fahrenheit"),
        pytest.param(numeric("target_distance", "cm"), 250, {"distance": 2.5}, id="centimetres"),
        pytest.param(numeric("temperature", "  C"), 21, {"temperature": 21}, id="C is no coulomb"),
        pytest.param(numeric("voc", "ppb"), 120, {"voc_ppb": 120}, id="parts per billion"),
        pytest.param(numeric("voc", "µg/m³"), 120, {"voc": 120}, id="micrograms are not converted"),
        pytest.param(
            numeric("current_pressure", "x"),
            120,
            {"reading@current_pressure": 120},
            id="an unknown unit stays a reading",
        ),
        pytest.param(
            numeric("illuminance", "%"), 40, {"reading@illuminance": 40}, id="percent of what"
        ),
        pytest.param(
            numeric("device_temperature", "°C"),
            45,
            {"reading@device_temperature": 45},
            id="the chip's temperature",
        ),
        pytest.param(numeric("heart_rate", "bpm"), 71, {"heart_rate": 71}, id="bpm of a heart"),
        pytest.param(numeric("breath_rate", "bpm"), 14, {"respiration_rate": 14}, id="of a breath"),
        pytest.param(numeric("battery"), 88, {"battery": 88}, id="a battery without a unit"),
    ],
)
def test_a_number_means_what_its_name_and_unit_say(
    bridge: Bridge, entry: dict[str, Any], value: float, expected: dict[str, Any]
) -> None:
    assert bridge.alone({entry["name"]: value}, entry) == expected


def test_the_temperature_of_a_plug_is_the_chips(bridge: Bridge) -> None:
    plug = {"type": "switch", "features": [binary("state", "ON", "OFF", access=7)]}
    heat = numeric("temperature", "°C")
    message = {"temperature": 61, "state": "ON"}
    assert bridge.alone(message, plug, heat) == {"reading@temperature": 61, "switch_on": True}
    assert bridge.alone({"temperature": 21}, heat) == {"temperature": 21}


def test_a_suffix_is_an_instance(bridge: Bridge) -> None:
    entries = (
        binary("water_leak_alarm_1"),
        binary("water_leak_alarm_2"),
        numeric("power_l1", "W"),
        numeric("channel_3_current", "A"),
        binary("contact", property="contact_left", endpoint="left"),
    )
    message = {
        "water_leak_alarm_1": False,
        "water_leak_alarm_2": True,
        "power_l1": 5,
        "channel_3_current": 0.5,
        "contact_left": True,
    }
    assert bridge.alone(message, *entries) == {
        "water_leak@alarm_1": False,
        "water_leak@alarm_2": True,
        "power@l1": 5,
        "current@channel_3": 0.5,
        "open@left": False,
    }


def test_two_properties_of_one_kind_never_clear_each_other(bridge: Bridge) -> None:
    seen = bridge.alone(
        {"smoke": True, "smoke_state": "none"},
        binary("smoke"),
        enum("smoke_state", "alarm", "none"),
    )
    assert seen == {"smoke": True, "smoke@smoke_state": False}


def test_null_is_unknown_and_missing_says_nothing(bridge: Bridge) -> None:
    """Zigbee2MQTT's Home Assistant extension fills what was never reported with null."""
    assert bridge.alone({"smoke": None, "battery": None}, binary("smoke"), numeric("battery")) == {}
    assert bridge.alone({}, binary("smoke")) == {}


def test_a_description_breaks_ties_and_never_silences(bridge: Bridge) -> None:
    occupancy = binary("occupancy")
    bed, seat = "Bed occupancy strap", "Chair pressure sensor"
    assert bridge.alone({"occupancy": True}, occupancy, description=bed) == {"bed_occupied": True}
    assert bridge.alone({"occupancy": True}, occupancy, description=seat) == {
        "chair_occupied": True
    }
    assert bridge.alone({"occupancy": True}, occupancy, description="PIR") == {"motion": True}
    smoky_bed = bridge.alone({"smoke": True}, binary("smoke"), description="bed, toilet and stove")
    assert smoky_bed == {"smoke": True}


def test_what_nobody_understands_beside_an_alarm_is_shown_to_the_installer(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", binary("smoke"), enum("mood", "blue", "red")))
    seen = bridge.says("one", {"mood": "red"})
    assert meant(seen) == {"reading@mood": "red"}
    assert seen[0].layer is Layer.GENERIC
    assert bridge.decoder.devices()[0].unnamed == ("mood",)


def test_codes_and_networks_are_stripped_before_anything_else_sees_them(bridge: Bridge) -> None:
    names = ("pin_code", "action_code", "last_used_pin_code", "admin_code", "wifi_status")
    entries = [{"type": "text", "name": name, "property": name, "access": 1} for name in names]
    bridge.lists(device("0x01", "lock", *entries, binary("contact")))
    message = dict.fromkeys(names, "4711") | {"users": {"1": {"pin_code": "4711"}}}
    unannounced = {"pincode": "4711", "user_1_pin_code": "4711", "ssid": "home", "contact": True}
    seen = bridge.says("lock", message | unannounced)
    assert "4711" not in repr(seen)
    assert meant(seen) == {"open": False}


def test_a_property_that_was_never_announced_is_kept_as_a_reading(bridge: Bridge) -> None:
    assert bridge.alone({"new_thing": 7, "update": {"state": "idle"}}) == {"reading@new_thing": 7}


def test_a_value_in_no_list_is_counted_and_never_guessed(bridge: Bridge) -> None:
    assert bridge.alone({"smoke": "perhaps"}, binary("smoke")) == {}
    assert bridge.decoder.refused["unknown_value"] == 1


def test_a_number_nobody_can_believe_is_kept_and_never_used(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", numeric("temperature", "°C")))
    (seen,) = bridge.says("one", {"temperature": 327.67})
    assert (seen.kind, seen.quality) == (Kind.READING, "implausible")
    assert bridge.decoder.refused["implausible"] == 1
    (edge,) = bridge.says("one", {"temperature": 100})
    assert edge.kind is Kind.TEMPERATURE


def test_a_test_is_known_before_what_it_sets_off(bridge: Bridge) -> None:
    seen = bridge.alone({"smoke": True, "test": True}, binary("smoke"), binary("test"))
    assert list(seen) == ["device_test", "smoke"]


def test_faults_name_themselves(bridge: Bridge) -> None:
    faults = {"type": "list", "name": "faults", "property": "faults", "access": 1}
    text = {"type": "text", "name": "fault_state", "property": "fault_state", "access": 1}
    bridge.lists(device("0x01", "one", faults, text))
    quiet = bridge.says("one", {"faults": [], "fault_state": "normal"})
    assert [seen.value for seen in quiet] == [False, False]
    loud = bridge.says("one", {"faults": ["over_voltage"], "fault_state": "sensor drifts"})
    assert [(seen.value, seen.text) for seen in loud] == [
        (True, "over_voltage"),
        (True, "sensor drifts"),
    ]


@pytest.mark.parametrize(
    ("guards", "kind"),
    [("chair", Kind.CHAIR_OCCUPIED), ("bed", Kind.BED_OCCUPIED), ("", Kind.BED_OCCUPIED)],
)
def test_a_strap_for_beds_on_an_armchair_tells_of_the_armchair(
    profiles: Profiles, guards: str, kind: Kind
) -> None:
    home = f"""{HOME}
[[device]]
match = {{ path = "zigbee2mqtt", address = "0x01" }}
guards = "{guards}"
"""
    bridge = Bridge(profiles, home)
    strap = {"vendor": "HOBEIAN", "model": "ZG-210Z"}
    bridge.lists(device("0x01", "x", enum("pressure_state", "none", "sit"), **strap))
    (seen,) = bridge.says("x", {"pressure_state": "sit"})
    assert (seen.kind, seen.value) == (kind, True)
    assert kind in bridge.decoder.devices()[0].kinds


def test_place_and_role_come_from_the_home_file(profiles: Profiles) -> None:
    home = """
[home]
zone = "Europe/Paris"
organisation = "care"
area = "75011"
[[room]]
name = "Küche"
type = "kitchen"
[[device]]
match = { path = "zigbee2mqtt", address = "0xAB" }
room = "Küche"
guards = "fridge"
"""
    bridge = Bridge(profiles, home)
    bridge.lists(device("0xab", "x", binary("contact")))
    (seen,) = bridge.says("x", {"contact": False})
    assert (seen.device, seen.room, seen.room_type, seen.guards) == (
        "0xab",
        "Küche",
        "kitchen",
        "fridge",
    )
