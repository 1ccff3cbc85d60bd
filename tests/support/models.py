"""Models that say what a test has written down for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.providers import Event, Turn


class Script:
    """Stands for all models at once. What it says may hold an exception, which it raises."""

    names = ("demo", "other")
    default = "demo"

    def __init__(self, *says: Event | Exception) -> None:
        self.says = says
        self.heard: list[list[Turn]] = []
        self.streams: list[Spoken] = []

    def label(self, name: str) -> str:
        """Return a name to show."""
        return name.capitalize()

    def stream(self, name: str, turns: Sequence[Turn]) -> Spoken:
        """Begin to say it."""
        self.heard.append(list(turns))
        self.streams.append(Spoken(self.says))
        return self.streams[-1]

    def close(self) -> None:
        """There is nothing to close."""


class Spoken:
    """One answer on its way; after it was closed it says nothing more."""

    def __init__(self, says: Sequence[Event | Exception]) -> None:
        self.left = list(says)
        self.closed = 0

    def __iter__(self) -> Iterator[Event]:
        while self.left:
            event = self.left.pop(0)
            if isinstance(event, Exception):
                raise event
            yield event

    def close(self) -> None:
        """Hang up."""
        self.closed += 1
