"""Whatever people or hubs write into a free text, the browser shows it and never runs it (T28)."""

from typing import Any

import pytest
from sqlalchemy import Connection, update

from cloud.households.tables import household, person, relation
from cloud.incidents.service import receive
from cloud.incidents.tables import incident
from tests.browser.real import DESK, RealSite, log_in, window
from tests.cloud.web.world import MARGARET, NOW, SOS, World, check, sos_finding
from vocabulary.incident import CheckOutcome
from vocabulary.wire import EpisodePart, FactPart, History, VitalPart

RUN = "window.ran=(window.ran||0)+1"
CORPUS = [
    f"<script>{RUN}</script>",
    f'"><script>{RUN}</script>',
    f"'><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f'"><img src=x onerror="{RUN}">',
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</svg><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"<!--<script>-->{RUN}",
    f"<a href=javascript:{RUN}>x</a>",
    f"javascript:{RUN}",
    f'" onmouseover="{RUN}" autofocus onfocus="{RUN}',
    f"' onfocus='{RUN}' autofocus='",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<details open ontoggle={RUN}>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    f"<body onload={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<div hx-get='/home' hx-on::load='{RUN}' hx-trigger='load'>x</div>",
    f"<div data-hx-on:click='{RUN}'>x</div>",
    f"{{{{ {RUN} }}}}{{% print(7*7) %}}",
    f"%(name)s {{name}} ${{{RUN}}}",
    f"\u2028<script>{RUN}</script>\u2029",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<form action=https://evil.example><button>Accept</button></form>",
    "]]><x>",
    "\u202eyadot",
]


def poison(text: str) -> Any:
    """Put `text` into every free-text field there is, as far as each field is long."""

    def write(connection: Connection) -> None:
        connection.execute(
            update(household)
            .where(household.c.id == MARGARET)
            .values(
                resident_name=text[:120],
                address=text,
                access=text,
                area=text[:80],
                resident_phone=text[:20],
                resident_language=text[:8],
                conditions=[text],
                medicines=[text],
            )
        )
        connection.execute(update(person).values(name=text[:120]))
        connection.execute(update(relation).values(label=text[:60]))
        world = World(connection, {SOS: 1}, 5000)
        world.tell(
            SOS,
            room=text[:80],
            findings=[
                sos_finding(
                    room=text[:80],
                    device=text[:80],
                    facts=[
                        FactPart(key="fact.sos_times", values={"count": text[:120]}),
                        FactPart(key="fact.unheard_of", values={"x": text[:120]}),
                    ],
                )
            ],
            check=check(CheckOutcome.UNCLEAR, text[:200]),
        )
        _history(world, text)
        connection.execute(update(incident).where(incident.c.id == SOS).values(label=text[:40]))

    return write


def _history(world: World, text: str) -> None:
    message = History(
        event_id=world.event_id(),
        hub_id="hub-margaret",
        sent_at=NOW,
        incident_id=SOS,
        since=NOW,
        until=NOW,
        episodes=[EpisodePart(what="stay", place=text[:80], since=NOW)],
        vitals=[VitalPart(at=NOW, what="heart_rate", value=70, unit=text[:80])],
    )
    receive(world.connection, "hub-margaret", message, message.model_dump_json().encode(), NOW)


@pytest.mark.timeout(300)
def test_nothing_that_is_stored_ever_runs(site: RealSite, browser: Any) -> None:
    with window(browser, site.url, viewport=DESK) as doctors, window(browser, site.url) as familys:
        pages = [doctors.new_page(), familys.new_page()]
        outside: list[str] = []
        for page, who in zip(pages, ("lind", "claire"), strict=True):
            log_in(page, who)
            page.on("dialog", lambda dialog: dialog.dismiss())
            page.on(
                "request",
                lambda r: None if r.url.startswith(site.url) else outside.append(r.url),
            )
        note = doctors.new_page()
        note.goto(f"/triage/incidents/{SOS}")
        for text in CORPUS:
            site.clock.forward(seconds=1)
            note.locator("textarea").fill(text)
            with note.expect_navigation():
                note.get_by_role("button", name="Write the note").click()
        for number, text in enumerate(CORPUS):
            site.change(poison(text))
            shown = [
                (pages[0], "/triage"),
                (pages[0], f"/triage/incidents/{SOS}"),
                (pages[1], f"/home/{MARGARET}"),
            ]
            for page, path in shown:
                page.goto(path)
                page.wait_for_timeout(40)
                assert page.url.startswith(site.url + path), (number, text)
                assert page.evaluate("window.ran || 0") == 0, (number, path, text)
        assert outside == []
        page = pages[0]
        page.goto(f"/triage/incidents/{SOS}")
        assert page.locator(".notes li").count() == len(CORPUS), "each was shown as text"
