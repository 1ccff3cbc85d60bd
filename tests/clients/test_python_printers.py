"""The Python command's printers."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from midstream.printers import InOrder, Pipe, Printer, Terminal
from midstream.rule import Message

DIM, BOLD, RED, PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[31m", "\x1b[0m"


def terminal(*, names: bool = False) -> tuple[Terminal, io.StringIO]:
    """Return a printer, and the file that it prints to as to a terminal with colours."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", highlight=False)
    return Terminal(console, names=names), file


def message(
    id: str, position: int, content: str = "", status: str = "complete", thinking: str = ""
) -> Message:
    about = {"position": position, "role": "user", "author": "Olive"}
    return Message(id, 1, status, content, thinking, about=about)


def test_thinking_is_dimmed_and_content_is_printed_below() -> None:
    printer, file = terminal()
    printer.more("", "Hm.")
    printer.more("", " So.")
    printer.more("Hello", "")
    printer.end(message("a", 1))
    assert file.getvalue() == f"{DIM}Hm.{PLAIN}{DIM} So.{PLAIN}\n\nHello\n"


def test_authors_are_bold_and_a_stopped_answer_is_marked() -> None:
    printer, file = terminal(names=True)
    printer.begin(message("a", 1))
    printer.end(message("a", 1, status="stopped"))
    assert file.getvalue() == f"{BOLD}Olive{PLAIN}\n\n{RED}(stopped){PLAIN}\n\n"


def test_a_bot_is_marked_as_a_bot() -> None:
    printer, file = terminal(names=True)
    by_bot = message("a", 1)
    by_bot.about["bot"] = True
    printer.begin(by_bot)
    assert file.getvalue() == f"{BOLD}Olive{PLAIN} (bot)\n"


def test_the_names_of_files_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    printer, file = terminal()
    with_files = message("a", 1)
    with_files.about["files"] = [{"name": "plan.pdf"}, {"name": "sky\x1b[31m.png"}]
    for each in (printer, Pipe()):
        each.begin(with_files)
    italic = "\x1b[3m"
    assert file.getvalue() == f"{italic}[plan.pdf]{PLAIN}\n{italic}[sky[31m.png]{PLAIN}\n"
    assert capsys.readouterr().out.splitlines()[0] == "[plan.pdf]"


def test_control_characters_do_not_reach_a_terminal() -> None:
    printer, file = terminal()
    printer.more("a\x1b]0;title\x07b\x9b31mc\r\nd [bold]f[/]", "")
    assert file.getvalue() == "a]0;titleb31mc\nd [bold]f[/]"


class Recorder(Printer):
    """Records its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def begin(self, message: Message) -> None:
        self.calls.append(f"<{message.id}")

    def more(self, content: str, thinking: str) -> None:
        self.calls.extend(filter(None, [thinking, content]))

    def end(self, message: Message) -> None:
        self.calls.append(f"{message.id}>")


def test_messages_are_printed_in_order_and_each_text_once() -> None:
    recorder = Recorder()
    in_order = InOrder(recorder)
    answer, later = message("a", 2, "He", "streaming"), message("q", 3, "And?")
    in_order.print([later, answer])
    assert recorder.calls == ["<a", "He"]
    answer.content, answer.thinking = "Hello", "Hm."
    in_order.print([later, answer])
    answer.status = "complete"
    in_order.print([later, answer])
    in_order.print([later, answer])
    assert recorder.calls == ["<a", "He", "Hm.", "llo", "a>", "<q", "And?", "q>"]
