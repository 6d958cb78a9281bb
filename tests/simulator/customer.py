"""A customer of the telephone company: serves TwiML, takes webhooks, checks each signature."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from simulator.phone.signature import HEADER

TOKEN = "a-token-for-tests"
ACCOUNT = "AC" + "5" * 32


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook as it came in."""

    path: str
    form: dict[str, str]
    is_genuine: bool


@dataclass(slots=True)
class Customer:
    """Answers `/voice`, `/keys`, `/status`, `/sms`; the bodies are set by the test."""

    voice: str = "<Response/>"
    keys: Callable[[str], str] = lambda digits: (
        f"<Response><Say>You pressed {digits}</Say></Response>"
    )
    sms: str = "<Response/>"
    port: int = 0
    received: list[Received] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{rest:path}", self._answer, methods=["GET", "POST"])])

    def paths(self, *, genuine: bool = True) -> list[str]:
        return [one.path for one in self.received if one.is_genuine is genuine]

    def statuses(self) -> list[str]:
        return [one.form["CallStatus"] for one in self.received if one.path == "/status"]

    async def until(self, is_so: Callable[["Customer"], bool], seconds: float = 5) -> None:
        """Wait until the webhooks that came in fulfil the condition."""
        async with asyncio.timeout(seconds):
            while not is_so(self):
                self.came.clear()
                await self.came.wait()

    async def _answer(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        path = request.url.path
        whole = f"{self.url}{path}" + (f"?{request.url.query}" if request.url.query else "")
        signature = request.headers.get(HEADER, "")
        is_genuine = RequestValidator(TOKEN).validate(whole, form, signature)
        if request.method == "GET":
            form = dict(request.query_params)
        self.received.append(Received(path, form, bool(is_genuine)))
        self.came.set()
        if not is_genuine:
            return Response("forged", status_code=403)
        return Response(self._body(path, form), media_type="text/xml")

    def _body(self, path: str, form: dict[str, Any]) -> str:
        match urlsplit(path).path:
            case "/voice":
                return self.voice
            case "/keys":
                return self.keys(form.get("Digits", ""))
            case "/sms":
                return self.sms
            case _:
                return ""


def page(digit: int = 7, *, timeout: int = 1, action: str = "/keys") -> str:
    """A page as the cloud speaks it."""
    return (
        f'<Response><Gather input="dtmf" numDigits="2" timeout="{timeout}" action="{action}">'
        f"<Say>Hearthline. Incident 12. To acknowledge, press 4 and then {digit}. "
        "To escalate, press 5.</Say></Gather><Redirect>/voice</Redirect></Response>"
    )
