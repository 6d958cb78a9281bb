"""Escalations as rows: claimed, leased, fenced, taken over, and never planned twice."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, select, update

from cloud import audit
from cloud.db import Database
from cloud.escalation import service as escalation
from cloud.escalation.policies import TECHNICAL, default_policy
from cloud.escalation.service import LEASE, Claim
from cloud.escalation.tables import escalation_policy
from cloud.households.tables import contact_method, relation
from cloud.incidents import service as incidents
from cloud.incidents.tables import incident, note
from cloud.oncall.tables import schedule
from cloud.paging import service as paging
from cloud.paging.tables import page
from tests.shift import NUMBERS, Desk, Secrets, move_in, on_duty, pages_of, press, row_of
from tests.town import (
    DAUGHTER,
    DESK,
    GP,
    GP_BACKUP,
    HUB,
    MARGARETS,
    NOON,
    ORGANISATION,
    Ids,
    finding,
    incident_id,
    settle,
    told,
    wire,
)
from vocabulary.incident import IncidentStatus, Role, Technical
from vocabulary.risk import Chain, Severity


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def desk(connection: Connection) -> Desk:
    move_in(connection)
    return Desk(connection)


def called(connection: Connection) -> list[tuple[str, str]]:
    """Number and channel of each page, in order."""
    return [(p.address, p.channel) for p in pages_of(connection)]


def technicals(connection: Connection) -> list[str]:
    query = select(incident.c.technical).where(incident.c.technical.is_not(None))
    return list(connection.execute(query).scalars())


def test_an_incident_carries_its_own_copy_of_the_policy(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    policy = row_of(connection, incident_id()).policy
    assert [track["name"] for track in policy["tracks"]] == ["gp", "family", "community", "desk"]
    connection.execute(
        insert(escalation_policy).values(
            id=UUID(int=1),
            organisation_id=ORGANISATION,
            chain=Chain.PERSON,
            severity=None,
            body=default_policy(Chain.FIRE, Severity.CRITICAL).model_dump(mode="json"),
            saved_at=NOON,
        )
    )
    escalation.begin(connection, incident_id(), after(1))
    assert row_of(connection, incident_id()).policy == policy, "a later policy is for later ones"
    press(connection, 2)
    second = row_of(connection, incident_id(2)).policy
    assert second["tracks"][0]["name"] == "desk"


def test_beginning_twice_changes_nothing(desk: Desk) -> None:
    press(desk.connection)
    before = row_of(desk.connection, incident_id())
    escalation.begin(desk.connection, incident_id(), after(0))
    assert row_of(desk.connection, incident_id()) == before


def test_a_fall_is_paged_when_its_check_is_over(desk: Desk) -> None:
    connection = desk.connection
    press(connection, slug="fall", variant="hard_fall")
    assert row_of(connection, incident_id()).next_action_at == after(45)
    assert desk.step(after(44)) == []
    assert len(desk.step(after(45))) == 4


def test_page_at_moves_the_deadline_until_the_first_page_only(desk: Desk) -> None:
    connection = desk.connection
    press(connection, slug="fall", variant="hard_fall")
    said_fine = told("fall", "hard_fall", revision=2, page_at=after(180))
    incidents.receive(connection, "hub-margaret", said_fine, wire(said_fine), after(20))
    escalation.begin(connection, incident_id(), after(20))
    assert row_of(connection, incident_id()).next_action_at == after(80), "INV-3: looked at anyway"
    assert desk.step(after(80)) == []
    assert row_of(connection, incident_id()).next_action_at == after(140)
    desk.step(after(140))
    assert desk.step(after(180)) != []


@pytest.mark.parametrize(
    ("digest", "joins"),
    [
        (("frequent_toileting", "day_night"), ("body_temp_abnormal", "fever")),
        (("weight_change", "rapid_gain"), ("respiratory_abnormal", "spo2_low")),
    ],
)
def test_what_is_grave_and_joins_a_digest_calls_the_doctor(
    desk: Desk, digest: tuple[str, str], joins: tuple[str, str]
) -> None:
    connection = desk.connection
    press(connection, slug=digest[0], variant=digest[1], page_at=None)
    assert desk.step(after(600)) == []
    grave = finding(*joins, at=after(600), since=after(600)).model_copy(update={"severity": "high"})
    both = [finding(*digest), grave]
    message = told(
        *digest, revision=2, severity="high", page_at=after(605), sent_at=after(600), findings=both
    )
    incidents.receive(connection, HUB, message, wire(message), after(600))
    escalation.begin(connection, incident_id(), after(600))
    for seconds in range(600, 660, 5):
        desk.step(after(seconds))
    assert called(connection)[0] == (NUMBERS["lind"], "voice")


def test_a_call_for_help_during_the_check_pages_at_once(desk: Desk) -> None:
    connection = desk.connection
    press(connection, slug="fall", variant="hard_fall")
    help_ = told("fall", "hard_fall", revision=2, page_at=after(12))
    incidents.receive(connection, "hub-margaret", help_, wire(help_), after(12))
    escalation.begin(connection, incident_id(), after(12))
    assert len(desk.step(after(12))) == 4


def test_what_grew_worse_gets_the_policy_of_what_it_is_now(desk: Desk) -> None:
    connection = desk.connection
    press(connection, slug="unusual_inactivity", variant="no_motion", page_at=NOON)
    desk.step(after(0))
    for due in paging.due_pages(connection, after(0), 9):
        paging.claim_page(connection, due.page_id, after(0))
    assert {p.role for p in pages_of(connection)} == {"family"}
    connection.execute(update(incident).values(severity=Severity.CRITICAL, chain=Chain.PERSON))
    escalation.begin(connection, incident_id(), after(30))
    desk.step(after(30))
    assert (NUMBERS["lind"], "voice") in called(connection)
    rounds = [(p.track, p.step, p.round, p.person_id, p.channel) for p in pages_of(connection)]
    assert len(rounds) == len(set(rounds))


def test_the_most_severe_goes_first_then_who_waits_longest(desk: Desk) -> None:
    connection = desk.connection
    press(connection, 1, slug="water_leak", variant="wet_floor", page_at=NOON)
    press(connection, 2, at=after(5), page_at=after(5))
    press(connection, 3, at=after(2), page_at=after(2))
    claims = escalation.claim_due(connection, after(40), "w")
    assert [c.incident_id for c in claims] == [incident_id(3), incident_id(2), incident_id(1)]
    for claim in claims:
        escalation.step(connection, claim, after(40), desk.ids, desk.secrets)
    order = [
        connection.execute(select(page.c.incident_id).where(page.c.id == d.page_id)).scalar()
        for d in paging.due_pages(connection, after(40), 50)
    ]
    assert order == [incident_id(3)] * 4 + [incident_id(2)] * 4 + [incident_id(1)]


NIGHT = datetime(2026, 5, 12, 22, 30, tzinfo=UTC)
"""Half past eleven in the evening, in London."""


@pytest.mark.parametrize(
    ("slug", "variant"),
    [
        pytest.param("water_leak", "running_water", id="medium: by day only, else"),
        pytest.param("bathroom_overstay", "toilet", id="high: the family first, else"),
        pytest.param("frequent_toileting", "day_night", id="a digest: nobody, else"),
    ],
)
def test_the_secret_word_in_any_check_calls_the_doctor_at_once(
    desk: Desk, slug: str, variant: str
) -> None:
    connection = desk.connection
    silent = press(connection, slug=slug, variant=variant, at=NIGHT, is_duress=True, page_at=NIGHT)
    shown = row_of(connection, silent).severity
    desk.step(NIGHT)
    first = {(p.address, p.channel) for p in pages_of(connection, silent)}
    assert first == {(NUMBERS["lind"], "voice"), (NUMBERS["lind"], "sms")}
    for seconds in range(30, 360, 30):
        desk.step(NIGHT + timedelta(seconds=seconds))
    asked = {p.role for p in pages_of(connection, silent)}
    assert asked == {"gp", "community", "desk"}, "the family may stand beside the threat"
    row = row_of(connection, silent)
    assert row.severity == shown < Severity.CRITICAL, "the family's page shows no more than that"
    assert row.next_action_at - NIGHT <= timedelta(seconds=330 + 60)


def test_the_secret_word_calls_the_doctor_where_the_family_was_being_called(desk: Desk) -> None:
    connection = desk.connection
    silent = press(connection, slug="bathroom_overstay", variant="toilet", page_at=NOON)
    desk.step(after(0))
    for due in paging.due_pages(connection, after(0), 9):
        paging.claim_page(connection, due.page_id, after(0))
    assert {p.role for p in pages_of(connection)} == {"family"}
    said = told(
        "bathroom_overstay", "toilet", revision=2, is_duress=True, page_at=after(40),
        sent_at=after(40),
    )  # fmt: skip
    incidents.receive(connection, "hub-margaret", said, wire(said), after(40))
    escalation.begin(connection, silent, after(40))
    desk.step(after(40))
    assert (NUMBERS["lind"], "voice") in called(connection)


def test_a_silent_call_during_a_fire_still_asks_the_desk_first(desk: Desk) -> None:
    connection = desk.connection
    press(connection, slug="smoke_fire", variant="smoke", page_at=NOON, is_duress=True)
    desk.step(after(0))
    assert (NUMBERS["desk"], "voice") in called(connection)


def test_a_silent_call_is_followed_up_after_three_minutes(desk: Desk) -> None:
    connection = desk.connection
    silent = press(connection, slug="water_leak", variant="wet_floor", is_duress=True, page_at=NOON)
    desk.step(after(0))
    incidents.acknowledge(connection, silent, GP, Role.GP, "web", None, after(10))
    assert row_of(connection, silent).next_action_at == after(190)
    [asked] = desk.step(after(190))
    assert asked in {p.id for p in pages_of(connection) if p.purpose == "follow_up"}


def test_silent_calls_go_before_all_else(desk: Desk) -> None:
    connection = desk.connection
    press(connection, 1)
    silent = press(
        connection, 2, slug="water_leak", variant="wet_floor", at=after(5), page_at=after(5),
        is_duress=True,
    )  # fmt: skip
    claims = escalation.claim_due(connection, after(9), "w")
    assert [claim.incident_id for claim in claims] == [silent, incident_id(1)]
    for claim in claims:
        escalation.step(connection, claim, after(9), desk.ids, desk.secrets)
    due = paging.due_pages(connection, after(9), 50)
    of_silent = {p.id for p in pages_of(connection, silent)}
    assert of_silent == {one.page_id for one in due[: len(of_silent)]}
    assert all(one.is_critical for one in due), "no line is kept from it"


def test_a_claimed_row_is_not_claimed_again_until_its_lease_ends(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    [first] = escalation.claim_due(connection, after(1), "one")
    assert escalation.claim_due(connection, after(1), "two") == []
    assert escalation.claim_due(connection, after(10.9), "two") == []
    [second] = escalation.claim_due(connection, after(1) + LEASE, "two")
    assert second.fence == first.fence + 1


def test_a_worker_that_slept_through_its_lease_writes_nothing(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    [slow] = escalation.claim_due(connection, after(1), "slow")
    [other] = escalation.claim_due(connection, after(12), "other")
    assert len(escalation.step(connection, other, after(12), desk.ids, desk.secrets)) == 4
    before = (row_of(connection, incident_id()), pages_of(connection))
    assert escalation.step(connection, slow, after(13), desk.ids, desk.secrets) == []
    assert escalation.step(connection, slow, after(90), desk.ids, desk.secrets) == []
    assert before == (row_of(connection, incident_id()), pages_of(connection))
    assert desk.step(after(90)) != [], "for whoever holds it now there is something to do"


def test_an_acknowledgement_between_claim_and_step_stops_the_step(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    [claim] = escalation.claim_due(connection, after(1), "w")
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(1))
    assert escalation.step(connection, claim, after(1), desk.ids, desk.secrets) == []
    assert pages_of(connection) == []


def test_no_rota_at_all_opens_a_technical_incident_and_never_raises(connection: Connection) -> None:
    settle(connection)
    connection.execute(update(relation).values(valid_until=NOON))
    desk = Desk(connection)
    press(connection)
    for seconds in range(0, 300, 5):
        desk.step(after(seconds))
    assert pages_of(connection) == []
    assert technicals(connection) == [Technical.ROTA_GAP], "one, however often"
    reached = [e.action for e in audit.entries(connection, incident_id())]
    assert "step_reached_nobody" in reached
    due = row_of(connection, incident_id()).next_action_at
    assert due - after(295) <= timedelta(seconds=60), "and it goes on"


def test_a_doctor_without_a_number_is_passed_by_at_once(desk: Desk) -> None:
    connection = desk.connection
    connection.execute(contact_method.delete().where(contact_method.c.person_id == GP))
    press(connection)
    desk.step(after(0))
    assert called(connection)[0] == (NUMBERS["osei"], "voice")
    assert technicals(connection) == [Technical.ROTA_GAP]


@pytest.mark.parametrize(
    "broken",
    [
        {"zone": "Nowhere/Land"},
        {"handoff_time": "late"},
        {"starts_on": "soon"},
        {"members": ["nobody"]},
        {"members": 7},
        {"members": []},
    ],
)
def test_a_rota_that_cannot_be_read_is_an_empty_one(desk: Desk, broken: dict[str, Any]) -> None:
    connection = desk.connection
    first_line = (schedule.c.role == Role.GP) & (schedule.c.position == 0)
    connection.execute(update(schedule).where(first_line).values(**broken))
    press(connection)
    desk.step(after(0))
    assert called(connection)[0] == (NUMBERS["osei"], "voice")


def test_a_policy_that_cannot_be_read_is_replaced_by_the_catalogues(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    connection.execute(update(incident).values(policy={"tracks": "none"}))
    assert len(desk.step(after(0))) == 4


def test_progress_that_a_younger_release_wrote_is_followed(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    desk.step(after(0))
    known = row_of(connection, incident_id()).progress
    younger = {
        name: {**at, "is_quiet": True} if name == "gp" else at
        for name, at in known["tracks"].items()
    }
    told_too = {**known, "tracks": younger, "cause": "sos_call"}
    connection.execute(update(incident).values(progress=told_too))
    assert desk.step(after(30)) == [], "everybody is being asked already"
    assert row_of(connection, incident_id()).progress["rounds"] == known["rounds"]
    assert desk.step(after(60)) != []


@pytest.mark.parametrize("broken", [{"tracks": "none"}, {"rounds": "many"}, "lost", [], 0])
def test_progress_that_cannot_be_read_asks_everybody_anew(desk: Desk, broken: Any) -> None:
    connection = desk.connection
    press(connection)
    for seconds in range(0, 400, 5):
        desk.step(after(seconds))
    before = pages_of(connection)
    assert len({p.round for p in before if p.track == "gp"}) > 1, "a round of its own each time"
    connection.execute(update(incident).values(progress=broken))
    due_at = row_of(connection, incident_id()).next_action_at
    desk.step(due_at)
    anew = [(p.role, p.step) for p in pages_of(connection)[len(before) :]]
    assert ("gp", 0) in anew
    assert ("family", 0) in anew
    assert row_of(connection, incident_id()).next_action_at - due_at <= timedelta(seconds=60)


def test_progress_that_cannot_be_read_asks_the_holder_anew(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(10))
    for seconds in range(10, 200, 5):
        desk.step(after(seconds))
    assert [p.purpose for p in pages_of(connection)] == ["follow_up"]
    connection.execute(update(incident).values(progress={"watch": "over it"}))
    desk.step(after(250))
    assert [(p.person_id, p.purpose) for p in pages_of(connection)] == [(GP, "follow_up")] * 2


def test_a_step_that_fails_again_and_again_is_told_to_operations(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    failing = escalation.Claim(incident_id(), "w", 1, NOON)
    assert escalation.tell_failing_step(connection, failing, after(29), desk.ids) is None
    opened = escalation.tell_failing_step(connection, failing, after(30), desk.ids)
    assert opened is not None
    row = row_of(connection, opened)
    assert (row.technical, row.severity) == (Technical.WORKER_LATE, Severity.HIGH)
    assert row.household_id == MARGARETS
    assert escalation.tell_failing_step(connection, failing, after(40), desk.ids) == opened
    itself = escalation.Claim(opened, "w", 1, after(30))
    assert escalation.tell_failing_step(connection, itself, after(90), desk.ids) is None
    desk.step(after(60))
    assert NUMBERS["sam"] in {p.address for p in pages_of(connection, opened)}


def test_a_technical_incident_asks_operations(desk: Desk) -> None:
    connection = desk.connection
    opened = incidents.open_technical(
        connection, ORGANISATION, Technical.HUB_LOST, area="N1", household_id=MARGARETS,
        hub_id="hub-margaret", severity=Severity.MEDIUM, new_id=desk.ids, now=NOON,
    )  # fmt: skip
    desk.step(after(0))
    assert {p.address for p in pages_of(connection)} == {NUMBERS["sam"]}
    assert row_of(connection, opened).policy["chain"] == TECHNICAL


def test_a_note_answers_the_follow_up(desk: Desk) -> None:
    connection = desk.connection
    press(connection)
    incidents.acknowledge(connection, incident_id(), GP, Role.GP, "web", None, after(10))
    incidents.note(connection, incident_id(), GP, "spoken, she is fine", after(150))
    assert desk.step(after(190)) == []
    assert connection.execute(select(note.c.id)).all()
    assert row_of(connection, incident_id()).next_action_at == after(10 + 900)


def test_gaps_of_the_next_three_days_are_told_to_operations(desk: Desk) -> None:
    connection = desk.connection
    assert escalation.watch_rotas(connection, NOON, desk.ids) == []
    connection.execute(contact_method.delete().where(contact_method.c.person_id == DESK))
    [opened] = escalation.watch_rotas(connection, NOON, desk.ids)
    assert escalation.watch_rotas(connection, after(3600), desk.ids) == [opened]
    row = row_of(connection, opened)
    assert (row.technical, row.area) == (Technical.ROTA_GAP, "rota:desk")


@pytest.mark.parametrize("position", [0, 1], ids=["first line", "backup"])
def test_a_rota_that_cannot_be_read_is_told_ahead_and_when_it_is_needed(
    desk: Desk, position: int
) -> None:
    connection = desk.connection
    broken = (schedule.c.role == Role.GP) & (schedule.c.position == position)
    connection.execute(update(schedule).where(broken).values(handoff_time="8:00"))
    [opened] = escalation.watch_rotas(connection, NOON, desk.ids)
    row = row_of(connection, opened)
    assert (row.technical, row.area) == (Technical.ROTA_GAP, "rota:gp")
    press(connection)
    for seconds in range(0, 100, 5):
        desk.step(after(seconds))
    told_then = select(incident.c.area).where(incident.c.technical == Technical.ROTA_GAP)
    assert set(connection.execute(told_then).scalars()) == {"rota:gp", None}


def test_a_rota_of_nobody_is_told_too(connection: Connection) -> None:
    settle(connection)
    on_duty(connection, (Role.GP, 0, []), (Role.OPERATIONS, 0, [DESK]))
    assert len(escalation.watch_rotas(connection, NOON, Ids())) == 1


def test_a_backup_that_was_never_planned_is_passed_by_without_a_fault(desk: Desk) -> None:
    connection = desk.connection
    connection.execute(schedule.delete().where(schedule.c.position > 0))
    press(connection)
    for seconds in range(0, 100, 5):
        desk.step(after(seconds))
    assert technicals(connection) == []
    assert (NUMBERS["lind"], "voice") in called(connection)


def test_a_contact_who_said_stop_is_called_but_not_written_to(desk: Desk) -> None:
    connection = desk.connection
    is_annas_sms = (contact_method.c.person_id == DAUGHTER) & (contact_method.c.channel == "sms")
    connection.execute(update(contact_method).where(is_annas_sms).values(stopped_at=NOON))
    press(connection)
    desk.step(after(0))
    assert [c for a, c in called(connection) if a == NUMBERS["anna"]] == ["voice"]


# ── both databases ──────────────────────────────────────────────────────────────────────────────


def _open_many(connection: Connection, count: int) -> None:
    move_in(connection)
    for number in range(1, count + 1):
        press(connection, number)


def _keys(connection: Connection) -> list[tuple[Any, ...]]:
    names = ("incident_id", "track", "step", "round", "attempt", "person_id", "channel")
    return [tuple(getattr(row, name) for name in names) for row in pages_of(connection)]


async def test_workers_side_by_side_never_plan_a_step_twice(database: Database) -> None:
    """Four at once; on PostgreSQL in truly parallel transactions, by FOR UPDATE SKIP LOCKED."""
    incident_count = 40
    await database.run(_open_many, incident_count)
    taken: list[Claim] = []

    async def work(name: str, number: int) -> None:
        ids, secrets = Ids(1_000_000 * number), Secrets(1_000_000 * number)
        while True:
            claims: Sequence[Claim] = await database.run(escalation.claim_due, after(1), name, 3)
            if not claims:
                return
            taken.extend(claims)
            for claim in claims:
                await database.run(escalation.step, claim, after(1), ids, secrets)

    await asyncio.gather(*(work(f"worker-{n}", n) for n in range(4)))
    keys = await database.run(_keys)
    assert len(keys) == len(set(keys)) == 4 * incident_count
    assert len(taken) == len({claim.incident_id for claim in taken}) == incident_count


async def test_dead_workers_rows_are_taken_over_and_planned_once(database: Database) -> None:
    await database.run(_open_many, 6)
    dead = await database.run(escalation.claim_due, after(1), "dead", 6)
    assert len(dead) == 6
    assert await database.run(escalation.claim_due, after(5), "alive", 6) == []
    alive = await database.run(escalation.claim_due, after(1) + LEASE, "alive", 6)
    ids, secrets = Ids(), Secrets()
    await asyncio.gather(
        *(database.run(escalation.step, c, after(12), ids, secrets) for c in (*dead, *alive))
    )
    keys = await database.run(_keys)
    assert len(keys) == len(set(keys)) == 24


async def test_two_who_dial_the_same_page_at_once_dial_it_once(database: Database) -> None:
    def plan(connection: Connection) -> list[UUID]:
        _open_many(connection, 5)
        Desk(connection).step(after(0))
        return [due.page_id for due in paging.due_pages(connection, after(0), 99)]

    page_ids = await database.run(plan)
    claims = await asyncio.gather(
        *(database.run(paging.claim_page, one, after(1)) for one in page_ids * 3)
    )
    assert sorted(str(c.page_id) for c in claims if c) == sorted(map(str, page_ids))


async def test_an_acknowledgement_and_a_dial_at_once_leave_no_late_page(database: Database) -> None:
    def plan(connection: Connection) -> list[UUID]:
        _open_many(connection, 1)
        Desk(connection).step(after(0))
        return [due.page_id for due in paging.due_pages(connection, after(0), 99)]

    page_ids = await database.run(plan)
    acknowledge = database.run(
        incidents.acknowledge, incident_id(), GP_BACKUP, Role.GP, "web", None, after(1)
    )
    dials = (database.run(paging.claim_page, one, after(1)) for one in page_ids)
    await asyncio.gather(*dials, acknowledge)
    assert await database.run(paging.due_pages, after(1), 99) == []
    status = (await database.run(row_of, incident_id())).status
    assert status == IncidentStatus.ACKNOWLEDGED
