"""What the Python command prints, to a terminal and to others."""

from __future__ import annotations

import io

from rich.console import Console

from midstream.printing import InOrder, Printer, Terminal
from midstream.rule import Message

DIM, BOLD, RED, PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[31m", "\x1b[0m"


def terminal(*, names: bool = False) -> tuple[Terminal, io.StringIO]:
    """Return a printer and what it prints, as a terminal that knows colours gets it."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", highlight=False)
    return Terminal(console, names=names), file


def message(
    id: str, position: int, content: str = "", status: str = "complete", thinking: str = ""
) -> Message:
    about = {"position": position, "role": "user", "author": "Olive"}
    return Message(id, 1, status, content, thinking, about=about)


def test_thinking_is_dimmed_and_text_comes_below() -> None:
    printer, file = terminal()
    printer.more("", "Hm.")
    printer.more("", " So.")
    printer.more("Hello", "")
    printer.end(message("a", 1))
    assert file.getvalue() == f"{DIM}Hm.{PLAIN}{DIM} So.{PLAIN}\n\nHello\n"


def test_who_speaks_is_bold_and_a_bad_end_is_said() -> None:
    printer, file = terminal(names=True)
    printer.begin(message("a", 1))
    printer.end(message("a", 1, status="stopped"))
    assert file.getvalue() == f"{BOLD}Olive{PLAIN}\n\n{RED}(stopped){PLAIN}\n\n"


def test_a_bot_is_named_as_one() -> None:
    printer, file = terminal(names=True)
    asked = message("a", 1)
    asked.about["bot"] = True
    printer.begin(asked)
    assert file.getvalue() == f"{BOLD}Olive{PLAIN} (bot)\n"


def test_a_terminal_gets_no_command_from_a_text() -> None:
    printer, file = terminal()
    printer.more("a\x1b]0;title\x07b\x9b31mc\r\nd [bold]f[/]", "")
    assert file.getvalue() == "a]0;titleb31mc\nd [bold]f[/]"


class Recorder(Printer):
    """Notes what it is to print."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def begin(self, message: Message) -> None:
        self.notes.append(f"<{message.id}")

    def more(self, content: str, thinking: str) -> None:
        self.notes.extend(filter(None, [thinking, content]))

    def end(self, message: Message) -> None:
        self.notes.append(f"{message.id}>")


def test_messages_are_printed_one_after_the_other_each_piece_once() -> None:
    recorder = Recorder()
    shown = InOrder(recorder)
    answer, later = message("a", 2, "He", "streaming"), message("q", 3, "And?")
    shown.show([later, answer])
    assert recorder.notes == ["<a", "He"]
    answer.content, answer.thinking = "Hello", "Hm."
    shown.show([later, answer])
    answer.status = "complete"
    shown.show([later, answer])
    shown.show([later, answer])
    assert recorder.notes == ["<a", "He", "Hm.", "llo", "a>", "<q", "And?", "q>"]
