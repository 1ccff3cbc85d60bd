"""Events that came too early: earlier entries of their message are missing.

A reader keeps them until those have arrived, or until it sends its next join, whose state contains
all that was sent before.
"""

from __future__ import annotations

from typing import Any

MAX_EVENTS = 256  # a join is answered within 10 seconds, in which an answer has about 250 chunks
MAX_CHARACTERS = 1_000_000  # of text, as much as the longest answer has

NamedEvent = tuple[str, dict[str, Any]]


class EarlyEvents:
    """The events that are kept, of any messages; at first none."""

    def __init__(self) -> None:
        self._kept: list[NamedEvent] = []
        self._has_dropped = False  # an event, because there were too many

    @property
    def is_waiting(self) -> bool:
        """Does any event still wait for earlier entries, also one that had to be dropped?"""
        return bool(self._kept) or self._has_dropped

    def keep(self, event: str, data: dict[str, Any]) -> None:
        """Keep an event, or drop it if there are too many."""
        kept = [*self._kept, (event, data)]
        if len(kept) > MAX_EVENTS or _characters(kept) > MAX_CHARACTERS:
            self._has_dropped = True
        else:
            self._kept = kept

    def take(self, id: str) -> list[NamedEvent]:
        """Remove and return the events about a message, in the order of its entries."""
        taken = [kept for kept in self._kept if kept[1]["id"] == id]
        if taken:
            self._kept = [kept for kept in self._kept if kept[1]["id"] != id]
        return sorted(taken, key=lambda kept: int(kept[1]["since"]))

    def clear(self) -> None:
        """Drop all of them: the state of the next join contains them."""
        self._kept, self._has_dropped = [], False


def _characters(kept: list[NamedEvent]) -> int:
    return sum(len(data.get("content", "")) + len(data.get("thinking", "")) for _, data in kept)
