"""A line of the log is one JSON object, whatever it is told."""

import json
from uuid import UUID

import pytest

from edge_agent.log import Log


def test_a_line_says_what_where_and_how_bad(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log("deeds")
    log.info("awake", seconds=0.2)
    log.warning("late", incident_id=UUID(int=7))
    log.error("disk_hangs")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert {line["part"] for line in lines} == {"deeds"}
    assert lines[0]["event"] == "awake"
    assert lines[0]["seconds"] == 0.2
    assert lines[1]["incident_id"] == str(UUID(int=7))


def test_an_exception_brings_its_trace_on_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        int("two\nlines")
    except ValueError:
        Log("hub").exception("message_failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError" in json.loads(line)["exception"]
