"""What a hub holds for ever is no part of the search for garbage, once all of it is there."""

import asyncio
import gc
import time
from collections.abc import Iterator

import pytest

from edge_agent.agent import leave_out_what_stays

MANY = 300_000


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    gc.unfreeze()


def _look() -> float:
    began = time.thread_time()
    gc.collect()
    return time.thread_time() - began


async def test_a_look_for_garbage_passes_over_what_was_there() -> None:
    kept = [[number] for number in range(MANY)]
    whole = min(_look() for _ in range(3))
    await leave_out_what_stays((), after=0)
    assert min(_look() for _ in range(3)) < whole / 4
    assert len(kept) == MANY


async def test_nothing_is_left_out_before_the_devices_are_known() -> None:
    live, joined = asyncio.Event(), asyncio.Event()
    before = gc.get_freeze_count()
    waiting = asyncio.create_task(leave_out_what_stays((live, joined), after=0))
    live.set()
    await asyncio.sleep(0.05)
    assert gc.get_freeze_count() == before
    joined.set()
    await waiting
    assert gc.get_freeze_count() > before


async def test_garbage_that_comes_later_is_still_found() -> None:
    await leave_out_what_stays((), after=0)
    gc.collect()
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() > 0
