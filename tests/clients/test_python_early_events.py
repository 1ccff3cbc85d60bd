"""What comes too early is kept within bounds; tests/vectors tests the number of events."""

from __future__ import annotations

from midstream.early import MAX_CHARACTERS, EarlyEvents


def test_events_with_too_much_text_are_dropped_and_missing() -> None:
    early = EarlyEvents()
    text = "x" * (MAX_CHARACTERS // 2 + 1)
    early.keep("chunk", {"id": "a", "since": 1, "content": text})
    early.keep("chunk", {"id": "a", "since": 2, "thinking": text})
    assert [data["since"] for _, data in early.take("a")] == [1]
    assert early.is_waiting
    early.clear()
    assert not early.is_waiting
