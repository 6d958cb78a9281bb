"""A hub that cannot reach the broker brings the same messages to the door, with the same ids."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cloud.db import Database
from cloud.errors import CloudError, Refused, TooLarge, Unauthenticated
from cloud.households.service import authenticate_hub, lock_hub
from cloud.incidents.downlinks import due_downlinks
from cloud.incidents.intake import listen_to
from cloud.ingest.batch import NewId, read
from cloud.ingest.mqtt import keep_all
from vocabulary.wire import MAX_DEPTH, BadMessage, load_json

LARGEST_BODY = 1024 * 1024
"""Bytes of one request: four of the largest messages."""
MOST_MESSAGES = 100
_MOST_DOWN = 50
_READ_LIMIT = 10.0
"""Seconds for a body to arrive: a slow sender holds nothing that another needs (T21)."""


def messages_router(database: Database, *, now: Callable[[], datetime], new_id: NewId) -> APIRouter:
    """POST /ingest/v1/messages: `{"messages": […]}` → 200 `{"down": [receipt, states, …]}`.

    `Authorization: Bearer <hub token>` and `X-Hub-Id`. Errors are JSON with `error` and `retry`.
    """
    router = APIRouter()

    @router.post("/ingest/v1/messages")
    async def messages(request: Request) -> Response:
        try:
            return await _take(request, database, now, new_id)
        except CloudError as failed:
            told = {"error": str(failed), "retry": failed.can_retry}
            return JSONResponse(told, status_code=failed.status)

    return router


async def _take(
    request: Request, database: Database, now: Callable[[], datetime], new_id: NewId
) -> Response:
    hub_id = request.headers.get("x-hub-id", "")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("expected Authorization: Bearer and X-Hub-Id")
    await database.run(authenticate_hub, hub_id, token)
    batch = [read(hub_id, payload) for payload in _messages(await _body(request))]
    answers = await keep_all(database, batch, now) if batch else []
    down = [json.loads(answer.receipt(now(), new_id)) for answer in answers]
    down += await database.run(_waiting, hub_id, now())
    return JSONResponse({"down": down})


def _waiting(connection: Any, hub_id: str, now: datetime) -> list[Any]:
    """The hub is on the line: all that it has not receipted yet."""
    sender = lock_hub(connection, hub_id)
    if sender is not None:
        listen_to(connection, sender, now, {})
    return [
        json.loads(one.payload) for one in due_downlinks(connection, now, _MOST_DOWN, hub_id=hub_id)
    ]


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST_BODY:
        raise TooLarge(f"{announced} bytes, at most {LARGEST_BODY} are read")
    body = bytearray()
    try:
        async with asyncio.timeout(_READ_LIMIT):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise TooLarge(f"more than {LARGEST_BODY} bytes")
    except TimeoutError as slow:
        raise Refused("the body did not arrive in time") from slow
    return bytes(body)


def _messages(body: bytes) -> list[bytes]:
    try:
        told: Any = load_json(body, LARGEST_BODY, MAX_DEPTH + 2)
    except BadMessage as bad:
        raise Refused(str(bad)) from bad
    listed = told.get("messages") if isinstance(told, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_MESSAGES:
        raise Refused(f'expected {{"messages": [at most {MOST_MESSAGES}]}}')
    return [json.dumps(one).encode() for one in listed]
