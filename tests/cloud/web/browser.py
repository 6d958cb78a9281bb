"""A browser without a screen: keeps cookies, follows forms, sends what a browser would send."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from cloud.auth.passwords import Passwords
from cloud.db import Database
from cloud.main import create_app
from cloud.settings import BrokerSettings, Settings, TwilioSettings
from tests.cloud.web.world import CHEAP, NOW, PASSWORD, PEOPLE

HOST = "http://care.example"


@dataclass(slots=True)
class Clock:
    """A clock that the story sets."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(slots=True)
class Dice:
    """Random bytes that are the same in every run, and never the same twice in one."""

    count: int = 0

    def __call__(self, length: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(length, "big")


@dataclass(slots=True)
class Web:
    """The running application and its clock."""

    app: FastAPI
    database: Database
    clock: Clock
    browsers: list["Browser"] = field(default_factory=list)

    def browser(self, **headers: str) -> "Browser":
        """A new browser, with nobody logged in."""
        opened = Browser(self.app, headers)
        self.browsers.append(opened)
        return opened

    async def as_(self, who: str) -> "Browser":
        """A browser in which that person of the story has logged in."""
        opened = self.browser()
        answer = await opened.log_in(f"{who}@{PEOPLE[who][2]}.example")
        assert answer.status_code == 303, answer.text
        return opened


class Browser:
    """Cookies and forms."""

    def __init__(self, app: FastAPI, headers: dict[str, str]) -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url=HOST,
            headers={"Accept": "text/html", "Accept-Language": "en", "Origin": HOST} | headers,
        )

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def log_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        form = await self.get("/login")
        return await self.http.post(
            "/login", data={"login": login, "password": password, "csrf": csrf_of(form.text)}
        )

    async def press(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Open a page and send its form that goes to `action`, as a click would."""
        shown = await self.get(page)
        assert f'action="{action}"' in shown.text, f"{page} has no form for {action}"
        return await self.post(action, csrf=csrf_of(shown.text), **fields)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data=fields)


def csrf_of(page: str) -> str:
    """The token in a page's form."""
    found = re.search(r'name="csrf"\s+value="([^"]*)"', page)
    return found.group(1) if found else ""


@asynccontextmanager
async def serving(
    database: Database, dice: Callable[[int], bytes] | None = None
) -> AsyncIterator[Web]:
    """The application over a database, its lifespan running."""
    clock = Clock()
    app = create_app(
        settings(),
        database,
        clock=clock,
        entropy=dice or Dice(),
        passwords=Passwords(CHEAP),
    )
    web = Web(app, database, clock)
    async with app.router.lifespan_context(app):
        yield web
        for browser in web.browsers:
            await browser.http.aclose()


def settings(**changed: Any) -> Settings:
    """Settings of a web process; broker and telephone are named but never reached from here."""
    said: dict[str, Any] = {
        "database_url": "sqlite+aiosqlite:///unused.db",
        "public_url": HOST,
        "cookies_secure": False,
        "broker": BrokerSettings(host="127.0.0.1"),
        "twilio": TwilioSettings(
            account_sid="AC" + "0" * 32,
            auth_token=SecretStr("not a secret"),
            base_url="http://127.0.0.1:9",
            from_number="+15550199",
        ),
    }
    return Settings(**(said | changed))
