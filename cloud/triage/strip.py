"""The last 24 hours of a home on one line per room: where, when, which door, which reading.

Drawn here as SVG from plain values, without script and without inline style (the policy forbids
both); positions along the day are percentages, so that it fits a telephone as well as a desk.
The same values are given as rows of text for whoever cannot see the drawing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

LANE: Final = 24
"""Pixels per lane; the labels beside the drawing have the same height (static/hearthline.css)."""
AXIS: Final = 20
VITAL_LANE: Final = 40
HELD_FOR: Final = timedelta(hours=1)
"""For so long a vital sign counts as fresh (NEWS2 beside it says so, too)."""
THINNEST: Final = 0.35
"""Percent of the width: a visit of one minute is still a visible line."""

Sort = Literal["room", "door", "bed", "outing", "power", "reply", "page"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that lasted: a stay, a door standing open, a time in bed. `until` None: still."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an instant, with the words that name it."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the strip."""

    label: str
    sort: Sort
    stretches: tuple[Stretch, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Vital:
    """One vital sign over the day: label, unit and readings in order."""

    label: str
    unit: str
    readings: tuple[tuple[datetime, float], ...]

    @property
    def last(self) -> float:
        return self.readings[-1][1]


@dataclass(frozen=True, slots=True)
class Strip:
    """A window of time and what is known of it; `opened_at` is the incident's own instant."""

    since: datetime
    until: datetime
    zone: str
    opened_at: datetime
    lanes: tuple[Lane, ...]
    vitals: tuple[Vital, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.vitals or any(lane.stretches or lane.marks for lane in self.lanes))

    @property
    def height(self) -> int:
        """Pixels."""
        return len(self.lanes) * LANE + len(self.vitals) * VITAL_LANE + AXIS


def draw(strip: Strip, title: str) -> Markup:
    """The strip as one SVG element; `title` is read out in place of the drawing."""
    width = _Scale(strip)
    parts = [*_hours(strip, width)]
    for index, lane in enumerate(strip.lanes):
        parts.extend(_lane(lane, index * LANE, width))
    below = len(strip.lanes) * LANE
    for index, vital in enumerate(strip.vitals):
        parts.extend(_vital(vital, below + index * VITAL_LANE, width))
    at = width.percent(strip.opened_at)
    parts.append(f'<line class="now" x1="{at}" x2="{at}" y1="0" y2="{strip.height - AXIS}"></line>')
    return Markup(  # noqa: S704 - every text above and below is escaped where it enters
        f'<svg class="strip" role="img" width="100%" height="{strip.height}" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


class _Scale:
    """Instants to percentages of the width."""

    def __init__(self, strip: Strip) -> None:
        self._since = strip.since
        self._until = strip.until
        self._length = max((strip.until - strip.since).total_seconds(), 1.0)

    def share(self, at: datetime) -> float:
        inside = min(max(at, self._since), self._until)
        return (inside - self._since).total_seconds() / self._length * 100

    def percent(self, at: datetime) -> str:
        return f"{self.share(at):.3f}%"

    def holds(self, at: datetime) -> bool:
        return self._since <= at <= self._until


def _hours(strip: Strip, width: _Scale) -> Iterator[str]:
    """A line each hour of local time, labelled each third; the midnight line is stronger."""
    bottom = strip.height - AXIS
    for at, local in local_hours(strip.since, strip.until, strip.zone):
        x = width.percent(at)
        name = "midnight" if local.hour == 0 else "third" if local.hour % 3 == 0 else "hour"
        yield f'<line class="{name}" x1="{x}" x2="{x}" y1="0" y2="{bottom}"></line>'
        if local.hour % 3 == 0 and 2 < width.share(at) < 98:  # noqa: PLR2004 - a label needs room
            rank = "six" if local.hour % 6 == 0 else "three"
            yield f'<text class="tick {rank}" x="{x}" y="{bottom + 15}">{local:%H}</text>'


def local_hours(since: datetime, until: datetime, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Each full local hour in the window, with its instant: a day of 23 or 25 hours has as many."""
    step = timedelta(minutes=15)  # some zones are a quarter of an hour off
    at = since.replace(minute=since.minute // 15 * 15, second=0, microsecond=0)
    while at <= until:
        local = at.astimezone(ZoneInfo(zone))
        if at >= since and local.minute == 0:
            yield at, local
        at += step


def _lane(lane: Lane, top: int, width: _Scale) -> Iterator[str]:
    yield f'<rect class="lane" x="0" width="100%" y="{top + 3}" height="{LANE - 6}"></rect>'
    for stretch in lane.stretches:
        begin = width.share(stretch.since)
        end = width.share(stretch.until) if stretch.until else 100.0
        if end <= 0 or begin >= 100:  # noqa: PLR2004 - percent
            continue
        long = max(end - begin, THINNEST)
        yield (
            f'<rect class="{lane.sort}" x="{begin:.3f}%" width="{long:.3f}%" '
            f'y="{top + 5}" height="{LANE - 10}" rx="2"></rect>'
        )
    for mark in lane.marks:
        if width.holds(mark.at):
            x = width.percent(mark.at)
            yield (
                f'<circle class="{lane.sort}" cx="{x}" cy="{top + LANE // 2}" r="5">'
                f"<title>{escape(mark.text)}</title></circle>"
            )


def _vital(vital: Vital, top: int, width: _Scale) -> Iterator[str]:
    """The readings, scaled to their own range; the last value stands beside it.

    A line only between those that stand within `HELD_FOR`: nobody measured what lies in a gap.
    """
    seen = [(at, value) for at, value in vital.readings if width.holds(at)]
    yield f'<rect class="lane" x="0" width="100%" y="{top + 3}" height="{VITAL_LANE - 6}"></rect>'
    if not seen:
        return
    values = [value for _, value in seen]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    points = [
        (width.share(at), VITAL_LANE - 8 - (value - low) / span * (VITAL_LANE - 16))
        for at, value in seen
    ]
    gaps = [n for n in range(1, len(seen)) if seen[n][0] - seen[n - 1][0] > HELD_FOR]
    runs = [points[since:until] for since, until in pairwise((0, *gaps, len(points)))]
    yield (
        f'<svg x="0" y="{top}" width="100%" height="{VITAL_LANE}" '
        f'viewBox="0 0 100 {VITAL_LANE}" preserveAspectRatio="none">'
    )
    for run in runs:
        path = " ".join(f"{x:.2f},{y:.1f}" for x, y in run)
        yield f'<polyline class="vital" points="{path}"></polyline>'
    yield "</svg>"
    for x, y in [*(run[0] for run in runs[:-1] if len(run) == 1), points[-1]]:
        yield f'<circle class="vital" cx="{x:.3f}%" cy="{top + y:.1f}" r="3"></circle>'


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table that says in words what the drawing shows."""

    label: str
    since: datetime
    until: datetime | None
    text: str


def rows(strip: Strip) -> tuple[Row, ...]:
    """Everything the drawing shows, in order of time."""
    found = [*_lane_rows(strip.lanes), *_vital_rows(strip.vitals)]
    inside = [row for row in found if row.until is None or row.until >= strip.since]
    return tuple(sorted(inside, key=lambda row: row.since))


def _lane_rows(lanes: Iterable[Lane]) -> Iterator[Row]:
    for lane in lanes:
        for stretch in lane.stretches:
            yield Row(lane.label, stretch.since, stretch.until, "")
        for mark in lane.marks:
            yield Row(lane.label, mark.at, mark.at, mark.text)


def _vital_rows(vitals: Iterable[Vital]) -> Iterator[Row]:
    for vital in vitals:
        for at, value in vital.readings:
            yield Row(vital.label, at, at, f"{value:g} {vital.unit}".strip())
