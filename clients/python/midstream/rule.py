"""What a reader holds of a conversation, and the one rule by which it keeps in step.

Pure: it knows no socket and no clock; reader.py brings the events and acts on what is returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from midstream.horizon import Horizon

Event = dict[str, Any]
BEGINNINGS = {"message", "current_state"}
PROGRESS = BEGINNINGS | {"chunk", "streaming_end"}


class Outcome(Enum):
    """What an event has changed."""

    IGNORED = "ignored"
    CHANGED = "changed"
    REMOVED = "removed"
    REJOIN = "rejoin"


@dataclass
class Message:
    """A message as far as it is known; `about` is what its `message` event says besides."""

    id: str
    seq: int = 0
    status: str = "streaming"
    content: str = ""
    thinking: str = ""
    error: str | None = None
    about: Event = field(default_factory=dict)


class ConversationLog:
    """The messages of one conversation, each an exact prefix of what it is in the database."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        self.messages: dict[str, Message] = {}
        self.horizon = Horizon()
        self._removed: set[str] = set()

    def apply(self, event: str, data: Event) -> Outcome:
        """Take an event in."""
        if event == "rejoin":
            return Outcome.REJOIN
        if event == "removed":
            return self._remove(data)
        self.horizon.hear(data)
        outcome = self._follow(event, data) if event in PROGRESS else Outcome.IGNORED
        return self._place(data, outcome) if event == "message" else outcome

    def _follow(self, event: str, data: Event) -> Outcome:
        """The rule."""
        if data["id"] in self._removed:
            return Outcome.IGNORED
        known = self.messages.get(data["id"])
        if known is None and not (event in BEGINNINGS and data["since"] == 0):
            return Outcome.REJOIN
        if known is not None and data["seq"] <= known.seq:
            return Outcome.IGNORED
        if known is None or data["since"] == 0:
            about = known.about if known else {}
            known = self.messages[data["id"]] = Message(data["id"], about=about)
        elif data["since"] != known.seq:
            return Outcome.REJOIN
        known.content += data.get("content", "")
        known.thinking += data.get("thinking", "")
        known.seq, known.status, known.error = data["seq"], data["status"], data.get("error")
        return Outcome.CHANGED

    def _place(self, data: Event, outcome: Outcome) -> Outcome:
        """Where a `current_state` came first, only its `message` tells who speaks, and where."""
        self.horizon.reach(data["position"])
        message = self.messages.get(data["id"])
        if message is None or message.about:
            return outcome
        message.about = data
        return Outcome.CHANGED

    def _remove(self, data: Event) -> Outcome:
        self.horizon.remove(data["revision"], all(id in self._seen for id in data["ids"]))
        for id in data["ids"]:
            self.messages.pop(id, None)
        self._removed.update(data["ids"])
        return Outcome.REMOVED

    @property
    def _seen(self) -> set[str]:
        return self._removed | set(self.messages)

    @property
    def streaming(self) -> list[Message]:
        """The messages that are believed to be streaming."""
        return [message for message in self.messages.values() if message.status == "streaming"]

    def holding(self) -> Event:
        """Return what a join tells the server."""
        have = {message.id: message.seq for message in self.streaming}
        return {"conversation": self.conversation, **self.horizon.holding(), "have": have}

    def forget(self) -> None:
        """Hold nothing any more: the next join asks for the last page."""
        self.messages.clear()
        self.horizon = Horizon()
