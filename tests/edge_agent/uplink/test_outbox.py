"""What is sent when: critical first, again and again, until the cloud itself has it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from edge_agent.journal import OutboxRow
from edge_agent.uplink import Outbox
from vocabulary.identity import uuid7

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HIPS = uuid7(NOON, b"incident-1")
SMOKE = uuid7(NOON, b"incident-2")


def _after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def _row(
    number: int,
    incident: UUID | None = HIPS,
    revision: int = 1,
    kind: str = "incident",
    priority: int = 0,
) -> OutboxRow:
    event_id = uuid7(_after(number), bytes([number] * 10))
    return OutboxRow(event_id, kind, _after(number), b"{}", incident, revision, priority)


def _due(outbox: Outbox, now: datetime) -> list[UUID]:
    return [entry.message.event_id for entry in outbox.due(now)]


def test_a_message_is_due_at_once_then_every_five_seconds_and_a_little_later() -> None:
    outbox, row = Outbox(), _row(0)
    outbox.add(row, NOON)
    assert _due(outbox, NOON) == [row.event_id]
    outbox.sent(row.event_id, NOON, timedelta(seconds=0.4))
    assert _due(outbox, _after(5.3)) == []
    assert _due(outbox, _after(5.4)) == [row.event_id]


def test_only_a_receipt_takes_it_out() -> None:
    outbox, row = Outbox(), _row(0)
    outbox.add(row, NOON)
    for second in range(0, 3600, 6):
        outbox.sent(row.event_id, _after(second), timedelta(0))
    assert list(outbox.entries) == [row.event_id]
    assert outbox.settle([uuid7(NOON, b"not-a-row-")]) == []
    (settled,) = outbox.settle([row.event_id])
    assert (settled.message, settled.sent) == (row, 600)
    assert not outbox.entries
    assert outbox.settle([row.event_id]) == []


def test_of_one_incident_only_the_newest_revision_is_sent_and_its_receipt_covers_the_older() -> (
    None
):
    outbox = Outbox()
    first, second, other = _row(1), _row(2, revision=2), _row(3, SMOKE)
    for row in (second, first, other):
        outbox.add(row, NOON)
    assert _due(outbox, NOON) == [second.event_id, other.event_id]
    assert {e.message for e in outbox.settle([second.event_id])} == {first, second}
    assert list(outbox.entries) == [other.event_id]


def test_a_receipt_for_an_older_revision_leaves_the_newer_one() -> None:
    outbox = Outbox()
    first, second = _row(1), _row(2, revision=2)
    outbox.add(first, NOON)
    outbox.add(second, NOON)
    outbox.settle([first.event_id])
    assert _due(outbox, NOON) == [second.event_id]


def test_after_a_day_without_a_link_critical_incidents_go_first() -> None:
    outbox = Outbox()
    history = _row(1, kind="history", priority=2)
    leak = _row(2, uuid7(NOON, b"incident-3"), priority=1)
    late, early = _row(4, SMOKE), _row(3, HIPS)
    for row in (history, leak, late, early):
        outbox.add(row, _after(10))
    assert _due(outbox, _after(86400)) == [
        early.event_id,
        late.event_id,
        leak.event_id,
        history.event_id,
    ]
    assert outbox.oldest(_after(86401)) == timedelta(days=1)


def test_the_other_way_is_taken_30_seconds_after_the_first_revision_not_the_last() -> None:
    outbox, patience = Outbox(), timedelta(seconds=30)
    outbox.add(_row(1), NOON)
    outbox.add(_row(2, revision=2), _after(25))
    assert outbox.unanswered(_after(29.9), patience) == []
    (entry,) = outbox.unanswered(_after(30), patience)
    assert entry.message.revision == 2
    outbox.sent_other_way(entry.message.event_id, _after(30))
    assert outbox.unanswered(_after(34.9), patience) == []
    assert len(outbox.unanswered(_after(35), patience)) == 1


def test_repeating_on_one_way_does_not_put_off_the_other() -> None:
    outbox, row = Outbox(), _row(1)
    outbox.add(row, NOON)
    for second in range(0, 31, 5):
        outbox.sent(row.event_id, _after(second), timedelta(0))
    assert len(outbox.unanswered(_after(31), timedelta(seconds=30))) == 1
