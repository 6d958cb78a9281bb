"""Where the telephone company calls back, and where the reader of an SMS is led."""

from dataclasses import dataclass
from uuid import UUID

from vocabulary.incident import Role


@dataclass(frozen=True, slots=True)
class Addresses:
    """All under the configured public address: it is part of every signature."""

    public_url: str

    def answer(self, token: str) -> str:
        return f"{self._attempt(token)}/answer"

    def keys(self, token: str) -> str:
        return f"{self._attempt(token)}/keys"

    def status(self, token: str) -> str:
        return f"{self._attempt(token)}/status"

    def reader(self, role: Role, incident_id: UUID) -> str:
        """The page that the SMS opens; the id is random, and the page asks for a log-in."""
        base = self.public_url.rstrip("/")
        return f"{base}/home" if role is Role.FAMILY else f"{base}/triage/incidents/{incident_id}"

    def _attempt(self, token: str) -> str:
        return f"{self.public_url.rstrip('/')}/telephone/twilio/{token}"
