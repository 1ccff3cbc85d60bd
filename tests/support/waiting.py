"""Waits for a condition instead of for a fixed time, and does something meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.02
MOST_POLL_SECONDS = 0.1
SHARE = 0.05  # of the time that it has waited already


def eventually(condition: Callable[[], T], seconds: float = 30.0, what: str = "") -> T:
    """Return the first true value of `condition`; AssertionError if there is none in time.

    The longer it waits, the less often it asks: what it waits for needs the processor, too.
    """
    began = time.monotonic()
    while not (value := condition()):
        waited = time.monotonic() - began
        assert waited < seconds, what or f"not so within {seconds:g} s"
        time.sleep(min(max(POLL_SECONDS, waited * SHARE), MOST_POLL_SECONDS))
    return value


@contextmanager
def meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let a thread do `work` beside the block; what it gets is set when the block is over."""
    is_over = threading.Event()
    thread = threading.Thread(target=work, args=(is_over,))
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
