"""Prints messages as they grow: each once, in their order, none before the one before it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import click
from rich.console import Console
from rich.text import Text

from midstream.rule import Event, Message

# Escape sequences in a model's text must not reach a terminal.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def safe(text: str) -> str:
    """Return text that tells a terminal nothing but what to show."""
    return CONTROLS.sub("", text)


class Printer:
    """Begins, continues and ends one message after the other."""

    def begin(self, message: Message) -> None:
        """A message comes next."""

    def more(self, content: str, thinking: str) -> None:
        """Its text has grown by this."""

    def end(self, message: Message) -> None:
        """It will not change again."""


class Pipe(Printer):
    """The answers' text as it is, for other programs."""

    def more(self, content: str, thinking: str) -> None:
        """Print the content alone."""
        click.echo(content, nl=False)

    def end(self, message: Message) -> None:
        """End the line."""
        click.echo()


class JsonLines(Printer):
    """An object a line, when a message has ended."""

    def end(self, message: Message) -> None:
        """Print all that is known of it."""
        click.echo(json.dumps(as_json(message), ensure_ascii=False))


class Terminal(Printer):
    """For people: who speaks in bold, thinking dimmed."""

    def __init__(self, console: Console, *, names: bool) -> None:
        self._console = console
        self._names = names
        self._thinks = False

    def begin(self, message: Message) -> None:
        """Say who speaks."""
        if self._names:
            self._print(message.about.get("author") or message.about.get("model", ""), "bold")
            self._print(" (bot)\n" if message.about.get("bot") else "\n")

    def more(self, content: str, thinking: str) -> None:
        """Print thinking dimmed, and text below it."""
        if thinking:
            self._thinks = True
            self._print(thinking, "dim")
        if content:
            self._print(("\n\n" if self._thinks else "") + content)
            self._thinks = False

    def end(self, message: Message) -> None:
        """Say how it ended, if not well."""
        if message.status != "complete":
            self._print(f"\n{message.error or f'({message.status})'}", "red")
        self._thinks = False
        self._print("\n\n" if self._names else "\n")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(safe(text), style=style), end="", soft_wrap=True)


class InOrder:
    """Gives a printer what is new of the messages that are shown, by their positions."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._printed: dict[str, tuple[int, int]] = {}

    def show(self, messages: Sequence[Message]) -> None:
        """Print what was not printed yet, up to the first message that streams."""
        for message in sorted(messages, key=lambda message: message.about["position"]):
            if message.id not in self._ended:
                self._grow(message)
                if message.status == "streaming":
                    return

    def _grow(self, message: Message) -> None:
        if message.id not in self._begun:
            self._begun.add(message.id)
            self._printer.begin(message)
        contents, thoughts = self._printed.get(message.id, (0, 0))
        self._printer.more(message.content[contents:], message.thinking[thoughts:])
        # after a reload a message may come without its text at first
        self._printed[message.id] = (
            max(contents, len(message.content)),
            max(thoughts, len(message.thinking)),
        )
        if message.status != "streaming":
            self._ended.add(message.id)
            self._printer.end(message)


def as_json(message: Message) -> Event:
    """Return what is known of a message."""
    texts = {"content": message.content, "thinking": message.thinking}
    said = {"id": message.id, **message.about, **texts, "status": message.status}
    return {key: said[key] for key in said if key not in {"since", "seq", "revision"}} | (
        {"error": message.error} if message.error else {}
    )
