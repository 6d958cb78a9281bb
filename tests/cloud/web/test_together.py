"""Vital signs are added up as of the newest reading; nothing fresh, nothing to add up."""

from datetime import datetime, timedelta

from cloud.triage.evidence import Past
from cloud.triage.together import Together, together
from tests.cloud.web.world import NOW
from vocabulary.home import read_home
from vocabulary.wire import VitalPart

HOME = '[home]\nzone = "Europe/London"\norganisation = "north"\narea = "SW4"\n'
SCALE_2 = '[clinical]\nby = "Dr Ana Lind"\nsigned_at = 2026-03-01\nspo2_scale = 2\n'
OXYGEN = '[resident]\nflags = ["oxygen_device"]\n'


def past(minutes: float = 0, **signs: float) -> Past:
    at = NOW - timedelta(minutes=minutes)
    return Past((), tuple(VitalPart(at=at, what=w, value=v) for w, v in signs.items()))


def reckoned(told: Past, opened_at: datetime = NOW, home: str = HOME) -> Together:
    found = together(told, read_home(home), opened_at)
    assert found is not None
    return found


def test_too_few_signs_have_no_total() -> None:
    found = reckoned(past(spo2=90.0, heart_rate=60.0))
    assert found.score.total is None
    assert not found.is_urgent
    assert not found.is_emergency
    assert [row.points for row in found.rows] == [None, 3, None, 0, None]


def test_by_the_scale_and_the_oxygen_of_this_resident() -> None:
    signs = past(spo2=90.0, heart_rate=60.0, bp_systolic=130.0, body_temperature=37.0)
    assert reckoned(signs).score.total == 3
    assert reckoned(signs).is_urgent
    second = reckoned(signs, home=HOME + OXYGEN + SCALE_2)
    assert (second.scale, second.on_oxygen, second.score.total) == (2, True, 2)
    assert not second.is_urgent


def test_a_repeat_after_the_opening_counts() -> None:
    opened_at = NOW - timedelta(minutes=30)
    before, after = past(31, spo2=88.0), past(5, spo2=97.0)
    found = reckoned(Past((), before.vitals + after.vitals), opened_at)
    (oxygen,) = found.score.parts
    assert (oxygen.value, found.as_of) == (97.0, NOW - timedelta(minutes=5))


def test_nothing_fresh_is_nothing_to_add_up() -> None:
    assert together(Past(), None, NOW) is None
    assert together(past(61, spo2=90.0), None, NOW) is None
    assert together(past(weight=70.0), None, NOW) is None
