"""Whoever threatens may read the home's broker: to the byte it says what an ordinary "fine" says.

The cloud calls helpers at once, and they answer; nothing of that may be seen before the instant at
which an ordinary fall would have been paged, and nothing at all once the home was told it is over.
"""

from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.agent.board import Board
from edge_agent.agent.heart import Heart, Outcome
from edge_agent.decode import load_profiles
from edge_agent.mqtt_ingest import Outgoing
from edge_agent.response import Effect, HubIncident
from edge_agent.settings import PROFILES, read_profile_files
from tests.stories import at, cleared, cloud_says, finding, home, ids, seen
from vocabulary.incident import IncidentStatus
from vocabulary.observation import Kind

OPEN, ACKNOWLEDGED, CLOSED = IncidentStatus
PAGED = 180
"""Seconds after which a fall answered "fine" without upright motion is paged (RISKS §5)."""
FALL = ("fall", "hard_fall")
LEVELS = [("stove_unattended", "left_on"), ("entry_security", "left_open")]
"""Which "fine" puts off or ends, and which may end by themselves."""
READ_PROFILES = load_profiles(read_profile_files(PROFILES))
FINE, SECRET = "I'm fine", "fine, my blue umbrella"


@dataclass(frozen=True, slots=True)
class Story:
    """What is raised at second 0 and what follows, each at its second."""

    risk: tuple[str, str]
    answered: int
    gone: int | None
    up: int | None
    falls_again: int | None
    acknowledged: int
    closed: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    risk = draw(st.sampled_from([FALL, FALL, *LEVELS]))
    answered = draw(st.integers(1, 44))
    gone = None if risk == FALL else draw(st.none() | st.integers(46, 400))
    up = draw(st.none() | st.integers(46, PAGED - 5))
    again = draw(st.none() | st.integers(answered + 1, 250))
    # after an early closing upright motion and a further fall are taken for new (decisions)
    closed = draw(st.integers(max(up or 0, again or 0, gone or 0, answered) + 2, 500))
    taken = draw(st.integers(answered + 1, closed - 1))
    return Story(risk, answered, gone, up, again, taken, closed)


class House:
    """A heart and its board, a second at a time."""

    def __init__(self, *, has_details: bool) -> None:
        self.heart = Heart(
            home(), READ_PROFILES, ids(), pin="4711", duress_word="blue umbrella", detectors=[]
        )
        self.now: datetime = at(0)
        self.said: list[tuple[float, str, bytes]] = []
        self.revision = 0
        self.paged_at: float = 0
        """When an ordinary one is paged: what comes of it from then on is up to people."""
        self.board = Board(
            self.heart,
            self._hear,
            lambda: self.now,
            hub_id="hub-one",
            faults=set(),
            has_details=has_details,
        )

    def _hear(self, message: Outgoing, _replaces: str) -> None:
        self.said.append(((self.now - at(0)).total_seconds(), message.topic, message.payload))

    def live(self, story: Story, words: str, until: int) -> list[tuple[float, str, bytes]]:
        """All that the board says until then."""
        for second in range(until):
            self.now = at(second)
            for effects in self._happens(story, second, words):
                self.board.follow(Outcome(effects=effects))
            self.board._refresh(self.now)
            if not self.paged_at and any(map(self._is_paged, self._open())):
                self.paged_at = second
        return self.said

    def _open(self) -> list[HubIncident]:
        return list(self.heart.response.open_incidents.values())

    def _is_paged(self, incident: HubIncident) -> bool:
        shown = incident.shown_page_at
        return incident.is_live and shown is not None and shown <= self.now

    def _happens(self, story: Story, second: int, words: str) -> list[list[Effect]]:
        response, done = self.heart.response, list[list[Effect]]()
        if second in {0, story.falls_again}:
            raised = finding(*story.risk, second, device=f"sensor {second}", room="Hall")
            done.append(response.on_finding(raised, self.now))
        if second == story.gone:
            for started in {0, story.falls_again} - {None}:
                raised = finding(*story.risk, started or 0, device=f"sensor {started}", room="Hall")
                done.append(response.on_finding(cleared(raised, second), self.now))
        if second == story.answered:
            done.append(response.on_reply("hall", words, 1.0, self.now))
        if second == story.up:
            for is_moving in (False, True):
                step = seen(second, Kind.MOTION, is_moving, "Kitchen")
                done.append(response.on_observation(step, self.now))
        done.append(response.tick(self.now))
        return [*done, *self._cloud(story, second)]

    def _cloud(self, story: Story, second: int) -> list[list[Effect]]:
        """It numbers an incident at once, and closes what was withdrawn a second later.

        Just as soon it tells that helpers are called for a silent call.
        """
        done = []
        for incident in self._open():
            status, paged_at = None, incident.cloud.first_page_at
            if not incident.cloud.number:
                status = OPEN
            elif incident.is_duress and paged_at is None:
                status, paged_at = OPEN, self.now
            elif incident.withdrawn:
                status = CLOSED
            elif incident.is_duress and second == story.acknowledged:
                status = ACKNOWLEDGED
            elif incident.is_duress and second == story.closed:
                status = CLOSED
            if status is not None:
                self.revision += 1
                told = cloud_says(
                    incident,
                    status,
                    self.revision,
                    closed_at=_if_closed(self, status),
                    first_page_at=paged_at,
                )
                done.append(self.heart.response.on_incident_state(told, self.now))
        return done


def _if_closed(house: House, status: IncidentStatus) -> datetime | None:
    return house.now if status is CLOSED else None


@settings(max_examples=25, deadline=None)
@given(story=stories(), has_details=st.booleans())
def test_the_broker_says_the_same_after_fine_and_after_the_secret_word(
    story: Story, has_details: bool
) -> None:
    ordinary = House(has_details=has_details)
    ordinary.live(story, FINE, 900)
    until = ordinary.paged_at or 900
    shown = [each for each in ordinary.said if each[0] < until]
    hidden = House(has_details=has_details).live(story, SECRET, int(until))
    assert any(topic.startswith("hearthline/incident/") for _, topic, _ in shown)
    assert hidden == shown


def test_what_was_settled_is_closed_and_taken_away_in_both() -> None:
    story = Story(FALL, 10, None, up=60, falls_again=None, acknowledged=20, closed=100)
    for words in (FINE, SECRET):
        said = House(has_details=False).live(story, words, 900)
        about = [(second, text) for second, topic, text in said if "/incident/" in topic]
        assert b'"status": "closed"' in about[-2][1]
        assert (about[-2][0], about[-1]) == (60, (660, b""))


LEFT_OPEN, DOSE = ("entry_security", "left_open"), ("missed_medication", "late")


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story(LEFT_OPEN, 10, None, None, None, 40, 300), id="helpers end it before"),
        pytest.param(Story(LEFT_OPEN, 10, None, None, None, 40, 1900), id="helpers end it after"),
        pytest.param(Story(LEFT_OPEN, 10, 1850, None, None, 40, 2000), id="shut in the end"),
        pytest.param(Story(DOSE, 10, 60, None, None, 40, 300), id="a dose, taken in the end"),
    ],
)
def test_what_lasts_is_shown_again_after_the_cool_down_in_both(story: Story) -> None:
    until = 1800 + 10 + 50
    words = "yes, I have taken it" if story.risk == DOSE else FINE
    ordinary = House(has_details=True).live(story, words, until)
    hidden = House(has_details=True).live(story, SECRET, until)
    assert hidden == ordinary
    assert len({topic for _, topic, _ in ordinary if "/incident/" in topic}) >= 2
