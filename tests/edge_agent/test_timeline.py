"""The clock on the wall jumps, the machine restarts: deadlines stay where they were."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from edge_agent.timeline import Anchor, Timeline, begin

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Machine:
    """A machine's two clocks and its boot."""

    wall_at: datetime = NOON
    seconds: float = 1000.0
    boot: str = "boot-1"
    starts: list[Anchor] = field(default_factory=list)

    def passes(self, time: timedelta) -> None:
        self.wall_at += time
        self.seconds += time.total_seconds()

    def start(self, not_before: datetime | None = None, due_by: datetime | None = None) -> Timeline:
        last = self.starts[-1] if self.starts else None
        timeline = begin(
            last,
            not_before,
            due_by,
            wall=lambda: self.wall_at,
            monotonic=lambda: self.seconds,
            boot_id=self.boot,
        )
        self.starts.append(timeline.anchor)
        return timeline


def test_it_begins_with_the_wall_clock_and_runs_with_the_monotonic_one() -> None:
    machine = Machine()
    timeline = machine.start()
    machine.passes(HOUR)
    assert timeline.now() == NOON + HOUR
    assert timeline.notice_step() is None


def test_a_step_is_told_once_and_moves_only_local_time() -> None:
    machine = Machine()
    timeline = machine.start()
    machine.wall_at -= timedelta(days=30)
    step = timeline.notice_step()
    assert step is not None
    assert (step.before, step.after) == (timedelta(0), timedelta(days=-30))
    assert timeline.notice_step() is None
    assert timeline.now() == NOON
    assert timeline.wall() == NOON - timedelta(days=30)


def test_two_seconds_are_drift_more_is_a_step() -> None:
    machine = Machine()
    timeline = machine.start()
    machine.wall_at += timedelta(seconds=2)
    assert timeline.notice_step() is None
    machine.wall_at += timedelta(microseconds=1)
    assert timeline.notice_step() is not None


def test_a_new_process_in_the_same_boot_keeps_the_timeline_of_open_deadlines() -> None:
    machine = Machine()
    machine.start()
    machine.passes(HOUR)
    machine.wall_at += timedelta(days=1)
    assert machine.start(due_by=NOON + HOUR).now() == NOON + HOUR


def test_with_nothing_open_it_takes_over_the_corrected_wall_clock_but_never_goes_back() -> None:
    machine = Machine()
    machine.start()
    machine.wall_at += timedelta(days=1)
    assert machine.start().now() == NOON + timedelta(days=1)
    machine.wall_at -= timedelta(days=7)
    assert machine.start().now() == NOON + timedelta(days=1)


def test_after_a_reboot_the_wall_clock_counts() -> None:
    machine = Machine()
    machine.start()
    machine.boot, machine.seconds = "boot-2", 3.0
    machine.wall_at = NOON + HOUR
    timeline = machine.start(not_before=NOON, due_by=NOON + timedelta(minutes=3))
    assert timeline.now() == NOON + HOUR
    assert timeline.anchor.is_placed


def test_after_a_reboot_without_a_clock_every_deadline_counts_as_due() -> None:
    machine = Machine(wall_at=datetime(1970, 1, 1, tzinfo=UTC), boot="boot-2")
    timeline = machine.start(not_before=NOON, due_by=NOON + timedelta(minutes=3))
    assert timeline.now() == NOON + timedelta(minutes=3)
    assert not timeline.anchor.is_placed


def test_a_first_start_without_a_clock_says_so() -> None:
    machine = Machine(wall_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert not machine.start().anchor.is_placed
