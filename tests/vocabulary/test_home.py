"""A home file is refused with the line to mend, or read whole."""

import pytest

from vocabulary.home import HomeFileError, RoomType, read_home

MARGARETS = """\
[home]
zone = "Europe/London"
organisation = "meadow-care"
area = "BN1"

[[room]]
name = "Kitchen"
type = "kitchen"

[[device]]
match = { path = "zigbee2mqtt", address = "0x00124B0001AA" }
room = "Kitchen"
guards = "fridge"

[resident]
flags = ["dementia"]
"""


def test_a_home_is_read() -> None:
    home = read_home(MARGARETS)
    assert home.room[0].type is RoomType.KITCHEN
    fridge = home.device_at("zigbee2mqtt", "0x00124b0001aa")
    assert fridge is not None
    assert fridge.guards == "fridge"
    assert home.device_at("zigbee2mqtt", "0xother") is None
    assert home.room_type("Kitchen") == "kitchen"
    assert home.room_type("Attic") == ""
    assert home.resident.flags == {"dementia"}


@pytest.mark.parametrize(
    ("before", "after", "where", "what"),
    [
        pytest.param("[home]", "[home", "home.toml:1:", "expected TOML", id="not TOML"),
        pytest.param(
            'area = "BN1"', "area = BN1", "home.toml:4:", "expected TOML", id="quotes forgotten"
        ),
        pytest.param(
            'zone = "Europe/London"',
            'zone = "Mars/Olympus"',
            "home.toml:2: home.zone",
            "IANA time zone",
            id="no such zone",
        ),
        pytest.param(
            'type = "kitchen"',
            'type = "galley"',
            "home.toml:8: room.0.type",
            "'kitchen'",
            id="no such room type",
        ),
        pytest.param(
            'room = "Kitchen"',
            'room = "Cellar"',
            "home.toml:12: device.0.room",
            "expected one of: Kitchen",
            id="a room nobody named",
        ),
        pytest.param(
            'guards = "fridge"',
            'gards = "fridge"',
            "home.toml:13: device.0.gards",
            "Extra inputs",
            id="a slip of the pen",
        ),
    ],
)
def test_a_wrong_home_names_file_line_and_expectation(
    before: str, after: str, where: str, what: str
) -> None:
    with pytest.raises(HomeFileError) as refused:
        read_home(MARGARETS.replace(before, after, 1))
    assert where in str(refused.value)
    assert what in str(refused.value)
