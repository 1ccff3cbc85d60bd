"""A single line is any text without line breaks and control characters."""

from __future__ import annotations

import pytest

from app.text import single_line


@pytest.mark.parametrize("text", ["Olive", "Ana Lía", "👩‍👧 at home", "می‌خواهم", "x" * 20])
def test_text_of_any_script_is_accepted(text: str) -> None:
    assert single_line(f" {text}\t", 20) == text


def test_controls_that_would_change_what_follows_are_removed() -> None:
    assert single_line("Olive\u202e", 20) == "Olive"


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800 \u00ad", "\ufe0f", "\U000e0041"])
def test_text_of_which_people_see_nothing_is_refused(text: str) -> None:
    assert single_line(text, 20) is None
    assert single_line(f"a{text}", 20) == f"a{text}"


@pytest.mark.parametrize(
    "text",
    ["", "\u202e", " \n", "two\nlines", "a\rb", "a\u2028b", "a\ab", "a\x85b", "a\ud800", "x" * 21],
)
def test_line_breaks_control_characters_and_long_text_are_refused(text: str) -> None:
    assert single_line(text, 20) is None
