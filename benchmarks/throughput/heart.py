"""The heart alone on one core: bytes in, judged observations out; no disk, no broker, no task."""

import time
from dataclasses import dataclass

from benchmarks.throughput.day import Day
from edge_agent.agent import load_profiles_from
from edge_agent.agent.heart import Heart
from edge_agent.agent.hub import new_id
from edge_agent.settings import PROFILES
from vocabulary.home import read_home

_WARM_UP = 300
"""Messages after which each device's table has been compiled and the caches are warm."""
_STRETCH = 50
"""Messages, some milliseconds: short enough that a busy neighbour leaves some of them alone."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What one core takes in a second."""

    observations_per_second: float
    messages_per_second: float


def heart_pace(day: Day, rounds: int) -> Pace:
    """By CPU time of this thread; each stretch of the day counts as in its best round.

    A processor shared with others is slower for moments at a time, never faster: what a stretch
    took at best is what it takes.
    """
    each = [_once(day) for _ in range(rounds)]
    seconds = sum(min(stretch) for stretch in zip(*(one.seconds for one in each), strict=True))
    return Pace(each[0].observations / seconds, each[0].messages / seconds)


@dataclass(slots=True)
class _Round:
    observations: int
    messages: int
    seconds: list[float]


def _once(day: Day) -> _Round:
    heart = Heart(read_home(day.house.home_file()), load_profiles_from(PROFILES), new_id)
    for message in day.retained:
        heart.take(message.topic, message.payload, day.lines[0].at, retained=True)
    warm_up = min(_WARM_UP, len(day.lines) // 4)
    _take(heart, day, 0, warm_up)
    done = _Round(0, len(day.lines) - warm_up, [])
    for since in range(warm_up, len(day.lines), _STRETCH):
        began = time.thread_time()
        done.observations += _take(heart, day, since, since + _STRETCH)
        done.seconds.append(time.thread_time() - began)
    return done


def _take(heart: Heart, day: Day, since: int, until: int) -> int:
    count = 0
    for line in day.lines[since:until]:
        message = line.message
        outcome = heart.take(message.topic, message.payload, line.at, retained=False)
        count += len(outcome.observations)
    return count
