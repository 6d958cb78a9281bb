"""What every request can reach: the database, the clock, randomness, and how to show a page."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request

from cloud.auth.attempts import Attempts
from cloud.auth.passwords import Passwords
from cloud.auth.sessions import Entropy
from cloud.db import Database
from cloud.live import Live

COOKIE: Final = "hearthline_session"
BEFORE: Final = "hearthline_before"
"""Before log-in: binds the log-in form to the browser that asked for it."""


@dataclass(slots=True)
class Site:
    """One web process. Holds no state of any person: that is in the database."""

    database: Database
    clock: Callable[[], datetime]
    entropy: Entropy
    public_url: str
    cookies_secure: bool
    passwords: Passwords = field(default_factory=Passwords)
    attempts: Attempts = field(default_factory=Attempts)
    live: Live = field(default_factory=Live)

    @property
    def origin(self) -> str:
        """Scheme and host that our own pages have, as browsers write `Origin`."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    def cookie(self, name: str = COOKIE) -> str:
        """`__Host-` binds a cookie to this very host; browsers take it over HTTPS only."""
        return f"__Host-{name}" if self.cookies_secure else name


def site(request: Request) -> Site:
    """The site that serves this request."""
    found = request.app.state.site
    if not isinstance(found, Site):
        raise TypeError("app.state.site is no Site: create the application by create_app")
    return found


SiteDep = Annotated[Site, Depends(site)]
