"""A raised finding opens an incident or joins one; either way it is journaled and sent at once.

The spoken check runs inside the incident, never before it: a hub that dies during the check has
already told the cloud when to page (DESIGN §5, Response).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from uuid import UUID

from edge_agent.response.answer import Step
from edge_agent.response.at_home import opening, shut_off
from edge_agent.response.effects import Local, Speak
from edge_agent.response.incident import HubIncident
from edge_agent.response.merge import severity_of_both, with_finding
from edge_agent.spoken_check import SpokenCheck
from vocabulary.finding import Finding
from vocabulary.home import HomeFile
from vocabulary.risk import Risk, Severity
from vocabulary.risks import BY_SLUG


def opened(
    incident_id: UUID, findings: tuple[Finding, ...], risks: Mapping[str, Risk], home: HomeFile
) -> Step:
    """A new incident, of revision 0 until it is kept, and what is done in the home at once."""
    first = findings[0]
    page_at = reduce(_earliest, (_page_at(each, risks) for each in findings))
    effects = opening(first, home)
    asks = risks[first.slug].course(first.variant, first.severity).asks is not None
    incident = HubIncident(
        incident_id=incident_id,
        slug=first.slug,
        variant=first.variant,
        severity=max(each.severity for each in findings),
        opened_at=first.at,
        page_at=page_at,
        shown_page_at=None if _is_silent(first) else page_at,
        findings=findings,
        room=first.room,
        revision=0,
        check=_check(first, first.at) if asks else None,
        is_duress=_is_silent(first),
        is_help_told=bool(effects),
    )
    return incident, effects


def joined(
    known: HubIncident,
    finding: Finding,
    risks: Mapping[str, Risk],
    home: HomeFile,
    now: datetime,
) -> Step:
    """The incident with one more finding: the severer and the earlier of both."""
    if known.is_acknowledged and _is_a_new_call(known, finding):
        known = _called_again(known, now)
    page_at = _page_at(finding, risks)
    shown = None if _is_silent(finding) else _earliest(known.shown_page_at, page_at)
    both = replace(
        known,
        findings=with_finding(known.findings, finding),
        severity=severity_of_both(known, finding),
        page_at=_earliest(known.page_at, page_at),
        shown_page_at=shown,
        cleared_at=None,
        upright_at=_still_up(known, finding),
    )
    if known.severity < Severity.HIGH <= both.severity and not both.is_called_again:
        both = replace(both, handed_back_at=_latest(now, page_at))
    if finding.slug != known.slug:
        return both, shut_off(finding, home)
    if _is_worse(finding, known):  # whom it calls goes by the worst that is seen
        both = replace(both, variant=finding.variant)
    effects = _not_said_lately(known, opening(finding, home), risks[known.slug].cool_down, now)
    told = both.is_help_told or bool(effects)
    return replace(_asked_anew(both, now), is_help_told=told), effects


def _is_worse(finding: Finding, known: HubIncident) -> bool:
    """More severe, or as severe and people are called sooner: a pan left on, and then it burns."""
    if finding.severity != known.severity:
        return finding.severity > known.severity
    course = BY_SLUG[finding.slug].course(finding.variant, finding.severity)
    return course.page_after < known.course.page_after


def _not_said_lately(
    known: HubIncident, effects: list[Local], cool_down: timedelta, now: datetime
) -> list[Local]:
    """Advice is given once in a cool-down (RISKS §5); what pages somebody is always said."""
    said = {a.target for a in known.actions if a.action == "say" and now - a.at < cool_down}
    if known.page_at is not None:
        return effects
    return [each for each in effects if not (isinstance(each, Speak) and each.key in said)]


def _is_a_new_call(known: HubIncident, finding: Finding) -> bool:
    """Whoever has acknowledged cannot know of it: a further press, fall or source, or worse."""
    episodes = {(f.slug, f.variant, f.device, f.since) for f in known.findings}
    is_new = (finding.slug, finding.variant, finding.device, finding.since) not in episodes
    has_risen = finding.severity >= Severity.HIGH and known.severity < finding.severity
    return has_risen or (finding.severity is Severity.CRITICAL and is_new)


def _called_again(known: HubIncident, now: datetime) -> HubIncident:
    """As if nobody had taken it yet: a page and a question that are over are no longer the last."""
    is_over = known.page_at is not None and known.page_at <= now
    shown = known.shown_page_at
    return replace(
        known,
        is_called_again=True,
        handed_back_at=now,
        plan_b_at=None,
        plan_b_said_at=None,
        is_help_told=False,
        page_at=None if is_over else known.page_at,
        shown_page_at=None if shown is not None and shown <= now else shown,
    )


def _still_up(known: HubIncident, finding: Finding) -> datetime | None:
    """Getting up after one fall says nothing of the next, though one question stands for both."""
    is_older = known.upright_at is not None and known.upright_at <= finding.since
    return None if finding.slug == known.slug and is_older else known.upright_at


def _asked_anew(incident: HubIncident, now: datetime) -> HubIncident:
    """Another fall: "fine" was said of the one before; an open question stands for both."""
    check, shown = incident.check, incident.shown_page_at
    if check is None:
        return incident
    if incident.course.asks is None and check.is_running:  # nobody answers a burning pan
        return replace(incident, check=replace(check, ended_at=now))
    # a question that runs on stands for both, unless its answer may now do something else
    is_other = check.course.cancel is not incident.course.cancel
    if (check.is_running and not is_other) or shown is None or now >= shown:
        return incident
    again = SpokenCheck.begin(incident.slug, now, incident.variant, incident.severity)
    again = replace(again, replies=check.replies)
    return replace(incident, check=again, upright_at=None)


def _page_at(finding: Finding, risks: Mapping[str, Risk]) -> datetime | None:
    course = risks[finding.slug].course(finding.variant, finding.severity)
    return None if course.page_within is None else finding.at + course.page_after


def _check(finding: Finding, now: datetime) -> SpokenCheck:
    return SpokenCheck.begin(finding.slug, now, finding.variant, finding.severity)


def _is_silent(finding: Finding) -> bool:
    """The sign of being threatened: the home must not know of it."""
    return finding.slug == "sos_call" and finding.variant == "duress"


def _latest(now: datetime, other: datetime | None) -> datetime:
    return now if other is None else max(now, other)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
