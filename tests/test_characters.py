"""Texts are cut between characters as people see them, and keep to themselves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.characters import balanced, cut, next_boundary

FAMILY = "👩‍👩‍👧‍👦"
CHARACTERS = [
    "a",
    "é",
    "e\u0301",
    "n\u0303\u0323",
    FAMILY,
    "👍🏽",
    "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "1️⃣",
    "한",
    "각",  # of three parts
    "நி",
    "กำ",
    "\u0628\u064e",
]
WITH_NODE = Path(__file__).parents[1] / "bin/with-node"
SEGMENT = """
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const parts = Array.from(segmenter.segment(process.argv[1]), ({ segment }) => segment);
console.log(JSON.stringify(parts));
"""

texts = st.lists(st.sampled_from(CHARACTERS)).map("".join)
lines = st.text(alphabet="ab \u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("before", ["", "aaa", FAMILY])
def test_no_character_is_cut(before: str, character: str) -> None:
    text = before + character + "a"
    for length in range(len(before), len(before + character)):
        assert cut(text, length) == before
    assert cut(text, len(before + character)) == before + character


@given(texts, st.integers(0, 30))
def test_a_cut_is_as_long_as_it_may_be(text: str, length: int) -> None:
    beginning = cut(text, length)
    assert text.startswith(beginning) and len(beginning) <= length
    following = next_boundary(text, len(beginning) + 1)
    assert following > length or beginning == text


@given(texts, st.integers(0, 30))
def test_what_begins_at_a_boundary_begins_with_a_character(text: str, at: int) -> None:
    boundary = next_boundary(text, at)
    assert boundary >= min(at, len(text))
    assert cut(text, boundary) == text[:boundary]


def test_a_browser_sees_the_same_characters() -> None:
    text = "".join(CHARACTERS)
    found = subprocess.run(
        [WITH_NODE, "node", "-e", SEGMENT, text], capture_output=True, check=True, encoding="utf-8"
    )
    assert json.loads(found.stdout) == CHARACTERS


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain", "plain"),
        ("שלום \u200fand\u200e", "שלום \u200fand\u200e"),  # marks have no range
        ("\u202eevil", "evil"),
        ("a\u2069b\u202cc", "abc"),
        ("\u2067a\u2069 \u202bb\u202c", "\u2067a\u2069 \u202bb\u202c"),
        ("\u2067a\u202eb\u2069c", "\u2067ab\u2069c"),
        ("\u202ea\u2069b\u202c", "\u202eab\u202c"),
        ("\u202ea\u2067b\u202cc\u2069", "a\u2067bc\u2069"),
        ("\u2066\u2066a\u2069", "\u2066a\u2069"),
    ],
)
def test_controls_of_direction_that_reach_beyond_a_line_are_removed(line: str, shown: str) -> None:
    assert balanced(line) == shown


def test_a_flood_of_controls_is_balanced_at_once() -> None:
    """By the square of their number it would take minutes, and a form may send so many."""
    flood = "\u202a" * 200_000
    assert balanced(flood + "\u2069" * 200_000) == ""
    assert balanced(f"{flood}\u2066a\u2069\u202c") == "\u202a\u2066a\u2069\u202c"


@given(lines)
def test_a_balanced_line_has_every_end_it_needs_and_no_other(line: str) -> None:
    shown = balanced(line)
    open_ranges: list[str] = []
    for sign in shown:
        if sign in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068":
            open_ranges.append("\u2069" if sign >= "\u2066" else "\u202c")
        elif sign in "\u202c\u2069":
            assert open_ranges.pop() == sign
    assert not open_ranges
    assert balanced(shown) == shown
    assert [s for s in shown if s in "ab "] == [s for s in line if s in "ab "]
