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


@dataclass(frozen=True, slots=True)
class Pace:
    """What one core takes in a second."""

    observations_per_second: float
    messages_per_second: float


def heart_pace(day: Day, rounds: int) -> Pace:
    """The best of some rounds, each with a heart of its own; by CPU time of this thread."""
    paces = [_once(day) for _ in range(rounds)]
    return max(paces, key=lambda pace: pace.messages_per_second)


def _once(day: Day) -> Pace:
    heart = Heart(read_home(day.house.home_file()), load_profiles_from(PROFILES), new_id)
    for message in day.retained:
        heart.take(message.topic, message.payload, day.lines[0].at, retained=True)
    warm_up = min(_WARM_UP, len(day.lines) // 4)
    _take(heart, day, 0, warm_up)
    began = time.thread_time()
    observations = _take(heart, day, warm_up, len(day.lines))
    seconds = time.thread_time() - began
    return Pace(observations / seconds, (len(day.lines) - warm_up) / seconds)


def _take(heart: Heart, day: Day, since: int, until: int) -> int:
    count = 0
    for line in day.lines[since:until]:
        message = line.message
        outcome = heart.take(message.topic, message.payload, line.at, retained=False)
        count += len(outcome.observations)
    return count
