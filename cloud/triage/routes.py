"""Triage: the queue, one incident, and what a responder does about it.

Everything works by plain links and forms; with JavaScript the same fragments come by themselves.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from cloud.auth.guard import Grant, Permission
from cloud.auth.live import live_view
from cloud.auth.site import Site, SiteDep
from cloud.errors import Refused
from cloud.incidents import service as incidents
from cloud.incidents.rules import dispositions as settled
from cloud.messages import tongue
from cloud.pages import page, render
from cloud.policy import Action, can
from cloud.triage.evidence import day_strip, next_mark
from cloud.triage.hubs import read_hubs
from cloud.triage.incident import IncidentView, read_incident
from cloud.triage.rules import QueueRow, arrange
from cloud.triage.runbooks import load, runbook
from cloud.triage.service import read_queue
from cloud.triage.strip import draw, rows
from vocabulary.incident import Disposition, Role

router = APIRouter(prefix="/triage", include_in_schema=False)

QueueGrant = Annotated[Grant, Depends(Permission(Action.SEE_QUEUE))]
SeeGrant = Annotated[Grant, Depends(Permission(Action.SEE_INCIDENT))]


@router.get("")
async def queue(grant: QueueGrant, site: SiteDep) -> Response:
    """All that waits, gravest first."""
    return page("triage/queue.html", grant.session.person.language, **await _queue(grant, site))


@router.get("/live", dependencies=[Depends(Permission(Action.SEE_QUEUE))])
async def queue_live(request: Request, site: SiteDep) -> StreamingResponse:
    """The queue, again after each change."""

    async def show(present: Grant) -> str:
        values = await _queue(present, site)
        return render("triage/_queue.html", present.session.person.language, **values)

    return live_view(request, site, Action.SEE_QUEUE, show)


@router.get("/queue.json")
async def queue_json(grant: QueueGrant, site: SiteDep) -> Response:
    """The queue for scripts: the same rows, without names."""
    found = await _rows(grant, site)
    return JSONResponse([_plain(row) for row in found], headers={"X-As-Of": grant.now.isoformat()})


@router.get("/incidents/{incident_id}")
async def incident(incident_id: UUID, grant: SeeGrant, site: SiteDep) -> Response:
    """One incident, everything on one page."""
    values = await _incident(incident_id, grant, site)
    return page("triage/incident.html", grant.session.person.language, **values)


@router.get(
    "/incidents/{incident_id}/live", dependencies=[Depends(Permission(Action.SEE_INCIDENT))]
)
async def incident_live(incident_id: UUID, request: Request, site: SiteDep) -> StreamingResponse:
    """What changes on the incident page: who holds it, who is being called, what was replied."""

    async def show(present: Grant) -> str:
        values = await _incident(incident_id, present, site)
        return render("triage/_now.html", present.session.person.language, **values)

    return live_view(request, site, Action.SEE_INCIDENT, show)


@router.post("/incidents/{incident_id}/acknowledge")
async def acknowledge(
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.ACKNOWLEDGE))],
    site: SiteDep,
) -> Response:
    """Accept: from this commit on nobody else is called."""
    who = grant.session.person
    await site.database.run(
        incidents.acknowledge,
        incident_id=incident_id,
        person_id=who.id,
        role=_role(grant),
        by="web",
        page_id=None,
        now=grant.now,
    )
    return _back(incident_id)


@router.post("/incidents/{incident_id}/escalate")
async def escalate(
    incident_id: UUID, grant: Annotated[Grant, Depends(Permission(Action.ESCALATE))], site: SiteDep
) -> Response:
    """Ask the next people now; whoever holds it gives it back with that."""
    await site.database.run(
        incidents.ask_escalation,
        incident_id=incident_id,
        person_id=grant.person_id,
        now=grant.now,
        role=_role(grant),
    )
    return _back(incident_id)


@router.post("/incidents/{incident_id}/hand-back")
async def hand_back(
    incident_id: UUID, grant: Annotated[Grant, Depends(Permission(Action.HAND_BACK))], site: SiteDep
) -> Response:
    """Give it back: the calling goes on where it stood."""
    await site.database.run(
        incidents.hand_back,
        incident_id=incident_id,
        person_id=grant.person_id,
        now=grant.now,
        role=_role(grant),
    )
    return _back(incident_id)


@router.post("/incidents/{incident_id}/take-over")
async def take_over(
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.TAKE_OVER))],
    site: SiteDep,
) -> Response:
    """Be the one who has accepted it, in place of whoever has."""
    await site.database.run(
        incidents.take_over,
        incident_id=incident_id,
        person_id=grant.person_id,
        role=_role(grant),
        by="web",
        now=grant.now,
    )
    return _back(incident_id)


@router.post("/incidents/{incident_id}/history")
async def request_history(
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.REQUEST_HISTORY))],
    site: SiteDep,
    days: Annotated[str, Form()] = "",
) -> Response:
    """Ask the hub for a week or a month of the past."""
    if days not in {"7", "30"}:
        raise Refused("choose 7 or 30 days")
    await site.database.run(
        incidents.request_history,
        incident_id=incident_id,
        days=int(days),
        person_id=grant.person_id,
        now=grant.now,
        role=_role(grant),
    )
    return _back(incident_id)


@router.post("/incidents/{incident_id}/note")
async def write_note(
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.NOTE))],
    site: SiteDep,
    text: Annotated[str, Form()] = "",
) -> Response:
    """Write something down for whoever comes after."""
    await site.database.run(
        incidents.note,
        incident_id=incident_id,
        person_id=grant.person_id,
        text=text,
        now=grant.now,
        role=_role(grant),
    )
    return _back(incident_id)


@router.post("/incidents/{incident_id}/close")
async def close(
    incident_id: UUID,
    grant: Annotated[Grant, Depends(Permission(Action.CLOSE))],
    site: SiteDep,
    disposition: Annotated[str, Form()] = "",
) -> Response:
    """End it with a word that can be counted."""
    if disposition not in set(Disposition):
        raise Refused("choose how it ended")
    await site.database.run(
        incidents.close,
        incident_id=incident_id,
        person_id=grant.person_id,
        disposition=Disposition(disposition),
        now=grant.now,
        role=_role(grant),
    )
    return _back(incident_id)


def _back(incident_id: UUID) -> Response:
    return RedirectResponse(f"/triage/incidents/{incident_id}", status_code=303)


def _role(grant: Grant) -> Role:
    """As what a person of several roles answers here: the first that decides."""
    order = (Role.GP, Role.DESK, Role.COMMUNITY, Role.OPERATIONS)
    return next(role for role in order if role in grant.session.person.roles)


async def _rows(grant: Grant, site: Site) -> list[QueueRow]:
    return await site.database.run(read_queue, grant.actor, grant.now)


async def _queue(grant: Grant, site: Site) -> dict[str, Any]:
    return {
        "me": grant.session.person,
        "csrf": grant.session.csrf,
        "now": grant.now,
        "queue": arrange(await _rows(grant, site), grant.now),
        "hubs": await site.database.run(read_hubs, grant.actor, grant.now),
    }


async def _incident(incident_id: UUID, grant: Grant, site: Site) -> dict[str, Any]:
    now, who, actor = grant.now, grant.session.person, grant.actor
    speech = tongue(who.language)
    view: IncidentView = await site.database.run(read_incident, incident_id, actor, now)
    strip = day_strip(view.evidence, view.closed_at or next_mark(now), speech)
    return {
        "me": who,
        "csrf": grant.session.csrf,
        "now": now,
        "zone": view.zone,
        "view": view,
        "strip": strip,
        "drawing": draw(strip, speech.tell("The 24 hours before, room by room")),
        "table": rows(strip),
        "runbook": runbook(view.row.slug, view.row.technical, is_duress=view.row.is_duress),
        "runbook_of": {} if view.row.is_duress else load(),
        "may": {
            action.value: can(actor, action, view.target, now).is_allowed
            for action in (
                Action.ACKNOWLEDGE,
                Action.TAKE_OVER,
                Action.REQUEST_HISTORY,
                Action.ESCALATE,
                Action.HAND_BACK,
                Action.NOTE,
                Action.CLOSE,
            )
        },
        "settled": settled(is_technical=view.row.technical is not None),
        "because": can(actor, Action.CLOSE, view.target, now).because,
    }


def _plain(row: QueueRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "number": row.number,
        "slug": row.slug,
        "technical": row.technical,
        "severity": row.severity.word,
        "status": row.status,
        "opened_at": row.opened_at.isoformat(),
        "page_at": row.page_at.isoformat() if row.page_at else None,
        "acknowledged_at": row.acknowledged_at.isoformat() if row.acknowledged_at else None,
    }
