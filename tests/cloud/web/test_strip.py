"""The day before an incident, drawn in the home's own time."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cloud.messages import tongue
from cloud.triage.evidence import Evidence, PageMark, Past, day_strip, next_mark, read_past
from cloud.triage.strip import Lane, Mark, Stretch, Strip, Vital, draw, local_hours, rows
from tests.cloud.web.world import NOW
from vocabulary.wire import EpisodePart, VitalPart

H = timedelta(hours=1)


def strip(*lanes: Lane, vitals: tuple[Vital, ...] = ()) -> Strip:
    return Strip(NOW - 24 * H, NOW, "Europe/London", NOW - H, lanes, vitals)


def test_a_stay_of_a_quarter_day_takes_a_quarter_of_the_width() -> None:
    drawn = draw(strip(Lane("Kitchen", "room", (Stretch(NOW - 12 * H, NOW - 6 * H),))), "day")
    assert 'class="room" x="50.000%" width="25.000%"' in drawn


@pytest.mark.parametrize(
    ("stretch", "x", "width"),
    [
        pytest.param(Stretch(NOW - 30 * H, NOW - 18 * H), 0, 25, id="began before the window"),
        pytest.param(Stretch(NOW - 6 * H, None), 75, 25, id="still there"),
        pytest.param(Stretch(NOW - H, NOW - H), 95.833, 0.35, id="an instant is still a line"),
    ],
)
def test_a_stretch_is_cut_at_the_edges(stretch: Stretch, x: float, width: float) -> None:
    drawn = draw(strip(Lane("Kitchen", "room", (stretch,))), "day")
    assert f'class="room" x="{x:.3f}%" width="{width:.3f}%"' in drawn


def test_what_lies_outside_the_window_is_not_drawn() -> None:
    lane = Lane("Kitchen", "room", (Stretch(NOW - 40 * H, NOW - 30 * H),), (Mark(NOW + H, "x"),))
    drawn = draw(strip(lane), "day")
    assert 'class="room"' not in drawn


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(datetime(2026, 3, 29, tzinfo=UTC), 25, id="an hour is skipped"),
        pytest.param(datetime(2026, 10, 25, tzinfo=UTC), 25, id="an hour comes twice"),
    ],
)
def test_a_day_on_which_the_clocks_change_has_24_true_hours(day: datetime, hours: int) -> None:
    marks = list(local_hours(day, day + 24 * H, "Europe/London"))
    assert len(marks) == hours
    assert len({at for at, _ in marks}) == hours


def test_a_zone_that_is_a_quarter_off_still_has_full_hours() -> None:
    marks = list(local_hours(NOW - 24 * H, NOW, "Asia/Kathmandu"))
    assert {local.minute for _, local in marks} == {0}


def test_one_reading_of_a_vital_sign_is_a_point() -> None:
    drawn = draw(strip(vitals=(Vital("Heart rate", "1/min", ((NOW - H, 96.0),)),)), "day")
    assert 'class="vital" cx="95.833%"' in drawn


def test_no_line_is_drawn_through_hours_in_which_nothing_was_measured() -> None:
    hours = (9.0, 8.5, 8.0, 3.0, 1.0, 0.5)
    pulse = Vital("Heart rate", "1/min", tuple((NOW - h * H, 60.0 + h) for h in hours))
    drawn = draw(strip(vitals=(pulse,)), "day")
    lines = re.findall(r'<polyline class="vital" points="([^"]*)"', drawn)
    assert [len(line.split()) for line in lines] == [3, 1, 2]
    assert re.findall(r'<circle class="vital" cx="([^"]*)"', drawn) == ["87.500%", "97.917%"]


def test_names_from_the_home_cannot_break_out() -> None:
    lane = Lane("x", "reply", marks=(Mark(NOW - H, '</title><script>alert("x")</script>'),))
    drawn = draw(strip(lane), '"><script>')
    assert "<script>" not in drawn


def test_the_table_says_the_same_in_order_of_time() -> None:
    kitchen = Lane("Kitchen", "room", (Stretch(NOW - 2 * H, NOW - H),))
    pulse = Vital("Heart rate", "1/min", ((NOW - 3 * H, 61.0),))
    said = [(row.label, row.text) for row in rows(strip(kitchen, vitals=(pulse,)))]
    assert said == [("Heart rate", "61 1/min"), ("Kitchen", "")]


def test_the_room_last_used_stands_on_top() -> None:
    past = Past(
        (
            EpisodePart(what="stay", place="Kitchen", since=NOW - 3 * H, until=NOW - 2 * H),
            EpisodePart(what="bed", place="Bed", since=NOW - 9 * H, until=NOW - 4 * H),
            EpisodePart(what="stay", place="Hall", since=NOW - H),
        ),
        (VitalPart(at=NOW - H, what="spo2", value=95, unit="%"),),
    )
    evidence = Evidence(past, None, (PageMark(NOW, "Dr Lind", "ringing"),), NOW, "Europe/London")
    made = day_strip(evidence, next_mark(NOW), tongue("en"))
    assert [lane.label for lane in made.lanes] == ["Hall", "Kitchen", "In bed", "Calls"]
    assert made.lanes[-1].marks[0].text == "Dr Lind: ringing"
    assert made.until == datetime(2026, 3, 5, 3, 15, tzinfo=UTC)


def test_a_door_is_named_by_what_it_is_and_a_room_by_its_own_name() -> None:
    episodes = tuple(
        EpisodePart(what="open", place=place, since=NOW - H, until=NOW)
        for place in ("front_door", "Bathroom")
    )
    evidence = Evidence(Past(episodes), None, (), NOW, "Europe/London")
    for language, front in (("en", "Front door"), ("zh_CN", "大门")):
        labels = {lane.label for lane in day_strip(evidence, NOW, tongue(language)).lanes}
        assert labels >= {front, "Bathroom"}


def test_a_history_of_a_newer_program_is_left_out_not_fatal() -> None:
    assert read_past({"episodes": [{"what": "levitation"}]}) == Past()
