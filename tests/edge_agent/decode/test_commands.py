"""What the response switches: sirens, lights and valves, each in the way its device offers."""

import json
from typing import Any

import pytest

from tests.edge_agent.decode.listed_bridge import Bridge, binary, device, enum, numeric

MODES = ("stop", "burglar", "fire", "emergency", "police_panic", "fire_panic", "emergency_panic")
WARNING = {
    "type": "composite",
    "name": "warning",
    "property": "warning",
    "access": 2,
    "features": [
        enum("mode", *MODES, access=2),
        enum("level", "low", "very_high", access=2),
        binary("strobe", access=2),
        numeric("duration", "s", access=2),
    ],
}
LAMP = {
    "type": "light",
    "features": [binary("state", "ON", "OFF", access=7), numeric("brightness", access=7)],
}
RELAY = {"type": "switch", "features": [binary("state", "ON", "OFF", access=7)]}
FULL = {"level": "very_high", "strobe": True, "duration": 1800}


@pytest.mark.parametrize(
    ("entry", "use", "is_on", "pattern", "body"),
    [
        pytest.param(
            WARNING, "siren", True, "", {"warning": {"mode": "fire", **FULL}}, id="leave the house"
        ),
        pytest.param(
            WARNING,
            "siren",
            True,
            "call",
            {"warning": {"mode": "emergency_panic", **FULL}},
            id="somebody please come",
        ),
        pytest.param(WARNING, "siren", False, "", {"warning": {"mode": "stop"}}, id="silence"),
        pytest.param(
            binary("alarm", access=3), "siren", True, "", {"alarm": True}, id="a plain siren"
        ),
        pytest.param(
            binary("alarm", "ON", "OFF", access=3), "siren", False, "", {"alarm": "OFF"}, id="off"
        ),
        pytest.param(
            enum("alarm", "sound", "light", "sound_light", "off", access=3),
            "siren",
            True,
            "",
            {"alarm": "sound_light"},
            id="a siren of modes",
        ),
        pytest.param(
            LAMP, "path_light", True, "", {"state": "ON", "brightness": 200}, id="a lamp, bright"
        ),
        pytest.param(LAMP, "path_light", False, "", {"state": "OFF"}, id="a lamp goes out"),
        pytest.param(RELAY, "path_light", True, "", {"state": "ON"}, id="a lamp on a relay"),
        pytest.param(RELAY, "gas_valve", False, "", {"state": "OFF"}, id="a valve closes"),
        pytest.param(RELAY, "stove", False, "", {"state": "OFF"}, id="a stove is cut off"),
        pytest.param(LAMP, "stove", False, "", None, id="a lamp is no stove"),
        pytest.param(
            binary("state", "OPEN", "CLOSE", access=7),
            "gas_valve",
            False,
            "",
            {"state": "CLOSE"},
            id="a valve in its own words",
        ),
        pytest.param(
            enum("alarm", "stop", "pre_alarm", "fire", "burglar", access=7),
            "siren",
            True,
            "",
            {"alarm": "fire"},
            id="a detector that can be made to sound",
        ),
        pytest.param(
            enum("alarm", "stop", "pre_alarm", access=7), "siren", True, "", None, id="or not"
        ),
        pytest.param(
            {**WARNING, "features": [enum("mode", "squawk", access=2)]},
            "siren",
            True,
            "",
            None,
            id="a mode that nobody knows",
        ),
        pytest.param(
            binary("alarm", None, None, access=3), "siren", True, "", None, id="without words"
        ),
        pytest.param(
            {"type": "lock", "features": [binary("state", "LOCK", "UNLOCK", access=7)]},
            "gas_valve",
            True,
            "",
            None,
            id="a lock is no valve",
        ),
        pytest.param(binary("alarm"), "siren", True, "", None, id="an alarm that only tells"),
        pytest.param(binary("smoke"), "siren", True, "", None, id="a detector is no siren"),
        pytest.param(LAMP, "siren", True, "", None, id="a lamp is no siren"),
    ],
)
def test_a_device_is_switched_as_it_offers(  # noqa: PLR0913, PLR0917 - the columns of the table
    bridge: Bridge,
    entry: dict[str, Any],
    use: str,
    is_on: bool,
    pattern: str,
    body: dict[str, Any] | None,
) -> None:
    bridge.lists(device("0xAB", "Hall/one", entry))
    sent = bridge.decoder.command("0xAB", use, is_on=is_on, pattern=pattern)
    if body is None:
        assert sent is None
        assert use not in bridge.decoder.devices()[0].commands
        return
    assert sent is not None
    topic, payload = sent
    assert (topic, json.loads(payload)) == ("zigbee2mqtt/Hall/one/set", body)
    assert use in bridge.decoder.devices()[0].commands


def test_nothing_is_sent_to_nobody(bridge: Bridge) -> None:
    assert bridge.decoder.command("0x01", "siren", is_on=True) is None


def test_the_state_of_what_was_switched_is_seen(bridge: Bridge) -> None:
    siren = binary("alarm", "ON", "OFF", access=3)
    assert bridge.alone({"alarm": "ON"}, siren, description="siren") == {"siren_on": True}
    assert bridge.alone({"state": "ON"}, LAMP, description="bulb") == {"switch_on": True}
    valve = bridge.alone({"state": "OFF"}, RELAY, description="Smart gas valve")
    assert valve == {"valve": "closed", "switch_on": False}
