"""A question that is stored once, however often it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from midstream.rule import Event


class Question:
    """`id` and `reply` are the ids of the question and its answer, None until they are known.

    It is sent with `files`, the ids that `upload` has returned; with files it needs no `content`.
    """

    def __init__(self, content: str, files: Sequence[str] = ()) -> None:
        self.content = content
        self.files = files
        self.key = uuid.uuid4().hex  # the idempotency key
        self.id: str | None = None
        self.reply: str | None = None
        self._answer_began = False  # since it was last sent

    def payload(self, conversation: str) -> Event:
        """Return the payload of `send`."""
        payload = {"conversation": conversation, "content": self.content, "key": self.key}
        return payload | ({"files": list(self.files)} if self.files else {})

    def sent(self) -> None:
        """Record that it was sent."""
        self._answer_began = False

    def answer_began(self) -> None:
        """Record that an answer has begun, perhaps its own: an acknowledgement that is already on
        its way does not mention it."""
        self._answer_began = True

    def acknowledged(self, ack: Event) -> bool:
        """Take the ids from an acknowledgement, which has no `reply` while another answer is
        streaming; return whether to send the question again now."""
        self.id, self.reply = ack["id"], ack.get("reply")
        return self.reply is None and self._answer_began
