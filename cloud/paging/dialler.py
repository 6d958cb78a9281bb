"""Between a claimed row and a ringing telephone stands one request, in a thread of its own.

It takes seconds when a provider hangs; meanwhile nothing else may wait, so the threads are ours.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final, TypeVar

import structlog
from prometheus_client import Counter

from cloud.db import Database
from cloud.paging import service as paging
from cloud.paging.addresses import Addresses
from cloud.paging.rules import Channel
from cloud.paging.service import Claimed, NewId, Secrets, Silent, Todo
from cloud.paging.speech import text_message
from cloud.paging.transports import Order, OutcomeUnknown, Transport, TransportError

T = TypeVar("T")

PROVIDER: Final = "twilio"
_log = structlog.get_logger("paging")
REQUESTS: Final = Counter(
    "hearthline_page_requests", "Requests to telephone providers by outcome", ["outcome"]
)


class Dialler:
    """Sends claimed pages, looks lost ones up, and records what became of each."""

    def __init__(
        self,
        database: Database,
        transports: Mapping[str, Transport],
        addresses: Addresses,
        clock: Callable[[], datetime],
        new_id: NewId,
        secrets: Secrets,
        lines: int,
    ) -> None:
        self._database = database
        self._transport = transports[PROVIDER]
        self._addresses = addresses
        self._clock = clock
        self._new_id = new_id
        self._secrets = secrets
        self._threads = ThreadPoolExecutor(lines, thread_name_prefix="telephone")

    def close(self) -> None:
        """Let go of the threads; a request under way is looked up after the restart."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def carry_out(self, claimed: Claimed) -> None:
        """Send it; or look it up, when nobody knows whether it was sent."""
        if claimed.todo is Todo.SEND:
            is_known = await self._send(claimed)
            if is_known:
                return
        await self._look_up(claimed)

    async def _send(self, claimed: Claimed) -> bool:
        """Hand the page over; False when nobody knows whether it was taken."""
        order = self._order(claimed)
        try:
            provider_id = await self._ask(lambda: self._transport.place(order))
        except OutcomeUnknown as lost:
            REQUESTS.labels("unknown").inc()
            _log.warning("page_unknown", page=str(claimed.page_id), reason=lost.reason)
            await self._database.run(
                paging.record_unknown, claimed.page_id, lost.reason, self._clock()
            )
            return False
        except TransportError as refused:
            REQUESTS.labels("refused").inc()
            _log.warning("page_refused", page=str(claimed.page_id), reason=refused.reason)
            await self._database.run(
                paging.record_failed,
                claimed.page_id,
                refused.reason,
                self._clock(),
                self._new_id,
                self._secrets,
                can_retry=refused.can_retry,
            )
            return True
        REQUESTS.labels("accepted").inc()
        await self._database.run(paging.record_sent, claimed.page_id, provider_id, self._clock())
        return True

    async def _look_up(self, claimed: Claimed) -> None:
        """Ask the provider what became of a request, before anybody is called again."""
        try:
            found = await self._ask(
                lambda: self._transport.look_up(claimed.channel, claimed.to, claimed.since)
            )
        except TransportError as lost:
            REQUESTS.labels("look_up_failed").inc()
            _log.warning("look_up_failed", page=str(claimed.page_id), reason=lost.reason)
            await self._database.run(paging.postpone_look_up, claimed.page_id, self._clock())
            return
        REQUESTS.labels("looked_up").inc()
        await self._database.run(
            paging.record_found, claimed.page_id, found, self._clock(), self._new_id, self._secrets
        )

    async def ask_how_it_stands(self, silent: Silent) -> bool:
        """Ask about a call that has gone silent; False: the provider does not answer either."""
        try:
            word = await self._ask(lambda: self._transport.tell(silent.provider_id))
        except TransportError as lost:
            REQUESTS.labels("look_up_failed").inc()
            _log.warning("silent_call_not_told", page=str(silent.page_id), reason=lost.reason)
            return not lost.can_retry
        REQUESTS.labels("looked_up").inc()
        told = (silent.page_id, silent.provider_id, word)
        await self._database.run(paging.on_told, *told, self._clock())
        return True

    async def _ask(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, do)

    def _order(self, claimed: Claimed) -> Order:
        status_url = self._addresses.status(claimed.token)
        if claimed.channel is Channel.VOICE:
            answer_url = self._addresses.answer(claimed.token)
            return Order(claimed.channel, claimed.to, answer_url, status_url)
        link = self._addresses.reader(claimed.role, claimed.incident_id)
        body = text_message(claimed.tongue, claimed.briefing, link, claimed.code)
        return Order(claimed.channel, claimed.to, status_url=status_url, body=body)
