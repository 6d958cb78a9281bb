"""The house is dark: family hears of it by day; after an hour somebody goes there, day or night."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection

from cloud.escalation import service as escalation
from cloud.incidents import service as incidents
from cloud.paging import service as paging
from cloud.paging.answers import Line
from tests.shift import OUR_NUMBER, Desk, move_in, pages_of, press, row_of
from tests.town import (
    COMMUNITY,
    DAUGHTER,
    DESK,
    GP,
    HUB,
    NOON,
    SON,
    finding,
    incident_id,
    told,
    wire,
)
from vocabulary.incident import IncidentStatus, Role

LINE = Line("https://care.example/keys", OUR_NUMBER)
DARK = timedelta(minutes=2)
HOUR = timedelta(minutes=60)
QUARTER = timedelta(minutes=15)
MIDNIGHT = datetime(2026, 5, 12, 23, 0, tzinfo=UTC)
"""In London, an hour ahead."""


def fails(connection: Connection, since: datetime) -> Desk:
    """The mains fail in Margaret's home; two minutes later the hub tells of it."""
    move_in(connection)
    fresh = finding("power_failure", "mains_lost", at=since + DARK, since=since)
    press(
        connection,
        slug="power_failure",
        variant="mains_lost",
        at=since + DARK,
        page_at=since + QUARTER,
        findings=[fresh],
    )
    return Desk(connection)


def an_hour_later(connection: Connection, since: datetime, revision: int = 2) -> None:
    """The hub tells that the mains are still lost."""
    first = finding("power_failure", "mains_lost", at=since + DARK, since=since)
    still = first.model_copy(update={"at": since + HOUR, "severity": "high"})
    message = told(
        "power_failure",
        "mains_lost",
        revision=revision,
        at=since + DARK,
        sent_at=since + HOUR,
        severity="high",
        page_at=since + QUARTER,
        findings=[first, still],
    )
    received = incidents.receive(connection, HUB, message, wire(message), since + HOUR)
    again_at = received.raised_again_at
    escalation.begin(connection, incident_id(), since + HOUR, raised_again_at=again_at)


def asked(desk: Desk, since: datetime, until: datetime) -> dict[UUID, timedelta]:
    """Who has been asked by then, and how long after the mains had failed."""
    now = since
    while now <= until:
        desk.step(now)
        now += timedelta(seconds=15)
    first: dict[UUID, timedelta] = {}
    for page in pages_of(desk.connection):
        first.setdefault(page.person_id, page.created_at - since)
    return first


def test_by_day_family_hears_of_it_after_a_quarter_of_an_hour(connection: Connection) -> None:
    desk = fails(connection, NOON)
    assert asked(desk, NOON, NOON + QUARTER) == {DAUGHTER: QUARTER}


def test_by_night_nobody_is_woken_within_the_hour(connection: Connection) -> None:
    desk = fails(connection, MIDNIGHT)
    assert asked(desk, MIDNIGHT, MIDNIGHT + HOUR - timedelta(seconds=15)) == {}


@pytest.mark.parametrize("since", [NOON, MIDNIGHT])
def test_after_an_hour_the_community_worker_is_asked(
    connection: Connection, since: datetime
) -> None:
    desk = fails(connection, since)
    asked(desk, since, since + timedelta(minutes=20))
    an_hour_later(connection, since)
    assert row_of(connection, incident_id()).chain == "visit"
    planned = {page.person_id for page in pages_of(connection)}
    assert COMMUNITY not in planned
    desk.step(since + HOUR)
    at_the_hour = [p for p in pages_of(connection) if p.created_at == since + HOUR]
    assert {p.person_id for p in at_the_hour} == {COMMUNITY, DAUGHTER}
    first = asked(desk, since, since + HOUR + timedelta(minutes=11))
    assert first[SON] >= HOUR
    assert first[DESK] >= HOUR
    assert GP not in first, "no doctor for the dark"


def test_the_daughter_who_took_it_has_not_taken_the_visit(connection: Connection) -> None:
    desk = fails(connection, NOON)
    asked(desk, NOON, NOON + QUARTER)
    at = NOON + timedelta(minutes=16)
    incidents.acknowledge(connection, incident_id(), DAUGHTER, Role.FAMILY, "web", None, at)
    an_hour_later(connection, NOON)
    assert row_of(connection, incident_id()).status == IncidentStatus.OPEN
    desk.step(NOON + HOUR)
    assert COMMUNITY in {page.person_id for page in pages_of(connection)}


def test_a_community_worker_who_has_it_is_called_about_it_once_more(connection: Connection) -> None:
    desk = fails(connection, NOON)
    at = NOON + timedelta(minutes=30)
    asked(desk, NOON, at)
    incidents.acknowledge(connection, incident_id(), COMMUNITY, Role.COMMUNITY, "web", None, at)
    incidents.note(connection, incident_id(), COMMUNITY, "on my way", NOON + timedelta(minutes=59))
    an_hour_later(connection, NOON)
    assert row_of(connection, incident_id()).status == IncidentStatus.ACKNOWLEDGED
    desk.step(NOON + HOUR)
    newest = pages_of(connection)[-1]
    assert (newest.person_id, newest.created_at) == (COMMUNITY, NOON + HOUR)
    claimed = paging.claim_page(connection, newest.id, NOON + HOUR)
    assert claimed is not None
    paging.record_sent(connection, newest.id, "CA-1", NOON + HOUR)
    said = paging.on_answer(connection, claimed.token, "CA-1", LINE, NOON + HOUR)
    assert "called for help" not in said
    assert (
        "It has become more severe since you took it. Priority: High. Please look after it now."
    ) in said


def test_what_is_no_worse_calls_nobody_again(connection: Connection) -> None:
    desk = fails(connection, NOON)
    asked(desk, NOON, NOON + QUARTER)
    at = NOON + timedelta(minutes=16)
    incidents.acknowledge(connection, incident_id(), DAUGHTER, Role.FAMILY, "web", None, at)
    an_hour_later(connection, NOON)
    incidents.acknowledge(
        connection, incident_id(), DESK, Role.DESK, "web", None, NOON + HOUR + timedelta(seconds=5)
    )
    an_hour_later(connection, NOON, revision=3)
    assert row_of(connection, incident_id()).status == IncidentStatus.ACKNOWLEDGED
