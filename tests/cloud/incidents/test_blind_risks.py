"""A critical risk that nothing watches any more is told once: to the family, and to operations."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Row, select, update

from cloud import audit
from cloud.households.tables import hub, person
from cloud.incidents import service as incidents
from cloud.incidents.blindness import SAME_WITHIN
from cloud.incidents.tables import incident
from cloud.paging import service as paging
from cloud.paging.notices import tell_blind_risks
from cloud.paging.speech import text_message
from cloud.paging.tables import page
from tests.shift import NUMBERS, Secrets, move_in
from tests.town import DAUGHTER, EDWINS, HUB, MARGARETS, NOON, OPERATIONS, OTHER_HUB, SON, Ids
from vocabulary.incident import Disposition, Role
from vocabulary.risk import Severity
from vocabulary.wire import CoveragePart, Heartbeat, Hello

MINUTE = timedelta(minutes=1)
WELL = {"smoke_fire": "alive", "sos_call": "unproven", "fall": "alive", "water_leak": "alive"}
STATES = {"alive": "covered", "unproven": "degraded", "battery_low": "degraded"}


def after(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def part(slug: str, reason: str, **values: str) -> CoveragePart:
    state: Any = STATES.get(reason, "blind")
    return CoveragePart(slug=slug, state=state, reason=reason, since=NOON, values=dict(values))


@dataclass
class Home:
    """Margaret's, whose hub tells of its lights minute by minute."""

    connection: Connection
    ids: Ids = field(default_factory=lambda: Ids(500))
    secrets: Secrets = field(default_factory=Secrets)
    hub_id: str = HUB

    def tells(self, minutes: float, **reasons: str) -> "Home":
        """A heartbeat with these lights; a gateway that is gone is "gateway_gone:<name>"."""
        self._send(Heartbeat, minutes, reasons, queued=0)
        return self

    def starts(self, minutes: float, **reasons: str) -> "Home":
        self._send(Hello, minutes, reasons, software="1")
        return self

    def _send(self, kind: Any, minutes: float, reasons: dict[str, str], **more: Any) -> None:
        parts = []
        for slug, reason in reasons.items():
            name, _, bridge = reason.partition(":")
            parts.append(part(slug, name, **({"bridge": bridge} if bridge else {})))
        message = kind(
            event_id=self.ids(after(minutes)),
            hub_id=self.hub_id,
            sent_at=after(minutes),
            boot_id="first",
            coverage=parts,
            **more,
        )
        incidents.receive(self.connection, self.hub_id, message, b"", after(minutes))

    def look(self, minutes: float) -> list[UUID]:
        """The worker looks, while the hub goes on speaking."""
        self.tells(minutes)
        return tell_blind_risks(self.connection, after(minutes), self.ids, self.secrets)

    def technicals(self) -> list[Row[Any]]:
        query = select(incident).order_by(incident.c.opened_at, incident.c.id)
        return list(self.connection.execute(query))

    def notices(self) -> list[Row[Any]]:
        return list(self.connection.execute(select(page).order_by(page.c.created_at, page.c.id)))


@pytest.fixture
def home(connection: Connection) -> Home:
    move_in(connection)
    return Home(connection).tells(0, **WELL)


def test_a_smoke_alarm_that_falls_silent_is_told_to_both_relatives(home: Home) -> None:
    home.tells(1, smoke_fire="silent")
    assert home.look(1 + 9.9) == []
    (told,) = home.look(1 + 10)
    assert [(n.person_id, n.channel, n.purpose) for n in home.notices()] == [
        (DAUGHTER, "sms", "notice"),
        (SON, "sms", "notice"),
    ]
    (row,) = home.technicals()
    assert (row.id, row.technical, row.severity) == (told, "device_lost", Severity.HIGH)
    assert (row.household_id, row.hub_id, row.slug) == (MARGARETS, HUB, None)
    assert row.affected[0]["risks"] == ["smoke_fire"]


def test_it_is_told_once(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    for minutes in (12, 60, 600):
        assert home.look(minutes) == []
    assert len(home.notices()) == 2


def test_what_a_lost_heartbeat_told_is_noticed_when_all_is_told_and_told_once(home: Home) -> None:
    everything = WELL | {"smoke_fire": "silent"}
    home.tells(10, **everything)
    assert home.look(19.9) == []
    assert len(home.look(20)) == 1
    for minutes in range(30, 120, 10):
        home.tells(minutes, **everything)
        assert home.look(minutes + 1) == []
    assert len(home.notices()) == 2


def test_lights_that_are_told_again_as_they_were_wake_nobody(home: Home) -> None:
    home.tells(1)  # it has told how many of its devices are silent
    for minutes, reasons, is_news in ((10, WELL, False), (20, WELL | {"fall": "silent"}, True)):
        home.connection.info.pop("touched", None)
        home.tells(minutes, **reasons)
        assert bool(home.connection.info.get("touched")) is is_news


def test_not_again_after_a_restart_of_the_hub(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    home.starts(20, **(WELL | {"smoke_fire": "silent"}))
    home.starts(30, **(WELL | {"smoke_fire": "no_device"})).tells(31, smoke_fire="silent")
    assert home.look(60) == []


def test_not_again_while_it_flaps(home: Home) -> None:
    home.tells(1, smoke_fire="silent")
    (told,) = home.look(11)
    incidents.mark_dialling(home.connection, told, after(11))  # operations are being called
    for hour in range(1, 6):
        home.tells(60 * hour, smoke_fire="alive")
        home.tells(60 * hour + 30, smoke_fire="silent")
        assert home.look(60 * hour + 45) == []
    assert len(home.notices()) == 2
    assert home.technicals()[0].cleared_at is None


def test_where_it_had_ended_by_itself_operations_hear_of_it_again(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    home.tells(60, smoke_fire="alive").tells(90, smoke_fire="silent")
    assert home.look(99) == []
    assert len(home.look(100)) == 1
    assert [row.status for row in home.technicals()] == ["closed", "open"]
    assert len(home.notices()) == 2


def test_another_blindness_is_told_anew(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    home.tells(20, smoke_fire="alive")
    later = 21 + SAME_WITHIN / MINUTE
    home.tells(later, smoke_fire="offline")
    assert len(home.look(later + 10)) == 1
    assert len(home.notices()) == 4


def test_a_short_blindness_is_told_to_nobody(home: Home) -> None:
    home.tells(1, smoke_fire="silent").tells(9, smoke_fire="battery_low")
    home.tells(10, smoke_fire="silent")
    assert home.look(19) == []
    assert len(home.look(20)) == 1


@pytest.mark.parametrize(
    "reasons",
    [
        pytest.param({"water_leak": "silent"}, id="not critical"),
        pytest.param({"co_exposure": "no_device"}, id="never had a sensor for it"),
        pytest.param({"smoke_fire": "battery_low"}, id="still watched in part"),
        pytest.param({"smoke_fire": "no_detector_yet"}, id="the program's own lack"),
    ],
)
def test_what_is_no_news(home: Home, reasons: dict[str, str]) -> None:
    home.tells(1, **reasons)
    assert home.look(60) == []
    assert home.notices() == []


def test_a_home_that_is_new_hears_nothing_of_what_it_lacks(connection: Connection) -> None:
    move_in(connection)
    new = Home(connection).starts(0, smoke_fire="no_device", fall="no_device")
    assert new.look(60) == []


def test_a_gateway_that_is_gone_is_one_incident_that_names_it_and_one_message(home: Home) -> None:
    gone = dict.fromkeys(("smoke_fire", "sos_call", "fall", "water_leak"), "gateway_gone:attic")
    home.tells(1, **gone)
    assert len(home.look(11)) == 1
    (row,) = home.technicals()
    assert row.affected[0]["gateway"] == "attic"
    assert row.affected[0]["risks"] == ["fall", "smoke_fire", "sos_call"]
    assert len(home.notices()) == 2


def test_a_gateway_and_another_sensor_are_two_incidents_and_still_one_message(home: Home) -> None:
    home.tells(1, smoke_fire="gateway_gone:attic", fall="silent")
    assert len(home.look(11)) == 2
    assert [one.affected[0]["gateway"] for one in home.technicals()].count("attic") == 1
    assert len(home.notices()) == 2


def test_two_homes_with_gateways_of_one_name_are_two_incidents(home: Home) -> None:
    other = Home(home.connection, Ids(900), hub_id=OTHER_HUB).tells(0, **WELL)
    for one in (home, other):
        one.tells(1, smoke_fire="gateway_gone:zigbee2mqtt")
    other.tells(11)
    assert len(home.look(11)) == 2
    assert {row.household_id for row in home.technicals()} == {MARGARETS, EDWINS}


def test_the_next_loss_joins_the_open_incident_and_is_told_too(home: Home) -> None:
    home.tells(1, smoke_fire="silent")
    (first,) = home.look(11)
    home.tells(30, fall="silent")
    assert home.look(40) == [first]
    (row,) = home.technicals()
    assert row.affected[0]["risks"] == ["fall", "smoke_fire"]
    assert len(home.notices()) == 4


def test_a_hub_that_is_silent_itself_is_another_story(home: Home) -> None:
    home.tells(1, smoke_fire="silent")
    assert tell_blind_risks(home.connection, after(12), home.ids, home.secrets) == []
    assert home.look(13) != []


def test_a_hub_that_was_taken_away_tells_nobody(home: Home) -> None:
    home.tells(1, smoke_fire="silent").tells(11)
    home.connection.execute(update(hub).where(hub.c.id == HUB).values(is_revoked=True))
    assert tell_blind_risks(home.connection, after(11), home.ids, home.secrets) == []


def test_what_is_mended_before_anybody_was_called_ends_by_itself(home: Home) -> None:
    home.tells(1, smoke_fire="silent", fall="silent")
    home.look(11)
    home.tells(12, smoke_fire="alive")
    assert home.technicals()[0].status == "open"
    home.tells(13, fall="alive")
    (row,) = home.technicals()
    assert (row.status, row.disposition) == ("closed", Disposition.RESOLVED_BEFORE_PAGE)


def test_a_message_not_yet_sent_when_it_is_mended_is_not_sent(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    home.tells(12, smoke_fire="alive")
    for notice in home.notices():
        assert paging.claim_page(home.connection, notice.id, after(12)) is None
    assert {notice.status for notice in home.notices()} == {"cancelled"}


def tries(home: Home, minutes: float, *, fails: str = "") -> int:
    """Every message that is due now goes to a provider that `fails`, or takes it; how many."""
    due = paging.due_pages(home.connection, after(minutes), 20)
    for one in due:
        assert paging.claim_page(home.connection, one.page_id, after(minutes)) is not None
        if fails == "lost":
            paging.record_unknown(home.connection, one.page_id, "no answer", after(minutes))
            assert paging.claim_page(home.connection, one.page_id, after(minutes)) is not None
            paging.record_found(
                home.connection, one.page_id, [], after(minutes), home.ids, home.secrets
            )
        elif fails:
            paging.record_failed(
                home.connection, one.page_id, "no connection", after(minutes), home.ids,
                home.secrets, can_retry=fails == "for now",
            )  # fmt: skip
        else:
            paging.record_sent(home.connection, one.page_id, f"SM-{one.page_id}", after(minutes))
    return len(due)


@pytest.mark.parametrize("fails", ["for now", "lost"])
def test_an_outage_of_the_provider_only_delays_the_message(home: Home, fails: str) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    tried = [
        minute
        for second in range(0, 1800, 4)
        if tries(home, minute := 11 + second / 60, fails=fails)
    ]
    assert max(later - sooner for sooner, later in pairwise(tried)) < 1.1
    assert len(tried) < 40, "every minute, not as often as one can"
    assert tries(home, 43) == 2
    taken = [one.person_id for one in home.notices() if one.status == "queued"]
    assert taken == [DAUGHTER, SON]
    assert [tries(home, minutes) for minutes in range(44, 60)] == [0] * 16


def test_a_message_is_not_tried_again_once_it_is_mended(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    for second in range(0, 600, 4):
        tries(home, 11 + second / 60, fails="for now")
    home.tells(22, smoke_fire="alive")
    for due in paging.due_pages(home.connection, after(30), 20):
        assert paging.claim_page(home.connection, due.page_id, after(30)) is None
    assert paging.due_pages(home.connection, after(60), 20) == []
    assert {one.status for one in home.notices()} == {"failed", "cancelled"}


def test_a_number_that_takes_no_message_is_given_up(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    assert tries(home, 11, fails="for good") == 2
    assert [tries(home, minutes) for minutes in range(12, 60)] == [0] * 48


def test_the_message_says_nothing_of_the_person_and_is_in_the_reader_s_language(home: Home) -> None:
    home.connection.execute(update(person).where(person.c.id == SON).values(language="zh_CN"))
    home.tells(1, smoke_fire="silent").look(11)
    texts = []
    for due in paging.due_pages(home.connection, after(11), 10):
        claimed = paging.claim_page(home.connection, due.page_id, after(11))
        assert claimed is not None
        link = "https://care.example/home"
        texts.append(text_message(claimed.tongue, claimed.briefing, link, claimed.code))
        assert claimed.code not in texts[-1]
        paging.record_sent(home.connection, due.page_id, f"SM-{due.page_id}", after(11))
    number = home.technicals()[0].number
    assert texts[0] == (
        f"Hearthline incident {number}: a home that you look after is not watched as it should be,"
        " because a device does not work. You need not answer. https://care.example/home"
    )
    assert "您" in texts[1]
    for text in texts:
        assert not any(word in text for word in ("Margaret", "Hale", "moke", "ire", "Mill"))


def test_telling_the_family_pages_nobody_for_the_incident(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    for due in paging.due_pages(home.connection, after(11), 10):
        paging.claim_page(home.connection, due.page_id, after(11))
        paging.record_sent(home.connection, due.page_id, f"SM-{due.page_id}", after(11))
    (row,) = home.technicals()
    assert (row.page_begun_at, row.first_page_at) == (None, None)


def test_an_answer_with_the_code_takes_nothing(home: Home) -> None:
    home.tells(1, smoke_fire="silent").look(11)
    notice = home.notices()[0]
    paging.claim_page(home.connection, notice.id, after(11))
    paging.record_sent(home.connection, notice.id, "SM-1", after(11))
    said = paging.on_text(home.connection, NUMBERS["anna"], f"{notice.code} a", "m1", after(12))
    assert said == ""
    assert home.technicals()[0].status == "open"


def test_who_has_no_number_for_messages_is_not_called_instead(home: Home) -> None:
    paging.on_text(home.connection, NUMBERS["anna"], "STOP", "m1", NOON)
    home.tells(1, smoke_fire="silent").look(11)
    assert [(n.person_id, n.channel) for n in home.notices()] == [(SON, "sms")]


def test_it_is_in_the_audit_with_the_change_itself(home: Home) -> None:
    home.tells(1, smoke_fire="silent", fall="silent").look(11)
    query = select(audit.audit).where(audit.audit.c.action == "blind_risks_told")
    (row,) = home.connection.execute(query).all()
    assert row.body == {"risks": "fall smoke_fire", "messages": 2}
    assert row.incident_id == home.technicals()[0].id


def test_operations_are_called_for_it(home: Home) -> None:
    """As for any technical incident, by its escalation: it is due at once."""
    home.tells(1, smoke_fire="silent").look(11)
    (row,) = home.technicals()
    assert row.next_action_at == after(11)
    assert row.chain == "technical"


def test_after_operations_have_closed_it_a_later_loss_is_a_new_incident(home: Home) -> None:
    home.tells(1, smoke_fire="silent")
    (first,) = home.look(11)
    incidents.acknowledge(
        home.connection, first, OPERATIONS, Role.OPERATIONS, "voice", None, after(12)
    )
    incidents.close(home.connection, first, OPERATIONS, Disposition.TECHNICAL_FIXED, after(13))
    home.tells(14, smoke_fire="alive").tells(15, smoke_fire="silent")
    home.tells(30, fall="silent")
    (second,) = home.look(40)
    assert second != first
