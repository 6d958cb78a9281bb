"""A doctor reads a home in ten seconds; a daughter sees who is helping."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection

from cloud.db import Database
from tests.cloud.web.browser import Web, serving
from tests.cloud.web.world import MARGARET, SOS, a_night, settle


@pytest.fixture
async def web(database: Database) -> AsyncIterator[Web]:
    """The same night on both databases."""

    def tell(connection: Connection) -> None:
        a_night(settle(connection))

    await database.run(tell)
    async with serving(database) as opened:
        yield opened


async def test_the_queue_puts_the_gravest_first(web: Web) -> None:
    desk = await web.as_("desk")
    shown = (await desk.get("/triage")).text
    assert shown.index("SOS call") < shown.index("Telephone provider") < shown.index("Water leak")
    assert "2:14" in shown
    assert "missed" in shown


async def test_an_incident_says_who_what_and_whom_we_have_asked(web: Web) -> None:
    doctor = await web.as_("lind")
    answer = await doctor.get(f"/triage/incidents/{SOS}")
    assert answer.status_code == 200, answer.text
    for words in (
        "Margaret Hale, 83",
        "14 Larch Road",
        "Key safe left of the door",
        "The SOS button was pressed.",
        "Pressed 2 times",
        "Speaks against it",
        "no answer",
        "ringing",
        "Most people who press can speak",
    ):
        assert words in answer.text


async def test_accepting_and_closing_works_on_both(web: Web) -> None:
    doctor = await web.as_("lind")
    page = f"/triage/incidents/{SOS}"
    assert (await doctor.press(page, f"{page}/acknowledge")).status_code == 303
    assert (await doctor.press(page, f"{page}/note", text="unhurt")).status_code == 303
    assert (await doctor.press(page, f"{page}/close", disposition="visited")).status_code == 303
    assert "Somebody visited" in (await doctor.get(page)).text


async def test_a_daughter_sees_that_help_is_being_called(web: Web) -> None:
    claire = await web.as_("claire")
    answer = await claire.get(f"/home/{MARGARET}")
    assert answer.status_code == 200, answer.text
    assert "Helpers are being called. Nobody has accepted yet." in answer.text
