"""Nights in which people answer, decline, sleep through, or are not on the rota at all."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.escalation.policies import TECHNICAL, Policy, Track, default_policy
from cloud.escalation.progress import Progress
from cloud.escalation.rules import decide, longest_wait, paging_begins
from cloud.escalation.situation import Decision, PageFact, Situation
from cloud.paging.rules import Ask, Channel, PageStatus, Purpose
from vocabulary.incident import IncidentStatus, Role, Technical
from vocabulary.risk import Chain, Severity

PRESS = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
LIND, BACKUP, POOL = UUID(int=1), UUID(int=2), UUID(int=3)
MIA, TOM = UUID(int=11), UUID(int=12)
COMMUNITY, DESK, LEAD, OPS = UUID(int=21), UUID(int=31), UUID(int=32), UUID(int=41)
NAMES = {
    LIND: "lind", BACKUP: "backup", POOL: "pool", MIA: "mia", TOM: "tom",
    COMMUNITY: "community", DESK: "desk", LEAD: "lead", OPS: "ops",
}  # fmt: skip
EVERYBODY = {
    "schedule:gp:0": (LIND,), "schedule:gp:1": (BACKUP,), "pool:gp": (LIND, BACKUP, POOL),
    "relation:family:0": (MIA,), "relation:family:1": (TOM,),
    "schedule:community:0": (COMMUNITY,), "schedule:desk:0": (DESK,), "schedule:desk:1": (LEAD,),
    "schedule:operations:0": (OPS,),
}  # fmt: skip
RINGS_OUT = 25


@dataclass
class Night:
    """Plays one incident: each ask rings, and ends as its person's habit says, after seconds."""

    policy: Policy
    situation: Situation
    habits: dict[UUID, tuple[PageStatus, int]] = field(default_factory=dict)
    """How a person's call ends and after how many seconds; by default it rings out."""
    now: datetime = PRESS
    progress: Progress = field(default_factory=Progress)
    next_action_at: datetime | None = PRESS
    calls: list[tuple[int, str]] = field(default_factory=list)
    technical: set[Technical] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)
    reopened_at: list[int] = field(default_factory=list)
    ends: dict[int, tuple[datetime, PageStatus]] = field(default_factory=dict)

    def seconds(self) -> int:
        return int((self.now - PRESS).total_seconds())

    def until(self, seconds: int) -> "Night":
        while self.next_action_at is not None:
            coming = min([self.next_action_at, *(at for at, _ in self.ends.values())])
            if coming > PRESS + timedelta(seconds=seconds):
                break
            self.now = max(self.now, coming)
            self._end_calls()
            self._decide()
        self.now = PRESS + timedelta(seconds=seconds)
        return self

    def told(self, **changes: object) -> "Night":
        """Something happens now, and wakes the escalation."""
        self.situation = replace(self.situation, **changes)  # type: ignore[arg-type]  # by name
        self._decide()
        return self

    def _end_calls(self) -> None:
        pages = list(self.situation.pages)
        for index, (at, status) in list(self.ends.items()):
            if at <= self.now:
                pages[index] = replace(pages[index], status=status)
                del self.ends[index]
        self.situation = replace(self.situation, pages=tuple(pages))

    def _decide(self) -> None:
        answer = decide(self.policy, self.progress, self.situation, self.now)
        self.progress, self.next_action_at = answer.progress, answer.next_action_at
        self.technical |= answer.technical
        self.missed += [f"{m.track}:{m.step}" for m in answer.missed]
        if answer.reopens:
            self.reopened_at.append(self.seconds())
            self.situation = replace(
                self.situation,
                status=IncidentStatus.OPEN,
                acknowledged_at=None,
                acknowledged_by=None,
            )
        for ask in answer.asks:
            self._ring(ask)

    def _ring(self, ask: Ask) -> None:
        self.calls.append((self.seconds(), NAMES[ask.person_id]))
        status, after = self.habits.get(ask.person_id, (PageStatus.NO_ANSWER, RINGS_OUT))
        page = PageFact(
            ask.person_id, ask.channels[0], PageStatus.RINGING, ask.purpose,
            ask.track, ask.step, ask.round, self.now,
        )  # fmt: skip
        self.situation = replace(self.situation, pages=(*self.situation.pages, page))
        ends_at = self.now + timedelta(seconds=after)
        self.ends[len(self.situation.pages) - 1] = (ends_at, status)

    def called(self, who: str) -> list[int]:
        return [at for at, name in self.calls if name == who]


LISTENS_FOR_EVER = (PageStatus.COMPLETED, 100_000)


def night(
    chain: str = Chain.PERSON,
    severity: Severity = Severity.CRITICAL,
    people: dict[str, tuple[UUID, ...]] | None = None,
    habits: dict[UUID, tuple[PageStatus, int]] | None = None,
) -> Night:
    situation = Situation(
        status=IncidentStatus.OPEN,
        severity=severity,
        starts_at=PRESS,
        people=EVERYBODY if people is None else people,
    )
    return Night(default_policy(chain, severity), situation, habits or {})


def test_a_press_calls_the_doctor_and_the_family_at_once() -> None:
    assert night().until(0).calls == [(0, "lind"), (0, "mia")]


def test_nobody_answers_so_each_next_one_is_called_as_soon_as_the_phone_has_rung_out() -> None:
    told = night().until(60)
    assert told.called("lind") == [0, 50], "the second time as one of the pool"
    assert told.called("backup")[0] == 25, "at once, not after the full minute"
    assert told.called("pool")[0] == 50
    assert told.called("tom")[0] == 25


def test_steps_come_by_time_while_people_are_still_listening() -> None:
    everybody_listens = dict.fromkeys(NAMES, LISTENS_FOR_EVER)
    told = night(habits=everybody_listens).until(300)
    assert told.called("backup")[0] == 60
    assert told.called("pool")[0] == 180
    assert told.called("community") == [180, 240, 300], "one step only: round after round"
    assert told.called("desk")[0] == 300, "the emergency-service task"


def test_a_doctor_who_declines_is_followed_by_the_backup_at_once() -> None:
    told = night(habits={LIND: (PageStatus.DECLINED, 4), BACKUP: LISTENS_FOR_EVER}).until(10)
    assert told.calls == [(0, "lind"), (0, "mia"), (4, "backup")]


def test_between_steps_the_current_people_are_called_again_every_minute() -> None:
    habits = {LIND: LISTENS_FOR_EVER, BACKUP: LISTENS_FOR_EVER}
    told = night(habits=habits).until(179)
    assert told.called("backup") == [60, 120]


def test_an_empty_rota_goes_to_the_next_step_at_once_and_is_a_technical_incident() -> None:
    told = night(people={**EVERYBODY, "schedule:gp:0": ()}).until(0)
    assert told.calls == [(0, "backup"), (0, "mia")]
    assert told.missed == ["gp:0"]
    assert told.technical == {Technical.ROTA_GAP}


def test_no_family_is_a_missed_step_but_no_fault_of_ours() -> None:
    people = {**EVERYBODY, "relation:family:0": (), "relation:family:1": ()}
    told = night(people=people).until(10)
    assert told.missed == ["family:0", "family:1"]
    assert told.technical == set()


def test_with_no_doctor_at_all_the_staffed_desk_is_called_at_once() -> None:
    nobody = {key: () for key in EVERYBODY if "gp" in key}
    told = night(people={**EVERYBODY, **nobody}).until(0)
    assert (0, "desk") in told.calls


def test_nobody_anywhere_never_stops_and_never_raises() -> None:
    told = night(people={}).until(3600)
    assert told.calls == []
    assert told.technical == {Technical.ROTA_GAP}
    assert told.next_action_at is not None
    assert told.next_action_at - told.now <= timedelta(seconds=30)


def test_a_round_in_which_every_call_fails_waits_half_a_minute_and_is_the_providers_fault() -> None:
    broken = dict.fromkeys(NAMES, (PageStatus.FAILED, 0))
    told = night(habits=broken).until(100)
    assert told.technical == {Technical.PROVIDER_DOWN}
    assert sorted(set(told.called("lind"))) == [0, 30, 60, 90]


def test_a_round_that_rang_everywhere_is_nobodys_technical_fault() -> None:
    assert night().until(900).technical == set()


def test_it_begins_again_and_never_gives_up() -> None:
    told = night().until(4 * 3600)
    assert max(told.called("lind")) > 4 * 3600 - 300
    assert max(told.called("desk")) > 4 * 3600 - 120


def test_fire_asks_the_desk_family_and_community_first_and_a_doctor_after_three_minutes() -> None:
    habits = dict.fromkeys(NAMES, LISTENS_FOR_EVER)
    told = night(Chain.FIRE, habits=habits).until(200)
    assert [name for at, name in told.calls if at == 0] == ["desk", "mia", "tom", "community"]
    assert told.called("lead")[0] == 60
    assert told.called("lind") == [180]


def test_welfare_asks_one_after_the_other() -> None:
    answers_and_hangs_on = dict.fromkeys(NAMES, (PageStatus.ANSWERED, 0))
    told = night(Chain.WELFARE, Severity.HIGH, habits=answers_and_hangs_on)
    assert told.until(5).calls == [(0, "mia")]


def test_acknowledged_means_no_new_call() -> None:
    told = night(habits={LIND: LISTENS_FOR_EVER}).until(20)
    told.told(
        status=IncidentStatus.ACKNOWLEDGED,
        acknowledged_at=told.now,
        acknowledged_by=LIND,
        acknowledged_role=Role.GP,
    )
    before = list(told.calls)
    assert told.until(199).calls == before
    assert told.until(200).calls[len(before) :] == [(200, "lind")], "3 min: have you spoken?"


def acknowledged(by: UUID = LIND) -> Night:
    told = night().until(0)
    told.calls.clear()
    return told.told(
        status=IncidentStatus.ACKNOWLEDGED,
        acknowledged_at=PRESS,
        acknowledged_by=by,
        acknowledged_role=Role.GP,
    )


def test_a_helper_who_never_answers_the_follow_up_has_not_helped() -> None:
    told = acknowledged().until(360)
    assert told.called("lind")[:3] == [180, 240, 300], "asked three times, a minute apart"
    assert told.reopened_at == [360]
    told.until(361)
    assert told.calls[3:] == [(361, "lind"), (361, "mia")], "the chain begins anew"


def test_a_confirmed_follow_up_is_followed_by_the_next_at_15_and_45_minutes_and_then_hourly() -> (
    None
):
    told = acknowledged()
    told.habits = {LIND: (PageStatus.ACKNOWLEDGED, 20)}
    told.until(9000)
    assert told.called("lind") == [180, 900, 2700, 2700 + 3600]
    assert told.reopened_at == []


def test_a_note_in_the_record_answers_a_follow_up() -> None:
    told = acknowledged().until(150).told(last_deed_at=PRESS + timedelta(seconds=150))
    assert told.until(899).calls == []


def test_follow_ups_missed_while_the_worker_was_dead_are_asked_once_not_thrice() -> None:
    told = acknowledged()
    told.now = PRESS + timedelta(minutes=50)
    told.next_action_at = told.now
    assert told.until(50 * 60 + 30).calls == [(3000, "lind")]
    assert told.reopened_at == []


def test_handed_back_asks_everybody_anew_with_keys_of_its_own() -> None:
    told = acknowledged().until(100)
    rounds = {page.round for page in told.situation.pages}
    told.told(status=IncidentStatus.OPEN, acknowledged_at=None, acknowledged_by=None)
    assert told.calls == [(100, "lind"), (100, "mia")]
    assert rounds.isdisjoint({page.round for page in told.situation.pages[2:]})


def test_given_back_for_somebody_else_the_next_in_each_track_are_asked_beside_the_first() -> None:
    told = acknowledged().until(100)
    told.told(
        status=IncidentStatus.OPEN,
        acknowledged_at=None,
        acknowledged_by=None,
        escalate_asked_at=told.now,
    )
    asked = {name for at, name in told.calls if at == 100}
    assert asked == {"lind", "backup", "mia", "tom", "community", "desk"}


def test_the_family_acknowledging_a_critical_one_stops_the_family_track_only() -> None:
    told = night(habits={LIND: LISTENS_FOR_EVER}).until(10)
    told.told(family_has_acknowledged=True).until(3600)
    assert told.called("mia") == [0]
    assert told.called("tom") == []
    assert told.called("backup")[0] == 60


def test_duress_never_reaches_the_family() -> None:
    told = night()
    told.situation = replace(told.situation, is_duress=True)
    told.until(3600)
    assert told.called("mia") == told.called("tom") == []
    assert told.called("lind")[0] == 0


def test_somebody_asks_for_more_help_so_the_next_step_is_taken_at_once() -> None:
    told = night(habits=dict.fromkeys(NAMES, LISTENS_FOR_EVER)).until(7)
    told.told(escalate_asked_at=told.now)
    assert (7, "backup") in told.calls
    assert told.until(30).called("pool") == [], "one request, one step"


def test_before_page_at_nobody_is_called_but_the_timer_is_near() -> None:
    told = night()
    told.situation = replace(told.situation, starts_at=PRESS + timedelta(minutes=3))
    assert told.until(179).calls == []
    assert told.until(180).called("lind") == [180]


def test_a_patient_policy_of_an_organisation_does_not_put_off_the_next_look() -> None:
    only = {"name": "desk", "steps": [{"after_s": 0, "who": {"schedule": "desk"}}]}
    told = night(habits={DESK: LISTENS_FOR_EVER})
    told.policy = Policy.model_validate({"tracks": [{**only, "repeat_every_s": 3600}]})
    told.until(0)
    assert told.next_action_at == PRESS + timedelta(seconds=60), "INV-3"


def test_a_digest_incident_pages_nobody_and_is_looked_at_once_a_day() -> None:
    told = night(Chain.DIGEST, Severity.LOW).until(0)
    assert told.calls == []
    assert told.next_action_at == PRESS + timedelta(hours=24)


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.CRITICAL])
def test_what_is_graver_than_a_digest_may_be_calls_the_doctor(severity: Severity) -> None:
    told = night(Chain.DIGEST, severity).until(0)
    assert told.calls == [(0, "lind"), (0, "mia")]


def test_a_technical_one_asks_operations_and_ends_at_the_desk() -> None:
    told = night(TECHNICAL, Severity.MEDIUM).until(120)
    assert told.calls[0] == (0, "ops")
    assert told.called("desk"), "operations has no backup, so the desk is next"


def test_medium_ones_go_by_sms_and_wait() -> None:
    told = night(Chain.HOME, Severity.MEDIUM, habits={MIA: (PageStatus.DELIVERED, 2)}).until(599)
    assert told.calls == [(0, "mia")]
    assert told.situation.pages[0].channel is Channel.SMS


@pytest.mark.parametrize(
    ("at", "begins"),
    [
        pytest.param("2026-03-01 07:59", "2026-03-01 08:00", id="before breakfast"),
        pytest.param("2026-03-01 08:00", "2026-03-01 08:00", id="in the morning"),
        pytest.param("2026-03-01 21:59", "2026-03-01 21:59", id="late in the evening"),
        pytest.param("2026-03-01 22:00", "2026-03-02 08:00", id="at night: tomorrow"),
        pytest.param("2026-03-28 23:00", "2026-03-29 08:00", id="the night the clocks change"),
    ],
)
def test_medium_ones_wait_for_the_morning_of_the_home(at: str, begins: str) -> None:
    zone = ZoneInfo("Europe/Zurich")
    policy = default_policy(Chain.HOME, Severity.MEDIUM)
    told = paging_begins(policy, datetime.fromisoformat(at).replace(tzinfo=zone), zone)
    assert told == datetime.fromisoformat(begins).replace(tzinfo=zone)


def test_a_critical_one_waits_for_no_morning() -> None:
    policy = default_policy(Chain.PERSON, Severity.CRITICAL)
    assert paging_begins(policy, PRESS, ZoneInfo("Europe/Zurich")) == PRESS


def test_a_policy_that_ends_at_no_staffed_desk_is_refused() -> None:
    body = default_policy(Chain.PERSON, Severity.CRITICAL).model_dump(mode="json")
    body["tracks"] = [track for track in body["tracks"] if track["name"] != "desk"]
    with pytest.raises(ValueError, match="no track ends at the staffed role desk"):
        Policy.model_validate(body)


def test_a_policy_survives_its_row() -> None:
    for chain in (*Chain, TECHNICAL):
        for severity in Severity:
            policy = default_policy(chain, severity)
            assert Policy.model_validate(policy.model_dump(mode="json")) == policy


def test_steps_out_of_order_are_refused() -> None:
    step = {"after_s": 60, "who": {"schedule": "desk"}}
    with pytest.raises(ValueError, match="not in the order"):
        Track.model_validate({"name": "desk", "steps": [step, {**step, "after_s": 0}]})


_some_people = st.dictionaries(
    st.sampled_from(sorted(EVERYBODY)),
    st.lists(st.sampled_from(sorted(NAMES, key=str)), max_size=3, unique=True).map(tuple),
)
_ENDS = [
    PageStatus.NO_ANSWER, PageStatus.BUSY, PageStatus.FAILED, PageStatus.DECLINED,
    PageStatus.COMPLETED, PageStatus.ANSWERED, PageStatus.RINGING, PageStatus.UNKNOWN,
]  # fmt: skip
_some_habits = st.dictionaries(
    st.sampled_from(sorted(NAMES, key=str)),
    st.tuples(st.sampled_from(_ENDS), st.integers(0, 200)),
)


def decisions(told: Night, minutes: int) -> list[tuple[datetime, Decision]]:
    """Every decision of that many minutes, with its instant."""
    found: list[tuple[datetime, Decision]] = []
    while told.next_action_at is not None and told.now < PRESS + timedelta(minutes=minutes):
        before = (told.progress, told.situation)
        told._end_calls()
        answer = decide(told.policy, told.progress, told.situation, told.now)
        found.append((told.now, answer))
        assert before[0] == told.progress, "deciding changes nothing"
        told._decide()
        told.now = min(
            [told.next_action_at, *(at for at, _ in told.ends.values() if at > told.now)]
        )
    return found


@settings(deadline=None)
@given(
    chain=st.sampled_from([Chain.FIRE, Chain.PERSON, Chain.WELFARE, Chain.VITAL, Chain.AWAY]),
    severity=st.sampled_from([Severity.HIGH, Severity.CRITICAL]),
    people=_some_people,
    habits=_some_habits,
    is_duress=st.booleans(),
    family=st.booleans(),
    delay=st.integers(0, 400),
)
def test_every_open_critical_incident_acts_within_a_minute_for_ever(  # noqa: PLR0913, PLR0917 - one property
    chain: Chain,
    severity: Severity,
    people: dict[str, tuple[UUID, ...]],
    habits: dict[UUID, tuple[PageStatus, int]],
    is_duress: bool,
    family: bool,
    delay: int,
) -> None:
    told = night(chain, severity, people=people, habits=habits)
    told.situation = replace(
        told.situation,
        is_duress=is_duress,
        family_has_acknowledged=family,
        starts_at=PRESS + timedelta(seconds=delay),
    )
    asked: set[tuple[object, ...]] = set()
    for now, answer in decisions(told, minutes=20):
        assert answer.next_action_at is not None
        assert now < answer.next_action_at <= now + longest_wait(severity), "INV-3"
        for ask in answer.asks:
            key = (ask.track, ask.step, ask.round, ask.attempt, ask.person_id)
            assert key not in asked, "one attempt has one key"
            asked.add(key)
            assert now >= told.situation.starts_at
            assert not (is_duress and ask.role is Role.FAMILY)
        reached = {ask.person_id for ask in answer.asks}
        assert len(reached) == len(answer.asks), "nobody's phone rings twice at once"
    askable = {w for key, who in people.items() for w in who if "family" not in key}
    uses = {who.key for track in told.policy.tracks for step in track.steps for who in step.who}
    if any(people.get(key) for key in uses if "family" not in key):
        assert asked, f"{askable} could have been called"


@settings(deadline=None)
@given(habits=_some_habits, at=st.integers(0, 600), closed=st.booleans())
def test_no_call_after_somebody_has_it_in_hand(
    habits: dict[UUID, tuple[PageStatus, int]],
    at: int,
    closed: bool,
) -> None:
    told = night(habits=habits).until(at)
    told.situation = replace(
        told.situation,
        status=IncidentStatus.CLOSED if closed else IncidentStatus.ACKNOWLEDGED,
        acknowledged_at=told.now,
        acknowledged_by=LIND,
        acknowledged_role=Role.GP,
    )
    answer = decide(told.policy, told.progress, told.situation, told.now)
    assert answer.asks == ()
    assert (answer.next_action_at is None) == closed
    for ask in decide(
        told.policy, answer.progress, told.situation, told.now + timedelta(minutes=4)
    ).asks:
        assert ask.purpose is Purpose.FOLLOW_UP
        assert ask.person_id == LIND
