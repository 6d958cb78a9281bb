"""What a responder does about an incident, by plain forms."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from cloud.audit import audit
from cloud.care.service import change
from cloud.households.tables import organisation, person
from cloud.incidents.service import open_technical
from cloud.incidents.tables import downlink, history, incident
from tests.cloud.web.browser import Web, csrf_of
from tests.cloud.web.world import LEAK, MARGARET, NOW, PEOPLE, SOS, World, check, named, sos_finding
from vocabulary.incident import CheckOutcome, Technical
from vocabulary.risk import Severity
from vocabulary.wire import HistoryRequest, VitalPart, parse_down

PAGE = f"/triage/incidents/{SOS}"


async def test_the_desk_takes_over_from_a_doctor_who_is_stuck(web: Web) -> None:
    doctor, desk = await web.as_("lind"), await web.as_("desk")
    await doctor.press(PAGE, f"{PAGE}/acknowledge")
    assert "/take-over" not in (await doctor.get(PAGE)).text, "it is theirs already"
    assert (await desk.press(PAGE, f"{PAGE}/take-over")).status_code == 303
    assert "You have accepted this" in (await desk.get(PAGE)).text
    assert "Rosa Marsh has accepted" in (await doctor.get(PAGE)).text


@pytest.mark.parametrize(("days", "status"), [("7", 303), ("30", 303), ("400", 422), ("all", 422)])
async def test_a_week_or_a_month_of_the_past_is_asked_of_the_hub(
    web: Web, days: str, status: int
) -> None:
    doctor = await web.as_("lind")
    answer = await doctor.press(PAGE, f"{PAGE}/history", days=days)
    assert answer.status_code == status
    query = select(downlink.c.payload).where(downlink.c.kind == "history_request")
    told = await web.database.run(lambda c: c.execute(query).scalars().all())
    sent = [parse_down(one) for one in told]
    assert [str(one.days) for one in sent if isinstance(one, HistoryRequest)] == (
        [days] if status == 303 else []
    )


async def test_from_accepting_to_closing(web: Web) -> None:
    doctor = await web.as_("lind")
    assert (await doctor.press(PAGE, f"{PAGE}/acknowledge")).headers["location"] == PAGE
    shown = (await doctor.get(PAGE)).text
    assert "You have accepted this" in shown
    await doctor.press(PAGE, f"{PAGE}/note", text="Spoke with her: slipped, unhurt.")
    closed = await doctor.press(PAGE, f"{PAGE}/close", disposition="resolved_by_phone")
    assert closed.status_code == 303
    shown = (await doctor.get(PAGE)).text
    assert "Settled by phone" in shown
    assert "Spoke with her: slipped, unhurt." in shown
    row = await web.database.run(_row)
    assert (row.status, row.disposition, row.closed_by) == (
        "closed",
        "resolved_by_phone",
        named("lind"),
    )
    actors = {(one.actor, one.action) for one in await web.database.run(_trail)}
    assert (f"person:{named('lind')}", "acknowledged") in actors


async def test_closing_says_that_the_danger_is_still_seen(web: Web) -> None:
    def smoke(connection: Connection) -> None:
        world = World(connection, {SOS: 1}, 5000)
        world.tell(SOS, findings=[sos_finding(slug="smoke_fire", variant="smoke")])

    await web.database.run(smoke)
    doctor = await web.as_("lind")
    await doctor.press(PAGE, f"{PAGE}/acknowledge")
    assert "closing opens a new incident at once" in (await doctor.get(PAGE)).text
    await doctor.press(PAGE, f"{PAGE}/close", disposition="resolved_by_phone")
    rows = (await doctor.get("/triage/queue.json")).json()
    critical = [row for row in rows if row["severity"] == "critical"]
    assert [(row["status"], row["id"] == str(SOS)) for row in critical] == [("open", False)]


async def test_what_joined_the_incident_stands_in_its_head_with_what_to_do(web: Web) -> None:
    def races(connection: Connection) -> None:
        pulse = sos_finding(slug="heart_rate_abnormal", variant="high", facts=[], at=NOW)
        again = sos_finding(slug="heart_rate_abnormal", variant="low", facts=[], at=NOW)
        World(connection, {SOS: 1}, 5000).tell(SOS, findings=[sos_finding(), pulse, again])

    doctor = await web.as_("lind")
    step = "chest pain, short of breath, faint, cold sweat?"
    assert step not in (await doctor.get(PAGE)).text
    await web.database.run(races)
    shown = (await doctor.get(PAGE)).text
    head = shown[: shown.index("What was seen")]
    assert head.count("<strong>Heart rate: high</strong>") == 1
    assert head.count("<strong>SOS call") == 0
    assert shown.count("What to do: Heart rate") == 1
    assert shown.count(step) == 1


async def test_who_is_late_is_told_so_kindly(web: Web) -> None:
    first, second = await web.as_("lind"), await web.as_("osei")
    token = csrf_of((await second.get(PAGE)).text)
    await first.press(PAGE, f"{PAGE}/acknowledge")
    answer = await second.post(f"{PAGE}/acknowledge", csrf=token)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert "Dr Ana Lind has accepted" in (await second.get(PAGE)).text


async def test_handing_back_calls_people_again(web: Web) -> None:
    doctor = await web.as_("lind")
    await doctor.press(PAGE, f"{PAGE}/acknowledge")
    await doctor.press(PAGE, f"{PAGE}/hand-back")
    row = await web.database.run(_row)
    assert (row.status, row.next_action_at) == ("open", NOW)


async def test_only_whoever_accepted_or_the_desk_closes(web: Web) -> None:
    lind, osei, desk = await web.as_("lind"), await web.as_("osei"), await web.as_("desk")
    await lind.press(PAGE, f"{PAGE}/acknowledge")
    token = csrf_of((await osei.get(PAGE)).text)
    refused = await osei.post(f"{PAGE}/close", csrf=token, disposition="visited")
    assert refused.status_code == 409
    assert (await desk.press(PAGE, f"{PAGE}/close", disposition="visited")).status_code == 303


@pytest.mark.parametrize("disposition", ["", "resident_cancelled", "technical_fixed", "nonsense"])
async def test_no_page_ends_an_incident_with_a_word_that_is_not_a_persons(
    web: Web, disposition: str
) -> None:
    doctor = await web.as_("lind")
    await doctor.press(PAGE, f"{PAGE}/acknowledge")
    answer = await doctor.press(PAGE, f"{PAGE}/close", disposition=disposition)
    assert answer.status_code == 422
    assert (await web.database.run(_row)).status == "acknowledged"


async def test_asking_for_more_help_moves_the_deadline_to_now(web: Web) -> None:
    doctor = await web.as_("lind")
    await doctor.press(PAGE, f"{PAGE}/escalate")
    row = await web.database.run(_row)
    assert row.escalate_asked_at == row.next_action_at == NOW
    assert "Next people asked for at 03:14." in (await doctor.get(PAGE)).text


async def test_whoever_holds_it_asks_for_others_by_giving_it_back(web: Web) -> None:
    holder, other = await web.as_("lind"), await web.as_("osei")
    late = csrf_of((await other.get(PAGE)).text)
    await holder.press(PAGE, f"{PAGE}/acknowledge")
    assert f"{PAGE}/escalate" not in (await other.get(PAGE)).text, "it would call nobody"
    refused = await other.post(f"{PAGE}/escalate", csrf=late)
    assert refused.status_code == 409
    assert "Somebody was faster" in refused.text
    assert "Hand back and call the next people now" in (await holder.get(PAGE)).text
    await holder.press(PAGE, f"{PAGE}/escalate")
    row = await web.database.run(_row)
    assert (row.status, row.escalate_asked_at, row.next_action_at) == ("open", NOW, NOW)


async def test_a_silent_call_tells_the_doctor_not_to_ring(web: Web) -> None:
    def under_threat(connection: Connection) -> None:
        world = World(connection, {SOS: 1}, 5000)
        world.tell(
            SOS,
            is_duress=True,
            findings=[sos_finding(variant="duress")],
            check=check(CheckOutcome.DURESS, "marigold"),
        )

    await web.database.run(under_threat)
    doctor = await web.as_("lind")
    shown = (await doctor.get(PAGE)).text
    assert "Do not call the home, do not tell family. Call the police." in shown
    assert 'href="tel:' not in shown
    assert "marigold" in shown, "only responders read what was heard"
    assert "Silent: do not call the home" in (await doctor.get("/triage")).text


async def test_a_silent_call_beside_it_hides_the_home_s_telephone_too(web: Web) -> None:
    def under_threat(connection: Connection) -> None:
        World(connection, {}, 6000).tell(
            named("the other"), is_duress=True, findings=[sos_finding(variant="duress")]
        )

    doctor = await web.as_("lind")
    assert 'href="tel:' in (await doctor.get(PAGE)).text
    await web.database.run(under_threat)
    shown = (await doctor.get(PAGE)).text
    assert "Do not call the home, do not tell family. Call the police." in shown
    assert 'href="tel:' not in shown


async def test_operations_see_machines_not_people(web: Web) -> None:
    engineer = await web.as_("ops")
    shown = (await engineer.get("/triage")).text
    assert "Telephone provider does not answer" in shown
    assert "Margaret" not in shown
    assert (await engineer.get(PAGE)).status_code == 403


async def test_who_mends_a_device_learns_where_but_not_how_she_is(web: Web) -> None:
    lost = named("lost radar")

    def lose(connection: Connection) -> None:
        open_technical(
            connection,
            "north",
            Technical.DEVICE_LOST,
            area=None,
            household_id=MARGARET,
            hub_id="hub-margaret",
            severity=Severity.MEDIUM,
            new_id=lambda _: lost,
            now=NOW,
        )

    await web.database.run(lose)
    engineer = await web.as_("ops")
    assert "Margaret" not in (await engineer.get("/triage")).text
    shown = (await engineer.get(f"/triage/incidents/{lost}")).text
    assert "14 Larch Road" in shown
    for private in ("heart failure", "apixaban", ", 83", "Earlier in this home"):
        assert private not in shown


async def test_a_fault_of_two_homes_is_told_in_the_organisations_time(web: Web) -> None:
    outage = named("outage")

    def lose(connection: Connection) -> None:
        zone = update(organisation).where(organisation.c.id == "north").values(zone="Asia/Shanghai")
        connection.execute(zone)
        for home, hub_id in ((MARGARET, "hub-margaret"), (None, "hub-arthur")):
            open_technical(
                connection,
                "north",
                Technical.HUB_LOST,
                area="N1",
                household_id=home,
                hub_id=hub_id,
                severity=Severity.MEDIUM,
                new_id=lambda _: outage,
                now=NOW,
            )

    await web.database.run(lose)
    engineer = await web.as_("ops")
    shown = (await engineer.get(f"/triage/incidents/{outage}")).text
    assert "11:14:20 (Asia/Shanghai)" in shown
    assert "in the home" not in shown.split("</header>")[0]


async def test_who_mends_a_hub_reads_which_version_it_does_not_follow(web: Web) -> None:
    fault = named("not followed")

    def refuse(connection: Connection) -> None:
        open_technical(
            connection,
            "north",
            Technical.HUB_FAULT,
            area=None,
            household_id=MARGARET,
            hub_id="hub-margaret",
            severity=Severity.MEDIUM,
            new_id=lambda _: fault,
            now=NOW,
            about={"care_profile": 7},
        )

    await web.database.run(refuse)
    engineer = await web.as_("ops")
    shown = (await engineer.get(f"/triage/incidents/{fault}")).text
    assert "The hub does not follow version 7 of the care profile." in shown


async def test_a_doctor_off_shift_sees_the_own_panel_and_what_paged_them(web: Web) -> None:
    osei = await web.as_("osei")
    shown = (await osei.get("/triage")).text
    assert "SOS call" in shown
    assert "Water leak" not in shown
    assert (await osei.get(f"/triage/incidents/{LEAK}")).status_code == 403


async def test_the_queue_for_scripts_carries_no_names(web: Web) -> None:
    desk = await web.as_("desk")
    rows = (await desk.get("/triage/queue.json")).json()
    assert {row["slug"] or row["technical"] for row in rows} == {
        "sos_call",
        "water_leak",
        "provider_down",
    }
    assert "Margaret" not in str(rows)


async def test_the_page_reads_in_chinese(web: Web) -> None:
    await web.database.run(_chinese)
    doctor = await web.as_("lind")
    shown = (await doctor.get(PAGE)).text
    assert '<html lang="zh-CN">' in shown
    for words in ("危急", "求救按钮被按下。", "接手", "过去24小时", "响铃中"):
        assert words in shown


def _row(connection: Connection) -> Any:
    return connection.execute(select(incident).where(incident.c.id == SOS)).one()


def _trail(connection: Connection) -> list[Any]:
    return list(connection.execute(select(audit).where(audit.c.incident_id == SOS)))


def _chinese(connection: Connection) -> None:
    connection.execute(update(person).values(language="zh_CN"))


async def test_the_doctor_sees_who_signed_which_limit(web: Web) -> None:
    text = (
        '[home]\nzone = "Europe/London"\norganisation = "north"\narea = "SW4"\n'
        '[resident]\nflags = ["copd_scale_2", "pacemaker"]\n'
        f'[clinical]\nby = "{PEOPLE["lind"][0]}"\nsigned_at = {NOW.date()}\nspo2_scale = 2\n'
        "[clinical.limits]\nheart_rate_high = 100\n"
    )
    doctor = await web.as_("lind")
    assert "Clinical limits" not in (await doctor.get(PAGE)).text
    await web.database.run(change, MARGARET, named("lind"), text, "COPD", NOW)
    shown = (await doctor.get(PAGE)).text
    assert f"Signed by {PEOPLE['lind'][0]} on {NOW.date()}" in shown
    assert "scale 2 (target 88 to 92 %)" in shown
    assert "Heart rate, high from: 100 1/min (usually 111)" in shown
    assert "COPD with a lower oxygen target, pacemaker" in shown


async def _measure(web: Web, *parts: VitalPart) -> str:
    """The doctor's page after the hub has sent these readings."""
    body = {"episodes": [], "vitals": [part.model_dump(mode="json") for part in parts]}

    def store(connection: Connection) -> None:
        connection.execute(update(history).where(history.c.incident_id == SOS).values(body=body))

    await web.database.run(store)
    return (await (await web.as_("lind")).get(PAGE)).text


def _ago(minutes: float, what: str, value: float) -> VitalPart:
    return VitalPart(at=NOW - timedelta(minutes=minutes), what=what, value=value)


async def test_the_vital_signs_are_added_up_and_what_is_missing_is_said(web: Web) -> None:
    shown = await _measure(
        web,
        _ago(20, "heart_rate", 115.0),
        _ago(21, "spo2", 93.0),
        _ago(22, "body_temperature", 39.5),
        _ago(23, "bp_systolic", 95.0),
        _ago(180, "respiration_rate", 30.0),
    )
    assert "At least 8 points</strong>: emergency" in shown
    assert "<td>Heart rate</td><td>115 1/min</td><td>2</td>" in shown
    assert "<td>Breathing rate</td><td>missing</td><td></td><td></td>" in shown
    assert "not asked: ask what day it is" in shown


async def test_too_few_signs_have_no_total(web: Web) -> None:
    shown = await _measure(web, _ago(1, "spo2", 87.0), _ago(1, "heart_rate", 84.0))
    assert "Fresh: 2 of 5 signs, too few for a total." in shown
    assert "<td>Oxygen saturation</td><td>87 %</td><td>3</td>" in shown
