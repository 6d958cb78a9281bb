"""A line to the telephone company: Twilio's own SDK, with nothing changed but its address."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from simulator.phone.company import Company
from simulator.phone.records import FINAL, Call
from tests.simulator.customer import ACCOUNT, TOKEN, Customer

TRUST = ssl.create_default_context()
"""Made once: it takes longer than most of these tests."""
US = "+15550000001"
THEM = "+15550101"
THEM_TOO = "+15550102"


class ElsewhereHttpClient(TwilioHttpClient):
    """Rewrites scheme and host of every request; all else is the SDK's."""

    def __init__(self, base_url: str, timeout: float = 5) -> None:
        super().__init__(pool_connections=False, timeout=timeout)
        self._base = urlsplit(base_url)

    def request(  # type: ignore[override]  # the rest is passed on as it came
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> Any:
        path = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, urlunsplit(path), *args, **kwargs)


@dataclass(frozen=True, slots=True)
class Placed:
    """What the SDK made of the company's answer."""

    sid: str
    status: str
    to: str
    from_: str


@dataclass(slots=True)
class Line:
    """The company, its customer, and the ways to speak to it."""

    company: Company
    customer: Customer
    url: str

    def sdk(self, token: str = TOKEN, timeout: float = 5) -> Client:
        return Client(ACCOUNT, token, http_client=ElsewhereHttpClient(self.url, timeout))

    async def call(self, to: str = THEM, **extra: Any) -> Placed:
        """Ask for a call as the cloud does."""
        wishes: dict[str, Any] = {
            "to": to,
            "from_": US,
            "url": f"{self.customer.url}/voice",
            "status_callback": f"{self.customer.url}/status",
            "status_callback_event": ["initiated", "ringing", "answered", "completed"],
            "timeout": 1,
            **extra,
        }
        placed = await asyncio.to_thread(self.sdk().calls.create, **wishes)
        return _placed(placed)

    async def fetch(self, sid: str) -> Placed:
        """Ask what has become of a call."""
        return _placed(await asyncio.to_thread(self.sdk().calls(sid).fetch))

    async def end(self, sid: str, status: str) -> Placed:
        """Call it off (`canceled`) or hang up (`completed`)."""
        return _placed(await asyncio.to_thread(self.sdk().calls(sid).update, status=status))

    async def ended(self, sid: str, seconds: float = 5) -> Call:
        """The call once it is over and told."""
        call = self.company.log.calls[sid]
        async with asyncio.timeout(seconds):
            await self.company.done_with(sid)
        assert call.status in FINAL
        return call

    async def control(self, **wish: Any) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, verify=TRUST) as http:
            return await http.post("/_control", json=wish)

    async def log(self) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, verify=TRUST) as http:
            log: dict[str, Any] = (await http.get("/_log")).json()
            return log


def _placed(call: CallInstance) -> Placed:
    return Placed(str(call.sid), str(call.status), str(call.to), str(call._from))
