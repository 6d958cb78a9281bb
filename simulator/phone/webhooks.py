"""The company calls back: signed, once more if no connection was made, and on record."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import httpx

from simulator.phone.log import Log
from simulator.phone.signature import HEADER, sign

TIMEOUT_S = 15.0
"""Twilio waits this long for a webhook."""


class WebhookFailed(RuntimeError):
    """The address did not answer with a document; Twilio's error 11200. It is not tried again."""


class Clock(Protocol):
    """Tells the present."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Hook:
    """One request to make."""

    url: str
    method: str
    form: Mapping[str, str]
    about: str
    """call:<sid> or sms:<sid>, for the log."""


@cache
def _trust() -> ssl.SSLContext:
    """Reading the list of authorities takes longer than a call's first ring: once is enough."""
    return ssl.create_default_context()


class Webhooks:
    """Posts to the customer's addresses, signed with the account's token."""

    def __init__(self, auth_token: str, log: Log, clock: Clock) -> None:
        self._token = auth_token
        self._log = log
        self._clock = clock
        # Addresses of this machine only: no proxy may stand between.
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=_trust())

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, hook: Hook, *, is_forged: bool = False) -> str:
        """The body of the answer; raises `WebhookFailed` for anything but 2xx.

        `is_forged`: sent by somebody who does not know the token.
        """
        at = self._clock()
        status, body, error = await self._send(hook, "somebody-else" if is_forged else self._token)
        self._log.webhook(
            {
                "at": at.isoformat(),
                "answered_at": self._clock().isoformat(),
                "method": hook.method,
                "url": hook.url,
                "form": dict(hook.form),
                "about": hook.about,
                "is_forged": is_forged,
                "status": status,
                "error": error,
            }
        )
        if status is None or not httpx.codes.is_success(status):
            raise WebhookFailed(f"{hook.about}: {hook.url} answered {status or error}")
        return body

    async def _send(self, hook: Hook, token: str) -> tuple[int | None, str, str]:
        error = ""
        for _ in range(2):
            try:
                answer = await self._http.send(self._request(hook, token))
            except httpx.ConnectError as nobody:
                error = str(nobody)
                continue
            except httpx.HTTPError as broken:
                return None, "", f"{type(broken).__name__}: {broken}"
            return answer.status_code, answer.text, ""
        return None, "", error

    def _request(self, hook: Hook, token: str) -> httpx.Request:
        if hook.method == "GET":
            glue = "&" if urlsplit(hook.url).query else "?"
            url = f"{hook.url}{glue}{urlencode(hook.form)}"
            return self._http.build_request("GET", url, headers={HEADER: sign(token, url)})
        signature = sign(token, hook.url, hook.form.items())
        return self._http.build_request(
            "POST", hook.url, data=dict(hook.form), headers={HEADER: signature}
        )
