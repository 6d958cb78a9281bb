"""A hub that cannot reach the broker brings its messages to the door; if refused it is told why."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, select, update

from cloud.db import Database
from cloud.households.tables import hub
from cloud.incidents import service
from cloud.incidents.tables import incident
from cloud.ingest import messages_router
from tests.town import (
    GP,
    HUB,
    NOON,
    OTHER_HUB,
    TOKEN,
    Ids,
    incident_id,
    settle,
    told,
    wire,
)
from vocabulary.incident import Role
from vocabulary.wire import Receipt, dump

SOON = NOON + timedelta(seconds=5)
HEADERS = {"Authorization": f"Bearer {TOKEN}", "X-Hub-Id": HUB}
DOOR = "/ingest/v1/messages"


def _now() -> datetime:
    return SOON


@pytest.fixture
async def door(sqlite_database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await sqlite_database.run(settle)
    app = FastAPI()
    app.include_router(messages_router(sqlite_database, now=_now, new_id=Ids()))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as client:
        yield client


def _body(*payloads: bytes) -> bytes:
    return b'{"messages":[' + b",".join(payloads) + b"]}"


async def _post(
    door: httpx.AsyncClient, *payloads: bytes, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    answer = await door.post(DOOR, content=_body(*payloads), headers=headers or HEADERS)
    return answer.status_code, answer.json()


async def test_a_press_is_kept_and_the_answer_says_who_knows(
    door: httpx.AsyncClient, sqlite_database: Database
) -> None:
    status, answer = await _post(door, wire(told()))
    assert status == 200
    receipt, state = answer["down"]
    assert (receipt["kind"], receipt["of"]) == ("receipt", [str(told().event_id)])
    assert (state["kind"], state["number"]) == ("incident_state", "1")
    assert await sqlite_database.run(_ids) == [incident_id()]


def _ids(connection: Connection) -> list[UUID]:
    return list(connection.execute(select(incident.c.id)).scalars())


async def test_by_both_ways_it_is_one_incident(
    door: httpx.AsyncClient, sqlite_database: Database
) -> None:
    await sqlite_database.run(service.receive, HUB, told(), wire(told()), NOON)
    for _ in range(3):
        _, answer = await _post(door, wire(told()))
        assert answer["down"][0]["of"] == [str(told().event_id)]
    assert len(await sqlite_database.run(_ids)) == 1


async def test_asking_with_empty_hands_brings_what_is_new(
    door: httpx.AsyncClient, sqlite_database: Database
) -> None:
    await _post(door, wire(told()))
    await sqlite_database.run(service.acknowledge, incident_id(), GP, Role.GP, "voice", None, SOON)
    _, answer = await _post(door)
    (state,) = answer["down"]
    assert state["acknowledged_name"] == "Doctor Lind"
    thanks = Receipt(event_id=UUID(int=1), hub_id=HUB, sent_at=SOON, of=[UUID(state["event_id"])])
    _, answer = await _post(door, dump(thanks))
    assert answer["down"] == []


async def test_asking_is_a_sign_of_life(door: httpx.AsyncClient, sqlite_database: Database) -> None:
    def heard_at(connection: Connection) -> datetime | None:
        return connection.execute(select(hub.c.last_heard_at).where(hub.c.id == HUB)).scalar()

    assert await sqlite_database.run(heard_at) is None
    await _post(door)
    assert await sqlite_database.run(heard_at) == SOON


STRANGERS = {
    "no token": {"X-Hub-Id": HUB},
    "a wrong token": {"Authorization": "Bearer nonsense", "X-Hub-Id": HUB},
    "an empty token": {"Authorization": "Bearer ", "X-Hub-Id": HUB},
    "no hub": {"Authorization": f"Bearer {TOKEN}"},
    "an unknown hub": {"Authorization": f"Bearer {TOKEN}", "X-Hub-Id": "hub-nobody"},
    "another scheme": {"Authorization": f"Basic {TOKEN}", "X-Hub-Id": HUB},
}


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
async def test_whoever_has_no_token_is_sent_away_alike(
    door: httpx.AsyncClient, sqlite_database: Database, headers: dict[str, str]
) -> None:
    status, answer = await _post(door, wire(told()), headers=headers)
    assert (status, answer["retry"]) == (401, False)
    assert await sqlite_database.run(_ids) == []


async def test_a_revoked_hub_is_sent_away_at_once(
    door: httpx.AsyncClient, sqlite_database: Database
) -> None:
    def revoke(connection: Connection) -> None:
        connection.execute(update(hub).where(hub.c.id == HUB).values(is_revoked=True))

    await sqlite_database.run(revoke)
    assert (await _post(door, wire(told())))[0] == 401


async def test_a_token_is_for_its_own_hub_only(
    door: httpx.AsyncClient, sqlite_database: Database
) -> None:
    def change(connection: Connection) -> None:
        connection.execute(update(hub).where(hub.c.id == OTHER_HUB).values(token_hash="0" * 64))

    await sqlite_database.run(change)
    others = HEADERS | {"X-Hub-Id": OTHER_HUB}
    assert (await _post(door, headers=others))[0] == 401


async def test_in_anothers_name_nothing_is_kept(
    door: httpx.AsyncClient, sqlite_database: Database
) -> None:
    forged = told(hub_id=OTHER_HUB)
    status, answer = await _post(door, wire(forged))
    assert status == 200
    assert answer["down"][0]["refused"] == {str(forged.event_id): "wrong_hub"}
    assert await sqlite_database.run(_ids) == []


NONSENSE = {
    "no JSON": (b"{", 422),
    "no object": (b"[]", 422),
    "no list": (b'{"messages":{}}', 422),
    "nothing": (b"", 422),
    "a key twice": (b'{"messages":[],"messages":[]}', 422),
    "a bomb of brackets": (b'{"messages":' + b"[" * 200_000, 422),
    "too many": (b'{"messages":[' + b",".join([b"{}"] * 101) + b"]}", 422),
    "too large": (b'{"messages":["' + b"x" * 1_048_576 + b'"]}', 413),
}


@pytest.mark.parametrize(("body", "status"), NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_refused_and_not_worth_repeating(
    door: httpx.AsyncClient, body: bytes, status: int
) -> None:
    answer = await door.post(DOOR, content=body, headers=HEADERS)
    assert (answer.status_code, answer.json()["retry"]) == (status, False)


async def test_a_body_that_hides_its_size_is_cut_off(door: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536

    answer = await door.post(DOOR, content=endless(), headers=HEADERS)
    assert answer.status_code == 413


ODD = (b'"text"', b"null", b"17", b"[]", b"{}", b'{"kind":"incident"}', b'"\\ud800"')


async def test_odd_messages_leave_the_good_one_alone(door: httpx.AsyncClient) -> None:
    status, answer = await _post(door, *ODD, wire(told()))
    assert status == 200
    assert answer["down"][0]["of"] == [str(told().event_id)]


async def test_a_database_that_is_away_is_worth_another_try() -> None:
    """Nobody listens there: the hub keeps its messages and comes back."""
    database = Database(
        "postgresql+asyncpg://nobody@127.0.0.1:1/none", patience=timedelta(seconds=0.2)
    )
    app = FastAPI()
    app.include_router(messages_router(database, now=_now, new_id=Ids()))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as client:
        answer = await client.post(DOOR, content=_body(), headers=HEADERS)
    assert (answer.status_code, answer.json()["retry"]) == (503, True)
    await database.close()
