"""A hub that starts in a lived-in home may be told of the days before, without acting on them."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.agent.heart import Heart
from edge_agent.agent.learned import notes_of
from edge_agent.agent.trace import read_trace
from edge_agent.errors import HubError
from edge_agent.journal import Batch, EpisodeRow, Journal

_AT_ONCE = 10_000
_PUT_AWAY = timedelta(hours=12)
"""The heart keeps episodes a little longer than a day."""


class PastNotKeptError(HubError):
    """The journal did not take the past; its disk is full or broken. Retry once it is mended."""


def import_past(trace: Path, journal: Journal, heart: Heart, now: datetime) -> int:
    """Journal a trace at its own instants, once; how many readings it held.

    `heart` is one of its own: what the past says of the home is learned anew at the next start,
    by living through the journal. Raises `TraceError` and `PastNotKeptError`.
    """
    mark = f"past:{hashlib.sha256(trace.read_bytes()).hexdigest()}"
    if mark in journal.recollect().notes:
        return 0
    count = 0
    kept = Batch()
    put_away: datetime | None = None
    for line in read_trace(trace):
        if line.at >= now:
            break
        seen = heart.decoder.decode(line.topic, line.payload, line.at, retained=line.is_retained)
        for one in seen:
            heart.episodes.observe(one)
            if journal.keeps(one):
                kept.observations.append(one)
        count += len(seen)
        if put_away is None or line.at - put_away >= _PUT_AWAY:
            kept.episodes += _ended(heart, put_away or line.at, line.at)
            put_away = line.at
        if len(kept.observations) >= _AT_ONCE:
            _commit(journal, kept)
            kept = Batch()
    kept.notes |= {mark: now.isoformat(), **notes_of(heart.decoder)}
    if put_away is not None:
        kept.episodes += _ended(heart, put_away, now)
    _commit(journal, kept)
    return count


def _ended(heart: Heart, since: datetime, until: datetime) -> list[EpisodeRow]:
    return [
        EpisodeRow(part.what, part.place, part.since, part.until)
        for part in heart.episodes.between(since, until)
        if part.until is not None
    ]


def _commit(journal: Journal, batch: Batch) -> None:
    if not journal.commit(batch).tried.result(timeout=60):
        raise PastNotKeptError(f"{journal.path}: {', '.join(sorted(journal.faults))}")
