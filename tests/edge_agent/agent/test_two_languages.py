"""A home is asked in its own language, and what it answers in that language is understood."""

from pathlib import Path
from typing import Any

import pytest

from tests.edge_agent.neighbourhood import Neighbourhood
from tests.edge_agent.small_home import HOME
from vocabulary.incident import CheckOutcome

CHINESE_HOME = HOME + '\n[resident]\nlanguage = "zh_CN"\n'
ENGLISH = ("en", "Are you all right?", '{"text": "yes, I am fine"}')
CHINESE = ("zh_CN", "您还好吗", '{"text": "没事"}')


@pytest.mark.parametrize(
    ("home_file", "settings", "language"),
    [
        pytest.param(HOME, {}, ENGLISH, id="a home that says nothing is English"),
        pytest.param(CHINESE_HOME, {}, CHINESE, id="the home file says Chinese"),
        pytest.param(HOME, {"language": "zh_CN"}, CHINESE, id="the installer says Chinese"),
        pytest.param(CHINESE_HOME, {"language": "en"}, ENGLISH, id="the installer says English"),
    ],
)
async def test_the_answer_is_understood_in_the_language_of_the_question(
    tmp_path: Path,
    home_file: str,
    settings: dict[str, Any],
    language: tuple[str, str, str],
) -> None:
    name, question, answer = language
    town = Neighbourhood(tmp_path, home_file)
    async with town.living(), town.hub(**settings) as hub:
        await town.publish("zigbee2mqtt/radar", b'{"fall":true}')
        await town.until(lambda: "say.fall_check" in town.said())
        (asked,) = [said for _, said in town.heard if said.get("key") == "say.fall_check"]
        assert (asked["language"], question in asked["text"]) == (name, True)

        await town.publish("hearthline/terminal/hall/heard", answer.encode())
        await town.until(lambda: "say.fall_fine" in town.said())

        (incident,) = hub.heart.response.open_incidents.values()
        assert incident.check is not None
        assert incident.check.outcome is CheckOutcome.FINE
