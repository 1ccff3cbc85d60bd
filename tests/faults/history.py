"""What all clients of a run showed, received and sent, for the checker."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.support.database import Stored


class Shown(NamedTuple):
    """One state of a message that a client showed."""

    client: str
    message: str
    seq: int
    status: str
    content: str = ""
    thinking: str = ""


class Received(NamedTuple):
    """An event that a person received, and when by this machine's monotonic clock."""

    person: str
    conversation: str
    event: str
    at: float


class Sent(NamedTuple):
    """A question that was acknowledged."""

    conversation: str
    message: str
    content: str


class Held(NamedTuple):
    """The messages of a conversation that a client holds: all, or the last ones."""

    conversation: str
    messages: frozenset[str]


@dataclass
class Membership:
    """The time during which a person may read a conversation."""

    person: str
    conversation: str
    since: float
    until: float = float("inf")


@dataclass
class Truth:
    """The messages stored in the end, and the ids of those removed on request."""

    messages: dict[str, list[Stored]]
    """Of each conversation, in order."""
    gone: set[str] = field(default_factory=set)

    def by_id(self) -> dict[str, Stored]:
        """Return all messages by their ids."""
        return {each.id: each for messages in self.messages.values() for each in messages}


@dataclass
class History:
    """All clients write to it at once: appending to a list is atomic."""

    shown: list[Shown] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    present: dict[str, Held] = field(default_factory=dict)
    """The clients present in the end, and what they hold."""

    def add_membership(self, person: str, conversation: str) -> None:
        """Note that a person becomes a member; call it before the commit."""
        self.memberships.append(Membership(person, conversation, time.monotonic()))

    def end_membership(self, person: str, conversation: str) -> None:
        """Note that a membership has ended; call it after the commit."""
        for each in self.memberships:
            if (each.person, each.conversation) == (person, conversation):
                each.until = min(each.until, time.monotonic())

    def is_member(self, person: str, conversation: str) -> bool:
        """Return whether a person is a member now."""
        return any(
            (each.person, each.conversation, each.until) == (person, conversation, float("inf"))
            for each in self.memberships
        )
