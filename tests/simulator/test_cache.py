"""Messages look as Zigbee2MQTT sends them."""

import json
from datetime import UTC, datetime

from simulator.cache import Cache
from simulator.change import Change
from simulator.house import build_house

AT = datetime(2026, 11, 22, 12, 0, 0, 123_456, tzinfo=UTC)


def said(cache: Cache, change: Change) -> dict[str, object]:
    message = cache.message(change)
    assert message.topic == f"zigbee2mqtt/{change.device}"
    payload: dict[str, object] = json.loads(message.payload)
    return payload


def test_the_whole_state_goes_out_with_each_message() -> None:
    cache = Cache(build_house(1))
    said(cache, Change(AT, "Hall motion", {"illuminance": 31}))
    payload = said(cache, Change(AT, "Hall motion", {"occupancy": True}))
    assert payload["occupancy"] is True
    assert payload["illuminance"] == 31
    assert {"battery", "linkquality", "last_seen"} <= set(payload)
    assert payload["last_seen"] == "2026-11-22T12:00:00.123Z"


def test_a_press_is_in_its_own_message_only() -> None:
    cache = Cache(build_house(1))
    assert said(cache, Change(AT, "SOS pendant", action="single"))["action"] == "single"
    assert "action" not in said(cache, Change(AT, "SOS pendant"))


def test_a_bridge_without_cache_says_only_what_changed() -> None:
    cache = Cache(build_house(1), is_whole=False)
    payload = said(cache, Change(AT, "Hall motion", {"occupancy": True}))
    assert set(payload) == {"occupancy", "linkquality", "last_seen"}


def test_no_code_of_a_lock_is_ever_published() -> None:
    payload = said(Cache(build_house(1)), Change(AT, "Front door lock", {"lock_state": "unlocked"}))
    assert "pin_code" not in payload
