"""What happened at Margaret Hale's in the week before: told through the same doors as in real life.

Each story is received, escalated, paged, taken and closed by the services themselves, only at
earlier instants; so its pages, notes and audit rows are what a real week would have left.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from cloud.households.tables import hub
from cloud.incidents import service
from cloud.incidents.store import get_incident
from cloud.ingest.batch import keep, read
from cloud.paging.planning import insert_page
from cloud.paging.rules import PageStatus
from cloud.seed.people import Roster, Seeded
from vocabulary.finding import FindingState
from vocabulary.identity import uuid7
from vocabulary.incident import CheckOutcome, Disposition, Role
from vocabulary.wire import (
    CheckPart,
    EpisodePart,
    FactPart,
    FindingPart,
    Hello,
    History,
    IncidentUp,
    ReplyPart,
    dump,
)

_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Week:
    """Pen and calendar of whoever writes the stories down."""

    connection: Connection
    rng: Random
    roster: Roster
    now: datetime
    zone: ZoneInfo

    def new_id(self, at: datetime) -> UUID:
        return uuid7(at, self.rng.randbytes(10))

    def token(self) -> str:
        return self.rng.randbytes(24).hex()

    def digit(self) -> str:
        return str(self.rng.randint(1, 9))

    def code(self) -> str:
        return f"{self.rng.randrange(1_000_000):06}"

    def at(self, days_ago: int, hour: int, minute: int) -> datetime:
        """That many days ago at about that wall-clock time."""
        day = (self.now.astimezone(self.zone) - timedelta(days=days_ago)).date()
        exact = datetime.combine(day, time(hour, minute), self.zone)
        return (exact + self.rng.randrange(240) * _SECOND).astimezone(self.now.tzinfo)

    def first(self, role: Role) -> Seeded:
        return self.roster.all_of(role)[0]

    def second(self, role: Role) -> Seeded:
        return self.roster.all_of(role)[1]

    def tell(self, message: IncidentUp | Hello | History, at: datetime) -> None:
        """Say it as the hub would, at that instant."""
        keep(self.connection, [read(self.roster.hub_id, dump(message))], at)


def live_a_week(
    connection: Connection, now: datetime, rng: Random, roster: Roster, zone: ZoneInfo
) -> None:
    """Six days with something to tell, oldest first; every incident ends with its outcome."""
    week = Week(connection, rng, roster, now, zone)
    for story in (
        _stumbled_and_got_up,
        _asked_for_a_doctor,
        _burnt_the_toast,
        _unplugged_the_router,
        _fell_in_the_hall,
        _pulled_the_cord_while_cleaning,
    ):
        story(week)


def _stumbled_and_got_up(week: Week) -> None:
    at = week.at(6, 18, 40)
    told = _opens(week, at, "fall", "hard_fall", "Living room", [_fact("fact.fall_warning")], 45)
    week.tell(told, at + _SECOND)
    up_at = at + 38 * _SECOND
    fine = ReplyPart(at=at + 14 * _SECOND, terminal="living", outcome=CheckOutcome.FINE)
    calmed = told.model_copy(
        update={
            "event_id": week.new_id(up_at),
            "revision": 2,
            "sent_at": up_at,
            "check": CheckPart(
                started_at=at + _SECOND,
                prompts=1,
                ended_at=fine.at,
                outcome=CheckOutcome.FINE,
                replies=[fine],
            ),
            "withdrawn": Disposition.RESIDENT_CANCELLED,
            "withdrawn_at": up_at,
            "cleared_at": up_at,
        }
    )
    week.tell(calmed, up_at + _SECOND)


def _asked_for_a_doctor(week: Week) -> None:
    at = week.at(5, 9, 10)
    told = _opens(week, at, "sos_call", "pressed", "Bedroom", [_fact("fact.sos_pressed")], 0)
    week.tell(told, at + _SECOND)
    doctor, daughter = week.first(Role.GP), week.first(Role.FAMILY)
    _page(week, told.incident_id, doctor, at + 2 * _SECOND, PageStatus.ACKNOWLEDGED, 21)
    _page(week, told.incident_id, daughter, at + 2 * _SECOND, PageStatus.COMPLETED, 34)
    _acknowledge(week, told.incident_id, doctor, at + 23 * _SECOND)
    _note(week, told, doctor, at + timedelta(minutes=6), _DIZZY)
    _close(week, told.incident_id, doctor, Disposition.RESOLVED_BY_PHONE, at + timedelta(minutes=7))


_DIZZY = (
    "Dizzy after getting up, no chest pain, speaks clearly. Sat down, drank a glass of water, "
    "better after five minutes. Blood pressure to be taken by the community worker tomorrow."
)


def _burnt_the_toast(week: Week) -> None:
    at = week.at(4, 12, 31)
    reasons = [_fact("fact.smoke_contact", seconds=3), _fact("fact.one_source")]
    told = _opens(week, at, "smoke_fire", "smoke", "Kitchen", reasons, 0)
    week.tell(told, at + _SECOND)
    desk, son = week.first(Role.DESK), week.second(Role.FAMILY)
    _page(week, told.incident_id, desk, at + 2 * _SECOND, PageStatus.ACKNOWLEDGED, 17)
    _page(week, told.incident_id, son, at + 2 * _SECOND, PageStatus.NO_ANSWER, 30)
    _acknowledge(week, told.incident_id, desk, at + 19 * _SECOND)
    clear_at = at + timedelta(minutes=3)
    cleared = told.findings[0].model_copy(update={"state": FindingState.CLEARED, "at": clear_at})
    week.tell(
        told.model_copy(
            update={
                "event_id": week.new_id(clear_at),
                "revision": 2,
                "sent_at": clear_at,
                "cleared_at": clear_at,
                "findings": [*told.findings, cleared],
            }
        ),
        clear_at + _SECOND,
    )
    service.label_false(
        week.connection, told.incident_id, desk.id, "cooking", clear_at + 40 * _SECOND
    )
    _note(week, told, desk, clear_at + 70 * _SECOND, _TOAST)
    _close(week, told.incident_id, desk, Disposition.FALSE_ALARM, clear_at + 90 * _SECOND)


_TOAST = "Reached her on the telephone: toast was burning, toaster is off, windows are open."


def _unplugged_the_router(week: Week) -> None:
    """Silence of 180 s, told to operations; the hub came back and said so."""
    at = week.at(3, 15, 5)
    _hear(week, at - timedelta(minutes=4))
    service.supervise_hubs(week.connection, at - timedelta(minutes=2), week.new_id)
    opened = service.supervise_hubs(week.connection, at, week.new_id)
    engineer = week.first(Role.OPERATIONS)
    _page(week, opened[0], engineer, at + _SECOND, PageStatus.ACKNOWLEDGED, 32)
    _acknowledge(week, opened[0], engineer, at + 33 * _SECOND)
    back_at = at + timedelta(minutes=19)
    hello = Hello(
        event_id=week.new_id(back_at),
        hub_id=week.roster.hub_id,
        sent_at=back_at,
        boot_id="a-week-ago",
        software="0.1.0",
    )
    week.tell(hello, back_at)
    service.note(
        week.connection,
        opened[0],
        engineer.id,
        "The router had been unplugged for the vacuum cleaner. Asked for another socket.",
        back_at + timedelta(minutes=5),
    )
    _close(week, opened[0], engineer, Disposition.TECHNICAL_FIXED, back_at + timedelta(minutes=6))


def _hear(week: Week, at: datetime) -> None:
    of_this = hub.c.id == week.roster.hub_id
    week.connection.execute(update(hub).where(of_this).values(last_heard_at=at))


def _fell_in_the_hall(week: Week) -> None:
    at = week.at(2, 21, 48)
    reasons = [_fact("fact.fall_reported"), _fact("fact.no_upright")]
    told = _opens(week, at, "fall", "hard_fall", "Hall", reasons, 45)
    check = CheckPart(
        started_at=at + _SECOND,
        prompts=2,
        ended_at=at + 45 * _SECOND,
        outcome=CheckOutcome.SILENCE,
    )
    told = told.model_copy(update={"check": check})
    week.tell(told, at + _SECOND)
    week.tell(_evening_before(week, told), at + 3 * _SECOND)
    called_at = at + 46 * _SECOND
    doctor, backup = week.first(Role.GP), week.second(Role.GP)
    daughter, visitor = week.first(Role.FAMILY), week.first(Role.COMMUNITY)
    _page(week, told.incident_id, doctor, called_at, PageStatus.NO_ANSWER, 30)
    _page(week, told.incident_id, daughter, called_at, PageStatus.COMPLETED, 41)
    backup_at = called_at + 31 * _SECOND
    _page(week, told.incident_id, backup, backup_at, PageStatus.ACKNOWLEDGED, 18, step=1)
    _acknowledge(week, told.incident_id, backup, backup_at + 18 * _SECOND)
    _note(week, told, backup, backup_at + timedelta(minutes=4), _FELL)
    going_at = backup_at + timedelta(minutes=5)
    service.going_there(
        week.connection, told.incident_id, visitor.id, Role.COMMUNITY, "web", None, going_at
    )
    _note(week, told, visitor, going_at + timedelta(minutes=24), _LIFTED)
    ended_at = going_at + timedelta(minutes=31)
    _close(week, told.incident_id, backup, Disposition.VISITED, ended_at)


_FELL = (
    "She answers through the terminal: slipped on the mat, cannot get up by herself, hip does not "
    "hurt when she moves the leg. Tom is ten minutes away and goes there."
)
_LIFTED = "Helped her up, no wound, walks as usual. Mat taken away. Daughter told on the telephone."


def _pulled_the_cord_while_cleaning(week: Week) -> None:
    at = week.at(1, 15, 20)
    reasons = [_fact("fact.sos_pull_cord"), _fact("fact.sos_no_test")]
    told = _opens(week, at, "sos_call", "pull_cord", "Bathroom", reasons, 0)
    told = told.model_copy(update={"pin_at": at + 12 * _SECOND})
    week.tell(told, at + 13 * _SECOND)
    doctor = week.first(Role.GP)
    _page(week, told.incident_id, doctor, at + 14 * _SECOND, PageStatus.ACKNOWLEDGED, 15)
    _acknowledge(week, told.incident_id, doctor, at + 29 * _SECOND)
    closed_at = at + timedelta(minutes=4)
    service.label_false(
        week.connection, told.incident_id, doctor.id, "pressed_by_mistake", closed_at - _SECOND
    )
    _close(week, told.incident_id, doctor, Disposition.RESOLVED_BY_PHONE, closed_at)


def _fact(key: str, **values: str | float) -> FactPart:
    return FactPart(key=key, values=values)


def _opens(
    week: Week,
    at: datetime,
    slug: str,
    variant: str,
    room: str,
    facts: list[FactPart],
    asks_seconds: int,
) -> IncidentUp:
    finding = FindingPart(
        slug=slug,
        variant=variant,
        severity="critical",
        state=FindingState.RAISED,
        at=at,
        since=at,
        room=room,
        facts=facts,
    )
    return IncidentUp(
        event_id=week.new_id(at),
        hub_id=week.roster.hub_id,
        sent_at=at,
        incident_id=week.new_id(at),
        revision=1,
        slug=slug,
        variant=variant,
        severity="critical",
        opened_at=at,
        page_at=at + asks_seconds * _SECOND,
        room=room,
        findings=[finding],
    )


def _page(
    week: Week,
    incident_id: UUID,
    who: Seeded,
    sent_at: datetime,
    ended_as: PageStatus,
    seconds: int,
    step: int = 0,
) -> None:
    """One telephone call, from the row to its end."""
    service.mark_dialling(week.connection, incident_id, sent_at)
    ended_at = sent_at + seconds * _SECOND
    is_taken = ended_as is PageStatus.ACKNOWLEDGED
    page_id = insert_page(
        week.connection,
        get_incident(week.connection, incident_id),
        {
            "person_id": who.id,
            "role": who.role,
            "track": who.role,
            "step": step,
            "round": 0,
            "attempt": 0,
            "channel": "voice",
            "address": who.phone,
            "status": ended_as,
            "token": None,
            "provider_id": f"CA{week.rng.randbytes(16).hex()}",
            "sent_at": sent_at,
            "ended_at": ended_at,
            "acknowledged_at": ended_at if is_taken else None,
        },
        sent_at,
        week.new_id,
        week,
    )
    assert page_id is not None, "each story calls a person once in a step"
    service.mark_paged(week.connection, incident_id, sent_at)


def _acknowledge(week: Week, incident_id: UUID, who: Seeded, at: datetime) -> None:
    service.acknowledge(week.connection, incident_id, who.id, who.role, "voice", None, at)


def _note(week: Week, told: IncidentUp, who: Seeded, at: datetime, text: str) -> None:
    service.note(week.connection, told.incident_id, who.id, text, at, who.role)


def _close(
    week: Week, incident_id: UUID, who: Seeded, disposition: Disposition, at: datetime
) -> None:
    linked = service.close(week.connection, incident_id, who.id, disposition, at, who.role)
    assert linked is None, "each story ends when the home is quiet again"


def _evening_before(week: Week, told: IncidentUp) -> History:
    """The 24 h before a fall: a day like any other, room by room."""
    since = told.opened_at - timedelta(hours=24)
    episodes: list[EpisodePart] = []
    at = since
    while at < told.opened_at:
        hour = at.astimezone(week.zone).hour
        is_night = hour >= 22 or hour < 7  # noqa: PLR2004 - bedtime
        room = "Bedroom" if is_night else week.rng.choice(_ROOMS_BY_DAY)
        minutes = week.rng.randint(90, 170) if is_night else week.rng.randint(8, 70)
        until = min(at + timedelta(minutes=minutes), told.opened_at)
        what: Literal["bed", "stay"] = "bed" if is_night else "stay"
        episodes.append(EpisodePart(what=what, place=room, since=at, until=until))
        at = until
    return History(
        event_id=week.new_id(told.opened_at),
        hub_id=week.roster.hub_id,
        sent_at=told.opened_at,
        incident_id=told.incident_id,
        since=since,
        until=told.opened_at,
        episodes=episodes,
    )


_ROOMS_BY_DAY = ("Living room", "Kitchen", "Living room", "Bathroom", "Hall", "Study", "Kitchen")
