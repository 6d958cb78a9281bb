"""One web application: Twilio's API, and a desk from which a test directs the company."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.phone.api import Api, ResettableProtocol
from simulator.phone.company import Company
from simulator.phone.people import Person
from simulator.phone.provider import Provider
from simulator.serving import serving

SOMEBODY = "+15550000000"
"""The company's own number, where an incoming text does not say whom it is for."""


class Wish(BaseModel):
    """What `POST /_control` may change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    provider: Provider | None = None
    requests: int | None = None
    """For so many requests; absent: until told otherwise."""
    queue_s: float | None = None
    hold_s: float | None = None
    people: dict[str, dict[str, Any]] = {}
    """Number → fields of a person; those that are absent stay as they are."""


class IncomingText(BaseModel):
    """`POST /_control/sms`: somebody texts us."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: str
    body: str
    to: str = SOMEBODY


class PhoneDesk:
    """Directs the company at run time, and reads its log."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def routes(self) -> list[Route]:
        return [
            Route("/_control", self.control, methods=["POST"]),
            Route("/_control/sms", self.incoming, methods=["POST"]),
            Route("/_log", self.log),
        ]

    async def control(self, request: Request) -> JSONResponse:
        try:
            wish = Wish.model_validate_json(await request.body())
            changed = {
                number: Person.model_validate(self._merged(number, fields))
                for number, fields in wish.people.items()
            }
        except ValidationError as refused:
            return _refused(refused)
        company = self._company
        company.people.update(changed)
        if wish.provider is not None:
            company.mood.provider, company.mood.left = wish.provider, wish.requests
        company.mood.queue_s = company.mood.queue_s if wish.queue_s is None else wish.queue_s
        company.mood.hold_s = company.mood.hold_s if wish.hold_s is None else wish.hold_s
        people = {number: str(person.behaviour) for number, person in company.people.items()}
        return JSONResponse({"provider": str(company.mood.provider), "people": people})

    async def incoming(self, request: Request) -> JSONResponse:
        body = await request.json()
        if isinstance(body, dict) and "from" in body:
            body["sender"] = body.pop("from")
        try:
            text = IncomingText.model_validate(body)
        except ValidationError as refused:
            return _refused(refused)
        received = await self._company.texting.receive(text.sender, text.to, text.body)
        return JSONResponse(received.logged())

    async def log(self, _: Request) -> JSONResponse:
        return JSONResponse(self._company.log.whole())

    def _merged(self, number: str, fields: dict[str, Any]) -> dict[str, Any]:
        known = self._company.people.get(number)
        before = {"name": number} if known is None else known.model_dump(exclude_unset=True)
        return {**before, **fields}


class Stamp:
    """Notes when each request came in, before anything else happens to it."""

    def __init__(self, app: ASGIApp, clock: Callable[[], Any]) -> None:
        self._app = app
        self._clock = clock

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http":
            scope.setdefault("state", {})["received_at"] = self._clock()
        return self._app(scope, receive, send)


def phone_app(company: Company) -> Starlette:
    """The application over a company."""
    return Starlette(
        routes=[*Api(company).routes(), *PhoneDesk(company).routes()],
        middleware=[Middleware(Stamp, clock=company.clock)],
    )


@contextlib.asynccontextmanager
async def phone_at_work(
    make_company: Callable[[asyncio.TaskGroup], Company], port: int
) -> AsyncIterator[tuple[Company, int]]:
    """The company served on 127.0.0.1; gives it and its port. Calls end with the block."""
    async with asyncio.TaskGroup() as group:
        company = make_company(group)
        try:
            async with serving(phone_app(company), port, ResettableProtocol) as actual:
                yield company, actual
        finally:
            await company.close()


def _refused(refused: ValidationError) -> JSONResponse:
    first = refused.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{where}: {first['msg']}"}, status_code=400)
