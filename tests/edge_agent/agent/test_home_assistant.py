"""Home Assistant finds one device with a sensor for each risk that is watched, and nothing else."""

import json
import re
from typing import Any

import pytest

from edge_agent.agent.home_assistant import birth_topics, config_topic, discovery
from edge_agent.tongue import translator
from vocabulary.risks import RISKS

WATCHED = {"smoke_fire", "fall", "heart_rate_abnormal", "water_leak"}
PLAIN = re.compile(r"\{\{ value_json(\.[a-z_]+)+ \}\}")


def _parts(language: str = "en", watched: set[str] = WATCHED) -> dict[str, Any]:
    parts = discovery("hub-one", watched, translator(language))["components"]
    assert isinstance(parts, dict)
    return parts


def test_the_message_says_who_speaks_and_when_to_believe_it() -> None:
    message = discovery("hub-one", WATCHED)
    assert set(message) == {"device", "origin", "availability_topic", "qos", "components"}
    assert message["availability_topic"] == "hearthline/status"
    device = message["device"]
    assert isinstance(device, dict)
    assert device["identifiers"] == ["hearthline_hub-one"]
    assert config_topic("homeassistant", "hub-one") == (
        "homeassistant/device/hearthline_hub-one/config"
    )


def test_a_risk_has_a_sensor_while_something_watches_it_and_always_its_coverage() -> None:
    parts = _parts()
    assert {name for name in parts if name.startswith("risk_")} == {f"risk_{s}" for s in WATCHED}
    assert {f"coverage_{card.slug}" for card in RISKS} < set(parts)
    assert parts["coverage_fall"]["entity_category"] == "diagnostic"
    assert parts["coverage_fall"]["options"] == ["covered", "degraded", "blind"]
    assert parts["coverage_fall"]["value_template"] == "{{ value_json.fall.state }}"


@pytest.mark.parametrize(
    ("slug", "device_class"),
    [
        ("smoke_fire", "smoke"),
        ("co_exposure", "carbon_monoxide"),
        ("gas_leak", "gas"),
        ("water_leak", "moisture"),
        ("fall", "safety"),
        ("heart_rate_abnormal", "problem"),
    ],
)
def test_the_class_of_a_sensor_fits_its_risk(slug: str, device_class: str) -> None:
    part = _parts(watched={slug})[f"risk_{slug}"]
    assert part["device_class"] == device_class
    assert part["state_topic"] == f"hearthline/risk/{slug}"


def test_ids_are_unique_and_the_same_whatever_is_watched_and_spoken() -> None:
    ids = {name: part["unique_id"] for name, part in _parts().items()}
    assert len(set(ids.values())) == len(ids)
    others = {name: part["unique_id"] for name, part in _parts("zh_CN", {"fall"}).items()}
    assert others.items() <= ids.items()


def test_names_are_in_the_language_of_the_home() -> None:
    assert _parts()["coverage_fall"]["name"] == "Watched: Fall"
    chinese = [part["name"] for part in _parts("zh_CN").values()]
    assert all(re.search(r"[\u4e00-\u9fff]", name) for name in chinese)
    assert len(set(chinese)) == len(chinese)


def test_templates_are_plain_and_every_topic_is_ours() -> None:
    for part in _parts().values():
        assert PLAIN.fullmatch(part.get("value_template", "{{ value_json.x }}"))
        topics = [part[key] for key in part if key.endswith("_topic")]
        assert topics
        assert all(topic.startswith("hearthline/") for topic in topics)


def test_nothing_is_declared_stale_by_a_clock() -> None:
    assert "expire_after" not in json.dumps(discovery("hub-one", WATCHED))


def test_without_a_prefix_nobody_is_listened_for() -> None:
    assert birth_topics("homeassistant") == ("homeassistant/status",)
    assert birth_topics("") == ()
