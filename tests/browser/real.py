"""The pages in a real browser: uvicorn on a free port of loopback, Chromium without a screen."""

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import BrowserContext, Page, sync_playwright
from sqlalchemy import Connection

from cloud.auth.passwords import Passwords
from cloud.db import Database
from cloud.main import create_app
from cloud.schema import metadata
from tests.cloud.web.browser import Clock, settings
from tests.cloud.web.world import CHEAP, PASSWORD, PEOPLE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


class RealSite:
    """The application as a browser meets it. `change` runs a transaction while it serves."""

    def __init__(self, folder: Path, tell: Callable[[Connection], Any]) -> None:
        self.folder, self.tell = folder, tell
        self.clock = Clock()
        self._has_stopped = False
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="site")

    def start(self) -> None:
        self._thread.start()
        assert self._up.wait(20), "the site did not start"

    def stop(self) -> None:
        if self._has_stopped:
            return
        self._has_stopped = True
        self._loop.call_soon_threadsafe(self._leave)
        self._thread.join(20)

    def change(self, function: Callable[[Connection], Any]) -> Any:
        """Change the database as another process would, and wait for the commit."""
        task = asyncio.run_coroutine_threadsafe(self._database.run(function), self._loop)
        return task.result(10)

    def _leave(self) -> None:
        self.app.state.site.live.close()
        self._server.should_exit = True

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._database = Database(f"sqlite+aiosqlite:///{self.folder / 'cloud.db'}")
        await self._database.run(metadata.create_all)
        await self._database.run(self.tell)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self.app = create_app(
                settings(public_url=self.url),
                self._database,
                clock=self.clock,
                passwords=Passwords(CHEAP),
            )
            config = uvicorn.Config(
                self.app, log_level="critical", timeout_graceful_shutdown=3, lifespan="on"
            )
            self._server = uvicorn.Server(config)
            self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # not the main thread
            serving = asyncio.create_task(self._server.serve(sockets=[listener]))
            while not self._server.started:  # noqa: ASYNC110 - uvicorn offers no event for it
                await asyncio.sleep(0.02)
            self._up.set()
            await serving
        await self._database.close()
        while left := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*left, return_exceptions=True)  # requests that were cut off


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium that asks nobody anything."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def window(browser: Any, url: str, **options: Any) -> BrowserContext:
    """A fresh profile."""
    made: BrowserContext = browser.new_context(
        base_url=url, timezone_id="Europe/London", reduced_motion="reduce", **options
    )
    return made


def log_in(page: Page, who: str) -> None:
    """As a person does."""
    page.goto("/login")
    page.get_by_label("Name").fill(f"{who}@{PEOPLE[who][2]}.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").click()
    page.wait_for_url("**/triage" if "family" not in PEOPLE[who][1] else "**/home/**")
