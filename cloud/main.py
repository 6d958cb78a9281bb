"""The web: pages for responders and families, callbacks from telephones, messages from hubs.

A process of it keeps nothing: sessions, incidents and everything shown are in the database.
"""

import secrets
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Connection, text
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from cloud import statics
from cloud.auth import routes as auth_routes
from cloud.auth.guard import SignedOut, Stale
from cloud.auth.passwords import Passwords
from cloud.auth.sessions import Entropy
from cloud.auth.site import Site, site
from cloud.db import Database
from cloud.errors import CloudError, Forbidden, Unavailable
from cloud.family import routes as family_routes
from cloud.headers import BodyLimit, SecurityHeaders
from cloud.ingest.https import messages_router
from cloud.messages import mark, negotiate
from cloud.pages import page
from cloud.paging.routes import telephone_router
from cloud.settings import Settings
from cloud.triage import routes as triage_routes
from vocabulary.identity import uuid7

_log = structlog.get_logger("web")

TITLES: Final[dict[int, str]] = {
    403: mark("This is not yours to see"),
    404: mark("There is no such page"),
    409: mark("It has changed meanwhile"),
    413: mark("That was too long"),
    422: mark("Something is missing or wrong"),
    429: mark("Too often"),
    500: mark("Something is broken here"),
    503: mark("Not available at this moment"),
}
TEXTS: Final[dict[int, str]] = {
    403: mark(
        "Perhaps the address is wrong, or the right to see it has ended. Go back and reload."
    ),
    404: mark("Go back, and start from the first page."),
    409: mark("Somebody was faster, or it is over. Go back and look again before you decide."),
    413: mark("Go back and write less."),
    422: mark("Go back, fill in what is missing, and send it again."),
    429: mark("Wait five minutes, then try again."),
    500: mark("It has been recorded. In an emergency do not wait: use the telephone."),
    503: mark("Try again in a few seconds. In an emergency use the telephone."),
}


def utc_now() -> datetime:
    """The wall clock; only a program's rim reads it."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], datetime] = utc_now,
    entropy: Entropy = secrets.token_bytes,
    passwords: Passwords | None = None,
) -> FastAPI:
    """The application. Clock, randomness and password hashing are parameters for the tests."""
    served = Site(
        database=database,
        clock=clock,
        entropy=entropy,
        public_url=settings.public_url,
        cookies_secure=settings.cookies_secure,
        passwords=passwords or Passwords(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with served.live.watching(database):
            yield
        served.passwords.close()

    app = FastAPI(
        title="Hearthline", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.site = served
    app.state.settings = settings
    routers = (
        auth_routes.router,
        triage_routes.router,
        family_routes.router,
        statics.router,
        telephone_router(database, settings, clock),
        messages_router(database, now=clock, new_id=lambda now: uuid7(now, entropy(10))),
    )
    for router in routers:
        app.include_router(router)
    _add_health(app, settings)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, is_https=settings.public_url.startswith("https://"))
    app.add_exception_handler(CloudError, _refused)
    app.add_exception_handler(HTTPException, _plain_refusal)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _broken)
    return app


def _add_health(app: FastAPI, settings: Settings) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def health(request: Request) -> Response:
        """Well only if the database answers."""
        try:
            await site(request).database.run(_answers)
        except Exception as dead:
            raise Unavailable("the database does not answer") from dead
        return JSONResponse({"status": "ok"})

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        """Counters, for this machine or whoever holds the token; numbers only, no names."""
        if not _may_scrape(request, settings):
            raise Forbidden("metrics are for this machine, or with the token")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _may_scrape(request: Request, settings: Settings) -> bool:
    given = request.headers.get("authorization", "")
    if settings.metrics_token is not None:
        wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
        if secrets.compare_digest(given.encode(), wanted.encode()):
            return True
    is_forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via"))
    is_here = request.client is not None and request.client.host in {"127.0.0.1", "::1"}
    return is_here and not is_forwarded


def _answers(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


async def _refused(request: Request, error: Exception) -> Response:
    """A domain error as a page, or as JSON for programs; it names ids only, never people."""
    assert isinstance(error, CloudError)
    if not _is_reader(request):
        body = {"error": type(error).__name__, "can_retry": error.can_retry}
        return JSONResponse(body, status_code=error.status)
    if isinstance(error, SignedOut):
        return RedirectResponse(_login_for(request), status_code=303)
    if isinstance(error, Stale):
        return RedirectResponse(f"/login?next={_page_of(request.url.path)}", status_code=303)
    return _error_page(request, error.status)


async def _plain_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(request, error.status_code)


async def _malformed(request: Request, _: Exception) -> Response:
    return _answer(request, 422)


async def _broken(request: Request, error: Exception) -> Response:
    """What went wrong is told to the log by its type and place; its text may hold names."""
    steps = traceback.extract_tb(error.__traceback__)
    where = f"{Path(steps[-1].filename).name}:{steps[-1].lineno}" if steps else "?"
    _log.error("request_failed", error=type(error).__name__, where=where, route=_route(request))
    return _answer(request, 500)


def _route(request: Request) -> str:
    """The route's pattern, without the ids that stand in the path."""
    return str(getattr(request.scope.get("route"), "path", "?"))


def _answer(request: Request, status: int) -> Response:
    if _is_reader(request):
        return _error_page(request, status)
    return PlainTextResponse(HTTPStatus(status).phrase + "\n", status_code=status)


def _error_page(request: Request, status: int) -> Response:
    language = negotiate(request.headers.get("accept-language", ""))
    known = status if status in TITLES else 500
    return page(
        "error.html",
        language,
        status=status,
        title_text=TITLES[known],
        detail=TEXTS[known],
        back=_page_of(request.url.path) if request.method == "POST" else "/",
    )


def _page_of(path: str) -> str:
    """The page on which the form for `path` stands: a home, or an incident of triage."""
    if path.startswith("/home/"):
        return "/".join(path.split("/")[:3])
    return path.rpartition("/")[0] or "/"


def _is_reader(request: Request) -> bool:
    """A person with a browser, not a program."""
    return "text/html" in request.headers.get("accept", "")


def _login_for(request: Request) -> str:
    """Where to log in, and where to go on; a path of ours holds ids only."""
    wanted = request.url.path if request.method == "GET" else ""
    return f"/login?next={wanted}" if auth_routes.own_path(wanted) else "/login"
