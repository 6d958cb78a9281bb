"""Somebody says that they look after it: they are given the time, once, and no more of it."""

from dataclasses import replace

import pytest

from edge_agent.response import Response
from tests.stories import at, cleared, finding, home, ids, local, only
from vocabulary.home import HomeFile, Terminal
from vocabulary.incident import Disposition
from vocabulary.risk import Severity
from vocabulary.risks import BY_SLUG

LEFT_ON = finding("stove_unattended", "left_on", room="Kitchen")
COLD = finding("indoor_temp_extreme", "cold", severity=Severity.MEDIUM)


def with_terminals() -> HomeFile:
    terminals = (Terminal(id="stove", room="Kitchen"), Terminal(id="sofa", room="Living room"))
    return home().model_copy(update={"terminal": terminals})


def hub() -> Response:
    return Response(with_terminals(), BY_SLUG, ids(), "4711", "blue umbrella")


def seconds_of(told: Response, since: int, until: int) -> dict[int, list[str]]:
    """What the home did, by second, where it did something."""
    done = {second: local(told.tick(at(second))) for second in range(since, until + 1)}
    return {second: words for second, words in done.items() if words}


def test_nobody_answers_so_the_stove_is_cut_off_when_family_is_called() -> None:
    told = hub()
    assert local(told.on_finding(LEFT_ON, at(0))) == ["say.stove_check"]
    assert only(told).page_at == at(300)
    done = seconds_of(told, 1, 310)
    assert done.pop(300) == ["say.stove_cut_off", "stove off", "say.family_told"]
    assert done == {minute * 60: ["say.stove_check"] for minute in range(1, 5)}
    assert [(a.action, a.target) for a in only(told).actions if a.action == "stove"] == [
        ("stove", "off")
    ]


def test_fine_from_the_sofa_sends_to_the_kitchen_and_the_question_goes_on() -> None:
    told = hub()
    told.on_finding(LEFT_ON, at(0))
    assert local(told.on_reply("sofa", "I'm fine", 1.0, at(20))) == ["say.answer_there"]
    assert only(told).page_at == at(300)
    assert only(told).check is not None
    assert only(told).check.is_running  # type: ignore[union-attr]  # just looked at
    assert "stove off" in seconds_of(told, 21, 300)[300]


def test_fine_in_the_kitchen_wins_ten_minutes_once() -> None:
    told = hub()
    told.on_finding(LEFT_ON, at(0))
    assert local(told.on_reply("stove", "I'm fine", 1.0, at(100))) == ["say.put_off_minutes 10"]
    assert only(told).page_at == at(700)
    assert local(told.on_reply("stove", "I'm fine", 1.0, at(400))) == []
    done = seconds_of(told, 401, 720)
    assert done == {700: ["say.stove_cut_off", "stove off", "say.family_told"]}


def test_whoever_is_back_at_the_stove_in_time_ends_it() -> None:
    told = hub()
    told.on_finding(LEFT_ON, at(0))
    told.on_reply("stove", "I'm fine", 1.0, at(100))
    assert local(told.on_finding(cleared(LEFT_ON, 200), at(200))) == ["say.check_cancelled"]
    assert only(told).withdrawn is Disposition.RESOLVED_BEFORE_PAGE
    assert seconds_of(told, 201, 800) == {}


def test_help_at_the_stove_cuts_it_off_at_once() -> None:
    told = hub()
    told.on_finding(LEFT_ON, at(0))
    done = local(told.on_reply("sofa", "help", 1.0, at(30)))
    assert done == ["say.stove_cut_off", "stove off", "say.family_told"]
    assert only(told).page_at == at(30)


def test_a_pan_that_overheats_while_we_ask_is_a_fire() -> None:
    told = hub()
    told.on_finding(LEFT_ON, at(0))
    burns = finding("stove_unattended", "overheat", 40, device="probe", room="Kitchen")
    done = local(told.on_finding(burns, at(40)))
    assert done == ["say.stove_overheats", "stove off", "siren on evacuate", "path_light on"]
    assert (only(told).variant, only(told).page_at) == ("overheat", at(40))
    assert only(told).course.chain == "fire"
    assert local(told.on_reply("stove", "I'm fine", 1.0, at(50))) == []
    assert seconds_of(told, 51, 200) == {}, "nobody is asked any more"


def test_a_stove_left_on_beside_smoke_is_cut_off_without_a_further_word() -> None:
    told = hub()
    told.on_finding(finding("smoke_fire", "smoke", device="alarm"), at(0))
    assert local(told.on_finding(replace(LEFT_ON, at=at(60)), at(60))) == ["stove off"]
    assert only(told).slug == "smoke_fire"


def test_a_stove_cut_off_as_the_hub_died_is_cut_off_again() -> None:
    told = hub()
    told.on_finding(LEFT_ON, at(0))
    told.tick(at(300))
    again = hub()
    done = again.restore([only(told)], at(320), died_at=at(300))
    assert local(done)[0] == "stove off"


def test_a_cold_room_is_put_off_for_four_hours() -> None:
    told = hub()
    assert local(told.on_finding(COLD, at(0))) == ["say.cold_check"]
    assert local(told.on_reply("sofa", "I'm fine", 1.0, at(10))) == ["say.put_off_hours 4"]
    assert only(told).page_at == at(10 + 4 * 3600)
    assert seconds_of(told, 11, 4 * 3600) == {}
    assert seconds_of(told, 4 * 3600, 4 * 3600 + 20) == {4 * 3600 + 10: ["say.family_told"]}


def test_what_was_put_off_and_grows_worse_is_asked_about_anew_and_cannot_be_put_off() -> None:
    told = hub()
    told.on_finding(COLD, at(0))
    told.on_reply("sofa", "I'm fine", 1.0, at(10))
    colder = replace(COLD, at=at(3600), severity=Severity.HIGH)
    assert local(told.on_finding(colder, at(3600))) == ["say.cold_check"]
    assert only(told).page_at == at(3900)
    assert local(told.on_reply("sofa", "I'm fine", 1.0, at(3610))) == ["say.noted"]
    assert only(told).page_at == at(3900)


@pytest.mark.parametrize("terminal", ["stove", "sofa"])
@pytest.mark.parametrize("is_over", [True, False])
def test_under_duress_the_home_does_what_it_does_after_fine(terminal: str, is_over: bool) -> None:
    def shown(words: str) -> tuple[list[list[str]], Response]:
        told = hub()
        done = [local(told.on_finding(LEFT_ON, at(0)))]
        done.append(local(told.on_reply(terminal, words, 1.0, at(10))))
        done.append(local(told.on_reply("stove", "I'm fine", 1.0, at(30))))
        if is_over:
            done.append(local(told.on_finding(cleared(LEFT_ON, 60), at(60))))
        done += [local(told.tick(at(second))) for second in range(61, 700)]
        return done, told

    ordinary, _ = shown("I'm fine")
    threatened, told = shown("fine, my blue umbrella")
    assert threatened == ordinary
    assert only(told).is_duress
    assert only(told).page_at == at(10)
    assert only(told).withdrawn is None


def test_advice_is_given_by_day_and_once_in_its_cool_down() -> None:
    told = hub()
    stale = finding("air_quality_poor", "co2_stale", device="bedroom")
    assert local(told.on_finding(stale, at(0))) == ["say.air_is_stale"]
    assert only(told).page_at is None
    told.on_finding(cleared(stale, 600), at(600))
    later = replace(stale, since=at(7200), at=at(7200))
    assert local(told.on_finding(later, at(7200))) == []
    next_day = replace(stale, since=at(50_000), at=at(86_400))
    assert local(told.on_finding(next_day, at(86_400))) == ["say.air_is_stale"]


def test_by_night_advice_is_only_written_down() -> None:
    told = hub()
    midnight = 15 * 3600  # 09:00 UTC is 10:00 in Paris
    stale = finding("air_quality_poor", "co2_stale", midnight)
    assert local(told.on_finding(stale, at(midnight))) == []
    assert only(told).slug == "air_quality_poor"
