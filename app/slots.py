"""Waiting until one of a few slots is free: what is costly is done a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Slots(Protocol):
    """A semaphore, bounded or not."""

    def acquire(self, *, timeout: float) -> bool:
        """Take a slot; return whether there was one in time."""

    def release(self) -> None:
        """Give it back."""


@contextmanager
def slot_of(slots: Slots, seconds: float, error: Exception) -> Iterator[None]:
    """Take a slot while the block runs. Raises `error` where none is free within `seconds`."""
    if not slots.acquire(timeout=seconds):
        raise error
    try:
        yield
    finally:
        slots.release()
