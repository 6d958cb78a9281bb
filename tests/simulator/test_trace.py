"""A trace gives back, byte for byte, what went by."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cache import Message
from simulator.house import build_house
from simulator.past import past_lines
from simulator.trace import BadTrace, Line, format_line, parse_line, read_trace, write_trace

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(
    payload=st.binary(max_size=200),
    topic=st.from_regex(r"[a-z0-9/ 书-房]{1,40}", fullmatch=True),
    millis=st.integers(0, 2**41),
    is_retained=st.booleans(),
)
def test_any_message_comes_back(payload: bytes, topic: str, millis: int, is_retained: bool) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    line = Line(at, Message(topic, payload, is_retained))
    raw = format_line(line)
    assert raw.count(b"\n") == 1
    assert parse_line(raw) == line


def test_a_line_as_the_design_writes_it() -> None:
    message = Message("zigbee2mqtt/Hall", b'{"a":"\t\\"}', is_retained=True)
    assert format_line(Line(NOON, message)) == (
        b'1795348800000\tzigbee2mqtt/Hall\t{"a":"\\t\\\\"}\tr\n'
    )


@pytest.mark.parametrize("name", ["day.trace", "day.trace.xz"])
def test_a_file_comes_back_plain_or_packed(tmp_path: Path, name: str) -> None:
    lines = list(past_lines(build_house(1), 1, 0.05, NOON))
    file = tmp_path / name
    assert write_trace(file, lines) == len(lines)
    whole_millis = [
        Line(line.at.replace(microsecond=line.at.microsecond // 1000 * 1000), line.message)
        for line in lines
    ]
    assert list(read_trace(file)) == whole_millis


def test_a_past_begins_with_what_the_bridge_had_announced() -> None:
    house = build_house(1)
    lines = list(past_lines(house, 1, 0.05, NOON))
    announced = 103 + sum(len(list(device.retained())) for device in house.gateway_devices)
    assert [line.message.topic for line in lines[:2]] == [
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/bridge/devices",
    ]
    assert all(line.message.is_retained for line in lines[:announced])
    assert not any(line.message.is_retained for line in lines[announced:])
    assert lines[-1].at < NOON


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"1\ttopic\n", id="a column is missing"),
        pytest.param(b"1\ttopic\tp\tx\n", id="no r"),
        pytest.param(b"noon\ttopic\tp\n", id="no instant"),
        pytest.param(b"1\ttopic\t\\q\n", id="an escape that is none"),
        pytest.param(b"1\ttopic\tp\\\n", id="ends in the middle of an escape"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "broken.trace"
    file.write_bytes(b"1\ttopic\tp\n" + raw)
    with pytest.raises(BadTrace, match=r"broken\.trace:2: "):
        list(read_trace(file))
