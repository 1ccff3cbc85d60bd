"""The reference reader of `clients/python`, as the state machine needs it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from midstream.rule import MessageLog, Outcome


class PythonReader:
    """One reader of one conversation."""

    def __init__(self, conversation: str) -> None:
        self.log = MessageLog(conversation)
        self._rejoin = False

    def take(self, event: str, data: dict[str, Any]) -> None:
        """Give it an event."""
        self._rejoin = self.log.apply(event, data) is Outcome.REJOIN or self._rejoin

    def joined(self, ack: dict[str, Any]) -> None:
        """Acknowledge its join; a join that became pending meanwhile stays pending."""
        self.log.joined(ack)

    def forget(self) -> None:
        """Have it forget everything and join again."""
        self.log.forget()
        self._rejoin = True

    def joining(self) -> dict[str, Any]:
        """Have it send its next join; return the request."""
        self.log.joining()
        self._rejoin = False
        return self.log.join_request()

    @property
    def must_rejoin(self) -> bool:
        """Return whether it knows that it has missed something."""
        return self._rejoin or self.log.is_behind

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return what it shows, by message."""
        return {
            message.id: {**asdict(message), "position": message.about.get("position")}
            for message in self.log.messages.values()
        }
