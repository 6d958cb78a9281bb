"""Without `last_seen` in it each press is the same bytes: in doubt it is a new one."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.agent.ear import Durable, Ear
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.agent.start import load_profiles_from
from edge_agent.journal import Batch
from edge_agent.mqtt_client import Incoming
from edge_agent.terminals import MqttTerminals
from tests.edge_agent.small_home import DEVICES, HOME
from tests.stories import at, ids
from vocabulary.home import read_home

PROFILES = Path(__file__).parents[3] / "device_profiles"
LAST = 0.0
"""The second of the press that is known."""


class _Day:
    """An ear and its heart; what they find is kept in a list."""

    def __init__(self) -> None:
        self.now: datetime = at(LAST)
        self.found: list[str] = []
        home = read_home(HOME)
        heart = Heart(home, load_profiles_from(PROFILES), ids())
        terminals = MqttTerminals(home, "en", lambda _topic, _payload: None)
        self.ear = Ear(heart, terminals, lambda: self.now, self._do, set())
        self.deliver("bridge/devices", DEVICES)
        self.press(LAST)

    def press(self, second: float, **also: datetime | bool | None) -> None:
        self.now = at(second)
        self.deliver("pendant", b'{"action":"single"}', **also)

    def deliver(self, name: str, payload: bytes, **also: datetime | bool | None) -> None:
        told = {"is_retained": False, "is_repeat": False} | also
        self.ear.take(Incoming(f"zigbee2mqtt/{name}", payload, 1, 1, **told))  # type: ignore[arg-type]  # a table of named values

    def _do(self, outcome: Outcome, _batch: Batch | None) -> Durable:
        self.found += [finding.slug for finding in outcome.findings]
        return None


CASES = [
    pytest.param(60, False, None, True, id="pressed once more"),
    pytest.param(60, True, 10, False, id="told again after the line was cut at once"),
    pytest.param(60, True, 29, False, id="told again after a line that had died unnoticed"),
    pytest.param(60, True, 59, True, id="another press, cut off before it was on the disk"),
    pytest.param(86400, True, 86390, True, id="another press a day later"),
    pytest.param(60, True, None, True, id="nobody knows of an earlier line"),
]


@pytest.mark.parametrize(("second", "is_repeat", "cut", "is_new"), CASES)
def test_the_same_bytes_again(
    second: float, is_repeat: bool, cut: float | None, is_new: bool
) -> None:
    day = _Day()
    day.press(second, is_repeat=is_repeat, cut_at=None if cut is None else at(cut))
    assert day.found == ["sos_call"] * (2 if is_new else 1)


DEATHS = [
    pytest.param(timedelta(seconds=20), False, id="the hub died a moment after it"),
    pytest.param(timedelta(days=2), True, id="the hub lived on for days"),
]


@pytest.mark.parametrize(("later", "is_new"), DEATHS)
def test_the_same_bytes_after_a_restart(later: timedelta, is_new: bool) -> None:
    before, day = _Day(), _Day()
    (key,) = before.ear._presses
    day.ear.remember({key: at(LAST)}, {}, at(LAST) + later)
    day.press(later.total_seconds() + 60, is_repeat=True)
    assert day.found == ["sos_call"] * (2 if is_new else 1)
