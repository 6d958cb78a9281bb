"""What a hub says of itself is read by those who can mend it, and by nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from cloud.households.tables import hub
from cloud.incidents.quarantine import count_refused
from tests.cloud.web.browser import Web
from tests.cloud.web.world import NOW, World, heartbeat


def _trouble(connection: Connection) -> None:
    world = World(connection, count=7000)
    heartbeat(
        world,
        sent_at=NOW,
        faults=["disk_full", "brand_new_fault"],
        queued=7,
        oldest_queued_seconds=600.0,
        refused=31,
    )
    for _ in range(3):
        count_refused(connection, "hub-margaret", "schema", NOW, is_known=True)
    lost = {"last_heard_at": NOW - timedelta(minutes=4), "link_lost_at": NOW}
    connection.execute(update(hub).where(hub.c.id == "hub-arthur").values(**lost))
    slow = {"skew_seconds": 8 * 3600.0, "last_heard_at": NOW}
    connection.execute(update(hub).where(hub.c.id == "hub-margaret").values(**slow))


@pytest.mark.parametrize("who", ["desk", "ops"])
async def test_desk_and_operations_read_what_is_wrong(quiet_web: Web, who: str) -> None:
    await quiet_web.database.run(_trouble)
    shown = (await (await quiet_web.as_(who)).get("/triage")).text
    for words in (
        "Link lost since 03:10",
        "It reports: its disk is full",
        "It reports: brand_new_fault",
        "Messages waiting to be sent: 7, the oldest for 10",
        "Its clock is 8",
        "that it refused since its start: 31",
        "Messages of it that we refused: 3 (not of the agreed form)",
        "0 hubs are well.",
    ):
        assert words in shown
    assert "hub-elsewhere" not in shown, "another organisation's"


async def test_hubs_that_are_well_are_only_counted(quiet_web: Web) -> None:
    shown = (await (await quiet_web.as_("ops")).get("/triage")).text
    assert "2 hubs are well." in shown
    assert "hub-margaret" not in shown


async def test_a_doctor_is_not_shown_the_machines(quiet_web: Web) -> None:
    await quiet_web.database.run(_trouble)
    shown = (await (await quiet_web.as_("lind")).get("/triage")).text
    assert "hub-margaret" not in shown
    assert "Hubs in trouble" not in shown
