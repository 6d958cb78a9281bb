"""Sit down and measure again: a good repeat ends it, once; words do not."""

from dataclasses import replace

import pytest

from edge_agent.cross_check import CrossChecked
from edge_agent.detectors.respiratory_abnormal import RespiratoryAbnormal
from edge_agent.engine import Engine
from tests.stories import at, cleared, finding, local, only, response, revisions, seen
from vocabulary.incident import Disposition
from vocabulary.observation import Kind
from vocabulary.risk import Severity

CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH


@pytest.mark.parametrize(
    ("slug", "variant", "said"),
    [
        ("heart_rate_abnormal", "high", "say.heart_rate_check"),
        ("heart_rate_abnormal", "low", "say.heart_rate_check"),
        ("respiratory_abnormal", "spo2_low", "say.oxygen_check"),
        ("respiratory_abnormal", "resp_rate", "say.breathing_check"),
    ],
)
def test_the_resident_is_asked_to_measure_again_and_then_people_are_called(
    slug: str, variant: str, said: str
) -> None:
    hub = response()
    first = local(hub.on_finding(finding(slug, variant, severity=CRITICAL), at(0)))
    assert first == [said]
    spoken = {second: local(hub.tick(at(second))) for second in range(1, 50)}
    assert {second: each for second, each in spoken.items() if each} == {
        20: [said],
        45: ["say.help_called", "path_light on"],
    }
    assert only(hub).page_at == at(45)


@pytest.mark.parametrize(
    ("slug", "variant"), [("heart_rate_abnormal", "high"), ("respiratory_abnormal", "spo2_low")]
)
def test_i_am_fine_is_passed_on_and_ends_nothing(slug: str, variant: str) -> None:
    hub = response()
    hub.on_finding(finding(slug, variant, severity=CRITICAL), at(0))
    assert local(hub.on_reply("hall", "I'm fine", 1.0, at(10))) == ["say.noted"]
    assert only(hub).page_at == at(45)
    assert only(hub).withdrawn is None


def test_what_is_only_high_leaves_two_minutes_to_measure_again() -> None:
    hub = response()
    fast = finding("heart_rate_abnormal", "high", severity=HIGH)
    hub.on_finding(fast, at(0))
    assert only(hub).page_at == at(120)
    (ended,) = revisions(hub.on_finding(cleared(fast, 110), at(110)))
    assert ended.withdrawn is Disposition.RESOLVED_BEFORE_PAGE


def test_when_it_grows_critical_meanwhile_the_page_comes_sooner() -> None:
    hub = response()
    low = finding("respiratory_abnormal", "spo2_low", severity=HIGH)
    hub.on_finding(low, at(0))
    hub.on_finding(replace(low, severity=CRITICAL, at=at(30)), at(30))
    assert (only(hub).severity, only(hub).page_at) == (CRITICAL, at(75))


def test_after_the_page_a_good_repeat_ends_nothing() -> None:
    hub = response()
    low = finding("respiratory_abnormal", "spo2_low", severity=CRITICAL)
    hub.on_finding(low, at(0))
    hub.tick(at(45))
    hub.on_finding(cleared(low, 60), at(60))
    assert only(hub).withdrawn is None
    assert only(hub).cleared_at == at(60)


def test_a_reading_that_swings_in_and_out_is_paged_the_second_time() -> None:
    hub, engine, paged_at = response(), Engine([CrossChecked(RespiratoryAbnormal())]), []
    story = {5 + 30 * n: 88.0 if n % 2 == 0 else 97.0 for n in range(12)}
    for second in range(360):
        found = engine.tick(at(second))
        if second in story:
            found += engine.observe(seen(second, Kind.SPO2, story[second], device="clip"))
        for each in found:
            hub.on_finding(each, at(second))
        hub.tick(at(second))
        paged_at += [
            second
            for each in hub.open_incidents.values()
            if each.page_at == at(second) and each.withdrawn is None
        ]
    assert paged_at == [110], "raised at 10, ended at 40, raised again at 65"
