"""A hub that was restarted protects at once; those who join it later are not seen to be late."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from edge_agent.agent.heart import Heart
from edge_agent.agent.joining import NOTE, unasked_since
from edge_agent.agent.start import load_profiles_from
from edge_agent.coverage import State
from edge_agent.detectors import all_detectors
from edge_agent.detectors.missed_medication import MissedMedication
from tests.edge_agent.thrower import Thrower
from tests.stories import at, finding, home, ids, play, seen
from vocabulary.finding import Finding, FindingState
from vocabulary.home import Dose
from vocabulary.observation import Kind, Observation

PROFILES = Path(__file__).parents[3] / "device_profiles"
LEAK = "0x00000000000000b1"
SENSOR = (
    b'[{"ieee_address":"0x00000000000000b1","friendly_name":"leak","type":"EndDevice",'
    b'"supported":true,"definition":{"vendor":"Plain","model":"LEAK","description":"Leak sensor",'
    b'"exposes":[{"type":"binary","name":"water_leak","property":"water_leak","access":1,'
    b'"value_on":true,"value_off":false}]}}]'
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a journal held, and which kinds it was asked for."""

    held: Sequence[Observation] = ()
    asked: list[Collection[Kind]] = field(default_factory=list)

    def readings(self, kinds: Collection[Kind]) -> Iterator[Observation]:
        self.asked.append(kinds)
        return (each for each in self.held if each.kind in kinds)

    def last_words(self, besides: Collection[Kind]) -> Iterator[Observation]:
        return (each for each in self.held if each.kind not in besides)


class _LeakThrower(Thrower):
    """A recogniser of leaks with a fault in it."""

    slug: ClassVar[str] = "water_leak"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.WATER_LEAK})


def _heart(*held: Observation, started: float, raised: Sequence[Finding] = ()) -> Heart:
    """A hub's heart that has gone ahead at that second."""
    heart = Heart(home(), load_profiles_from(PROFILES), ids())
    heart.take("zigbee2mqtt/bridge/devices", SENSOR, at(started), retained=True)
    heart.go_ahead(Rows(held), at(started))
    heart.remember(raised, [])
    heart.tick(at(started))
    return heart


def _join(heart: Heart, second: float) -> list[Finding]:
    for _ in heart.catch_up(2):
        continue
    return heart.join(at(second)).findings


def _wet(second: float) -> Observation:
    return seen(second, Kind.WATER_LEAK, True, "Kitchen", device=LEAK)


def _smoke(second: float) -> Observation:
    return seen(second, Kind.SMOKE, True, "Kitchen")


def test_smoke_is_raised_at_the_start_a_leak_once_the_others_have_joined() -> None:
    heart = Heart(home(), load_profiles_from(PROFILES), ids())
    heart.go_ahead(Rows([_wet(0), _smoke(1)]), at(40))
    assert [each.slug for each in heart.tick(at(40)).findings] == ["smoke_fire"]
    (leak,) = _join(heart, 41)
    assert (leak.slug, leak.since, leak.at) == ("water_leak", at(0), at(40))


def test_a_leak_that_begins_while_the_others_are_behind_is_raised_on_time() -> None:
    heart = _heart(started=0)
    outcome = heart.take("zigbee2mqtt/leak", b'{"water_leak":true}', at(1), retained=False)
    assert [each.kind for each in outcome.observations] == [Kind.WATER_LEAK]
    assert heart.tick(at(31)).findings == []
    (leak,) = _join(heart, 33)
    assert (leak.slug, leak.since, leak.at) == ("water_leak", at(1), at(31))
    heart.take("zigbee2mqtt/leak", b'{"water_leak":false}', at(40), retained=False)
    assert [each.state for each in heart.tick(at(50)).findings] == [FindingState.CLEARED]


def test_whoever_says_that_the_tablet_is_taken_is_heard_by_the_late_as_well() -> None:
    def a_minute_past_nine() -> MissedMedication:
        return MissedMedication((Dose(name="tablet", at=time(9, 1)),), ZoneInfo("UTC"))

    story = [seen(-3700, Kind.OPEN, False, "Hall", guards="front_door")]
    (late,) = play(a_minute_past_nine, story, 60)
    heart = Heart(home(), load_profiles_from(PROFILES), ids(), detectors=[a_minute_past_nine()])
    heart.go_ahead(Rows(story), at(70))
    heart.remember([late], [])
    heart.response.on_finding(late, at(70))
    (said,) = heart.hear("kitchen", "I have taken them", 1.0, at(72)).observations
    assert said.kind is Kind.MEDICATION_TAKEN
    assert [each.state for each in _join(heart, 73)] == [FindingState.CLEARED]


def test_what_was_raised_before_the_restart_is_not_raised_again() -> None:
    raised = finding("water_leak", "wet_floor", 0, device=LEAK)
    heart = _heart(_wet(0), started=60, raised=[raised])
    assert _join(heart, 61) == []
    heart.take("zigbee2mqtt/leak", b'{"water_leak":false}', at(70), retained=False)
    (gone,) = heart.tick(at(90)).findings
    assert gone.since == at(0)


def test_once_they_have_joined_they_are_asked_with_the_others() -> None:
    heart = _heart(started=0)
    assert _join(heart, 1) == []
    assert heart.behind is None
    heart.take("zigbee2mqtt/leak", b'{"water_leak":true}', at(2), retained=False)
    assert [each.slug for each in heart.tick(at(32)).findings] == ["water_leak"]
    assert list(heart.catch_up(2)) == []
    assert heart.join(at(33)).findings == []


def test_a_late_recogniser_that_throws_is_owned_up_to_before_and_after_it_joins() -> None:
    leak_free = [each for each in all_detectors(home()) if each.slug != "water_leak"]
    heart = Heart(
        home(), load_profiles_from(PROFILES), ids(), detectors=[*leak_free, _LeakThrower()]
    )
    heart.go_ahead(Rows([_wet(0)]), at(1))
    assert heart.failing() == []
    list(heart.catch_up(5))
    assert heart.failing() == ["water_leak"]
    light = next(one for one in heart.lights(at(2)) if one.slug == "water_leak")
    assert (light.state, light.reason) == (State.BLIND, "detector_failed")


def test_only_what_somebody_listens_for_is_read() -> None:
    rows = Rows()
    heart = Heart(home(), load_profiles_from(PROFILES), ids())
    heart.go_ahead(rows, at(0))
    first, others = rows.asked
    assert Kind.SMOKE in first
    assert Kind.HUMIDITY in others
    assert Kind.HUMIDITY not in first
    assert not {Kind.LINK_QUALITY, Kind.READING} & {*first, *others}


HORIZON, NOW = at(0), at(3600)


def test_whoever_was_asked_until_the_end_is_asked_from_now_on() -> None:
    assert unasked_since({}, HORIZON, NOW) == NOW
    assert unasked_since({NOTE: ""}, HORIZON, NOW) == NOW


def test_whoever_had_not_joined_is_asked_since_then_but_not_beyond_the_past() -> None:
    assert unasked_since({NOTE: at(60).isoformat()}, HORIZON, NOW) == at(60)
    assert unasked_since({NOTE: at(-60).isoformat()}, HORIZON, NOW) == HORIZON
    assert unasked_since({NOTE: at(7200).isoformat()}, HORIZON, NOW) == NOW


def test_a_note_that_makes_no_sense_asks_nobody_about_the_past() -> None:
    assert unasked_since({NOTE: "yesterday"}, HORIZON, NOW) == NOW
    assert unasked_since({NOTE: "2026-03-02T09:00:00"}, HORIZON, NOW) == NOW
