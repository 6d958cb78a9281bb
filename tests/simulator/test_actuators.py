"""Sirens, lamps and valves do what is well said, and nothing else."""

import pytest

from simulator.actuators import NoConverter, obey
from simulator.house import House, build_house


@pytest.fixture(scope="module")
def house() -> House:
    return build_house(1)


@pytest.mark.parametrize(
    ("device", "payload", "is_on"),
    [
        pytest.param("Hall siren", b'{"warning":{"mode":"emergency"}}', True, id="siren by mode"),
        pytest.param("Hall siren", b'{"warning":{"mode":"stop"}}', False, id="siren stops"),
        pytest.param("Bedroom siren", b'{"alarm":true}', True, id="siren by true"),
        pytest.param("Bedroom siren", b'{"alarm":false}', False, id="siren by false"),
        pytest.param("Living room siren", b'{"alarm":"ON"}', True, id="siren by ON"),
        pytest.param("Hall path light", b'{"state":"on","brightness":254}', True, id="lamp"),
        pytest.param("Hall path light", b"OFF", False, id="lamp by a bare word"),
        pytest.param("Gas valve", b'{"state":"OFF"}', False, id="gas shut"),
        pytest.param("Stove guard", b'{"state":"OFF"}', False, id="stove cut off"),
        pytest.param("Water main valve", b'{"state":"CLOSE"}', False, id="water shut"),
    ],
)
def test_obeyed(house: House, device: str, payload: bytes, is_on: bool) -> None:
    assert obey(house.device(device), payload).is_on is is_on


def test_an_attribute_may_stand_in_the_topic(house: House) -> None:
    obeyed = obey(house.device("Hall path light"), b"ON", "state")
    assert (obeyed.values, obeyed.is_on) == ({"state": "ON"}, True)


def test_what_is_cut_off_draws_nothing(house: House) -> None:
    cut = obey(house.device("Stove guard"), b'{"state":"OFF"}')
    assert cut.values == {"state": "OFF", "power": 0}


def test_a_warning_is_no_state(house: House) -> None:
    assert obey(house.device("Hall siren"), b'{"warning":{"mode":"fire"}}').values == {}


@pytest.mark.parametrize(
    ("device", "payload"),
    [
        pytest.param("Hall siren", b'{"alarm":true}', id="a key of another make"),
        pytest.param("Hall siren", b'{"warning":{"mode":"loud"}}', id="no such mode"),
        pytest.param("Hall siren", b'{"warning":{"pitch":1}}', id="no such part"),
        pytest.param("Hall siren", b'{"warning":"fire"}', id="a word for an object"),
        pytest.param("Bedroom siren", b'{"alarm":"ON"}', id="a word for true"),
        pytest.param("Bedroom siren", b'{"alarm":1}', id="one for true"),
        pytest.param("Gas valve", b'{"state":"CLOSE"}', id="a valve that only knows OFF"),
        pytest.param("Hall path light", b'{"brightness":900}', id="brighter than bright"),
        pytest.param("Hall path light", b'{"brightness":true}', id="no number"),
        pytest.param("SOS pendant", b'{"state":"ON"}', id="a button"),
        pytest.param("Hall siren", b"\xff\xfe", id="noise"),
    ],
)
def test_refused(house: House, device: str, payload: bytes) -> None:
    with pytest.raises(NoConverter, match=device):
        obey(house.device(device), payload)
