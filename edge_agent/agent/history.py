"""Whoever is called wants to know what the day was like: where, how long, how the heart was."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.detector import is_usable
from edge_agent.episodes import Episode
from edge_agent.journal import EpisodeRow, Journal, episodes, vitals
from vocabulary.observation import UNITS, Observation
from vocabulary.wire import MAX_BYTES, EpisodePart, History, VitalPart, dump

A_DAY = timedelta(hours=24)
_MOST = 1500
"""The wire's limit for either list; of more the newest are sent."""
_LONGEST_PLACE = 80


async def history(  # noqa: PLR0913 - an envelope and a stretch of time
    journal: Journal,
    running: Iterable[Episode],
    *,
    event_id: UUID,
    hub_id: str,
    incident_id: UUID,
    span: timedelta,
    now: datetime,
) -> bytes:
    """Episodes and vitals of the `span` before `now`; `running`: what the episodes hold still.

    The wire form, its oldest parts left out until it fits.
    """
    since = now - span
    no_rows: list[EpisodeRow] = []
    no_signs: list[Observation] = []
    stored = await journal.look_back(lambda db: episodes(db, since, now), no_rows)
    seen = await journal.look_back(lambda db: list(vitals(db, since, now)), no_signs)
    parts = {(p.what, p.place, p.since): p for p in map(_from_row, stored)}
    parts |= {(p.what, p.place, p.since): p for p in map(_from_episode, running)}
    told = sorted(parts.values(), key=lambda part: part.since)
    signs = [part for one in seen if (part := _vital(one)) is not None]
    most = _MOST
    while True:
        message = History(
            event_id=event_id,
            hub_id=hub_id,
            sent_at=now,
            incident_id=incident_id,
            since=since,
            until=now,
            episodes=told[-most:],
            vitals=signs[-most:],
        )
        payload = dump(message)
        if len(payload) <= MAX_BYTES:
            return payload
        most = most * 3 // 4


def _from_row(row: EpisodeRow) -> EpisodePart:
    return EpisodePart(what=row.what, place=row.place, since=row.since, until=row.until)  # type: ignore[arg-type]  # stored from an EpisodePart's own words


def _from_episode(episode: Episode) -> EpisodePart:
    return EpisodePart(
        what=episode.what,
        place=episode.place[:_LONGEST_PLACE],
        since=episode.since,
        until=episode.until,
    )


def _vital(seen: Observation) -> VitalPart | None:
    if not isinstance(seen.value, int | float) or not is_usable(seen):
        return None
    return VitalPart(
        at=seen.at, what=seen.kind.value, value=float(seen.value), unit=UNITS.get(seen.kind, "")
    )
