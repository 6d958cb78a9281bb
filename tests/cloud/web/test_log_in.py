"""Logging in: as slow for a stranger as for a friend, and ended from here at any moment."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from cloud.auth.passwords import MOST_WAITING, THREADS, Passwords
from cloud.auth.routes import own_path
from cloud.auth.sessions import FAMILY_LIFE, IDLE, RESPONDER_LIFE, hash_of, revoke_all
from cloud.errors import Busy
from cloud.households.tables import person, relation, session
from cloud.incidents.service import acknowledge
from tests.cloud.web.browser import Web, csrf_of
from tests.cloud.web.world import CHEAP, MARGARET, NOW, SOS, named
from vocabulary.incident import Role

COOKIE = "hearthline_session"


async def test_the_cookies_secret_is_kept_only_as_a_hash(web: Web) -> None:
    doctor = await web.as_("lind")
    secret = doctor.http.cookies[COOKIE]
    assert len(bytes.fromhex(secret)) == 32
    kept = await web.database.run(_sessions)
    assert secret not in str(kept)
    assert hash_of(secret) in {row.id_hash for row in kept}


async def test_logging_in_makes_a_new_session_and_ends_the_old(web: Web) -> None:
    doctor = await web.as_("lind")
    planted = doctor.http.cookies[COOKIE]
    await doctor.log_in("lind@north.example")
    assert doctor.http.cookies[COOKIE] != planted
    thief = web.browser()
    thief.http.cookies.set(COOKIE, planted)
    assert (await thief.get("/triage")).status_code == 303


async def test_logging_out_ends_it_on_the_server(web: Web) -> None:
    doctor = await web.as_("lind")
    secret = doctor.http.cookies[COOKIE]
    assert (await doctor.press("/triage", "/logout")).headers["location"] == "/login"
    doctor.http.cookies.set(COOKIE, secret)
    assert (await doctor.get("/triage")).headers["location"] == "/login?next=/triage"


async def test_a_person_can_be_logged_out_everywhere(web: Web) -> None:
    one, two = await web.as_("lind"), await web.as_("lind")
    assert await web.database.run(revoke_all, named("lind"), NOW) == 2
    for browser in (one, two):
        assert (await browser.get("/triage")).status_code == 303


async def test_a_person_who_has_left_is_out_at_once(web: Web) -> None:
    doctor = await web.as_("lind")
    await web.database.run(_deactivate)
    assert (await doctor.get("/triage")).status_code == 303
    assert (await web.browser().log_in("lind@north.example")).status_code == 401


@pytest.mark.parametrize(
    ("who", "start", "life"),
    [("lind", "/triage", RESPONDER_LIFE), ("claire", "/home", FAMILY_LIFE)],
)
async def test_a_session_ends_by_itself(web: Web, who: str, start: str, life: timedelta) -> None:
    browser = await web.as_(who)
    web.clock.now = NOW + life - timedelta(seconds=1)
    assert (await browser.get(start)).headers.get("location", "") != f"/login?next={start}"
    web.clock.now = NOW + life
    assert (await browser.get(start)).headers["location"] == f"/login?next={start}"


async def test_after_a_quarter_of_an_hour_away_closing_asks_for_the_password(web: Web) -> None:
    doctor = await web.as_("lind")
    await web.database.run(_taken_by_lind)
    page = f"/triage/incidents/{SOS}"
    web.clock.now = NOW + IDLE
    assert "How did it end?" in (await doctor.get(page)).text, "still fresh"
    web.clock.now += IDLE + timedelta(seconds=31)
    shown = (await doctor.get(page)).text
    assert "You have been away for more than 15 minutes." in shown
    token = csrf_of(shown)
    answer = await doctor.post(f"{page}/close", csrf=token, disposition="visited")
    assert answer.headers["location"] == f"/login?next={page}"
    noted = await doctor.post(f"{page}/note", csrf=token, text="I am back")
    assert noted.status_code == 303, "everything but closing still works"


async def test_a_live_view_keeps_no_session_fresh(web: Web) -> None:
    doctor = await web.as_("lind")
    web.clock.forward(minutes=10)
    guard = await doctor.http.get(
        f"/triage/incidents/{named('nothing')}/live", headers={"Accept": "text/event-stream"}
    )
    assert guard.status_code == 403
    seen = {row.seen_at for row in await web.database.run(_sessions)}
    assert seen == {NOW}


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param("lind@north.example", "wrong", id="wrong password"),
        pytest.param("nobody@north.example", "wrong", id="unknown name"),
        pytest.param("", "", id="nothing"),
        pytest.param("lind@north.example", "x" * 100_0, id="an endless password"),
        pytest.param("' OR 1=1 --", "x", id="a query"),
    ],
)
async def test_wrong_is_wrong_whatever_was_wrong(web: Web, login: str, password: str) -> None:
    answer = await web.browser().log_in(login, password)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")


async def test_guessing_is_slowed_down_but_locks_nobody_else_out(web: Web) -> None:
    guesser = web.browser()
    statuses = [(await guesser.log_in("lind@north.example", "guess")).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert (await guesser.log_in("lind@north.example")).status_code == 429
    assert (await web.as_("osei")).http.cookies[COOKIE]


async def test_the_form_belongs_to_the_browser_that_asked_for_it(web: Web) -> None:
    ours, theirs = web.browser(), web.browser()
    token = csrf_of((await theirs.get("/login")).text)
    await ours.get("/login")
    answer = await ours.post("/login", login="lind@north.example", password="x", csrf=token)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("wanted", "own"),
    [
        ("/triage/incidents/1", "/triage/incidents/1"),
        ("/home", "/home"),
        ("https://evil.example/triage", ""),
        ("//evil.example/triage", ""),
        ("/\\evil.example", ""),
        ("/triage\\..\\", ""),
        ("/triage\r\nSet-Cookie: a=b", ""),
        ("javascript:alert(1)", ""),
        ("/logout", ""),
    ],
)
def test_after_logging_in_one_stays_here(wanted: str, own: str) -> None:
    assert own_path(wanted) == own


async def test_an_unknown_name_costs_a_whole_check() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.is_right("x", None)
    assert passwords._decoy is not None
    assert not await passwords.is_right("x", "no hash at all")
    passwords.close()


async def test_too_many_at_once_are_sent_away_not_queued() -> None:
    passwords = Passwords(CHEAP)
    passwords._waiting = MOST_WAITING + THREADS
    with pytest.raises(Busy):
        await passwords.is_right("x", None)
    passwords.close()


async def test_a_relation_that_has_ended_is_forgotten_at_once(web: Web) -> None:
    claire = await web.as_("claire")
    assert (await claire.get(f"/home/{MARGARET}")).status_code == 200
    await web.database.run(_end_relation)
    answer = await claire.get(f"/home/{MARGARET}")
    assert answer.status_code == 403
    assert "Margaret" not in answer.text


def _sessions(connection: Connection) -> list[Any]:
    return list(connection.execute(select(session)))


def _deactivate(connection: Connection) -> None:
    connection.execute(update(person).where(person.c.id == named("lind")).values(is_active=False))


def _end_relation(connection: Connection) -> None:
    connection.execute(
        update(relation).where(relation.c.person_id == named("claire")).values(valid_until=NOW)
    )


def _taken_by_lind(connection: Connection) -> None:
    acknowledge(connection, SOS, named("lind"), Role.GP, "web", None, NOW)
