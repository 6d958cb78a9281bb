"""What machines ask the web, and what it never tells anybody."""

import pytest
import structlog
from sqlalchemy import Connection, update
from structlog.testing import capture_logs

from cloud.db import Database
from cloud.households.tables import household
from cloud.incidents.tables import incident
from cloud.main import create_app
from tests.cloud.web.browser import Web, settings
from tests.cloud.web.world import MARGARET, SOS

CANARY = "Quetzalcoatlus"


async def test_well_only_while_the_database_answers(web: Web) -> None:
    probe = web.browser(Accept="application/json")
    assert (await probe.get("/healthz")).json() == {"status": "ok"}

    web.app.state.site.database = Gone()
    answer = await probe.get("/healthz")
    assert (answer.status_code, answer.json()["can_retry"]) == (503, True)


class Gone:
    """A database whose machine is off."""

    async def run(self, *_: object, **__: object) -> None:
        raise OSError("connection refused")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"Forwarded": "for=203.0.113.9"}, 403),
        ({"Authorization": "Bearer wrong", "Via": "1.1 proxy"}, 403),
    ],
)
async def test_numbers_are_for_this_machine(web: Web, headers: dict[str, str], status: int) -> None:
    assert (await web.browser(**headers).get("/metrics")).status_code == status


async def test_what_breaks_is_logged_by_type_and_place_never_by_content(web: Web) -> None:
    """A broken row (here: an impossible zone holding a name) shows in neither log nor page."""

    def spoil(connection: Connection) -> None:
        connection.execute(update(household).where(household.c.id == MARGARET).values(zone=CANARY))

    await web.database.run(spoil)
    desk = await web.as_("desk")
    structlog.reset_defaults()
    with capture_logs() as logs:
        answer = await desk.get(f"/triage/incidents/{SOS}")
    assert answer.status_code == 500
    assert "In an emergency do not wait" in answer.text
    assert [line["event"] for line in logs] == ["request_failed"]
    assert logs[0]["route"] == "/triage/incidents/{incident_id}"
    assert CANARY not in str(logs) + answer.text
    assert str(SOS) not in str(logs)


async def test_an_unreadable_message_of_a_newer_hub_still_opens(web: Web) -> None:
    def spoil(connection: Connection) -> None:
        connection.execute(update(incident).where(incident.c.id == SOS).values(hub_part={"v": 9}))

    await web.database.run(spoil)
    doctor = await web.as_("lind")
    shown = await doctor.get(f"/triage/incidents/{SOS}")
    assert shown.status_code == 200
    assert "Call the resident." in shown.text


async def test_over_https_cookies_are_bound_to_the_host(sqlite_database: Database) -> None:
    app = create_app(
        settings(public_url="https://care.example", cookies_secure=True), sqlite_database
    )
    async with app.router.lifespan_context(app):
        web = Web(app, sqlite_database, app.state.site.clock)
        answer = await web.browser().http.get("https://care.example/login")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-hearthline_before=")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
        for browser in web.browsers:
            await browser.http.aclose()
