"""What people do with an incident, what is remembered of it, and what its hub is told."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from cloud import audit
from cloud.db import Database
from cloud.errors import Forbidden, NotFound, Refused
from cloud.incidents import service
from cloud.incidents.downlinks import due_downlinks
from cloud.incidents.service import AlreadyAcknowledged, AlreadyClosed, NotAcknowledged
from cloud.incidents.store import get_incident
from cloud.incidents.tables import downlink, history, incident, note
from tests.town import (
    COMMUNITY,
    DAUGHTER,
    DESK,
    GP,
    GP_BACKUP,
    HUB,
    NOON,
    STRANGER,
    finding,
    incident_id,
    settle,
    told,
    wire,
)
from vocabulary.finding import FindingState
from vocabulary.identity import successor
from vocabulary.incident import Disposition, IncidentStatus, Role
from vocabulary.wire import (
    EpisodePart,
    Hello,
    History,
    HistoryRequest,
    IncidentState,
    IncidentUp,
    VitalPart,
    parse_down,
)

SOON = NOON + timedelta(seconds=20)


@pytest.fixture
def town(connection: Connection) -> Connection:
    """Margaret has pressed her button."""
    settle(connection)
    _receive(connection, told())
    return connection


def _receive(connection: Connection, message: IncidentUp, now: datetime = NOON) -> service.Received:
    return service.receive(connection, HUB, message, wire(message), now)


def _acknowledge(connection: Connection, who: UUID, role: Role) -> service.AcknowledgeResult:
    return service.acknowledge(connection, incident_id(), who, role, "voice", None, SOON)


def _state(connection: Connection, now: datetime = SOON) -> IncidentState:
    """What the hub is told next."""
    states = [parse_down(one.payload) for one in due_downlinks(connection, now, 50)]
    (state,) = [one for one in states if isinstance(one, IncidentState)]
    return state


def test_the_hub_is_told_at_once_who_helps(town: Connection) -> None:
    assert _state(town).status is IncidentStatus.OPEN
    _acknowledge(town, GP, Role.GP)
    state = _state(town)
    assert (state.status, state.acknowledged_role) == (IncidentStatus.ACKNOWLEDGED, Role.GP)
    assert state.acknowledged_name == "Doctor Lind"
    assert state.number == "1"


def test_it_is_told_every_ten_seconds_until_its_receipt(town: Connection) -> None:
    (first,) = due_downlinks(town, NOON, 10)
    assert due_downlinks(town, NOON + timedelta(seconds=9), 10) == []
    (again,) = due_downlinks(town, NOON + timedelta(seconds=10), 10)
    assert again.event_id == first.event_id
    service.receipted(town, HUB, [first.event_id], NOON + timedelta(seconds=11))
    assert due_downlinks(town, NOON + timedelta(hours=1), 10) == []


def test_a_receipt_from_another_hub_silences_nothing(town: Connection) -> None:
    (first,) = due_downlinks(town, NOON, 10)
    service.receipted(town, "hub-edwin", [first.event_id], SOON)
    assert due_downlinks(town, SOON, 10) != []


def test_only_the_newest_state_waits(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    service.hand_back(town, incident_id(), GP, SOON)
    waiting = town.execute(select(downlink).where(downlink.c.receipted_at.is_(None))).all()
    assert len(waiting) == 1
    assert _state(town).revision == 3


def test_after_a_hello_it_hears_of_all_that_is_open_and_of_what_it_thinks_is(
    town: Connection,
) -> None:
    _acknowledge(town, GP, Role.GP)
    service.close(town, incident_id(), GP, Disposition.VISITED, SOON)
    _receive(town, told(incident=2))
    every = [one.event_id for one in due_downlinks(town, SOON, 50)]
    service.receipted(town, HUB, every, SOON)
    hello = Hello(
        event_id=UUID(int=77),
        hub_id=HUB,
        sent_at=SOON,
        boot_id="b",
        software="s",
        open_incidents=[incident_id()],
    )
    service.receive(town, HUB, hello, b"", SOON)
    states = [parse_down(one.payload) for one in due_downlinks(town, SOON, 50)]
    assert {(one.incident_id, one.status) for one in states if isinstance(one, IncidentState)} == {
        (incident_id(), IncidentStatus.CLOSED),
        (incident_id(2), IncidentStatus.OPEN),
    }


def test_a_late_press_hears_who_has_it(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    with pytest.raises(AlreadyAcknowledged) as taken:
        _acknowledge(town, GP_BACKUP, Role.GP)
    assert taken.value.name == "Doctor Lind"


def test_the_same_person_may_press_twice(town: Connection) -> None:
    assert not _acknowledge(town, GP, Role.GP).is_repeat
    before = len(audit.entries(town, incident_id()))
    assert _acknowledge(town, GP, Role.GP).is_repeat
    assert len(audit.entries(town, incident_id())) == before


def test_a_daughter_stops_the_calls_to_the_family_only(town: Connection) -> None:
    result = _acknowledge(town, DAUGHTER, Role.FAMILY)
    row = get_incident(town, incident_id())
    assert result.is_family_only
    assert (row.status, row.family_acknowledged_by) == ("open", DAUGHTER)
    assert _acknowledge(town, GP, Role.GP).role is Role.GP


def test_a_daughter_takes_what_is_not_critical(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told("water_leak", "wet_floor"))
    assert not _acknowledge(connection, DAUGHTER, Role.FAMILY).is_family_only
    assert get_incident(connection, incident_id()).status == "acknowledged"


def test_a_stranger_is_not_even_told_that_it_exists(town: Connection) -> None:
    with pytest.raises(NotFound):
        _acknowledge(town, STRANGER, Role.GP)


def test_acknowledging_arms_the_follow_up(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    row = get_incident(town, incident_id())
    assert row.next_action_at == SOON + timedelta(minutes=3)
    assert row.fence == 1


def test_handing_back_opens_it_at_once(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    service.hand_back(town, incident_id(), GP, SOON)
    row = get_incident(town, incident_id())
    assert (row.status, row.acknowledged_by, row.next_action_at) == ("open", None, SOON)


def test_only_whoever_has_it_hands_it_back(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    with pytest.raises(Forbidden):
        service.hand_back(town, incident_id(), GP_BACKUP, SOON)


def test_going_there_takes_it_and_says_so(town: Connection) -> None:
    service.going_there(town, incident_id(), COMMUNITY, Role.COMMUNITY, "voice", None, SOON)
    row = get_incident(town, incident_id())
    assert (row.acknowledged_by, row.going_by, row.going_at) == (COMMUNITY, COMMUNITY, SOON)


def test_going_to_what_a_doctor_has_leaves_it_with_the_doctor(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    service.going_there(town, incident_id(), COMMUNITY, Role.COMMUNITY, "web", None, SOON)
    row = get_incident(town, incident_id())
    assert (row.acknowledged_by, row.going_by) == (GP, COMMUNITY)


def test_what_nobody_took_cannot_be_closed(town: Connection) -> None:
    with pytest.raises(NotAcknowledged):
        service.close(town, incident_id(), GP, Disposition.VISITED, SOON)


def test_no_person_closes_as_only_the_resident_can(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    with pytest.raises(Refused):
        service.close(town, incident_id(), GP, Disposition.RESIDENT_CANCELLED, SOON)


def test_a_closed_one_stays_closed(town: Connection) -> None:
    _acknowledge(town, GP, Role.GP)
    assert service.close(town, incident_id(), GP, Disposition.VISITED, SOON) is None
    row = get_incident(town, incident_id())
    assert (row.status, row.disposition, row.next_action_at) == ("closed", "visited", None)
    with pytest.raises(AlreadyClosed):
        _acknowledge(town, DESK, Role.DESK)
    _receive(town, told(revision=2, room="Kitchen"))
    row = get_incident(town, incident_id())
    assert (row.status, row.room) == ("closed", "Kitchen")


def test_a_label_closes_lowers_and_delays_nothing(town: Connection) -> None:
    before = get_incident(town, incident_id())
    service.label_false(town, incident_id(), DAUGHTER, "pet", SOON)
    after = get_incident(town, incident_id())
    changed = {name for name in before._mapping if before._mapping[name] != after._mapping[name]}
    assert changed == {"label"}


def test_a_note_is_kept_and_the_audit_knows_only_its_hash(town: Connection) -> None:
    service.note(town, incident_id(), GP, "Speaks clearly, no pain.", SOON)
    assert town.execute(select(note.c.text)).scalar() == "Speaks clearly, no pain."
    entry = audit.entries(town, incident_id())[-1]
    assert "Speaks" not in str(entry.body)
    assert len(str(entry.body["text_hash"])) == 64


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001, "a\x00b"], ids=repr)
def test_a_note_that_is_none_is_refused(town: Connection, text: str) -> None:
    with pytest.raises(Refused):
        service.note(town, incident_id(), GP, text, SOON)


# --- before and after the first page


def _withdrawn(revision: int = 2) -> IncidentUp:
    return told(
        "fall",
        "hard_fall",
        revision=revision,
        withdrawn=Disposition.RESIDENT_CANCELLED,
        withdrawn_at=NOON,
    )


def test_a_resident_who_stands_up_in_time_is_called_by_nobody(connection: Connection) -> None:
    settle(connection)
    _receive(connection, told("fall", "hard_fall"))
    _receive(connection, _withdrawn())
    row = get_incident(connection, incident_id())
    assert (row.status, row.disposition, row.closed_by) == ("closed", "resident_cancelled", None)


@pytest.mark.parametrize("step", [service.mark_dialling, service.mark_paged])
def test_once_a_page_is_on_its_way_it_is_only_shown(connection: Connection, step: object) -> None:
    assert callable(step)
    settle(connection)
    _receive(connection, told("fall", "hard_fall"))
    step(connection, incident_id(), SOON)
    _receive(connection, _withdrawn())
    row = get_incident(connection, incident_id())
    assert (row.status, row.withdrawn_at) == ("open", NOON)


def test_an_sos_is_not_withdrawn_by_anything_the_hub_says(town: Connection) -> None:
    _receive(
        town,
        told(revision=2, withdrawn=Disposition.RESIDENT_CANCELLED, withdrawn_at=NOON),
    )
    assert get_incident(town, incident_id()).status == "open"


def test_smoke_that_cleared_before_anybody_was_called_is_still_told(
    connection: Connection,
) -> None:
    settle(connection)
    _receive(
        connection,
        told(
            "smoke_fire",
            "smoke",
            withdrawn=Disposition.RESOLVED_BEFORE_PAGE,
            withdrawn_at=NOON,
            cleared_at=NOON,
        ),
    )
    assert get_incident(connection, incident_id()).status == "open"


def test_a_fall_that_became_a_long_lie_is_not_withdrawn(connection: Connection) -> None:
    settle(connection)
    grown = _withdrawn().model_copy(
        update={"findings": [finding("fall", "hard_fall"), finding("long_lie", "after_fall")]}
    )
    _receive(connection, told("fall", "hard_fall"))
    _receive(connection, grown)
    assert get_incident(connection, incident_id()).status == "open"


def test_one_that_was_taken_before_any_page_is_not_ended_by_the_hub(
    connection: Connection,
) -> None:
    settle(connection)
    _receive(connection, told("fall", "hard_fall"))
    _acknowledge(connection, DESK, Role.DESK)
    _receive(connection, _withdrawn())
    assert get_incident(connection, incident_id()).status == "acknowledged"


# --- closing while the home still shows it


def _smoke(revision: int = 1, **parts: object) -> IncidentUp:
    return told("smoke_fire", "smoke", revision=revision, **parts)


def test_closing_while_it_still_burns_opens_a_linked_one_at_once(connection: Connection) -> None:
    settle(connection)
    _receive(connection, _smoke())
    _acknowledge(connection, DESK, Role.DESK)
    assert service.raised_now(get_incident(connection, incident_id()))
    linked = service.close(connection, incident_id(), DESK, Disposition.FALSE_ALARM, SOON)
    assert linked is not None
    row = get_incident(connection, linked)
    assert (row.status, row.linked_to, row.next_action_at) == ("open", incident_id(), SOON)
    assert row.number == "2"


def test_a_linked_one_that_shows_nothing_new_can_be_ended(connection: Connection) -> None:
    settle(connection)
    _receive(connection, _smoke())
    _acknowledge(connection, DESK, Role.DESK)
    linked = service.close(connection, incident_id(), DESK, Disposition.FALSE_ALARM, SOON)
    assert linked is not None
    service.acknowledge(connection, linked, DESK, Role.DESK, "web", None, SOON)
    assert service.close(connection, linked, DESK, Disposition.FALSE_ALARM, SOON) is None


def test_what_cleared_can_be_closed_for_good(connection: Connection) -> None:
    settle(connection)
    _receive(connection, _smoke())
    _acknowledge(connection, DESK, Role.DESK)
    gone = finding("smoke_fire", "smoke", state=FindingState.CLEARED, at=SOON)
    _receive(connection, _smoke(2, findings=[*_smoke().findings, gone], cleared_at=SOON))
    assert service.close(connection, incident_id(), DESK, Disposition.FALSE_ALARM, SOON) is None


def test_a_second_fire_told_under_a_closed_incident_is_not_lost(connection: Connection) -> None:
    """The hub had not heard of the closing yet when another alarm went off."""
    settle(connection)
    _receive(connection, _smoke())
    _acknowledge(connection, DESK, Role.DESK)
    gone = finding("smoke_fire", "smoke", state=FindingState.CLEARED, at=SOON)
    _receive(connection, _smoke(2, findings=[gone], cleared_at=SOON))
    service.close(connection, incident_id(), DESK, Disposition.FALSE_ALARM, SOON)
    again = finding("smoke_fire", "smoke", at=SOON, since=SOON, room="Kitchen")
    received = _receive(connection, _smoke(3, findings=[again]), SOON)
    assert received.linked_id is not None
    assert get_incident(connection, received.linked_id).room == "Kitchen"
    still = _receive(connection, _smoke(4, findings=[again], room="Kitchen"), SOON)
    assert still.linked_id is None
    count = len(connection.execute(select(incident.c.id)).all())
    assert count == 2


def test_the_hub_opens_the_same_linked_one_and_is_told_of_it(connection: Connection) -> None:
    """Both find its id alone: successor(closed id); the hub's word of it counts from 1 again."""
    settle(connection)
    _receive(connection, _smoke(5, event=5))
    _acknowledge(connection, DESK, Role.DESK)
    linked = service.close(connection, incident_id(), DESK, Disposition.FALSE_ALARM, SOON)
    assert linked == successor(incident_id())
    _receive(connection, _smoke(6, event=6))  # the closed one's last word
    every = [one.event_id for one in due_downlinks(connection, SOON, 50)]
    service.receipted(connection, HUB, every, SOON)
    received = _receive(connection, _smoke(1, event=7, incident_id=linked, room="Study"), SOON)
    row = get_incident(connection, linked)
    assert (received.is_new, row.room, row.hub_revision) == (False, "Study", 1)
    assert service.raised_now(row)
    assert _state(connection).incident_id == linked


def test_a_third_one_gets_an_id_of_its_own(connection: Connection) -> None:
    settle(connection)
    _receive(connection, _smoke())
    _acknowledge(connection, DESK, Role.DESK)
    second = service.close(connection, incident_id(), DESK, Disposition.FALSE_ALARM, SOON)
    assert second is not None
    service.acknowledge(connection, second, DESK, Role.DESK, "web", None, SOON)
    service.close(connection, second, DESK, Disposition.FALSE_ALARM, SOON)
    again = finding("smoke_fire", "smoke", at=SOON, since=SOON)
    third = _receive(connection, _smoke(2, findings=[again]), SOON).linked_id
    assert third == successor(second)


# --- the past of a home


def _past(since: datetime, until: datetime, event: int) -> History:
    return History(
        event_id=UUID(int=0x9000 + event),
        hub_id=HUB,
        sent_at=until,
        incident_id=incident_id(),
        since=since,
        until=until,
        episodes=[EpisodePart(what="stay", place="Kitchen", since=since, until=until)],
    )


def test_history_that_comes_before_its_incident_is_asked_for_again(
    connection: Connection,
) -> None:
    settle(connection)
    past = _past(NOON - timedelta(days=1), NOON, 1)
    assert not service.receive(connection, HUB, past, b"", NOON).is_kept
    _receive(connection, told())
    assert service.receive(connection, HUB, past, b"", NOON).is_kept


def test_a_longer_past_is_not_overwritten_by_a_shorter_one(town: Connection) -> None:
    month = _past(NOON - timedelta(days=30), NOON, 1)
    day = _past(NOON - timedelta(days=1), NOON, 2)
    for past in (month, day):
        service.receive(town, HUB, past, b"", NOON)
    assert town.execute(select(history.c.since)).scalar() == NOON - timedelta(days=30)


def test_a_younger_past_goes_on_where_a_longer_one_ended(town: Connection) -> None:
    later = NOON + timedelta(minutes=5)
    month = _past(NOON - timedelta(days=30), NOON, 1)
    began = EpisodePart(what="stay", place="Bedroom", since=NOON - timedelta(hours=1))
    month = month.model_copy(update={"episodes": [*month.episodes, began]})
    day = _past(later - timedelta(days=1), later, 2)
    ended = began.model_copy(update={"until": later})
    racing = VitalPart(at=later, what="heart_rate", value=142, unit="1/min")
    day = day.model_copy(update={"episodes": [*day.episodes, ended], "vitals": [racing]})
    for past in (month, day):
        service.receive(town, HUB, past, b"", later)
    row = town.execute(select(history)).one()
    assert (row.since, row.until) == (NOON - timedelta(days=30), later)
    assert [one["value"] for one in row.body["vitals"]] == [142]
    stays = [one for one in row.body["episodes"] if one["place"] == "Bedroom"]
    assert [datetime.fromisoformat(one["until"]) for one in stays] == [later]
    assert len([one for one in row.body["episodes"] if one["place"] == "Kitchen"]) == 2


def test_the_past_is_deleted_thirty_days_after_closing(town: Connection) -> None:
    service.receive(town, HUB, _past(NOON - timedelta(days=1), NOON, 1), b"", NOON)
    _acknowledge(town, GP, Role.GP)
    service.close(town, incident_id(), GP, Disposition.VISITED, SOON)
    late = _past(NOON - timedelta(days=2), NOON, 2)
    service.receive(town, HUB, late, b"", SOON + timedelta(days=1))
    assert service.delete_old_history(town, SOON + timedelta(days=29)) == 0
    assert service.delete_old_history(town, SOON + timedelta(days=30)) == 1


def test_asking_for_more_of_the_past_reaches_the_hub(town: Connection) -> None:
    service.request_history(town, incident_id(), 30, GP, SOON)
    asked = [parse_down(one.payload) for one in due_downlinks(town, SOON, 10)]
    assert [one.days for one in asked if isinstance(one, HistoryRequest)] == [30]
    with pytest.raises(Forbidden):
        service.request_history(town, incident_id(), 30, DAUGHTER, SOON)
    with pytest.raises(Refused):
        service.request_history(town, incident_id(), 31, GP, SOON)


async def test_of_two_who_press_at_once_one_has_it(database: Database) -> None:
    import asyncio  # noqa: PLC0415 - only here

    await database.run(settle)
    await database.run(_receive, told())
    came = await asyncio.gather(
        database.run(_acknowledge, GP, Role.GP),
        database.run(_acknowledge, GP_BACKUP, Role.GP),
        database.run(_acknowledge, DESK, Role.DESK),
        return_exceptions=True,
    )
    assert sum(isinstance(one, service.AcknowledgeResult) for one in came) == 1
    assert sum(isinstance(one, AlreadyAcknowledged) for one in came) == 2
