"""When the broker's door is shut, the same messages go through another one, with the same ids."""

import asyncio
import json
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from edge_agent.errors import HubError

if TYPE_CHECKING:
    import httpx

TIMEOUT = 5.0
"""Seconds for a whole request; a repeat is due by then."""
_LARGEST_ANSWER = 4 * 1024 * 1024


class HttpsWayError(HubError):
    """The cloud did not take the messages this way; trying again later can help."""


class HttpsWay:
    """POST {cloud_url}/ingest/v1/messages, as DESIGN §5 Deadline has it."""

    def __init__(self, cloud_url: str, hub_id: str, token: str) -> None:
        self._url = f"{cloud_url}/ingest/v1/messages"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "X-Hub-Id": hub_id,
            "Content-Type": "application/json",
        }
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def post(self, messages: Sequence[bytes]) -> list[bytes]:
        """Hand over messages (none: only ask) and get what the cloud has for this hub.

        Raises `HttpsWayError`.
        """
        import httpx  # noqa: PLC0415 - 0.2 s of a restart that has one: needed only on this way

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT)
        body = b'{"messages":[' + b",".join(messages) + b"]}"
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await self._client.post(self._url, content=body, headers=self._headers)
        except (httpx.HTTPError, TimeoutError) as lost:
            raise HttpsWayError(f"{type(lost).__name__} at {self._url}") from lost
        if answer.status_code != httpx.codes.OK:
            raise HttpsWayError(f"status {answer.status_code} from {self._url}")
        return _down_messages(answer.content)


def _down_messages(content: bytes) -> list[bytes]:
    if len(content) > _LARGEST_ANSWER:
        raise HttpsWayError(f"an answer of {len(content)} bytes")
    try:
        told: Any = json.loads(content)
        return [json.dumps(message).encode() for message in told["down"]]
    except (ValueError, KeyError, TypeError, RecursionError) as broken:
        raise HttpsWayError("an answer that is no list of messages") from broken
