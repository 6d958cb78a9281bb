"""A profile is data with its own proof; what is wrong with one is said by file and line."""

import pytest

from edge_agent.decode import ProfileError, Profiles, load_profiles
from edge_agent.decode.units import Units
from tests.edge_agent.decode.listed_bridge import (
    NOON,
    Bridge,
    binary,
    device,
    meant,
    numeric,
    profile_files,
)
from tests.edge_agent.decode.profile_texts import EXACT, FAMILY, OVERRIDE, profile, with_profiles
from vocabulary.observation import UNITS, Kind, Layer
from vocabulary.profile import Profile, Sample


def each_sample() -> list[tuple[Profile, Sample]]:
    known = load_profiles(profile_files())
    return [(each, sample) for each in known.profiles for sample in each.sample]


@pytest.mark.parametrize(
    ("known", "sample"),
    [pytest.param(p, s, id=f"{p.id} {s.payload}") for p, s in each_sample()],
)
def test_every_profile_does_what_its_sample_says(
    bridge: Bridge, known: Profile, sample: Sample
) -> None:
    match = known.match[0]
    model = match.model[0].replace("*", "0001")
    if match.path == "zigbee2mqtt":  # the others introduce themselves by speaking
        name = sample.topic.removeprefix("zigbee2mqtt/")
        bridge.lists(device("0x01", name, vendor=match.vendor, model=model))
    told = bridge.decoder.decode(sample.topic, sample.payload.encode(), NOON, retained=False)
    seen = [s for s in told if s.kind is not Kind.READING]
    got = [(s.kind, s.value, s.text, s.instance, s.confidence) for s in seen]
    expected = [(e.kind, e.value, e.text, e.instance, e.confidence) for e in sample.expect]
    assert got == expected
    assert [each.is_profiled for each in bridge.decoder.devices()] == [True]
    assert [UNITS.get(e.kind, e.unit) for e in sample.expect if e.unit] == [
        e.unit for e in sample.expect if e.unit
    ]


def test_the_surest_layer_says_what_a_property_means() -> None:
    contact = binary("contact")
    said = {"vendor": "Acme", "model": "T1"}

    def layered(**texts: str) -> tuple[Kind, Layer]:
        bridge = Bridge(with_profiles(**texts))
        bridge.lists(device("0x01", "one", contact, **said))
        (seen,) = bridge.says("one", {"contact": False})
        return seen.kind, seen.layer

    family = profile(FAMILY, "chair_occupied", "family")
    exact = profile(EXACT, "bed_occupied", "exact")
    override = profile(OVERRIDE, "tilt", "mine")
    assert layered() == (Kind.OPEN, Layer.RULES)
    assert layered(a=family) == (Kind.CHAIR_OCCUPIED, Layer.FAMILY)
    assert layered(a=family, b=exact) == (Kind.BED_OCCUPIED, Layer.EXACT)
    assert layered(a=family, b=exact, c=override) == (Kind.TILT, Layer.OVERRIDE)


def test_a_profile_for_another_device_is_for_no_other() -> None:
    bridge = Bridge(with_profiles(a=profile(OVERRIDE), b=profile('vendor = "Acme"', name="other")))
    bridge.lists(device("0x02", "one", binary("contact")))
    assert meant(bridge.says("one", {"contact": False})) == {"open": True}


def test_extend_keeps_what_the_device_says_replace_does_not() -> None:
    entries = binary("contact"), binary("smoke")
    message = {"contact": False, "smoke": True}
    for mode, expected in (
        ("extend", {"bed_occupied": True, "smoke": True}),
        ("replace", {"bed_occupied": True}),
    ):
        bridge = Bridge(with_profiles(a=profile(EXACT, more=f'mode = "{mode}"')))
        said = {"vendor": "Acme", "model": "T1"}
        bridge.lists(device("0x01", "one", *entries, **said))
        assert meant(bridge.says("one", message)) == expected


def test_a_profile_may_ignore_hide_and_narrow() -> None:
    more = """ignore = ["noise"]
hide_auto = ["tamper"]
use = ["block.pad"]
"""
    block = """schema = 1
id = "block.pad"
label = "battery"
kind = "block.pad"
evidence = { level = "manual" }
[[map]]
from = "battery"
to = "battery"
drop = [255]
range = [0, 60]
[[map]]
from = "temp"
to = "temperature"
unit = "°F"
"""
    bridge = Bridge(with_profiles(a=profile(EXACT, more=more), b=block))
    entries = binary("noise"), binary("tamper"), numeric("battery", "%")
    bridge.lists(device("0x01", "one", *entries, vendor="Acme", model="T1"))
    message = {"noise": True, "tamper": True, "battery": 255, "temp": 212}
    assert meant(bridge.says("one", message)) == {"reading@tamper": True, "temperature": 100.0}
    assert meant(bridge.says("one", {"battery": 61})) == {"reading@battery": 61}
    assert meant(bridge.says("one", {"battery": 60})) == {"battery": 60}


def test_the_profiles_own_silence_counts(profiles: Profiles) -> None:
    bridge = Bridge(profiles)
    bridge.lists(device("0x01", "pad", vendor="OWON", model="SPM915"))
    (pad,) = bridge.decoder.devices()
    assert str(pad.expect_every) == "1 day, 0:00:00"
    assert pad.is_profiled
    assert pad.kinds == {Kind.BED_OCCUPIED, Kind.BATTERY}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        pytest.param("schema = ", 1, "expected TOML", id="no TOML"),
        pytest.param(profile(EXACT, to="bad"), 13, "to", id="an unknown kind"),
        pytest.param(profile(EXACT, more="colour = 1"), 6, "colour", id="an unknown key"),
        pytest.param(profile(EXACT).replace("schema = 1", "schema = 2"), 1, "schema", id="version"),
        pytest.param(
            profile(EXACT).replace("[true]", "[false]"), 11, "true and false", id="contradiction"
        ),
        pytest.param(profile(EXACT).split("[[sample]]", maxsplit=1)[0], 1, "sample", id="no proof"),
        pytest.param(profile(EXACT, more='use = ["block.x"]'), 6, "no block", id="no such block"),
    ],
)
def test_a_wrong_profile_is_told_by_file_and_line(text: str, line: int, what: str) -> None:
    with pytest.raises(ProfileError) as told:
        with_profiles(wrong=text)
    assert str(told.value).startswith(f"wrong.toml:{line}: ")
    assert what in str(told.value)


def test_one_id_is_one_profile() -> None:
    with pytest.raises(ProfileError, match=r"b\.toml:2: id 'acme\.t1' is taken by a\.toml"):
        with_profiles(a=profile(EXACT), b=profile(EXACT))


def test_without_rules_nothing_can_be_understood() -> None:
    with pytest.raises(ProfileError, match="expected both"):
        load_profiles({})


def test_no_make_or_model_stands_in_the_rules() -> None:
    rules = profile_files()["_rules/zigbee2mqtt.toml"].casefold()
    for make in ("tuya", "aqara", "heiman", "owon", "ikea", "develco", "sonoff"):
        assert make not in rules


@pytest.mark.parametrize(
    ("unit", "value", "house", "expected"),
    [
        ("°F", -40.0, "°C", -40.0),
        ("K", 273.15, "°C", 0.0),
        ("ºC", 20.0, "°C", 20.0),
        ("Pa", 101325.0, "hPa", 1013.25),
        ("m³/h", 0.06, "L/min", 1.0),
        ("gal", 1.0, "L", 3.785411784),
        ("mg/m³", 0.5, "µg/m³", 500.0),
        ("ug/m3", 7.0, "µg/m³", 7.0),
        ("LEL %", 7.0, "%LEL", 7.0),
        ("  C", 7.0, "°C", 7.0),
    ],
)
def test_units_are_exact(
    profiles: Profiles, unit: str, value: float, house: str, expected: float
) -> None:
    found = Units(profiles.house).find(unit)
    assert found is not None
    assert found.house == house
    assert value * found.factor + found.offset == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("unit", ["x", "10 ms", "gg", "µm", "VAR", "furlong"])
def test_a_unit_that_means_nothing_is_not_guessed(profiles: Profiles, unit: str) -> None:
    assert Units(profiles.house).find(unit) is None
