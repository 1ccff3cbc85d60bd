"""A stand-in that needs no key and no model: it sends a script at a model's pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence

from app.providers.base import Cancelled, Event, PermanentError, Text, Thinking, Turn, Usage
from app.providers.demo_script import Script, count_tokens, script_for

FAILED = "The demo failed, as the question asked it to."
LONGEST_RUN_SECONDS = 0.002
TICK_SECONDS = 0.04
"""The shortest time between two events: tokens that are due by then are sent together."""


class DemoProvider:
    """Answers the last question with its script."""

    def close(self) -> None:
        """Do nothing: there is nothing to stop."""

    def stream(self, turns: Sequence[Turn]) -> DemoStream:
        """Return the answer to the last of `turns`; the others don't matter."""
        return DemoStream(turns[-1].content)


class DemoStream:
    """One answer of the demo."""

    def __init__(self, question: str) -> None:
        self._question = question
        self._closed = threading.Event()

    def __iter__(self) -> Generator[Event]:
        """Yield the script's thinking, then its text, then end as it says."""
        script = script_for(self._question)
        pace = Pace(script.directives.rate, self._closed)
        yield from map(Thinking, pace.pieces(script.thinking_tokens))
        yield from map(Text, pace.pieces(script.text_tokens))
        yield self._finish(script)

    def close(self) -> None:
        """Stop at once, also while nothing is sent."""
        self._closed.set()

    def _finish(self, script: Script) -> Usage:
        """Return what the answer cost; raise if the question asked for another end."""
        fail, hang = script.directives.fail, script.directives.hang
        if fail is not None and (hang is None or fail <= hang):
            raise PermanentError(FAILED)
        if hang is not None:
            self._closed.wait()
            raise Cancelled
        sent = len(script.thinking_tokens) + len(script.text_tokens)
        return Usage(count_tokens(self._question), sent)


class Pace:
    """Decides when tokens are due: `rate` tokens a second; 0: as fast as possible."""

    def __init__(self, rate: float, closed: threading.Event) -> None:
        self._rate = rate
        self._closed = closed
        self._started = self._yielded = time.monotonic()
        self._sent = 0

    def pieces(self, tokens: Sequence[str]) -> Iterator[str]:
        """Yield `tokens` when they are due; those that are due already as one piece."""
        offset = self._sent
        while self._sent - offset < len(tokens):
            position = self._sent - offset
            count = min(self._wait(), len(tokens) - position)
            self._sent += count
            yield "".join(tokens[position : position + count])

    def _wait(self) -> int:
        """Wait until a token is due, and return how many are."""
        if self._rate:
            due = self._started + (self._sent + 1) / self._rate
            self._sleep(max(TICK_SECONDS, due - time.monotonic()))
        else:
            self._yield_to_others()
        if self._closed.is_set():
            raise Cancelled
        late = (time.monotonic() - self._started) * self._rate - self._sent
        return max(1, int(late))

    def _sleep(self, seconds: float) -> None:
        """Wait. A short sleep costs a fifth of a wait for an event."""
        if seconds > TICK_SECONDS:
            self._closed.wait(seconds)
        else:
            time.sleep(seconds)

    def _yield_to_others(self) -> None:
        """Let other greenlets run now and then: they run only while this one waits."""
        if time.monotonic() - self._yielded > LONGEST_RUN_SECONDS:
            time.sleep(0)
            self._yielded = time.monotonic()
