"""A day as a responder sees it: where, since when, until when."""

from datetime import timedelta

from edge_agent.episodes import KEPT, Episode, Episodes
from tests.stories import START, at, seen
from vocabulary.observation import Kind, Observation


def lived(*readings: Observation, until: float = 86400) -> list[Episode]:
    episodes = Episodes()
    for each in readings:
        episodes.observe(each)
    return episodes.between(START, at(until))


def motion(second: float, room: str, value: bool = True, **also: bool) -> Observation:
    return seen(second, Kind.MOTION, value, room, **also)


def test_a_stay_ends_when_movement_begins_elsewhere() -> None:
    assert lived(motion(0, "Kitchen"), motion(300, "Hall")) == [
        Episode("stay", "Kitchen", at(0), at(300)),
        Episode("stay", "Hall", at(300)),
    ]


def test_a_stay_whose_sensor_went_quiet_ends_where_it_was_last_seen() -> None:
    assert lived(motion(0, "Kitchen"), motion(60, "Kitchen", False), motion(300, "Hall"))[0] == (
        Episode("stay", "Kitchen", at(0), at(60))
    )


def test_back_within_ten_minutes_is_the_same_stay() -> None:
    readings = (motion(0, "Kitchen"), motion(60, "Kitchen", False), motion(600, "Kitchen"))
    assert lived(*readings) == [Episode("stay", "Kitchen", at(0))]


def test_back_after_an_hour_is_another_stay() -> None:
    readings = (motion(0, "Kitchen"), motion(60, "Kitchen", False), motion(3600, "Kitchen"))
    assert lived(*readings) == [
        Episode("stay", "Kitchen", at(0), at(60)),
        Episode("stay", "Kitchen", at(3600)),
    ]


def test_a_quiet_room_is_shown_until_it_was_last_seen() -> None:
    assert lived(motion(0, "Kitchen"), motion(60, "Kitchen", False)) == [
        Episode("stay", "Kitchen", at(0), at(60))
    ]


def test_one_of_two_sensors_still_seeing_somebody_is_a_running_stay() -> None:
    other = seen(30, Kind.PRESENCE, True, "Kitchen")
    assert lived(motion(0, "Kitchen"), other, motion(60, "Kitchen", False)) == [
        Episode("stay", "Kitchen", at(0))
    ]


def test_what_begins_nothing() -> None:
    assert (
        lived(
            motion(0, "Kitchen", is_found=True),
            motion(1, ""),
            motion(2, "Kitchen", False),
            seen(3, Kind.MOTION, None, "Kitchen"),
            seen(4, Kind.OPEN, True, "Hall", is_found=True),
            seen(5, Kind.OPEN, False, "Hall"),
            seen(6, Kind.HUMIDITY, 50.0),
        )
        == []
    )


def test_a_quiet_sensor_of_the_room_that_saw_nobody_changes_nothing() -> None:
    other = seen(90, Kind.PRESENCE, False, "Kitchen")
    assert lived(motion(0, "Kitchen"), motion(60, "Kitchen", False), other)[0].until == at(60)


def test_doors_beds_and_mains_have_their_place() -> None:
    assert lived(
        seen(1, Kind.OPEN, True, "Hall", guards="front_door"),
        seen(2, Kind.BED_OCCUPIED, True, "Bedroom"),
        seen(3, Kind.MAINS_LOST, True, "", device="0x07"),
        seen(9, Kind.OPEN, True, "Hall", guards="front_door"),
        seen(60, Kind.OPEN, False, "Hall", guards="front_door"),
    ) == [
        Episode("open", "front_door", at(1), at(60)),
        Episode("bed", "Bedroom", at(2)),
        Episode("power", "0x07", at(3)),
    ]


def test_only_what_touches_the_stretch_is_shown() -> None:
    episodes = Episodes()
    for each in (motion(0, "Kitchen"), motion(300, "Hall")):
        episodes.observe(each)
    assert [e.place for e in episodes.between(at(301), at(400))] == ["Hall"]
    assert [e.place for e in episodes.between(START, at(200))] == ["Kitchen"]


def test_what_is_older_than_a_day_is_forgotten() -> None:
    episodes = Episodes()
    days = KEPT.total_seconds()
    for each in (motion(0, "Kitchen"), motion(60, "Hall"), motion(days + 100, "Kitchen")):
        episodes.observe(each)
    episodes.observe(motion(days + 200, "Hall"))
    shown = episodes.between(START - timedelta(days=1), at(days + 300))
    assert [e.since for e in shown] == [at(60), at(days + 100), at(days + 200)]


def test_vital_signs_are_kept_each() -> None:
    episodes = Episodes()
    for second in (1, 2, 90):
        episodes.observe(seen(second, Kind.HEART_RATE, 70.0))
    assert [each.at for each in episodes.vitals(at(2), at(60))] == [at(2)]
