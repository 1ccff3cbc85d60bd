"""A question that is asked once, however often it is sent."""

from __future__ import annotations

import uuid

from midstream.rule import Event


class Question:
    """`id` and `reply` are the messages' ids, as soon as the server has said them."""

    def __init__(self, content: str) -> None:
        self.content = content
        self.key = uuid.uuid4().hex
        self.id: str | None = None
        self.reply: str | None = None

    def payload(self, conversation: str) -> Event:
        """Return what a `send` says."""
        return {"conversation": conversation, "content": self.content, "key": self.key}

    def answered(self, ack: Event) -> None:
        """Note what its acknowledgement says; one that waits for its turn has no reply yet."""
        self.id, self.reply = ack["id"], ack.get("reply")
