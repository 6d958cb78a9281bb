"""Still on the floor ten minutes after a fall: everybody is called anew, whoever had it before."""

from dataclasses import replace

import pytest

from edge_agent.response import Closed, HubIncident, Response
from tests.stories import (
    at,
    cleared,
    cloud_says,
    finding,
    local,
    only,
    response,
    revisions,
    seen,
)
from vocabulary.incident import Disposition, IncidentStatus
from vocabulary.observation import Kind
from vocabulary.risk import Cancel
from vocabulary.risks import BY_SLUG

FALL = finding("fall", "hard_fall", 0, device="radar")
LIE = finding("long_lie", "after_fall", 600, since=at(0), device="radar")


def fallen() -> Response:
    """A fall of ten minutes ago; nobody answered the home, and nobody has acknowledged."""
    hub = response()
    hub.on_finding(FALL, at(0))
    for second in range(600):
        hub.tick(at(second))
    return hub


def test_it_belongs_to_the_fall_that_is_open() -> None:
    hub = fallen()
    hub.on_finding(LIE, at(600))
    incident = only(hub)
    assert (incident.slug, [f.slug for f in incident.findings]) == ("fall", ["fall", "long_lie"])


def test_whoever_took_the_fall_has_not_heard_of_it() -> None:
    hub = fallen()
    hub.on_incident_state(cloud_says(only(hub), IncidentStatus.ACKNOWLEDGED), at(120))
    assert only(hub).is_acknowledged
    effects = hub.on_finding(LIE, at(600))
    assert not only(hub).is_acknowledged
    assert only(hub).page_at == at(600)
    assert local(effects) == ["say.help_called", "path_light on"], "the home says so again"


def test_fine_said_before_and_said_again_changes_nothing() -> None:
    hub = response()
    hub.on_finding(FALL, at(0))
    hub.tick(at(0))
    hub.on_reply("hall", "I'm fine", 1.0, at(20))
    hub.on_finding(LIE, at(600))
    hub.on_reply("hall", "I'm fine", 1.0, at(601))
    assert only(hub).withdrawn is None
    assert only(hub).page_at == at(180), "nobody was seen up in three minutes"


def test_a_fall_that_was_closed_by_telephone_does_not_swallow_it() -> None:
    hub = fallen()
    told = cloud_says(
        only(hub), IncidentStatus.CLOSED, closed_at=at(300), disposition=Disposition.FALSE_ALARM
    )
    hub.on_incident_state(told, at(300))
    assert not hub.open_incidents
    effects = hub.on_finding(LIE, at(600))
    assert (only(hub).slug, only(hub).page_at) == ("long_lie", at(600))
    assert local(effects) == ["say.help_called", "path_light on"]


def test_nor_does_one_that_was_cancelled() -> None:
    """Fine, and upright: then the sensor that saw her up was wrong, or she has lain down again."""
    hub = response()
    hub.on_finding(FALL, at(0))
    hub.tick(at(0))
    hub.on_reply("hall", "I'm fine", 1.0, at(20))
    hub.on_observation(seen(0, Kind.MOTION, False, "Hall"), at(30))
    hub.on_observation(seen(30, Kind.MOTION, True, "Hall"), at(30))
    assert only(hub).withdrawn is Disposition.RESIDENT_CANCELLED
    hub.on_finding(LIE, at(600))
    newest = max(hub.open_incidents.values(), key=lambda each: each.opened_at)
    assert (len(hub.open_incidents), newest.slug, newest.withdrawn) == (2, "long_lie", None)


def lying() -> tuple[Response, HubIncident]:
    hub = response()
    hub.on_finding(LIE, at(600))
    return hub, only(hub)


@pytest.mark.parametrize("how", [Disposition.VISITED, Disposition.TO_HOSPITAL])
def test_a_person_who_was_there_ends_it(how: Disposition) -> None:
    hub, incident = lying()
    told = cloud_says(incident, IncidentStatus.CLOSED, closed_at=at(2000), disposition=how)
    effects = hub.on_incident_state(told, at(2000))
    assert not hub.open_incidents
    assert [each.findings for each in effects if isinstance(each, Closed)] == [(LIE,)]


@pytest.mark.parametrize(
    "how",
    [Disposition.RESOLVED_BY_PHONE, Disposition.FALSE_ALARM, Disposition.EMERGENCY_SERVICE, None],
)
def test_nobody_ends_it_from_afar(how: Disposition | None) -> None:
    hub, incident = lying()
    told = cloud_says(incident, IncidentStatus.CLOSED, closed_at=at(700), disposition=how)
    effects = hub.on_incident_state(told, at(700))
    assert only(hub).incident_id != incident.incident_id
    assert (only(hub).slug, only(hub).page_at) == ("long_lie", at(700))
    closed = [each.findings for each in effects if isinstance(each, Closed)]
    assert closed == [()], "it stands, and being seen up can still end it"


def test_what_comes_while_the_visit_is_being_closed_is_another() -> None:
    hub, incident = lying()
    later = replace(LIE, at=at(1990), since=at(1390))
    hub.on_finding(later, at(1990))
    told = cloud_says(
        incident, IncidentStatus.CLOSED, closed_at=at(1980), disposition=Disposition.VISITED
    )
    hub.on_incident_state(told, at(2000))
    assert only(hub).findings == (later,)


def test_seen_up_it_is_over_and_stays_with_whoever_has_it() -> None:
    hub, _ = lying()
    (changed,) = revisions(hub.on_finding(cleared(LIE, 900), at(900)))
    assert (changed.cleared_at, changed.withdrawn) == (at(900), None)


def test_no_word_may_cancel_it() -> None:
    assert BY_SLUG["long_lie"].cancel is Cancel.NEVER
    assert [card.slug for card in BY_SLUG.values() if card.ends_on_site] == ["long_lie"]
