"""What this process's sockets have said about their presence.

Somebody is present in a conversation while a socket of theirs has said so and is in the
conversation's room. So presence ends by itself with the connection and with the right to read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

TYPING_SECONDS = 6.0  # after which somebody who has not typed on does not type any more

FOLLOWS, TYPES = 1, 2
Clock = Callable[[], float]
People = Mapping[str, int]
"""Who is here, by `sender`, and what they do: FOLLOWS and TYPES, added up; 0: neither."""
Everywhere = dict[str, dict[str, int]]
"""People, by conversation."""


@dataclass(slots=True)
class Entry:
    """What one socket has said in one conversation."""

    sender: str
    follows: bool = False
    types_until: float = float("-inf")

    def doing(self, now: float) -> int:
        """Return what its user does there: FOLLOWS and TYPES, added up."""
        return FOLLOWS * self.follows + TYPES * (self.types_until > now)


class LocalPresence:
    """`is_in(sid, conversation)` says whether a socket is in the conversation's room."""

    def __init__(self, is_in: Callable[[str, str], bool], clock: Clock = time.monotonic) -> None:
        self._is_in = is_in
        self._clock = clock
        self._entries: dict[str, dict[str, Entry]] = {}  # by conversation and socket
        self._lock = Lock()

    def enter(self, sid: str, conversation: str, sender: str, *, follows: bool) -> None:
        """A socket's user sees a conversation; `follows`: and the text that is being written."""
        with self._lock:
            self._entry(sid, conversation, sender).follows = follows

    def leave(self, sid: str, conversation: str) -> None:
        """A socket's user does not see a conversation any more."""
        with self._lock:
            self._entries.get(conversation, {}).pop(sid, None)

    def type(self, sid: str, conversation: str, sender: str) -> None:
        """A socket's user types, and so is here."""
        with self._lock:
            entry = self._entry(sid, conversation, sender)
            entry.types_until = self._clock() + TYPING_SECONDS

    def stop_typing(self, conversation: str, sid: str | None = None) -> None:
        """A socket's user types no longer; without `sid`, nobody does."""
        with self._lock:
            for key, entry in self._entries.get(conversation, {}).items():
                if sid in (None, key):
                    entry.types_until = float("-inf")

    def here(self) -> Everywhere:
        """Return who is here in each conversation, and forget those who are not any more."""
        with self._lock:
            for where in list(self._entries):
                self._drop_absent(where)
            return {where: self._merged(where) for where in self._entries}

    def people(self, conversation: str) -> dict[str, int]:
        """Return who is here in one conversation."""
        with self._lock:
            self._drop_absent(conversation)
            return self._merged(conversation)

    def _entry(self, sid: str, conversation: str, sender: str) -> Entry:
        return self._entries.setdefault(conversation, {}).setdefault(sid, Entry(sender))

    def _drop_absent(self, where: str) -> None:
        said = self._entries.pop(where, {})
        if present := {sid: entry for sid, entry in said.items() if self._is_in(sid, where)}:
            self._entries[where] = present

    def _merged(self, where: str) -> dict[str, int]:
        """Return people from what their sockets have said: somebody may have several."""
        people: dict[str, int] = {}
        now = self._clock()
        for entry in self._entries.get(where, {}).values():
            people[entry.sender] = people.get(entry.sender, 0) | entry.doing(now)
        return people
