"""Text that the database, JSON and a browser can all store: valid Unicode without NUL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.providers.base import Event, Piece, Text, Thinking

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def sanitize(text: str) -> str:
    """Return `text` with surrogate pairs joined, and each lone half or NUL as U+FFFD."""
    if text.isascii():  # as most are
        return text.replace("\0", REPLACEMENT)
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", REPLACEMENT)


class Sanitizer:
    """Sanitizes a text that arrives in pieces as if it had arrived whole."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """Return `piece` sanitized; half a surrogate pair at its end waits for the next piece."""
        text = self._half + piece
        cut = len(text) - 1 if "\ud800" <= text[-1:] <= "\udbff" else len(text)
        self._half = text[cut:]
        return sanitize(text[:cut])

    def flush(self) -> str:
        """Return what still waits, sanitized."""
        half, self._half = self._half, ""
        return sanitize(half)


def sanitize_events(events: Iterable[Event]) -> Iterator[Event]:
    """Yield `events` with sanitized text, without empty pieces."""
    thinking, text = Sanitizer(), Sanitizer()
    for event in events:
        match event:
            case Thinking(piece):
                yield from _nonempty(Thinking(thinking.feed(piece)))
            case Text(piece):
                yield from _nonempty(Text(text.feed(piece)))
            case _:
                yield event
    yield from _nonempty(Thinking(thinking.flush()))
    yield from _nonempty(Text(text.flush()))


def _nonempty(piece: Piece) -> Iterator[Piece]:
    if piece.text:
        yield piece
