"""What is kept is bounded, whatever a bridge tells and whoever speaks."""

import json

import pytest

from edge_agent.decode import ProfileError
from tests.edge_agent.decode.listed_bridge import (
    Bridge,
    binary,
    device,
    enum,
    events,
    meant,
    numeric,
)
from tests.edge_agent.decode.profile_texts import EXACT, profile, with_profiles
from vocabulary.observation import Kind

DISPENSER = """schema = 1
id = "acme.pills"
label = "Acme pill box"
kind = "medical.dispenser"
evidence = { level = "manual" }
[[match]]
path = "zigbee2mqtt"
vendor = "Acme"
model = ["Pills"]
[[map]]
from = "action"
to = "medication_taken"
event = true
press = { slot_1 = "morning" }
[[sample]]
topic = "zigbee2mqtt/x"
payload = '{"action": "slot_1"}'
expect = [{ kind = "medication_taken", value = "slot_1", text = "morning" }]
"""


def test_thousands_of_names_are_understood_and_not_all_remembered(bridge: Bridge) -> None:
    many = [
        device(f"0x{d}", f"d{d}", *(numeric(f"thing {d} {n}") for n in range(700)), model=f"m{d}")
        for d in range(9)
    ]
    bridge.lists(*many)
    assert len(bridge.decoder.devices()) == 9
    last = device("0xff", "last", binary("smoke"))
    bridge.lists(*many, last)
    assert meant(bridge.says("last", {"smoke": True})) == {"smoke": True}


def test_strangers_are_counted_and_only_some_are_named(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one"))
    for number in range(100):
        bridge.says(f"stranger {number}", {})
    assert len(bridge.decoder.unheard) == 64
    assert bridge.decoder.refused["unknown_device"] == 100


def test_a_description_nested_without_end_is_cut(bridge: Bridge) -> None:
    nested = binary("smoke")
    for _ in range(10):
        nested = {"type": "switch", "features": [nested]}
    assert bridge.alone({"smoke": True}, nested) == {"reading@smoke": True}


def test_many_brackets_need_not_be_deep(bridge: Bridge) -> None:
    flat = {"plan": [{"day": day} for day in range(40)], "smoke": True}
    assert bridge.alone(flat, binary("smoke")) == {"smoke": True}


@pytest.mark.parametrize("name", ["one", "one/action", "one/availability", "bridge/devices"])
def test_a_flood_is_refused_by_its_size(bridge: Bridge, name: str) -> None:
    bridge.lists(device("0x01", "one", enum("action", "sos")))
    assert bridge.send(name, b" " * 4_200_000) == []
    assert bridge.decoder.refused == {"size": 1}


def test_a_flood_before_the_devices_are_known_is_not_kept(bridge: Bridge) -> None:
    bridge.send("one", b" " * 70_000)
    assert bridge.decoder.refused == {"size": 1}


def test_a_device_without_a_name_is_called_by_its_address(bridge: Bridge) -> None:
    nameless = {**device("0x0A", "x", binary("smoke")), "friendly_name": None}
    bridge.lists(nameless)
    assert meant(bridge.says("0x0A", {"smoke": True})) == {"smoke": True}


def test_an_action_that_is_no_word_is_none(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", enum("action", "sos")))
    for action in (5, True, ["sos"], {"sos": True}):
        assert bridge.says("one", {"action": action}) == []


def test_what_may_have_been_cached_but_is_of_now_is_news(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", binary("smoke")))
    bridge.send("bridge/state", "offline")
    bridge.send("bridge/state", "online")
    stamp = bridge.now.isoformat()
    (seen,) = bridge.says("one", {"smoke": True, "last_seen": stamp})
    assert not seen.is_found


def test_a_retained_message_tells_when_its_device_last_spoke(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", binary("smoke")))
    bridge.says("one", {"smoke": False, "last_seen": "2026-06-01T08:00:00Z"}, retained=True)
    (known,) = bridge.decoder.devices()
    assert str(known.last_seen_at) == "2026-06-01 08:00:00+00:00"


def test_a_whole_name_beats_its_base_and_two_numbers_of_a_kind_stay_apart(bridge: Bridge) -> None:
    entries = (
        numeric("pm2_5", "µg/m³"),
        numeric("battery", "%"),
        numeric("battery_percentage", "%"),
        {"type": "text", "name": "fault", "property": "fault", "access": 1},
        binary("trouble"),
    )
    message = {"pm2_5": 7, "battery": 80, "battery_percentage": 79, "trouble": True, "fault": "x"}
    assert bridge.alone(message, *entries) == {
        "pm25": 7,
        "battery": 80,
        "battery@battery_percentage": 79,
        "fault@trouble": True,
        "fault": True,
    }


def test_a_profile_may_give_an_action_any_kind() -> None:
    bridge = Bridge(with_profiles(pills=DISPENSER))
    actions = enum("action", "slot_1", "single")
    bridge.lists(device("0x01", "x", actions, vendor="Acme", model="Pills"))
    assert events(bridge.says("x", {"action": "slot_1"})) == [(Kind.MEDICATION_TAKEN, "morning")]
    assert events(bridge.says("x", {"action": "single"})) == [(Kind.BUTTON, "single")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param(
            profile(EXACT).replace("[[sample]]", "range = [9, 1]\n[[sample]]"),
            "lowest, highest",
            id="a range upside down",
        ),
        pytest.param(
            profile(EXACT).replace('from = "contact"', ""), "needs `from`", id="for no property"
        ),
    ],
)
def test_a_record_that_cannot_be_meant_is_refused(text: str, what: str) -> None:
    with pytest.raises(ProfileError, match=what):
        with_profiles(wrong=text)


def test_a_profile_of_another_path_is_not_for_this_one(bridge: Bridge) -> None:
    text = profile(EXACT).replace('path = "zigbee2mqtt"', 'path = "tasmota"')
    other = Bridge(with_profiles(a=text))
    other.lists(device("0x01", "x", binary("contact"), vendor="Acme", model="T1"))
    assert meant(other.says("x", {"contact": False})) == {"open": True}
    assert json.loads(json.dumps(bridge.decoder.refused)) == {}
