from __future__ import annotations

from app.providers import Turn
from app.providers.turns import as_messages, newest

TALK = [Turn("user", "a" * 10), Turn("assistant", "b" * 10), Turn("user", "c" * 10)]


def test_blank_turns_are_not_sent() -> None:
    turns = [Turn("user", "Why?"), Turn("assistant", " \n"), Turn("user", "Well?")]
    assert as_messages(turns) == [
        {"role": "user", "content": "Why?"},
        {"role": "user", "content": "Well?"},
    ]


def test_the_newest_turns_that_fit() -> None:
    assert newest(TALK, 30) == TALK
    assert newest(TALK, 29) == TALK[1:]
    assert newest(TALK, 19) == TALK[2:]
    assert newest(TALK, 4) == [Turn("user", "cccc")]
