"""Twilio's HTTP API, as far as paging people needs it: calls and messages of one account."""

import asyncio
import base64
import binascii
import hmac
import re
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.phone.company import Company
from simulator.phone.people import Behaviour
from simulator.phone.provider import (
    BROKEN,
    NOT_FOUND,
    TOO_MANY,
    UNAUTHENTICATED,
    Provider,
    Refusal,
    bad_number,
    missing,
)
from simulator.phone.records import FINAL, VERSION, Call, Text

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_MOODY = {
    Provider.TOKEN_ROTATED: UNAUTHENTICATED,
    Provider.RATE_LIMITED: TOO_MANY,
    Provider.FAILS: BROKEN,
}
_CREATED = 201
_ACCOUNT = f"/{VERSION}/Accounts/{{account}}"


class ResettableProtocol(H11Protocol):
    """Lets a request handler cut the wire, as a provider's dying front end does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it alike
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Api:
    """The routes over one company."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def routes(self) -> list[Route]:
        return [
            Route(f"{_ACCOUNT}.json", self.account),
            Route(f"{_ACCOUNT}/Calls.json", self.create_call, methods=["POST"]),
            Route(f"{_ACCOUNT}/Calls.json", self.list_calls),
            Route(f"{_ACCOUNT}/Calls/{{sid}}.json", self.fetch_call),
            Route(f"{_ACCOUNT}/Calls/{{sid}}.json", self.update_call, methods=["POST"]),
            Route(f"{_ACCOUNT}/Messages.json", self.create_text, methods=["POST"]),
            Route(f"{_ACCOUNT}/Messages.json", self.list_texts),
            Route(f"{_ACCOUNT}/Messages/{{sid}}.json", self.fetch_text),
        ]

    async def account(self, request: Request) -> Response:
        if refused := self._stranger(request):
            return await self._answer(request, refused.status, refused.body())
        body = {"sid": self._company.account_sid, "status": "active", "friendly_name": "Simulator"}
        return await self._answer(request, 200, body)

    async def create_call(self, request: Request) -> Response:
        form = await _form(request)
        provider = self._company.mood.next()
        refused = self._refusal(request, form, provider)
        if refused is None and not (form.get("Url") or form.get("Twiml")):
            refused = missing(21205, "Url")
        if refused is not None:
            return await self._answer(request, refused.status, refused.body(), form, provider)
        if provider is Provider.CONNECTION_RESET:
            return self._reset(request, form)
        call = self._company.accept_call(form, provider)
        return await self._accepted(request, call, form, provider)

    async def create_text(self, request: Request) -> Response:
        form = await _form(request)
        provider = self._company.mood.next()
        refused = self._refusal(request, form, provider)
        if refused is None and not form.get("Body"):
            refused = missing(21602, "Body")
        if refused is not None:
            return await self._answer(request, refused.status, refused.body(), form, provider)
        if provider is Provider.CONNECTION_RESET:
            return self._reset(request, form)
        text = self._company.accept_text(form, provider)
        return await self._accepted(request, text, form, provider)

    async def list_calls(self, request: Request) -> Response:
        """Filters To, From, Status and StartTime (>=, <=); newest first, PageSize at most 1000.

        A call that has not been dialled yet counts from when it was asked for: whoever looks for
        an unknown outcome must find it.
        """
        if refused := self._stranger(request):
            return await self._answer(request, refused.status, refused.body())
        since, until = _bounds(request, "StartTime")
        wanted = [
            call
            for call in self._company.log.calls.values()
            if _fits(request, {"To": call.to, "From": call.from_, "Status": call.status})
            and _between(call.started_at or call.created_at, since, until)
        ]
        return await self._answer(request, 200, _page(request, "calls", "Calls", wanted))

    async def list_texts(self, request: Request) -> Response:
        """Filters To, From and DateSent (>=, <=); newest first."""
        if refused := self._stranger(request):
            return await self._answer(request, refused.status, refused.body())
        since, until = _bounds(request, "DateSent")
        wanted = [
            text
            for text in self._company.log.texts.values()
            if _fits(request, {"To": text.to, "From": text.from_})
            and _between(text.sent_at or text.created_at, since, until)
        ]
        return await self._answer(request, 200, _page(request, "messages", "Messages", wanted))

    async def fetch_call(self, request: Request) -> Response:
        return await self._fetch(request, self._company.log.calls)

    async def fetch_text(self, request: Request) -> Response:
        return await self._fetch(request, self._company.log.texts)

    async def update_call(self, request: Request) -> Response:
        """`Status=canceled` ends a call that is not answered yet, `completed` any."""
        form = await _form(request)
        call = self._company.log.calls.get(request.path_params["sid"])
        refused = self._stranger(request) or (NOT_FOUND if call is None else None)
        if refused is not None or call is None:
            refused = refused or NOT_FOUND
            return await self._answer(request, refused.status, refused.body(), form)
        wish = form.get("Status", [""])[0]
        may_end = wish == "completed" or (wish == "canceled" and call.answered_at is None)
        if may_end and call.status not in FINAL and call.talk is not None:
            call.end_as = wish if call.answered_at else "canceled"
            call.talk.cancel()
            await asyncio.wait([call.talk])
            call.status = call.end_as
        return await self._answer(request, 200, call.resource(), form)

    async def _fetch(self, request: Request, kept: Mapping[str, Call | Text]) -> Response:
        if refused := self._stranger(request):
            return await self._answer(request, refused.status, refused.body())
        found = kept.get(request.path_params["sid"])
        if found is None:
            return await self._answer(request, NOT_FOUND.status, NOT_FOUND.body())
        return await self._answer(request, 200, found.resource())

    async def _accepted(
        self,
        request: Request,
        accepted: Call | Text,
        form: dict[str, list[str]],
        provider: Provider,
    ) -> Response:
        if provider is Provider.FAILS_AFTER_ACCEPTING:
            return await self._answer(request, BROKEN.status, BROKEN.body(), form, provider)
        if provider is Provider.TIMES_OUT_AFTER_ACCEPTING:
            self._record(request, form, provider, None)
            await self._hang(request)
            return Response(status_code=504)
        return await self._answer(request, _CREATED, accepted.resource(), form, provider)

    async def _hang(self, request: Request) -> None:
        """Say nothing until the caller gives up, or for `hold_s`."""
        try:
            async with asyncio.timeout(self._company.mood.hold_s):
                await _until_gone(request)
        except TimeoutError:
            return

    def _reset(self, request: Request, form: dict[str, list[str]]) -> Response:
        self._record(request, form, Provider.CONNECTION_RESET, None)
        transport = request.scope["state"]["transport"]
        raw = transport.get_extra_info("socket")
        # Linger 0: the kernel sends a reset, not a polite end.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        transport.abort()
        return Response(status_code=500)

    def _refusal(
        self, request: Request, form: dict[str, list[str]], provider: Provider
    ) -> Refusal | None:
        """Why the request is not accepted; None if it is."""
        if refused := self._stranger(request) or _MOODY.get(provider):
            return refused
        to = form.get("To", [""])[0]
        if not to:
            return missing(21201, "To")
        if not form.get("From"):
            return missing(21213, "From")
        person = self._company.people.get(to)
        is_invalid = person is not None and person.behaviour is Behaviour.INVALID
        if provider is Provider.INVALID_NUMBER or is_invalid or not _NUMBER.fullmatch(to):
            return bad_number(to)
        return None

    def _stranger(self, request: Request) -> Refusal | None:
        scheme, _, packed = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, token = base64.b64decode(packed, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return UNAUTHENTICATED
        company = self._company
        is_known = scheme.lower() == "basic" and user == company.account_sid
        if not is_known or not hmac.compare_digest(token.encode(), company.auth_token.encode()):
            return UNAUTHENTICATED
        return None if request.path_params["account"] == company.account_sid else NOT_FOUND

    async def _answer(
        self,
        request: Request,
        status: int,
        body: dict[str, Any],
        form: dict[str, list[str]] | None = None,
        provider: Provider = Provider.OK,
    ) -> Response:
        self._record(request, form or {}, provider, status)
        return JSONResponse(body, status_code=status)

    def _record(
        self,
        request: Request,
        form: dict[str, list[str]],
        provider: Provider,
        status: int | None,
    ) -> None:
        self._company.log.request(
            request.state.received_at,
            request.method,
            request.url.path,
            form or {key: request.query_params.getlist(key) for key in request.query_params},
            str(provider),
            status,
        )


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _form(request: Request) -> dict[str, list[str]]:
    form = await request.form()
    return {key: [str(value) for value in form.getlist(key)] for key in form}


def _bounds(request: Request, name: str) -> tuple[datetime | None, datetime | None]:
    return _instant(request, f"{name}>"), _instant(request, f"{name}<")


def _instant(request: Request, key: str) -> datetime | None:
    """`StartTime>=2026-11-23T01:00:00Z`: the sign before `=` belongs to the key."""
    said = request.query_params.get(key)
    return None if said is None else datetime.fromisoformat(said)


def _between(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since.astimezone(at.tzinfo)) and (
        until is None or at <= until.astimezone(at.tzinfo)
    )


def _fits(request: Request, fields: dict[str, str]) -> bool:
    return all(request.query_params.get(key, value) == value for key, value in fields.items())


def _page(request: Request, key: str, path: str, found: Sequence[Call | Text]) -> dict[str, Any]:
    size = min(int(request.query_params.get("PageSize", "50")), 1000)
    newest_first = sorted(found, key=lambda one: one.created_at, reverse=True)
    account = request.path_params["account"]
    return {
        key: [one.resource() for one in newest_first[:size]],
        "page": 0,
        "page_size": size,
        "first_page_uri": f"/{VERSION}/Accounts/{account}/{path}.json?PageSize={size}&Page=0",
        "next_page_uri": None,
        "previous_page_uri": None,
        "uri": f"/{VERSION}/Accounts/{account}/{path}.json",
        "start": 0,
        "end": max(0, min(len(newest_first), size) - 1),
    }
