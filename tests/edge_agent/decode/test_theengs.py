"""Bluetooth gateways: one frame, one reading; a property means what its name and unit say."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge_agent.decode import Profiles
from tests.edge_agent.decode.gateway import Air
from tests.edge_agent.decode.listed_bridge import events, meant
from vocabulary.observation import LEVEL_ALARMS, UNITS, VITALS, Kind, Observation, Quality

CORPUS = Path(__file__).parent / "corpus"
TOLERANCE = 0.005, 0.2
"""Relative and absolute, as the records ask for."""
TELLING = LEVEL_ALARMS | VITALS | {Kind.SOS, Kind.OPEN, Kind.BUTTON, Kind.TEMPERATURE}
PLACED = """
[[room]]
name = "Schlafzimmer"
type = "bedroom"
[[device]]
match = { path = "theengs", address = "D0:00:00:00:00:02" }
room = "Schlafzimmer"
guards = "bed"
[[device]]
match = { path = "theengs", address = "a4c138d5d498" }
room = "Bad"
"""


@pytest.fixture
def air(profiles: Profiles) -> Air:
    return Air(profiles)


def records() -> list[Any]:
    lines = (CORPUS / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(record, id=record["id"]) for record in map(json.loads, lines)]


@pytest.mark.parametrize("record", records())
def test_each_recorded_frame_means_what_its_record_says(air: Air, record: dict[str, Any]) -> None:
    told = air.send(record["topic"], record["payload"])
    seen: dict[Kind, Observation] = {
        each.kind: each for each in told if each.kind is not Kind.READING
    }
    allowed = {Kind(each["kind"]) for each in record["expect"] + record.get("optional", [])}
    assert not seen.keys() & TELLING - allowed
    for expected in record["expect"]:
        each = seen[Kind(expected["kind"])]
        if isinstance(expected["value"], float | int) and not isinstance(expected["value"], bool):
            relative, absolute = TOLERANCE
            assert each.value == pytest.approx(expected["value"], rel=relative, abs=absolute)
        else:
            assert each.value == expected["value"]
        assert UNITS.get(each.kind, "") == expected.get("unit", "")
        assert each.text == expected.get("press", "")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"bpm": 63}, {"heart_rate": 63}, id="bpm is the heart"),
        pytest.param({"resp": 14}, {"respiration_rate": 14}, id="breath by its name"),
        pytest.param({"tempc": 21.5, "tempf": 70.7}, {"temperature": 21.5}, id="one warmth, twice"),
        pytest.param({"tempf": 212}, {"temperature": 100.0}, id="Fahrenheit alone"),
        pytest.param({"tempc": 37.2, "type": "BODY"}, {"body_temperature": 37.2}, id="a fever"),
        pytest.param({"tempc": 64, "type": "BBQ"}, {"probe_temperature": 64}, id="a roast"),
        pytest.param({"glucose": 100, "unit": "mg/dL"}, {"glucose": 5.550745}, id="mg/dL"),
        pytest.param({"glucose": 5.4, "unit": "mmol/L"}, {"glucose": 5.4}, id="mmol/L"),
        pytest.param({"glucose": 100}, {"reading@glucose": 100}, id="glucose without a unit"),
        pytest.param({"weight": 160, "unit": "lb"}, {"weight": 72.574779}, id="pounds"),
        pytest.param({"unlocked": True}, {"worn": True}, id="an unlocked watch is worn"),
        pytest.param({"open": 40}, {"reading@open": 40}, id="a blind is no door"),
        pytest.param({"open": True}, {"open": True}, id="a door is"),
        pytest.param({"co": 36, "lel": 4.5}, {"co": 36, "gas_lel": 4.5}, id="poison and gas"),
        pytest.param({"co2": 1200, "pm25": 12}, {"co2": 1200, "pm25": 12}, id="stale air"),
        pytest.param({"bpm": None, "batt": 9}, {"battery": 9}, id="null is unknown"),
        pytest.param({"mood": "fine"}, {"reading@mood": "fine"}, id="nobody has a word for it"),
        pytest.param({"ssid": "Anna", "name": "phone"}, {}, id="a network's name is never read"),
    ],
)
def test_a_property_means_what_its_name_and_unit_say(
    air: Air, said: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert meant(air.frame(**said)) == expected


def test_what_is_not_to_be_believed_is_kept_and_marked(air: Air) -> None:
    (seen,) = air.frame(bpm=0)
    assert (seen.kind, seen.quality) == (Kind.READING, Quality.IMPLAUSIBLE)
    assert air.decoder.refused == {"implausible": 1}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("person", {"weight": 71.5}), ("object", {}), (None, {"weight": 71.5})],
)
def test_only_a_person_is_weighed(air: Air, mode: str | None, expected: dict[str, Any]) -> None:
    said: dict[str, Any] = {"weight": 71.5, "unit": "kg"}
    said |= {"weighing_mode": mode} if mode else {}
    assert meant(air.frame(**said)) == expected


def test_a_scale_that_knows_people_does_not_weigh_unasked(air: Air) -> None:
    air.frame(weight=71.5, unit="kg", weighing_mode="person")
    assert air.frame(weight=12, unit="kg") == []
    assert air.decoder.refused == {"guarded": 1}


def test_two_gateways_hear_one_frame(air: Air) -> None:
    assert air.frame(gateway="attic", bpm=63, rssi=-60)
    assert air.frame(gateway="cellar", bpm=63, rssi=-90, after=0.4) == []
    assert air.frame(gateway="cellar", bpm=63, rssi=-90, after=1.5)
    assert air.decoder.refused == {"duplicate": 1}


def test_a_press_is_told_once_however_often_its_packet_comes(air: Air) -> None:
    pressed: dict[str, Any] = {"button": 4, "packet": 31}
    assert events(air.frame(**pressed)) == [(Kind.BUTTON, "long")]
    assert air.frame(**pressed, gateway="cellar", after=5) == []
    assert events(air.frame(button=4, packet=32, after=5)) == [(Kind.BUTTON, "long")]
    assert air.frame(button=4, packet=33, retained=True) == []


def test_a_device_is_known_by_what_it_tells_and_by_who_relays_it(air: Air) -> None:
    air.frame(brand="Xiaomi", model_id="LYWSD03MMC", type="THB", tempc=21, hum=44)
    device = air.device()
    assert (device.vendor, device.model) == ("Xiaomi", "LYWSD03MMC")
    assert device.kinds == {Kind.TEMPERATURE, Kind.HUMIDITY}
    assert (device.bridge, str(device.expect_every)) == ("attic", "1:00:00")
    assert meant(air.send("home/attic/LWT", "online", retained=True)) == {"online": True}
    air.frame(gateway="cellar", tempc=21)
    assert meant(air.send("home/attic/LWT", "offline")) == {"online": False}
    assert air.device().bridge == "cellar"
    air.send("home/attic/LWT", "online")
    assert air.device().bridge == "attic"


def test_the_home_file_places_a_device_by_either_spelling_of_its_address(
    profiles: Profiles,
) -> None:
    air = Air(profiles, PLACED)
    (seen,) = air.frame("D00000000002", bpm=63)
    assert (seen.device, seen.room_type, seen.guards) == ("d0:00:00:00:00:02", "bedroom", "bed")
    (seen,) = air.frame(bpm=64)
    assert (seen.device, seen.room) == ("a4:c1:38:d5:d4:98", "Bad")


def test_a_passer_by_is_no_device_of_the_home_and_makes_room(air: Air) -> None:
    air.frame("A4C138D5D498", bpm=63)
    for number in range(1200):
        air.frame(f"{number:012X}", mood=number, after=0)
    assert air.device().address == "a4:c1:38:d5:d4:98"
    assert meant(air.frame("D00000000001", bpm=71)) == {"heart_rate": 71}
    assert "too_many_devices" not in air.decoder.refused


def test_a_street_full_of_cuffs_is_bounded(air: Air) -> None:
    for number in range(510):
        air.frame(f"{number:012X}", bpm=60, after=0)
    assert len(air.decoder.devices()) == 500
    assert air.decoder.refused["too_many_devices"] == 10


def test_what_a_device_told_outlives_a_restart(air: Air, profiles: Profiles) -> None:
    air.frame(brand="Xiaomi", model_id="LYWSD03MMC", type="THB", tempc=21)
    kept = air.decoder.learned()
    assert list(kept) == ["theengs/a4:c1:38:d5:d4:98"]
    assert air.decoder.learned() == {}
    fresh = Air(profiles)
    for key, text in kept.items():
        fresh.decoder.recall(key, text)
    assert fresh.device().kinds == air.device().kinds
    assert fresh.device().bridge == "attic"
    assert fresh.decoder.learned() == {}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"is":[],"aliases":[],"told":[]}', '{"is":1,"aliases":2,"told":[[3]]}'],
)
def test_a_note_that_cannot_be_read_is_left_out(air: Air, text: str) -> None:
    air.decoder.recall("theengs/a4:c1:38:d5:d4:98", text)
    air.decoder.recall("elsewhere/a4", text)
    assert air.decoder.devices() == []


def test_no_list_of_a_bridge_is_waited_for(air: Air) -> None:
    assert air.decoder.is_waiting
    assert not air.decoder.is_waiting_for("home/attic/BTtoMQTT/A4C138D5D498")
    assert air.decoder.is_waiting_for("zigbee2mqtt/pendant")
