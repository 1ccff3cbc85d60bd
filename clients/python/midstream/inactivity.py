"""Notices inactivity: if nothing arrives for too long, the last event may have been lost."""

from __future__ import annotations

import time
from collections.abc import Iterable

from midstream.rule import Message

MESSAGE_SECONDS = 10.0  # for a message that is streaming
CONVERSATION_SECONDS = 60.0


class InactivityTimer:
    """When the last event arrived, of each message and of the conversation."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Restart all timeouts: the reader has joined."""
        self._last = time.monotonic()
        self._received: dict[str, float] = {}
        self._joined = self._last

    def received(self, message_id: str | None) -> None:
        """Record an event of the conversation, and of a message if it names one."""
        self._last = time.monotonic()
        if message_id:
            self._received[message_id] = self._last

    def deadline(self, streaming: Iterable[Message]) -> float:
        """Return when the first timeout ends, on the monotonic clock."""
        of_messages = [self._received.get(m.id, self._joined) + MESSAGE_SECONDS for m in streaming]
        return min([self._last + CONVERSATION_SECONDS, *of_messages])
