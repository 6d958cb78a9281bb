"""When receipts stay away or the broker is gone, the same messages take the other way."""

import asyncio
from datetime import timedelta

from edge_agent.log import Log
from edge_agent.uplink.broker_way import BrokerWay
from edge_agent.uplink.https_way import HttpsWay, HttpsWayError
from edge_agent.uplink.mailbox import Mailbox
from edge_agent.uplink.outbox import Entry
from vocabulary.wire import dump

_MOST_AT_ONCE = 20
"""Messages in one request."""

_log = Log("uplink")


class OtherWay:
    """Watches the first way, and posts what it does not deliver."""

    def __init__(self, mailbox: Mailbox, first: BrokerWay, https: HttpsWay) -> None:
        now = mailbox.now()
        self._mailbox = mailbox
        self._first = first
        self._https = https
        self._doubted_until = now
        """Receipts were late although the broker answered: ask here as well for a while."""
        self._poll_at = now
        self._beat_at = now

    async def run(self) -> None:
        """Until cancelled."""
        pause = min(0.5, self._mailbox.pace.repeat.total_seconds() / 4)
        async with self._https:
            while True:
                await asyncio.sleep(pause)
                entries = self._late()
                messages = [entry.message.payload for entry in entries] + self._beside()
                if messages or self._is_poll_due():
                    await self._post(entries, messages)

    async def _post(self, entries: list[Entry], messages: list[bytes]) -> None:
        now = self._mailbox.now()
        self._poll_at = now + self._mailbox.pace.poll
        for entry in entries:
            self._mailbox.outbox.sent_other_way(entry.message.event_id, now)
        try:
            came = await self._https.post(messages)
        except HttpsWayError as lost:
            self._mailbox.refused["https"] += 1
            _log.info("https_way_failed", reason=str(lost)[:200])
            return
        for payload in came:
            await self._mailbox.take(payload)

    def _late(self) -> list[Entry]:
        """What the cloud owes a receipt for: at once where the broker is known to be gone."""
        now, pace = self._mailbox.now(), self._mailbox.pace
        is_cut = self._cut_for() >= pace.https_after_cut
        patience = timedelta(0) if is_cut else pace.https_after
        late = self._mailbox.outbox.unanswered(now, patience)[:_MOST_AT_ONCE]
        if late and self._first.cut_since is None:
            self._doubted_until = now + 2 * pace.https_after
        return late

    def _beside(self) -> list[bytes]:
        """A heartbeat while the broker is gone, and receipts for what came this way."""
        now, pace = self._mailbox.now(), self._mailbox.pace
        found = []
        if self._cut_for() >= pace.heartbeat and now >= self._beat_at:
            self._beat_at = now + pace.heartbeat
            found.append(dump(self._mailbox.heartbeat()))
        if self._is_needed() and (answers := self._mailbox.pack_answers()) is not None:
            found.append(answers)
        return found

    def _is_poll_due(self) -> bool:
        is_waiting = self._is_needed() and self._mailbox.line.is_urgent()
        return is_waiting and self._mailbox.now() >= self._poll_at

    def _is_needed(self) -> bool:
        is_cut = self._cut_for() >= self._mailbox.pace.https_after_cut
        return is_cut or self._mailbox.now() < self._doubted_until

    def _cut_for(self) -> timedelta:
        since = self._first.cut_since
        return timedelta(0) if since is None else self._mailbox.now() - since
