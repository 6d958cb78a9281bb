"""What a telephone company keeps: each call and each text with its fate, in Twilio's own form."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from simulator.phone.provider import Provider

VERSION = "2010-04-01"
FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
"""A call that has one of these statuses rings no more."""


@dataclass(slots=True)
class Call:
    """One call. `events` are instants by what happened; `keys` what was pressed, in order."""

    sid: str
    account_sid: str
    to: str
    from_: str
    params: dict[str, list[str]]
    created_at: datetime
    provider: Provider
    status: str = "queued"
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str = ""
    person: str = ""
    spoken: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    """Numbers and conference rooms the call was joined with."""
    errors: list[str] = field(default_factory=list)
    sequence: int = 0
    talk: asyncio.Task[None] | None = field(default=None, repr=False)
    end_as: str = ""
    """What the API asked for while the call went on: canceled or completed."""

    def param(self, name: str, default: str = "") -> str:
        return self.params.get(name, [default])[0]

    @property
    def duration_s(self) -> int:
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, round((self.ended_at - self.answered_at).total_seconds()))

    @property
    def outcome(self) -> str:
        """What became of it, in words; empty while it goes on."""
        if self.status not in FINAL:
            return ""
        if self.answered_at is None or self.status != "completed":
            return self.status
        return f"answered, pressed {' '.join(self.keys) or 'nothing'}"

    def resource(self) -> dict[str, Any]:
        """As `GET …/Calls/{sid}.json` answers."""
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "to": self.to,
            "from": self.from_,
            "status": self.status,
            "direction": "outbound-api",
            "answered_by": self.answered_by or None,
            "api_version": VERSION,
            "date_created": rfc_2822(self.created_at),
            "date_updated": rfc_2822(self.ended_at or self.created_at),
            "start_time": rfc_2822(self.started_at),
            "end_time": rfc_2822(self.ended_at),
            "duration": str(self.duration_s) if self.ended_at else None,
            "price": None,
            "price_unit": "USD",
            "parent_call_sid": None,
            "phone_number_sid": None,
            "uri": f"/{VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}.json",
        }

    def logged(self) -> dict[str, Any]:
        """For the simulator's own log."""
        return {
            "kind": "call",
            "sid": self.sid,
            "to": self.to,
            "from": self.from_,
            "name": self.person,
            "outcome": self.outcome,
            "provider": str(self.provider),
            "status": self.status,
            "created_at": _iso(self.created_at),
            "started_at": _iso(self.started_at),
            "answered_at": _iso(self.answered_at),
            "ended_at": _iso(self.ended_at),
            "answered_by": self.answered_by,
            "spoken": self.spoken,
            "keys": self.keys,
            "joined": self.joined,
            "errors": self.errors,
        }


@dataclass(slots=True)
class Text:
    """One text message, out (`outbound-api`) or in (`inbound`)."""

    sid: str
    account_sid: str
    to: str
    from_: str
    body: str
    created_at: datetime
    provider: Provider = Provider.OK
    status: str = "queued"
    direction: str = "outbound-api"
    status_callback: str = ""
    sent_at: datetime | None = None
    has_arrived: bool = False
    """Whether the person's telephone showed it, whatever the status says."""

    def resource(self) -> dict[str, Any]:
        """As `GET …/Messages/{sid}.json` answers."""
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "api_version": VERSION,
            "num_segments": str(len(self.body) // 153 + 1),
            "num_media": "0",
            "date_created": rfc_2822(self.created_at),
            "date_updated": rfc_2822(self.sent_at or self.created_at),
            "date_sent": rfc_2822(self.sent_at),
            "error_code": None,
            "error_message": None,
            "messaging_service_sid": None,
            "price": None,
            "price_unit": "USD",
            "uri": f"/{VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}.json",
        }

    def logged(self) -> dict[str, Any]:
        """For the simulator's own log."""
        return {
            "kind": "sms",
            "sid": self.sid,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "provider": str(self.provider),
            "created_at": _iso(self.created_at),
            "has_arrived": self.has_arrived,
        }


def basics(call: Call) -> dict[str, str]:
    """What every webhook of a call carries."""
    form = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.from_,
        "To": call.to,
        "Caller": call.from_,
        "Called": call.to,
        "CallStatus": call.status,
        "ApiVersion": VERSION,
        "Direction": "outbound-api",
    }
    if call.answered_by:
        form["AnsweredBy"] = call.answered_by
    return form


def rfc_2822(at: datetime | None) -> str | None:
    """As Twilio prints an instant: to the second."""
    return None if at is None else format_datetime(at.astimezone(UTC))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
