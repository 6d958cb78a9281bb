"""What goes up is bytes with a name; the uplink need not understand it to deliver it."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Message(Protocol):
    """One message on its way up; the journal's outbox rows are such."""

    @property
    def event_id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def incident_id(self) -> UUID | None: ...
    @property
    def revision(self) -> int: ...
    @property
    def priority(self) -> int:
        """0 first."""
