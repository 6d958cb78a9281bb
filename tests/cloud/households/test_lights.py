"""Twenty-nine lights are read in a glance: what has one reason is one line."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cloud.households.lights import Light, grouped, lights
from vocabulary.risks import RISKS

NOW = datetime(2026, 5, 12, 12, tzinfo=UTC)


def told(
    reason: str, minutes_ago: float = 0, state: str = "blind", **values: str
) -> dict[str, Any]:
    since = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return {"state": state, "reason": reason, "since": since, "values": values}


def shown(**parts: dict[str, Any]) -> tuple[Light, ...]:
    return tuple(one for one in lights(parts, NOW, NOW) if one.reason != "never_told")


def test_a_gateway_that_is_gone_is_one_line() -> None:
    all_of_them = {
        card.slug: told("gateway_gone", minutes_ago=n, bridge="attic")
        for n, card in enumerate(RISKS)
    }
    (group,) = grouped(shown(**all_of_them))
    assert len(group.risks) == 29
    assert group.since == NOW - timedelta(minutes=28)


def test_two_gateways_are_two() -> None:
    found = grouped(
        shown(
            smoke_fire=told("gateway_gone", bridge="attic"),
            fall=told("gateway_gone", bridge="cellar"),
        )
    )
    assert [group.first.values for group in found] == [
        (("bridge", "attic"),),
        (("bridge", "cellar"),),
    ]


def test_one_device_for_two_risks_is_one_line_and_another_day_is_another() -> None:
    found = grouped(
        shown(
            smoke_fire=told("silent", 5, device="0x01"),
            indoor_temp_extreme=told("silent", 5, device="0x01"),
            fall=told("silent", 60, device="0x01"),
        )
    )
    assert [[risk.slug for risk in group.risks] for group in found] == [
        ["smoke_fire", "indoor_temp_extreme"],
        ["fall"],
    ]


def test_what_was_never_told_is_one_line_without_a_time() -> None:
    (group,) = grouped(lights({}, NOW, NOW))
    assert (len(group.risks), group.since) == (29, None)


def test_what_the_hub_itself_cannot_do_is_one_line_whatever_the_devices() -> None:
    found = grouped(
        shown(
            water_leak=told("not_every_form", state="degraded", device="0x01"),
            long_lie=told("not_every_form", state="degraded", device="0x02"),
        )
    )
    assert [len(group.risks) for group in found] == [2]
