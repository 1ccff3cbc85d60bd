"""The position and revision of a conversation that a reader holds."""

from __future__ import annotations

from typing import Any


class Cursor:
    """The reader holds every message up to `position`, and every removal up to `revision`.

    Both are None until the first join is acknowledged.
    """

    def __init__(self) -> None:
        self.position: int | None = None
        self.revision: int | None = None
        self._has_missed_removed = False  # a message removed since: its position stays unknown
        self._ahead: set[int] = set()  # received, but an earlier position is missing
        self._latest_position = 0  # that the server has mentioned
        self._latest_revision = 0
        self._oldest_revision = float("inf")  # the messages held may be as old as this

    @property
    def is_behind(self) -> bool:
        """Has the server mentioned a message or a removal that the reader does not hold?"""
        if self.position is None or self.revision is None:
            return False
        return self._latest_position > self.position or self._latest_revision > self.revision

    def observe(self, data: dict[str, Any]) -> None:
        """Record the position and the revision that an event mentions, if any."""
        self._latest_position = max(self._latest_position, data.get("position", 0))
        self._latest_revision = max(self._latest_revision, data.get("revision", 0))
        self._oldest_revision = min(
            self._oldest_revision, data.get("revision", self._oldest_revision)
        )

    def reached(self, position: int) -> None:
        """Record that the reader holds the message at this position."""
        self._ahead.add(position)
        self._advance()

    def removed(self, revision: int, were_known: bool) -> None:
        """Record a removal. Advance as long as the reader has known all of the messages."""
        self.observe({"revision": revision})
        if self.revision is None or revision <= self.revision:
            return
        self._has_missed_removed |= not were_known
        if not self._has_missed_removed and revision == self.revision + 1:
            self.revision = revision

    def joined(self, ack: dict[str, Any]) -> None:
        """Record a join's acknowledgement, which follows everything else that the join sends."""
        self.observe(ack)
        if self.position is None:
            self.position, self.revision = ack["position"], int(self._oldest_revision)
        self._advance()

    def join_fields(self) -> dict[str, int]:
        """Return the fields `after` and `revision` of a join; no `revision` before the first."""
        if self.position is None or self.revision is None:
            return {"after": 0}
        return {"after": self.position, "revision": self.revision}

    def _advance(self) -> None:
        while self.position is not None and self.position + 1 in self._ahead:
            self.position += 1
            self._ahead.remove(self.position)
