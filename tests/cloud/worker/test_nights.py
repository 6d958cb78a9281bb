"""Whole nights: a press in the database, a worker, real HTTP, and people who answer or do not."""

import asyncio
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, update

from cloud.db import Database
from cloud.incidents import service as incidents
from cloud.incidents.tables import incident
from cloud.ingest.batch import keep, read
from cloud.paging.rules import PageStatus
from cloud.paging.transports import Found, Order, OutcomeUnknown, Transport
from simulator.phone.people import Behaviour, Person, SmsRule
from simulator.phone.provider import Provider
from tests.cloud.worker.cloud_at_work import cloud_at_work
from tests.shift import NUMBERS
from tests.town import GP, GP_BACKUP, HUB, finding, incident_id, told, wire
from vocabulary.incident import IncidentStatus, Role, Technical

LIND, OSEI, ANNA = NUMBERS["lind"], NUMBERS["osei"], NUMBERS["anna"]
ACKNOWLEDGES = {"lind": Behaviour.ACKNOWLEDGES}


def is_acknowledged(row: Row[Any]) -> bool:
    return bool(row.status == IncidentStatus.ACKNOWLEDGED)


def at(request: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(request["at"])


async def test_a_press_ends_with_the_doctor_on_the_line(database: Database) -> None:
    async with cloud_at_work(database, ACKNOWLEDGES) as cloud:
        committed_at = await cloud.press()
        row = await cloud.until(is_acknowledged)
        assert (row.acknowledged_by, row.acknowledged_role) == (GP, Role.GP)
        [request] = cloud.calls_to(LIND)
        assert at(request) - committed_at < timedelta(seconds=3), "RISKS §5: the first page"
        assert row.first_page_at is not None
        [call] = cloud.rung(LIND)
        assert len(call.keys) == 1
        assert "Margaret" not in call.spoken[0]
        assert "Margaret Hale" in call.spoken[1]
        asked = len(cloud.company.log.requests)
        await asyncio.sleep(1.0)
        assert len(cloud.company.log.requests) == asked, "nobody else is called any more"


async def test_a_doctor_who_declines_is_followed_by_the_next_at_once(database: Database) -> None:
    people = {"lind": Behaviour.DECLINES, "osei": Behaviour.ACKNOWLEDGES}
    async with cloud_at_work(database, people) as cloud:
        await cloud.press()
        row = await cloud.until(is_acknowledged)
        assert row.acknowledged_by == GP_BACKUP
        between = at(cloud.calls_to(OSEI)[0]) - at(cloud.calls_to(LIND)[0])
        assert between < timedelta(seconds=3), "not after a full minute"


async def test_an_answer_that_was_lost_is_looked_up_and_the_call_adopted(
    database: Database,
) -> None:
    async with cloud_at_work(database, ACKNOWLEDGES) as cloud:
        cloud.company.mood.provider = Provider.TIMES_OUT_AFTER_ACCEPTING
        cloud.company.mood.left = 4
        await cloud.press()
        row = await cloud.until(is_acknowledged)
        assert row.acknowledged_by == GP
        assert len(cloud.rung(LIND)) == 1, "found again, not repeated"
        assert not any(page.is_repeat for page in await cloud.pages() if page.address == LIND)


async def test_a_call_that_was_never_placed_is_repeated_as_a_repetition(
    database: Database,
) -> None:
    async with cloud_at_work(database, ACKNOWLEDGES) as cloud:
        cloud.company.mood.provider = Provider.FAILS
        await cloud.press()
        await cloud.until_called(LIND)
        cloud.company.mood.provider = Provider.OK
        row = await cloud.until(is_acknowledged)
        looked_up = [r for r in cloud.company.log.requests if r["method"] == "GET"]
        assert looked_up, "asked before anybody was called again"
        [call] = cloud.rung(LIND)
        assert f"incident {row.number}" in call.spoken[0]
        assert "may have been called about this a moment ago" in call.spoken[0]
        mine = [p for p in await cloud.pages() if (p.address, p.channel) == (LIND, "voice")]
        assert [p.is_repeat for p in mine] == [False, True]
        assert {p.status for p in mine[:1]} == {PageStatus.UNKNOWN}


@pytest.mark.parametrize(
    "provider",
    [
        Provider.FAILS_AFTER_ACCEPTING,
        Provider.CONNECTION_RESET,
        Provider.RATE_LIMITED,
        Provider.CALLBACKS_TWICE,
        Provider.CALLBACKS_REVERSED,
        Provider.CALLBACKS_NEVER,
        Provider.CALLBACKS_FORGED,
    ],
)
async def test_a_bad_minute_of_the_provider_ends_with_the_doctor_all_the_same(
    sqlite_database: Database, provider: Provider
) -> None:
    async with cloud_at_work(sqlite_database, ACKNOWLEDGES) as cloud:
        cloud.company.mood.provider = provider
        cloud.company.mood.left = 4
        await cloud.press()
        row = await cloud.until(is_acknowledged, within=15)
        assert row.acknowledged_by == GP
        assert len([p for p in await cloud.pages() if p.acknowledged_at is not None]) == 1


async def test_a_provider_that_says_delivered_while_nothing_rang_is_not_believed(
    sqlite_database: Database,
) -> None:
    async with cloud_at_work(sqlite_database, ACKNOWLEDGES) as cloud:
        cloud.company.mood.provider = Provider.NOTHING_RINGS
        cloud.company.mood.left = 6
        await cloud.press()
        await cloud.until_called(OSEI)
        assert (await cloud.incident()).status == IncidentStatus.OPEN


async def test_a_rotated_token_is_a_technical_incident_and_every_step_is_still_tried(
    sqlite_database: Database,
) -> None:
    async with cloud_at_work(sqlite_database, ACKNOWLEDGES) as cloud:
        cloud.company.mood.provider = Provider.TOKEN_ROTATED
        await cloud.press()
        for number in ("lind", "osei", "anna", "peter", "desk"):
            await cloud.until_called(NUMBERS[number])
        deadline = asyncio.get_running_loop().time() + 5
        while Technical.PROVIDER_DOWN not in await cloud.technicals():
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        row = await cloud.incident()
        assert row.status == IncidentStatus.OPEN
        assert row.next_action_at - cloud.clock() < timedelta(seconds=60)


@pytest.mark.parametrize(
    "habit",
    [
        pytest.param(
            Person(name="m", behaviour=Behaviour.VOICEMAIL, answers_after_s=0.1,
                   hangs_up_after_s=1.5, tones="44"),
            id="a voicemail whose tone sounds like keys",
        ),
        pytest.param(
            Person(name="s", behaviour=Behaviour.SAYS_NOTHING, answers_after_s=0.1,
                   hangs_up_after_s=1.5),
            id="a pocket that answers",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            Person(name="h", behaviour=Behaviour.HANGS_UP, answers_after_s=0.1,
                   hangs_up_after_s=0.3),
            id="somebody hangs up",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            Person(name="w", behaviour=Behaviour.WRONG_DIGIT, answers_after_s=0.1,
                   presses_after_s=0.05, hangs_up_after_s=3),
            id="the wrong digit, three times",
        ),
        pytest.param(Behaviour.BUSY, id="busy"),
        pytest.param(Behaviour.UNREACHABLE, id="switched off", marks=pytest.mark.slow),
        pytest.param(Behaviour.INVALID, id="no such number", marks=pytest.mark.slow),
        pytest.param(Behaviour.ESCALATES, id="asks for somebody else", marks=pytest.mark.slow),
    ],
)  # fmt: skip
async def test_what_is_no_acknowledgement_brings_the_next_doctor(
    sqlite_database: Database, habit: Behaviour | Person
) -> None:
    people = {"lind": habit, "osei": Behaviour.ACKNOWLEDGES}
    async with cloud_at_work(sqlite_database, people) as cloud:
        await cloud.press()
        row = await cloud.until(is_acknowledged, within=15)
        assert row.acknowledged_by == GP_BACKUP
        mine = [p for p in await cloud.pages() if p.address == LIND]
        assert all(p.acknowledged_at is None for p in mine)


async def test_who_presses_late_hears_who_has_it(sqlite_database: Database) -> None:
    late = Person(name="late", behaviour=Behaviour.LATE, answers_after_s=0.1, presses_after_s=1.5)
    async with cloud_at_work(sqlite_database, {"lind": late}) as cloud:
        await cloud.press()
        async with asyncio.timeout(5):
            while not any(  # noqa: ASYNC110 - a database row has no event
                p.status == PageStatus.ANSWERED for p in await cloud.pages()
            ):
                await asyncio.sleep(0.02)
        await cloud.database.run(
            incidents.acknowledge, incident_id(), GP_BACKUP, Role.GP, "web", None, cloud.clock()
        )
        async with asyncio.timeout(5):
            while len(cloud.rung(LIND)[0].spoken) < 2:  # noqa: ASYNC110 - the far end has no event
                await asyncio.sleep(0.02)
        assert "already taken by Doctor Osei" in cloud.rung(LIND)[0].spoken[1]
        assert (await cloud.incident()).acknowledged_by == GP_BACKUP


async def test_a_text_that_comes_back_acknowledges(sqlite_database: Database) -> None:
    by_text = Person(
        name="t",
        behaviour=Behaviour.NO_ANSWER,
        sms=(SmsRule(pattern=r'"(\d{6}) a"', reply=r"\1 a", after_s=0.1),),
    )
    async with cloud_at_work(sqlite_database, {"lind": by_text}) as cloud:
        await cloud.press()
        row = await cloud.until(is_acknowledged)
        assert row.acknowledged_by == GP


async def test_a_step_that_fails_whenever_it_is_tried_brings_the_technical_service(
    database: Database,
) -> None:
    async with cloud_at_work(database, {}, has_worker=False) as cloud:
        await cloud.press()
        broken = update(incident).values(acknowledged_role="captain")  # as no release writes it
        await cloud.database.run(lambda c: c.execute(broken).rowcount)
        cloud.clock.ahead = timedelta(seconds=31)
        cloud.start_worker()
        await cloud.until_called(NUMBERS["sam"])
        assert await cloud.technicals() == [Technical.WORKER_LATE]


class NeverReturns:
    """The way to the telephone company of a worker that dies in the middle of its request."""

    name = "twilio"

    def __init__(self, way: Transport, *, is_placed: bool) -> None:
        self._way, self._is_placed = way, is_placed
        self.is_dialling, self.is_over = threading.Event(), threading.Event()

    def place(self, order: Order) -> str:
        if self._is_placed:
            self._way.place(order)
        self.is_dialling.set()
        self.is_over.wait(30)
        raise OutcomeUnknown("the process is dead")

    def look_up(self, *_: object) -> list[Found]:
        return []

    def tell(self, provider_id: str) -> str:
        return self._way.tell(provider_id)


@pytest.mark.parametrize("is_placed", [False, True], ids=["before the request", "after it"])
async def test_a_worker_that_dies_while_dialling_is_taken_over_after_its_lease(
    database: Database, *, is_placed: bool
) -> None:
    slow = Person(name="l", behaviour=Behaviour.ACKNOWLEDGES, answers_after_s=2.5)
    async with cloud_at_work(database, {"lind": slow}, has_worker=False) as cloud:
        way = NeverReturns(cloud.transports["twilio"], is_placed=is_placed)
        dead = cloud.start_worker(way)
        await cloud.press()
        assert await asyncio.to_thread(way.is_dialling.wait, 10)
        dead.cancel()
        await asyncio.wait([dead])
        cloud.clock.ahead = timedelta(seconds=13)
        cloud.start_worker()
        row = await cloud.until(is_acknowledged, within=15)
        way.is_over.set()
        assert row.acknowledged_by == GP
        assert len(cloud.rung(LIND)) == 1, "one call, whatever died"
        looked_up = [r for r in cloud.company.log.requests if r["method"] == "GET"]
        assert looked_up or is_placed, "asked before anybody was called again"


async def test_two_workers_on_one_database_call_everybody_once(database: Database) -> None:
    people = {"lind": Behaviour.NO_ANSWER, "anna": Behaviour.NO_ANSWER}
    async with cloud_at_work(database, people) as cloud:
        cloud.start_worker()
        for number in range(1, 6):
            await cloud.press(number)
        await cloud.until_called(LIND, times=5)
        await cloud.until_called(ANNA, times=5)
        await asyncio.sleep(1.0)
        assert len(cloud.rung(LIND)) == len(cloud.rung(ANNA)) == 5


async def test_the_row_is_committed_before_the_company_hears_of_it(database: Database) -> None:
    """The far end asks the database at the moment the request arrives."""
    async with cloud_at_work(database, ACKNOWLEDGES, has_worker=False) as cloud:
        seen: list[str] = []

        class Watches:
            name = "twilio"

            def place(self, order: Order) -> str:
                rows = asyncio.run_coroutine_threadsafe(cloud.pages(), loop).result(5)
                seen.extend(
                    p.status for p in rows if (p.address, p.channel) == (order.to, order.channel)
                )
                return cloud.transports["twilio"].place(order)

            def look_up(self, *_: object) -> list[Found]:
                return []

            def tell(self, provider_id: str) -> str:
                return cloud.transports["twilio"].tell(provider_id)

        loop = asyncio.get_running_loop()
        cloud.start_worker(Watches())
        await cloud.press()
        await cloud.until(is_acknowledged)
        assert set(seen) == {PageStatus.DIALLING}


async def test_a_press_into_what_somebody_holds_rings_at_the_holder(database: Database) -> None:
    async with cloud_at_work(database, ACKNOWLEDGES) as cloud:
        began_at = await cloud.press()
        await cloud.until(is_acknowledged)
        at_once = cloud.clock()
        findings = [finding(at=when, since=when) for when in (began_at, at_once)]
        again = told(revision=2, opened_at=began_at, sent_at=at_once, findings=findings)
        await cloud.database.run(keep, [read(HUB, wire(again))], at_once)
        await cloud.until_called(LIND, times=2)
        assert at(cloud.calls_to(LIND)[1]) - at_once < timedelta(seconds=3)
        async with asyncio.timeout(5):
            while len(cloud.rung(LIND)[1].spoken) < 1:  # noqa: ASYNC110 - the far end has no event
                await asyncio.sleep(0.02)
        assert "has called for help again" in cloud.rung(LIND)[1].spoken[0]


async def test_what_was_told_while_the_cloud_was_down_is_asked_for(database: Database) -> None:
    """The doctor's line was engaged, and nobody heard it: the next one is called all the same."""
    people = {"lind": Behaviour.BUSY, "osei": Behaviour.ACKNOWLEDGES}
    async with cloud_at_work(database, people, has_worker=False) as cloud:
        cloud.company.mood.provider = Provider.CALLBACKS_NEVER
        cloud.company.mood.left = 4
        dead = cloud.start_worker()
        await cloud.press()
        await cloud.until_called(LIND)
        async with asyncio.timeout(5):
            while not all(call.ended_at for call in cloud.rung(LIND)):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.02)
        dead.cancel()
        await asyncio.wait([dead])
        [mine] = [p for p in await cloud.pages() if (p.address, p.channel) == (LIND, "voice")]
        assert mine.status == PageStatus.QUEUED
        cloud.clock.ahead = timedelta(seconds=21)
        cloud.start_worker()
        row = await cloud.until(is_acknowledged)
        assert row.acknowledged_by == GP_BACKUP
        [mine] = [p for p in await cloud.pages() if (p.address, p.channel) == (LIND, "voice")]
        assert mine.status == PageStatus.BUSY
