"""What the uplink asks of the hub it speaks for."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

from edge_agent.errors import HubError
from edge_agent.uplink.outbox import Entry
from vocabulary.wire import Config, Heartbeat, Hello, HistoryRequest, IncidentState, Say

Down = IncidentState | Say | HistoryRequest | Config
"""What the cloud may say, receipts apart."""


class NotDurableError(HubError):
    """What came down could not be kept: it stays unanswered, and the cloud repeats it."""


class Line(Protocol):
    """The hub, as the uplink sees it."""

    def hello(self) -> Hello:
        """The first words of a connection."""

    def heartbeat(self, queued: int, oldest: timedelta) -> Heartbeat:
        """The next heartbeat, with what changed since the last one that was sent, or with all."""

    def heartbeat_sent(self, beat: Heartbeat) -> None:
        """That one was handed over."""

    def settled(self, entries: list[Entry], refused: dict[UUID, str]) -> None:
        """The cloud has committed these, or refuses some of them for good (id to reason)."""

    async def heed(self, message: Down) -> str | None:
        """Apply a message and return once that is durable: None, or why it is refused for good.

        Raises `NotDurableError`.
        """

    def new_id(self) -> UUID:
        """A fresh event id."""

    def is_urgent(self) -> bool:
        """Whether somebody waits for help: an incident is open."""
