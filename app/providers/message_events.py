"""One message of Anthropic's API, from its events to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.providers.base import Event, Piece, Text, Thinking, Usage
from app.providers.deltas import count_of
from app.providers.errors import check_end
from app.providers.failures import FAILURES

PIECES: dict[object, tuple[type[Piece], str]] = {
    "text": (Text, "text"),
    "text_delta": (Text, "text"),
    "thinking": (Thinking, "thinking"),
    "thinking_delta": (Thinking, "thinking"),
}
"""A content block's or delta's type: what it adds to, and the field that holds it."""


def read_message(events: Iterable[object]) -> Iterator[Event]:
    """Yield the pieces in `events`, decoded JSON, of one streamed message.

    Any stop reason is an end, as in completion.py, and where there is no text some are an error.
    Raises TransientError where the events end without one.
    """
    message = Message()
    try:
        for event in events:
            yield from message.read(event)
    except FAILURES:
        if message.stop is None:
            raise
    yield from message.end()


class Message:
    """What has been read of a message so far."""

    def __init__(self) -> None:
        self.stop: object = None
        self._usage: dict[str, object] = {}
        self._has_text = False

    def read(self, event: object) -> Iterator[Piece]:
        """Yield what an event adds, and keep what it says about the end."""
        fields = _mapping(event)
        delta = _mapping(fields.get("delta"))
        self.stop = delta.get("stop_reason") or self.stop
        self._usage |= _mapping(_mapping(fields.get("message")).get("usage"))
        self._usage |= _mapping(fields.get("usage"))
        yield from self._piece(delta or _mapping(fields.get("content_block")))

    def end(self) -> Iterator[Usage]:
        """Yield what the answer took; raise ProviderError where this was no end."""
        check_end(self.stop, has_text=self._has_text)
        counts = map(self._usage.get, ("input_tokens", "output_tokens"))
        yield Usage(*map(count_of, counts))

    def _piece(self, block: Mapping[str, object]) -> Iterator[Piece]:
        kind, field = PIECES.get(block.get("type"), (Text, ""))
        text = block.get(field)
        if isinstance(text, str) and text:
            self._has_text |= kind is Text and not text.isspace()
            yield kind(text)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
