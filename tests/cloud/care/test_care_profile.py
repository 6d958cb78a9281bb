"""A doctor signs a looser limit; the hub is told; it can be taken back; all of it is on record."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select, update

from cloud.audit import audit, verify
from cloud.care.service import change, current, restore, versions
from cloud.errors import Conflict, Forbidden, NotFound, Refused
from cloud.households.tables import household
from cloud.incidents import service as incidents
from cloud.incidents.downlinks import due_downlinks, receipted
from cloud.incidents.tables import downlink, incident
from tests.town import (
    DAUGHTER,
    DESK,
    GP,
    HUB,
    MARGARETS,
    NOON,
    OTHER_HUB,
    STRANGER,
    settle,
)
from vocabulary.incident import Technical
from vocabulary.wire import Config, Hello, Receipt, dump, parse_down

PLAIN = '[home]\nzone = "Europe/London"\norganisation = "northside"\narea = "N1"\n'
SIGNED = '[clinical]\nby = "Doctor Lind"\nsigned_at = 2026-05-12\n'


def text(clinical: str = "", limits: str = "") -> str:
    return f"{PLAIN}{clinical}" + (f"[clinical.limits]\n{limits}\n" if limits else "")


STRICTER = text("[clinical]\n", "heart_rate_high = 100")
LOOSER = text(SIGNED, "heart_rate_low = 45")
SCALE_2 = text(f"{SIGNED}spo2_scale = 2\n")


def by(
    connection: Connection,
    who: UUID,
    home_toml: str,
    reason: str = "agreed at the visit",
    **at: Any,
) -> int:
    return change(connection, MARGARETS, who, home_toml, reason, NOON + timedelta(**at))


def configs(connection: Connection) -> list[tuple[str, int]]:
    rows = connection.execute(select(downlink).where(downlink.c.kind == "config"))
    told = [(row.hub_id, parse_down(row.payload)) for row in rows]
    return [(hub_id, one.revision) for hub_id, one in told if isinstance(one, Config)]


@pytest.fixture
def town(connection: Connection) -> Connection:
    settle(connection)
    return connection


def test_a_doctor_signs_and_the_hub_is_told(town: Connection) -> None:
    assert by(town, GP, SCALE_2) == 1
    held = current(town, MARGARETS)
    assert held is not None
    assert held.home is not None
    assert held.home.vital_limits.spo2_scale == 2
    assert (held.name, held.reason) == ("Doctor Lind", "agreed at the visit")
    (sent,) = due_downlinks(town, NOON, 10)
    told = parse_down(sent.payload)
    assert isinstance(told, Config)
    assert (sent.hub_id, told.revision, told.home_toml) == (HUB, 1, SCALE_2)


def test_only_the_newest_version_waits_for_the_hub(town: Connection) -> None:
    by(town, DESK, PLAIN)
    by(town, DESK, STRICTER, minutes=1)
    assert configs(town) == [(HUB, 2)]
    (sent,) = due_downlinks(town, NOON, 10, hub_id=HUB)
    receipted(town, HUB, [sent.event_id], NOON)
    by(town, GP, LOOSER, minutes=2)
    assert configs(town) == [(HUB, 2), (HUB, 3)]
    assert OTHER_HUB not in {hub_id for hub_id, _ in configs(town)}


@pytest.mark.parametrize(
    ("who", "after", "why"),
    [
        pytest.param(DESK, LOOSER, "only a doctor may sign", id="the desk loosens"),
        pytest.param(DESK, SCALE_2, "spo2_scale", id="the desk switches the scale"),
        pytest.param(
            DESK,
            text(SIGNED, "heart_rate_high = 100"),
            "a new signature",
            id="the desk signs in a doctor's name",
        ),
        pytest.param(
            GP, LOOSER.replace("Lind", "Osei"), "Doctor Lind", id="a doctor signs as another"
        ),
        pytest.param(GP, LOOSER.replace("05-12", "05-11"), "2026-05-12", id="dated yesterday"),
        pytest.param(DAUGHTER, STRICTER, "only a doctor or the duty desk", id="a relative"),
        pytest.param(STRANGER, STRICTER, "none of household", id="another organisation's doctor"),
    ],
)
def test_nobody_else_signs(town: Connection, who: UUID, after: str, why: str) -> None:
    by(town, DESK, PLAIN)
    with pytest.raises(Forbidden, match=why):
        by(town, who, after)
    assert [one.version for one in versions(town, MARGARETS)] == [1]


def test_what_a_doctor_made_stricter_the_desk_does_not_undo(town: Connection) -> None:
    by(town, GP, text("[clinical]\n", "heart_rate_low = 55"))
    with pytest.raises(Forbidden, match="heart_rate_low"):
        by(town, DESK, PLAIN)
    assert by(town, DESK, text("[clinical]\n", "heart_rate_low = 58")) == 2


def test_taking_a_change_back_is_a_version_of_its_own(town: Connection) -> None:
    by(town, GP, LOOSER)
    by(town, DESK, STRICTER, minutes=1)
    again = NOON + timedelta(minutes=2)
    with pytest.raises(Forbidden, match="bring back"):
        restore(town, MARGARETS, DESK, 1, "it rings too often", again)
    assert restore(town, MARGARETS, GP, 1, "it rings too often", again) == 3
    held = current(town, MARGARETS)
    assert held is not None
    assert (held.home_toml, held.restores) == (LOOSER, 1)
    assert [one.version for one in versions(town, MARGARETS)] == [3, 2, 1]
    assert restore(town, MARGARETS, DESK, 2, "stricter again", again) == 4


def test_each_change_is_audited_with_it(town: Connection) -> None:
    by(town, GP, SCALE_2, reason="COPD, target 88 to 92")
    row = town.execute(select(audit).where(audit.c.action == "care_profile_changed")).one()
    assert (row.actor, row.body["version"], row.body["loosens"]) == (
        f"person:{GP}",
        1,
        "spo2_scale",
    )
    assert "COPD" not in str(row.body)
    assert verify(town, row.chain) is None


def test_what_stood_before_versions_were_kept_can_come_back(town: Connection) -> None:
    kept = update(household).where(household.c.id == MARGARETS)
    town.execute(kept.values(home_toml=PLAIN, config_revision=4))
    assert by(town, DESK, STRICTER) == 5
    assert [(one.version, one.name) for one in versions(town, MARGARETS)] == [
        (5, "Priya Nair"),
        (4, ""),
    ]


def test_what_cannot_be_a_version(town: Connection) -> None:
    by(town, DESK, PLAIN)
    with pytest.raises(Conflict, match="version 1"):
        by(town, DESK, PLAIN)
    with pytest.raises(Refused, match="care profile:1"):
        by(town, DESK, "[home")
    with pytest.raises(Refused, match="reason"):
        by(town, DESK, STRICTER, reason="  ")
    with pytest.raises(Refused, match="65536"):
        by(town, DESK, PLAIN + "#" * 65_536)
    with pytest.raises(NotFound, match="version 7"):
        restore(town, MARGARETS, DESK, 7, "no such", NOON)
    with pytest.raises(NotFound, match="no household"):
        change(town, UUID(int=1), DESK, PLAIN, "nobody lives there", NOON)
    assert current(town, UUID(int=1)) is None


# ── a hub that follows another version ──────────────────────────────────────────────────────────


def hello(connection: Connection, number: int, follows: int, **at: Any) -> list[UUID]:
    """The hub connects and says which version it follows; the configs that are to be sent."""
    now = NOON + timedelta(**at)
    message = Hello(
        event_id=UUID(int=number), hub_id=HUB, sent_at=now, boot_id="first", software="s",
        config_revision=follows,
    )  # fmt: skip
    incidents.receive(connection, HUB, message, dump(message), now)
    due = due_downlinks(connection, now, 10, hub_id=HUB)
    return [one.event_id for one in due if one.kind == "config"]


def takes(connection: Connection, config: UUID, refused: str = "", **at: Any) -> None:
    """The hub's receipt for it."""
    now = NOON + timedelta(**at)
    message = Receipt(
        event_id=UUID(int=0xE), hub_id=HUB, sent_at=now, of=[config],
        refused={str(config): refused} if refused else {},
    )  # fmt: skip
    incidents.receive(connection, HUB, message, dump(message), now)


def faults(connection: Connection) -> list[tuple[str, Any]]:
    query = select(incident).where(incident.c.technical.is_not(None))
    rows = connection.execute(query)
    return [(row.technical, one.get("care_profile")) for row in rows for one in row.affected]


def test_a_new_hub_in_a_home_is_told_the_care_profile(town: Connection) -> None:
    by(town, GP, SCALE_2)
    (first,) = hello(town, 1, follows=0, minutes=1)
    takes(town, first, minutes=1)
    assert hello(town, 2, follows=1, minutes=2) == []
    (again,) = hello(town, 3, follows=0, days=9)
    assert again != first, "the same one again would be one that it has heard"
    assert hello(town, 3, follows=0, days=9) == [again], "an uplink comes at least once"
    takes(town, again, days=9)
    assert hello(town, 4, follows=1, days=9, minutes=1) == []
    assert faults(town) == []


def test_a_hub_that_takes_it_and_does_not_follow_it_is_told_to_operations(town: Connection) -> None:
    by(town, GP, SCALE_2)
    for number in (1, 2):
        (sent,) = hello(town, number, follows=0, minutes=number)
        takes(town, sent, minutes=number)
        assert faults(town) == []
    for number in (3, 4):
        assert hello(town, number, follows=0, minutes=number) == [], "each lets it start anew"
        assert faults(town) == [(Technical.HUB_FAULT, 1)]
    assert len(hello(town, 5, follows=0, minutes=63)) == 1


def test_a_hub_of_a_database_that_was_restored_is_told_to_operations(town: Connection) -> None:
    by(town, GP, SCALE_2)
    for number in (1, 2, 3):
        for sent in hello(town, number, follows=4, minutes=number):
            takes(town, sent, minutes=number)
    assert faults(town) == [(Technical.HUB_FAULT, 1)]


def test_a_hub_that_refuses_it_is_told_to_operations_at_once(town: Connection) -> None:
    by(town, GP, SCALE_2)
    (sent,) = hello(town, 1, follows=0, minutes=1)
    takes(town, sent, refused="edited at the hub after version 1", minutes=1)
    assert faults(town) == [(Technical.HUB_FAULT, 1)]
    row = town.execute(select(audit).where(audit.c.action == "care_profile_refused")).one()
    assert (row.actor, row.body) == (f"hub:{HUB}", {"version": 1})
    takes(town, sent, refused="edited at the hub after version 1", minutes=2)
    query = select(audit).where(audit.c.action == "care_profile_refused")
    assert len(town.execute(query).all()) == 1


def test_a_home_without_a_care_profile_is_as_it_was_set_up(town: Connection) -> None:
    assert hello(town, 1, follows=0) == []
    assert hello(town, 2, follows=3, minutes=1) == []
    assert faults(town) == []


async def test_a_version_and_its_audit_are_one_transaction(database: Any) -> None:
    def story(connection: Connection) -> tuple[int, int]:
        settle(connection)
        by(connection, GP, SCALE_2)
        entries = connection.execute(
            select(audit).where(audit.c.action == "care_profile_changed")
        ).all()
        return len(versions(connection, MARGARETS)), len(entries)

    assert await database.run(story) == (1, 1)
