"""Everything that the demo says, derived from the question alone: a test can predict it.

A question may contain directives, for tests and demonstrations:

| directive | meaning |
|---|---|
| `/tokens N` | the answer has exactly N tokens, and no thinking unless `/think` asks for it |
| `/think N` | the thinking has exactly N tokens |
| `/rate R` | R tokens a second, 40 by default; 0: as fast as possible, a token an event |
| `/fail after N` | a permanent error after N tokens of the answer, or at its end |
| `/hang after N` | nothing more after N tokens, until the stream is closed |

They may stand anywhere, between white space; the last of each kind counts. A token is a word with
the white space that follows it. The demo says at most 200,000 tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, cycle, islice

from app.characters import cut

TOKEN = re.compile(r"\S+\s*")
QUOTED_CHARACTERS = 200

THINKING = """\
Someone asks: {quote}
I am a demo and understand none of it. But I can count: {words} and {characters}. So I will say \
plainly what I am, show a table, a list and some code, and explain how a real model is set up. \
"""

ANSWER = """\
## This is a demo

> {quote}

You asked that, and **nobody thought about it**: no model is behind this answer. It is written \
down in advance, so that you can watch how an answer streams, and open this page in a second \
window in the middle of it.

| Your question | has |
|---|---|
| Words | {words} |
| Characters | {characters} |

Three things to try:

- reload this page while an answer is still coming;
- press *Stop*, then *Retry*;
- ask with `/think 80 /tokens 600 /rate 60`.

To talk to a real model, set it up and start again:

```sh
export OPENAI_API_KEY=…          # or OPENAI_BASE_URL for a server of your own
export MODELS=openai:gpt-5-mini,demo
bin/run
```

The first name in `MODELS` is the one that new conversations get.

"""

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
    if "/" not in question:
        return Directives()
    counts = {
        match[1].lower(): min(int(match[2]), MOST_TOKENS)
        for pattern in (NUMBERED, ENDING)
        for match in pattern.finditer(question)
    }
    rates = [float(match[2]) for match in RATE.finditer(question)]
    return Directives(**counts, rate=rates[-1] if rates else DEFAULT_RATE)


def without(question: str) -> str:
    """Return `question` without its directives, its white space collapsed."""
    for pattern in (NUMBERED, RATE, ENDING) if "/" in question else ():
        question = pattern.sub("", question)
    return " ".join(question.split())


@dataclass(frozen=True, slots=True)
class Script:
    """What the demo will say to one question, token by token, and how it ends."""

    thinking_tokens: tuple[str, ...]
    text_tokens: tuple[str, ...]
    directives: Directives

    @property
    def thinking(self) -> str:
        """The whole thinking."""
        return "".join(self.thinking_tokens)

    @property
    def text(self) -> str:
        """The whole answer, up to where it fails or hangs."""
        return "".join(self.text_tokens)


def script_for(question: str, begun: str = "") -> Script:
    """Return what the demo says to `question`, or what is left to be said after a beginning, at
    which it neither fails nor hangs again; a pure function."""
    asked = parse(question)
    words = _words(without(question))
    thinking = _tokens(THINKING.format(**words), _thinking_length(asked))
    text = _tokens(ANSWER.format(**words), asked.tokens)
    if begun:
        return Script((), _after(begun, text), replace(asked, fail=None, hang=None))
    return Script(thinking, text[: _first(asked.fail, asked.hang)], asked)


def count_tokens(text: str) -> int:
    """Return the number of tokens in `text`."""
    return len(text.split())


def _after(begun: str, tokens: Sequence[str]) -> tuple[str, ...]:
    ends = accumulate(map(len, tokens))
    return tuple(token for token, end in zip(tokens, ends, strict=True) if end > len(begun))


def _thinking_length(asked: Directives) -> int | None:
    return 0 if asked.think is None and asked.tokens is not None else asked.think


def _first(*counts: int | None) -> int | None:
    return min((count for count in counts if count is not None), default=None)


def _words(question: str) -> dict[str, str]:
    quote = cut(question, QUOTED_CHARACTERS) + ("…" if len(question) > QUOTED_CHARACTERS else "")
    return {
        "quote": quote or "(nothing but directives)",
        "words": _counted(len(question.split()), "word"),
        "characters": _counted(len(question), "character"),
    }


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _tokens(text: str, length: int | None) -> tuple[str, ...]:
    """Return the tokens of `text`, repeated or cut to `length`, without white space at the end."""
    tokens = TOKEN.findall(text)
    tokens = tokens if length is None else list(islice(cycle(tokens), length))
    return (*tokens[:-1], *(last.rstrip() for last in tokens[-1:]))
