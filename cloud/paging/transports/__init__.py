"""The ways out of the cloud to a person's telephone, behind one port.

A provider that does not answer may still have placed the call: placing one is not idempotent. So
every failure says which of three it is: certainly not taken and vain, certainly not taken but worth
trying later, or unknown.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from cloud.errors import CloudError
from cloud.paging.rules import Channel


@dataclass(frozen=True, slots=True)
class Order:
    """What a provider is asked to do: call that number, or write to it."""

    channel: Channel
    to: str
    """E.164"""
    answer_url: str = ""
    """Where the provider asks what to say when a call is answered."""
    status_url: str = ""
    body: str = ""
    """The text of an SMS."""


@dataclass(frozen=True, slots=True)
class Found:
    """A call or SMS that the provider holds, as its list tells."""

    provider_id: str
    status: str
    """In the provider's own word."""


class TransportError(CloudError):
    """A provider has not done as asked; `reason` is a short word for the page's row."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the provider did not take it: {reason}")
        self.reason = reason[:80]


class Rejected(TransportError):
    """Certainly not taken, and it will not be (bad number, bad log-in): another way is needed."""

    status: ClassVar[int] = 502


class TryLater(TransportError):
    """Certainly not taken, but may be soon (too many requests, connection refused)."""

    status: ClassVar[int] = 503
    can_retry: ClassVar[bool] = True


class OutcomeUnknown(TransportError):
    """It may have been taken (time-out, broken connection, 5xx): look it up before asking again."""

    status: ClassVar[int] = 504
    can_retry: ClassVar[bool] = True


class Transport(Protocol):
    """A provider. Its calls block for at most a few seconds; run them in a thread."""

    name: str

    def place(self, order: Order) -> str:
        """Call or write; the provider's id of it. Raises `TransportError`."""
        ...

    def look_up(self, channel: Channel, to: str, since: datetime) -> list[Found]:
        """What was asked for to that number since then, oldest first. Raises `TransportError`."""
        ...

    def tell(self, provider_id: str) -> str:
        """How that call stands, in the provider's own word. Raises `TransportError`."""
        ...
