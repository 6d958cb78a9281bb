"""What the hub does, line by line, for whoever keeps its log: JSON on standard error.

Of our own, because the usual library brings a terminal's colours along: 10 MB and a tenth of a
second of each start, on a machine that nobody looks at.
"""

import json
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Log:
    """One part of the hub that has something to tell."""

    part: str

    def info(self, event: str, **facts: object) -> None:
        self._tell("info", event, facts)

    def warning(self, event: str, **facts: object) -> None:
        self._tell("warning", event, facts)

    def error(self, event: str, **facts: object) -> None:
        self._tell("error", event, facts)

    def exception(self, event: str, **facts: object) -> None:
        """An error with the trace of the exception that is being handled."""
        self._tell("error", event, {**facts, "exception": traceback.format_exc()})

    def _tell(self, level: str, event: str, facts: dict[str, object]) -> None:
        at = datetime.now(UTC).isoformat()  # noqa: TID251 - the wall's time, to find the line by
        line = {**facts, "event": event, "part": self.part, "level": level, "timestamp": at}
        sys.stderr.write(json.dumps(line, default=str) + "\n")
