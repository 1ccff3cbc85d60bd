"""A model that needs no key and no model: it recites a script at a model's pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence

from app.providers.base import Event, HungUp, PermanentError, Text, Thinking, Turn, Usage
from app.providers.demo_script import Script, count_tokens, script_for

FAILED = "The demo failed, as the question asked it to."
LONGEST_RUN_SECONDS = 0.002
TICK_SECONDS = 0.04
"""An event more often is more than anyone sees: the tokens that are due come as one."""


class DemoProvider:
    """Answers the last question with its script."""

    def close(self) -> None:
        """Do nothing: it has started nothing."""

    def stream(self, turns: Sequence[Turn]) -> DemoStream:
        """Return the answer to the last of `turns`; the others don't matter."""
        return DemoStream(turns[-1].content)


class DemoStream:
    """One recital."""

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
        """Stop at once, also in the middle of a silence."""
        self._closed.set()

    def _finish(self, script: Script) -> Usage:
        """Return what the answer took, if it's one that ends well."""
        fail, hang = script.directives.fail, script.directives.hang
        if fail is not None and (hang is None or fail <= hang):
            raise PermanentError(FAILED)
        if hang is not None:
            self._closed.wait()
            raise HungUp
        said = len(script.thinking_tokens) + len(script.text_tokens)
        return Usage(count_tokens(self._question), said)


class Pace:
    """Says when tokens are due: `rate` of them a second, from its first one on; 0: all at once."""

    def __init__(self, rate: float, closed: threading.Event) -> None:
        self._rate = rate
        self._closed = closed
        self._started = self._rested = time.monotonic()
        self._said = 0

    def pieces(self, tokens: Sequence[str]) -> Iterator[str]:
        """Yield `tokens` when they are due, those that are due by now as one piece."""
        offset = self._said
        while self._said - offset < len(tokens):
            position = self._said - offset
            count = min(self._wait(), len(tokens) - position)
            self._said += count
            yield "".join(tokens[position : position + count])

    def _wait(self) -> int:
        """Wait until a token is due, and return how many are."""
        if self._rate:
            due = self._started + (self._said + 1) / self._rate
            self._sleep(max(TICK_SECONDS, due - time.monotonic()))
        else:
            self._breathe()
        if self._closed.is_set():
            raise HungUp
        late = (time.monotonic() - self._started) * self._rate - self._said
        return max(1, int(late))

    def _sleep(self, seconds: float) -> None:
        """Wait. A short sleep costs a fifth of a wait for an event."""
        if seconds > TICK_SECONDS:
            self._closed.wait(seconds)
        else:
            time.sleep(seconds)

    def _breathe(self) -> None:
        """Let others run now and then: with cooperative threads they do only while one waits."""
        if time.monotonic() - self._rested > LONGEST_RUN_SECONDS:
            time.sleep(0)
            self._rested = time.monotonic()
