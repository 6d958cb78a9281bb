"""What the journal keeps, in which order, and what it gives back to the next hub."""

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.journal import Batch, EpisodeRow, IncidentRow, Journal, OutboxRow, ReceiptRow
from edge_agent.journal import episodes as stored_episodes
from edge_agent.journal.rows import pack, source_of, unpack
from edge_agent.timeline import Anchor
from vocabulary.finding import Fact, Finding, FindingState
from vocabulary.identity import uuid7
from vocabulary.observation import Kind, Layer, Observation, Quality, Value
from vocabulary.risk import Severity

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Opener = Callable[[], Journal]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens the same journal again and again; closes what is still open."""
    journals: list[Journal] = []

    def again() -> Journal:
        for journal in journals:
            journal.close()
        journals.append(Journal(tmp_path / "journal.db", NOON))
        return journals[-1]

    yield again
    for journal in journals:
        journal.close()


def _id(number: int) -> UUID:
    return uuid7(NOON + timedelta(seconds=number), bytes([number] * 10))


def _warm(celsius: float, at: datetime = NOON) -> Observation:
    return Observation(at, "0xa4", Kind.TEMPERATURE, celsius, "Bedroom", "bedroom")


def _press(at: datetime = NOON) -> Observation:
    return Observation(at, "0xa1", Kind.SOS, value=True, is_event=True, text="pressed")


def _finding(state: FindingState = FindingState.RAISED, since: datetime = NOON) -> Finding:
    return Finding(
        slug="sos_call",
        variant="pressed",
        severity=Severity.CRITICAL,
        state=state,
        at=since,
        since=since,
        device="0xa1",
        facts=(Fact.of("fact.sos_pressed"),),
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(True, id="a claim"),
        pytest.param(False, id="its denial"),
        pytest.param(21.5, id="a number"),
        pytest.param(7, id="a whole number"),
        pytest.param("lying", id="a word"),
        pytest.param((0.5, -1.25), id="a vector"),
        pytest.param(None, id="unknown"),
    ],
)
def test_a_reading_comes_back_as_it_was(opened: Opener, value: Value) -> None:
    seen = Observation(
        at=NOON + timedelta(microseconds=1),
        device="0xa9",
        kind=Kind.POSTURE,
        value=value,
        room="Salle à manger",
        room_type="dining",
        guards="chair",
        instance="zone_2",
        is_event=False,
        is_found=True,
        reported_at=NOON - timedelta(seconds=9),
        confidence=0.6,
        text="warning",
        layer=Layer.EXACT,
        quality=Quality.IMPLAUSIBLE,
    )
    opened().commit(Batch(observations=[seen])).durable.result(timeout=5)
    (found,) = opened().readings(NOON - timedelta(days=1))
    assert found == seen
    assert type(found.value) is type(value)


def test_an_unchanged_reading_is_kept_once_a_minute_a_change_and_a_vital_always(
    opened: Opener,
) -> None:
    journal = opened()
    for second in range(0, 121, 10):
        at = NOON + timedelta(seconds=second)
        heart = Observation(at, "0xb1", Kind.HEART_RATE, 60.0)
        journal.note([_warm(21.0, at), heart])
    journal.note([_warm(21.1, NOON + timedelta(seconds=121))])
    found = list(opened().readings(NOON - timedelta(hours=1)))
    warm = [(one.at - NOON).total_seconds() for one in found if one.kind is Kind.TEMPERATURE]
    assert warm == [0, 60, 120, 121]
    assert sum(one.kind is Kind.HEART_RATE for one in found) == 13


def test_the_last_state_from_before_comes_first_but_no_old_press(opened: Opener) -> None:
    early, late = NOON - timedelta(days=2), NOON - timedelta(hours=1)
    journal = opened()
    journal.add(Batch(observations=[_warm(18, early - timedelta(hours=1)), _warm(19, early)]))
    journal.add(Batch(observations=[_press(early), _press(late), _warm(20, late)]))
    found = list(opened().readings(NOON - timedelta(days=1)))
    assert [(one.kind, one.value) for one in found] == [
        (Kind.TEMPERATURE, 19),
        (Kind.SOS, True),
        (Kind.TEMPERATURE, 20),
    ]


def test_of_what_happened_once_the_last_dose_taken_is_told_however_old(opened: Opener) -> None:
    days = [NOON - timedelta(days=back) for back in (4, 3, 2)]
    taken = [
        Observation(at, "0xb0", Kind.MEDICATION_TAKEN, value=True, is_event=True) for at in days
    ]
    opened().add(Batch(observations=[*taken, _press(days[2])]))
    assert list(opened().readings(NOON - timedelta(hours=27))) == [taken[-1]]


def test_a_device_that_moved_to_another_room_has_one_last_state(opened: Opener) -> None:
    before = NOON - timedelta(days=2)
    moved = replace(_warm(19, before + timedelta(hours=1)), room="Hall", room_type="hall")
    opened().add(Batch(observations=[_warm(18, before), moved]))
    assert [one.room for one in opened().readings(NOON)] == ["Hall"]


@given(microseconds=st.integers(0, 4_000_000_000 * 1_000_000))
def test_no_microsecond_of_an_instant_is_lost(microseconds: int) -> None:
    """From 1970 to 2096."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    seen = _warm(21.0, at)
    assert list(unpack({3: source_of(seen)}, [pack(seen, 3)])) == [seen]


def test_a_row_that_makes_no_sense_is_left_out() -> None:
    seen = _warm(21.0)
    row = pack(seen, 3)
    torn = [
        (2**62, *row[1:]),  # long after the last year there is
        (row[0], 4, *row[2:]),  # of a source that nobody knows
        (*row[:3], -1, *row[4:]),
        (*row[:3], 512, *row[4:]),  # of no quality that there is
    ]
    assert list(unpack({3: source_of(seen)}, [*torn, row])) == [seen]


def test_only_the_kinds_that_are_asked_for_are_read_up_to_a_row(opened: Opener) -> None:
    early = NOON - timedelta(days=2)
    old_press = replace(_press(early), kind=Kind.POSTURE, is_event=False)
    opened().add(Batch(observations=[_warm(18, early), old_press, _warm(20), _press()]))
    last_row = opened().recollect().last_row
    assert last_row == 4
    opened().add(Batch(observations=[_warm(21)]))
    since = NOON - timedelta(days=1)
    warm = opened().readings(since, {Kind.TEMPERATURE}, last_row)
    assert [one.value for one in warm] == [18, 20]
    assert [one.value for one in opened().readings(since, {Kind.TEMPERATURE})] == [18, 20, 21]
    assert list(opened().readings(since, ())) == []


def test_of_other_kinds_the_newest_shows_that_the_device_lived(opened: Opener) -> None:
    early = NOON - timedelta(days=2)
    found = replace(_warm(22), is_found=True)
    quiet = replace(_warm(15, early), device="0xa5")
    opened().add(Batch(observations=[_warm(18, early), quiet, _warm(20), _warm(21), found]))
    opened().add(Batch(observations=[_press(early), replace(_press(early), device="0xa2")]))
    opened().add(Batch(observations=[_press()]))
    words = opened().last_words(NOON - timedelta(days=1), {Kind.SMOKE})
    assert sorted((one.device, one.at) for one in words) == [
        ("0xa1", NOON),
        ("0xa4", NOON),
        ("0xa5", early),
    ]
    no_warmth = opened().last_words(NOON - timedelta(days=1), {Kind.TEMPERATURE})
    assert [one.device for one in no_warmth] == ["0xa1"]


def test_an_empty_journal_has_no_last_row(opened: Opener) -> None:
    assert opened().recollect().last_row == 0


def test_an_immediate_commit_brings_what_came_before_it(opened: Opener, tmp_path: Path) -> None:
    journal = opened()
    journal.note([_warm(21.0)])
    assert journal.commit(Batch(observations=[_press()])).tried.result(timeout=5) is True
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        rows = db.execute(
            "SELECT kind FROM observation JOIN source ON source = source.id"
        ).fetchall()
    assert rows == [("temperature",), ("sos",)]


def test_the_outbox_empties_by_receipt_alone(opened: Opener) -> None:
    rows = [
        OutboxRow(_id(n), "incident", NOON, b"{}", _id(9), revision=n, priority=0)
        for n in (1, 2, 3)
    ]
    journal = opened()
    journal.commit(Batch(outbox=rows))
    journal.commit(
        Batch(receipts=[ReceiptRow(_id(1), NOON, sent=4), ReceiptRow(_id(3), NOON, refused="no")])
    )
    assert opened().recollect().outbox == [rows[1]]


def test_of_an_incident_the_newest_revision_is_open_until_it_is_closed(opened: Opener) -> None:
    one, two = _id(1), _id(2)
    journal = opened()
    journal.commit(
        Batch(
            incidents=[
                IncidentRow(one, 1, NOON, "first"),
                IncidentRow(one, 2, NOON, "second"),
                IncidentRow(two, 1, NOON, "other"),
            ]
        )
    )
    assert opened().recollect().incidents == [["second", "first"], ["other"]]
    opened().commit(Batch(closed=[(one, NOON)]))
    assert opened().recollect().incidents == [["other"]]


def test_what_was_raised_and_what_a_person_closed_is_remembered(opened: Opener) -> None:
    later = NOON + timedelta(hours=1)
    journal = opened()
    journal.commit(Batch(findings=[_finding(), _finding(FindingState.CLEARED)]))
    journal.commit(Batch(findings=[_finding(since=later)], released=[("sos_call", later)]))
    past = opened().recollect()
    assert [(f.state, f.since) for f in past.findings] == [
        (FindingState.CLEARED, NOON),
        (FindingState.RAISED, later),
    ]
    assert past.findings[-1] == _finding(since=later)
    assert past.released == [("sos_call", later)]


def test_presses_down_messages_notes_and_the_start_are_remembered(opened: Opener) -> None:
    anchor = Anchor("boot", 12.5, NOON)
    opened().commit(
        Batch(presses=[("p", NOON)], heard_down=[(_id(1), NOON)], notes={"k": "v"}, anchor=anchor)
    )
    past = opened().recollect()
    assert (past.presses, past.heard_down, past.notes) == (
        {"p": NOON},
        {_id(1)},
        {"k": "v"},
    )
    assert (past.anchor, past.newest_at) == (anchor, NOON)


def test_readings_go_after_14_days_vitals_and_episodes_stay(opened: Opener, tmp_path: Path) -> None:
    old = NOON - timedelta(days=14, seconds=1)
    heart = Observation(old, "0xb1", Kind.HEART_RATE, 60.0)
    episode = EpisodeRow("stay", "Hall", old - timedelta(hours=1), old)
    journal = opened()
    journal.add(Batch(observations=[_warm(20, old), heart, _warm(21, NOON)], episodes=[episode]))
    journal.add(Batch(prune_at=NOON))
    found = [(one.kind, one.at) for one in opened().readings(old - timedelta(days=1))]
    assert found == [(Kind.HEART_RATE, old), (Kind.TEMPERATURE, NOON)]
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        assert stored_episodes(db, old - timedelta(days=1), NOON) == [episode]


def test_incidents_and_receipted_messages_go_30_days_after_closing(opened: Opener) -> None:
    closed_at = NOON - timedelta(days=30, seconds=1)
    journal = opened()
    row = OutboxRow(_id(1), "incident", closed_at, b"{}", _id(9), 1)
    unsent = OutboxRow(_id(2), "incident", closed_at, b"{}", _id(8), 1)
    journal.commit(
        Batch(
            incidents=[IncidentRow(_id(9), 1, closed_at, "old"), IncidentRow(_id(8), 1, NOON, "x")],
            closed=[(_id(9), closed_at)],
            outbox=[row, unsent],
            receipts=[ReceiptRow(_id(1), closed_at)],
            prune_at=NOON,
        )
    )
    past = opened().recollect()
    assert (past.incidents, past.outbox) == ([["x"]], [unsent])


def test_a_full_disk_gives_incidents_the_reserve_and_drops_readings_first(
    opened: Opener, tmp_path: Path
) -> None:
    """The database may not grow; the reserve's place is given up, and the hub says so."""
    journal = opened()
    assert (tmp_path / "reserve").exists()
    _freeze(journal)
    ticket = journal.commit(Batch(observations=[_press()], notes={"big": "x" * 100_000}))
    assert ticket.tried.result(timeout=5) is True  # at the second attempt, in the reserve's place
    assert "disk_full" in journal.faults
    assert not (tmp_path / "reserve").exists()
    assert opened().recollect().notes["big"] == "x" * 100_000


def test_a_power_cut_keeps_what_was_committed(tmp_path: Path) -> None:
    """The files as they lie on the disk, with nobody having closed them."""
    journal = Journal(tmp_path / "journal.db", NOON)
    journal.commit(Batch(notes={"a": "kept"})).durable.result(timeout=5)
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in ("journal.db", "journal.db-wal"):
        (copy / part).write_bytes((tmp_path / part).read_bytes())
    journal.close()
    again = Journal(copy / "journal.db", NOON)
    assert again.recollect().notes == {"a": "kept"}
    assert not again.faults
    again.close()


def test_flipped_bytes_never_stop_a_start(tmp_path: Path) -> None:
    """Random damage, fixed seeds: it opens, and a damaged file is set aside, never deleted."""
    journal = Journal(tmp_path / "good.db", NOON)
    for n in range(40):
        journal.commit(
            Batch(observations=[_warm(n / 7, NOON + timedelta(seconds=n))], findings=[_finding()])
        )
    journal.close()
    good = (tmp_path / "good.db").read_bytes()
    moved = 0
    for seed in range(60):
        rng = random.Random(seed)
        damaged = bytearray(good)
        for _ in range(8):
            place = rng.randrange(len(damaged))
            damaged[place : place + 16] = os.urandom(16)
        path = tmp_path / f"{seed}" / "journal.db"
        path.parent.mkdir()
        path.write_bytes(damaged[: len(good)])
        again = Journal(path, NOON)
        again.recollect()
        list(again.readings(NOON))
        assert again.commit(Batch(notes={"still": "writes"})).tried.result(timeout=5) is True
        if again.set_aside is not None:
            moved += 1
            assert again.set_aside.exists()
            assert "journal_moved_aside" in again.faults
        again.close()
    assert moved > 10


def _freeze(journal: Journal) -> None:
    """Forbid the writer's present connection to grow the file by a single page."""
    pages = journal._writer._db.execute("PRAGMA page_count").fetchone()[0]
    journal._writer._db.execute(f"PRAGMA max_page_count = {pages}")
