"""Turns come one at a time, in order, and nobody waits for ever."""

from __future__ import annotations

import threading

from app.rendering.turns import Turns
from tests.support.waiting import eventually


def test_turns_come_in_the_order_in_which_they_were_wanted() -> None:
    turns, order = Turns(10), []
    assert turns.acquire(0)

    def wait(number: int) -> None:
        assert turns.acquire(10)
        order.append(number)
        turns.release()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        eventually(lambda: len(turns._waiting) == len(threads))
    turns.release()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert turns.acquire(0), "it must be free again"


def test_a_turn_that_does_not_come_in_time_is_given_up() -> None:
    turns = Turns(1)
    assert turns.acquire(0)
    assert not turns.acquire(0.01)
    turns.release()
    assert turns.acquire(0)


def test_only_so_many_wait() -> None:
    turns = Turns(1)
    assert turns.acquire(0)
    waiting = threading.Thread(target=turns.acquire, args=(10,))
    waiting.start()
    eventually(lambda: turns._waiting)
    assert not turns.acquire(10), "it must not wait"
    turns.release()
    waiting.join()
