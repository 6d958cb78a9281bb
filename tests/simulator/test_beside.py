"""What stands beside the bridge speaks in its maker's shape, and a hub understands it."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from edge_agent.agent import load_profiles_from
from edge_agent.decode import Decoder, Profiles
from edge_agent.settings import PROFILES
from simulator.cache import Cache
from simulator.house import House, build_house
from simulator.resident import cache_at, changes_of
from simulator.scenario import Step, at_instant, seconds
from vocabulary.home import read_home
from vocabulary.observation import Kind, Observation

START = datetime(2026, 11, 22, 14, tzinfo=UTC)
DAYS = [date(2026, 3, 1) + timedelta(days=7 * week) for week in range(5)]


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


@pytest.fixture(scope="module")
def profiles() -> Profiles:
    return load_profiles_from(PROFILES)


class _Home:
    """A hub's decoder that has heard what was retained."""

    def __init__(self, house: House, profiles: Profiles) -> None:
        self.cache = Cache(house)
        self.decoder = Decoder(read_home(house.home_file()), profiles)
        for message in self.cache.retained():
            self.decoder.decode(message.topic, message.payload, START, retained=True)

    def hear(self, step: Step) -> list[Observation]:
        change = at_instant(step, START)
        return [
            seen
            for message in self.cache.messages(change)
            for seen in self.decoder.decode(
                message.topic, message.payload, change.at, retained=False
            )
            if seen.kind not in {Kind.READING, Kind.BATTERY}
        ]


STEPS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("Wrist band", {"bpm": 134}, "", {"heart_rate": 134}),
    (
        "Blood pressure monitor",
        {"bp_systolic": 186, "bp_diastolic": 112},
        "",
        {"bp_systolic": 186, "bp_diastolic": 112, "bp_mean": 137, "heart_rate": 70},
    ),
    ("Pulse oximeter", {"spo2": 90.5}, "", {"spo2": 90.5, "heart_rate": 70}),
    ("Pulse oximeter", {"spo2": None}, "", {"heart_rate": 70}),
    ("Body thermometer", {"body_temperature": 39.2}, "", {"body_temperature": 39.2}),
    ("Glucose meter", {"glucose": 2.9}, "", {"glucose": 2.9}),
    ("Body scale", {"weight": 74.1}, "", {"weight": 74.1}),
    ("Body scale", {"weight": 12.1, "weighing_mode": "object"}, "", {}),
    ("Pill dispenser", {"slot": "morning"}, "taken", {"medication_taken": True}),
    ("Pill dispenser", {"slot": "morning"}, "missed", {}),
    ("Kitchen gas meter", {"methane": 11.5}, "", {"gas_lel": 11.5}),
    ("Kitchen gas meter", {"gas_alarm": True}, "", {"gas": True}),
    ("Boiler CO meter", {"co": 120}, "", {"co": 120}),
    ("Bedroom breath radar", {"respiratory_rate": 27.0}, "", {"respiration_rate": 27}),
    ("Bedroom breath radar", {"respiratory_rate": 0}, "", {}),
    ("Bedroom breath radar", {"person_information": True}, "", {"presence": True}),
]


@pytest.mark.parametrize("told", STEPS, ids=lambda told: f"{told[0]} {told[1]} {told[2]}")
def test_a_step_drives_a_device_by_its_name(
    house: House, profiles: Profiles, told: tuple[str, dict[str, Any], str, dict[str, Any]]
) -> None:
    device, values, action, expected = told
    step = Step(seconds(1), device, values, action)
    assert set(values) | ({"action"} if action else set()) <= house.may_say(device)
    seen = _Home(house, profiles).hear(step)
    assert {str(each.kind): each.value for each in seen} == pytest.approx(expected)
    beside = house.gateway_device(device)
    assert beside is not None
    assert {each.room for each in seen} <= {beside.room}
    assert all(each.text == "morning" for each in seen if each.is_event)


def test_a_check_in_without_news_measures_nothing(house: House, profiles: Profiles) -> None:
    home = _Home(house, profiles)
    for device in house.gateway_devices:
        assert home.hear(Step(seconds(1), device.name)) == []


def test_the_hub_knows_all_of_them_from_one_day(house: House, profiles: Profiles) -> None:
    home = _Home(house, profiles)
    for change in changes_of(house, 1, DAYS[0]):
        for message in home.cache.messages(change):
            home.decoder.decode(message.topic, message.payload, change.at, retained=False)
    known = {device.address.casefold(): device for device in home.decoder.devices()}
    for device in house.gateway_devices:
        assert known[device.address.casefold()].room == device.room, device.name
    profiled = [each.is_profiled for each in known.values() if each.bridge != "zigbee2mqtt"]
    assert sum(profiled) >= 5


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_quiet_day_stays_within_every_limit(house: House, day: date) -> None:
    """RISKS §4: 2, 3 and 22 to 27."""
    said: dict[str, list[float]] = defaultdict(list)
    names = {device.name for device in house.gateway_devices}
    for change in changes_of(house, 1, day):
        if change.device in names:
            for key, value in change.values.items():
                if isinstance(value, int | float):
                    said[key].append(value)
    assert all(50 < rate < 91 for rate in said["bpm"])
    assert all(rate == 0 or 50 < rate < 91 for rate in said["heart_rate"])
    assert all(rate == 0 or 12 <= rate <= 20 for rate in said["respiratory_rate"])
    assert all(110 < upper < 140 for upper in said["bp_systolic"])
    assert all(60 < lower < 90 for lower in said["bp_diastolic"])
    assert all(oxygen >= 96 for oxygen in said["spo2"])
    assert all(36.1 <= warmth <= 37.2 for warmth in said["body_temperature"])
    assert all(4 < sugar < 10 for sugar in said["glucose"])
    assert all(71 <= weight <= 71.8 for weight in said["weight"])
    assert set(said["methane"]) == set(said["co"]) == {0}
    assert (len(said["bp_systolic"]), len(said["weight"]), len(said["glucose"])) == (2, 1, 1)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_tablets_are_taken_before_anyone_is_reminded(house: House, day: date) -> None:
    taken = [c for c in changes_of(house, 1, day) if c.action == "taken"]
    assert [change.values["slot"] for change in taken] == ["morning", "evening"]
    for change, due in zip(taken, ("08:25", "18:45"), strict=True):
        local = change.at.astimezone(house.zone)
        early = local.replace(hour=int(due[:2]), minute=int(due[3:]), second=0) - local
        assert timedelta(0) < early < timedelta(minutes=60)


def test_at_night_the_radar_counts_and_by_day_it_sees_nobody(house: House) -> None:
    night = cache_at(house, 1, datetime(2026, 11, 22, 2, tzinfo=UTC))
    noon = cache_at(house, 1, datetime(2026, 11, 22, 11, tzinfo=UTC))
    assert night.states["Bedroom breath radar"]["person_information"] is True
    assert noon.states["Bedroom breath radar"]["person_information"] is False


def test_nodes_announce_themselves_without_templates(house: House) -> None:
    told = [m for m in Cache(house).retained() if m.topic.startswith("homeassistant/")]
    assert len(told) >= 8
    for message in told:
        assert not {"val_tpl", "value_template"} & set(json.loads(message.payload))
