"""In which order tests are dealt out to workers who test beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def slow_first(tests: list[T], workers: int, is_slow: Callable[[T], bool]) -> list[T]:
    """Return the tests, so that each worker begins with some of the slow ones.

    Each gets as many in a row. Else one would be left with a slow one while all others are done.
    """
    slow = [test for test in tests if is_slow(test)]
    others = [test for test in tests if not is_slow(test)]
    dealt: list[T] = []
    for worker in range(workers):
        hand = slow[worker::workers]
        size = (len(tests) - len(dealt)) // (workers - worker)
        dealt += hand + [others.pop(0) for _ in range(min(size - len(hand), len(others)))]
    return dealt + others
