"""The commands' views: what they show, and when they have seen enough."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.status import Status

from midstream.access import Access
from midstream.exits import Exit, say
from midstream.printing import InOrder, JsonLines, Pipe, Printer, Terminal
from midstream.question import Question
from midstream.reader import Reader
from midstream.rule import Message
from midstream.view import View

WAITING = "Waiting for the answer …"
REMOVED = "The answer was removed."
WITHDRAWN = "The question was removed."
LOST = "The connection is gone; trying again …"


class Showing(View):
    """Shows a conversation's messages, or the answer to a question alone, to its end."""

    def __init__(self, access: Access, conversation: str, as_json: bool, question: str | None):
        self._question = Question(question) if question is not None else None
        self._reader = Reader(access, conversation, self, self._question)
        self._console = Console(highlight=False)
        self._in_order = InOrder(self._printer(as_json))
        self._status = Status(WAITING, console=Console(stderr=True))
        self._follows: set[str] = set()  # what was seen streaming, or was asked for
        self._exit = Exit.COMPLETE

    def run(self) -> Exit:
        """Show it; return how it ended."""
        try:
            self._await(WAITING)
            self._reader.run()
        finally:
            self._status.stop()
        return self._exit

    def _printer(self, as_json: bool) -> Printer:
        if as_json:
            return JsonLines()
        if self._console.is_terminal:
            return Terminal(self._console, names=self._question is None)
        return Pipe()

    def _await(self, what: str) -> None:
        if self._console.is_terminal:
            self._status.update(what)
            self._status.start()

    def changed(self, message: Message) -> None:
        """Print what is new."""
        if message.status == "streaming" and self._question is None:
            self._follows.add(message.id)
        self._show()

    def removed(self, ids: Sequence[str]) -> None:
        """Stop waiting for an answer that is gone, or that won't come since its question is."""
        if self._question and self._question.reply in ids:
            self._end(Exit.INCOMPLETE, REMOVED)
        elif self._question and self._question.id in ids:
            self._end(Exit.INCOMPLETE, WITHDRAWN)
        self._follows.difference_update(ids)

    def asked(self, question: Question) -> None:
        """Look whether its answer is there already."""
        self._show()

    def in_step(self) -> None:
        """Look whether there is anything to wait for."""
        if self._question and self._follows - self._reader.log.messages.keys():
            return self._end(Exit.INCOMPLETE, REMOVED)
        self._show(is_in_step=True)

    def lost(self) -> None:
        """Say so."""
        self._await(LOST)

    def _show(self, is_in_step: bool = False) -> None:
        shown = self._shown()
        if any(message.content or message.thinking for message in shown):
            self._status.stop()
        self._in_order.show(shown)
        if self._question:
            self._follows.update(message.id for message in shown)
        if self._is_over(shown, is_in_step):
            is_whole = all(m.status == "complete" for m in shown if m.id in self._follows)
            self._end(Exit.COMPLETE if is_whole else Exit.INCOMPLETE)

    def _shown(self) -> list[Message]:
        """Return what is to be printed: it has to be known where it stands."""
        messages = [message for message in self._reader.log.messages.values() if message.about]
        if self._question is None:
            return messages
        return [message for message in messages if message.id == self._question.reply]

    def _is_over(self, shown: Sequence[Message], is_in_step: bool) -> bool:
        log = self._reader.log
        if self._question:
            return any(message.status != "streaming" for message in shown)
        if log.streaming or log.horizon.is_behind:
            return False
        return is_in_step or (bool(self._follows) and self._follows <= log.messages.keys())

    def _end(self, code: Exit, sentence: str = "") -> None:
        self._status.stop()
        if sentence:
            say(sentence)
        self._exit = code
        self._reader.stop()
