"""A story runs from its criterion until a named person has closed the incident."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.house import build_house
from simulator.records import CloudRecords, IncidentRecord, journaled_at
from simulator.responder import Responder
from simulator.scenarios import STORIES
from simulator.stack import Stack
from simulator.terminal import Answer
from vocabulary.risk import Cancel, Chain, Risk, Severity
from vocabulary.risks import BY_SLUG

FIRST_ROLE = {
    Chain.FIRE: "desk",
    Chain.PERSON: "gp",
    Chain.VITAL: "gp",
    Chain.WELFARE: "family",
    Chain.AWAY: "family",
    Chain.HOME: "family",
    Chain.VISIT: "community",
}
"""Whom RISKS §2 puts first: that role must have acknowledged for a story to end well."""

LOCAL_ACTION = timedelta(seconds=2)
"""DESIGN §1: from the criterion to what the home itself does; what may be noticed later (RISKS §5,
first figure) is acted on then."""
CRITICAL_LIMIT = timedelta(minutes=3)
AFTER_FIRST_PAGE = timedelta(minutes=2)
"""How long a story may take: DESIGN §7."""
DIGEST_LIMIT = timedelta(minutes=2)
"""Ours: a card that pages nobody stands in the family view long before."""
LONGEST_HOLD = timedelta(minutes=7)
"""A hold of which at most 6 minutes are waited for, and what the start may take."""
WAKING_HOURS = (9, 20)
"""Where nothing is critical people are asked by day (RISKS §2): the home stands where it is day."""
RECONNECT = timedelta(seconds=10)
"""What a hub may take to find its way back once the link is there again."""
CUT = timedelta(seconds=60)
STANDS_UP_AFTER = timedelta(seconds=20)
"""A resident who says "I am fine" after a fall and is: on their feet well within 60 s."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be played."""

    story: str
    answer: Answer = Answer.SILENCE
    cut_uplink: bool = False
    time_limit: timedelta | None = None
    """From the criterion on; None: what DESIGN §7 gives a story of this risk."""
    variant: str = ""
    """Empty: the first one."""

    @property
    def risk(self) -> Risk:
        return BY_SLUG[self.story]

    @property
    def told_variant(self) -> str:
        return self.variant or next(iter(STORIES[self.story]))

    @property
    def severity(self) -> Severity:
        """As the story begins; an incident may be found worse."""
        return self.risk.variant(self.told_variant).severity

    @property
    def limit(self) -> timedelta:
        """How long the story may take from its criterion on."""
        if self.time_limit is not None:
            return self.time_limit
        if self.severity is Severity.CRITICAL:
            return CRITICAL_LIMIT
        first_page = self.risk.first_page_within(self.told_variant, self.severity)
        return DIGEST_LIMIT if first_page is None else first_page + AFTER_FIRST_PAGE

    @property
    def hours(self) -> tuple[int, int] | None:
        """Local hours in which it can be told."""
        told = STORIES[self.story][self.told_variant](build_house())
        if told.hours is not None or self.severity is Severity.CRITICAL:
            return told.hours
        return WAKING_HOURS

    @property
    def is_silent_at_home(self) -> bool:
        """Under duress nothing may show in the home."""
        return self.answer is Answer.DURESS

    def may_answer(self, chain: Chain) -> frozenset[str]:
        """In which role somebody must have acknowledged: as the first of that chain.

        Under duress the family is not asked at all, for a relative may be the one who threatens.
        """
        first = FIRST_ROLE[chain]
        if self.answer is Answer.DURESS and first == "family":
            return frozenset(FIRST_ROLE.values()) - {"family"}
        return frozenset({first})

    @property
    def ends_without_a_page(self) -> bool:
        """Answered "fine" where that may cancel, and after a fall also stood up (RISKS §5)."""
        course = self.risk.course(self.told_variant, self.severity)
        by_word = {Cancel.BY_ANSWER, Cancel.BY_ANSWER_AND_UPRIGHT}
        is_heeded = course.cancel in by_word and course.asks is not None
        return self.answer is Answer.FINE and is_heeded


@dataclass(slots=True)
class Outcome:
    """What the far ends held at the end; seconds count from the criterion."""

    figures: dict[str, Any]
    misses: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not self.misses


async def play(stack: Stack, script: Script, told: Callable[[str], None]) -> Outcome:
    """Play one story on a running stack; never raises for a story that ends badly."""
    began = time.monotonic()
    records = CloudRecords(stack.database_url)
    try:
        return await _Play(stack, script, told, records, began).run()
    finally:
        await records.close()


def is_order(request: dict[str, Any]) -> bool:
    """Whether a request in the phone company's log asked for a call or a text."""
    path = str(request["path"])
    return request["method"] == "POST" and path.endswith(("/Calls.json", "/Messages.json"))


@dataclass(slots=True)
class _Play:
    stack: Stack
    script: Script
    told: Callable[[str], None]
    records: CloudRecords
    began: float
    criterion_at: datetime = field(init=False)
    began_at: datetime = field(init=False)
    link_back_at: datetime | None = field(init=False, default=None)
    is_in_family_view: bool = field(init=False, default=False)
    durable_at: datetime | None = field(init=False, default=None)
    """Read while the story runs: the journal drops old revisions once an incident is closed."""

    async def run(self) -> Outcome:
        if self.script.cut_uplink:
            await self.stack.cut_uplink()
            self.told("the home's link is cut")
        await self._begin()
        try:
            async with asyncio.timeout(self.script.limit.total_seconds()):
                await self._see_it_through()
        except TimeoutError:
            self.told("the time limit has passed")
        return await self._outcome()

    async def _begin(self) -> None:
        answer = await self.stack.http.post(
            f"{self.stack.house_url}/story",
            json={
                "story": self.script.story,
                "variant": self.script.told_variant,
                "answer": self.script.answer,
                "twin": False,
            },
            timeout=LONGEST_HOLD.total_seconds(),
        )
        answer.raise_for_status()
        self.criterion_at = datetime.fromisoformat(answer.json()["criterion_at"])
        self.began_at = datetime.fromisoformat(answer.json()["began_at"])
        self.told(f"{self.script.story}: the criterion is met")

    async def _see_it_through(self) -> None:
        if self.script.cut_uplink:
            await asyncio.sleep(CUT.total_seconds())
            await self.stack.restore_uplink()
            self.link_back_at = self.stack.clock()
            self.told("the link is back")
        if self.script.ends_without_a_page:
            if self.script.risk.cancel is Cancel.BY_ANSWER_AND_UPRIGHT:
                await asyncio.sleep(STANDS_UP_AFTER.total_seconds())
                (await self.stack.http.post(f"{self.stack.house_url}/stand_up")).raise_for_status()
                self.told("the resident stands up")
            await self._until(lambda incident: incident.closed_at is not None)
            return
        story = self.script.story
        incident = await self._until(lambda incident: story in incident.raised)
        if self._is_digest(incident):
            await self._see_it_in_the_family_view(incident)
            return
        incident = await self._until(lambda incident: incident.acknowledged_at is not None)
        (await self.stack.http.post(f"{self.stack.house_url}/settle")).raise_for_status()
        self.told("the danger is over")
        if incident.severity is Severity.CRITICAL and not self.script.risk.latches:
            # closed while the home still shows it, it would be opened anew; what is less grave may
            # be closed while the room still warms up, which takes a quarter of an hour
            await self._until(lambda incident: story not in incident.standing)
        await self._close(incident)

    async def _incidents(self) -> list[IncidentRecord]:
        """All of the household's since the criterion: a stray one must show.

        The story's own ones also from before it, since a danger has stages; none that was seeded.
        """
        found = await self.records.incidents(self.stack.roster.household, self.stack.up_at)
        since = self.criterion_at - timedelta(seconds=1)
        began_at = min(self.began_at, since)
        return [one for one in found if one.opened_at >= (began_at if self._tells(one) else since)]

    def _tells(self, incident: IncidentRecord) -> bool:
        """Whether it is about the story's risk, alone or with what led to it."""
        return self.script.story in {incident.slug, *incident.raised}

    def _is_begun_by_it(self, incident: IncidentRecord) -> bool:
        """Not by what led to it: a fall before a long lie, the reminders before a missed dose."""
        is_own = incident.slug == self.script.story
        return is_own and incident.opened_at >= self.criterion_at - timedelta(seconds=1)

    def _raised_at(self, incident: IncidentRecord) -> datetime | None:
        """When the variant that is told was; where another way of it was seen first, that."""
        told = (self.script.story, self.script.told_variant)
        return incident.stages.get(told) or incident.raised.get(self.script.story)

    @staticmethod
    def _is_digest(incident: IncidentRecord) -> bool:
        """Nobody is called for it; it stands where family and visitors read it."""
        course = BY_SLUG[incident.slug].course(incident.variant, incident.severity)
        return course.page_within is None

    async def _see_it_in_the_family_view(self, incident: IncidentRecord) -> None:
        relative = Responder(self.stack.cloud_url, self.stack.roster.first("family"))
        try:
            await relative.log_in()
            page = f"/home/{self.stack.roster.household}"
            while not await relative.sees(page, incident.number):  # noqa: ASYNC110 - a page
                await asyncio.sleep(0.5)
            self.is_in_family_view = True
            self.told(f"incident {incident.number} stands in the family view")
        finally:
            await relative.leave()

    async def _until(self, is_so: Callable[[IncidentRecord], bool]) -> IncidentRecord:
        while True:
            for incident in await self._incidents():
                if not self._tells(incident):
                    continue
                if self.durable_at is None:
                    journal = self.stack.folder / "hub" / "journal.db"
                    self.durable_at = journaled_at(journal, incident.id)
                if is_so(incident):
                    return incident
            await asyncio.sleep(0.05)

    async def _close(self, incident: IncidentRecord) -> None:
        person = self.stack.roster.by_id(incident.acknowledged_by or "")
        if person is None:
            self.told("nobody in the roster has acknowledged")
            return
        self.told(f"{person.name} has acknowledged incident {incident.number}")
        if incident.acknowledged_role == "family":  # who is with the family closes by telephone
            person = self.stack.roster.first("desk")
        responder = Responder(self.stack.cloud_url, person)
        try:
            await responder.log_in()
            await responder.close(incident.id, "resolved_by_phone")
        finally:
            await responder.leave()
        self.told(f"{person.name} has closed it: resolved by phone")

    async def _outcome(self) -> Outcome:
        incidents = await self._incidents()
        pages = await self.records.pages([one.id for one in incidents])
        first = next((one for one in incidents if self._tells(one)), None)
        begun = first if first and self._is_begun_by_it(first) else None
        provider = await self._provider_requests({page.address for page in pages})
        person = self.stack.roster.by_id(first.acknowledged_by or "") if first else None
        figures: dict[str, Any] = {
            "story": self.script.story,
            "raised": self._since(self._raised_at(first) if first else None),
            "local_action": self._since(await self._local_action_at()),
            "durable_on_hub": self._since(self.durable_at if begun else None),
            "committed": self._since(begun.committed_at if begun else None),
            "first_page": self._since(provider[0] if provider else None),
            "acknowledged": self._since(first.acknowledged_at if first else None),
            "closed": self._since(first.closed_at if first else None),
            "incidents": len(incidents),
            "acknowledged_by": (
                f"{first.acknowledged_role}:{person.name}" if first and person else None
            ),
            "disposition": first.disposition if first else None,
            "pages": len([page for page in pages if page.sent_at is not None]),
            "provider_requests": len(provider),
        }
        if self.link_back_at is not None:
            figures["cut_seconds"] = self._since(self.link_back_at)
        figures |= {
            "answer": self.script.answer,
            "schema": 1,
            "seconds": round(time.monotonic() - self.began, 3),
            "skipped": [],
        }
        return Outcome(figures, self._misses(figures, first))

    async def _local_action_at(self) -> datetime | None:
        said = (await self.stack.http.get(f"{self.stack.house_url}/said")).json()
        switched = (await self.stack.http.get(f"{self.stack.house_url}/switched")).json()
        times = [datetime.fromisoformat(one["at"]) for one in said["said"] + switched["switched"]]
        return min((at for at in times if at >= self.criterion_at), default=None)

    async def _provider_requests(self, numbers: set[str]) -> list[datetime]:
        """When the phone company was asked to call or text somebody whom these incidents page.

        By its own log, so that a request that never got an answer counts too.
        """
        log = (await self.stack.http.get(f"{self.stack.phone_url}/_log")).json()
        times = [
            datetime.fromisoformat(one["at"])
            for one in log["requests"]
            if is_order(one) and numbers.intersection(one["form"].get("To", []))
        ]
        return sorted(at for at in times if at >= self.criterion_at)

    def _since(self, at: datetime | None) -> float | None:
        return None if at is None else round((at - self.criterion_at).total_seconds(), 3)

    def _misses(self, figures: dict[str, Any], first: IncidentRecord | None) -> list[str]:
        misses = []
        if figures["incidents"] != 1:
            misses.append(f"{figures['incidents']} incidents, expected 1")
        local = figures["local_action"]
        patience = max(LOCAL_ACTION, self.script.risk.notice + LOCAL_ACTION)
        is_shown = not self.script.is_silent_at_home and self.script.risk.chain is not Chain.DIGEST
        if is_shown and (local is None or local > patience.total_seconds()):
            misses.append(f"local action after {local} s")
        if self.script.ends_without_a_page:
            if figures["disposition"] != "resident_cancelled" or figures["pages"]:
                misses.append("expected resident_cancelled and no page")
            return misses
        if first is not None and self._is_digest(first):
            return misses + self._digest_misses(figures)
        return misses + self._page_misses(figures, first)

    def _digest_misses(self, figures: dict[str, Any]) -> list[str]:
        misses = [] if self.is_in_family_view else ["it does not stand in the family view"]
        if figures["pages"] or figures["acknowledged_by"]:
            misses.append("somebody was called for a digest")
        return misses

    def _page_misses(self, figures: dict[str, Any], first: IncidentRecord | None) -> list[str]:
        misses = []
        variant, severity = self.script.told_variant, self.script.severity
        if first is not None:
            variant, severity = first.variant, first.severity
        roles = self.script.may_answer(self.script.risk.course(variant, severity).chain)
        if str(figures["acknowledged_by"]).split(":")[0] not in roles:
            expected = " or ".join(sorted(roles))
            misses.append(f"acknowledged by {figures['acknowledged_by']}, expected {expected}")
        if figures["closed"] is None or figures["disposition"] is None:
            misses.append("not closed with a disposition")
        limit = self.script.risk.first_page_within(variant, severity) or timedelta(0)
        since = 0.0
        if self.link_back_at is not None:
            limit += RECONNECT
            since = self._since(self.link_back_at) or 0.0
        first_page = figures["first_page"]
        if first_page is None or first_page - since > limit.total_seconds():
            misses.append(f"first page after {first_page} s, limit {limit.total_seconds() + since}")
        return misses
