"""What reached the telephone company and what it did: the far end's own account of a story."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator.phone.records import Call, Text


class Log:
    """Requests, webhooks, calls and texts; each finished one is also a line of the log file."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = None if path is None else path.open("a", encoding="utf-8")
        self.requests: list[dict[str, Any]] = []
        self.webhooks: list[dict[str, Any]] = []
        self.calls: dict[str, Call] = {}
        self.texts: dict[str, Text] = {}

    def request(  # noqa: PLR0913, PLR0917 - one row of a table
        self,
        at: datetime,
        method: str,
        path: str,
        form: dict[str, list[str]],
        provider: str,
        status: int | None,
    ) -> None:
        """A request to the API; `status` None: it was never answered."""
        row = {
            "kind": "request",
            "at": at.isoformat(),
            "method": method,
            "path": path,
            "form": form,
            "provider": provider,
            "status": status,
        }
        self.requests.append(row)
        self.write(row)

    def webhook(self, row: dict[str, Any]) -> None:
        """A request that we made."""
        row = {"kind": "webhook", **row}
        self.webhooks.append(row)
        self.write(row)

    def write(self, row: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def whole(self) -> dict[str, Any]:
        """All of it, as `GET /_log` answers."""
        return {
            "requests": self.requests,
            "webhooks": self.webhooks,
            "calls": [call.logged() for call in self.calls.values()],
            "messages": [text.logged() for text in self.texts.values()],
        }
