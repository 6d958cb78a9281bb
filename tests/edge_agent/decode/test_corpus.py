"""Eighty makes that raise alarms, or look as if they did: each case raises just what it should."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge_agent.decode import Profiles
from tests.edge_agent.decode.listed_bridge import Bridge
from vocabulary.observation import LEVEL_ALARMS, Kind

CORPUS = Path(__file__).parent / "corpus"
RAISING = LEVEL_ALARMS | {Kind.SOS, Kind.ALARM, Kind.FREEZE, Kind.TAMPER}
LEVELS = RAISING - {Kind.SOS}
EXPECTED: dict[str, dict[str, list[str]]] = json.loads((CORPUS / "expected.json").read_text())


def records() -> list[Any]:
    with (CORPUS / "devices.jsonl").open(encoding="utf-8") as lines:
        found = []
        for line in lines:
            record = json.loads(line)
            definition = record["device"]["definition"]
            name = f"{definition['vendor']} {definition['model']}"
            found.append(pytest.param(record, EXPECTED[name], id=name))
        return found


@pytest.mark.parametrize(("record", "expected"), records())
def test_each_case_raises_just_what_it_should(
    profiles: Profiles, record: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    bridge = Bridge(profiles)
    bridge.lists(record["device"])
    name = record["device"]["friendly_name"]
    for state in record["states"]:
        case = state["case"]
        seen = bridge.says(name, state["payload"])
        claimed = {each.kind for each in seen if each.value is True}
        wanted = {Kind(kind) for kind in expected.get(case, ())}
        assert wanted <= claimed, f"{case}: not seen"
        assert claimed & RAISING <= wanted, f"{case}: invented"


@pytest.mark.parametrize(("record", "expected"), records())
def test_a_quiet_device_says_that_it_is_quiet(
    profiles: Profiles, record: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    """What may raise must be able to clear: the quiet case holds it as false, not as unknown."""
    bridge = Bridge(profiles)
    bridge.lists(record["device"])
    (quiet,) = (s["payload"] for s in record["states"] if s["case"] == "normal")
    seen = bridge.says(record["device"]["friendly_name"], quiet)
    told = {each.kind for each in seen if each.value is False}
    may_raise = {Kind(kind) for kinds in expected.values() for kind in kinds} & LEVELS
    assert may_raise <= told


def test_what_a_device_may_tell_is_known_before_it_speaks(profiles: Profiles) -> None:
    for param in records():
        record, expected = param.values
        bridge = Bridge(profiles)
        bridge.lists(record["device"])
        (known,) = bridge.decoder.devices()
        assert {Kind(kind) for kinds in expected.values() for kind in kinds} <= known.kinds
