"""An answer by another model, where the one that was asked can't answer at the moment."""

from __future__ import annotations

from collections.abc import Callable, Generator

from app.providers.base import AnsweredBy, Event, Note, Stream, Text, Thinking, TransientError

NOTE = "{asked} did not answer, so {other} did."


class FallingBackStream:
    """A Stream: of the first model or, if that fails before its first piece for a reason that may
    pass, of the second one, `name`. Then an event says so, and a note at the end."""

    def __init__(self, first: Stream, second: Callable[[], Stream], name: str, note: str) -> None:
        self._stream = first
        self._second = second
        self._name = name
        self._note = note
        self._is_closed = False

    def __iter__(self) -> Generator[Event]:
        """Yield the answer's events; raise ProviderError where it doesn't reach its end."""
        has_answered = False
        try:
            for event in self._stream:
                has_answered = has_answered or isinstance(event, Text | Thinking)
                yield event
        except TransientError:
            if has_answered:
                raise
        else:
            return
        self._use(self._second())
        yield AnsweredBy(self._name)
        yield from self._noted()

    def close(self) -> None:
        """Cancel the request, from any thread."""
        self._is_closed = True
        self._stream.close()

    def _use(self, stream: Stream) -> None:
        self._stream = stream
        if self._is_closed:  # by another thread, which may have closed the first stream
            stream.close()

    def _noted(self) -> Generator[Event]:
        notes = [Note(self._note)]
        for event in self._stream:
            if isinstance(event, Note):
                notes.append(event)
            else:
                yield event
        yield Note.joined(notes)
