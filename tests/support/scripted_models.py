"""Models whose answers a test writes down beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from app.config import Price
from app.providers import Event, Turn


class ScriptedModels:
    """Stands for all models at once; an exception among its events is raised in its place."""

    names = ("demo", "other")
    default = "demo"
    handles = {"demo": "demo", "other": "other"}  # noqa: RUF012  (nothing changes it)

    def __init__(self, *says: Event | Exception) -> None:
        self.says = says
        self.heard: list[list[Turn]] = []
        self.streams: list[ScriptedStream] = []

    @property
    def labels(self) -> dict[str, str]:
        """Return the names to show."""
        return {name: self.label(name) for name in self.names}

    window: int | None = None
    all_labels = labels
    configured = labels
    prices: ClassVar[dict[str, Price]] = {}

    def offered_to(self, _user_id: int) -> ScriptedModels:
        """Return them: they are offered to everybody."""
        return self

    def with_stored(self, _stored: object) -> ScriptedModels:
        """Return them: they stand for all others, too."""
        return self

    def price(self, _name: str | None) -> None:
        """Return what one costs: nobody knows."""

    def context_window(self, _name: str) -> int | None:
        """Return how many tokens one takes."""
        return self.window

    def sees(self, _name: str) -> bool:
        """Return whether one takes pictures."""
        return True

    def refuses(self, _name: str) -> bool:
        """Return whether one can't be chosen."""
        return False

    def label(self, name: str) -> str:
        """Return a name to show."""
        return name.capitalize()

    def handle(self, name: str) -> str:
        """Return a name to mention it by."""
        return name

    def stream(self, name: str, turns: Sequence[Turn], *_: object) -> ScriptedStream:
        """Return a stream of the scripted events."""
        self.heard.append(list(turns))
        self.streams.append(ScriptedStream(self.says))
        return self.streams[-1]

    def trial(self, name: str, turns: Sequence[Turn], *_: object) -> ScriptedStream:
        """Return a stream of the scripted events."""
        return self.stream(name, turns)

    def close(self) -> None:
        """Nothing is open."""


class ScriptedStream:
    """One answer; `closed` counts how often it was closed."""

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
        """Cancel the answer."""
        self.closed += 1
