"""A press is answered at once and never cancelled; a threatened press makes no sound at all."""

import pytest

from edge_agent.response import Changed, Response
from tests.stories import at, cloud_says, finding, local, only, response, revisions
from vocabulary.identity import successor
from vocabulary.incident import IncidentStatus

PRESSED = finding("sos_call", "pressed")
CALLED = ["say.sos_help_called", "path_light on"]


@pytest.mark.parametrize("variant", ["pressed", "pull_cord"])
def test_help_is_called_at_once_with_a_light_and_no_siren(variant: str) -> None:
    effects = response().on_finding(finding("sos_call", variant), at(0))
    assert isinstance(effects[0], Changed), "the journal comes first"
    assert local(effects) == CALLED
    (incident,) = revisions(effects)
    assert (incident.page_at, incident.check, incident.revision) == (at(0), None, 1)


def test_the_pin_within_20_seconds_is_shown_and_withdraws_nothing() -> None:
    home = response()
    home.on_finding(PRESSED, at(0))
    assert local(home.on_reply("hall", "4711", 1.0, at(20))) == ["say.pin_noted"]
    assert (only(home).pin_at, only(home).withdrawn, only(home).page_at) == (at(20), None, at(0))


@pytest.mark.parametrize(
    ("text", "second"),
    [
        pytest.param("4711", 20.1, id="too late"),
        pytest.param("1234", 5, id="a wrong code"),
        pytest.param("I'm fine", 5, id="fine is no code"),
        pytest.param("", 5, id="nothing said"),
    ],
)
def test_nothing_else_said_changes_anything(text: str, second: float) -> None:
    home = response()
    home.on_finding(PRESSED, at(0))
    assert home.on_reply("hall", text, 1.0, at(second)) == []


def test_pressed_again_it_answers_again_and_resets_nothing() -> None:
    home = response()
    home.on_finding(PRESSED, at(0))
    again = home.on_finding(finding("sos_call", "pressed", 30), at(30))
    assert local(again) == CALLED
    assert (only(home).page_at, len(only(home).findings)) == (at(0), 2)


def helped() -> Response:
    """A press that Doctor Lind has acknowledged."""
    home = response()
    home.on_finding(PRESSED, at(0))
    home.on_incident_state(cloud_says(only(home), IncidentStatus.ACKNOWLEDGED, 1), at(10))
    return home


def test_pressed_again_while_somebody_helps_help_is_called_again() -> None:
    home = helped()
    again = home.on_finding(finding("sos_call", "pressed", 3600), at(3600))
    assert local(again) == CALLED
    assert only(home).page_at == at(3600)
    assert local(home.tick(at(3779))) == []
    assert local(home.tick(at(3780))) == ["say.plan_b 112", "siren on call", "path_light on"]


def test_whoever_takes_it_again_ends_the_wait_for_plan_b() -> None:
    home = helped()
    home.on_finding(finding("sos_call", "pressed", 3600), at(3600))
    anew = cloud_says(only(home), IncidentStatus.ACKNOWLEDGED, 2, acknowledged_at=at(3650))
    assert local(home.on_incident_state(anew, at(3650))) == ["say.helper_acknowledged Doctor Lind"]
    assert local(home.tick(at(9000))) == []


def test_whoever_has_it_and_says_so_again_ends_the_wait_for_plan_b() -> None:
    home = helped()
    home.on_finding(finding("sos_call", "pressed", 3600), at(3600))
    known = cloud_says(only(home), IncidentStatus.ACKNOWLEDGED, 2)
    confirmed = known.model_copy(update={"sent_at": at(3640)})
    said = local(home.on_incident_state(confirmed, at(3640)))
    assert said == ["say.helper_acknowledged Doctor Lind"]
    assert local(home.tick(at(9000))) == []


def test_the_old_acknowledgement_told_again_is_no_answer_to_the_new_press() -> None:
    home = helped()
    home.on_finding(finding("sos_call", "pressed", 3600), at(3600))
    home.on_incident_state(cloud_says(only(home), IncidentStatus.ACKNOWLEDGED, 2), at(3601))
    assert local(home.tick(at(3780)))[:1] == ["say.plan_b 112"]


def test_opened_again_by_the_cloud_the_wait_still_counts_from_the_press() -> None:
    home = helped()
    home.on_finding(finding("sos_call", "pressed", 3600), at(3600))
    home.on_incident_state(cloud_says(only(home), IncidentStatus.OPEN, 2), at(3660))
    assert home.due(at(3661)) == at(3780)
    taken = cloud_says(only(home), IncidentStatus.ACKNOWLEDGED, 3)
    assert local(home.on_incident_state(taken, at(3700))) == ["say.helper_acknowledged Doctor Lind"]


def test_the_same_press_told_again_calls_nobody_anew() -> None:
    home = helped()
    home.on_finding(PRESSED, at(3600))
    assert only(home).is_acknowledged


def test_a_press_after_the_closing_goes_on_under_the_successor() -> None:
    home = response()
    home.on_finding(PRESSED, at(0))
    first = only(home)
    home.on_finding(finding("sos_call", "pressed", 65), at(65))
    closed = cloud_says(first, IncidentStatus.CLOSED, closed_at=at(60))
    effects = home.on_incident_state(closed, at(70))
    assert local(effects) == ["path_light off", *CALLED]
    assert only(home).incident_id == successor(first.incident_id)
    assert [each.at for each in only(home).findings] == [at(65)]
    assert home.due(at(71)) == at(65 + 180)


def test_a_press_before_the_closing_ends_with_it() -> None:
    home = response()
    home.on_finding(PRESSED, at(0))
    closed = cloud_says(only(home), IncidentStatus.CLOSED, closed_at=at(60))
    home.on_incident_state(closed, at(70))
    assert home.open_incidents == {}


def test_duress_does_nothing_in_the_home_and_pages_now() -> None:
    home = response()
    effects = home.on_finding(finding("sos_call", "duress"), at(0))
    assert local(effects) == []
    assert (only(home).is_duress, only(home).page_at) == (True, at(0))
    state = cloud_says(only(home), IncidentStatus.ACKNOWLEDGED)
    assert local(home.on_incident_state(state, at(9))) == []
    assert local(home.tick(at(3600))) == []


def test_duress_never_reaches_plan_b() -> None:
    home = response()
    home.on_finding(finding("sos_call", "duress"), at(0))
    assert home.due(at(1)) is None
    assert home.tick(at(10_000)) == []


def test_duress_stands_apart_from_an_open_press() -> None:
    home = response()
    home.on_finding(PRESSED, at(0))
    assert local(home.on_finding(finding("sos_call", "duress", 9), at(9))) == []
    assert [i.is_duress for i in home.open_incidents.values()] == [False, True]
    assert local(home.on_finding(finding("sos_call", "duress", 99), at(99))) == []
    assert local(home.on_finding(finding("sos_call", "pressed", 100), at(100))) == CALLED
    assert len(home.open_incidents) == 2


def test_the_secret_word_with_nothing_open_opens_a_silent_incident() -> None:
    home = response()
    assert local(home.on_reply("hall", "where is my blue umbrella", 1.0, at(0))) == []
    assert (only(home).variant, only(home).is_duress) == ("duress", True)


def test_the_secret_word_after_a_press_sounds_like_the_pin() -> None:
    with_pin, threatened = response(), response()
    for home in (with_pin, threatened):
        home.on_finding(PRESSED, at(0))
    shown = local(with_pin.on_reply("hall", "4711", 1.0, at(5)))
    assert local(threatened.on_reply("hall", "blue umbrella", 1.0, at(5))) == shown
    assert [i.is_duress for i in threatened.open_incidents.values()] == [False, True]
    assert all(i.pin_at is None for i in threatened.open_incidents.values())
