"""What is said at a terminal, and which of the bytes that come back are a reply."""

import json
from datetime import UTC, datetime

import pytest

from edge_agent.response import Speak
from edge_agent.terminals import Heard, MqttTerminals
from tests.edge_agent.small_home import HOME
from vocabulary.home import read_home

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEDSIDE = HOME + '\n[[terminal]]\nid = "bedside"\nroom = "Bedroom"\n'


def _terminals(sent: list[tuple[str, bytes]]) -> MqttTerminals:
    return MqttTerminals(read_home(BEDSIDE), "en", lambda *message: sent.append(message))


def test_everybody_is_told_or_only_those_named() -> None:
    sent: list[tuple[str, bytes]] = []
    terminals = _terminals(sent)
    terminals.say(Speak((), "say.plan_b", (("number", "112"),)), NOON)
    terminals.say(Speak(("bedside",), "say.check"), NOON)
    topics = [topic for topic, _ in sent]
    assert topics == [
        "hearthline/terminal/hall/say",
        "hearthline/terminal/bedside/say",
        "hearthline/terminal/bedside/say",
    ]
    said = json.loads(sent[0][1])
    assert (said["key"], said["language"], said["at"]) == ("say.plan_b", "en", NOON.isoformat())
    assert "112" in said["text"]


def test_a_reply_is_words_and_how_sure_it_is() -> None:
    heard = _terminals([]).heard(
        "hearthline/terminal/hall/heard", b'{"text":"help","confidence":0.9}'
    )
    assert heard == Heard("hall", "help", 0.9)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        pytest.param("hearthline/terminal/cellar/heard", b'{"text":"yes"}', id="unknown terminal"),
        pytest.param("hearthline/terminal/hall/say", b'{"text":"yes"}', id="our own words"),
        pytest.param("hearthline/terminal/hall/heard", b"yes", id="no JSON"),
        pytest.param("hearthline/terminal/hall/heard", b"\xff", id="no UTF-8"),
        pytest.param("hearthline/terminal/hall/heard", b'{"text":5}', id="no words"),
        pytest.param(
            "hearthline/terminal/hall/heard", b'{"text":"yes","confidence":2}', id="too sure"
        ),
        pytest.param(
            "hearthline/terminal/hall/heard", b'{"text":"yes","confidence":NaN}', id="NaN"
        ),
        pytest.param("hearthline/terminal/hall/heard", b"[" * 5000, id="too deep and too long"),
        pytest.param(
            "hearthline/terminal/hall/heard", b'{"text":"' + b"y" * 300 + b'"}', id="a speech"
        ),
    ],
)
def test_anything_else_is_no_reply(topic: str, payload: bytes) -> None:
    assert _terminals([]).heard(topic, payload) is None
