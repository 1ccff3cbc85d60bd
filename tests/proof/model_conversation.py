"""The model server's conversation: its messages, and the room of its readers."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.proof.interfaces import Deliver, Packet, Truth
from tests.proof.model_message import CONVERSATION, Message


class ModelConversation:
    """A conversation, at first without messages and readers."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}  # that are shown, in order
        self.hidden: dict[Message, list[Message]] = {}  # by the version with which they are hidden
        self.position = self.revision = 0
        self.room: dict[int, Deliver] = {}
        self.connected: dict[int, Deliver] = {}
        self.ids = count(1)

    def connect(self, reader: int, deliver: Deliver) -> None:
        """Connect a reader; it is in no room yet."""
        self.connected[reader] = deliver

    def disconnect(self, reader: int) -> None:
        """Disconnect a reader."""
        self.connected.pop(reader, None)
        self.room.pop(reader, None)

    def truth(self) -> dict[str, Truth]:
        """Return what is committed."""
        return {message.id: message.truth() for message in self.messages.values()}

    def committed(self) -> dict[str, Truth]:
        """Return what is committed, also of what is not shown, with the ids that it had."""
        hidden = [message for messages in self.hidden.values() for message in messages]
        return self.truth() | {message.id: message.truth() for message in hidden}

    def close(self) -> None:
        """Nothing to do."""

    def _streaming(self) -> Message | None:
        return next((m for m in self.messages.values() if m.status == "streaming"), None)

    def _add(self, **fields: Any) -> Message:
        return self._place(Message("", 0, **fields))

    def _place(self, message: Message, same_id: str = "") -> Message:
        self.position += 1
        message.id, message.position = same_id or f"m{next(self.ids)}", self.position
        self.messages[message.id] = message
        self._emit_to_room("message", message.message_payload(self.revision))
        if message.status == "streaming" and message.log:
            self._emit_to_room("chunk", message.payload(0))
        return message

    def _hide(self, version: Message) -> None:
        """Hide a message and what follows it."""
        self.hidden[version] = [m for m in self.messages.values() if m.is_from(version)]
        ids = [message.id for message in self.hidden[version]]
        for message_id in ids:
            del self.messages[message_id]
        self.revision += 1
        self._emit_to_room(
            "removed", {"conversation": CONVERSATION, "revision": self.revision, "ids": ids}
        )

    def _emit_to_room(self, event: str, data: dict[str, Any]) -> None:
        for deliver in list(self.room.values()):
            deliver(Packet(event, data))
