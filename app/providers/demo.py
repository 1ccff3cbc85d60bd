"""A stand-in that needs no key and no model: it sends a script at a model's pace."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence

from app.providers.base import Event, PermanentError, Text, Thinking, Turn, Usage
from app.providers.call import Call
from app.providers.demo_script import count_tokens, script_for
from app.providers.turns import begun_in, question_in

FAILED = "The demo failed, as the question asked it to."
TICK_SECONDS = 0.04
"""The shortest time between two events: tokens that are due by then are sent together."""


class DemoProvider:
    """Answers the last question with its script."""

    def close(self) -> None:
        """Do nothing: there is nothing to stop."""

    def answer(self, turns: Sequence[Turn], call: Call) -> Generator[Event]:
        """Yield the script's thinking, then its text, then end as it says."""
        question = turns[question_in(turns)].content
        script = script_for(question, begun_in(turns))
        pace = Pace(script.directives.rate, call)
        yield from map(Thinking, pace.pieces(script.thinking_tokens))
        yield from map(Text, pace.pieces(script.text_tokens))
        fail, hang = script.directives.fail, script.directives.hang
        if fail is not None and (hang is None or fail <= hang):
            raise PermanentError(FAILED)
        if hang is not None:
            call.wait(math.inf)
        sent = len(script.thinking_tokens) + len(script.text_tokens)
        yield Usage(count_tokens(question), sent)


class Pace:
    """Decides when tokens are due: `rate` tokens a second; 0: as fast as possible."""

    def __init__(self, rate: float, call: Call) -> None:
        self._rate = rate
        self._call = call
        self._started = time.monotonic()
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
            self._call.yield_to_others()
            self._call.seconds_left()
        late = (time.monotonic() - self._started) * self._rate - self._sent
        return max(1, int(late))

    def _sleep(self, seconds: float) -> None:
        """Wait. A short sleep costs a fifth of a wait for an event."""
        if seconds > TICK_SECONDS:
            self._call.wait(seconds)
        else:
            time.sleep(seconds)
            self._call.seconds_left()
