"""The messages that a reader holds of a conversation, and the one rule that keeps them correct.

It uses no socket and no clock: reader.py passes the events in and acts on the outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from midstream.cursor import Cursor
from midstream.early import EarlyEvents

Event = dict[str, Any]
BEGINNINGS = {"message", "current_state"}  # the events that may begin a message
PROGRESS = BEGINNINGS | {"chunk", "streaming_end"}


class Outcome(Enum):
    """What an event has changed."""

    IGNORED = "ignored"
    EARLY = "early"  # nothing yet: earlier entries of the message are missing
    CHANGED = "changed"
    REMOVED = "removed"
    REJOIN = "rejoin"  # nothing, but join again


@dataclass
class Message:
    """A message as far as it is known; `about` is the payload of its `message` event."""

    id: str
    seq: int = 0
    status: str = "streaming"
    content: str = ""
    thinking: str = ""
    error: str | None = None
    note: str | None = None
    about: Event = field(default_factory=dict)


class MessageLog:
    """The messages of one conversation by id; the texts are exact prefixes of the stored ones."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        self.messages: dict[str, Message] = {}
        self.cursor = Cursor()
        self._early = EarlyEvents()
        self._at_join: dict[str, Message] = {}  # as stated in the last join: its state continues it
        self._removed: set[str] = set()

    def apply(self, event: str, data: Event) -> Outcome:
        """Apply an event of this conversation; return what it has changed."""
        if event == "rejoin":
            return Outcome.REJOIN
        if event == "removed":
            return self._remove(data)
        self.cursor.observe(data)
        outcome = self._follow(event, data) if event in PROGRESS else Outcome.IGNORED
        if outcome is Outcome.CHANGED:
            self._follow_early(data["id"])
        return self._place(data, outcome) if event == "message" else outcome

    def joining(self) -> None:
        """A join is sent: its state will contain what came too early so far."""
        self._early.clear()
        self._at_join = {message.id: replace(message) for message in self.streaming}

    def joined(self, ack: Event) -> None:
        """Apply a join's acknowledgement. After one with `reload`, call `forget` instead."""
        self.cursor.joined(ack)

    @property
    def is_behind(self) -> bool:
        """Has the server mentioned more than the reader holds? Then join again."""
        return self.cursor.is_behind or self._early.is_waiting

    @property
    def streaming(self) -> list[Message]:
        """The messages that are still streaming, as far as the reader knows."""
        return [message for message in self.messages.values() if message.status == "streaming"]

    def join_request(self) -> Event:
        """Return the payload of the next join: what the reader holds."""
        have = {message.id: message.seq for message in self.streaming}
        return {"conversation": self.conversation, **self.cursor.join_fields(), "have": have}

    def forget(self) -> None:
        """Drop all messages and the cursor: the next join requests the last page."""
        self.messages.clear()
        self._early.clear()
        self._at_join.clear()
        self.cursor = Cursor()

    def _follow(self, event: str, data: Event) -> Outcome:
        """The rule."""
        if data["id"] in self._removed:
            return Outcome.IGNORED
        known = self.messages.get(data["id"])
        if known is None and not (event in BEGINNINGS and data["since"] == 0):
            return self._keep(event, data)
        if known is not None and data["seq"] <= known.seq:
            return Outcome.IGNORED
        if known is None or data["since"] == 0:
            about = known.about if known else {}
            known = self.messages[data["id"]] = Message(data["id"], about=about)
        elif (stated := self._at_join.get(known.id)) and data["since"] == stated.seq:
            # Chunks have overtaken this state, which contains them.
            known.content, known.thinking = stated.content, stated.thinking
        elif data["since"] != known.seq:
            return self._keep(event, data)
        known.content += data.get("content", "")
        known.thinking += data.get("thinking", "")
        known.seq, known.status = data["seq"], data["status"]
        known.error, known.note = data.get("error"), data.get("note")
        return Outcome.CHANGED

    def _keep(self, event: str, data: Event) -> Outcome:
        self._early.keep(event, data)
        return Outcome.EARLY

    def _follow_early(self, id: str) -> None:
        """A message has changed: the events about it that came too early may fit now."""
        for event, data in self._early.take(id):
            self._follow(event, data)

    def _place(self, data: Event, outcome: Outcome) -> Outcome:
        """Record author and position, which are in `message` only: `current_state` may be first."""
        self.cursor.reached(data["position"])
        message = self.messages.get(data["id"])
        if message is None or message.about:
            return outcome
        message.about = data
        return Outcome.CHANGED

    def _remove(self, data: Event) -> Outcome:
        self.cursor.removed(data["revision"], all(id in self._known_ids for id in data["ids"]))
        for id in data["ids"]:
            self.messages.pop(id, None)
            self._early.take(id)
        self._removed.update(data["ids"])
        return Outcome.REMOVED

    @property
    def _known_ids(self) -> set[str]:
        return self._removed | set(self.messages)
