"""Somebody has taken the incident; now and then they are asked whether it is still in hand.

A helper who does not answer three times running has not helped: the incident is open again.
"""

from datetime import datetime, timedelta

from cloud.escalation.policies import Policy
from cloud.escalation.progress import Progress, Watch
from cloud.escalation.situation import Decision, Situation
from cloud.paging.rules import Ask, Channel, PageStatus, Purpose
from vocabulary.incident import Role

FOLLOW_UP_EVERY = timedelta(seconds=60)
FOLLOW_UP_ASKS = 3
"""A follow-up is asked three times, a minute apart; then the incident is open again."""
AFTERWARDS = timedelta(minutes=60)
"""After the last follow-up, how often the helper is asked again while the incident stays open."""
LONGEST_QUIET = timedelta(minutes=15)
"""An acknowledged incident is looked at this often, not necessarily asked about."""
FOLLOW_UP_TRACK = "follow_up"


def watch_over(policy: Policy, progress: Progress, situation: Situation, now: datetime) -> Decision:
    """Ask the helper how it stands; without an answer the incident is open again."""
    assert situation.acknowledged_at is not None
    watch = progress.watch
    if watch is None or watch.since != situation.acknowledged_at:
        watch = Watch(number=progress.watches, since=situation.acknowledged_at)
        progress = progress.model_copy(update={"watches": progress.watches + 1, "tracks": {}})
    watch = _first_unanswered(policy, watch, situation, now)
    due_at = _follow_up_at(policy, watch, watch.index)
    asks: tuple[Ask, ...] = ()
    soonest = due_at
    if now >= due_at:
        if watch.asked_at is None or now >= watch.asked_at + FOLLOW_UP_EVERY:
            if watch.asked >= FOLLOW_UP_ASKS:
                return Decision(progress, now + timedelta(seconds=1), reopens=True)
            asks = _ask_the_helper(watch, situation)
            watch = watch.model_copy(update={"asked": watch.asked + 1, "asked_at": now})
        assert watch.asked_at is not None
        soonest = watch.asked_at + FOLLOW_UP_EVERY
    return Decision(
        progress=progress.model_copy(update={"watch": watch}),
        next_action_at=min(soonest, now + LONGEST_QUIET),
        asks=asks,
    )


def _follow_up_at(policy: Policy, watch: Watch, index: int) -> datetime:
    minutes = policy.follow_up_minutes
    if index < len(minutes):
        return watch.since + timedelta(minutes=minutes[index])
    last = timedelta(minutes=minutes[-1]) if minutes else timedelta(0)
    return watch.since + last + (index - len(minutes) + 1) * AFTERWARDS


def _first_unanswered(policy: Policy, watch: Watch, situation: Situation, now: datetime) -> Watch:
    """The follow-up that matters now; of several that came due unasked only the last is asked."""
    while (due_at := _follow_up_at(policy, watch, watch.index)) <= now:
        was_overtaken = not watch.asked and _follow_up_at(policy, watch, watch.index + 1) <= now
        if not (was_overtaken or _is_answered(watch, situation, due_at)):
            break
        watch = Watch(number=watch.number, since=watch.since, index=watch.index + 1)
    return watch


def _is_answered(watch: Watch, situation: Situation, due_at: datetime) -> bool:
    deed_at = situation.last_deed_at
    if deed_at is not None and deed_at >= due_at - FOLLOW_UP_EVERY:
        return True
    return any(
        page.purpose is Purpose.FOLLOW_UP
        and (page.round, page.step) == (watch.number, watch.index)
        and page.status is PageStatus.ACKNOWLEDGED
        for page in situation.pages
    )


def _ask_the_helper(watch: Watch, situation: Situation) -> tuple[Ask, ...]:
    if situation.acknowledged_by is None:
        return ()
    return (
        Ask(
            track=FOLLOW_UP_TRACK,
            step=watch.index,
            round=watch.number,
            attempt=watch.asked,
            person_id=situation.acknowledged_by,
            role=situation.acknowledged_role or Role.DESK,
            channels=(Channel.VOICE,),
            purpose=Purpose.FOLLOW_UP,
        ),
    )
