"""Print messages while they grow: each text once, and one message after the other."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import click
from rich.console import Console
from rich.text import Text

from midstream.exit_codes import print_error
from midstream.rule import Event, Message

# A terminal must not receive escape sequences from a model's text.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def safe(text: str) -> str:
    """Return the text without control characters, except tabs and line feeds."""
    return CONTROLS.sub("", text)


class Printer:
    """Prints one message at a time: `begin`, `more` as often as it grows, `end`."""

    def begin(self, message: Message) -> None:
        """A message begins."""

    def more(self, content: str, thinking: str) -> None:
        """The message has grown by this text."""

    def end(self, message: Message) -> None:
        """The message will not change again."""


class Pipe(Printer):
    """Prints the plain text of messages, for other programs."""

    def begin(self, message: Message) -> None:
        """Print the names of its files, each in a line."""
        for name in files_of(message):
            click.echo(name)

    def more(self, content: str, thinking: str) -> None:
        """Print the content only."""
        click.echo(content, nl=False)

    def end(self, message: Message) -> None:
        """End the line."""
        click.echo()


class JsonLines(Printer):
    """Prints each message as one line of JSON when it has ended."""

    def end(self, message: Message) -> None:
        """Print everything that is known about it."""
        click.echo(json.dumps(as_json(message), ensure_ascii=False))


def version_of(message: Message) -> str:
    """Return which version a message is, where there are several."""
    about = message.about
    return f" (version {about['version']} of {about['versions']})" if "versions" in about else ""


def files_of(message: Message) -> list[str]:
    """Return the names of the files that were sent with a message, each in brackets."""
    return [f"[{file['name']}]" for file in message.about.get("files", [])]


class Terminal(Printer):
    """Prints authors in bold, names of files in italics, and thinking dimmed."""

    def __init__(self, console: Console, *, names: bool) -> None:
        self._console = console
        self._names = names
        self._is_thinking = False

    def begin(self, message: Message) -> None:
        """Print the author or the model."""
        if self._names:
            self._print(message.about.get("author") or message.about.get("model", ""), "bold")
            bot = " (bot)" if message.about.get("bot") else ""
            self._print(f"{bot}{version_of(message)}\n")
        for name in files_of(message):
            self._print(f"{name}\n", "italic")

    def more(self, content: str, thinking: str) -> None:
        """Print thinking dimmed, and content below it."""
        if thinking:
            self._is_thinking = True
            self._print(thinking, "dim")
        if content:
            self._print(("\n\n" if self._is_thinking else "") + content)
            self._is_thinking = False

    def end(self, message: Message) -> None:
        """Print the error or the status, unless the message is complete."""
        if message.status != "complete":
            self._print(f"\n{message.error or f'({message.status})'}", "red")
        self._is_thinking = False
        self._print("\n\n" if self._names else "\n")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(safe(text), style=style), end="", soft_wrap=True)


class InOrder:
    """Passes what is new in each message to a printer, in the order of their positions.

    A message's note goes to standard error, after the message.
    """

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._printed: dict[str, tuple[int, int]] = {}  # lengths of content and thinking

    def print(self, messages: Sequence[Message]) -> None:
        """Print what is new, up to the first message that is streaming."""
        for message in sorted(messages, key=lambda message: message.about["position"]):
            if message.id not in self._ended:
                self._grow(message)
                if message.status == "streaming":
                    return

    def _grow(self, message: Message) -> None:
        if message.id not in self._begun:
            self._begun.add(message.id)
            self._printer.begin(message)
        content, thinking = self._printed.get(message.id, (0, 0))
        self._printer.more(message.content[content:], message.thinking[thinking:])
        # After a reload a message may arrive without its text at first.
        self._printed[message.id] = (
            max(content, len(message.content)),
            max(thinking, len(message.thinking)),
        )
        if message.status != "streaming":
            self._ended.add(message.id)
            self._printer.end(message)
            if message.note:
                print_error(safe(message.note))


def as_json(message: Message) -> Event:
    """Return what is known about a message."""
    texts = {"content": message.content, "thinking": message.thinking}
    fields: Event = {"id": message.id, **message.about, **texts, "status": message.status}
    fields |= {"error": message.error, "note": message.note}
    left_out = {"since", "seq", "revision"}
    return {
        key: value for key, value in fields.items() if key not in left_out and value is not None
    }
