"""One call from the plan to the key press, told on a database in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Row, select, update

from cloud import audit
from cloud.escalation import service as escalation
from cloud.households.tables import household, person, relation
from cloud.incidents import service as incidents
from cloud.incidents.tables import incident
from cloud.paging import service as paging
from cloud.paging.answers import Line
from cloud.paging.rules import PageStatus
from cloud.paging.service import Todo
from cloud.paging.tables import callback, page
from cloud.paging.transports import Found
from tests.shift import NUMBERS, OUR_NUMBER, Desk, move_in, pages_of, press, row_of
from tests.town import DAUGHTER, DESK, GP, GP_BACKUP, MARGARETS, NOON, Ids
from vocabulary.incident import Disposition, IncidentStatus, Role

LINE = Line("https://care.example/keys", OUR_NUMBER)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@dataclass
class Story:
    """A night at one telephone."""

    connection: Connection
    desk: Desk = field(init=False)
    incident_id: UUID = field(init=False)
    tokens: dict[UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        move_in(self.connection)
        self.desk = Desk(self.connection)

    def press(self, **parts: Any) -> "Story":
        self.incident_id = press(self.connection, **parts)
        return self

    def pages(self) -> list[Row[Any]]:
        return pages_of(self.connection, self.incident_id)

    def incident(self) -> Row[Any]:
        return row_of(self.connection, self.incident_id)

    def page(self, number: str = "lind", channel: str = "voice") -> Row[Any]:
        """The newest page to that number."""
        return [p for p in self.pages() if (p.address, p.channel) == (NUMBERS[number], channel)][-1]

    def dial(self, at: float = 0.1) -> "Story":
        """Plan what is due, and hand every page over."""
        self.desk.step(after(at))
        for due in paging.due_pages(self.connection, after(at), 50):
            claimed = paging.claim_page(self.connection, due.page_id, after(at))
            if claimed is not None:
                self.tokens[due.page_id] = claimed.token
                paging.record_sent(self.connection, due.page_id, f"CA-{due.page_id}", after(at))
        return self

    def answer(self, number: str = "lind", at: float = 5) -> str:
        row = self.page(number)
        return paging.on_answer(
            self.connection, self.tokens[row.id], row.provider_id, LINE, after(at)
        )

    def keys(self, pressed: str, number: str = "lind", at: float = 8, wrong: int = 0) -> str:
        row = self.page(number)
        given = pressed.format(digit=row.digit, other=(int(row.digit) + 1) % 10)
        return paging.on_keys(
            self.connection, self.tokens[row.id], row.provider_id, given, wrong, LINE, after(at)
        )

    def status(self, word: str, number: str = "lind", at: float = 9) -> bool:
        row = self.page(number)
        return paging.on_status(
            self.connection, self.tokens[row.id], row.provider_id, word, after(at)
        )

    def taken_by_osei(self, at: float) -> None:
        """The other doctor takes it, on the web."""
        incidents.acknowledge(
            self.connection, self.incident_id, GP_BACKUP, Role.GP, "web", None, after(at)
        )

    def actions(self) -> list[str]:
        return [entry.action for entry in audit.entries(self.connection, self.incident_id)]


@pytest.fixture
def story(connection: Connection) -> Story:
    return Story(connection).press()


def test_the_row_is_there_before_the_call_and_the_call_is_counted_as_a_page(story: Story) -> None:
    story.desk.step(after(0.1))
    due = paging.due_pages(story.connection, after(0.1), 9)[0]
    assert story.incident().page_begun_at is None
    claimed = paging.claim_page(story.connection, due.page_id, after(0.2))
    assert claimed is not None
    assert (claimed.todo, claimed.to) == (Todo.SEND, NUMBERS["lind"])
    assert story.page().status == PageStatus.DIALLING
    assert story.incident().page_begun_at == after(0.2), "from now on nobody cancels it"
    assert story.incident().first_page_at is None
    paging.record_sent(story.connection, due.page_id, "CA1", after(0.4))
    assert story.page().status == PageStatus.QUEUED
    assert story.page().token is None, "the provider has it; ours is erased"
    assert story.incident().first_page_at == after(0.4)


def test_the_doctor_is_called_and_written_to_and_the_family_beside(story: Story) -> None:
    story.dial()
    planned = {(p.address, p.channel) for p in story.pages()}
    assert planned == {
        (NUMBERS[who], channel) for who in ("lind", "anna") for channel in ("voice", "sms")
    }


def test_the_voice_says_the_number_the_digit_and_nothing_of_the_person(story: Story) -> None:
    said = story.dial().answer()
    digit, number = story.page().digit, story.incident().number
    assert f"Hearthline incident {number}. Critical: SOS call." in said
    assert f"press 4 and then {digit}." in said
    for personal in ("Margaret", "Hale", "Mill Lane", "safe", "Living room"):
        assert personal not in said


def test_a_chinese_doctor_hears_chinese(story: Story) -> None:
    story.connection.execute(update(person).where(person.c.id == GP).values(language="zh_CN"))
    said = story.dial().answer()
    assert 'language="zh-CN"' in said
    assert f"请先按4，再按{story.page().digit}" in said  # noqa: RUF001 - as Chinese is written


def test_four_and_the_digit_acknowledge_and_then_the_address_is_told(story: Story) -> None:
    story.dial().answer()
    said = story.keys("4{digit}")
    assert "Margaret Hale" in said
    assert "4 Mill Lane" in said
    row = story.incident()
    assert (row.status, row.acknowledged_by) == (IncidentStatus.ACKNOWLEDGED, GP)
    assert row.acknowledged_role == Role.GP
    assert story.page().status == PageStatus.ACKNOWLEDGED
    assert row.next_action_at == after(8) + timedelta(minutes=3), "have you spoken?"


@pytest.mark.parametrize(
    "pressed",
    [
        pytest.param("4{other}", id="another digit"),
        pytest.param("4", id="only the four"),
        pytest.param("1", id="a one"),
        pytest.param("{digit}4", id="the right keys in the wrong order"),
        pytest.param("9", id="a nine"),
        pytest.param("", id="nothing"),
        pytest.param("4{digit}7", id="one key too many"),
        pytest.param("\uff14{digit}", id="a four of another script"),
    ],
)
def test_wrong_keys_never_acknowledge(story: Story, pressed: str) -> None:
    story.dial().answer()
    said = story.keys(pressed)
    assert "That was not right." in said
    assert "keys?wrong=1" in said, "asked again, and counted"
    assert story.incident().status == IncidentStatus.OPEN
    assert story.page().acknowledged_at is None


def test_three_wrong_presses_end_the_call(story: Story) -> None:
    story.dial().answer()
    story.keys("1", wrong=0)
    story.keys("2", wrong=1)
    assert "<Gather" not in story.keys("3", wrong=2)
    assert story.incident().status == IncidentStatus.OPEN


@pytest.mark.parametrize("words", [("ringing", "in-progress", "completed"), ("completed",)])
def test_a_voicemail_never_acknowledges_and_the_next_one_is_called_at_once(
    story: Story, words: tuple[str, ...]
) -> None:
    story.dial().answer()
    for word in words:
        story.status(word, at=12)
    assert story.incident().status == IncidentStatus.OPEN
    assert story.page().status == PageStatus.COMPLETED
    assert story.incident().next_action_at == after(12)
    story.desk.step(after(12))
    assert story.page("osei").status == PageStatus.DUE


@pytest.mark.parametrize("word", ["busy", "no-answer", "failed", "canceled"])
def test_a_call_that_reaches_nobody_wakes_the_escalation_at_once(story: Story, word: str) -> None:
    story.dial()
    assert story.incident().next_action_at > after(20)
    assert story.status(word, at=3)
    assert story.incident().next_action_at == after(3)
    story.desk.step(after(3))
    assert [p.address for p in story.pages()][-2:] == [NUMBERS["osei"]] * 2


def test_five_asks_for_somebody_else_at_once(story: Story) -> None:
    story.dial().answer()
    assert "Somebody else is being called." in story.keys("5", at=6)
    assert story.page().status == PageStatus.DECLINED
    assert story.incident().escalate_asked_at == after(6)
    story.desk.step(after(6))
    assert story.page("osei").status == PageStatus.DUE


@pytest.mark.parametrize("later", [20, 400])
def test_five_by_whoever_has_just_taken_it_gives_it_back(story: Story, later: float) -> None:
    """Four and the digit, and then: it must be somebody else after all."""
    story.dial().answer()
    story.keys("4{digit}", at=8)
    for seconds in range(10, int(later), 10):
        story.dial(seconds)
    before = {p.id for p in story.pages()}
    said = story.keys("5", at=later) if later < 100 else gives_back_at_the_follow_up(story, later)
    assert "Somebody else is being called." in said
    assert story.incident().status == IncidentStatus.OPEN
    story.desk.step(after(later))
    fresh = [p for p in story.pages() if p.id not in before]
    assert NUMBERS["osei"] in {p.address for p in fresh if p.purpose == "page"}


def gives_back_at_the_follow_up(story: Story, at: float) -> str:
    story.answer(at=at)
    return story.keys("5", at=at)


def test_five_when_somebody_else_has_it_hears_who_and_calls_nobody(story: Story) -> None:
    story.dial().answer()
    story.taken_by_osei(at=6)
    before = story.incident()
    assert "already taken by Doctor Osei" in story.keys("5", at=8)
    assert "already taken by Doctor Osei" in story.keys("5", at=9), "nor when it is told again"
    assert story.incident() == before
    story.desk.step(after(100))
    assert {p.purpose for p in story.pages()} == {"page"}


def test_an_old_question_gives_nothing_back_that_a_doctor_has_taken_over(
    connection: Connection,
) -> None:
    story = Story(connection).press().dial()
    incidents.acknowledge(connection, story.incident_id, DESK, Role.DESK, "web", None, after(10))
    story.dial(10 + 181)
    story.answer("desk", at=200)
    incidents.take_over(connection, story.incident_id, GP, Role.GP, "web", after(205))
    assert "already taken by Doctor Lind" in story.keys("5", "desk", at=210)
    row = story.incident()
    assert (row.status, row.acknowledged_by) == (IncidentStatus.ACKNOWLEDGED, GP)


def test_a_replayed_five_does_not_say_that_people_are_called_who_are_not(story: Story) -> None:
    story.dial().answer()
    assert "Somebody else is being called." in story.keys("5", at=6)
    story.taken_by_osei(at=7)
    said = story.keys("5", at=8)
    assert "Somebody else" not in said
    assert "already taken by Doctor Osei" in said


def test_seven_and_the_digit_acknowledge_and_say_who_goes(story: Story) -> None:
    story.dial().answer()
    assert "you are going there" in story.keys("7{digit}")
    row = story.incident()
    assert (row.status, row.going_by) == (IncidentStatus.ACKNOWLEDGED, GP)


def test_star_repeats_and_changes_nothing(story: Story) -> None:
    story.dial().answer()
    before = (story.incident(), story.pages())
    assert "press 4 and then" in story.keys("*")
    assert before == (story.incident(), story.pages())


def test_zero_connects_only_who_has_acknowledged(story: Story) -> None:
    story.dial().answer()
    assert "<Dial" not in story.keys("0", at=6)
    story.keys("4{digit}", at=8)
    said = story.keys("0", at=10)
    assert "<Dial" in said
    assert "+12025550190" in said


def test_nobody_is_put_through_into_a_threatened_home(story: Story) -> None:
    story.connection.execute(update(incident).values(is_duress=True))
    story.dial().answer()
    said = story.keys("4{digit}")
    assert "do not call the home" in said
    assert "press 0" not in said
    assert "<Dial" not in story.keys("0", at=10)


def test_a_late_press_hears_who_has_it_and_changes_nothing(story: Story) -> None:
    story.dial().answer()
    incidents.acknowledge(
        story.connection, story.incident_id, GP_BACKUP, Role.GP, "web", None, after(7)
    )
    before = story.incident()
    said = story.keys("4{digit}", at=8)
    assert "already taken by Doctor Osei" in said
    assert "Mill Lane" not in said
    assert story.incident() == before
    assert story.page().acknowledged_at is None


def test_whoever_answers_late_hears_who_has_it(story: Story) -> None:
    story.dial()
    incidents.acknowledge(
        story.connection, story.incident_id, GP_BACKUP, Role.GP, "web", None, after(3)
    )
    said = story.answer(at=5)
    assert "already taken by Doctor Osei" in said
    assert "<Gather" not in said


def test_going_there_too_late_hears_who_has_it(story: Story) -> None:
    story.dial().answer()
    incidents.acknowledge(
        story.connection, story.incident_id, GP_BACKUP, Role.GP, "web", None, after(7)
    )
    assert "already taken by Doctor Osei" in story.keys("7{digit}", at=8)
    assert story.page().acknowledged_at is None
    assert story.incident().going_by is None


def test_after_closing_it_says_so(story: Story) -> None:
    story.dial().answer()
    incidents.acknowledge(
        story.connection, story.incident_id, GP_BACKUP, Role.GP, "web", None, after(7)
    )
    incidents.close(story.connection, story.incident_id, GP_BACKUP, Disposition.VISITED, after(8))
    assert "already closed" in story.keys("4{digit}", at=9)


def test_the_family_acknowledging_a_critical_one_stops_only_the_family(story: Story) -> None:
    story.dial().answer("anna")
    said = story.keys("4{digit}", "anna")
    assert "A responder is still being called" in said
    assert "Mill Lane" not in said
    row = story.incident()
    assert (row.status, row.family_acknowledged_by) == (IncidentStatus.OPEN, DAUGHTER)
    for seconds in range(10, 400, 10):
        story.dial(seconds)
    called = [p.address for p in story.pages() if p.status != PageStatus.CANCELLED]
    assert NUMBERS["peter"] not in called
    assert called.count(NUMBERS["osei"]) > 2


def no_longer_a_daughter(story: Story, at: float) -> None:
    story.connection.execute(
        update(relation).where(relation.c.person_id == DAUGHTER).values(valid_until=after(at))
    )


@pytest.mark.parametrize("pressed", ["4{digit}", "7{digit}", "5", "*"])
def test_whoever_was_a_relative_changes_nothing_by_an_old_call(
    connection: Connection, pressed: str
) -> None:
    story = Story(connection).press(slug="bathroom_overstay", variant="toilet", page_at=NOON)
    story.dial().answer("anna", at=5)
    no_longer_a_daughter(story, at=6)
    before = story.incident()
    said = story.keys(pressed, "anna", at=8)
    assert "no longer a contact of this home" in said
    assert "no longer a contact of this home" in story.answer("anna", at=9)
    assert story.incident() == before
    assert story.page("anna").acknowledged_at is None


def test_what_somebody_holds_who_was_a_relative_is_open_again(connection: Connection) -> None:
    story = Story(connection).press(slug="bathroom_overstay", variant="toilet", page_at=NOON)
    story.dial().answer("anna", at=5)
    assert "Margaret Hale" in story.keys("4{digit}", "anna", at=8)
    no_longer_a_daughter(story, at=10)
    assert "Margaret Hale" not in story.keys("4{digit}", "anna", at=12)
    assert story.incident().status == IncidentStatus.OPEN
    assert story.desk.step(after(12)) != [], "others are asked at once"


def test_a_key_press_counts_once_even_after_a_hand_back(story: Story) -> None:
    story.dial().answer()
    story.keys("4{digit}", at=8)
    incidents.hand_back(story.connection, story.incident_id, GP, after(20))
    said = story.keys("4{digit}", at=21)
    assert story.incident().status == IncidentStatus.OPEN, "the replay acknowledges nothing"
    assert "Mill Lane" not in said


@pytest.mark.parametrize("minutes", [14, 60, 24 * 60])
def test_the_token_dies_ten_minutes_after_the_attempt(story: Story, minutes: int) -> None:
    story.dial().answer()
    story.status("completed", at=20)
    alive = story.keys("4{other}", at=20 + 599)
    assert "That was not right" in alive
    with pytest.raises(paging.UnknownAttempt):
        story.keys("4{digit}", at=20 + 60 * minutes)
    assert story.incident().status == IncidentStatus.OPEN


def test_another_calls_id_is_refused(story: Story) -> None:
    story.dial()
    row = story.page()
    with pytest.raises(paging.OtherCall):
        paging.on_keys(
            story.connection, story.tokens[row.id], "CA-other", f"4{row.digit}", 0, LINE, after(3)
        )
    with pytest.raises(paging.UnknownAttempt):
        paging.on_answer(story.connection, "no such token", "CA1", LINE, after(3))


def test_status_callbacks_in_any_order_twice_over_end_the_same(story: Story) -> None:
    story.dial()
    for word in ("completed", "in-progress", "ringing", "initiated", "completed", "ringing"):
        story.status(word)
    assert story.page().status == PageStatus.COMPLETED
    kept = story.connection.execute(
        select(callback.c.status).where(callback.c.page_id == story.page().id)
    ).scalars()
    assert sorted(kept) == ["completed", "in-progress", "initiated", "ringing"]


def test_a_word_we_do_not_know_changes_nothing(story: Story) -> None:
    story.dial()
    assert not story.status("levitating")
    assert story.page().status == PageStatus.QUEUED


def test_no_page_starts_after_the_acknowledgement_is_committed(story: Story) -> None:
    story.desk.step(after(0.1))
    due = paging.due_pages(story.connection, after(0.1), 9)
    incidents.acknowledge(story.connection, story.incident_id, GP, Role.GP, "web", None, after(0.2))
    assert [paging.claim_page(story.connection, d.page_id, after(0.3)) for d in due] == [None] * 4
    assert {p.status for p in story.pages()} == {PageStatus.CANCELLED}
    assert story.desk.step(after(60)) == []


def test_a_country_that_is_not_allowed_is_not_called_and_the_next_one_is(story: Story) -> None:
    story.desk.step(after(0.1))
    due = paging.due_pages(story.connection, after(0.1), 9)
    assert paging.claim_page(story.connection, due[0].page_id, after(0.2), ("+44",)) is None
    assert story.page().status == PageStatus.FAILED
    assert story.incident().next_action_at == after(0.2)


def test_a_crash_between_commit_and_request_is_looked_up_before_anybody_is_called_again(
    story: Story,
) -> None:
    story.desk.step(after(0.1))
    page_id = story.page().id
    assert paging.claim_page(story.connection, page_id, after(0.2)) is not None
    assert paging.claim_page(story.connection, page_id, after(5)) is None, "its lease still runs"
    claimed = paging.claim_page(story.connection, page_id, after(13))
    assert claimed is not None
    assert claimed.todo is Todo.LOOK_UP
    assert claimed.since < after(0.2)
    assert story.page().status == PageStatus.UNKNOWN
    new = paging.record_found(story.connection, page_id, [], after(13), Ids(50), story.desk.secrets)
    again = story.page()
    assert (again.id, again.is_repeat, again.attempt) == (new, True, 1)
    said = story.dial(14).answer(at=15)
    assert story.incident().number in said
    assert "may have been called about this a moment ago" in said


def test_a_call_that_the_provider_did_place_is_adopted_and_not_repeated(story: Story) -> None:
    story.desk.step(after(0.1))
    page_id = story.page().id
    paging.claim_page(story.connection, page_id, after(0.2))
    paging.record_unknown(story.connection, page_id, "no answer in time", after(5))
    assert story.page().status == PageStatus.UNKNOWN
    found = [Found("CA-theirs", "ringing")]
    ids = (Ids(50), story.desk.secrets)
    assert paging.record_found(story.connection, page_id, found, after(6), *ids) is None
    row = story.page()
    assert (row.id, row.status, row.provider_id) == (page_id, PageStatus.RINGING, "CA-theirs")
    assert story.incident().first_page_at == after(6)


def test_a_call_of_another_page_is_not_adopted(story: Story) -> None:
    story.dial()
    mine = story.page("lind")
    story.connection.execute(
        update(page).where(page.c.id == mine.id).values(status=PageStatus.UNKNOWN, ended_at=None)
    )
    others = [Found(story.page("anna").provider_id, "ringing")]
    new = paging.record_found(
        story.connection, mine.id, others, after(20), Ids(50), story.desk.secrets
    )
    assert new is not None
    assert story.page("lind").is_repeat


def test_a_callback_that_overtakes_the_answer_is_believed(story: Story) -> None:
    story.desk.step(after(0.1))
    page_id = story.page().id
    claimed = paging.claim_page(story.connection, page_id, after(0.2))
    assert claimed is not None
    assert paging.on_status(story.connection, claimed.token, "CA7", "ringing", after(0.5))
    row = story.page()
    assert (row.status, row.provider_id, row.sent_at) == (PageStatus.RINGING, "CA7", after(0.5))
    paging.record_unknown(story.connection, page_id, "no answer in time", after(5))
    assert story.page().status == PageStatus.RINGING, "nothing is unknown any more"


def test_too_many_requests_are_tried_again_soon_and_then_the_next_one_is_called(
    story: Story,
) -> None:
    story.desk.step(after(0.1))
    at, secrets = 0.2, story.desk.secrets
    for wait in (1, 3, 8):
        page_id = story.page().id
        paging.claim_page(story.connection, page_id, after(at))
        paging.record_failed(
            story.connection,
            page_id,
            "http 429",
            after(at),
            Ids(100 + wait),
            secrets,
            can_retry=True,
        )
        assert story.page().send_at == after(at + wait)
        assert not story.page().is_repeat, "it was certainly not taken"
        at += wait
    page_id = story.page().id
    paging.claim_page(story.connection, page_id, after(at))
    paging.record_failed(
        story.connection, page_id, "http 429", after(at), Ids(200), secrets, can_retry=True
    )
    assert story.incident().next_action_at == after(at)


def test_a_number_that_does_not_exist_wakes_the_escalation_at_once(story: Story) -> None:
    story.desk.step(after(0.1))
    page_id = story.page().id
    paging.claim_page(story.connection, page_id, after(0.2))
    paging.record_failed(
        story.connection, page_id, "http 400, code 21211", after(0.3), Ids(50),
        story.desk.secrets, can_retry=False,
    )  # fmt: skip
    assert story.incident().next_action_at == after(0.3)
    story.desk.step(after(0.3))
    assert story.page("osei").status == PageStatus.DUE


def test_a_provider_that_does_not_even_tell_lets_the_next_one_be_called(story: Story) -> None:
    story.desk.step(after(0.1))
    page_id = story.page().id
    paging.claim_page(story.connection, page_id, after(0.2))
    paging.record_unknown(story.connection, page_id, "no answer in time", after(5))
    paging.claim_page(story.connection, page_id, after(5))
    paging.postpone_look_up(story.connection, page_id, after(6))
    assert story.incident().next_action_at == after(6)
    assert page_id not in {d.page_id for d in paging.due_pages(story.connection, after(7), 9)}
    assert page_id in {d.page_id for d in paging.due_pages(story.connection, after(8), 9)}


def test_a_call_without_an_end_is_over_after_five_minutes(story: Story) -> None:
    story.dial().answer()
    assert paging.end_silent_calls(story.connection, after(299)) == 0
    assert paging.end_silent_calls(story.connection, after(301)) == 2
    assert story.page().status == PageStatus.NO_ANSWER


def test_everything_is_in_the_audit_and_the_chain_is_whole(story: Story) -> None:
    story.dial().answer()
    story.keys("4{other}")
    story.keys("4{digit}")
    story.status("completed")
    expected = {
        "page_planned", "page_begun", "page_dialling", "page_sent", "paged", "page_status",
        "keys_wrong", "keys", "acknowledged", "page_acknowledged",
    }  # fmt: skip
    assert expected <= set(story.actions())
    assert all(audit.verify(story.connection, c) is None for c in audit.chains(story.connection))


def test_a_follow_up_asks_the_doctor_who_confirms_with_a_key(story: Story) -> None:
    story.dial().answer()
    story.keys("4{digit}", at=8)
    story.dial(8 + 180)
    said = story.answer(at=190)
    assert "Have you spoken with the resident?" in said
    story.keys("4{digit}", at=195)
    assert story.incident().status == IncidentStatus.ACKNOWLEDGED
    story.dial(195)
    assert story.incident().next_action_at > after(400)
    story.dial(8 + 900)
    assert "Is it settled, or who is going there?" in story.answer(at=910)


def test_five_in_a_follow_up_hands_it_back(story: Story) -> None:
    story.dial().answer()
    story.keys("4{digit}", at=8)
    story.dial(190).answer(at=195)
    story.keys("5", at=200)
    assert story.incident().status == IncidentStatus.OPEN
    before = len(story.pages())
    story.dial(200)
    assert len(story.pages()) > before


def test_an_unanswered_follow_up_opens_it_again(story: Story) -> None:
    story.dial().answer()
    story.keys("4{digit}", at=8)
    for seconds in range(180, 500, 5):
        story.dial(seconds)
    assert story.incident().status == IncidentStatus.OPEN
    assert "reopened" in story.actions()


def test_a_medium_one_may_be_closed_by_its_acknowledger_on_the_telephone(
    connection: Connection,
) -> None:
    story = Story(connection).press(slug="water_leak", variant="wet_floor", page_at=NOON)
    story.dial(0.1)
    [first] = story.pages()
    assert first.channel == "sms", "the family is written to first"
    row = story.incident()
    incidents.acknowledge(connection, row.id, DAUGHTER, Role.FAMILY, "web", None, after(60))
    story.dial(60 + 900)
    assert "press 6 and then 1" in story.answer("anna", at=965)
    story.keys("61", "anna", at=970)
    assert story.incident().disposition == Disposition.RESOLVED_BY_PHONE


def test_a_critical_one_is_not_closed_on_the_telephone(story: Story) -> None:
    story.dial().answer()
    story.keys("4{digit}", at=8)
    story.keys("61", at=9)
    assert story.incident().status == IncidentStatus.ACKNOWLEDGED


def test_a_silent_call_is_told_as_critical_and_not_closed_on_the_telephone(
    connection: Connection,
) -> None:
    """A floor was wet, and the question about it was answered with the secret word."""
    story = Story(connection).press(
        slug="water_leak", variant="wet_floor", page_at=NOON, is_duress=True
    )
    assert "Critical: Water leak." in story.dial().answer()
    story.keys("4{digit}", at=8)
    assert "press 6" not in story.dial(8 + 180).answer(at=190)
    story.keys("61", at=195)
    assert story.incident().status == IncidentStatus.ACKNOWLEDGED


def test_duress_never_rings_in_the_family(connection: Connection) -> None:
    story = Story(connection).press(variant="duress", is_duress=True)
    for seconds in range(0, 600, 10):
        story.dial(seconds + 0.1)
    assert {p.role for p in story.pages()} == {"gp", "community", "desk"}


def test_what_became_duress_meanwhile_is_not_told_to_the_family(story: Story) -> None:
    story.desk.step(after(0.1))
    story.connection.execute(update(incident).values(is_duress=True))
    story.dial(0.2)
    assert story.page("anna").status == PageStatus.CANCELLED
    assert story.page("lind").status == PageStatus.QUEUED


def test_a_home_without_a_telephone_is_not_offered(story: Story) -> None:
    story.connection.execute(
        update(household).where(household.c.id == MARGARETS).values(resident_phone=None)
    )
    story.dial().answer()
    assert "press 0" not in story.keys("4{digit}")


def test_a_pin_is_told_and_withdraws_nothing(story: Story) -> None:
    part = dict(story.incident().hub_part) | {"pin_at": after(1).isoformat()}
    story.connection.execute(update(incident).values(hub_part=part))
    assert "entered the own PIN" in story.dial().answer()
    escalation.begin(story.connection, story.incident_id, after(2))
    assert story.incident().status == IncidentStatus.OPEN


def test_a_page_that_lay_through_an_outage_is_dialled_with_a_living_token(story: Story) -> None:
    """Planned, then the worker is away for 20 minutes: the key press must count all the same."""
    story.desk.step(after(0.1))
    twenty_minutes = 20 * 60
    for due in paging.due_pages(story.connection, after(twenty_minutes), 50):
        claimed = paging.claim_page(story.connection, due.page_id, after(twenty_minutes))
        assert claimed is not None
        story.tokens[due.page_id] = claimed.token
        paging.record_sent(story.connection, due.page_id, f"CA-{due.page_id}", after(1201))
    story.answer(at=twenty_minutes + 5)
    story.keys("4{digit}", at=twenty_minutes + 8)
    assert story.incident().status == IncidentStatus.ACKNOWLEDGED


def _two_lost_requests(story: Story) -> tuple[Row[Any], Row[Any]]:
    """Two incidents at once, and of neither request to the doctor the answer came."""
    press(story.connection, 2)
    story.desk.step(after(0.1))
    both = [
        p for p in pages_of(story.connection)
        if (p.address, p.channel) == (NUMBERS["lind"], "voice")
    ]  # fmt: skip
    for row in both:
        claimed = paging.claim_page(story.connection, row.id, after(0.2))
        assert claimed is not None
        story.tokens[row.id] = claimed.token
        paging.record_unknown(story.connection, row.id, "no answer in time", after(5))
    first, second = both
    return first, second


def _now(story: Story, row: Row[Any]) -> Row[Any]:
    return next(p for p in pages_of(story.connection) if p.id == row.id)


def test_nobody_adopts_a_call_that_may_be_another_page_s(story: Story) -> None:
    first, second = _two_lost_requests(story)
    found, ids = [Found("CA-one-of-them", "ringing")], (Ids(50), story.desk.secrets)
    assert paging.record_found(story.connection, first.id, found, after(6), *ids) is None
    assert _now(story, first).provider_id is None
    assert _now(story, first).send_at > after(6), "looked up again"
    assert story.incident().next_action_at <= after(6), "and the next one is called meanwhile"
    paging.on_status(
        story.connection, story.tokens[second.id], "CA-one-of-them", "ringing", after(7)
    )
    assert _now(story, second).provider_id == "CA-one-of-them"
    new = paging.record_found(story.connection, first.id, found, after(8), *ids)
    assert new is not None, "it is the other one's call: this one was never placed"


def test_the_attempt_s_own_token_overrules_what_a_look_up_found(story: Story) -> None:
    story.desk.step(after(0.1))
    row = story.page()
    claimed = paging.claim_page(story.connection, row.id, after(0.2))
    assert claimed is not None
    story.tokens[row.id] = claimed.token
    paging.record_unknown(story.connection, row.id, "no answer in time", after(5))
    found = [Found("CA-of-somebody-else", "completed")]
    paging.record_found(story.connection, row.id, found, after(6), Ids(50), story.desk.secrets)
    assert story.page().status == PageStatus.COMPLETED
    paging.on_answer(story.connection, claimed.token, "CA-mine", LINE, after(8))
    assert (story.page().provider_id, story.page().status) == ("CA-mine", PageStatus.ANSWERED)
    assert "page_call_corrected" in story.actions()
    story.keys("4{digit}", at=9)
    assert story.incident().status == IncidentStatus.ACKNOWLEDGED
    with pytest.raises(paging.OtherCall):
        paging.on_answer(story.connection, claimed.token, "CA-a-third", LINE, after(10))


def test_nobody_is_put_through_while_another_incident_of_the_home_is_a_silent_call(
    story: Story,
) -> None:
    threat = press(story.connection, 2, variant="duress", is_duress=True)
    story.dial().answer()
    said = story.keys("4{digit}")
    assert "press 0" not in said
    assert "do not call the home" in said
    assert "<Dial" not in story.keys("0", at=10)
    incidents.acknowledge(story.connection, threat, GP, Role.GP, "web", None, after(11))
    assert "<Dial" not in story.keys("0", at=12), "not while it is not closed"
    incidents.close(story.connection, threat, GP, Disposition.VISITED, after(13))
    assert not incidents.has_open_duress(story.connection, MARGARETS)
    assert "<Dial" in story.keys("0", at=14)
