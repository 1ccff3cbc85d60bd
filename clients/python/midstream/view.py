"""What a reader reports to the program that uses it."""

from __future__ import annotations

from collections.abc import Sequence

from midstream.question import Question
from midstream.rule import Event, Message


class View:
    """Each method does nothing. Override the ones that you need."""

    def changed(self, message: Message) -> None:
        """A message is new or has changed."""

    def removed(self, ids: Sequence[str]) -> None:
        """These messages were removed. No ids: all of them; the last page follows."""

    def described(self, conversation: Event) -> None:
        """The title and the members of the conversation."""

    def asked(self, question: Question) -> None:
        """The server has stored the question; its answer may have begun."""

    def in_step(self) -> None:
        """The reader holds everything that the server has."""

    def lost(self) -> None:
        """The connection is lost; the reader reconnects."""
