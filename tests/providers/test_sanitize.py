from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from app.providers import Event, Text, Thinking, Usage
from app.providers.sanitize import EventSanitizer, Sanitizer, sanitize

UNITS = st.lists(
    st.one_of(
        st.integers(0, 0xFFFF),
        st.integers(0xD800, 0xDFFF),
        st.sampled_from([0, 0x0A, 0x0D, 0x200D, 0xFE0F]),
    ),
    max_size=30,
)


def text_of(units: list[int]) -> str:
    """Return UTF-16 code units as a JSON decoder returns them: pairs joined, halves kept."""
    return json.loads('"' + "".join(f"\\u{unit:04x}" for unit in units) + '"')


@given(UNITS, st.lists(st.integers(0, 30)))
def test_split_text_is_sanitized_like_whole_text(units: list[int], cuts: list[int]) -> None:
    edges = sorted({0, *(cut for cut in cuts if cut < len(units)), len(units)})
    pieces = [text_of(units[a:b]) for a, b in itertools.pairwise(edges)]
    sanitizer = Sanitizer()
    sanitized = "".join(map(sanitizer.feed, pieces)) + sanitizer.flush()
    assert sanitized == sanitize(text_of(units))


@given(UNITS)
def test_sanitize_replaces_only_nulls_and_lone_surrogates(units: list[int]) -> None:
    text = text_of(units)
    expected = "".join(
        "\ufffd" if one == "\0" or "\ud800" <= one <= "\udfff" else one for one in text
    )
    assert sanitize(text) == expected
    assert "\0" not in sanitize(text).encode().decode()


def test_carriage_returns_are_kept() -> None:
    assert sanitize("a\r\nb\rc") == "a\r\nb\rc"


def test_thinking_and_text_are_sanitized_separately() -> None:
    events = [
        Thinking("\ud83d"),
        Text("\ude00"),
        Text(""),
        Usage(1, 2),
        Thinking("\ude00"),
        Text("a"),
    ]
    assert sanitized(events) == [
        Text("\ufffd"),
        Usage(1, 2),
        Thinking("\U0001f600"),
        Text("a"),
    ]
    assert sanitized([Thinking("a\ud83d"), Text("b\ud83d")]) == [
        Thinking("a"),
        Text("b"),
        Thinking("\ufffd"),
        Text("\ufffd"),
    ]


def sanitized(events: list[Event]) -> list[Event]:
    sanitizer = EventSanitizer()
    found = [each for event in events for each in sanitizer.feed(event)]
    return [*found, *sanitizer.flush()]
