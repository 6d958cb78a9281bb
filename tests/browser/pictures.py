"""The pictures of the README, taken from the demo's own home: `python -m tests.browser.pictures`.

A night as it may come: an SOS that nobody has accepted yet, a leak that somebody looks after.
"""

import json
import tempfile
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Page
from pwdlib import PasswordHash
from sqlalchemy import Connection, insert

from cloud.incidents.service import acknowledge, mark_paged, open_technical
from cloud.paging.tables import page
from cloud.seed import Roster, make_roster, seed_demo
from cloud.seed.people import HOUSEHOLD, ORGANISATION, made_up_id
from edge_agent.agent.heart import Heart
from edge_agent.agent.report import coverage_parts
from edge_agent.agent.start import load_profiles_from
from edge_agent.settings import PROFILES
from simulator.change import Change
from simulator.house import build_house
from tests.browser.real import RealSite, chromium, window
from tests.cloud.web.world import CHEAP, LEAK, NOW, SOS, World, heartbeat, history, sos_finding
from tests.stories import ids
from vocabulary.home import read_home
from vocabulary.incident import Role, Technical
from vocabulary.risk import Severity
from vocabulary.wire import ActionPart, CoveragePart, FactPart

FOLDER = Path(__file__).parents[2] / "docs" / "images"
S = timedelta(seconds=1)


class Night:
    """The demo's organisation, and what happens in it this night."""

    def __init__(self) -> None:
        numbers = count(1)
        self.roster: Roster = make_roster(lambda size: f"{next(numbers):0{size * 2}}")

    def __call__(self, connection: Connection) -> None:
        hashes = {
            one.login: PasswordHash((CHEAP,)).hash(one.password) for one in self.roster.people
        }
        seed_demo(connection, NOW, Random(3), self.roster, hashes)
        world = World(connection, count=100)
        heartbeat(world, coverage=lights_of_the_demo())
        self._sos(world)
        self._leak(world)
        open_technical(
            connection,
            ORGANISATION,
            Technical.DEVICE_LOST,
            area=None,
            household_id=HOUSEHOLD,
            hub_id=self.roster.hub_id,
            severity=Severity.MEDIUM,
            new_id=lambda _: made_up_id("a lost device"),
            now=NOW - 900 * S,
        )

    def _sos(self, world: World) -> None:
        at = NOW - 48 * S
        fact = FactPart(key="fact.sos_times", values={"count": 2})
        found = sos_finding(
            at=at,
            since=at,
            facts=[FactPart(key="fact.sos_pressed"), fact],
            missing=[],
            counter=[],
        )
        action = ActionPart(at=at + S, action="path_light", target="lamp")
        world.tell(SOS, opened_at=at, page_at=at, findings=[found], actions=[action])
        history(world, SOS)
        mark_paged(world.connection, SOS, at + 2 * S)
        doctors, family = self.roster.all_of(Role.GP), self.roster.all_of(Role.FAMILY)
        for who, status, after in (
            (doctors[0], "no_answer", 2),
            (family[0], "answered", 3),
            (doctors[1], "ringing", 36),
        ):
            _call(world, who, status, at + after * S)

    def _leak(self, world: World) -> None:
        at = NOW - 1500 * S
        found = sos_finding(
            slug="water_leak",
            variant="wet_floor",
            severity="medium",
            at=at,
            since=at,
            room="Kitchen",
            facts=[],
            missing=[],
            counter=[],
        )
        world.tell(
            LEAK,
            slug="water_leak",
            variant="wet_floor",
            severity="medium",
            opened_at=at,
            page_at=at,
            room="Kitchen",
            findings=[found],
        )
        helper = self.roster.all_of(Role.COMMUNITY)[0]
        acknowledge(world.connection, LEAK, helper.id, Role.COMMUNITY, "voice", None, at + 500 * S)


def lights_of_the_demo() -> list[CoveragePart]:
    """What a hub says that it watches in the simulated home, each device heard once."""
    house = build_house()
    heart = Heart(read_home(house.home_file()), load_profiles_from(PROFILES), ids())
    listed = json.dumps(house.bridge_devices()).encode()
    heart.take("zigbee2mqtt/bridge/devices", listed, NOW, retained=True)
    for device in house.devices:
        said = json.dumps(dict(device.quiet)).encode()
        heart.take(f"zigbee2mqtt/{device.name}", said, NOW, retained=False)
    for beside in house.gateway_devices:
        change = Change(NOW, beside.name, dict(beside.quiet))
        spoken = [*beside.retained(), *beside.messages(change, beside.quiet, Random(1))]
        for message in spoken:
            heart.take(message.topic, message.payload, NOW, retained=False)
    return coverage_parts(heart, NOW)


def _call(world: World, who: Any, status: str, at: Any) -> None:
    world.count += 1
    world.connection.execute(
        insert(page).values(
            id=made_up_id(f"page {world.count}"),
            organisation_id=ORGANISATION,
            incident_id=SOS,
            person_id=who.id,
            role=who.role,
            track=who.role,
            step=world.count,
            channel="voice",
            address=who.phone,
            status=status,
            digit="7",
            code="123456",
            token_hash=f"{world.count:064}",
            created_at=at,
            send_at=at,
            sent_at=at,
        )
    )


def take(folder: Path) -> None:
    """Three pictures: the queue and an incident at the desk, the home on a telephone."""
    night = Night()
    site = RealSite(Path(tempfile.mkdtemp()), night)
    site.start()
    try:
        with chromium() as browser:
            for role, path, name, width, height in (
                (Role.DESK, "/triage", "triage-queue", 1100, 520),
                (Role.GP, f"/triage/incidents/{SOS}", "triage-incident", 1040, 1150),
                (Role.FAMILY, f"/home/{HOUSEHOLD}", "family", 390, 1150),
            ):
                size = {"width": width, "height": height}
                with window(browser, site.url, viewport=size) as opened:
                    shown = opened.new_page()
                    _log_in(shown, night.roster.all_of(role)[0])
                    shown.goto(path)
                    shown.wait_for_timeout(300)
                    shown.screenshot(path=folder / f"{name}.png")
    finally:
        site.stop()


def _log_in(shown: Page, who: Any) -> None:
    shown.goto("/login")
    shown.get_by_label("Name").fill(who.login)
    shown.get_by_label("Password").fill(who.password)
    shown.get_by_role("button").click()
    shown.wait_for_load_state()


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    take(FOLDER)
