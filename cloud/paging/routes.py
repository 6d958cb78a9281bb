"""The telephone company's way in: no log-in, but a signature and the attempt's token.

Refused callbacks are counted and change nothing. When the database does not answer, the person on
the line waits a second and is asked again, instead of hearing that an application has failed.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import Counter
from twilio.twiml.voice_response import VoiceResponse

from cloud.db import Database
from cloud.errors import Unavailable
from cloud.paging import service, speech
from cloud.paging.addresses import Addresses
from cloud.paging.answers import Line
from cloud.paging.signatures import MAX_BODY, Signatures, read_form
from cloud.settings import Settings

REFUSED: Final = Counter(
    "hearthline_callbacks_refused", "Callbacks that changed nothing, by reason", ["reason"]
)
PUBLIC_PATHS: Final = (
    "/telephone/twilio/{token}/answer",
    "/telephone/twilio/{token}/keys",
    "/telephone/twilio/{token}/status",
    "/telephone/twilio/sms",
)
"""Routes without a log-in: each is authenticated by signature instead."""


class Telephone:
    """Answers the telephone company. `clock` gives the present instant, in UTC."""

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        account = settings.twilio
        tokens = [account.auth_token.get_secret_value()]
        if account.previous_auth_token is not None:
            tokens.append(account.previous_auth_token.get_secret_value())
        self._database = database
        self._clock = clock
        self._account = account.account_sid
        self._from_number = account.from_number
        self._signatures = Signatures(settings.public_url, tokens)
        self._addresses = Addresses(settings.public_url)

    async def answer(self, token: str, request: Request) -> Response:
        """A call is answered: what is to be said."""

        async def do(fields: dict[str, str]) -> Response:
            called = (token, fields.get("CallSid", ""))
            line = self._line(token)
            return _twiml(await self._database.run(service.on_answer, *called, line, self._clock()))

        return await self._hear(request, do, _wait_and_return(self._addresses.answer(token)))

    async def keys(self, token: str, request: Request) -> Response:
        """Keys were pressed."""

        async def do(fields: dict[str, str]) -> Response:
            called = (token, fields.get("CallSid", ""))
            pressed = (fields.get("Digits", "")[:8], _wrong_so_far(request))
            line = self._line(token)
            return _twiml(
                await self._database.run(service.on_keys, *called, *pressed, line, self._clock())
            )

        return await self._hear(request, do, _wait_and_return(self._addresses.answer(token)))

    async def status(self, token: str, request: Request) -> Response:
        """How a call or an SMS goes."""

        async def do(fields: dict[str, str]) -> Response:
            provider_id = fields.get("CallSid") or fields.get("MessageSid", "")
            word = fields.get("CallStatus") or fields.get("MessageStatus", "")
            await self._database.run(service.on_status, token, provider_id, word, self._clock())
            return Response(status_code=HTTPStatus.NO_CONTENT)

        return await self._hear(request, do, _later())

    async def sms(self, request: Request) -> Response:
        """An SMS has come in."""

        async def do(fields: dict[str, str]) -> Response:
            said = (fields.get("From", ""), fields.get("Body", "")[:1600])
            message_id = fields.get("MessageSid", "")
            return _twiml(
                speech.reply(
                    await self._database.run(service.on_text, *said, message_id, self._clock())
                )
            )

        return await self._hear(request, do, _later())

    async def _hear(
        self,
        request: Request,
        do: Callable[[dict[str, str]], Awaitable[Response]],
        without_database: Response,
    ) -> Response:
        fields = await self._genuine(request)
        if fields is None:
            return Response(status_code=HTTPStatus.FORBIDDEN)
        try:
            return await do(fields)
        except service.UnknownAttempt:
            REFUSED.labels("token").inc()
            return Response(status_code=HTTPStatus.NOT_FOUND)
        except service.OtherCall:
            REFUSED.labels("call").inc()
            return Response(status_code=HTTPStatus.FORBIDDEN)
        except Unavailable:
            return without_database

    def _line(self, token: str) -> Line:
        return Line(self._addresses.keys(token), self._from_number)

    async def _genuine(self, request: Request) -> dict[str, str] | None:
        """The fields of a request that our telephone company has signed; None for any other."""
        body = await _read(request)
        fields = None if body is None else read_form(body)
        if fields is None:
            REFUSED.labels("body").inc()
            return None
        signature = request.headers.get("X-Twilio-Signature", "")
        if not self._signatures.is_genuine(_target(request), fields, signature):
            REFUSED.labels("signature").inc()
            return None
        if fields.get("AccountSid", self._account) != self._account:
            REFUSED.labels("account").inc()
            return None
        return fields


def telephone_router(
    database: Database, settings: Settings, clock: Callable[[], datetime]
) -> APIRouter:
    """The routes of `PUBLIC_PATHS`, to be included by the web application."""
    telephone = Telephone(database, settings, clock)
    router = APIRouter(include_in_schema=False)
    answer, keys, status, sms = PUBLIC_PATHS
    router.add_api_route(answer, telephone.answer, methods=["POST"])
    router.add_api_route(keys, telephone.keys, methods=["POST"])
    router.add_api_route(status, telephone.status, methods=["POST"])
    router.add_api_route(sms, telephone.sms, methods=["POST"])
    return router


def _target(request: Request) -> str:
    """Path and query exactly as they were asked for: they are signed as they stand."""
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    told: bytes = path.split(b"?", 1)[0] + (b"?" + query if query else b"")
    return told.decode("ascii", "replace")


async def _read(request: Request) -> bytes | None:
    """The body, unless it is longer than any genuine one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    return body


def _wrong_so_far(request: Request) -> int:
    """Our own count, inside the signed address."""
    told = request.query_params.get("wrong", "0")
    return int(told) if told.isascii() and told.isdigit() and len(told) == 1 else 0


def _wait_and_return(url: str) -> Response:
    voice = VoiceResponse()
    voice.pause(length=1)
    voice.redirect(url, method="POST")
    return _twiml(str(voice))


def _twiml(text: str) -> Response:
    return Response(text, media_type="text/xml")


def _later() -> Response:
    return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
