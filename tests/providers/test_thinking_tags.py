from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.providers import Text, Thinking
from app.providers.thinking_tags import ThinkingTags

PARTS = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "/", "think", ">", " ", "\n", "\u00a0", "a", "é"]),
    max_size=14,
).map("".join)


def split(pieces: list[str]) -> tuple[str, str]:
    """Return the thinking and the text of an answer that comes in these pieces."""
    tags = ThinkingTags()
    found = [event for piece in [*pieces, None] for event in take(tags, piece)]
    assert all(event.text for event in found)
    thinking = "".join(event.text for event in found if isinstance(event, Thinking))
    return thinking, "".join(event.text for event in found if isinstance(event, Text))


def take(tags: ThinkingTags, piece: str | None) -> list[Thinking | Text]:
    return list(tags.flush() if piece is None else tags.feed(piece))


def told(answer: str) -> tuple[str, str]:
    """Return the same by the rule as thinking_tags.py states it, in one regular expression."""
    whole = re.fullmatch(r"\s*<think>\s*(.*?)\s*</think>\s*(.*)", answer, re.DOTALL)
    if whole:
        return whole[1], whole[2]
    unfinished = re.fullmatch(r"\s*<think>\s*(.*)", answer, re.DOTALL)
    return (unfinished[1], "") if unfinished else ("", answer)


@given(PARTS, st.lists(st.integers(0, 60)))
@example("<think>\n\n</think>\n\nHello", [])
@example(" <think>a </thinking> b\n</think>\nc <think>d</think>", list(range(60)))
def test_any_split_gives_what_the_rule_says(answer: str, cuts: list[int]) -> None:
    edges = sorted({0, *(cut for cut in cuts if cut < len(answer)), len(answer)})
    pieces = [answer[a:b] for a, b in itertools.pairwise(edges)]
    assert "".join(pieces) == answer
    assert split(pieces) == told(answer)


@pytest.mark.parametrize(
    ("answer", "thinking", "text"),
    [
        ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
        ("\n<think>\nHm.\n\nSo.\n</think>\n\nYes.\n", "Hm.\n\nSo.", "Yes.\n"),
        ("<think>\n\n</think>\n\nYes.", "", "Yes."),
        ("Yes, <think>no</think>.", "", "Yes, <think>no</think>."),
        ("  Yes.", "", "  Yes."),
        ("<thinking>Hm.</thinking>", "", "<thinking>Hm.</thinking>"),
        ("<think>Hm. </thin", "Hm. </thin", ""),
        ("<thi", "", "<thi"),
        ("", "", ""),
        ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
    ],
)
def test_examples(answer: str, thinking: str, text: str) -> None:
    assert split([answer]) == split(list(answer)) == (thinking, text)


def test_what_is_certain_is_not_held_back() -> None:
    tags = ThinkingTags()
    assert take(tags, "<think>Hm, ") == [Thinking("Hm,")]
    assert take(tags, "so </") == [Thinking(" so")]
    assert take(tags, "think>Yes") == [Text("Yes")]
    assert take(tags, " <") == [Text(" <")]
