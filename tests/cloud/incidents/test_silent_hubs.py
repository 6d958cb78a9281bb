"""Silence is an alarm: a hub that says nothing is shown, then told, and tells when it is back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Row, select, update

from cloud.households.tables import household, hub
from cloud.incidents import service
from cloud.incidents.store import get_incident
from cloud.incidents.tables import incident
from cloud.ingest.batch import keep, read
from tests.town import (
    HUB,
    MARGARETS,
    NOON,
    OPERATIONS,
    OTHER_HUB,
    Ids,
    settle,
    told,
    wire,
)
from vocabulary.incident import Disposition, Role
from vocabulary.risk import Severity
from vocabulary.wire import CoveragePart, Heartbeat, Hello


def _after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def _beat(connection: Connection, at: datetime, hub_id: str = HUB, **parts: object) -> None:
    values: dict[str, object] = {
        "event_id": UUID(int=at.microsecond + 1),
        "hub_id": hub_id,
        "sent_at": at,
        "boot_id": "first",
        "queued": 0,
    }
    message = Heartbeat.model_validate(values | parts)
    service.receive(connection, hub_id, message, b"", at)


def _hub(connection: Connection, hub_id: str = HUB) -> Row[Any]:
    return connection.execute(select(hub).where(hub.c.id == hub_id)).one()


@pytest.fixture
def town(connection: Connection) -> Connection:
    settle(connection)
    _beat(connection, NOON)
    return connection


def _supervise(connection: Connection, seconds: float) -> list[UUID]:
    return service.supervise_hubs(connection, _after(seconds), Ids(int(seconds)))


@pytest.mark.parametrize(
    ("seconds", "is_lost", "incidents"),
    [(89, False, 0), (90, True, 0), (179, True, 0), (180, True, 1)],
    ids=["89 s: nothing", "90 s: link lost", "179 s: still only shown", "180 s: told"],
)
def test_at_the_bounds(town: Connection, seconds: int, is_lost: bool, incidents: int) -> None:
    found = _supervise(town, seconds)
    assert (_hub(town).link_lost_at is not None) is is_lost
    assert len(found) == incidents


def test_a_hub_that_was_never_heard_is_not_missed(connection: Connection) -> None:
    settle(connection)
    assert _supervise(connection, 10_000) == []


def test_a_cloud_that_just_woke_up_blames_nobody(town: Connection) -> None:
    now = _after(600)
    assert service.supervise_hubs(town, now, Ids(), listening_since=_after(599)) == []
    assert _hub(town).link_lost_at is None
    later = now + timedelta(seconds=180)
    assert len(service.supervise_hubs(town, later, Ids(), listening_since=_after(599))) == 1


def test_it_is_told_once(town: Connection) -> None:
    (first,) = _supervise(town, 180)
    assert _supervise(town, 185) == []
    assert _supervise(town, 3600) == []
    assert get_incident(town, first).severity == Severity.MEDIUM


def test_it_is_grave_where_somebody_is_in_danger(town: Connection) -> None:
    service.receive(town, HUB, told(), wire(told()), NOON)
    (lost,) = _supervise(town, 180)
    assert get_incident(town, lost).severity == Severity.HIGH


def test_it_is_grave_where_somebody_is_threatened(town: Connection) -> None:
    leak = told("water_leak", "wet_floor", is_duress=True)
    service.receive(town, HUB, leak, wire(leak), NOON)
    (lost,) = _supervise(town, 180)
    assert get_incident(town, lost).severity == Severity.HIGH


def test_it_is_grave_where_a_life_hangs_on_a_device(town: Connection) -> None:
    town.execute(update(household).where(household.c.id == MARGARETS).values(has_medical_device=1))
    (lost,) = _supervise(town, 180)
    assert get_incident(town, lost).severity == Severity.HIGH


def test_a_district_without_power_is_one_incident(town: Connection) -> None:
    _beat(town, _after(1), OTHER_HUB)
    first = _supervise(town, 180)
    second = _supervise(town, 181)
    assert first == second
    row = get_incident(town, first[0])
    assert {one["hub_id"] for one in row.affected} == {HUB, OTHER_HUB}
    assert (row.household_id, row.area) == (None, "N1")


def test_a_hub_that_comes_back_in_time_wakes_nobody(town: Connection) -> None:
    (lost,) = _supervise(town, 180)
    _beat(town, _after(185))
    row = get_incident(town, lost)
    assert (row.status, row.disposition) == ("closed", "resolved_before_page")
    assert _hub(town).link_lost_at is None


def test_after_a_page_a_person_closes_it(town: Connection) -> None:
    (lost,) = _supervise(town, 180)
    service.mark_dialling(town, lost, _after(181))
    _beat(town, _after(185))
    row = get_incident(town, lost)
    assert (row.status, row.cleared_at) == ("open", _after(185))
    service.acknowledge(town, lost, OPERATIONS, Role.OPERATIONS, "voice", None, _after(190))
    service.close(town, lost, OPERATIONS, Disposition.TECHNICAL_FIXED, _after(200))
    assert get_incident(town, lost).status == "closed"


def test_only_when_all_are_back_is_it_over(town: Connection) -> None:
    _beat(town, _after(1), OTHER_HUB)
    (lost,) = _supervise(town, 181)
    _beat(town, _after(190))
    assert get_incident(town, lost).status == "open"
    _beat(town, _after(191), OTHER_HUB)
    assert get_incident(town, lost).status == "closed"


def test_a_hub_lost_again_reopens_what_had_cleared(town: Connection) -> None:
    (lost,) = _supervise(town, 180)
    service.mark_dialling(town, lost, _after(181))
    _beat(town, _after(185))
    assert _supervise(town, 185 + 180) == [lost]
    assert get_incident(town, lost).cleared_at is None


def test_silence_that_was_closed_is_told_again_after_an_hour(town: Connection) -> None:
    (lost,) = _supervise(town, 180)
    service.acknowledge(town, lost, OPERATIONS, Role.OPERATIONS, "web", None, _after(200))
    service.close(town, lost, OPERATIONS, Disposition.TECHNICAL_FIXED, _after(210))
    assert _supervise(town, 1000) == []
    assert len(_supervise(town, 180 + 3600)) == 1


def test_any_word_by_any_way_is_a_sign_of_life(town: Connection) -> None:
    _supervise(town, 100)
    service.receive(town, HUB, told(), wire(told()), _after(101))
    assert _hub(town).link_lost_at is None


def test_a_revoked_hub_is_neither_heard_nor_missed(town: Connection) -> None:
    town.execute(update(hub).where(hub.c.id == HUB).values(is_revoked=True))
    assert _supervise(town, 1000) == []
    with pytest.raises(Exception, match="no hub"):
        _beat(town, _after(1001))


def test_other_faults_collapse_too(town: Connection) -> None:
    from vocabulary.incident import Technical  # noqa: PLC0415 - only here

    first, second = (
        service.open_technical(
            town,
            "northside",
            Technical.PROVIDER_DOWN,
            area=None,
            household_id=None,
            hub_id=None,
            severity=severity,
            new_id=Ids(),
            now=NOON,
        )
        for severity in (Severity.MEDIUM, Severity.HIGH)
    )
    assert first == second
    assert get_incident(town, first).severity == Severity.HIGH
    assert len(town.execute(select(incident.c.id)).all()) == 1


# --- what a heartbeat says


def _part(slug: str, state: str) -> CoveragePart:
    return CoveragePart.model_validate({"slug": slug, "state": state, "since": NOON})


def test_coverage_is_merged_light_by_light(town: Connection) -> None:
    _beat(town, _after(30), coverage=[_part("fall", "covered"), _part("sos_call", "covered")])
    _beat(town, _after(60), coverage=[_part("fall", "blind")])
    told_of = _hub(town).coverage
    assert {slug: one["state"] for slug, one in told_of.items()} == {
        "fall": "blind",
        "sos_call": "covered",
    }


def test_a_heartbeat_that_was_overtaken_changes_nothing(town: Connection) -> None:
    _beat(town, _after(60), coverage=[_part("fall", "blind")])
    _beat(town, _after(30), coverage=[_part("fall", "covered")])
    assert _hub(town).coverage["fall"]["state"] == "blind"


def test_a_hub_whose_clock_went_back_is_believed_after_its_hello(town: Connection) -> None:
    year_1970 = datetime(1970, 1, 1, tzinfo=NOON.tzinfo)
    hello = Hello(
        event_id=UUID(int=5), hub_id=HUB, sent_at=year_1970, boot_id="second", software="s"
    )
    service.receive(town, HUB, hello, b"", _after(60))
    _beat(town, year_1970 + timedelta(seconds=1), devices=7)
    assert _hub(town).devices == 7


def test_nothing_it_tells_can_lie_in_the_future(town: Connection) -> None:
    far = NOON + timedelta(days=400)
    message = Heartbeat(
        event_id=UUID(int=8),
        hub_id=HUB,
        sent_at=far,
        boot_id="first",
        queued=0,
        proof_of_life_at=far,
    )
    service.receive(town, HUB, message, b"", _after(30))
    row = _hub(town)
    assert row.proof_of_life_at == _after(30)
    assert row.coverage_at == _after(30)


# --- a clock that is wrong --------------------------------------------------------------------


def _tick(connection: Connection, heard_at: datetime, skew: timedelta, **parts: object) -> None:
    """A heartbeat of a hub whose clock is behind by that much (ahead if negative)."""
    message = Heartbeat.model_validate(
        {
            "event_id": UUID(int=9),
            "hub_id": HUB,
            "sent_at": heard_at - skew,
            "boot_id": "first",
            "queued": 0,
        }
        | parts
    )
    service.receive(connection, HUB, message, b"", heard_at)


def _restart(connection: Connection, heard_at: datetime, skew: timedelta) -> None:
    """A hub sets its time once, when it starts: then it says hello."""
    hello = Hello(
        event_id=UUID(int=5), hub_id=HUB, sent_at=heard_at - skew, boot_id="second", software="s"
    )
    service.receive(connection, HUB, hello, b"", heard_at)


def _fall(connection: Connection, heard_at: datetime, skew: timedelta, **parts: Any) -> None:
    """What that hub tells of a fall at noon, told at `heard_at`."""
    parts = {"sent_at": heard_at - skew, **parts}
    message = told("fall", "hard_fall", at=NOON - skew, **parts)
    service.receive(connection, HUB, message, wire(message), heard_at)


@pytest.mark.parametrize(
    "skew",
    [
        pytest.param(timedelta(hours=8), id="eight hours behind"),
        pytest.param(timedelta(hours=-1), id="an hour ahead"),
        pytest.param(timedelta(days=20_000), id="thinks it is 1971"),
        pytest.param(timedelta(seconds=1), id="as good as right"),
    ],
)
def test_a_fall_answered_fine_can_be_withdrawn_whatever_the_hubs_clock_says(
    town: Connection, skew: timedelta
) -> None:
    slack = timedelta(seconds=2)
    _restart(town, _after(-20), skew)
    _tick(town, _after(-10), skew)
    _fall(town, _after(1), skew)
    row = get_incident(town, told().incident_id)
    assert abs(row.opened_at - NOON) < slack
    assert abs(row.page_at - _after(45)) < slack, "the page waits for the answer"
    called_off = {"withdrawn": Disposition.RESIDENT_CANCELLED, "withdrawn_at": _after(20) - skew}
    _fall(town, _after(21), skew, revision=2, **called_off)
    row = get_incident(town, told().incident_id)
    assert row.disposition == Disposition.RESIDENT_CANCELLED
    assert abs(row.withdrawn_at - _after(20)) < slack


def test_what_was_long_in_the_queue_of_a_slow_clock_is_as_old_as_it_is(town: Connection) -> None:
    behind = timedelta(hours=8)
    _restart(town, _after(600), behind)
    _fall(town, _after(601), behind, sent_at=_after(1) - behind)
    assert get_incident(town, told().incident_id).opened_at == NOON


def test_a_heartbeat_that_waited_for_the_database_is_no_slow_clock(town: Connection) -> None:
    _beat(town, NOON)
    late = Heartbeat(
        event_id=UUID(int=10), hub_id=HUB, sent_at=_after(30), boot_id="first", queued=0
    )
    service.receive(town, HUB, late, b"", _after(90))
    assert _hub(town).skew_seconds == 0


@pytest.mark.parametrize("skew", [timedelta(hours=-1), timedelta(hours=8), timedelta()])
def test_a_clock_ahead_makes_nobody_active(town: Connection, skew: timedelta) -> None:
    moved_at = NOON - timedelta(minutes=50)
    _restart(town, NOON, skew)
    _tick(town, NOON, skew, proof_of_life_at=moved_at - skew)
    assert _hub(town).proof_of_life_at == moved_at


# --- a hub that says what is wrong with it ------------------------------------------------------


def _technical(connection: Connection) -> list[tuple[str, str | None]]:
    query = select(incident).where(incident.c.technical.is_not(None))
    return sorted((row.technical, row.hub_id) for row in connection.execute(query))


def test_a_full_disk_is_told_to_operations_once(town: Connection) -> None:
    _beat(town, _after(30), faults=["disk_full", "tick_failed"])
    _beat(town, _after(60), faults=["disk_full"])
    assert _technical(town) == [("disk_full", HUB)]


def test_a_journal_that_is_lost_is_told_as_a_fault_of_the_hub(town: Connection) -> None:
    _beat(town, _after(30), faults=["journal_in_memory", "journal_unreadable"])
    assert _technical(town) == [("hub_fault", HUB)]


def test_what_only_needs_a_look_by_day_opens_nothing(town: Connection) -> None:
    _beat(town, _after(30), faults=["clock_not_set"])
    assert _technical(town) == []


def test_an_incident_that_cannot_be_read_is_told_to_operations_once_a_hub(town: Connection) -> None:
    broken = wire(told()).replace(b'"sos_call"', b'"meteor"')
    for payload in (broken, broken, b'{"kind":"heartbeat"}', b"nonsense"):
        keep(town, [read(HUB, payload)], NOON)
    keep(town, [read(OTHER_HUB, broken), read("hub-nobody", broken)], NOON)
    assert _technical(town) == [("hub_fault", OTHER_HUB), ("hub_fault", HUB)]
