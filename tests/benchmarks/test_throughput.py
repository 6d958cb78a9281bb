"""The benchmark's own promises: a day that does not flatter, and an object that says everything."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.throughput.day import Day, FlatteringDayError, record
from simulator.cache import Message
from simulator.trace import Line

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBERS = (
    "observations_per_second",
    "messages_per_second",
    "end_to_end_micros",
    "aiomqtt_micros",
    "paho_micros",
    "ratio",
    "p99_ms_at_1000",
    "longest_stall_ms",
    "first_rule_live_seconds",
    "first_rule_live_seconds_14_days",
    "seconds",
)
MAYBE_UNKNOWN = ("journal_micros", "peak_rss_mb")


@pytest.fixture(scope="module")
def day() -> Day:
    return record(100)


def _saying(day: Day, *payloads: bytes) -> Day:
    lines = (
        Line(AT + timedelta(seconds=number), Message("zigbee2mqtt/Hall motion", payload))
        for number, payload in enumerate(payloads)
    )
    return replace(day, lines=tuple(lines))


def test_the_simulated_day_does_not_flatter(day: Day) -> None:
    day.check()
    assert len(day.house.devices) == 100


def test_a_day_of_short_messages_is_refused(day: Day) -> None:
    with pytest.raises(FlatteringDayError, match="median of 2"):
        _saying(day, b'{"occupancy":true,"battery":90}').check()


def test_a_day_that_repeats_itself_is_refused_whatever_its_stamps(day: Day) -> None:
    said = [b'{"a":1,"b":2,"c":3,"d":4,"last_seen":"2026-03-01T12:00:0%dZ"}' % n for n in range(5)]
    with pytest.raises(FlatteringDayError, match="80%"):
        _saying(day, *said).check()


def test_stamps_move_with_the_day(day: Day) -> None:
    moved = next(day.ending(AT))
    assert moved.at.strftime("%H:%M").encode() in moved.message.payload
    assert timedelta(0) < AT - moved.at <= timedelta(days=1)


@pytest.mark.parametrize("devices", [10, 300])
def test_smaller_and_larger_houses_speak_of_each_of_their_devices_once(devices: int) -> None:
    day = record(devices)
    assert len({device.address for device in day.house.devices}) == devices
    assert {line.message.topic for line in day.lines} <= {
        f"zigbee2mqtt/{device.name}" for device in day.house.devices
    }


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_last_line_is_one_object_that_says_everything(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.throughput", "--json"]
    ended = subprocess.run(
        [*command, "--messages", "100", "--rounds", "1", "--raw", str(tmp_path)],
        capture_output=True,
        check=False,
        env=dict(os.environ),
        text=True,
    )
    assert ended.returncode in {0, 1}, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["schema"] == 1
    assert [size["devices"] for size in told["scaling"]] == [10, 30, 100, 300]
    assert all(told[key] > 0 for key in NUMBERS)
    for key in MAYBE_UNKNOWN:
        assert told[key] is not None or key in "".join(told["skipped"])
    assert (ended.returncode == 1) == bool(told["missed"])
    assert (tmp_path / "rounds.json").exists()
