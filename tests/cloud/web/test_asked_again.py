"""A door that still stands open is asked about again: to the family both courses look the same."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from cloud.family.service import read_home
from cloud.incidents.service import acknowledge, close, mark_paged
from cloud.incidents.tables import incident
from cloud.pages import render
from tests.cloud.web.world import MARGARET, NOW, World, check, named, settle, sos_finding
from tests.databases import filled
from vocabulary.identity import successor
from vocabulary.incident import CheckOutcome, Disposition, Role

FINE, SECRET = CheckOutcome.FINE, CheckOutcome.DURESS
DOOR = named("door")
S = timedelta(seconds=1)
OPENED = NOW - 28 * S
ANSWERED = NOW - 10 * S
ASKED_AGAIN = NOW + 1800 * S


def open_door(world: World, outcome: CheckOutcome) -> None:
    """It stood open, and the question was answered after some seconds."""
    found = sos_finding(
        slug="entry_security",
        variant="left_open",
        severity="medium",
        at=OPENED,
        since=OPENED,
        room="Hall",
        facts=[],
    )
    said = {
        "slug": "entry_security",
        "variant": "left_open",
        "severity": "medium",
        "opened_at": OPENED,
        "page_at": OPENED + 60 * S,
        "shown_page_at": OPENED + 60 * S,
        "room": "Hall",
        "findings": [found],
    }
    world.tell(DOOR, **said)
    said |= {"check": check(outcome), "has_settled": True}
    if outcome is SECRET:
        world.tell(DOOR, **said | {"is_duress": True, "page_at": ANSWERED})
        mark_paged(world.connection, DOOR, ANSWERED + S)
        acknowledge(world.connection, DOOR, named("lind"), Role.GP, "voice", None, NOW + 20 * S)
    else:
        cancelled = {"withdrawn": Disposition.RESIDENT_CANCELLED, "withdrawn_at": ANSWERED}
        world.tell(DOOR, **said | cancelled)
    # half an hour later it still stands open
    again = found.model_copy(update={"at": ASKED_AGAIN})
    said |= {"opened_at": ASKED_AGAIN, "findings": [again], "check": None, "has_settled": False}
    said |= {"page_at": ASKED_AGAIN + 60 * S, "shown_page_at": ASKED_AGAIN + 60 * S}
    world.tell(successor(DOOR), **said)


def pages(outcome: CheckOutcome, level: str) -> list[str]:
    """What a relative reads while it is asked about again, and once helpers have ended theirs."""
    shown: list[str] = []

    def read(connection: Connection, seconds: int) -> None:
        now = ASKED_AGAIN + seconds * S
        home = read_home(connection, MARGARET, level, now)
        shown.append(
            render("family/_home.html", "en", home=home, zone=home.zone, now=now, csrf="", me=None)
        )

    def story(connection: Connection) -> None:
        open_door(settle(connection), outcome)
        read(connection, 5)
        if outcome is SECRET:
            visited = Disposition.VISITED
            close(connection, DOOR, named("lind"), visited, ASKED_AGAIN + 10 * S, Role.GP)
        read(connection, 20)
        numbers = connection.execute(select(incident.c.number, incident.c.status)).all()
        assert len(numbers) == 2, "what helpers ended has no further heir"

    filled(story)
    return shown


@pytest.mark.parametrize("level", ["details", "summary", "alerts"])
def test_the_family_reads_the_same_after_fine_and_after_the_secret_word(level: str) -> None:
    ordinary, threatened = pages(FINE, level), pages(SECRET, level)
    assert threatened == ordinary
    assert "The resident is being asked first." in ordinary[0]
    assert "The resident said all is well" in ordinary[0]
