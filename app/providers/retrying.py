"""A model's answer as the rest of the app receives it: retried, within time limits, sanitized.

A request is repeated at most twice, after a transient error, and only while the reader has received
nothing: not before the model's server wants it to be, and not at all where that is too long for a
reader to wait. A time limit is not retried: the reader has already waited for it once. A
conversation that is too long is sent once more without its older turns, which the answer's note
says.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Protocol

from app.providers.base import (
    ConversationTooLongError,
    Event,
    Note,
    Settings,
    Text,
    Thinking,
    TimeLimitError,
    TransientError,
    Turn,
)
from app.providers.call import Call, Pause, TimeLimits, never
from app.providers.errors import later
from app.providers.sanitize import EventSanitizer
from app.providers.turns import newest_share

DELAYS_SECONDS = (0.3, 1.0)
"""Before the second and the third attempt, on average; after what the model's server asks for."""

LONGEST_WAIT_SECONDS = 30.0
"""The most that a model's server may ask for."""

SHORTENED = "Older messages were left out: the conversation is too long for this model."


class Provider(Protocol):
    """One model, ready to be asked."""

    def answer(self, turns: Sequence[Turn], call: Call) -> Generator[Event]:
        """Yield the events of the answer to the last of `turns`, within the limits of `call`.

        Raises ProviderError if the answer does not reach its end.
        """
        ...

    def close(self) -> None:
        """Stop what the provider has started."""
        ...


class RetryingStream:
    """A Stream of the answer to the last of `turns`."""

    def __init__(
        self,
        provider: Provider,
        turns: Sequence[Turn],
        limits: TimeLimits,
        pause: Pause = never,
        settings: Settings | None = None,
        note: str | None = None,
    ) -> None:
        self._provider = provider
        self._turns = turns
        self._call = Call(limits, pause, settings)
        self._has_answered = False
        self._is_shortened = False
        self._notes = [Note(note)] if note else []

    def __iter__(self) -> Generator[Event]:
        """Yield the answer's events; raise ProviderError where it doesn't reach its end."""
        self._call.start()
        delays = iter(DELAYS_SECONDS)
        while True:
            try:
                yield from self._attempt()
                return
            except ConversationTooLongError as error:
                self._shorten(error)
            except TransientError as error:
                if self._has_answered or isinstance(error, TimeLimitError):
                    raise
                if error.retry_after > min(LONGEST_WAIT_SECONDS, self._call.seconds_left()):
                    raise later(error) from None
                delay = next(delays, None)
                if delay is None:
                    raise
                self._call.wait(error.retry_after + delay * random.uniform(0.5, 1.5))

    def close(self) -> None:
        """Cancel the request, from any thread."""
        self._call.cancel()

    def _attempt(self) -> Iterator[Event]:
        """Yield what the provider yields, sanitized, and one note at the end.

        Only the time in which the provider is waited for counts.
        """
        self._call.seconds_left()
        sanitizer, notes = EventSanitizer(), list(self._notes)
        with closing(self._provider.answer(self._turns, self._call)) as events:
            self._call.expect_event()
            for event in events:
                self._call.check()
                if isinstance(event, Note):
                    notes.append(event)
                else:
                    self._has_answered |= isinstance(event, Text | Thinking)
                    yield from sanitizer.feed(event)
                self._call.expect_event()
        self._call.check()
        yield from sanitizer.flush()
        if notes:
            yield Note.joined(notes)

    def _shorten(self, error: ConversationTooLongError) -> None:
        """Leave out older turns; raise the error if that has been done, or can't be."""
        shorter = newest_share(self._turns, error.share)
        if self._has_answered or self._is_shortened or len(shorter) == len(self._turns):
            raise error
        self._turns, self._is_shortened = shorter, True
        self._notes.append(Note(SHORTENED))
