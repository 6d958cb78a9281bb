"""Somebody has taken the incident; now and then they are asked whether it is still in hand.

A helper who does not answer three times running has not helped: the incident is open again.
"""

from datetime import datetime, timedelta

from cloud.escalation.policies import Policy
from cloud.escalation.progress import Progress, Raised, Watch
from cloud.escalation.situation import Decision, Situation
from cloud.paging.rules import RAISED_AGAIN, Ask, Channel, PageStatus, Purpose
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
    if situation.spread_at not in {None, progress.spread_at}:
        assert situation.spread_at is not None
        progress = raise_again(progress, situation.spread_at)
        progress = progress.model_copy(update={"spread_at": situation.spread_at})
    raised = raised_still(progress, situation)
    progress = progress.model_copy(update={"watch": watch, "raised": raised})
    if raised is not None and raised.at <= now:
        return ask_again(progress, raised, situation, now)
    watch = _first_unanswered(policy, watch, situation, now)
    due_at = _follow_up_at(policy, watch, watch.index)
    asks: tuple[Ask, ...] = ()
    soonest = due_at
    if now >= due_at:
        if watch.asked_at is None or now >= watch.asked_at + FOLLOW_UP_EVERY:
            if watch.asked >= FOLLOW_UP_ASKS:
                return Decision(progress, now + timedelta(seconds=1), reopens=True)
            asks = ask_the_helper(
                situation, FOLLOW_UP_TRACK, step=watch.index, number=watch.number, asked=watch.asked
            )
            watch = watch.model_copy(update={"asked": watch.asked + 1, "asked_at": now})
        assert watch.asked_at is not None
        soonest = watch.asked_at + FOLLOW_UP_EVERY
    return Decision(
        progress=progress.model_copy(update={"watch": watch}),
        next_action_at=min(soonest, now + LONGEST_QUIET, raised.at if raised else soonest),
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


def raised_still(progress: Progress, situation: Situation) -> Raised | None:
    """What came anew and whoever holds the incident has not given a word about yet."""
    raised, since = progress.raised, situation.acknowledged_at
    if raised is None or (since is not None and raised.latest <= since):
        return None  # taken by somebody after it came
    deed_at = situation.last_deed_at
    if deed_at is not None and deed_at >= raised.latest:
        return None
    is_answered = any(
        (page.track, page.round) == (RAISED_AGAIN, raised.number)
        and page.status is PageStatus.ACKNOWLEDGED
        for page in situation.pages
    )
    if not is_answered:
        return raised
    if raised.asked_at is None or raised.latest <= raised.asked_at:
        return None
    return Raised(number=raised.number + 1, at=raised.latest, latest=raised.latest)


def ask_again(progress: Progress, raised: Raised, situation: Situation, now: datetime) -> Decision:
    """Call the holder about it three times, a minute apart; then the incident is open again."""
    asks: tuple[Ask, ...] = ()
    if raised.asked_at is None or now >= raised.asked_at + FOLLOW_UP_EVERY:
        if raised.asked >= FOLLOW_UP_ASKS:
            return Decision(progress, now + timedelta(seconds=1), reopens=True)
        asks = ask_the_helper(
            situation, RAISED_AGAIN, step=0, number=raised.number, asked=raised.asked
        )
        raised = raised.model_copy(update={"asked": raised.asked + 1, "asked_at": now})
    assert raised.asked_at is not None
    return Decision(
        progress=progress.model_copy(
            update={"raised": raised, "raises": max(progress.raises, raised.number + 1)}
        ),
        next_action_at=raised.asked_at + FOLLOW_UP_EVERY,
        asks=asks,
        must_reach=bool(asks),
    )


def raise_again(progress: Progress, at: datetime) -> Progress:
    """Note that something critical came anew, about which the holder is to be called at `at`."""
    known = progress.raised
    if known is None:
        raised = Raised(number=progress.raises, at=at, latest=at)
    else:
        raised = known.model_copy(update={"at": min(known.at, at), "latest": max(known.latest, at)})
    return progress.model_copy(
        update={"raised": raised, "raises": max(progress.raises, raised.number + 1)}
    )


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


def ask_the_helper(
    situation: Situation, track: str, *, step: int, number: int, asked: int
) -> tuple[Ask, ...]:
    """One question to whoever has acknowledged, with the key of its own attempt."""
    if situation.acknowledged_by is None:
        return ()
    return (
        Ask(
            track=track,
            step=step,
            round=number,
            attempt=asked,
            person_id=situation.acknowledged_by,
            role=situation.acknowledged_role or Role.DESK,
            channels=(Channel.VOICE,),
            purpose=Purpose.FOLLOW_UP,
        ),
    )
