"""Before every route stands the same guard: who asks, is it really their page, may they do this.

A route names its action (`Annotated[Grant, Depends(Permission(Action.CLOSE))]`); what it is about
comes from its path (`incident_id`, `household_id`). A test walks the router and fails for any route
without a guard that does not stand in the short list of public ones.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Request
from sqlalchemy import Connection

from cloud.auth.facts import household_target, incident_target
from cloud.auth.sessions import Session, read_session
from cloud.auth.site import Site, SiteDep
from cloud.errors import CloudError, Conflict, Forbidden
from cloud.oncall.service import duties
from cloud.policy import Action, Actor, Because, Target, can

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE: Final = frozenset({"same-origin", "none"})


class SignedOut(CloudError):
    """Nobody is logged in, or not any more; logging in helps."""

    status = 401


class Stale(CloudError):
    """Closing needs a log-in that was used in the last 15 minutes; logging in again helps."""

    status = 403


class CrossSite(CloudError):
    """The change was asked for by another site's page, or by a form older than the log-in."""

    status = 403


@dataclass(frozen=True, slots=True)
class Grant:
    """The guard's yes: who asks, what about, when."""

    session: Session
    actor: Actor
    target: Target
    now: datetime

    @property
    def person_id(self) -> UUID:
        return self.session.person.id


@dataclass(frozen=True, slots=True)
class Asked:
    """What a route's path says it is about."""

    household_id: UUID | None = None
    incident_id: UUID | None = None
    is_unknown: bool = False
    """The path holds something that is no id."""


class Permission:
    """The dependency in front of a route."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request, site: SiteDep) -> Grant:
        """Raises `SignedOut`, `CrossSite`, `Stale`, `Forbidden` or `Conflict` (it is over)."""
        now = site.clock()
        secret = request.cookies.get(site.cookie(), "")
        is_activity = request.headers.get("accept") != "text/event-stream"
        if request.method not in SAFE_METHODS:
            check_origin(request, site)
        grant = await site.database.run(
            judge, secret, self.action, asked(request), now, is_activity=is_activity
        )
        if request.method not in SAFE_METHODS:
            await check_token(request, grant.session.csrf)
        return grant


def judge(
    connection: Connection,
    secret: str,
    action: Action,
    about: Asked,
    now: datetime,
    *,
    is_activity: bool,
) -> Grant:
    """One transaction: session, facts, decision."""
    session = read_session(connection, secret, now, is_activity=is_activity) if secret else None
    if session is None:
        raise SignedOut("nobody is logged in; log in, then do it again")
    person = session.person
    actor = session.actor(duties(connection, person.organisation_id, person.id, now))
    target = _target(connection, about, session, now)
    decision = can(actor, action, target, now)
    if decision.is_allowed and target is not None:
        return Grant(session, actor, target, now)
    match decision.because:
        case Because.OVER:
            raise Conflict("this incident is over; there is nothing left to do")
        case Because.STALE:
            raise Stale("log in again to close an incident: you have been away for 15 minutes")
        case Because.NOT_HOLDER:
            raise Conflict("only whoever has accepted this incident, or the desk, may do this")
        case _:
            raise Forbidden("there is no such page, or it is not yours to see")


def asked(request: Request) -> Asked:
    """The ids in a request's path."""
    given = request.path_params
    try:
        return Asked(
            household_id=UUID(given["household_id"]) if "household_id" in given else None,
            incident_id=UUID(given["incident_id"]) if "incident_id" in given else None,
        )
    except ValueError:
        return Asked(is_unknown=True)


def check_origin(request: Request, site: Site) -> None:
    """A browser says which site's page asks for a change; only our own may (RELIABILITY §5.6).

    Programs that are no browsers send neither header and are held by the form's token alone.
    """
    fetched_by = request.headers.get("sec-fetch-site")
    if fetched_by is not None and fetched_by not in OWN_SITE:
        raise CrossSite("another site's page asked for this; open the page here and do it again")
    origin = request.headers.get("origin")
    if origin is not None and origin != site.origin and not _is_own_host(origin, request):
        raise CrossSite("another site's page asked for this; open the page here and do it again")


async def check_token(request: Request, expected: str) -> None:
    """The form must carry the token of the session (or of the log-in page) it was made for."""
    form = await request.form()
    given = form.get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise CrossSite("this form is older than your log-in; reload the page and do it again")


def _is_own_host(origin: str, request: Request) -> bool:
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def _target(connection: Connection, about: Asked, session: Session, now: datetime) -> Target | None:
    person = session.person
    if about.is_unknown:
        return None
    if about.household_id is not None:
        return household_target(connection, about.household_id, person.id, now, about.incident_id)
    if about.incident_id is not None:
        return incident_target(connection, about.incident_id, person.id)
    return Target(person.organisation_id)
