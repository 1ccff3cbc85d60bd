"""What a question to the demo may ask of it, for tests and demonstrations.

| directive | meaning |
|---|---|
| `/tokens N` | the answer has exactly N tokens, and no thinking unless `/think` says so |
| `/think N` | the thinking has exactly N tokens |
| `/rate R` | R tokens a second, 40 by default; 0: as fast as possible, a token an event |
| `/fail after N` | a permanent error after N tokens of the answer, or at its end |
| `/hang after N` | silence from there on, until the stream is closed |

They may stand anywhere, between white space; of the same one the last counts. A token is a word
with the white space that follows it. No more than 200,000 tokens are said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_RATE = 40.0
MOST_TOKENS = 200_000

NUMBERED = re.compile(r"(?<!\S)/(tokens|think)\s+(\d{1,9})(?!\S)", re.IGNORECASE)
RATE = re.compile(r"(?<!\S)/(rate)\s+(\d{1,9}(?:\.\d{1,9})?)(?!\S)", re.IGNORECASE)
ENDING = re.compile(r"(?<!\S)/(fail|hang)\s+after\s+(\d{1,9})(?!\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Directives:
    """What was asked for; None where nothing was. Counts are in tokens."""

    tokens: int | None = None
    think: int | None = None
    rate: float = DEFAULT_RATE
    fail: int | None = None
    hang: int | None = None


def parse(question: str) -> Directives:
    """Return the directives in `question`."""
    counts = {
        match[1].lower(): min(int(match[2]), MOST_TOKENS)
        for pattern in (NUMBERED, ENDING)
        for match in pattern.finditer(question)
    }
    rates = [float(match[2]) for match in RATE.finditer(question)]
    return Directives(**counts, rate=rates[-1] if rates else DEFAULT_RATE)


def without(question: str) -> str:
    """Return `question` without its directives, its white space collapsed."""
    for pattern in (NUMBERED, RATE, ENDING):
        question = pattern.sub("", question)
    return " ".join(question.split())
