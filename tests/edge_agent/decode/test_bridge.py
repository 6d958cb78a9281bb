"""A bridge lists its devices, goes, comes back; devices are renamed and removed; names are any."""

import pytest

from tests.edge_agent.decode.listed_bridge import (
    Bridge,
    binary,
    device,
    enum,
    events,
    meant,
    numeric,
)
from vocabulary.observation import Kind

SMOKE = binary("smoke")
ACTION = enum("action", "sos")


@pytest.mark.parametrize(
    "name",
    ["Küche Rauchmelder", "floor 1/bed/door", "卧室烟雾", "0x00158d0001", "حمام", "a/set/b", "🛏"],
)
def test_names_may_hold_anything(bridge: Bridge, name: str) -> None:
    bridge.lists(device("0x01", name, SMOKE))
    (seen,) = bridge.says(name, {"smoke": True})
    assert (seen.device, seen.kind) == ("0x01", Kind.SMOKE)


def test_a_renamed_device_is_the_same_device(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "old", binary("sos_alarm"), SMOKE))
    bridge.says("old", {"sos_alarm": True})
    bridge.lists(device("0x01", "new", binary("sos_alarm"), SMOKE))
    assert bridge.says("old", {"smoke": True}) == []
    assert bridge.decoder.refused["unknown_device"] == 1
    assert bridge.decoder.unheard == {"old": 1}
    assert events(bridge.says("new", {"sos_alarm": True})) == [], "it has been calling all along"
    assert meant(bridge.says("new", {"smoke": True})) == {"smoke": True}
    assert [known.name for known in bridge.decoder.devices()] == ["new"]


def test_a_removed_device_is_known_no_more(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", SMOKE), device("0x02", "two", SMOKE))
    bridge.lists(device("0x02", "two", SMOKE))
    assert bridge.says("one", {"smoke": True}) == []
    assert [known.address for known in bridge.decoder.devices()] == ["0x02"]


def test_a_definition_that_changes_does_not_forget_the_call(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", binary("sos_alarm")))
    bridge.says("one", {"sos_alarm": True})
    bridge.lists(device("0x01", "one", binary("sos_alarm"), SMOKE))
    assert events(bridge.says("one", {"sos_alarm": True})) == []


@pytest.mark.parametrize("payload", ["[]", "[1]", "{}"])
def test_a_list_that_is_none_introduces_nobody(bridge: Bridge, payload: str) -> None:
    bridge.says("pendant", {"action": "sos"})
    bridge.send("bridge/devices", payload, retained=True)
    assert bridge.decoder.is_waiting
    assert events(bridge.lists(device("0x01", "pendant", ACTION))) == [(Kind.SOS, "pressed")]


def test_a_definition_that_changes_is_read_anew(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", numeric("x", "°C")))
    assert meant(bridge.says("one", {"x": 1, "smoke": True}))["reading@smoke"] is True
    bridge.lists(device("0x01", "one", SMOKE))
    assert meant(bridge.says("one", {"smoke": True})) == {"smoke": True}


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b"null", b"[1, null]", b'[{"ieee_address": 5}]', b"\xff", b"[" * 100_000],
)
def test_a_list_that_is_none_takes_no_device_away(bridge: Bridge, payload: bytes) -> None:
    bridge.lists(device("0x01", "one", SMOKE))
    assert bridge.send("bridge/devices", payload, retained=True) == []
    assert meant(bridge.says("one", {"smoke": True})) == {"smoke": True}


def test_one_spoiled_entry_takes_no_device_away(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", SMOKE), device("0x02", "two", SMOKE))
    bridge.lists(device("0x02", "two", SMOKE), {"ieee_address": None})
    assert meant(bridge.says("one", {"smoke": True})) == {"smoke": True}


def test_one_name_may_begin_another(bridge: Bridge) -> None:
    """`hall/action` may be the action of `hall` or the state of a device so named."""
    bridge.lists(
        device("0x01", "hall", ACTION, description="SOS button"),
        device("0x02", "hall/action", SMOKE),
        device("0x03", "hall/availability", SMOKE),
        device("0x04", "hall/lamp", SMOKE),
    )
    assert meant(bridge.says("hall/action", {"smoke": True})) == {"smoke": True}
    assert events(bridge.send("hall/action", "sos")) == [(Kind.SOS, "pressed")]
    assert bridge.says("hall/availability", {"smoke": True})[0].device == "0x03"
    (online,) = bridge.says("hall/availability", {"state": "offline"})
    assert (online.device, online.kind, online.value) == ("0x01", Kind.ONLINE, False)
    assert bridge.says("hall/lamp", {"smoke": True})[0].device == "0x04"
    (deep,) = bridge.send("hall/action/availability", "online")
    assert (deep.device, deep.value) == ("0x02", True)


@pytest.mark.parametrize("payload", ['{"state":"offline"}', "offline", ' {"state" : "offline"}'])
def test_availability_in_both_forms(bridge: Bridge, payload: str) -> None:
    bridge.lists(device("0x01", "one", SMOKE))
    (seen,) = bridge.send("one/availability", payload, retained=True)
    assert (seen.kind, seen.value, seen.is_found) == (Kind.ONLINE, False, True)


@pytest.mark.parametrize("payload", ['{"state":"online"}', "online"])
def test_the_bridge_itself_is_a_device(bridge: Bridge, payload: str) -> None:
    (seen,) = bridge.send("bridge/state", payload)
    assert (seen.device, seen.kind, seen.value) == ("zigbee2mqtt", Kind.ONLINE, True)


def test_a_retained_level_is_found_not_news(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", SMOKE))
    (found,) = bridge.says("one", {"smoke": True}, retained=True)
    (news,) = bridge.says("one", {"smoke": True})
    assert (found.value, found.is_found) == (True, True)
    assert (news.value, news.is_found) == (True, False)


def test_what_a_bridge_re_sends_after_its_restart_is_found(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", SMOKE), device("0x02", "two", SMOKE, binary("sos_alarm")))
    bridge.send("bridge/state", "offline")
    bridge.send("bridge/state", "online")
    cached = bridge.says("one", {"smoke": True})
    again = bridge.says("one", {"smoke": True})
    assert [seen.is_found for seen in cached + again] == [True, False]
    assert events(bridge.says("two", {"sos_alarm": True})) == []


def test_a_press_right_after_the_bridges_restart_is_news(bridge: Bridge) -> None:
    """A bridge never caches a press: losing this one would lose a call for help."""
    bridge.lists(device("0x01", "one", ACTION, SMOKE))
    bridge.send("bridge/state", "offline")
    bridge.send("bridge/state", "online")
    assert events(bridge.says("one", {"action": "sos", "smoke": False})) == [(Kind.SOS, "pressed")]


def test_a_stamp_that_has_moved_on_is_news_even_after_a_restart(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", SMOKE), device("0x02", "two", SMOKE))
    bridge.says("one", {"smoke": False, "last_seen": "2026-06-01T11:00:00Z"})
    bridge.says("two", {"smoke": False, "last_seen": "2026-06-01T11:00:00Z"})
    bridge.send("bridge/state", "offline")
    bridge.send("bridge/state", "online")
    (old,) = bridge.says("one", {"smoke": True, "last_seen": "2026-06-01T11:00:00Z"})
    (new,) = bridge.says("two", {"smoke": True, "last_seen": "2026-06-01T11:30:00Z"})
    assert (old.is_found, new.is_found) == (True, False)


def test_a_bridge_back_for_a_minute_re_sends_no_more(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", SMOKE))
    bridge.send("bridge/state", "offline")
    bridge.send("bridge/state", "online")
    (seen,) = bridge.send("one", '{"smoke": true}', after=61)
    assert not seen.is_found


def test_a_press_that_waited_in_the_hubs_session_is_read_once_the_devices_are_known(
    bridge: Bridge,
) -> None:
    """The broker delivers the session's backlog before the retained list of devices."""
    was_waiting = bridge.decoder.is_waiting
    assert bridge.says("pendant", {"action": "sos"}) == []
    assert bridge.says("pendant", {"action": "sos"}, retained=True) == []
    late = bridge.lists(device("0x01", "pendant", ACTION))
    assert events(late) == [(Kind.SOS, "pressed")]
    assert late[0].at == bridge.now
    assert (was_waiting, bridge.decoder.is_waiting) == (True, False)
    assert bridge.lists(device("0x01", "pendant", ACTION)) == []


def test_what_waits_is_bounded(bridge: Bridge) -> None:
    for number in range(1200):
        bridge.says(f"device {number}", {"a": 1})
    assert bridge.decoder.refused["held_overflow"] == 200


def test_groups_commands_and_strangers_tell_nothing(bridge: Bridge) -> None:
    bridge.lists(device("0x01", "one", SMOKE))
    bridge.send("bridge/groups", '[{"friendly_name": "all lamps"}]', retained=True)
    assert bridge.says("all lamps", {"state": "ON"}) == []
    assert bridge.says("one/set", {"smoke": True}) == []
    assert bridge.says("one/get", {"smoke": ""}) == []
    assert bridge.says("bridge/logging", {"message": "pin 4711"}) == []
    assert bridge.decoder.decode("tasmota/x", b"{}", bridge.now, retained=False) == []
    assert bridge.decoder.refused == {"unknown_topic": 1}


def test_properties_published_one_by_one_are_understood(bridge: Bridge) -> None:
    bridge.lists(
        device("0x01", "one", SMOKE, numeric("temperature", "°C"), enum("state", "none", "move"))
    )
    assert meant(bridge.send("one/smoke", "true")) == {"smoke": True}
    assert meant(bridge.send("one/temperature", "21.5")) == {"temperature": 21.5}
    assert meant(bridge.send("one/state", "move")) == {"presence": True}
    assert bridge.send("one/other", "move") == []


def test_what_the_hub_knows_of_its_devices(bridge: Bridge) -> None:
    bridge.lists(
        device("0x01", "smoke", SMOKE, numeric("battery", "%")),
        device("0x02", "radar", binary("presence"), power_source="Mains (single phase)"),
        device("0x03", "button", enum("action", "single"), description="SOS button"),
        {"ieee_address": "0x00", "type": "Coordinator", "friendly_name": "Coordinator"},
        {"ieee_address": "0x04", "friendly_name": "unsupported", "definition": None},
    )
    bridge.says("smoke", {"smoke": False})
    known = {each.name: each for each in bridge.decoder.devices()}
    assert set(known) == {"smoke", "radar", "button", "unsupported"}
    assert known["smoke"].kinds == {Kind.SMOKE, Kind.BATTERY}
    assert known["smoke"].last_seen_at == bridge.now
    assert known["smoke"].is_sleepy
    assert str(known["smoke"].expect_every) == "1 day, 1:00:00"
    assert str(known["radar"].expect_every) == "6:00:00"
    assert known["button"].kinds == {Kind.SOS}
    assert known["button"].expect_every is None, "it speaks only when pressed"
    assert known["button"].bridge == "zigbee2mqtt"
