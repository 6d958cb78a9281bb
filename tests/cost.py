"""What a piece of work costs, in steps of a plain loop that takes turns with it.

A microsecond is another one on each machine, and on a busy machine another one each minute. What
slows the work slows the loop beside it as well, so the ratio of the two stays what it is.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

A_MICROSECOND = 18.4
"""Steps: one took 54 ns on a quiet core (AMD EPYC, Python 3.11; 58 ns with 3.12, 65 with 3.13).
Eight busy processes on its two cores, most of them there to spoil the caches, make what a detector
does dearer by at most 8 steps in 100."""

ROUNDS = 5
_STEPS = 10_000
"""Of one turn: under a millisecond, short enough that a neighbour leaves some of them alone."""
_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_INSTANTS = {number: _START + timedelta(seconds=number) for number in range(32)}

Piece = Callable[[], object]


def cost_in_steps(begin: Callable[[], Sequence[Piece]]) -> float:
    """Steps that all pieces together cost, each taken at its best of several rounds.

    `begin` makes the pieces of one round, in their order and from nothing; each should take about
    a millisecond. Processor time counts, without garbage collection or a tracer.
    """
    pieces, steps = list[list[float]](), list[list[float]]()
    with _undisturbed():
        for _ in range(ROUNDS):
            turns = [(_seconds(piece), _seconds(_loop)) for piece in begin()]
            pieces.append([piece for piece, _ in turns])
            steps.append([loop for _, loop in turns])
    return _best(pieces) * len(steps[0]) * _STEPS / _best(steps)


@dataclass(slots=True)
class _Clock:
    """A call, a look-up, a comparison of instants: what the lines of a detector are made of."""

    at: datetime = _START
    count: int = 0

    def step(self, number: int) -> None:
        instant = _INSTANTS.get(number & 31)
        if instant is not None and instant >= self.at:
            self.count += 1
            self.at = instant


def _loop() -> None:
    clock = _Clock()
    for number in range(_STEPS):
        clock.step(number)


def _best(rounds: list[list[float]]) -> float:
    """Seconds: each turn counts as in its best round."""
    turns: Iterator[tuple[float, ...]] = zip(*rounds, strict=True)
    return sum(map(min, turns))


def _seconds(piece: Piece) -> float:
    began = time.thread_time()
    piece()
    return time.thread_time() - began


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No collection and no tracer: `coverage` traces what is measured, but not this loop."""
    tracer, was_collecting = sys.gettrace(), gc.isenabled()
    sys.settrace(None)
    gc.disable()
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()
        sys.settrace(tracer)
