"""A model's answer as the rest of the app receives it: retried, within time limits, sanitized.

A request is repeated at most twice, after a transient error, and only while the reader has received
nothing. A time limit is not retried: the reader has already waited for it once.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from app.providers.base import (
    Cancelled,
    Event,
    ProviderError,
    Stream,
    TimeLimitError,
    TransientError,
    Usage,
)
from app.providers.sanitize import sanitize_events
from app.providers.time_limits import TimeLimits, Watchdog, in_words

DELAYS_SECONDS = (0.3, 1.0)
"""Before the second and the third attempt, on average."""


class RetryingStream:
    """A Stream over the streams that `ask` returns, one for each attempt."""

    def __init__(self, ask: Callable[[], Stream], limits: TimeLimits, watchdog: Watchdog) -> None:
        self._ask = ask
        self._limits = limits
        self._watchdog = watchdog
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._verdict: ProviderError | None = None
        self._stream: Stream | None = None
        self._started = time.monotonic()
        self._waiting_since: float | None = None

    def __iter__(self) -> Generator[Event]:
        """Yield the answer's events; raise ProviderError where it doesn't reach its end."""
        self._started = time.monotonic()
        with self._watchdog.watching(self):
            yield from sanitize_events(self._attempts())

    def close(self) -> None:
        """Cancel the request, from any thread."""
        self._end(Cancelled())

    def seconds_left(self) -> float:
        """Return the seconds until the nearest limit; only waiting counts as inactivity."""
        now = time.monotonic()
        silent = now - (self._waiting_since or now)
        return min(self._limits.read - silent, self._started + self._limits.total - now)

    def expire(self) -> None:
        """Cancel the request because a limit was reached."""
        if time.monotonic() - self._started >= self._limits.total:
            sentence = f"The answer took longer than {in_words(self._limits.total)}."
        else:
            sentence = f"The model sent nothing for {in_words(self._limits.read)}."
        self._end(TimeLimitError(sentence))

    def _attempts(self) -> Iterator[Event]:
        for pause in DELAYS_SECONDS:
            has_spoken = False
            try:
                for event in self._attempt():
                    has_spoken |= not isinstance(event, Usage)
                    yield event
                return
            except TransientError as error:
                if has_spoken or isinstance(error, TimeLimitError):
                    raise
            self._ended.wait(pause * random.uniform(0.5, 1.5))
        yield from self._attempt()

    def _attempt(self) -> Iterator[Event]:
        stream = self._begin()
        try:
            with closing(iter(stream)) as events:
                while (event := self._next(events)) is not None:
                    self._check()
                    yield event
        except Cancelled as error:
            raise self._verdict or error from None
        finally:
            stream.close()

    def _next(self, events: Iterator[Event]) -> Event | None:
        self._waiting_since = time.monotonic()
        try:
            return next(events, None)
        finally:
            self._waiting_since = None

    def _begin(self) -> Stream:
        with self._lock:
            self._check()
            self._stream = self._ask()
            return self._stream

    def _check(self) -> None:
        if self._verdict:
            raise self._verdict

    def _end(self, verdict: ProviderError) -> None:
        with self._lock:
            self._verdict = self._verdict or verdict
        self._ended.set()
        if self._stream:
            self._stream.close()
