"""A run counts what was measured beyond its limit, and only that."""

import operator
from datetime import timedelta

import pytest

from edge_agent.signals.lasting import Lasting, Limit
from edge_agent.signals.mean_watch import MeanWatch
from edge_agent.signals.window_mean import WindowMean
from tests.stories import at

M = timedelta(minutes=1)
COLD = Limit(18, operator.lt, eases=18.5, needs=60 * M, eases_for=15 * M)


def run(readings: dict[int, float], limit: Limit = COLD) -> Lasting:
    """Told these readings by minute; one holds for half an hour."""
    lasting = Lasting(limit, 30 * M)
    for minute, reading in readings.items():
        lasting.see(at(60 * minute), reading)
    return lasting


@pytest.mark.parametrize(
    ("readings", "now", "minutes"),
    [
        pytest.param({0: 17.9}, 10, 10, id="since the reading"),
        pytest.param({0: 18.0}, 10, 0, id="at the limit is not beyond it"),
        pytest.param({0: 17.0}, 300, 30, id="a reading holds for half an hour"),
        pytest.param({0: 17.0, 40: 17.0}, 50, 40, id="what nobody measured does not count"),
        pytest.param({0: 17.0, 20: 18.2, 30: 17.0}, 40, 30, id="between, uncounted"),
        pytest.param({0: 17.0, 20: 19.0, 30: 17.0}, 40, 30, id="eased for ten minutes only"),
        pytest.param({0: 17.0, 20: 19.0, 35: 19.0, 40: 17.0}, 45, 5, id="eased: it begins anew"),
        pytest.param({0: 17.0, 200: 17.0}, 210, 10, id="unknown for too long: begins anew"),
        pytest.param({0: 17.0, 30: 17.0, 60: 17.0, 400: 17.0}, 410, 100, id="unless it was met"),
    ],
)
def test_a_run(readings: dict[int, float], now: int, minutes: int) -> None:
    assert run(readings).lasted(at(60 * now)) == minutes * M


def test_a_run_is_met_to_the_minute_and_says_when() -> None:
    lasting = run({0: 17.0, 25: 17.0, 40: 17.0})
    assert lasting.met_at() == at(3600)
    assert not lasting.is_met(at(3599))
    assert lasting.is_met(at(3600))
    assert run({0: 17.0}).met_at() is None, "one reading alone holds too short"
    assert run({0: 19.0}).met_at() is None
    assert not run({}).is_met(at(9999))


def watch(readings: dict[float, float | None]) -> MeanWatch:
    """A mean of ten minutes against one limit without a while."""
    mean = MeanWatch(WindowMean(10 * M, 30 * M), (Limit(20, operator.ge, eases=15),))
    for minute, reading in readings.items():
        mean.add(at(60 * minute), reading)
    return mean


def test_a_mean_passes_its_limit_between_two_readings() -> None:
    mean = watch({0: 10.0, 20: 30.0})
    assert mean.at(at(60 * 24))[0].since is None
    assert mean.at(at(60 * 25))[0].since == at(60 * 25), "half of 10, half of 30"
    assert mean.at(at(60 * 90))[0].since == at(60 * 25), "and silence ends nothing"
    mean.add(at(60 * 28), 30.0)
    assert mean.lasting[0].since == at(60 * 25)


def test_a_calm_mean_is_not_looked_at() -> None:
    calm = watch(dict.fromkeys(range(20), 10.0))
    assert not calm.stirs(at(60 * 20))
    assert calm.due(at(60 * 20)) is None
    stirred = watch({0: 10.0, 20: 30.0})
    assert stirred.due(at(60 * 20 + 10)) == at(60 * 21)
    assert stirred.due(at(60 * 20 + 3600)) is None, "nothing is known any more"


def test_what_is_no_longer_known_has_no_mean() -> None:
    gone = watch({0: 30.0, 12: None})
    assert gone.at(at(60 * 12))[0].since == at(60 * 8)
    assert gone.mean.mean(at(60 * 30)) is None
    assert gone.mean.ends_at is not None
    assert watch({}).at(at(0))[0].since is None
