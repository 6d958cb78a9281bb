"""With a light the hub tells which device it means, so that people know it without its address."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.agent.heart import Heart
from edge_agent.agent.report import Report, coverage_parts
from edge_agent.agent.start import load_profiles_from
from edge_agent.journal import Journal
from tests.edge_agent.small_home import DEVICES, HOME, RADAR
from tests.stories import at, ids
from vocabulary.devices_in_words import THINGS, holds_address, is_called_so, sort_of
from vocabulary.home import RoomType, read_home
from vocabulary.observation import Kind
from vocabulary.risks import RISKS

PROFILES = Path(__file__).parents[3] / "device_profiles"
BRIDGE = "zigbee2mqtt/bridge/devices"


def told(slug: str, home: str = HOME, devices: bytes = DEVICES) -> dict[str, object]:
    """The values of that risk's light."""
    heart = Heart(read_home(home), load_profiles_from(PROFILES), ids())
    heart.take(BRIDGE, devices, at(0), retained=True)
    return next(dict(part.values) for part in coverage_parts(heart, at(1)) if part.slug == slug)


def named(name: str, address: str = RADAR) -> str:
    """The home file with a name for that device."""
    return HOME.replace(f'address = "{address}"}}', f'address = "{address}"}}\nname = "{name}"')


def test_a_device_is_told_by_name_sort_and_place() -> None:
    assert told("fall") == {
        "device": RADAR,
        "name": "radar",
        "sort": "fall_sensor",
        "room": "Bedroom",
        "room_type": "bedroom",
        "model": "Plain RADAR",
    }


def test_the_name_in_the_home_file_goes_before_the_bridge_s() -> None:
    assert told("fall", named("Mum's bedside"))["name"] == "Mum's bedside"


def test_a_device_that_nobody_named_has_no_name() -> None:
    listed = json.loads(DEVICES)
    for device in listed:
        device["friendly_name"] = device["ieee_address"]
    values = told("fall", devices=json.dumps(listed).encode())
    assert "name" not in values
    assert (values["sort"], values["room"]) == ("fall_sensor", "Bedroom")


def test_every_ten_minutes_all_lights_are_told_as_a_heartbeat_may_be_lost(tmp_path: Path) -> None:
    heart = Heart(read_home(HOME), load_profiles_from(PROFILES), ids())
    heart.take(BRIDGE, DEVICES, at(0), retained=True)
    journal = Journal(tmp_path / "journal.db", at(0))
    report = Report("hub-one", "first", 0, ids())

    def beats(*, until: float, since: float, arrive: bool = True) -> dict[float, int]:
        """How many lights the heartbeats told, by the second; those that told none are left out."""
        told = {}
        for second in range(int(since), int(until) + 1, 30):
            beat = report.heartbeat(heart, journal, 0, timedelta(), 0, at(second))
            told[second] = len(beat.coverage)
            if arrive:
                report.arrived(beat)
        return {second: lights for second, lights in told.items() if lights}

    assert len(report.hello(heart, at(0)).coverage) == 29
    assert beats(since=30, until=1230) == {600: 29, 1200: 29}
    assert beats(since=1260, until=1860, arrive=False) == {1800: 29, 1830: 29, 1860: 29}
    assert beats(since=1890, until=2490) == {1890: 29, 2490: 29}
    report.hello(heart, at(2500))
    assert beats(since=2520, until=3120) == {3120: 29}
    journal.close()


def test_the_longest_name_of_a_bridge_still_goes_over_the_wire() -> None:
    listed = json.loads(DEVICES)
    for device in listed:
        device["friendly_name"] = "n" * 250
    assert told("fall", devices=json.dumps(listed[-1:]).encode())["name"] == "n" * 120


def test_what_would_be_needed_is_told_where_nothing_sees_it() -> None:
    assert told("smoke_fire") == {"needs": "smoke_alarm heat_alarm"}


def test_no_device_is_asked_for_that_would_not_help_yet() -> None:
    """Nothing recognises running water, so a water meter would watch nothing."""
    assert told("water_leak") == {"needs": "leak_sensor"}


@pytest.mark.parametrize(
    ("kinds", "guards", "sort"),
    [
        pytest.param({Kind.MOTION, Kind.ILLUMINANCE, Kind.BATTERY}, "", "motion_sensor", id="eye"),
        pytest.param({Kind.OPEN, Kind.TEMPERATURE}, "front_door", "door_contact", id="door"),
        pytest.param({Kind.OPEN}, "window", "window_contact", id="window"),
        pytest.param({Kind.OPEN}, "letter_box", "contact", id="another contact"),
        pytest.param({Kind.LOCK}, "front_door", "door_lock", id="a lock is no contact"),
        pytest.param({Kind.SMOKE, Kind.TEMPERATURE}, "", "smoke_alarm", id="with a thermometer"),
        pytest.param({Kind.POWER}, "stove", "stove_guard", id="the stove's plug"),
        pytest.param({Kind.POWER}, "", "plug", id="any other plug"),
        pytest.param({Kind.LINK_QUALITY}, "", "", id="of no sort"),
    ],
)
def test_a_device_is_what_it_is_first_of_all(kinds: set[Kind], guards: str, sort: str) -> None:
    assert sort_of(kinds, guards) == sort


@pytest.mark.parametrize("slug", [card.slug for card in RISKS])
def test_whatever_a_risk_needs_has_a_word(slug: str) -> None:
    (card,) = (each for each in RISKS if each.slug == slug)
    sorts = {
        sort_of((kind,), guards)
        for need in card.needs
        for kind in need.kinds
        for guards in need.guards or ("",)
    }
    assert sorts & set(THINGS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("0xf919e4c0c9edfc3c", True),
        ("sensor 0x00158d00", True),
        ("D0:14:C7:A6:59:BA", True),
        ("d014c7a659ba", True),
        ("Hall motion", False),
        ("书房 radar", False),
        ("facade deadbeef", False),
    ],
)
def test_an_address_is_known_when_it_is_seen(name: str, *, expected: bool) -> None:
    assert holds_address(name) is expected


@pytest.mark.parametrize("room_type", sorted(set(RoomType) - {RoomType.OUTDOOR, RoomType.OTHER}))
def test_a_room_may_be_called_by_what_it_is_for(room_type: RoomType) -> None:
    words = {"living": "Living room", "dining": "Dining room", "utility": "Utility room"}
    assert is_called_so(words.get(room_type, room_type.capitalize()), room_type)
    assert not is_called_so("Rosie's den", room_type)
