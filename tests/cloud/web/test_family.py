"""What a relative may see, and what nobody in the home's family may ever learn."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from cloud.db import Database
from cloud.family.rules import ACTIVE_WITHIN, State, state_of
from cloud.households.lights import HEARD_WITHIN
from cloud.incidents.service import acknowledge, going_there, hand_back, mark_paged
from cloud.incidents.tables import incident
from tests.cloud.web.browser import Browser, Web, csrf_of, serving
from tests.cloud.web.world import (
    FALL,
    MARGARET,
    NOW,
    SOS,
    World,
    answered_fall,
    heartbeat,
    named,
    settle,
    sos_finding,
)
from tests.databases import filled
from vocabulary.incident import CheckOutcome, Role

HOME = f"/home/{MARGARET}"
S = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("heard", "proof", "state", "of"),
    [
        pytest.param(S, 4 * S, State.ACTIVE, 4 * S, id="moved four seconds ago"),
        pytest.param(S, ACTIVE_WITHIN, State.ACTIVE, ACTIVE_WITHIN, id="just fresh enough"),
        pytest.param(S, ACTIVE_WITHIN + S, State.QUIET, ACTIVE_WITHIN + S, id="too old for active"),
        pytest.param(HEARD_WITHIN, 4 * S, State.ACTIVE, 4 * S, id="heard just in time"),
        pytest.param(HEARD_WITHIN + S, 4 * S, State.UNKNOWN, HEARD_WITHIN + S, id="hub is silent"),
        pytest.param(None, 4 * S, State.UNKNOWN, None, id="never heard"),
        pytest.param(S, None, State.UNKNOWN, None, id="no movement ever"),
        pytest.param(S, -3600 * S, State.ACTIVE, 0 * S, id="a clock from the future"),
    ],
)
def test_well_is_only_said_of_fresh_evidence(
    heard: timedelta | None, proof: timedelta | None, state: State, of: timedelta | None
) -> None:
    said = state_of(
        "summary",
        has_open=False,
        last_heard_at=None if heard is None else NOW - heard,
        proof_of_life_at=None if proof is None else NOW - proof,
        now=NOW,
    )
    assert said == (state, None if of is None else NOW - of)


async def test_active_is_said_with_its_age(quiet_web: Web) -> None:
    claire = await quiet_web.as_("claire")
    assert "Active 4 minutes ago" in (await claire.get(HOME)).text


async def test_a_silent_hub_is_never_well(quiet_web: Web) -> None:
    claire = await quiet_web.as_("claire")
    quiet_web.clock.forward(seconds=91)
    shown = (await claire.get(HOME)).text
    assert "Not known since 03:14" in shown
    assert "Active" not in shown
    assert "29 not known" in shown, "and no light is shown as watched"


async def test_a_reminder_that_was_followed_is_no_news(quiet_web: Web) -> None:
    def reminded(connection: Connection) -> None:
        world = World(connection)
        late = sos_finding(slug="missed_medication", variant="late", severity="medium", facts=[])
        told = {
            "slug": "missed_medication",
            "variant": "late",
            "severity": "medium",
            "page_at": NOW + timedelta(hours=1),
            "findings": [late],
        }
        world.tell(named("dose"), **told)
        ended = {"withdrawn": "resolved_before_page", "withdrawn_at": NOW, "cleared_at": NOW}
        world.tell(named("dose"), **told, **ended)

    await quiet_web.database.run(reminded)
    claire = await quiet_web.as_("claire")
    shown = (await claire.get(HOME)).text
    assert "Missed medicine" not in shown.split("What happened in the last 30 days")[1]


async def test_what_nobody_is_called_for_stands_beside_the_state_of_the_home(
    quiet_web: Web,
) -> None:
    def stale_air(connection: Connection) -> None:
        World(connection).tell(
            named("stale air"),
            slug="air_quality_poor",
            variant="co2_stale",
            severity="low",
            page_at=None,
            room="Bedroom",
            findings=[stale],
        )

    stale = sos_finding(
        slug="air_quality_poor", variant="co2_stale", severity="low", room="Bedroom", facts=[]
    )
    await quiet_web.database.run(stale_air)
    claire = await quiet_web.as_("claire")
    shown = (await claire.get(HOME)).text
    assert "Active 4 minutes ago" in shown, "no incident takes the place of how she is"
    assert "Worth a look at the next visit" in shown
    assert "Poor air" in shown
    assert "Nobody is called for this." in shown
    assert "The resident is being asked first." not in shown


@pytest.mark.parametrize(
    ("who", "seen", "hidden"),
    [
        pytest.param("claire", ("Bathroom", "The SOS button was pressed."), (), id="details"),
        pytest.param("david", ("SOS call",), ("Bathroom", "was pressed."), id="summary"),
        pytest.param("joan", ("SOS call",), ("Bathroom", "was pressed."), id="alerts"),
    ],
)
async def test_a_room_is_a_detail(
    web: Web, who: str, seen: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    relative = await web.as_(who)
    shown = (await relative.get(HOME)).text
    assert all(words in shown for words in seen)
    assert not any(words in shown for words in hidden)


async def test_a_neighbour_who_sees_incidents_only_learns_no_habits(quiet_web: Web) -> None:
    joan = await quiet_web.as_("joan")
    shown = (await joan.get(HOME)).text
    assert "No incident is open. The home is connected." in shown
    assert "Active" not in shown
    assert "minutes ago" not in shown


async def test_seeing_it_sends_no_doctor_away(web: Web) -> None:
    claire = await web.as_("claire")
    shown = (await claire.get(HOME)).text
    assert "Whatever you press here, doctor and duty desk keep on." in shown
    await claire.press(HOME, f"{HOME}/incidents/{SOS}/acknowledge")
    assert "nobody has been sent away" in (await claire.get(HOME)).text
    row = await web.database.run(_row, SOS)
    assert row.status == "open"
    assert row.family_acknowledged_by == named("claire")


async def test_going_there_and_it_was_nothing_are_told_to_responders(web: Web) -> None:
    claire, doctor = await web.as_("claire"), await web.as_("lind")
    await claire.press(HOME, f"{HOME}/incidents/{SOS}/going")
    await claire.press(HOME, f"{HOME}/incidents/{SOS}/false-alarm", reason="visitor")
    shown = (await doctor.get(f"/triage/incidents/{SOS}")).text
    assert "Claire Hale is going there" in shown
    assert "Labelled by somebody as a false alarm: a visitor. That ends nothing." in shown
    assert (await web.database.run(_row, SOS)).status == "open"


async def test_the_family_reads_who_is_helping(web: Web) -> None:
    claire = await web.as_("claire")
    await web.database.run(acknowledge, SOS, named("lind"), Role.GP, "voice", None, NOW)
    assert "Dr Ana Lind is helping, since 03:14." in (await claire.get(HOME)).text


# --- a silent call is invisible ---------------------------------------------------------------


ANSWERED = NOW - 10 * S
"""When the resident spoke."""
FELL = NOW - 20 * S
PAGED = FELL + 180 * S


async def _pages(
    database: Database, outcome: CheckOutcome, who: str, *, is_upright: bool, goes: bool
) -> list[str]:
    """Everything a relative can fetch 10, 60 and 200 s after a fall was answered so.

    A doctor goes there as soon as one is called; `goes`: the relative says that they go as well.
    """
    is_silent = outcome is CheckOutcome.DURESS

    def tell(connection: Connection) -> None:
        world = settle(connection)
        answered_fall(world, outcome, is_upright=is_upright)
        if is_silent:  # helpers are called at once, and somebody accepts
            mark_paged(connection, FALL, NOW - 9 * S)
            going_there(connection, FALL, named("lind"), Role.GP, "voice", None, NOW - 5 * S)

    def call(connection: Connection) -> None:
        if not is_silent and not is_upright:
            mark_paged(connection, FALL, PAGED)
            going_there(connection, FALL, named("lind"), Role.GP, "voice", None, PAGED)

    await database.run(tell)
    shown = []
    async with serving(database) as web:
        relative = await web.as_(who)
        for seconds in (10, 60, 200):
            web.clock.now = ANSWERED + seconds * S
            if seconds == 200:
                await database.run(call)
            pages = [(await relative.get(path)).text for path in ("/home", HOME)]
            for action in ("acknowledge", *(["going"] if goes else []), "false-alarm"):
                path = f"{HOME}/incidents/{FALL}/{action}"
                pages.append(await _try(relative, path, pages[1]))
            shown += pages
    return shown


async def _try(relative: Browser, path: str, page: str) -> str:
    answer = await relative.post(path, csrf=csrf_of(page), reason="other")
    return f"{answer.status_code} {answer.text}"


@pytest.mark.parametrize("goes", [True, False], ids=["a relative goes", "none goes"])
@pytest.mark.parametrize("is_upright", [True, False], ids=["upright", "not seen upright"])
@pytest.mark.parametrize("who", ["claire", "david", "joan"])
async def test_a_word_under_threat_looks_exactly_like_i_am_fine(
    tmp_path_factory: pytest.TempPathFactory, who: str, *, is_upright: bool, goes: bool
) -> None:
    """The contract: byte for byte the same, page, list and answer to each button."""
    shown = []
    for outcome in (CheckOutcome.FINE, CheckOutcome.DURESS):
        file = tmp_path_factory.mktemp("home") / "cloud.db"
        file.write_bytes(filled())
        database = Database(f"sqlite+aiosqlite:///{file}")
        shown.append(await _pages(database, outcome, who, is_upright=is_upright, goes=goes))
        await database.close()
    ordinary, duress = shown
    assert duress == ordinary
    each = len(ordinary) // 3
    after_10_s, after_60_s, after_200_s = ordinary[1], ordinary[1 + each], ordinary[1 + 2 * each]
    if is_upright:
        assert "The resident said all is well" in after_10_s
    else:
        assert "The resident is being asked first." in after_10_s
        assert "The resident is being asked first." in after_60_s
        assert ("is going there." in after_60_s) is goes
        assert "Dr Ana Lind is helping" in after_200_s
        assert ("Dr Ana Lind is going there." in after_200_s) is not goes
        assert "is going there." in after_200_s


async def test_responders_read_that_a_relative_goes_beside_the_helper(
    database: Database,
) -> None:
    """Under threat this matters: a relative on the way to the home knows of nothing."""

    def tell(connection: Connection) -> None:
        answered_fall(settle(connection), CheckOutcome.DURESS, is_upright=False)
        going_there(connection, FALL, named("lind"), Role.GP, "voice", None, NOW)
        going_there(connection, FALL, named("claire"), Role.FAMILY, "web", None, NOW + 60 * S)

    await database.run(tell)
    async with serving(database) as web:
        shown = (await (await web.as_("osei")).get(f"/triage/incidents/{FALL}")).text
    assert "Dr Ana Lind is going there (since 03:14)" in shown
    assert "Claire Hale of the family is going there (since 03:15)" in shown


@pytest.mark.parametrize(("given_back_at", "is_going"), [(100, True), (170, False)])
async def test_a_helper_who_gives_a_silent_call_back_unseen_sends_no_relative_home(
    database: Database, given_back_at: int, *, is_going: bool
) -> None:
    """Before an ordinary one would be paged, 160 s from now, the family has seen no helper."""

    def tell(connection: Connection) -> None:
        answered_fall(settle(connection), CheckOutcome.DURESS, is_upright=False)
        going_there(connection, FALL, named("claire"), Role.FAMILY, "web", None, NOW)
        acknowledge(connection, FALL, named("lind"), Role.GP, "voice", None, NOW + 10 * S)
        hand_back(connection, FALL, named("lind"), NOW + given_back_at * S)

    await database.run(tell)
    async with serving(database) as web:
        claire = await web.as_("claire")
        web.clock.now = NOW + given_back_at * S
        shown = (await claire.get(HOME)).text
    assert ("Claire Hale is going there." in shown) is is_going


async def test_a_silent_press_leaves_no_trace_for_the_family(quiet_web: Web) -> None:
    claire = await quiet_web.as_("claire")
    before = (await claire.get(HOME)).text

    def press(connection: Connection) -> None:
        world = World(connection, count=9000)
        world.tell(SOS, variant="duress", is_duress=True, findings=[sos_finding(variant="duress")])

    await quiet_web.database.run(press)
    assert (await claire.get(HOME)).text == before
    nothing = await _try(claire, f"{HOME}/incidents/{named('nothing')}/going", before)
    assert await _try(claire, f"{HOME}/incidents/{SOS}/going", before) == nothing


async def test_a_heartbeat_after_a_silent_press_changes_nothing_either(quiet_web: Web) -> None:
    claire = await quiet_web.as_("claire")
    before = (await claire.get(HOME)).text

    def beat(connection: Connection) -> None:
        heartbeat(World(connection, count=9500))

    await quiet_web.database.run(beat)
    assert (await claire.get(HOME)).text == before


def _row(connection: Connection, which: object) -> Any:
    return connection.execute(select(incident).where(incident.c.id == which)).one()
