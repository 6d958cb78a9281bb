"""Log in and out: two forms for any browser, as slow for a stranger as for you."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from cloud.auth.guard import SignedOut, check_origin, check_token
from cloud.auth.sessions import (
    SECRET_BYTES,
    Person,
    Session,
    find_person,
    hash_of,
    open_session,
    read_session,
    revoke_session,
)
from cloud.auth.site import BEFORE, COOKIE, Site, SiteDep
from cloud.messages import mark, negotiate
from cloud.pages import page
from vocabulary.incident import Role

router = APIRouter()

WRONG: Final = mark("This name and password do not belong together.")
LONGEST_LOGIN: Final = 120


@router.get("/login")
async def show_login(
    request: Request, site: SiteDep, next_path: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """The log-in form; a cookie binds it to this browser."""
    return await _form(request, site, next_path)


@router.post("/login")
async def log_in(
    request: Request,
    site: SiteDep,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next_path: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Check and start a new session; the old one, if any, ends."""
    check_origin(request, site)
    before = request.cookies.get(site.cookie(BEFORE), "")
    await check_token(request, hash_of(before) if before else "-")
    address = request.client.host if request.client else ""
    site.attempts.check(login, address)
    who = await site.database.run(find_person, login[:LONGEST_LOGIN])
    if not await site.passwords.is_right(password, who.password_hash if who else None):
        site.attempts.failed(login, address)
        return await _form(request, site, next_path, problem=WRONG)
    assert who is not None, "a password was right for nobody"
    old = request.cookies.get(site.cookie(), "")
    secret = await site.database.run(_renew, who, old, site)
    answer = RedirectResponse(own_path(next_path) or start_of(who), status_code=303)
    _set_cookie(answer, site, COOKIE, secret)
    answer.delete_cookie(site.cookie(BEFORE), path="/", secure=site.cookies_secure, httponly=True)
    return answer


@router.post("/logout")
async def log_out(request: Request, site: SiteDep) -> Response:
    """End the session here and now; open live views end with it."""
    check_origin(request, site)
    secret = request.cookies.get(site.cookie(), "")
    session = await site.database.run(_known, secret, site)
    if session is None:
        raise SignedOut("nobody is logged in")
    await check_token(request, session.csrf)
    await site.database.run(revoke_session, secret, site.clock())
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(site.cookie(), path="/", secure=site.cookies_secure, httponly=True)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@router.get("/")
async def start(request: Request, site: SiteDep) -> Response:
    """To one's own first page."""
    session = await site.database.run(_known, request.cookies.get(site.cookie(), ""), site)
    return RedirectResponse(start_of(session.person) if session else "/login", status_code=303)


def start_of(who: Person) -> str:
    """Responders start at the queue, relatives at home."""
    return "/home" if who.roles <= {Role.FAMILY} else "/triage"


def own_path(wanted: str) -> str:
    """A path of this site to go on to, or "": never another site's address."""
    parts = urlsplit(wanted)
    is_own = not parts.scheme and not parts.netloc and wanted.startswith(("/triage", "/home"))
    return wanted if is_own and "\\" not in wanted and wanted.isprintable() else ""


async def _form(request: Request, site: Site, next_path: str, *, problem: str = "") -> Response:
    before = site.entropy(SECRET_BYTES).hex()
    answer = page(
        "login.html",
        negotiate(request.headers.get("accept-language", "")),
        status=401 if problem else 200,
        problem=problem,
        csrf=hash_of(before),
        next_path=own_path(next_path),
    )
    _set_cookie(answer, site, BEFORE, before)
    return answer


def _set_cookie(answer: Response, site: Site, name: str, value: str) -> None:
    answer.set_cookie(
        site.cookie(name),
        value,
        path="/",
        secure=site.cookies_secure,
        httponly=True,
        samesite="lax",
    )


def _known(connection: Connection, secret: str, site: Site) -> Session | None:
    return read_session(connection, secret, site.clock(), is_activity=True) if secret else None


def _renew(connection: Connection, who: Person, old: str, site: Site) -> str:
    now = site.clock()
    if old:
        revoke_session(connection, old, now)
    return open_session(connection, who, now, site.entropy)
