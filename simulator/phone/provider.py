"""A provider has good days and thirteen kinds of bad ones (RELIABILITY appendix B)."""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Provider(StrEnum):
    """How it behaves: the first ten when it is asked, the last four when it calls back."""

    OK = "ok"
    QUEUED = "queued"
    """Accepts, and rings only after its queue (`queue_s`)."""
    INVALID_NUMBER = "invalid_number"
    TOKEN_ROTATED = "401"  # noqa: S105 - a status, no secret
    RATE_LIMITED = "429"
    FAILS = "500"
    FAILS_AFTER_ACCEPTING = "500_after_accept"
    TIMES_OUT_AFTER_ACCEPTING = "timeout_after_accept"
    CONNECTION_RESET = "reset"
    NOTHING_RINGS = "nothing_rings"
    """Says "completed" and "delivered", and nothing rang."""
    CALLBACKS_TWICE = "callbacks_twice"
    CALLBACKS_REVERSED = "callbacks_reversed"
    CALLBACKS_NEVER = "callbacks_never"
    CALLBACKS_FORGED = "callbacks_forged"
    """A stranger calls back as well, without the token."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer in Twilio's form."""

    status: int
    code: int
    message: str

    def body(self) -> dict[str, str | int]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


UNAUTHENTICATED = Refusal(401, 20003, "Authenticate")
NOT_FOUND = Refusal(404, 20404, "The requested resource was not found")
TOO_MANY = Refusal(429, 20429, "Too Many Requests")
BROKEN = Refusal(500, 20500, "Internal Server Error")


def bad_number(number: str) -> Refusal:
    """The number is none, or not one that can be called."""
    return Refusal(400, 21211, f"The 'To' number {number} is not a valid phone number.")


def missing(code: int, name: str) -> Refusal:
    """A parameter was left out."""
    return Refusal(400, code, f"A '{name}' is required.")


@dataclass(slots=True)
class Mood:
    """The provider's behaviour now; `left` more requests of it, None: until told otherwise."""

    provider: Provider = Provider.OK
    left: int | None = None
    queue_s: float = 8.0
    hold_s: float = 60.0
    """How long a request hangs that times out."""

    def next(self) -> Provider:
        """The behaviour for one more call or message asked for."""
        if self.left is None:
            return self.provider
        if self.left == 0:
            self.provider, self.left = Provider.OK, None
            return self.provider
        self.left -= 1
        return self.provider
