"""A worried daughter reads in words what watches her mother's home, and what does not."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Connection

from cloud.family.service import read_home
from cloud.households.lights import lights
from cloud.incidents import service as incidents
from cloud.messages import tongue
from cloud.pages import render
from cloud.words import Sight, coverage_reason
from tests.shift import move_in
from tests.town import HUB, MARGARETS, NOON, Ids
from vocabulary.wire import CoveragePart, Heartbeat

ADDRESS = "0xf919e4c0c9edfc3c"
SENSOR = {"device": ADDRESS, "model": "Aqara RTCGQ11LM", "sort": "motion_sensor"}
IN_KITCHEN = SENSOR | {"room": "Kitchen", "room_type": "kitchen"}
NAMED = IN_KITCHEN | {"name": "Grandma's corner"}
STATES = {"alive": "covered", "unproven": "degraded", "checked_daily": "degraded"}


def light(slug: str, reason: str, **values: Any) -> CoveragePart:
    state: Any = STATES.get(reason, "blind")
    return CoveragePart(slug=slug, state=state, reason=reason, since=NOON, values=values)


def page(
    connection: Connection, *lights: CoveragePart, level: str = "details", language: str = "en"
) -> str:
    """What a relative of that level reads of these lights."""
    move_in(connection)
    beat = Heartbeat(
        event_id=Ids(900)(NOON), hub_id=HUB, sent_at=NOON, boot_id="b", queued=0, coverage=[*lights]
    )
    incidents.receive(connection, HUB, beat, b"", NOON)
    now = NOON + timedelta(seconds=1)
    home = read_home(connection, MARGARETS, level, now)
    shown = render(
        "family/_home.html", language, home=home, zone=home.zone, now=now, csrf="", me=None
    )
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", shown).split()))


@pytest.mark.parametrize(
    ("values", "level", "language", "sentence"),
    [
        pytest.param(
            NAMED,
            "details",
            "en",
            "Partly watched: “Grandma's corner” checks in only every 25 hours.",
            id="the name that the home gave it",
        ),
        pytest.param(
            IN_KITCHEN,
            "details",
            "en",
            "Partly watched: the motion sensor in the kitchen checks in only every 25 hours.",
            id="without a name, what it is and where",
        ),
        pytest.param(
            NAMED | {"name": ADDRESS},
            "details",
            "en",
            "Partly watched: the motion sensor in the kitchen checks in only every 25 hours.",
            id="an address is no name",
        ),
        pytest.param(
            SENSOR | {"room": "Rosie's den", "room_type": "other"},
            "details",
            "en",
            "Partly watched: the motion sensor (Rosie's den) checks in only every 25 hours.",
            id="a room with a name of its own",
        ),
        pytest.param(
            NAMED,
            "summary",
            "en",
            "Partly watched: the motion sensor checks in only every 25 hours.",
            id="a room is a detail",
        ),
        pytest.param(
            {"device": ADDRESS},
            "details",
            "en",
            "Partly watched: one of the devices checks in only every 25 hours.",
            id="a hub that tells no more than the address",
        ),
        pytest.param(
            IN_KITCHEN,
            "details",
            "zh_CN",
            "厨房的人体移动传感器每25小时才报告一次。",
            id="in Chinese",
        ),
        pytest.param(
            NAMED,
            "details",
            "zh_CN",
            "“Grandma's corner”每25小时才报告一次。",
            id="a name in Chinese",
        ),
    ],
)
def test_a_device_is_told_in_words(
    connection: Connection, values: dict[str, str], level: str, language: str, sentence: str
) -> None:
    told = light("smoke_fire", "checked_daily", **values, hours=25.0)
    shown = page(connection, told, level=level, language=language)
    assert sentence in shown
    assert ADDRESS not in shown
    assert "Aqara" not in shown


def test_a_gateway_known_by_its_address_alone_is_told_without_it(connection: Connection) -> None:
    shown = page(connection, light("fall", "gateway_gone", bridge="A4:C1:38:00:11:22"))
    assert "Not watched: the gateway of its sensors does not answer." in shown
    assert "A4:C1" not in shown


def test_what_has_always_been_so_is_told_without_a_time(connection: Connection) -> None:
    standing = [
        light("smoke_fire", "unproven", **NAMED),
        light("fall", "no_device", needs="fall_sensor"),
        light("night_exit", "no_detector_yet"),
    ]
    assert "Since" not in page(connection, *standing)


def test_what_happened_is_told_with_its_time(connection: Connection) -> None:
    shown = page(connection, light("smoke_fire", "silent", **NAMED))
    assert "“Grandma's corner” has been silent for too long. Since 13:00." in shown


def test_what_is_not_watched_is_told_by_its_cause(connection: Connection) -> None:
    shown = page(
        connection,
        light("night_exit", "no_detector_yet"),
        light("not_returned", "no_detector_yet"),
        light("fall", "no_device", needs="fall_sensor worn_sensor"),
        light("smoke_fire", "silent", **NAMED),
    )
    parts = [
        "1 not watched: something does not work Smoke or fire",
        "not watched: needs a device that this home does not have Fall Needs: fall sensor or worn",
        "2 not watched: not built yet Left home at night · Not come home",
    ]
    places = [shown.find(part) for part in parts]
    assert -1 not in places, shown
    assert places == sorted(places)


def test_without_a_word_of_what_is_needed_the_reason_alone_is_told(connection: Connection) -> None:
    shown = page(connection, light("fall", "no_device"))
    assert "Fall Not watched: no device in this home can see it." in shown


def test_who_must_mend_it_reads_make_model_and_address() -> None:
    told = light("smoke_fire", "silent", **NAMED)
    part = {"smoke_fire": told.model_dump(mode="json")}
    (shown, *_) = lights(part, NOON, NOON)
    assert coverage_reason(tongue("en"), shown, Sight.TECHNICAL) == (
        f"Not watched: “Grandma's corner” (Aqara RTCGQ11LM · {ADDRESS})"
        " has been silent for too long."
    )
