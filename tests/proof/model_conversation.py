"""The model server's conversation: its messages, and the room of its readers."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.proof.interfaces import Deliver, Packet, Truth
from tests.proof.model_message import CONVERSATION, Message


class ModelConversation:
    """A conversation, at first without messages and readers."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
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

    def close(self) -> None:
        """Nothing to do."""

    def _streaming(self) -> Message | None:
        return next((m for m in self.messages.values() if m.status == "streaming"), None)

    def _add(self, **fields: Any) -> Message:
        self.position += 1
        message = Message(f"m{next(self.ids)}", self.position, **fields)
        self.messages[message.id] = message
        self._emit_to_room("message", message.message_payload(self.revision))
        return message

    def _remove(self, *messages: Message) -> None:
        ids = [message.id for message in messages]
        for message_id in ids:
            del self.messages[message_id]
        self.revision += 1
        self._emit_to_room(
            "removed", {"conversation": CONVERSATION, "revision": self.revision, "ids": ids}
        )

    def _emit_to_room(self, event: str, data: dict[str, Any]) -> None:
        for deliver in list(self.room.values()):
            deliver(Packet(event, data))
