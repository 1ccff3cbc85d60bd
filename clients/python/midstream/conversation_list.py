"""The list of one's conversations, and the rule that keeps it in step with the server.

A program follows its list with the request `conversations` and `follow`, applies the events
`listed` and `unlisted`, and asks again after each connection; see the protocol.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Conversation = dict[str, Any]


class ConversationList:
    """The conversations that are listed, by their ids.

    The rule: of two states of a conversation, the one with the higher version counts.
    """

    def __init__(self) -> None:
        self.listed: dict[str, Conversation] = {}
        self._versions: dict[str, int] = {}  # also of those that are no longer listed
        self._changed: set[str] = set()  # since the state was asked for

    def apply(self, event: str, data: Conversation) -> bool:
        """Apply `listed` or `unlisted`; return whether it changes anything."""
        id, version = data["conversation"], data["version"]
        if version <= self._versions.get(id, -1):
            return False
        self._versions[id] = version
        self._changed.add(id)
        if event == "listed":
            self.listed[id] = data
        else:
            self.listed.pop(id, None)
        return True

    def add(self, conversation: Conversation) -> bool:
        """Add what the server has read just now: of a state, or of a page after it."""
        id = conversation["conversation"]
        if self._versions.get(id) == conversation["version"] and id not in self.listed:
            del self._versions[id]  # it was listed before, with the same version
        return self.apply("listed", conversation)

    def ask(self) -> None:
        """Prepare for a state, which is about to be asked for."""
        self._changed.clear()

    def replace(self, state: Iterable[Conversation]) -> None:
        """Take over a state: what it lacks is gone, unless an event about it came since `ask`."""
        conversations = list(state)
        kept = self._changed | {each["conversation"] for each in conversations}
        self.listed = {id: each for id, each in self.listed.items() if id in kept}
        for each in conversations:
            self.add(each)
