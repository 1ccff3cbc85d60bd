"""What a reader tells those who show it."""

from __future__ import annotations

from collections.abc import Sequence

from midstream.question import Question
from midstream.rule import Event, Message


class View:
    """Each method does nothing; have your own do something."""

    def changed(self, message: Message) -> None:
        """A message is new, or another than before."""

    def removed(self, ids: Sequence[str]) -> None:
        """These messages are gone; none named: all, and what is there comes anew."""

    def described(self, conversation: Event) -> None:
        """The title and the members are these."""

    def asked(self, question: Question) -> None:
        """The server has the question; perhaps its reply has begun."""

    def in_step(self) -> None:
        """All is there that the server has."""

    def lost(self) -> None:
        """The connection is gone; the reader tries to come back."""
