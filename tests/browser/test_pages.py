"""In a real browser: live without reload, by keyboard alone, without JavaScript, for every eye."""

import json
import time
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, Request
from sqlalchemy import Connection, update

from cloud.auth.sessions import revoke_all
from cloud.households.tables import person
from cloud.incidents.service import acknowledge
from tests.browser.real import DESK, PHONE, RealSite, log_in, window
from tests.cloud.web.world import FALL, MARGARET, NOW, SOS, World, fall_finding, named
from vocabulary.incident import Role

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
PAGES = [
    pytest.param("desk", "/triage", id="queue"),
    pytest.param("lind", f"/triage/incidents/{SOS}", id="incident"),
    pytest.param("claire", f"/home/{MARGARET}", id="home"),
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def watched(page: Page) -> list[str]:
    """What the browser complains of: errors, refused scripts, requests that leave the host."""
    found: list[str] = []

    def requested(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:")):
            found.append(request.url)

    page.on("console", lambda m: found.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("request", requested)
    return found


@SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize(("who", "path"), PAGES)
def test_every_page_passes_axe(  # noqa: PLR0913, PLR0917 - the matrix
    site: RealSite, browser: Any, size: Any, scheme: Any, language: str, who: str, path: str
) -> None:
    site.change(lambda c: c.execute(update(person).values(language=language)).rowcount)
    with window(browser, site.url, viewport=size, color_scheme=scheme, bypass_csp=True) as opened:
        page = opened.new_page()
        log_in(page, who)
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("one => { one.open = true }")
        page.evaluate(AXE)
        options = json.dumps({"runOnly": {"type": "tag", "values": TAGS}})
        violations = page.evaluate(f"axe.run(document, {options})")["violations"]
        assert [(v["id"], v["impact"], v["nodes"][0]["html"]) for v in violations] == []


@SIZES
@pytest.mark.parametrize(("who", "path"), PAGES)
def test_no_page_is_wider_than_its_screen_or_calls_elsewhere(
    site: RealSite, browser: Any, size: Any, who: str, path: str
) -> None:
    with window(browser, site.url, viewport=size) as opened:
        page = opened.new_page()
        complaints = watched(page)
        log_in(page, who)
        page.goto(path)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert complaints == []


def test_a_new_critical_stands_on_the_open_queue_within_a_second(
    site: RealSite, browser: Any
) -> None:
    with window(browser, site.url, viewport=DESK) as opened:
        page = opened.new_page()
        log_in(page, "desk")
        page.wait_for_timeout(500)

        def fall(connection: Connection) -> None:
            world = World(connection, count=7000)
            world.tell(FALL, slug="fall", variant="hard_fall", findings=[fall_finding()])

        site.change(fall)
        begun = time.monotonic()
        page.get_by_text("Fall: hard fall").wait_for(timeout=3000)
        assert time.monotonic() - begun < 1


def test_an_open_incident_page_tells_who_took_it_and_keeps_a_half_written_note(
    site: RealSite, browser: Any
) -> None:
    with window(browser, site.url, viewport=DESK) as opened:
        page = opened.new_page()
        log_in(page, "osei")
        page.goto(f"/triage/incidents/{SOS}")
        page.locator("textarea").fill("She said that")
        page.wait_for_timeout(400)
        site.change(lambda c: acknowledge(c, SOS, named("lind"), Role.GP, "voice", None, NOW))
        page.get_by_text("Dr Ana Lind has accepted").wait_for(timeout=2000)
        assert page.locator("textarea").input_value() == "She said that"


def test_waiting_clocks_run_in_the_browser(site: RealSite, browser: Any) -> None:
    with window(browser, site.url, viewport=DESK) as opened:
        page = opened.new_page()
        log_in(page, "desk")
        clock = page.locator("time[data-seconds]").first
        before = clock.inner_text()
        page.wait_for_timeout(2200)
        assert clock.inner_text() > before


def test_a_screen_of_somebody_logged_out_is_emptied(site: RealSite, browser: Any) -> None:
    with window(browser, site.url, viewport=PHONE) as opened:
        page = opened.new_page()
        log_in(page, "claire")
        page.wait_for_timeout(400)
        site.change(lambda c: revoke_all(c, named("claire"), NOW))
        page.wait_for_url("**/login**", timeout=3000)
        assert "Margaret" not in page.content()


def test_a_lost_connection_is_said_aloud(site: RealSite, browser: Any) -> None:
    with window(browser, site.url, viewport=PHONE) as opened:
        page = opened.new_page()
        log_in(page, "claire")
        page.wait_for_timeout(400)
        assert not page.locator("#stale").is_visible()
        site.stop()
        page.locator("#stale").wait_for(state="visible", timeout=5000)


def test_a_doctor_accepts_and_closes_by_keyboard_alone(site: RealSite, browser: Any) -> None:
    with window(browser, site.url, viewport=DESK) as opened:
        page = opened.new_page()
        log_in(page, "lind")
        _tab_to(page, "SOS call: button pressed")
        page.keyboard.press("Enter")
        page.wait_for_url("**/incidents/**")
        _tab_to(page, "Accept")
        page.keyboard.press("Enter")
        page.get_by_text("You have accepted this").wait_for()
        page.locator("input[type=radio]").first.focus()
        page.keyboard.press("Space")
        _tab_to(page, "Close the incident")
        page.keyboard.press("Enter")
        page.get_by_text("Closed: Settled by phone").wait_for()


def test_without_javascript_everything_still_works(site: RealSite, browser: Any) -> None:
    with window(browser, site.url, viewport=PHONE, java_script_enabled=False) as opened:
        page = opened.new_page()
        log_in(page, "lind")
        page.get_by_role("link", name="SOS call").click()
        page.get_by_role("button", name="Accept").click()
        page.get_by_label("Settled by phone").check()
        page.get_by_role("button", name="Close the incident").click()
        page.get_by_text("Closed: Settled by phone").wait_for()


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_first_view_is_small(site: RealSite, browser: Any, who: str, path: str) -> None:
    """At most 100 kB over the wire with an empty cache."""
    with window(browser, site.url, viewport=PHONE) as opened:
        page = opened.new_page()
        log_in(page, who)
        sizes: list[int] = []
        page.on("response", lambda r: sizes.append(int(r.headers.get("content-length", 0))))
        session = opened.new_cdp_session(page)
        session.send("Network.clearBrowserCache")
        page.goto(path)
        page.wait_for_timeout(300)
        assert 0 < sum(sizes) <= 100_000


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the thing of that name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip() == name:
            return
    raise AssertionError(f"Tab never reached {name!r}")
