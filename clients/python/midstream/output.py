"""What the commands `read` and `ask` print, and when they are done."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.status import Status

from midstream.access import Access
from midstream.exit_codes import Exit, print_error
from midstream.printers import InOrder, JsonLines, Pipe, Printer, Terminal
from midstream.question import Question
from midstream.reader import Reader
from midstream.rule import Message
from midstream.view import View

WAITING = "Waiting for the answer …"
ANSWER_REMOVED = "The answer was removed."
QUESTION_REMOVED = "The question was removed."
LOST = "The connection is gone; trying again …"


class Output(View):
    """Prints a conversation's messages or, given a question, only its answer, until the end."""

    def __init__(self, access: Access, conversation: str, as_json: bool, question: Question | None):
        self._question = question
        self._reader = Reader(access, conversation, self, self._question)
        self._console = Console(highlight=False)
        self._in_order = InOrder(self._printer(as_json))
        self._status = Status(WAITING, console=Console(stderr=True))
        self._followed: set[str] = set()  # seen streaming, or the answer to the question
        self._exit = Exit.COMPLETE

    def run(self) -> Exit:
        """Print until the end; return the exit code."""
        try:
            self._show_status(WAITING)
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

    def _show_status(self, text: str) -> None:
        if self._console.is_terminal:
            self._status.update(text)
            self._status.start()

    def changed(self, message: Message) -> None:
        """Print what is new."""
        if message.status == "streaming" and self._question is None:
            self._followed.add(message.id)
        self._print()

    def removed(self, ids: Sequence[str]) -> None:
        """End if the answer was removed, or the question, which then gets no answer."""
        if self._question and self._question.reply in ids:
            self._end(Exit.INCOMPLETE, ANSWER_REMOVED)
        elif self._question and self._question.id in ids:
            self._end(Exit.INCOMPLETE, QUESTION_REMOVED)
        self._followed.difference_update(ids)

    def asked(self, question: Question) -> None:
        """Print the answer if it has arrived already."""
        self._print()

    def in_step(self) -> None:
        """End if there is nothing to wait for."""
        if self._question and self._followed - self._reader.log.messages.keys():
            return self._end(Exit.INCOMPLETE, ANSWER_REMOVED)
        self._print(is_in_step=True)

    def lost(self) -> None:
        """Show that the connection is lost."""
        self._show_status(LOST)

    def _print(self, is_in_step: bool = False) -> None:
        messages = self._printable()
        if any(message.content or message.thinking or message.note for message in messages):
            self._status.stop()
        self._in_order.print(messages)
        if self._question:
            self._followed.update(message.id for message in messages)
        if self._is_done(messages, is_in_step):
            is_complete = all(m.status == "complete" for m in messages if m.id in self._followed)
            self._end(Exit.COMPLETE if is_complete else Exit.INCOMPLETE)

    def _printable(self) -> list[Message]:
        """Return the messages to print; the position of a message must be known."""
        messages = [message for message in self._reader.log.messages.values() if message.about]
        if self._question is None:
            return messages
        return [message for message in messages if message.id == self._question.reply]

    def _is_done(self, messages: Sequence[Message], is_in_step: bool) -> bool:
        log = self._reader.log
        if self._question:
            return any(message.status != "streaming" for message in messages)
        if log.streaming or log.is_behind:
            return False
        return is_in_step or (bool(self._followed) and self._followed <= log.messages.keys())

    def _end(self, code: Exit, message: str = "") -> None:
        self._status.stop()
        if message:
            print_error(message)
        self._exit = code
        self._reader.stop()
