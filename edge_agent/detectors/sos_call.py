"""SOS call: somebody pressed a button, pulled a cord, or gave the secret sign of being threatened.

Any press counts (RISKS §4, [D]); the button itself decides what a press is, and decode what a hold
means. There is nothing to weigh: a press leaned on by accident is sorted out by a person, on the
telephone. A press latches: it ends only with its incident.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from edge_agent.detector import LOOKBACK, Assessment, late_by
from vocabulary.finding import Fact
from vocabulary.observation import Kind, Observation, Quality

ONE_PRESS = timedelta(seconds=5)
"""A button repeats itself until it is heard; repeats within this are one press. Our figure."""

SHOWN_WITHIN = timedelta(minutes=10)
"""How far back presses are counted for whoever is paged."""

MOST_COUNTED = 20

_FACTS = {
    "pressed": "fact.sos_pressed",
    "pull_cord": "fact.sos_pull_cord",
    "duress": "fact.sos_duress",
    "spoken": "fact.sos_spoken",
}


@dataclass(frozen=True, slots=True)
class Press:
    """The newest press of one sort on one device."""

    at: datetime
    """Of its first message: the episode."""
    last_at: datetime
    reported_at: datetime | None
    room: str
    text: str
    late_by_seconds: float
    earlier: tuple[datetime, ...] = ()


@dataclass(slots=True)
class SosCall:
    """Present from the press on; the engine raises each press once."""

    slug: ClassVar[str] = "sos_call"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.SOS})
    lookback: ClassVar[timedelta] = LOOKBACK

    presses: dict[tuple[str, str], Press] = field(init=False, default_factory=dict)
    """By variant and device."""

    def observe(self, seen: Observation) -> None:
        # a retained press is an old one (DESIGN §5); a device's own self-test is no call
        if seen.is_found or seen.quality is Quality.TEST or seen.value in {False, None}:
            return
        place = (_variant(seen.text), seen.device)
        known = self.presses.get(place)
        if known is not None and _is_same(known, seen):
            self.presses[place] = _heard_again(known, seen)
            return
        earlier = () if known is None else (*known.earlier, known.at)[-MOST_COUNTED:]
        self.presses[place] = Press(
            seen.at, seen.at, seen.reported_at, seen.room, seen.text, late_by(seen), earlier
        )

    def assess(self, now: datetime) -> tuple[Assessment, ...]:
        return tuple(
            Assessment(
                variant=variant,
                since=press.at,
                facts=_facts(press, now),
                counter=(Fact.of("fact.sos_no_test"),),
                room=press.room,
                device=device,
                late_by_seconds=press.late_by_seconds,
            )
            for (variant, device), press in self.presses.items()
        )

    def due(self, now: datetime) -> datetime | None:
        del now
        return None


def _variant(text: str) -> str:
    """Any word nobody has heard of is a press: an unknown sort of SOS is never dropped."""
    return text if text in {"pull_cord", "duress"} else "pressed"


def _is_same(known: Press, seen: Observation) -> bool:
    """The same message delivered again (QoS 1, after a crash), or the button repeating itself."""
    if seen.reported_at is not None and seen.reported_at == known.reported_at:
        return True
    return seen.at - known.last_at < ONE_PRESS


def _heard_again(known: Press, seen: Observation) -> Press:
    return Press(
        known.at,
        max(known.last_at, seen.at),
        known.reported_at,
        known.room,
        known.text,
        known.late_by_seconds,
        known.earlier,
    )


def _facts(press: Press, now: datetime) -> tuple[Fact, ...]:
    first = Fact.of(_FACTS.get(press.text, "fact.sos_pressed"))
    count = 1 + sum(1 for at in press.earlier if now - at <= SHOWN_WITHIN)
    return (first,) if count == 1 else (first, Fact.of("fact.sos_times", count=count))
