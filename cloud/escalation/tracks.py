"""One track of a policy: steps that follow one another, rounds that follow one another.

A step is taken when its time has come, or at once when nobody of the step before can answer any
more, or when somebody asks for more help. After the last step the first one comes again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cloud.escalation.policies import Policy, Step, Track
from cloud.escalation.progress import TrackProgress
from cloud.escalation.situation import Missed, Situation
from cloud.paging.rules import LIVE, REACHED, Ask, Channel, PageStatus, Purpose
from vocabulary.incident import Role, Technical

LOST_ROUND_WAIT = timedelta(seconds=30)
"""After a round in which everybody asked has failed (DESIGN §6)."""


@dataclass(slots=True)
class Moment:
    """One look at one incident, while the answer is being put together."""

    situation: Situation
    now: datetime
    rounds: int
    """Rounds begun so far in all tracks together."""
    asks: list[Ask] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    technical: set[Technical] = field(default_factory=set)
    has_lost_a_round: bool = False

    def people(self, step: Step) -> dict[UUID, Role]:
        """Whom the step asks, without those who must not be told."""
        found: dict[UUID, Role] = {}
        for who in step.who:
            if self.situation.asks(who):
                for person in self.situation.people.get(who.key, ()):
                    found.setdefault(person, who.role)
        return found

    def is_live(self, person: UUID, track: Track, at: TrackProgress) -> bool:
        """Whether that person is being asked right now."""
        if self._is_asked_now(person):
            return True
        pages = [page for page in self.situation.pages if page.person_id == person]
        calls = [page for page in pages if page.channel is Channel.VOICE]
        if any(call.is_live(self.now) for call in calls):
            return True
        here = (track.name, at.round)
        if any((call.track, call.round) == here for call in calls):
            return False
        return any(
            (page.track, page.round) == here and page.status in LIVE | {PageStatus.DELIVERED}
            for page in pages
        )  # an SMS waits as long as its step does

    def is_busy(self, person: UUID) -> bool:
        """Whether calling that person now would only find an engaged line."""
        return self._is_asked_now(person) or any(
            page.person_id == person and page.channel is Channel.VOICE and page.is_busy(self.now)
            for page in self.situation.pages
        )

    def _is_asked_now(self, person: UUID) -> bool:
        return any(ask.person_id == person for ask in self.asks)

    def begin_round(self, *, is_later: bool) -> TrackProgress:
        self.rounds += 1
        return TrackProgress.begun(self.now, self.rounds - 1, is_later=is_later)


def askable(policy: Policy, situation: Situation) -> list[Track]:
    """The tracks in which anybody may be asked; the policy's own order is their order."""
    return [
        track
        for track in policy.tracks
        if any(situation.asks(who) for step in track.steps for who in step.who)
    ]


def advance(track: Track, at: TrackProgress, moment: Moment, *, is_pushed: bool) -> TrackProgress:
    """Take every step that is due, end the round when it is over, call again in between."""
    if at.waits_until is not None:
        if moment.now < at.waits_until and not is_pushed:
            return at
        at, is_pushed = moment.begin_round(is_later=True), False
    for _ in range(len(track.steps) + 1):
        following = at.step + 1
        if following == len(track.steps):
            return _at_the_last_step(track, at, moment, is_pushed=is_pushed)
        is_due = moment.now >= at.began_at + _after(track, at, following)
        if not (is_due or is_pushed or _is_over(track, at, moment)):
            break
        at, is_pushed = _take(track, at, following, moment), False
    if at.step >= 0 and moment.now >= at.called_at + _repeat(track):
        return _call_again(track, at, moment)
    return at


def _at_the_last_step(
    track: Track, at: TrackProgress, moment: Moment, *, is_pushed: bool
) -> TrackProgress:
    if _is_over(track, at, moment):
        _explain_loss(track, at, moment)
        return at.model_copy(update={"waits_until": moment.now + LOST_ROUND_WAIT})
    if is_pushed or moment.now >= at.called_at + _repeat(track):
        fresh = moment.begin_round(is_later=True)
        return advance(track, fresh, moment, is_pushed=False)
    return at


def _take(track: Track, at: TrackProgress, step: int, moment: Moment) -> TrackProgress:
    taken = at.model_copy(update={"step": step, "attempt": 0, "called_at": moment.now})
    if not moment.people(track.steps[step]):
        moment.missed.append(Missed(track.name, step, at.round))
        not_kept = moment.situation.not_kept
        if any(who.is_staffed and who.key not in not_kept for who in track.steps[step].who):
            moment.technical.add(Technical.ROTA_GAP)
    _ask(track, taken, moment)
    return taken


def _call_again(track: Track, at: TrackProgress, moment: Moment) -> TrackProgress:
    again = at.model_copy(update={"attempt": at.attempt + 1, "called_at": moment.now})
    _ask(track, again, moment)
    return again


def _ask(track: Track, at: TrackProgress, moment: Moment) -> None:
    step = track.steps[at.step]
    for person, role in moment.people(step).items():
        if not moment.is_busy(person):
            moment.asks.append(
                Ask(track.name, at.step, at.round, at.attempt, person, role, step.channels)
            )


def _is_over(track: Track, at: TrackProgress, moment: Moment) -> bool:
    """Whether nobody of the present step can answer any more; before the first step never."""
    if at.step < 0:
        return False
    people = moment.people(track.steps[at.step])
    return not any(moment.is_live(person, track, at) for person in people)


def _explain_loss(track: Track, at: TrackProgress, moment: Moment) -> None:
    """A round that reached nobody is a fault of ours; one that only rang is not."""
    round_pages = [
        page
        for page in moment.situation.pages
        if page.track == track.name and page.round == at.round and page.purpose is Purpose.PAGE
    ]
    if any(page.status in REACHED for page in round_pages):
        return
    moment.has_lost_a_round = True
    is_staffed = any(who.is_staffed for step in track.steps for who in step.who)
    if round_pages:
        moment.technical.add(Technical.PROVIDER_DOWN)
    elif is_staffed:
        moment.technical.add(Technical.ROTA_GAP)


def due(track: Track, at: TrackProgress) -> datetime:
    """When this track has something to do by itself."""
    if at.waits_until is not None:
        return at.waits_until
    following = at.step + 1
    if following == len(track.steps):
        return at.called_at + _repeat(track)
    step_due = at.began_at + _after(track, at, following)
    return step_due if at.step < 0 else min(step_due, at.called_at + _repeat(track))


def _after(track: Track, at: TrackProgress, step: int) -> timedelta:
    """How long after the round's beginning a step is due."""
    skipped = track.steps[0].after_s if at.is_later else 0
    return timedelta(seconds=track.steps[step].after_s - skipped)


def _repeat(track: Track) -> timedelta:
    return timedelta(seconds=track.repeat_every_s)
