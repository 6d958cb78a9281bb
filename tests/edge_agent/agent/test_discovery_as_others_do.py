"""Our discovery message beside those that other programs send: the same words, the same shapes.

The records are not part of the clone: HEARTHLINE_DATA names the folder in which they lie.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from edge_agent.agent.home_assistant import config_topic, discovery
from vocabulary.risks import BY_SLUG

RECORDS = Path(os.environ.get("HEARTHLINE_DATA", "")) / "ha_discovery" / "discovery.jsonl"
LONG = {
    "dev": "device",
    "o": "origin",
    "cmps": "components",
    "p": "platform",
    "avty_t": "availability_topic",
    "stat_t": "state_topic",
    "uniq_id": "unique_id",
    "val_tpl": "value_template",
    "dev_cla": "device_class",
    "stat_cla": "state_class",
    "ids": "identifiers",
    "mf": "manufacturer",
    "sw": "sw_version",
}
"""The abbreviations of the words that we use."""
DOCUMENTED = {"entity_category", "options", "json_attributes_topic"}
"""Keys of Home Assistant's documentation that no record happens to hold."""
CLASSES = {"carbon_monoxide", "gas", "problem", "enum"}
"""Documented classes that no record holds: of a binary sensor, the last one of a sensor."""

pytestmark = pytest.mark.skipif(
    not RECORDS.is_file(),
    reason="to compare, set HEARTHLINE_DATA to a folder with recorded discovery messages in"
    " ha_discovery/discovery.jsonl",
)


def _records() -> list[dict[str, Any]]:
    lines = RECORDS.read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    return [one for one in told if one["source"] not in {"hostile", "broken", "lifecycle"}]


def _payloads() -> list[dict[str, Any]]:
    return [json.loads(one["discovery"]["payload"]) for one in _records()]


def _long(part: Any) -> Any:
    """With whole words for abbreviations, all the way down."""
    if isinstance(part, dict):
        return {LONG.get(key, key): _long(value) for key, value in part.items()}
    return [_long(one) for one in part] if isinstance(part, list) else part


def _parts(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return list(payload["components"].values()) if "components" in payload else [payload]


OURS = discovery("hub-one", set(BY_SLUG))


def test_every_key_is_one_that_others_send_or_that_is_documented() -> None:
    theirs: set[str] = set()
    for payload in map(_long, _payloads()):
        theirs |= set(payload) | set(payload.get("device", {})) | set(payload.get("origin", {}))
        theirs |= {key for part in _parts(payload) for key in part}
    device, origin = OURS["device"], OURS["origin"]
    assert isinstance(device, dict)
    assert isinstance(origin, dict)
    keys = {*OURS, *device, *origin, *(key for part in _parts(OURS) for key in part)}
    assert keys - theirs - DOCUMENTED == set()


def test_every_component_and_class_is_known() -> None:
    components = {one["discovery"]["topic"].split("/")[1] for one in _records()}
    assert {part["platform"] for part in _parts(OURS)} <= components
    theirs = {
        part.get("device_class") for payload in map(_long, _payloads()) for part in _parts(payload)
    }
    ours = {part["device_class"] for part in _parts(OURS) if "device_class" in part}
    assert ours - theirs - CLASSES == set()


def test_the_message_has_the_shape_and_the_place_of_a_device() -> None:
    (theirs,) = (one for one in _records() if one["discovery"]["topic"].split("/")[1] == "device")
    example = _long(json.loads(theirs["discovery"]["payload"]))
    shared = {"device", "origin", "components", "qos"}
    assert shared <= set(example)
    assert shared <= set(OURS)
    assert all("unique_id" in part and "platform" in part for part in _parts(OURS))
    ours = config_topic("homeassistant", "hub-one").split("/")
    assert len(ours) == len(theirs["discovery"]["topic"].split("/"))


def test_no_id_of_ours_is_somebody_elses() -> None:
    theirs = {
        part.get("unique_id") for payload in map(_long, _payloads()) for part in _parts(payload)
    }
    assert not {part["unique_id"] for part in _parts(OURS)} & theirs
