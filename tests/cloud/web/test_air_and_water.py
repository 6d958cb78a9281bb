"""What a responder reads of gas, carbon monoxide and water, in both languages."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from tests.cloud.web.browser import Web
from tests.cloud.web.world import NOW, SOS, World, sos_finding
from vocabulary.wire import ActionPart, FactPart

PAGE = f"/triage/incidents/{SOS}"
AT = NOW - timedelta(seconds=100)


@pytest.mark.parametrize(
    ("slug", "variant", "fact", "use", "said", "done"),
    [
        pytest.param(
            "gas_leak",
            "alarm",
            FactPart(key="fact.gas_share", values={"percent": 12.0}),
            "gas_valve",
            "The air holds 12.0 % of the gas that could explode.",
            "gas valve closed",
            id="gas",
        ),
        pytest.param(
            "co_exposure",
            "acute",
            FactPart(key="fact.co_dose", values={"limit": 100.0, "minutes": 10}),
            "siren",
            "As much carbon monoxide as 100.0 ppm for 10 minutes was in the air.",
            "siren",
            id="carbon monoxide",
        ),
        pytest.param(
            "water_leak",
            "wet_floor",
            FactPart(key="fact.floor_wet", values={"seconds": 30}),
            "water_valve",
            "The floor has been wet for 30 seconds.",
            "main water valve closed",
            id="water",
        ),
    ],
)
async def test_the_page_says_what_was_seen_and_what_the_home_has_shut(  # noqa: PLR0913, PLR0917 - a row
    web: Web, slug: str, variant: str, fact: FactPart, use: str, said: str, done: str
) -> None:
    finding = sos_finding(slug=slug, variant=variant, facts=[fact])
    action = ActionPart(at=AT, action=use, target="off", ended_at=AT)

    def tell(connection: Connection) -> None:
        world = World(connection, {SOS: 1}, 5000)
        world.tell(SOS, slug=slug, variant=variant, findings=[finding], actions=[action])

    await web.database.run(tell)
    shown = (await (await web.as_("lind")).get(PAGE)).text
    assert said in shown
    assert f"{done}</li>" in shown, "and no end of what has no end"
