"""What the hub told of an incident, made ready to read: reasons, the spoken check, the day before.

The stored message is read as it was sent; one of a newer program that cannot be read is left out
and said so, because the page must open whatever it holds.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from cloud import words
from cloud.messages import Tongue, mark
from cloud.triage.strip import Lane, Mark, Stretch, Strip, Vital
from vocabulary.observation import UNITS, Kind
from vocabulary.wire import EpisodePart, IncidentUp, VitalPart

WINDOW: Final = timedelta(hours=24)
GRID: Final = timedelta(minutes=5)
"""The strip moves on in such steps, so that an open page is not redrawn all the time."""

_EPISODES: Final = TypeAdapter(list[EpisodePart])
_VITALS: Final = TypeAdapter(list[VitalPart])

BED: Final = mark("In bed")
OUT: Final = mark("Away from home")
REPLIES: Final = mark("Replies")
PAGES: Final = mark("Calls")

_ORDER: Final = {"stay": 0, "bed": 1, "outing": 2, "open": 3, "power": 4}
_SORTS: Final = {"stay": "room", "bed": "bed", "outing": "outing", "open": "door", "power": "power"}


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the time before: stays, doors, bed and vital signs."""

    episodes: tuple[EpisodePart, ...] = ()
    vitals: tuple[VitalPart, ...] = ()


@dataclass(frozen=True, slots=True)
class PageMark:
    """A page as the strip marks it."""

    at: datetime
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that stands on the strip."""

    past: Past
    told: IncidentUp | None
    pages: tuple[PageMark, ...]
    opened_at: datetime
    zone: str


def read_past(stored: dict[str, Any] | None) -> Past:
    """A stored history; what cannot be read is left out."""
    body = stored or {}
    try:
        episodes = _EPISODES.validate_json(json.dumps(body.get("episodes", [])))
        vitals = _VITALS.validate_json(json.dumps(body.get("vitals", [])))
    except ValidationError:
        return Past()
    return Past(tuple(episodes), tuple(vitals))


def next_mark(now: datetime) -> datetime:
    """The end of the strip: the next full five minutes."""
    return now + GRID - timedelta(seconds=now.timestamp() % GRID.total_seconds())


def day_strip(evidence: Evidence, until: datetime, speech: Tongue) -> Strip:
    """The 24 hours up to `until`, labelled in the reader's language."""
    lanes = [*_episode_lanes(evidence.past.episodes, speech)]
    told = evidence.told
    replies = told.check.replies if told and told.check else []
    if replies:
        marks = tuple(Mark(r.at, speech.tell(words.OUTCOMES[r.outcome])) for r in replies)
        lanes.append(Lane(speech.tell(REPLIES), "reply", marks=marks))
    calls = tuple(
        Mark(p.at, f"{p.name}: {words.page_status(speech, p.status)}") for p in evidence.pages
    )
    if calls:
        lanes.append(Lane(speech.tell(PAGES), "page", marks=calls))
    return Strip(
        since=until - WINDOW,
        until=until,
        zone=evidence.zone,
        opened_at=evidence.opened_at,
        lanes=tuple(lanes),
        vitals=_vitals(evidence.past.vitals, speech),
    )


def _episode_lanes(episodes: Iterable[EpisodePart], speech: Tongue) -> Iterable[Lane]:
    """One lane per room and door, the room last used on top; bed and absence after the rooms."""
    by_place: dict[tuple[str, str], list[Stretch]] = defaultdict(list)
    for part in episodes:
        place = "" if part.what in {"bed", "outing"} else part.place
        by_place[part.what, place].append(Stretch(part.since, part.until))
    names = {"bed": speech.tell(BED), "outing": speech.tell(OUT)}

    def order(item: tuple[tuple[str, str], list[Stretch]]) -> tuple[int, float, str]:
        (what, place), stretches = item
        return _ORDER[what], -max(s.since for s in stretches).timestamp(), place

    for (what, place), stretches in sorted(by_place.items(), key=order):
        yield Lane(
            names.get(what) or _name(place, speech),
            _SORTS[what],  # type: ignore[arg-type]  # the five words of EpisodePart.what
            tuple(sorted(stretches, key=lambda stretch: stretch.since)),
        )


def _name(place: str, speech: Tongue) -> str:
    """A room by its own name, a door by what the home file says it is."""
    return speech.tell(words.OPENED[place]) if place in words.OPENED else place


def _vitals(parts: Iterable[VitalPart], speech: Tongue) -> tuple[Vital, ...]:
    by_kind: dict[str, list[VitalPart]] = defaultdict(list)
    for part in parts:
        by_kind[part.what].append(part)
    return tuple(
        Vital(
            speech.tell(words.VITALS.get(what, what)),
            readings[0].unit or _unit(what),
            tuple(sorted((part.at, part.value) for part in readings)),
        )
        for what, readings in sorted(by_kind.items())
    )


def _unit(what: str) -> str:
    return UNITS.get(Kind(what), "") if what in set(Kind) else ""
