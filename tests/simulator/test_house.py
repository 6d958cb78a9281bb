"""One home of exactly a hundred devices, and the file by which a hub knows it."""

import json

import pytest

from simulator.cache import Cache
from simulator.house import House, build_house
from vocabulary.home import read_home


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


def test_a_hundred_devices_in_many_rooms_and_roles(house: House) -> None:
    assert len(house.devices) == 100
    assert len({device.name for device in house.devices}) == 100
    assert len({device.address for device in house.devices}) == 100
    assert len({device.room for device in house.devices if device.room}) >= 12
    assert len({device.role for device in house.devices}) >= 12


def test_another_seed_is_another_home_and_the_same_seed_the_same() -> None:
    assert build_house(1) == build_house(1)
    assert build_house(1).devices[0].address != build_house(2).devices[0].address


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_home_file_is_one_a_hub_reads(house: House, language: str) -> None:
    home = read_home(house.home_file(language))
    assert len(home.device) == 100 + len(house.gateway_devices)
    assert home.resident.language == language
    assert len(home.dose) == 2
    for device in house.all_devices:
        told = home.device_at(device.path, device.address)
        assert told is not None
        assert (told.room or "", told.guards, told.use) == (device.room, device.guards, device.use)
    assert {terminal.id: terminal.room for terminal in home.terminal} == house.terminals


def test_what_the_response_may_switch_is_there(house: House) -> None:
    uses = [device.use for device in house.devices]
    assert (uses.count("siren"), uses.count("path_light"), uses.count("gas_valve")) == (3, 4, 1)
    assert uses.count("stove") == 1


def test_every_quiet_payload_holds_only_what_the_device_exposes(house: House) -> None:
    for device in house.devices:
        exposed = {
            part.get("property")
            for entry in device.model.published["definition"]["exposes"]
            for part in (entry, *entry.get("features", ()))
        }
        assert set(device.quiet) <= exposed, device.name


def test_nothing_reads_alarming_on_a_quiet_day(house: House) -> None:
    alarming = (
        "smoke carbon_monoxide gas water_leak tamper battery_low vibration trouble fault"
        " end_of_life high_temperature power_cut_off test preheat"
    )
    for device in house.devices:
        for key in alarming.split():
            assert device.quiet.get(key, False) is False, (device.name, key)
        assert device.quiet.get("fall_down_status", "none") == "none"
        assert device.quiet.get("contact", True) is True


def test_the_bridge_announces_a_coordinator_and_a_hundred_devices(house: House) -> None:
    retained = Cache(house).retained()
    topics = [message.topic for message in retained]
    assert topics[:2] == ["zigbee2mqtt/bridge/state", "zigbee2mqtt/bridge/devices"]
    assert all(message.is_retained for message in retained)
    devices = json.loads(retained[1].payload)
    assert [one["type"] for one in devices].count("Coordinator") == 1
    assert [one["friendly_name"] for one in devices[1:]] == [one.name for one in house.devices]
    assert len(retained[1].payload) < 4 * 1024 * 1024
