"""Text that the database, JSON and a browser can all store: valid Unicode without NUL."""

from __future__ import annotations

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


class EventSanitizer:
    """Sanitizes the thinking and the text of an answer."""

    def __init__(self) -> None:
        self._of: dict[type[Piece], Sanitizer] = {Thinking: Sanitizer(), Text: Sanitizer()}

    def feed(self, event: Event) -> list[Event]:
        """Return an event with sanitized text; nothing where it has none."""
        if not isinstance(event, Text | Thinking):
            return [event]
        kind = type(event)
        text = self._of[kind].feed(event.text)
        return [kind(text)] if text else []

    def flush(self) -> list[Event]:
        """Return what still waits, sanitized."""
        rest = ((kind, sanitizer.flush()) for kind, sanitizer in self._of.items())
        return [kind(text) for kind, text in rest if text]
