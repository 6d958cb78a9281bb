"""The measure that other tests hold the code to: a ratio, whatever the machine does beside it."""

import sys
from functools import partial
from types import FrameType
from typing import Any

import pytest

from tests.cost import cost_in_steps


def _count_to(number: int) -> int:
    count = 0
    while count < number:
        count += 1
    return count


def _cost_of_counting_to(number: int) -> float:
    return cost_in_steps(lambda: [partial(_count_to, number)] * 10)


def test_twice_the_work_costs_twice_as_much() -> None:
    once, twice = _cost_of_counting_to(20_000), _cost_of_counting_to(40_000)
    assert twice / once == pytest.approx(2, rel=0.25)


def test_a_tracer_makes_nothing_dearer_and_is_there_again_afterwards() -> None:
    def trace(_frame: FrameType, _event: str, _arg: Any) -> Any:
        return trace

    untraced, before = _cost_of_counting_to(20_000), sys.gettrace()
    sys.settrace(trace)
    try:
        traced = _cost_of_counting_to(20_000)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
    assert traced / untraced == pytest.approx(1, rel=0.25)
