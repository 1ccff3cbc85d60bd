"""The model server's message: a log, and the payloads made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.proof.interfaces import Truth

CONVERSATION = "c"


@dataclass(eq=False)
class Message:
    """A row: a log of (content, thinking), its status, and what its owner has not committed.

    `versions` are all versions of it, in order; they share the list.
    """

    id: str
    position: int
    question: Message | None = None
    status: str = "complete"
    log: list[tuple[str, str]] = field(default_factory=list)
    owner: int | None = None
    waiting: bool = False
    pending: list[tuple[str, str]] = field(default_factory=list)
    finished: bool = False
    versions: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.versions.append(self)

    def is_from(self, other: Message) -> bool:
        """Return whether it is hidden together with another message: it follows it."""
        if other.question is None:
            return (self.question or self).position >= other.position
        return self is other or (self.question or self).position > other.question.position

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
        payload |= {"position": self.position, "revision": revision}
        if len(self.versions) > 1:
            payload["version"] = 1 + self._number()
            payload["versions"] = len(self.versions)
        return payload

    def _number(self) -> int:
        return next(at for at, each in enumerate(self.versions) if each is self)

    def truth(self) -> Truth:
        """Return it as it is committed."""
        text = self.text(0), self.text(1)
        return Truth(self.id, self.position, len(self.log), self.status, *text)
