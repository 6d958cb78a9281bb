"""Long lie: somebody fell and has not got up; after an hour on the floor the harm is lasting [V4].

Most who cannot get up do not use their alarm, and many say that they are all right [V4]. So no
word and no closed incident ends this, only being seen upright, or elsewhere (RISKS §4, §5). Falls
that nobody saw (`undetected`) are not told yet.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, Detector
from edge_agent.upright import Upright
from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation

DOWN_FOR = timedelta(minutes=10)
"""RISKS §4: "not upright 10 min after a fall, even if the resident said I am OK"."""

SAME_FALL = timedelta(minutes=2)
"""Two sensors of one room that tell of a fall so near to one another tell of one, as in `fall`."""


@dataclass(frozen=True, slots=True)
class Lie:
    """Somebody who went down and has not been seen up since."""

    since: datetime
    room: str
    device: str
    fact: Fact
    """What the fall was known by."""
    counter: tuple[Fact, ...]
    was_found: bool
    late_by_seconds: float

    def is_long(self, now: datetime) -> bool:
        return now - self.since >= DOWN_FOR


Lies = dict[str, tuple[Lie, ...]]
"""By sensor: the lie that is long already and the one that may become so, oldest first."""


@dataclass(slots=True)
class LongLie:
    """Present per sensor of the fall, until somebody is seen upright."""

    falls: Detector
    """What a fall is, is for that detector to say: this one has its own, told the same readings."""
    upright: Upright
    is_shared: bool = False
    """A pet or a second person lives here, whose movement proves nothing."""

    slug: ClassVar[str] = "long_lie"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {
            Kind.FALL,
            Kind.POSTURE,
            Kind.IMPACT,
            Kind.ACCELERATION,
            Kind.STEPS,
            Kind.WORN,
            Kind.CHAIR_OCCUPIED,
            Kind.BED_OCCUPIED,
            Kind.PERSON_COUNT,
            Kind.MOTION,
            Kind.PRESENCE,
        }
    )
    """Those of a fall, and those by which people are seen up."""
    lookback: ClassVar[timedelta] = LOOKBACK

    lies: Lies = field(init=False, default_factory=dict)
    over: dict[str, datetime] = field(init=False, default_factory=dict)
    """By sensor: the newest fall that ended well; its level may stand a while longer."""

    def observe(self, seen: Observation) -> None:
        self.lies = self._known(seen.at)  # what time alone has made a fall, before this reading
        if seen.kind in self.falls.kinds:
            self.falls.observe(seen)
            self.lies = self._known(seen.at)
        if self.upright.observe(seen):
            self._got_up(seen)

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        known = self._known(now)
        return self._present(known, now) if known else ()

    def due(self, now: datetime) -> datetime | None:
        instants = [lie.since + DOWN_FOR for lies in self._known(now).values() for lie in lies]
        if (fall_at := self.falls.due(now)) is not None:
            instants.append(fall_at)
        return min((at for at in instants if at > now), default=None)

    def _present(self, known: Lies, now: datetime) -> tuple[Assessment, ...]:
        long = [lie for lies in known.values() for lie in lies if lie.is_long(now)]
        newest = {lie.device: lie for lie in sorted(long, key=_begin)}
        told: list[Lie] = []
        for lie in sorted(newest.values(), key=_begin):
            if not any(_is_same(lie, other) for other in told):
                told.append(lie)
        return tuple(self._after_fall(lie, now) for lie in told)

    def _known(self, now: datetime) -> Lies:
        """What is remembered, with the falls that stand now."""
        known = self.lies
        for fall in self.falls.assess(now):
            lies = known.get(fall.device, ())
            if not self._is_told(fall, lies):
                known = known | {fall.device: (*lies[-1:], _of(fall))}
        return known

    def _is_told(self, fall: Assessment, lies: tuple[Lie, ...]) -> bool:
        """Whether it is over, or a lie already.

        Whoever falls again before a lie was long has been lying since the first fall.
        """
        is_over = fall.device in self.over and fall.since <= self.over[fall.device]
        return is_over or any(not lie.is_long(fall.since) for lie in lies)

    def _got_up(self, seen: Observation) -> None:
        for device, lies in list(self.lies.items()):
            lying = tuple(lie for lie in lies if not self.upright.proves(seen, lie.since, lie.room))
            if lying == lies:
                continue
            self.over[device] = max(lie.since for lie in lies if lie not in lying)
            if lying:
                self.lies[device] = lying
            else:
                del self.lies[device]

    def _after_fall(self, lie: Lie, now: datetime) -> Assessment:
        minutes = int((now - lie.since) / timedelta(minutes=1))
        return Assessment(
            variant="after_fall",
            since=lie.since,
            facts=(Fact.of("fact.not_up_since_fall", minutes=minutes), lie.fact),
            missing=(Fact.of("fact.movement_not_counted"),) if self.is_shared else (),
            counter=(*lie.counter, Fact.of("fact.upright_would_end")),
            room=lie.room,
            device=lie.device,
            was_found=lie.was_found,
            late_by_seconds=lie.late_by_seconds,
        )


def _of(fall: Assessment) -> Lie:
    return Lie(
        fall.since,
        fall.room,
        fall.device,
        fall.facts[0],
        fall.counter,
        fall.was_found,
        fall.late_by_seconds,
    )


def _begin(lie: Lie) -> datetime:
    return lie.since


def _is_same(one: Lie, other: Lie) -> bool:
    return bool(one.room) and one.room == other.room and one.since - other.since <= SAME_FALL
