"""A light tells since when it is so; a hub that was restarted must still know it."""

import json
from datetime import datetime
from typing import Any, Final

from edge_agent.coverage import Coverage, Gap, RiskCoverage, State
from edge_agent.log import Log

NOTE: Final = "lights"
"""Under this key the journal keeps it."""

_log = Log("hub")


def write_note(coverage: Coverage) -> str:
    """The lights, since when each device is known, and when the hub was not there."""
    return json.dumps(
        {
            "lights": {
                light.slug: {
                    "state": light.state.value,
                    "reason": light.reason,
                    "since": light.since.isoformat(),
                    "values": dict(light.values),
                }
                for light in coverage.told.values()
            },
            "known": {address: at.isoformat() for address, at in coverage.known_since.items()},
            "deaf": [[gap_at.isoformat() for gap_at in gap] for gap in coverage.deaf],
        }
    )


def restore_note(coverage: Coverage, note: str | None, slept: Gap | None) -> None:
    """Take over what the hub before this one noted; `slept`: from its end to this one's start."""
    read: dict[str, Any] = {}
    if note is not None:
        try:
            read = _read(note)
        except (ValueError, TypeError, KeyError, AttributeError):
            _log.exception("lights_note_unreadable")
    gaps = [*read.get("deaf", ()), *([slept] if slept is not None else ())]
    coverage.restore(read.get("lights", ()), read.get("known", {}), gaps)


def _read(note: str) -> dict[str, Any]:
    held = json.loads(note)
    at = datetime.fromisoformat
    return {
        "lights": [
            RiskCoverage(
                slug,
                State(one["state"]),
                one["reason"],
                at(one["since"]),
                tuple(one["values"].items()),
            )
            for slug, one in held["lights"].items()
        ],
        "known": {address: at(text) for address, text in held["known"].items()},
        "deaf": [(at(begin), at(end)) for begin, end in held["deaf"]],
    }
