"""Each of those who test beside each other begins with what takes long."""

from __future__ import annotations

import pytest

from tests.support.dealing import slow_first

TESTS = [f"slow {n}" if n in (3, 4, 5, 11, 18) else f"quick {n}" for n in range(22)]


def is_slow(test: str) -> bool:
    return test.startswith("slow")


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_slow_ones_come_first_to_everybody(workers: int) -> None:
    dealt = slow_first(TESTS, workers, is_slow)
    assert sorted(dealt) == sorted(TESTS)
    begun = 0
    for worker in range(workers):
        size = (len(TESTS) - begun) // (workers - worker)
        hand = dealt[begun : begun + size]
        slow = [is_slow(test) for test in hand]
        assert sum(slow) in (5 // workers, -(-5 // workers))
        assert slow == sorted(slow, reverse=True)
        begun += size


def test_the_others_keep_their_order() -> None:
    quick = [test for test in slow_first(TESTS, 3, is_slow) if not is_slow(test)]
    assert quick == [test for test in TESTS if not is_slow(test)]


def test_more_slow_ones_than_anybody_can_hold_are_dealt_all_the_same() -> None:
    assert sorted(slow_first(TESTS, 30, is_slow)) == sorted(TESTS)
    assert slow_first([], 5, is_slow) == []
