"""Texts that break easily: an entry may end between any two code points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.vectors.scenario import Scenario, answer, end, progress, question

TEXTS = {
    "a family": (
        "A family of emoji is joined by U+200D.",
        ["👩", "\u200d👩", "\u200d👧\u200d", "👦"],
    ),
    "skin and flags": ("Two code points form one character.", ["👋", "🏽 ", "🇪", "🇺", "🇪🇺"]),
    "combining marks": ("A mark belongs to the letter before it.", ["cafe", "\u0301, n", "\u0303"]),
    "line ends": ("CR and LF are not changed.", ["one\r", "\ntwo\r\n", "\r", "\r\n\n"]),
    "a code fence": ("Three backticks in two pieces.", ["``", "`py\nprint(1)\n`", "``\n"]),
    "right to left": ("Scripts of both directions.", ["שלום", "\u200f, hello", " مرحبا"]),
    "white space": ("A piece may consist of white space.", [" ", "\t", "\n\n", "\u00a0", "\ufeff"]),
    "beyond the first plane": (
        "More than 16 bits each.",
        ["\U0001d518\U0001d52b", "\U0001d526", "\U00010348\U0010fffd"],
    ),
    "characters that JSON escapes": (
        "Quotes, backslashes, controls.",
        ['"\\', "\u0001\u001f", "\u2028/</", "\x7f"],
    ),
}


def scenarios() -> Iterator[Scenario]:
    """Yield all of them."""
    for name, (about, pieces) in TEXTS.items():
        yield in_pieces(name, about, pieces)


def in_pieces(name: str, about: str, pieces: Sequence[str]) -> Scenario:
    """Return a scenario of an answer whose content and thinking are these pieces."""
    scenario = Scenario(name, about)
    scenario.event("message", question(1, "".join(pieces))).event("message", answer(2)).joined(2)
    for seq, piece in enumerate(pieces):
        scenario.event("chunk", progress("a2", seq, seq + 1, content=piece, thinking=piece))
    text = "".join(pieces)
    scenario.event("streaming_end", end("a2", len(pieces), content=pieces[0]))
    again = progress("a2", 0, len(pieces) + 2, "complete", content=text * 2, thinking=text)
    return scenario.event("current_state", again)
