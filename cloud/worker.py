"""Somebody in the cloud must always be awake: whom to ask next, and is the call really on its way.

Loops in one task group: escalation and paging wake on each commit that matters and five times a
second anyway; supervision and housekeeping look at silence, of hubs and of calls. A loop
that fails records it, waits a little, and goes on; nothing here gives up.
"""

import asyncio
import os
import secrets
import socket
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import structlog
from prometheus_client import Gauge, Histogram

from cloud.db import Database
from cloud.errors import CloudError
from cloud.escalation import service as escalation
from cloud.escalation.service import Claim
from cloud.incidents import service as incidents
from cloud.oncall.service import not_callable
from cloud.paging import service as paging
from cloud.paging.addresses import Addresses
from cloud.paging.dialler import Dialler
from cloud.paging.service import Secrets
from cloud.paging.transports import Transport
from cloud.paging.transports.twilio import Twilio
from cloud.settings import Settings
from vocabulary.identity import uuid7

T = TypeVar("T")

POLL: Final = 0.2
"""Seconds: the longest a due action waits when no commit has woken its loop."""
CALLS_AT_ONCE: Final = 8
"""Requests to a provider under way; the most severe incident always gets the next free one."""
KEPT_FREE: Final = 2
"""How many of these only a critical incident may take: a hanging provider holds one for seconds."""
ROTA_EVERY: Final = timedelta(hours=1)
TIDY_EVERY: Final = timedelta(seconds=30)
ASK_SILENT_EVERY: Final = timedelta(seconds=5)
AFTER_FAILURE: Final = 1.0
"""Seconds before a loop that failed tries again."""

_log = structlog.get_logger("worker")
LATENESS: Final = Histogram(
    "hearthline_escalation_lateness_seconds",
    "How long after its deadline an escalation step was taken",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60),
)
PROGRESS: Final = Gauge(
    "hearthline_worker_progress_timestamp", "When each loop last went round", ["loop"]
)


class SystemSecrets:
    """Secrets of an attempt, from the operating system."""

    def token(self) -> str:
        return secrets.token_urlsafe(32)

    def digit(self) -> str:
        return str(1 + secrets.randbelow(9))  # not 0, which connects

    def code(self) -> str:
        return f"{secrets.randbelow(1_000_000):06}"


def utc_now() -> datetime:
    """The wall clock; only a program's rim reads it."""
    return datetime.now(UTC)


def new_id(now: datetime) -> UUID:
    """A UUIDv7 with randomness from the operating system."""
    return uuid7(now, secrets.token_bytes(10))


def worker_name() -> str:
    """Unique among all that share a database, also after a restart."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(slots=True)
class Worker:
    """One worker; several may share a PostgreSQL database. `transports` by `page.provider`."""

    database: Database
    settings: Settings
    transports: Mapping[str, Transport]
    clock: Callable[[], datetime] = utc_now
    secrets: Secrets = field(default_factory=SystemSecrets)
    new_id: Callable[[datetime], UUID] = new_id
    name: str = field(default_factory=worker_name)
    _busy: set[UUID] = field(init=False, default_factory=set)
    _dialler: Dialler = field(init=False)

    def __post_init__(self) -> None:
        self._dialler = Dialler(
            self.database,
            self.transports,
            Addresses(self.settings.public_url),
            self.clock,
            self.new_id,
            self.secrets,
            CALLS_AT_ONCE,
        )

    def close(self) -> None:
        """Let go of the telephone lines."""
        self._dialler.close()

    async def run(self) -> None:
        """All loops, until cancelled."""
        listening_since = self.clock()
        supervise = self.settings.intervals.supervise

        async def look_at_hubs() -> None:
            await self._supervise(listening_since)

        async with self.database.watching() as touched, asyncio.TaskGroup() as group:
            wakes = (asyncio.Event(), asyncio.Event())
            group.create_task(_spread(touched, wakes), name="spread")
            for name, wake, turn in (
                ("escalation", wakes[0], self.escalate),
                ("paging", wakes[1], lambda: self._page(group)),
            ):
                group.create_task(self._loop(name, turn, POLL, wake), name=name)
            for name, every, job in (
                ("supervision", supervise, look_at_hubs),
                ("blind risks", TIDY_EVERY, self.tell_blind_risks),
                ("tidying", TIDY_EVERY, self._tidy),
                ("silent calls", ASK_SILENT_EVERY, self.ask_silent_calls),
                ("rota", ROTA_EVERY, self._watch_rotas),
            ):
                group.create_task(self._loop(name, job, every.total_seconds(), None), name=name)

    async def escalate(self) -> None:
        """Take every step that is due."""
        while claims := await self.database.run(
            escalation.claim_due, self.clock(), self.name, CALLS_AT_ONCE
        ):
            for claim in claims:
                await self._step(claim)

    async def _step(self, claim: Claim) -> None:
        now = self.clock()
        LATENESS.observe(max(0.0, (now - claim.due_since).total_seconds()))
        allowed = self.settings.allowed_countries
        if not await self._has_done(
            "step", claim, escalation.step, now, self.new_id, self.secrets, allowed
        ):
            await self._has_done("telling", claim, escalation.tell_failing_step, now, self.new_id)

    async def _has_done(
        self, what: str, claim: Claim, deed: Callable[..., object], *args: object
    ) -> bool:
        try:
            await self.database.run(deed, claim, *args)
        except Exception as failed:  # noqa: BLE001 - its lease ends and it is tried again; the others go on
            _record(f"{what}_failed", failed, incident=str(claim.incident_id))
            return False
        return True

    async def _page(self, group: asyncio.TaskGroup) -> None:
        free = CALLS_AT_ONCE - len(self._busy)
        if free <= 0:
            return
        due = await self.database.run(paging.due_pages, self.clock(), 2 * CALLS_AT_ONCE)
        for one in [one for one in due if one.page_id not in self._busy]:
            if free <= (0 if one.is_critical else KEPT_FREE):
                return
            free -= 1
            self._busy.add(one.page_id)
            group.create_task(self._handle(one.page_id), name=f"page {one.page_id}")

    async def _handle(self, page_id: UUID) -> None:
        try:
            claimed = await self.database.run(
                paging.claim_page, page_id, self.clock(), self.settings.allowed_countries
            )
            if claimed is not None:
                await self._dialler.carry_out(claimed)
        except Exception as failed:  # noqa: BLE001 - its lease ends and it is looked up; the others go on
            _record("page_failed", failed, page=str(page_id))
            await asyncio.sleep(AFTER_FAILURE)
        finally:
            self._busy.discard(page_id)

    async def _supervise(self, listening_since: datetime) -> None:
        await self.database.run(
            incidents.supervise_hubs,
            self.clock(),
            self.new_id,
            listening_since=listening_since,
            link_lost=self.settings.intervals.link_lost,
            hub_lost=self.settings.intervals.hub_lost,
        )

    async def tell_blind_risks(self) -> None:
        """Write to families whose home has lost a protection; escalation and paging do the rest."""
        await self.database.run(
            paging.tell_blind_risks,
            self.clock(),
            self.new_id,
            self.secrets,
            self.settings.intervals.blind_for,
        )

    async def _tidy(self) -> None:
        await self.database.run(paging.end_silent_calls, self.clock())
        await self.database.run(incidents.delete_old_history, self.clock())

    async def _watch_rotas(self) -> None:
        allowed = self.settings.allowed_countries
        await self.database.run(escalation.watch_rotas, self.clock(), self.new_id, allowed)
        for person in await self.database.run(not_callable, allowed):
            _log.warning("number_not_allowed", person=str(person), allowed=allowed)

    async def ask_silent_calls(self) -> None:
        """What was said while the cloud was down nobody says again: ask about silent calls."""
        for silent in await self.database.run(paging.claim_silent_calls, self.clock()):
            if not await self._dialler.ask_how_it_stands(silent):
                return

    async def _loop(
        self,
        name: str,
        turn: Callable[[], Awaitable[None]],
        every: float,
        wake: asyncio.Event | None,
    ) -> None:
        """Do it each `every` seconds, or as soon as woken; a failure is recorded, never the end."""
        woken = wake or asyncio.Event()
        while True:
            woken.clear()
            try:
                await turn()
                PROGRESS.labels(name).set(self.clock().timestamp())
            except Exception as failed:  # noqa: BLE001 - the loop outlives whatever happens inside
                _record("loop_failed", failed, loop=name)
                await asyncio.sleep(AFTER_FAILURE)
            try:
                async with asyncio.timeout(every):
                    await woken.wait()
            except TimeoutError:
                continue


async def run_worker(
    database: Database,
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    transports: Mapping[str, Transport] | None = None,
) -> None:
    """Escalation, paging and supervision, until cancelled."""
    own: Twilio | None = None
    if transports is None:
        own = twilio_of(settings)
        transports = {own.name: own}
    worker = Worker(database, settings, transports, clock)
    try:
        await worker.run()
    finally:
        worker.close()
        if own is not None:
            own.close()


def twilio_of(settings: Settings) -> Twilio:
    """The account that the settings name."""
    account = settings.twilio
    return Twilio(
        account.account_sid,
        account.auth_token.get_secret_value(),
        account.from_number,
        base_url=account.base_url,
    )


async def _spread(touched: asyncio.Event, wakes: tuple[asyncio.Event, ...]) -> None:
    """One commit wakes every loop that waits for one."""
    while True:
        await touched.wait()
        touched.clear()
        for wake in wakes:
            wake.set()


def _record(what: str, failed: Exception, **ids: str) -> None:
    """Where it happened and of what kind it was; its text may quote a number or a name."""
    frames = traceback.extract_tb(failed.__traceback__)
    where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:]]
    can_retry = isinstance(failed, CloudError) and failed.can_retry
    _log.error(what, error=type(failed).__name__, where=where, can_retry=can_retry, **ids)
