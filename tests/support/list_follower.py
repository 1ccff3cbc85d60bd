"""Follows the list of a person's conversations, as a page of theirs does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.client import NAMESPACE, Client

FOLLOW = {"archived": False, "follow": True}


class ListFollower(Client):
    """Follows the list of a person, by the rule of the protocol."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, Any]] = {}
        self.on("*", self._received, NAMESPACE)

    def follow(self, url: str, token: str) -> ListFollower:
        """Connect and ask for the state."""
        self.open(url, token)
        for row in self.ask("conversations", FOLLOW)["conversations"]:
            self._received("listed", row)
        return self

    def shows(self, where: str, **expected: object) -> Callable[[], bool]:
        """Return whether a conversation is listed, with these values."""
        return lambda: all(self.rows.get(where, {}).get(k) == v for k, v in expected.items())

    def _received(self, event: str, row: dict[str, Any]) -> None:
        if event in ("listed", "unlisted"):
            known = self.rows.get(row["conversation"])
            if known is None or row["version"] > known["version"]:
                self.rows[row["conversation"]] = row | {"is_listed": event == "listed"}
