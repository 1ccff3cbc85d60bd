"""Text that the database, JSON and a browser can all hold: valid Unicode without NUL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.providers.base import Event, Piece, Text, Thinking

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """Return `text` with surrogate pairs joined, and each lone half or NUL as U+FFFD."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", REPLACEMENT)


class Cleaner:
    """Cleans one text that comes in pieces as if it had come whole."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """Return `piece` cleaned; half a surrogate pair at its end waits for the next one."""
        text = self._half + piece
        cut = len(text) - 1 if "\ud800" <= text[-1:] <= "\udbff" else len(text)
        self._half = text[cut:]
        return clean(text[:cut])

    def flush(self) -> str:
        """Return what still waits, cleaned."""
        half, self._half = self._half, ""
        return clean(half)


def clean_events(events: Iterable[Event]) -> Iterator[Event]:
    """Yield `events` with clean text, without empty pieces."""
    thinking, text = Cleaner(), Cleaner()
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
