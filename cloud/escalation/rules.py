"""Until a named person has answered, somebody is always being asked, or about to be.

`decide` is a pure function of (the incident's own copy of its policy, progress, what is known of
the incident and its pages, now). It never gives up: after the last step the first one comes again,
and the next action of an open critical incident is at most 60 s away (RELIABILITY INV-2, INV-3).
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cloud.escalation.follow_up import LONGEST_QUIET, watch_over
from cloud.escalation.policies import Policy, ends
from cloud.escalation.progress import Progress, TrackProgress
from cloud.escalation.situation import Decision, Situation
from cloud.escalation.tracks import Moment, advance, askable, due
from vocabulary.incident import IncidentStatus
from vocabulary.risk import Severity

LONGEST_WAIT = timedelta(seconds=60)
"""Between two actions of an open critical or high incident (RELIABILITY §1.5)."""
REVIEW = timedelta(hours=24)
"""An incident that pages nobody is looked at once a day."""


def decide(policy: Policy, progress: Progress, situation: Situation, now: datetime) -> Decision:
    """The next steps of one incident."""
    if situation.status is IncidentStatus.CLOSED:
        return Decision(progress, None)
    if situation.status is IncidentStatus.ACKNOWLEDGED:
        return watch_over(policy, progress, situation, now)
    is_handed_back = progress.watch is not None or progress.raised is not None
    if is_handed_back:  # all asked anew
        progress = progress.model_copy(update={"watch": None, "raised": None, "tracks": {}})
    if not policy.tracks:
        return Decision(progress, now + REVIEW)
    if now < situation.starts_at:
        soonest = min(situation.starts_at, now + longest_wait(situation.severity))
        return Decision(progress, soonest)
    return _escalate(policy, progress, situation, now, is_handed_back=is_handed_back)


def longest_wait(severity: Severity) -> timedelta:
    """The furthest an open incident's next action may lie away."""
    return LONGEST_WAIT if severity >= Severity.HIGH else LONGEST_QUIET


def paging_begins(policy: Policy, page_at: datetime, zone: ZoneInfo) -> datetime:
    """`page_at`, or the next local morning where the policy pages by day only."""
    if policy.hours is None:
        return page_at
    first, last = policy.hours
    local = page_at.astimezone(zone)
    if first <= local.hour < last:
        return page_at
    day = local.date() if local.hour < first else local.date() + timedelta(days=1)
    return datetime.combine(day, time(first), zone).astimezone(page_at.tzinfo)


def _escalate(
    policy: Policy,
    progress: Progress,
    situation: Situation,
    now: datetime,
    *,
    is_handed_back: bool,
) -> Decision:
    asked_at = situation.escalate_asked_at
    is_pushed = asked_at is not None and (
        progress.pushed_at is None or asked_at > progress.pushed_at
    )
    moment = Moment(situation, now, progress.rounds)
    tracks: dict[str, TrackProgress] = {}
    for track in askable(policy, situation):
        at = progress.tracks.get(track.name)
        if at is None:
            at = advance(track, moment.begin_round(is_later=False), moment, is_pushed=False)
            # who gave it back for somebody else is often the first: the next one is asked as well
            tracks[track.name] = (
                advance(track, at, moment, is_pushed=True) if is_pushed and is_handed_back else at
            )
        else:
            tracks[track.name] = advance(track, at, moment, is_pushed=is_pushed)
    if moment.has_lost_a_round:
        for track in askable(policy, situation):
            if ends(track, policy.ends_at) and tracks[track.name].step < 0:
                tracks[track.name] = advance(track, tracks[track.name], moment, is_pushed=True)
    soonest = min(due(track, tracks[track.name]) for track in askable(policy, situation))
    return Decision(
        progress=progress.model_copy(
            update={
                "tracks": {**progress.tracks, **tracks},
                "rounds": moment.rounds,
                "pushed_at": asked_at if is_pushed else progress.pushed_at,
            }
        ),
        next_action_at=_between(now, soonest, longest_wait(situation.severity)),
        asks=tuple(moment.asks),
        missed=tuple(moment.missed),
        technical=frozenset(moment.technical),
    )


def _between(now: datetime, soonest: datetime, longest: timedelta) -> datetime:
    return max(now + timedelta(seconds=1), min(soonest, now + longest))
