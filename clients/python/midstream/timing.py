"""Notices silence: the last thing that the server said may be what was lost."""

from __future__ import annotations

import time
from collections.abc import Iterable

from midstream.rule import Message

MESSAGE_SECONDS = 10.0  # about a message that is believed to be streaming
CONVERSATION_SECONDS = 60.0


class Silences:
    """When something was heard last, of each message and of the conversation."""

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
