"""What a person's answer does to an incident: help hastens, "fine" may cancel, silence never does.

A resident who is threatened gives the secret word and the home behaves as after "fine", to the
byte. So each step below takes the same path for both: what the home shows is decided first and
alone, and only then does the true outcome touch `page_at` or the withdrawal.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from edge_agent.response.at_home import called_off, help_called, put_off
from edge_agent.response.effects import Local, Speak
from edge_agent.response.incident import HubIncident
from edge_agent.spoken_check import Reply
from vocabulary.finding import Finding, FindingState
from vocabulary.incident import CheckOutcome, Disposition
from vocabulary.risk import Cancel, Severity
from vocabulary.risks import BY_SLUG

UP_WITHIN = timedelta(minutes=3)
"""A fall answered "fine" counts as over only when upright motion is seen this soon (RISKS §5)."""

Step = tuple[HubIncident, list[Local]]

_REASSURING = frozenset({CheckOutcome.FINE, CheckOutcome.DURESS})
"""What the home takes for "fine"."""


def answered(incident: HubIncident, reply: Reply, now: datetime, room_type: str = "") -> Step:
    """The incident after a reply, while its check runs or after it has ended.

    `room_type`: where the terminal stands that heard it.
    """
    assert incident.check is not None, "only a risk with a check is answered"
    was_running = incident.check.is_running
    if was_running and reply.outcome in _REASSURING and _is_elsewhere(incident, room_type):
        return _sent_there(incident, reply, now)
    heard = replace(incident, check=incident.check.hear(reply))
    match reply.outcome:
        case CheckOutcome.HELP:
            return _help(heard, now)
        case outcome if outcome in _REASSURING and was_running:
            shown, effects = _fine(heard, now)
            return _true_outcome(heard, shown, reply.outcome, now), effects
        case _:
            return heard, []


def seen_upright(incident: HubIncident, now: datetime) -> Step:
    """Somebody was seen upright after the fall; alone it cancels nothing."""
    if incident.upright_at is not None:
        return incident, []
    up = replace(incident, upright_at=now)
    answer = None if up.check is None else up.check.outcome
    if answer not in {CheckOutcome.FINE, CheckOutcome.DURESS} or not _may_cancel(up, now):
        return up, []
    return _settled(up, now)


def withdrawn(incident: HubIncident, why: Disposition, now: datetime) -> HubIncident:
    """Ended before its first page, as RISKS §5 allows; the cloud closes it."""
    check = incident.check
    if check is not None and check.is_running:
        check = replace(check, ended_at=now)
    return replace(incident, withdrawn=why, withdrawn_at=now, check=check)


def resolved(incident: HubIncident, now: datetime) -> Step:
    """The danger has gone by itself in time; whoever was asked is told so."""
    effects: list[Local] = [called_off(incident.slug)] if incident.check else []
    if incident.is_duress:
        return replace(incident, has_settled=True, settled_at=now), effects
    return withdrawn(incident, Disposition.RESOLVED_BEFORE_PAGE, now), effects


def fell(incident: HubIncident) -> Finding:
    """The newest fall of this incident."""
    falls = [f for f in incident.findings if f.slug == incident.slug and _is_raised(f.state)]
    return max(falls, key=lambda f: f.at)


def may_resolve(incident: HubIncident, now: datetime) -> bool:
    """Whether a danger that is gone by itself may end the incident without a page.

    What is critical only by a good repeat reading, or where the resident's word would do. Under
    duress it only seems to end: `resolved`.
    """
    shown = incident.shown_page_at
    if shown is None or now >= shown or not incident.is_live:
        return False
    if not incident.is_duress and not _is_unpaged(incident):
        return False
    allowed = {Cancel.BY_ANSWER, Cancel.BY_REPEAT_READING}
    return incident.severity < Severity.CRITICAL or _rights(incident) <= allowed


def _help(incident: HubIncident, now: datetime) -> Step:
    severity = max(incident.severity, incident.course.if_help or incident.severity)
    hastened = replace(incident, page_at=_earlier(incident.page_at, now), severity=severity)
    if incident.is_help_told:
        return hastened, []
    told = replace(hastened, shown_page_at=now, is_help_told=True)
    return told, help_called(incident)


def _fine(incident: HubIncident, now: datetime) -> Step:
    """What the home shows after "fine"; the same under duress."""
    if not _may_cancel(incident, now):
        return incident, [Speak((), "say.noted")]
    if _rights(incident) == {Cancel.PUTS_OFF}:
        return _put_off(incident, now)
    if _rights(incident) == {Cancel.BY_ANSWER} or incident.upright_at is not None:
        return _settled(incident, now)
    if incident.has_moved:
        return incident, [Speak((), "say.fall_fine")]
    later = fell(incident).at + UP_WITHIN
    moved = replace(incident, page_at=later, shown_page_at=later, has_moved=True)
    return moved, [Speak((), "say.fall_fine")]


def _put_off(incident: HubIncident, now: datetime) -> Step:
    """Once: whoever says that they look after it is given the time, and no more of it."""
    if incident.has_moved:
        return incident, [Speak((), "say.noted")]
    wait = incident.course.puts_off
    later = now + wait
    page_at = incident.page_at if incident.is_duress else later
    moved = replace(incident, page_at=page_at, shown_page_at=later, has_moved=True)
    return moved, [put_off(wait)]


def _is_elsewhere(incident: HubIncident, room_type: str) -> bool:
    """Whether "fine" only counts where the danger is, and was said somewhere else."""
    assert incident.check is not None
    wanted = incident.check.course.answered_in
    return bool(wanted) and room_type != wanted


def _sent_there(incident: HubIncident, reply: Reply, now: datetime) -> Step:
    """The question stays open until it is answered in the right room."""
    assert incident.check is not None
    unclear = replace(reply, outcome=CheckOutcome.UNCLEAR)
    shown = replace(incident, check=incident.check.hear(unclear))
    return _true_outcome(incident, shown, reply.outcome, now), [Speak((), "say.answer_there")]


def _settled(incident: HubIncident, now: datetime) -> Step:
    effects: list[Local] = [called_off(incident.slug)]
    if incident.is_duress:
        return replace(incident, has_settled=True, settled_at=now), effects
    shown = withdrawn(incident, Disposition.RESIDENT_CANCELLED, now)
    return replace(shown, has_settled=True, settled_at=now), effects


def _true_outcome(
    before: HubIncident, shown: HubIncident, outcome: CheckOutcome, now: datetime
) -> HubIncident:
    """Under duress nothing is moved or withdrawn: the page goes out now."""
    if outcome is not CheckOutcome.DURESS:
        return shown
    return replace(
        shown,
        is_duress=True,
        page_at=_earlier(before.page_at, now),
        withdrawn=None,
        withdrawn_at=None,
    )


def _may_cancel(incident: HubIncident, now: datetime) -> bool:
    """Every risk in it must allow it, and what the home believes of the page must lie ahead."""
    shown = incident.shown_page_at
    if shown is None or now >= shown or not incident.is_live:
        return False
    if not incident.is_duress and not _is_unpaged(incident):
        return False
    rights = _rights(incident)
    return rights in ({Cancel.BY_ANSWER}, {Cancel.BY_ANSWER_AND_UPRIGHT}, {Cancel.PUTS_OFF})


def _rights(incident: HubIncident) -> set[Cancel]:
    """By whatever has been raised; where it was raised anew, worse, that alone counts."""
    raised = {(f.slug, f.variant, f.device): f for f in incident.findings if _is_raised(f.state)}
    return {BY_SLUG[f.slug].course(f.variant, f.severity).cancel for f in raised.values()}


def _is_unpaged(incident: HubIncident) -> bool:
    return incident.cloud.first_page_at is None


def _is_raised(state: FindingState) -> bool:
    return state is FindingState.RAISED


def _earlier(page_at: datetime | None, now: datetime) -> datetime:
    return now if page_at is None else min(page_at, now)
