"""What nothing watches any more stands at the top of the family's page, not folded away."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from cloud.family.service import read_home
from cloud.pages import render
from cloud.paging.notices import tell_blind_risks
from cloud.triage.service import read_calls
from tests.cloud.incidents.test_blind_risks import WELL, Home, after
from tests.shift import move_in
from tests.town import MARGARETS

HEADING = "Not watched any more"


@pytest.fixture
def home(connection: Connection) -> Home:
    move_in(connection)
    gone = dict.fromkeys(("smoke_fire", "fall"), "gateway_gone:attic")
    return Home(connection).tells(0, **WELL).tells(1, **gone)


def shown(home: Home, minutes: float, language: str = "en") -> str:
    now = after(minutes) + timedelta(seconds=1)
    found = read_home(home.connection, MARGARETS, "alerts", now)
    return render(
        "family/_home.html", language, home=found, zone=found.zone, now=now, csrf="", me=None
    )


def test_it_stands_there_once_it_has_been_told(home: Home) -> None:
    assert HEADING not in shown(home.tells(5), 5)
    home.look(11)
    page = shown(home, 11)
    assert page.count(HEADING) == 1
    alone = page.split(HEADING)[1].split("</section>")[0]
    assert alone.count("the gateway attic does not answer") == 1
    assert "Smoke or fire" in alone
    assert "Fall" in alone
    assert "已不再监测" in shown(home, 11, "zh_CN")


def test_it_is_gone_when_the_risk_is_watched_again(home: Home) -> None:
    home.look(11)
    home.tells(12, smoke_fire="alive", fall="alive")
    assert HEADING not in shown(home, 12)


def test_a_home_that_is_not_heard_is_not_known_rather_than_lost(home: Home) -> None:
    home.look(11)
    assert HEADING not in shown(home, 20)


def test_who_is_only_let_know_is_not_shown_as_being_called(home: Home) -> None:
    home.tells(11)
    (told,) = tell_blind_risks(home.connection, after(11), home.ids, home.secrets)
    assert read_calls(home.connection, [told]) == {}
