"""Home: how she is, what is watched, who is helping, and what a relative can say about it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from cloud.auth.guard import Grant, Permission
from cloud.auth.live import live_view
from cloud.auth.site import Site, SiteDep
from cloud.family.service import read_home, read_homes
from cloud.incidents import service as incidents
from cloud.pages import page, render
from cloud.policy import Action, family_level
from vocabulary.incident import Role

router = APIRouter(prefix="/home", include_in_schema=False)

HomeGrant = Annotated[Grant, Depends(Permission(Action.SEE_HOME))]


@router.get("")
async def homes(
    grant: Annotated[Grant, Depends(Permission(Action.SEE_HOMES))], site: SiteDep
) -> Response:
    """All homes that one may see; with one alone, that one."""
    found = await site.database.run(read_homes, grant.person_id, grant.now)
    if len(found) == 1:
        return RedirectResponse(f"/home/{found[0].id}", status_code=303)
    session = grant.session
    return page(
        "family/homes.html",
        session.person.language,
        me=session.person,
        csrf=session.csrf,
        now=grant.now,
        homes=found,
    )


@router.get("/{household_id}")
async def home(household_id: UUID, grant: HomeGrant, site: SiteDep) -> Response:
    """One home."""
    values = await _home(household_id, grant, site)
    return page("family/home.html", grant.session.person.language, **values)


@router.get("/{household_id}/live", dependencies=[Depends(Permission(Action.SEE_HOME))])
async def home_live(household_id: UUID, request: Request, site: SiteDep) -> StreamingResponse:
    """The home, again after each change that shows."""

    async def show(present: Grant) -> str:
        values = await _home(household_id, present, site)
        return render("family/_home.html", present.session.person.language, **values)

    return live_view(request, site, Action.SEE_HOME, show)


@router.post("/{household_id}/incidents/{incident_id}/acknowledge")
async def acknowledge(
    household_id: UUID,
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.FAMILY_ACKNOWLEDGE))],
    site: SiteDep,
) -> Response:
    """Say "I know about it": ends the calls to the family, never those to the doctor."""
    await site.database.run(
        incidents.acknowledge,
        incident_id=incident_id,
        person_id=grant.person_id,
        role=Role.FAMILY,
        by="web",
        page_id=None,
        now=grant.now,
    )
    return _back(household_id)


@router.post("/{household_id}/incidents/{incident_id}/going")
async def going(
    household_id: UUID,
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.FAMILY_GOING))],
    site: SiteDep,
) -> Response:
    """Say "I am going there"."""
    await site.database.run(
        incidents.going_there,
        incident_id=incident_id,
        person_id=grant.person_id,
        role=Role.FAMILY,
        by="web",
        page_id=None,
        now=grant.now,
    )
    return _back(household_id)


@router.post("/{household_id}/incidents/{incident_id}/false-alarm")
async def false_alarm(
    household_id: UUID,
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.FAMILY_LABEL))],
    site: SiteDep,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Say "it was nothing, because …": a label that responders read; it ends nothing."""
    await site.database.run(
        incidents.label_false,
        incident_id=incident_id,
        person_id=grant.person_id,
        reason=reason,
        now=grant.now,
        role=Role.FAMILY,
    )
    return _back(household_id)


def _back(household_id: UUID) -> Response:
    return RedirectResponse(f"/home/{household_id}", status_code=303)


async def _home(household_id: UUID, grant: Grant, site: Site) -> dict[str, Any]:
    level = family_level(grant.target.ties, grant.now)
    found = await site.database.run(read_home, household_id, level, grant.now)
    return {
        "me": grant.session.person,
        "csrf": grant.session.csrf,
        "now": grant.now,
        "home": found,
        "zone": found.zone,
    }
