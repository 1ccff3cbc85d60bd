"""One chat completion, from its chunks to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.providers.base import Event, Piece, Text, Usage
from app.providers.deltas import choice_of, pieces_of, usage_of
from app.providers.errors import check_end
from app.providers.failures import FAILURES
from app.providers.think_tags import ThinkTags


def read_completion(chunks: Iterable[object]) -> Iterator[Event]:
    """Yield the events in `chunks`, decoded JSON, of one streamed chat completion.

    Any finish reason is an end, `length` too: the text is what the model said. Only where there is
    no text, what was filtered away or cut off before it is an error, for nothing else would tell.
    What breaks after the finish reason (a missing `[DONE]`, a cut) takes nothing away.

    Raises TransientError where the chunks end without a finish reason.
    """
    completion = Completion()
    try:
        for chunk in chunks:
            yield from completion.read(chunk)
    except FAILURES:
        yield from completion.rest()
        if completion.finish is None:
            raise
    yield from completion.rest()
    yield from completion.end()


class Completion:
    """What has been read of a completion so far."""

    def __init__(self) -> None:
        self.finish: object = None
        self._usage: Usage | None = None
        self._tags = ThinkTags()
        self._has_text = False

    def read(self, chunk: object) -> Iterator[Piece]:
        """Yield what a chunk adds, and keep what it says about the end."""
        choice = choice_of(chunk)
        self.finish = choice.get("finish_reason") or self.finish
        self._usage = usage_of(chunk) or self._usage
        for piece in pieces_of(choice):
            yield from self._noted(self._tagged(piece))

    def rest(self) -> Iterator[Piece]:
        """Yield what was held back because it might have been part of a tag."""
        yield from self._noted(self._tags.flush())

    def end(self) -> Iterator[Usage]:
        """Yield what the answer took; raise ProviderError where this was no end."""
        check_end(self.finish, has_text=self._has_text)
        if self._usage:
            yield self._usage

    def _tagged(self, piece: Piece) -> Iterator[Piece]:
        return self._tags.feed(piece.text) if isinstance(piece, Text) else iter([piece])

    def _noted(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            self._has_text |= isinstance(piece, Text) and not piece.text.isspace()
            yield piece
