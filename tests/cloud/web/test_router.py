"""No door without a guard: the router is walked, and whatever is unknown to this list fails."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from cloud.auth.guard import SAFE_METHODS, Permission
from cloud.paging.routes import PUBLIC_PATHS
from cloud.policy import Action
from tests.cloud.web.browser import HOST, Browser, Web, csrf_of
from tests.cloud.web.world import MARGARET, SOS, named

PUBLIC = {
    "/": "shows nothing, sends on",
    "/login": "before anybody is known",
    "/logout": "ends one's own session, checks it itself",
    "/static/{name}": "style and script",
    "/healthz": "says ok",
    "/metrics": "numbers, for this machine",
    "/ingest/v1/messages": "a hub's bearer token",
    **dict.fromkeys(PUBLIC_PATHS, "signature and token"),
}


def api_routes(web: Web) -> Iterator[APIRoute]:
    """Every route, those of included routers too."""
    seen = [*web.app.routes]
    while seen:
        route = seen.pop()
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "app", None)
            seen.extend(getattr(inner, "routes", []))


def permissions(dependant: Dependant) -> Iterator[Permission]:
    for part in dependant.dependencies:
        if isinstance(part.call, Permission):
            yield part.call
        yield from permissions(part)


async def test_each_route_asks_the_policy_or_is_public(web: Web) -> None:
    routes = list(api_routes(web))
    bare = {
        route.path
        for route in routes
        if not any(permissions(route.dependant)) and route.path not in PUBLIC
    }
    assert len(routes) >= 20
    assert bare == set()


PARTS = {Action.SEE_HUBS}
"""Asked by the part of a page that is shown or left out."""


async def test_each_action_is_asked_for_by_a_route(web: Web) -> None:
    asked = {one.action for route in api_routes(web) for one in permissions(route.dependant)}
    assert asked == set(Action) - PARTS


def concrete(path: str) -> str:
    return path.replace("{incident_id}", str(SOS)).replace("{household_id}", str(MARGARET))


async def test_nobody_logged_in_gets_nothing(web: Web) -> None:
    stranger = web.browser(Accept="application/json")
    for route in api_routes(web):
        if route.path in PUBLIC:
            continue
        for method in route.methods or ():
            answer = await stranger.http.request(method, concrete(route.path))
            assert answer.status_code == 401, (method, route.path)


@pytest.mark.parametrize("who", ["stranger", "pym"])
async def test_nobody_sees_another_organisations_or_familys_home(web: Web, who: str) -> None:
    """Forced browsing: each address with each id, known and invented, is the same refusal."""
    browser = await web.as_(who)
    own_pages = {"/triage", "/triage/live", "/triage/queue.json", "/home"}
    token = {"csrf": await token_of(browser)}
    for route in api_routes(web):
        if route.path in PUBLIC or route.path in own_pages:
            continue
        for identity in (SOS, named("nothing of that name"), "no-id-at-all"):
            path = concrete(route.path).replace(str(SOS), str(identity))
            for method in route.methods or ():
                answer = await browser.http.request(
                    method, path, data=None if method in SAFE_METHODS else token
                )
                assert answer.status_code in {403, 422}, (method, path)
                assert "Margaret" not in answer.text


async def token_of(browser: Browser) -> str:
    """The token of the session, from any page with a form."""
    for start in ("/triage", "/home"):
        answer = await browser.http.get(start, follow_redirects=True)
        if answer.status_code == 200:
            return csrf_of(answer.text)
    raise AssertionError("no page of one's own")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": HOST}, 303, id="our own page"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 303, id="our own page, says the browser"),
        pytest.param({}, 303, id="a script with the right token"),
        pytest.param({"Origin": "https://evil.example"}, 403, id="another site"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed frame"),
        pytest.param({"Origin": HOST + ".evil.example"}, 403, id="a look-alike"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="another site, says the browser"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="a sibling host"),
    ],
)
async def test_only_our_own_pages_change_anything(
    web: Web, headers: dict[str, str], status: int
) -> None:
    desk = await web.as_("desk")
    token = await token_of(desk)
    del desk.http.headers["Origin"]
    answer = await desk.http.post(
        f"/triage/incidents/{SOS}/escalate", data={"csrf": token}, headers=headers
    )
    assert answer.status_code == status


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "another's"])
async def test_a_form_needs_the_sessions_own_token(web: Web, token: str) -> None:
    desk, doctor = await web.as_("desk"), await web.as_("lind")
    sent = await token_of(doctor) if token == "another's" else token
    answer = await desk.post(f"/triage/incidents/{SOS}/escalate", csrf=sent)
    assert answer.status_code == 403


async def test_every_answer_carries_the_same_protection(web: Web) -> None:
    desk = await web.as_("desk")
    paths = ["/triage", f"/triage/incidents/{SOS}", "/login", "/nowhere", "/healthz", "/home"]
    for path in [*paths, "/static/hearthline.css", "/metrics", "/ingest/v1/messages"]:
        headers = (await desk.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        kept = "no-store" if not path.startswith("/static/") else "public, max-age=31536000"
        assert headers["cache-control"].startswith(kept), path


async def test_no_page_holds_inline_script_or_style(web: Web) -> None:
    desk, claire = await web.as_("desk"), await web.as_("claire")
    for browser, path in (
        (desk, "/triage"),
        (desk, f"/triage/incidents/{SOS}"),
        (claire, f"/home/{MARGARET}"),
        (desk, "/login"),
    ):
        shown = (await browser.get(path)).text
        assert "style=" not in shown
        assert "<style" not in shown
        assert "<script>" not in shown
        assert " on" + "click" not in shown
        assert "http://" not in shown.replace("http://www.w3.org", "")


@pytest.mark.parametrize("length", [70_000, 5_000_000])
async def test_an_endless_form_is_refused_unread(web: Web, length: int) -> None:
    answer = await web.browser().http.post("/login", content=b"x" * length)
    assert answer.status_code == 413
