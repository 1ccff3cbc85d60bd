"""Tells the readers of a conversation how far its members have read it.

What several members read within a moment is one event: a hundred who read the same answer would
otherwise be a hundred events for each of a hundred readers.
"""

from __future__ import annotations

from threading import Lock

from app.events import emit
from app.events.announcing import announce
from app.events.shapes import ReadPayload, SeenPayload


class SeenMarks:
    """Collects what was read, and sends it. The marks are committed already."""

    def __init__(self) -> None:
        self._marks: dict[str, dict[str, int]] = {}  # positions, by conversation and sender
        self._lock = Lock()

    def add(self, conversation: str, sender: str, read: int) -> None:
        """Take that a member has read up to a position."""
        with self._lock:
            marks = self._marks.setdefault(conversation, {})
            marks[sender] = max(read, marks.get(sender, 0))

    def send(self) -> None:
        """Send what has come since the last call; what can't be sent, readers get by joining."""
        with self._lock:
            taken, self._marks = self._marks, {}
        for conversation, marks in taken.items():
            people: list[ReadPayload] = [
                {"sender": sender, "read": read} for sender, read in marks.items()
            ]
            payload: SeenPayload = {"conversation": conversation, "people": people}
            announce(emit.seen, payload)


seen_marks = SeenMarks()
