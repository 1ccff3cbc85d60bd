"""How far a reader's knowledge of a conversation reaches, and whether there is more beyond it."""

from __future__ import annotations

from typing import Any


class Horizon:
    """Every message up to `position` is held, and every removal up to `revision`."""

    def __init__(self) -> None:
        self.position: int | None = None
        self.revision: int | None = None
        self._ahead: set[int] = set()  # came while an earlier one is missing
        self._heard_position = 0
        self._heard_revision = 0
        self._oldest_revision = float("inf")  # what is held may be as old

    @property
    def is_behind(self) -> bool:
        """Is a message missing, in between or at the end, or a removal?"""
        if self.position is None or self.revision is None:
            return False
        return self._heard_position > self.position or self._heard_revision > self.revision

    def hear(self, data: dict[str, Any]) -> None:
        """Note that the server has spoken of a position and a revision."""
        self._heard_position = max(self._heard_position, data.get("position", 0))
        self._heard_revision = max(self._heard_revision, data.get("revision", 0))
        self._oldest_revision = min(
            self._oldest_revision, data.get("revision", self._oldest_revision)
        )

    def reach(self, position: int) -> None:
        """Note that the message at this position is held."""
        self._ahead.add(position)
        self._advance()

    def remove(self, revision: int, were_known: bool) -> None:
        """Note that messages are gone; where one was not even known, more may be missing."""
        self.hear({"revision": revision})
        if were_known and self.revision is not None and revision == self.revision + 1:
            self.revision = revision

    def joined(self, ack: dict[str, Any]) -> None:
        """Note what a join's acknowledgement says, which comes after all that the join sends."""
        self.hear(ack)
        if self.position is None:
            self.position, self.revision = ack["position"], int(self._oldest_revision)
        self._advance()

    def holding(self) -> dict[str, int]:
        """Return the part of a join that says how far this reaches."""
        if self.position is None or self.revision is None:
            return {"after": 0}
        return {"after": self.position, "revision": self.revision}

    def _advance(self) -> None:
        while self.position is not None and self.position + 1 in self._ahead:
            self.position += 1
            self._ahead.remove(self.position)
