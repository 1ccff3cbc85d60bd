"""Views: rooms that get what another room gets, translated, or without what is not for them.

Nobody in a view's room is in the room that it shows. So whatever a view does not return reaches
none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

View = Callable[[str, Any], tuple[str, Any] | None]
"""What is sent instead of an event and its payload; None for nothing."""


class RoomViews:
    """This process's views, by the room that they show."""

    def __init__(self) -> None:
        self.by_room: dict[str, dict[str, View]] = {}
        self._shown_by: dict[str, str] = {}  # by a view's room, the room that it shows

    def add(self, of: str, room: str, view: View) -> None:
        """Show what a room gets in another room; a view that this one has already stays."""
        self.by_room.setdefault(of, {}).setdefault(room, view)
        self._shown_by[room] = of

    def remove(self, room: str | None) -> str | None:
        """Forget a view's room, and return the room that it has shown; None if it was no view."""
        of = self._shown_by.pop(room or "", None)
        if room and of:
            self.by_room[of].pop(room, None)
            if not self.by_room[of]:
                del self.by_room[of]
        return of

    def of(self, room: str) -> list[tuple[str, View]]:
        """Return the views of a room, each with its own room."""
        return list(self.by_room.get(room, {}).items())

    def get(self, room: str) -> View | None:
        """Return the view that a room shows."""
        return self.by_room.get(self._shown_by.get(room, ""), {}).get(room)
