"""What "fine" has called off is asked about again while it lasts; so is what the secret word has.

Whoever threatens the resident stays for hours: a home that asks again after "fine", and never after
the secret word, would tell them which it was.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from edge_agent.response import Closed, HubIncident, Response
from tests.stories import at, cleared, cloud_says, finding, home, ids, local, only
from vocabulary.incident import IncidentStatus
from vocabulary.risks import BY_SLUG

OPEN, ACKNOWLEDGED, CLOSED = IncidentStatus
LEFT_OPEN = finding("entry_security", "left_open", room="Hall")
COOL_DOWN = BY_SLUG["entry_security"].cool_down // timedelta(seconds=1)
FINE, SECRET = "I'm fine", "fine, my blue umbrella"
ANSWERED, TOLD = 10, 12
"""Seconds at which the resident speaks, and at which the cloud has heard of it."""


@dataclass(frozen=True)
class Story:
    """A door that stands open, and what follows after the answer."""

    shut: int | None = None
    helper_closes: int | None = None
    """Only a silent call has one: an ordinary one was called off."""
    restarts: int | None = None
    second_words: str = ""
    """What the resident says when asked again."""


class House:
    """Asks at once, is answered, and hears of the cloud."""

    def __init__(self) -> None:
        self.response = Response(home(), BY_SLUG, ids(), "4711", "blue umbrella")
        self.revision = 0

    def lives(self, story: Story, words: str, until: int) -> dict[int, list[str]]:
        """What the home did, by second, where it did something."""
        done: dict[int, list[str]] = {}
        seconds = {0, ANSWERED, TOLD, 300, story.shut, story.helper_closes, story.restarts}
        after = range(TOLD, until)
        seconds |= {s for s in after if s % 60 == 0 or s % COOL_DOWN < 90}
        for second in sorted(s for s in seconds if s is not None):
            if said := self._second(story, second, words):
                done[second] = said
        return done

    def _second(self, story: Story, second: int, words: str) -> list[str]:
        hub, now = self.response, at(second)
        said: list[str] = []
        if second == 0:
            said += local(hub.on_finding(LEFT_OPEN, now))
        if second == ANSWERED:
            said += local(hub.on_reply("hall", words, 1.0, now))
        if second == COOL_DOWN + ANSWERED + 5 and story.second_words:
            said += local(hub.on_reply("hall", story.second_words, 1.0, now))
        if second == story.shut:
            said += local(hub.on_finding(cleared(LEFT_OPEN, second), now))
        if second == story.restarts:
            said += self._restarts(second)
        said += local(hub.tick(now))
        return said + self._cloud(story, second)

    def _cloud(self, story: Story, second: int) -> list[str]:
        """It pages for a silent call at once, and closes what was called off."""
        said = []
        for incident in list(self.response.open_incidents.values()):
            status = None
            if incident.withdrawn and not incident.is_ended:
                status = CLOSED if second >= TOLD else None
            elif incident.is_duress and second == TOLD:
                status = OPEN
            elif incident.is_duress and second == 300:
                status = ACKNOWLEDGED
            elif incident.is_duress and second == story.helper_closes:
                status = CLOSED
            if status is not None:
                said += self._hears(incident, status, second)
        return said

    def _hears(self, incident: HubIncident, status: IncidentStatus, second: int) -> list[str]:
        self.revision += 1
        closed_at = at(second) if status is CLOSED else None
        told = cloud_says(incident, status, self.revision, closed_at=closed_at)
        return local(self.response.on_incident_state(told, at(second)))

    def _restarts(self, second: int) -> list[str]:
        stored = [HubIncident.from_json(i.to_json()) for i in self.response.open_incidents.values()]
        numbers = ids()
        for _ in range(3):  # those of before are never given again
            numbers(at(0))
        self.response = Response(home(), BY_SLUG, numbers, "4711", "blue umbrella")
        return local(self.response.restore(stored, at(second)))


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story(), id="it lasts"),
        pytest.param(Story(shut=600), id="shut before the cool-down has passed"),
        pytest.param(Story(shut=COOL_DOWN + 40), id="shut after it was asked about again"),
        pytest.param(Story(helper_closes=900), id="helpers end it before"),
        pytest.param(Story(helper_closes=COOL_DOWN + 30), id="helpers end it after"),
        pytest.param(Story(restarts=700), id="the hub starts anew before"),
        pytest.param(Story(restarts=COOL_DOWN + 50), id="the hub starts anew after"),
        pytest.param(Story(second_words=FINE), id="fine a second time"),
        pytest.param(Story(second_words=FINE, shut=COOL_DOWN + 85), id="fine again, and then shut"),
    ],
)
def test_under_threat_the_home_asks_again_when_it_would_after_fine(story: Story) -> None:
    until = 2 * COOL_DOWN + 400
    ordinary = House().lives(story, FINE, until)
    threatened = House().lives(story, SECRET, until)
    assert threatened == ordinary
    is_shut_early = story.shut is not None and story.shut < COOL_DOWN
    assert (ANSWERED + COOL_DOWN in ordinary) is not is_shut_early


def test_the_secret_word_may_be_said_again_and_calls_again() -> None:
    house = House()
    house.lives(Story(second_words=SECRET), SECRET, COOL_DOWN + 100)
    first, second = house.response.open_incidents.values()
    assert first.is_duress
    assert second.is_duress
    assert second.page_at == at(COOL_DOWN + ANSWERED + 5)


def test_helpers_keep_the_silent_call_while_the_home_asks_again() -> None:
    house = House()
    house.lives(Story(), SECRET, COOL_DOWN + 40)
    silent, asked = house.response.open_incidents.values()
    assert (silent.is_duress, silent.is_ended, silent.page_at) == (True, False, at(ANSWERED))
    assert (asked.is_duress, asked.opened_at) == (False, at(COOL_DOWN + ANSWERED))


def test_when_they_end_it_afterwards_what_is_asked_about_stays() -> None:
    house = House()
    house.lives(Story(), SECRET, COOL_DOWN + 40)
    silent, asked = house.response.open_incidents.values()
    told = cloud_says(silent, CLOSED, 100, closed_at=at(COOL_DOWN + 50))
    effects = house.response.on_incident_state(told, at(COOL_DOWN + 50))
    assert [each.findings for each in effects if isinstance(each, Closed)] == [()]
    assert only(house.response).incident_id == asked.incident_id


def test_without_the_cloud_neither_is_asked_about_again() -> None:
    """What was called off is over only when the cloud has said so."""
    for words in (FINE, SECRET):
        hub = Response(home(), BY_SLUG, ids(), "4711", "blue umbrella")
        hub.on_finding(LEFT_OPEN, at(0))
        hub.on_reply("hall", words, 1.0, at(ANSWERED))
        assert local(hub.tick(at(COOL_DOWN + 100))) == []
        status = OPEN if words == SECRET else CLOSED
        told = cloud_says(only(hub), status, 1, closed_at=at(COOL_DOWN + 200))
        effects = hub.on_incident_state(told, at(COOL_DOWN + 200))
        assert local(effects) == ["say.left_open_check"]
