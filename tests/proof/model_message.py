"""The model server's message: a log, and the payloads made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.proof.interfaces import Truth

CONVERSATION = "c"


@dataclass
class Message:
    """A row: a log of (content, thinking), and its status."""

    id: str
    position: int
    question: Message | None = None
    status: str = "complete"
    log: list[tuple[str, str]] = field(default_factory=list)
    owner: int | None = None

    def text(self, part: int, since: int = 0) -> str:
        """Return the text of its log after `since`."""
        return "".join(entry[part] for entry in self.log[since:])

    def payload(self, since: int) -> dict[str, Any]:
        """Return the payload that brings a reader from `since` up to date."""
        return {
            "id": self.id,
            "conversation": CONVERSATION,
            "since": since,
            "seq": len(self.log),
            "status": self.status,
            "content": self.text(0, since),
            "thinking": self.text(1, since),
        }

    def message_payload(self, revision: int) -> dict[str, Any]:
        """Return the payload of `message`; a streaming answer's text is sent separately."""
        payload = self.payload(0)
        if self.status == "streaming":
            payload |= {"seq": 0, "content": "", "thinking": ""}
        return {**payload, "position": self.position, "revision": revision}

    def truth(self) -> Truth:
        """Return it as it is committed."""
        text = self.text(0), self.text(1)
        return Truth(self.id, self.position, len(self.log), self.status, *text)
