"""When to join again: after a silence, and when something has been lost, but not all the time."""

from __future__ import annotations

import time
from collections.abc import Iterable

from midstream.rule import Message

MESSAGE_SECONDS = 10.0  # about a message that is believed to be streaming
CONVERSATION_SECONDS = 60.0
SHORTEST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 8.0


class Wishes:
    """When the next join is due. Another wish never puts it off."""

    def __init__(self) -> None:
        self._wished: float | None = None
        self._refused_until = 0.0
        self._pause = 0.0

    @property
    def due(self) -> float | None:
        """Return the moment, by the monotonic clock, if a join is wished for."""
        return None if self._wished is None else max(self._wished, self._refused_until)

    def wish(self) -> None:
        """Wish for a join as soon as the pause since the last one is over."""
        at = time.monotonic() + self._pause
        self._wished = at if self._wished is None else min(self._wished, at)

    def refused(self, seconds: float) -> None:
        """Wish for a join, but not before so many seconds."""
        self._refused_until = time.monotonic() + seconds
        self.wish()

    def granted(self) -> None:
        """There it is; the pause before another one is longer."""
        self._wished = None
        self._pause = min(max(SHORTEST_PAUSE_SECONDS, 2 * self._pause), LONGEST_PAUSE_SECONDS)

    def fulfilled(self) -> None:
        """The reader is in step: the next wish is the first again."""
        self._pause = 0.0


class Silences:
    """When something was heard last, of each message and of the conversation: the last thing that
    the server said may be what was lost."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin all of them anew: the reader has joined."""
        self._last = time.monotonic()
        self._heard: dict[str, float] = {}
        self._joined = self._last

    def heard(self, message_id: str | None) -> None:
        """Note that something was said, perhaps about a message."""
        self._last = time.monotonic()
        if message_id:
            self._heard[message_id] = self._last

    def deadline(self, streaming: Iterable[Message]) -> float:
        """Return when one of them has lasted too long, by the monotonic clock."""
        of_messages = [self._heard.get(m.id, self._joined) + MESSAGE_SECONDS for m in streaming]
        return min([self._last + CONVERSATION_SECONDS, *of_messages])
