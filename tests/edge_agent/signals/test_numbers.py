"""A number that has not moved for a day is no measurement any more."""

from datetime import UTC, datetime

import pytest

from edge_agent.signals.numbers import Numbers
from vocabulary.observation import Kind

HOUR = 3600.0
ROOM = ("0x01", Kind.TEMPERATURE, "")


def stuck(values: list[tuple[float, float]]) -> datetime | None:
    numbers = Numbers()
    for hours, value in values:
        numbers.read(ROOM, hours * HOUR, value)
    return numbers.stuck().get(("0x01", Kind.TEMPERATURE))


@pytest.mark.parametrize(
    ("values", "since"),
    [
        pytest.param([(h, 20.5) for h in range(25)], 0, id="a whole day"),
        pytest.param([(h, 20.5) for h in range(24)], None, id="an hour less"),
        pytest.param([(h, 20.5) for h in range(0, 36, 4)], None, id="told nine times in a day"),
        pytest.param([(0, 20.4), *((h, 20.5) for h in range(1, 40))], 1, id="since it changed"),
        pytest.param([*((h, 20.5) for h in range(40)), (40, 20.6)], None, id="moves again"),
    ],
)
def test_when_a_number_is_stuck(values: list[tuple[float, float]], since: float | None) -> None:
    expected = None if since is None else datetime.fromtimestamp(since * HOUR, UTC)
    assert stuck(values) == expected
