"""Nodes with one topic per entity: the name and the announcement say what a bare value means."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge_agent.decode import Profiles
from tests.edge_agent.decode.gateway import Air
from tests.edge_agent.decode.listed_bridge import events, meant
from vocabulary.observation import Kind, Quality

CORPUS = Path(__file__).parent / "corpus"
PLACED = """
[[device]]
match = { path = "esphome", address = "Bedroom-Radar" }
room = "Bad"
guards = "bed"
"""


@pytest.fixture
def air(profiles: Profiles) -> Air:
    return Air(profiles)


def records() -> list[Any]:
    lines = (CORPUS / "nodes.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(record, id=record["id"]) for record in map(json.loads, lines)]


@pytest.mark.parametrize("record", records())
def test_each_recorded_node_means_what_its_record_says(air: Air, record: dict[str, Any]) -> None:
    discovery = record["discovery"]
    assert air.send(discovery["topic"], discovery["payload"], retained=True) == []
    assert air.device().kinds == {Kind(record["canonical"]["kind"])}
    for message in record["messages"]:
        told = meant(air.send(message["topic"], message["payload"]))
        is_heard = message["expect"] != "ignored"
        assert told == ({record["canonical"]["kind"]: message["expect"]} if is_heard else {})
    for message in record.get("availability", []):
        (seen,) = air.send(message["topic"], message["payload"])
        assert (seen.kind, seen.value) == (Kind.ONLINE, message["available"])
        assert seen.device == air.device().bridge


@pytest.mark.parametrize(
    ("entity", "payload", "said", "expected"),
    [
        ("sensor/heart_rate", "64", {}, {"heart_rate": 64}),
        ("sensor/s1", "64", {"name": "Real-time heart rate"}, {"heart_rate": 64}),
        ("sensor/s1", "15.0", {"name": "Atemfrequenz"}, {"respiration_rate": 15}),
        ("sensor/s1", "70", {"name": "心率", "unit_of_meas": "bpm"}, {"heart_rate": 70}),
        ("sensor/s1", "64", {"unit_of_meas": "bpm"}, {"reading@s1": 64}),
        ("sensor/breath_rate", "0", {}, {}),
        ("sensor/spo2", "96", {"unit_of_meas": "%"}, {"spo2": 96}),
        ("sensor/blood_oxygen", "96", {}, {"spo2": 96}),
        (
            "sensor/systolic",
            "128",
            {"unit_of_meas": "mmHg", "dev_cla": "pressure"},
            {"bp_systolic": 128},
        ),
        ("sensor/diastolic_pressure", "81", {"unit_of_meas": "mmHg"}, {"bp_diastolic": 81}),
        ("sensor/p", "1013", {"unit_of_meas": "hPa", "dev_cla": "pressure"}, {"pressure": 1013}),
        ("sensor/body_temperature", "98.6", {"unit_of_meas": "°F"}, {"body_temperature": 37.0}),
        ("sensor/glucose", "100", {"unit_of_meas": "mg/dL"}, {"glucose": 5.550745}),
        ("sensor/glucose", "100", {}, {"reading@glucose": 100}),
        ("sensor/weight", "71.4", {"unit_of_meas": "kg"}, {"weight": 71.4}),
        ("sensor/bed_weight", "71.4", {"unit_of_meas": "kg"}, {"reading@bed_weight": 71.4}),
        ("sensor/weight", "157", {}, {"reading@weight": 157}),
        ("sensor/lel", "4.5", {"unit_of_meas": "%LEL"}, {"gas_lel": 4.5}),
        ("sensor/methane", "4.5", {"unit_of_meas": "% LEL"}, {"gas_lel": 4.5}),
        ("sensor/methane", "900", {"unit_of_meas": "ppm"}, {"reading@methane": 900}),
        ("sensor/carbon_monoxide", "36", {"unit_of_meas": "ppm"}, {"co": 36}),
        ("sensor/co", "36", {"dev_cla": "carbon_monoxide", "unit_of_meas": "ppm"}, {"co": 36}),
        ("sensor/co2", "1200", {}, {"co2": 1200}),
        ("sensor/pm_2_5", "12", {"name": "PM 2.5"}, {"pm25": 12}),
        ("sensor/pm25", "12", {}, {"pm25": 12}),
        ("sensor/temp", "69.8", {"unit_of_meas": "°F"}, {"temperature": 21.0}),
        ("sensor/room", "21", {"dev_cla": "temperature"}, {"temperature": 21.0}),
        ("sensor/bedroom_temperature", "21.7", {}, {"temperature": 21.7}),
        ("sensor/esp_temp", "61", {"dev_cla": "temperature"}, {"reading@esp_temp": 61}),
        ("sensor/humidity", "44.5", {}, {"humidity": 44.5}),
        ("sensor/battery", "80", {"unit_of_meas": "%"}, {"battery": 80}),
        ("sensor/x", "7", {"val_tpl": "{{ 7**999999 }}"}, {"reading@x": "7"}),
        ("sensor/heart_rate", "7", {"val_tpl": "{{ value }}"}, {"reading@heart_rate": "7"}),
        ("binary_sensor/fall_detected", "ON", {"dev_cla": "safety"}, {"fall": True}),
        ("binary_sensor/falling_information", "OFF", {}, {"fall": False}),
        ("binary_sensor/fell_asleep", "ON", {"name": "Fell asleep"}, {"reading@fell_asleep": "ON"}),
        ("binary_sensor/still_target", "ON", {}, {"presence": True}),
        ("binary_sensor/moving_target", "ON", {}, {"motion": True}),
        ("binary_sensor/in_bed", "ON", {}, {"bed_occupied": True}),
        ("binary_sensor/door", "ON", {"dev_cla": "door"}, {"open": True}),
        ("binary_sensor/s", "1", {"dev_cla": "smoke", "pl_on": "1"}, {"smoke": True}),
        ("binary_sensor/s", "maybe", {"dev_cla": "smoke"}, {}),
        ("text_sensor/wifi_ssid", "Anna at home", {}, {}),
        ("text_sensor/connected_ssid", "Anna at home", {}, {}),
        ("text_sensor/mood", "fine", {}, {"reading@mood": "fine"}),
        ("sensor/action", "1", {}, {"reading@sensor_action": 1}),
        ("switch/relay", "ON", {}, {}),
    ],
)  # fmt: skip
def test_an_entity_means_what_its_name_class_and_unit_say(
    air: Air, entity: str, payload: str, said: dict[str, Any], expected: dict[str, Any]
) -> None:
    component, thing = entity.split("/")
    if said:
        air.announces(component, "node", thing, **said)
    assert meant(air.entity(f"node/{entity}", payload)) == expected


@pytest.mark.parametrize("payload", ["nan", "", "unavailable", "soon", "1_0", "١٢", "1e999", "0x1"])
def test_what_is_no_number_is_unknown(air: Air, payload: str) -> None:
    assert air.entity("node/sensor/heart_rate", payload) == []
    assert air.decoder.refused.total() == 1


def test_what_is_not_to_be_believed_is_kept_and_marked(air: Air) -> None:
    (seen,) = air.entity("node/sensor/spo2", "12")
    assert (seen.kind, seen.quality) == (Kind.READING, Quality.IMPLAUSIBLE)


@pytest.mark.parametrize(
    ("event", "slot"),
    [
        ({"event_type": "taken"}, ""),
        ({"event_type": "dose_taken", "slot": "morning"}, "morning"),
        ({"event_type": "medication_taken", "compartment": 3}, "3"),
        ({"event_type": "taken_slot_3"}, "3"),
        ({"event_type": "slot_3_taken"}, "slot_3"),
        ({"event_type": "taken_evening"}, "evening"),
    ],
)
def test_a_dose_is_taken_once_from_its_slot(air: Air, event: dict[str, Any], slot: str) -> None:
    assert events(air.entity("box/event/pill/state", "")) == []
    assert events(air.entity("box/event/pill", json.dumps(event))) == [
        (Kind.MEDICATION_TAKEN, slot.removeprefix("slot_"))
    ]
    assert Kind.MEDICATION_TAKEN in air.device().kinds


@pytest.mark.parametrize(
    "payload",
    ['{"event_type":"missed"}', '{"event_type":"not_taken"}', '{"event_type":"not_yet_taken"}',
     '{"event_type":"taken_back"}', '{"event_type":7}', "taken", "[]", "{}", '"taken"'],
)  # fmt: skip
def test_what_is_not_taken_is_not_taken(air: Air, payload: str) -> None:
    assert air.entity("box/event/dose", payload) == []


def test_a_retained_event_is_no_news(air: Air) -> None:
    assert air.entity("box/event/dose", '{"event_type":"taken"}', retained=True) == []
    assert air.decoder.refused == {"found_event": 1}


def test_a_lid_that_says_taken_says_it_when_it_becomes_so(air: Air) -> None:
    path = "box/binary_sensor/pill_taken"
    assert events(air.entity(path, "ON")) == [(Kind.MEDICATION_TAKEN, "")]
    assert air.entity(path, "ON") == []
    assert air.entity(path, "OFF") == []
    assert events(air.entity(path, "ON")) == [(Kind.MEDICATION_TAKEN, "")]


def test_a_call_for_help_by_an_event(air: Air) -> None:
    assert events(air.entity("cord/event/sos", '{"event_type":"press"}')) == [(Kind.SOS, "pressed")]
    assert air.entity("cord/event/sos", '{"event_type":"release"}') == []
    assert meant(air.entity("cord/event/chime", '{"event_type":"ding"}')) == {
        "reading@chime": "ding"
    }


def test_a_found_alarm_is_found(air: Air) -> None:
    (seen,) = air.entity("radar/binary_sensor/fall", "ON", retained=True)
    assert seen.is_found
    assert not seen.is_event


def test_the_announcement_may_come_after_the_state_and_may_be_withdrawn(air: Air) -> None:
    assert meant(air.entity("node/sensor/s1", "15")) == {"reading@s1": 15}
    air.announces("sensor", "node", "s1", name="Breathing rate")
    assert meant(air.entity("node/sensor/s1", "15")) == {"respiration_rate": 15}
    air.send("homeassistant/sensor/node/s1/config", b"", retained=True)
    assert meant(air.entity("node/sensor/s1", "15")) == {"reading@s1": 15}
    air.send("homeassistant/sensor/node/s1/config", b"", retained=True)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"stat_t": "zigbee2mqtt/hall"}, id="of a bridge"),
        pytest.param({"stat_t": "+/sensor/s1/state"}, id="of everybody"),
        pytest.param({"stat_t": "zigbee2mqtt/sensor/s1/state"}, id="in a bridge's name"),
        pytest.param({"stat_t": "homeassistant/sensor/s1/state"}, id="in the prefix's name"),
        pytest.param({"stat_t": "node/binary_sensor/s1/state"}, id="of another component"),
        pytest.param({"stat_t": ["node"]}, id="no topic"),
        pytest.param({"stat_t": "node/sensor/s1/state/more"}, id="too deep"),
    ],
)
def test_an_announcement_of_others_is_left_alone(air: Air, said: dict[str, Any]) -> None:
    air.announces("sensor", "node", "s1", name="Heart rate", **said)
    assert air.decoder.devices() == []


def test_a_topic_may_be_shortened(air: Air) -> None:
    air.announces(
        "sensor", "node", "s1", **{"~": "node/sensor/s1", "stat_t": "~/state", "name": "Pulse"}
    )
    assert meant(air.entity("node/sensor/s1", "64")) == {"heart_rate": 64}


def test_two_sorts_of_entity_may_have_one_name(air: Air) -> None:
    air.entity("node/binary_sensor/fall", "OFF")
    assert meant(air.entity("node/text_sensor/fall", "low")) == {"reading@text_sensor_fall": "low"}
    assert meant(air.entity("node/binary_sensor/fall", "ON")) == {"fall": True}


def test_a_node_is_placed_by_its_name(profiles: Profiles) -> None:
    air = Air(profiles, PLACED)
    (seen,) = air.entity("Bedroom-Radar/sensor/breath_rate", "15")
    assert (seen.device, seen.room, seen.guards) == ("bedroom-radar", "Bad", "bed")
    assert str(air.device().expect_every) == "6:00:00"


def test_a_node_is_bounded(air: Air) -> None:
    for number in range(70):
        air.entity(f"node/sensor/s{number}x", "1")
    assert air.decoder.refused == {"unknown_key": 6}
    for number in range(600):
        air.entity(f"node{number}/sensor/heart_rate", "60")
    assert air.decoder.refused["too_many_devices"] == 100
    assert air.announces("sensor", "one_more", "s1") == []


def test_what_a_node_announced_outlives_a_restart(air: Air, profiles: Profiles) -> None:
    air.announces("binary_sensor", "radar", "s1", name="Sturz")
    fresh = Air(profiles)
    for key, text in air.decoder.learned().items():
        fresh.decoder.recall(key, text)
    assert meant(fresh.entity("radar/binary_sensor/s1", "ON")) == {"fall": True}
