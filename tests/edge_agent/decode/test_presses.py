"""A press happens once: who called, how, and what is only a light switch."""

from typing import Any

import pytest

from edge_agent.decode import Profiles
from tests.edge_agent.decode.listed_bridge import (
    HOME,
    Bridge,
    binary,
    device,
    enum,
    events,
    numeric,
)
from vocabulary.observation import Kind, Layer

SOS_BUTTON = "Wireless SOS button"
KEYPAD = "Security keypad"


def placed(address: str, room: str = "", guards: str = "", duress: str = "") -> str:
    where = f'room = "{room}"\n' if room else ""
    return f"""{HOME}
[[device]]
match = {{ path = "zigbee2mqtt", address = "{address}" }}
{where}guards = "{guards}"
duress_action = "{duress}"
"""


@pytest.mark.parametrize(
    ("description", "action", "expected"),
    [
        pytest.param(SOS_BUTTON, "single", (Kind.SOS, "pressed"), id="one purpose, any press"),
        pytest.param(SOS_BUTTON, "double", (Kind.SOS, "pressed"), id="pressed twice"),
        pytest.param(SOS_BUTTON, "hold", (Kind.SOS, "duress"), id="held: under threat"),
        pytest.param(SOS_BUTTON, "button_1_long", (Kind.SOS, "duress"), id="a long press"),
        pytest.param("Smart emergency button", "on", (Kind.SOS, "pressed"), id="whatever the word"),
        pytest.param("Panic button", "pressed", (Kind.SOS, "pressed"), id="panic"),
        pytest.param(KEYPAD, "emergency", (Kind.SOS, "pressed"), id="a keypad's emergency key"),
        pytest.param(KEYPAD, "panic", (Kind.SOS, "pressed"), id="a keypad's panic key"),
        pytest.param(KEYPAD, "sos_1", (Kind.SOS, "pressed"), id="with a number"),
        pytest.param(KEYPAD, "arm_all_zones", (Kind.BUTTON, ""), id="arming is no call"),
        pytest.param(
            "Smart pull cord alarm", "single", (Kind.SOS, "pull_cord"), id="a pulled cord"
        ),
        pytest.param("Wireless switch", "single", (Kind.BUTTON, "single"), id="a light switch"),
        pytest.param("Wireless switch", "hold", (Kind.BUTTON, "long"), id="held, a light switch"),
        pytest.param("Smart doorbell button", "pressed", (Kind.DOORBELL, "single"), id="doorbell"),
        pytest.param("Cube", "fall", (Kind.BUTTON, ""), id="a cube that was dropped is no fall"),
        pytest.param("Vibration sensor", "fall", (Kind.BUTTON, ""), id="an object fell"),
        pytest.param("Emergency exit light", "on", (Kind.BUTTON, "single"), id="a lamp"),
        pytest.param(SOS_BUTTON, "release", None, id="letting go is nothing"),
        pytest.param(SOS_BUTTON, "none", None, id="none is nothing"),
        pytest.param(SOS_BUTTON, "", None, id="an emptied action is nothing"),
    ],
)
def test_what_a_press_means(
    bridge: Bridge, description: str, action: str, expected: tuple[Kind, str] | None
) -> None:
    bridge.lists(device("0x01", "it", enum("action", action), description=description))
    seen = bridge.says("it", {"action": action})
    assert events(seen) == ([expected] if expected else [])
    assert Kind.FALL not in {each.kind for each in seen}


def test_a_button_with_more_purposes_calls_only_by_its_emergency_key(bridge: Bridge) -> None:
    relay = {"type": "switch", "features": [binary("state", "ON", "OFF", access=7)]}
    action = enum("action", "single", "sos")
    bridge.lists(device("0x01", "it", relay, action, description="Relay with SOS input"))
    assert events(bridge.says("it", {"action": "single"})) == [(Kind.BUTTON, "single")]
    assert events(bridge.says("it", {"action": "sos"})) == [(Kind.SOS, "pressed")]


def test_a_remote_with_an_sos_key_calls_with_that_key_only(bridge: Bridge) -> None:
    keys = enum("action", "arm_home", "disarm", "sos")
    bridge.lists(device("0x01", "it", keys, description="Alarm remote with SOS"))
    assert events(bridge.says("it", {"action": "disarm"})) == [(Kind.BUTTON, "")]
    assert events(bridge.says("it", {"action": "sos"})) == [(Kind.SOS, "pressed")]


@pytest.mark.parametrize(
    ("description", "room", "guards", "sort"),
    [
        pytest.param("Emergency alarm", "Bad", "", "pull_cord", id="hangs in the bathroom"),
        pytest.param("Emergency alarm", "Küche", "", "pressed", id="hangs in the kitchen"),
        pytest.param("SOS button", "Bad", "", "pressed", id="the description says button"),
        pytest.param("SOS button", "Bad", "pull_cord", "pull_cord", id="the installer says cord"),
    ],
)
def test_pulled_or_pressed(
    profiles: Profiles, description: str, room: str, guards: str, sort: str
) -> None:
    bridge = Bridge(profiles, placed("0x01", room, guards))
    bridge.lists(device("0x01", "it", enum("action", "x"), description=description))
    assert events(bridge.says("it", {"action": "x"})) == [(Kind.SOS, sort)]


def test_the_duress_action_of_the_home_file_is_duress_on_any_device(profiles: Profiles) -> None:
    bridge = Bridge(profiles, placed("0x01", duress="4_double"))
    bridge.lists(device("0x01", "it", enum("action", "4_double"), description="Remote"))
    assert events(bridge.says("it", {"action": "4_double"})) == [(Kind.SOS, "duress")]
    assert events(bridge.says("it", {"action": "3_double"})) == [(Kind.BUTTON, "double")]


def test_a_plain_button_is_the_doorbell_where_the_home_says_so(profiles: Profiles) -> None:
    bridge = Bridge(profiles, placed("0x01", guards="doorbell"))
    bridge.lists(device("0x01", "it", enum("action", "single"), description="Wireless button"))
    assert events(bridge.says("it", {"action": "single"})) == [(Kind.DOORBELL, "single")]


def test_a_key_is_told_apart_from_the_press(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", enum("action", "button_2_hold")))
    (seen,) = bridge.says("it", {"action": "button_2_hold"})
    assert (seen.value, seen.text, seen.instance) == ("button_2_hold", "long", "button_2")
    (seen,) = bridge.says("it", {"action": "double_left"})
    assert (seen.value, seen.text, seen.instance) == ("double_left", "double", "left")


def test_a_call_told_as_a_state_is_a_call_when_it_begins(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", binary("sos_alarm"), numeric("battery", "%")))
    assert events(bridge.says("it", {"sos_alarm": False})) == []
    assert events(bridge.says("it", {"sos_alarm": True})) == [(Kind.SOS, "pressed")]
    assert events(bridge.says("it", {"sos_alarm": True, "battery": 80})) == []
    assert events(bridge.says("it", {"sos_alarm": False})) == []
    assert events(bridge.says("it", {"sos_alarm": True})) == [(Kind.SOS, "pressed")]


def test_a_first_message_that_already_calls_is_a_call(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", binary("emergency")))
    assert events(bridge.says("it", {"emergency": True})) == [(Kind.SOS, "pressed")]


def test_a_keypad_that_tells_one_call_twice_called_once(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", binary("sos_alarm"), enum("action", "sos", "disarm")))
    both = bridge.says("it", {"action": "sos", "sos_alarm": True})
    assert events(both) == [(Kind.SOS, "pressed")]


def test_a_retained_press_is_an_old_one(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", enum("action", "sos"), binary("sos_alarm")))
    assert bridge.says("it", {"action": "sos"}, retained=True) == []
    assert bridge.says("it", {"sos_alarm": True}, retained=True) == []
    assert bridge.decoder.refused["found_event"] == 2
    assert events(bridge.says("it", {"sos_alarm": True})) == [], "it was found calling already"


def test_one_press_told_on_two_topics_is_one_press(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", enum("action", "sos")))
    assert events(bridge.says("it", {"action": "sos"})) == [(Kind.SOS, "pressed")]
    assert events(bridge.send("it/action", "sos", after=0.1)) == []
    assert events(bridge.send("it/action", "sos", after=60)) == [(Kind.SOS, "pressed")]


def test_two_presses_that_look_alike_are_two(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", enum("action", "single")))
    presses = [bridge.says("it", {"action": "single"}) for _ in range(2)]
    assert [events(press) for press in presses] == [[(Kind.BUTTON, "single")]] * 2


def test_a_message_delivered_again_is_no_second_press(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", enum("action", "sos")))
    message = {"action": "sos", "last_seen": "2026-06-01T12:00:00+00:00"}
    assert events(bridge.says("it", message)) == [(Kind.SOS, "pressed")]
    assert bridge.says("it", message) == []
    later = message | {"last_seen": "2026-06-01T12:00:09+00:00"}
    assert events(bridge.says("it", later)) == [(Kind.SOS, "pressed")]


def test_a_press_carries_the_stamp_of_its_bridge(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "it", enum("action", "sos")))
    (seen,) = bridge.says("it", {"action": "sos", "last_seen": 1_780_315_140_000})
    assert seen.reported_at is not None
    assert seen.reported_at.isoformat() == "2026-06-01T11:59:00+00:00"
    assert seen.at == bridge.now


@pytest.mark.parametrize(
    "stamp",
    [
        "2099-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2026-06-01T12:00:00",
        "soon" * 20,
        "soon",
        10**18,
        -1,
        [],
        {},
    ],
)
def test_a_stamp_that_cannot_be_true_is_no_stamp(bridge: Bridge, stamp: Any) -> None:
    bridge.lists(device("0x01", "it", enum("action", "sos")))
    (seen,) = bridge.says("it", {"action": "sos", "last_seen": stamp})
    assert seen.reported_at is None


def test_an_exact_profile_says_which_layer_knew(bridge: Bridge) -> None:
    pendant = device("0x01", "it", vendor="MultIR", model="MIR-SO100", description="SOS Button")
    bridge.lists(pendant)
    (held,) = bridge.says("it", {"action": "hold"})
    assert (held.kind, held.text, held.layer) == (Kind.SOS, "duress", Layer.EXACT)
